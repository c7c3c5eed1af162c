"""Versions of Cal.com: what is answered fits the date that was sent.

The document says that every request must send a date; servers answer one without in the shapes of 2024-04-15. So either
is right, a refusal or those shapes, and only another shape, which clients that send no date cannot know, is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bookproof.checks import Judge, requirement
from bookproof.judge.dated_shapes import BOOKINGS, EVENT_TYPES, SCHEDULES, Family, Shape
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import versions
from bookproof.probes.calcom_v2.versions import Alike, Dated, Families, Profile
from bookproof.wire.exchange import Exchange

#: What answers to anything but the date.
_NOT_ABOUT_DATES = (401, 403, 429)
#: Members without which a booking, a webhook or a schedule is none.
_BOOKING = ("uid", "start", "end", "status", "attendees")
_WEBHOOK = ("id", "subscriberUrl", "triggers", "active", "payloadTemplate")
_SCHEDULE = ("id", "name", "timeZone", "availability", "isDefault", "overrides")


def _told(judge: Judge, exchange: Exchange) -> None:
    """Go on only if the answer is about the date."""
    if exchange.status in _NOT_ABOUT_DATES or exchange.status >= 500 or not exchange.status:
        raise judge.untestable(f"it is not the date that is answered here: {answer(exchange)}")


def _refused_for_date(exchange: Exchange) -> bool:
    return exchange.refused and exchange.status not in _NOT_ABOUT_DATES


def _first_or_refused(seen: Families, judge: Judge) -> None:
    for family, dated in _by_family(seen):
        _told(judge, dated.exchange)
        shape = family.shape(dated.data) if dated.exchange.ok else None
        if shape is not Shape.NOTHING:
            judge.that(
                _refused_for_date(dated.exchange) or shape is Shape.FIRST,
                f"{family.name} {Shape.FIRST.value}, or a refusal",
                f"they are answered {shape.value}" if shape else answer(dated.exchange),
                dated.exchange,
            )


def _by_family(seen: Families) -> Iterator[tuple[Family, Dated]]:
    yield BOOKINGS, seen.bookings
    yield EVENT_TYPES, seen.event_types
    if seen.schedule:
        yield SCHEDULES, seen.schedule


def _in_shape(family: Family, wanted: Shape, dated: Dated, judge: Judge) -> None:
    if not judge.accepted(dated.exchange, f"{family.name} are listed at {dated.date}"):
        return
    shape = family.shape(dated.data)
    if shape is not Shape.NOTHING:
        judge.that(shape is wanted, f"{family.name} {wanted.value}", f"they are answered {shape.value}", dated.exchange)


@requirement("versions.header.absent", versions.absent)
def test_no_date_means_the_first(seen: Families, judge: Judge) -> None:
    """Without a date, a request is refused or answered as it was at first, never in shapes that came later."""
    _first_or_refused(seen, judge)


@requirement("versions.header.unknown", versions.unknown)
def test_what_is_no_date_means_the_first(seen: Families, judge: Judge) -> None:
    """With what is no date, a request is refused or answered as it was at first."""
    _first_or_refused(seen, judge)


@requirement("versions.first.shape", versions.first)
def test_first_shapes_stay(seen: Families, judge: Judge) -> None:
    """Whoever asks for the first date gets the shapes of then."""
    if all(dated.exchange.status == 404 for _, dated in _by_family(seen)):
        raise judge.untestable("nothing is there at the first date; write legacy = false under [capabilities]")
    for family, dated in _by_family(seen):
        _in_shape(family, Shape.FIRST, dated, judge)


@requirement("versions.known.elsewhere", versions.elsewhere)
def test_dates_of_other_families_reach_nothing(seen: list[Dated], judge: Judge) -> None:
    """At the date of another family there is no operation."""
    for dated in seen:
        _told(judge, dated.exchange)
        judge.that(
            _refused_for_date(dated.exchange),
            f"nothing is there at {dated.date}: refused with 404",
            answer(dated.exchange),
            dated.exchange,
        )


@requirement("versions.bookings.shape", versions.bookings)
def test_bookings_have_the_shape_of_their_date(seen: Dated, judge: Judge) -> None:
    """At 2026-02-25 bookings come as a list, with start and end, beside a pagination."""
    _in_shape(BOOKINGS, Shape.OWN, seen, judge)


@requirement("versions.bookings.alike", versions.bookings_alike)
def test_bookings_are_alike_at_both_dates(seen: Alike, judge: Judge) -> None:
    """A booking is shown alike at 2024-08-13 and at 2026-02-25."""
    answered = [judge.accepted(at.exchange, f"a booking is read at {at.date}") for at in (seen.one, seen.other)]
    one, other = _object(seen.one.data), _object(seen.other.data)
    for name in dict.fromkeys([*_BOOKING, *(one.keys() & other.keys())]) if all(answered) else ():
        _same(judge, name, one, other, seen)


@requirement("versions.event-types.shape", versions.event_types)
def test_event_types_have_the_shape_of_their_date(seen: Dated, judge: Judge) -> None:
    """At 2024-06-14 event types come as a flat list, with lengthInMinutes."""
    _in_shape(EVENT_TYPES, Shape.OWN, seen, judge)


@requirement("versions.schedules.shape", versions.schedules)
def test_schedules_have_the_shape_of_their_date(seen: Alike, judge: Judge) -> None:
    """At 2024-06-11 schedules have named days and overrides, no minutes since midnight."""
    _in_shape(SCHEDULES, Shape.OWN, seen.one, judge)
    if not judge.judgements:
        raise judge.untestable("there is no schedule to see; see schedules.list.own")


@requirement("versions.schedules.alike", versions.schedules)
def test_schedules_are_alike_at_both_dates(seen: Alike, judge: Judge) -> None:
    """Schedules are shown alike at 2024-06-11 and at 2024-06-14."""
    if not isinstance(seen.one.data, list):
        raise judge.untestable("there is no list at 2024-06-11; see versions.schedules.shape")
    judge.accepted(seen.other.exchange, f"schedules are listed at {seen.other.date}")
    one, other = _by_id(seen.one.data), _by_id(seen.other.data)
    for identity in sorted(one.keys() - seen.changed):
        schedule = one[identity]
        for name in _SCHEDULE if seen.other.exchange.ok else ():
            if name in schedule:
                _same(judge, name, schedule, other.get(identity, {}), seen)


@requirement("versions.slots.shape", versions.slots)
def test_slots_have_the_shape_of_their_date(seen: Dated, judge: Judge) -> None:
    """At 2024-09-04 slots come by days, each with its start."""
    days = _object(seen.data)
    judge.that(seen.data == days, "an object of days", answer(seen.exchange), seen.exchange)
    for day, listed in days.items():
        items = cast("list[Any]", listed) if isinstance(listed, list) else [None]
        fits = all("start" in _object(item) for item in items)
        judge.that(fits, f"a list of objects with start on {day}", f"{str(listed)[:80]}", seen.exchange)


@requirement("versions.slots.dated", versions.slots_without)
def test_slots_need_their_date(seen: Dated, judge: Judge) -> None:
    """Without a date there are no slots at this path."""
    _told(judge, seen.exchange)
    judge.that(_refused_for_date(seen.exchange), "slots only at 2024-09-04", answer(seen.exchange), seen.exchange)


@requirement("versions.webhooks.any", versions.webhooks)
def test_webhooks_are_alike_at_all_dates(seen: Alike, judge: Judge) -> None:
    """Webhooks are listed at the date of their payloads; without a date they are listed alike, or not at all."""
    if not judge.accepted(seen.one.exchange, f"webhooks are listed at {seen.one.date}"):
        return
    known, shown = _by_id(seen.one.data), _by_id(seen.other.data)
    same = all(_webhook(shown.get(identity)) == _webhook(item) for identity, item in known.items())
    judge.that(
        _refused_for_date(seen.other.exchange) or (isinstance(seen.other.data, list) and same),
        f"the webhooks that are listed at {seen.one.date}, or a refusal",
        answer(seen.other.exchange),
        seen.one.exchange,
        seen.other.exchange,
    )


@requirement("versions.me.any", versions.me)
def test_profiles_are_alike_at_all_dates(seen: Profile, judge: Judge) -> None:
    """The profile is the same at the date of another family."""
    if "id" not in seen.shown:
        raise judge.untestable("the profile shows no id; see me.identity.shown")
    exchange, shown = seen.dated.exchange, _object(seen.dated.data)
    judge.accepted(exchange, f"the profile at {seen.dated.date}")
    for name in ("id", "username", "email") if exchange.ok else ():
        wanted = seen.shown.get(name)
        judge.that(
            shown.get(name) == wanted,
            f"{name} {wanted!r}, as without a date",
            f"{name} is {shown.get(name)!r}",
            exchange,
        )


def _webhook(item: dict[str, Any] | None) -> dict[str, Any]:
    """What a webhook is; how else a server describes it may depend on who asks."""
    return {name: value for name, value in (item or {}).items() if name in _WEBHOOK}


def _object(data: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def _by_id(data: Any) -> dict[Any, dict[str, Any]]:
    things = [_object(item) for item in cast("list[Any]", data)] if isinstance(data, list) else []
    return {str(thing["id"]): thing for thing in things if "id" in thing}


def _same(judge: Judge, name: str, one: dict[str, Any], other: dict[str, Any], seen: Alike) -> None:
    judge.that(
        name in one and name in other and one[name] == other[name],
        f"the same {name} at {seen.one.date} and {seen.other.date}",
        f"{one.get(name)!r} at {seen.one.date}, {other.get(name)!r} at {seen.other.date}",
        seen.one.exchange,
        seen.other.exchange,
    )
