"""The slots of an event type of Cal.com: where they lie, how they are written, how they can be asked for."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.slots import Hours, hours_on, inside_hours, local_day, local_text, wall_minute, weekly_hours
from bookproof.probes.calcom_v2 import slots
from bookproof.probes.calcom_v2.slot_lists import Asked, Item
from bookproof.probes.calcom_v2.slots import Listed, Presented, Refused
from bookproof.targets.views import Slot, instant, utc

_MINUTE = timedelta(minutes=1)


@requirement("slots.range.inside", slots.listed)
def test_slots_lie_within_the_asked_range(seen: Listed, judge: Judge) -> None:
    """Every slot starts within the range that was asked for, be it three weeks or a few hours."""
    for asked in seen.all:
        # Real servers take an end at midnight for the whole of the day that begins there.
        whole_day = asked.end == asked.end.replace(hour=0, minute=0, second=0, microsecond=0)
        high = asked.end + timedelta(days=1) if whole_day else asked.end
        judge.each(
            asked.slots,
            lambda slot, low=asked.start, high=high: low <= slot.start <= high,
            f"slots from {utc(asked.start)} to {utc(asked.end)} were asked for",
            lambda slot: f"{slot} is listed",
            asked.exchange,
        )
    if not judge.judgements:
        raise judge.untestable("no slot is listed; see slots.hours.honoured")


@requirement("slots.hours.honoured", slots.listed)
def test_slots_keep_to_the_hours(seen: Listed, judge: Judge) -> None:
    """Every slot lies in the hours of the schedule; before lunch and after it there are slots on some day."""
    rules = seen.wide.rules
    hours = ", ".join(map(str, weekly_hours(rules, "mon")))
    judge.each(
        seen.wide.slots,
        lambda slot: inside_hours(rules, slot),
        f"the schedule is open {hours}",
        lambda slot: f"{local_text(rules, slot)} is listed",
        seen.wide.exchange,
    )
    shown: Counter[Hours] = Counter()
    for slot in seen.wide.slots:
        day = local_day(rules, slot.start)
        shown.update(hours for hours in hours_on(rules, day) if hours.holds(wall_minute(rules, slot.start, day)))
    for part in weekly_hours(rules, "mon"):
        judge.that(
            shown[part] > 0,
            f"the schedule is open {part} on every day",
            "none of the asked days lists a slot in that time",
            seen.wide.exchange,
        )


@requirement("slots.starts.unique", slots.listed)
def test_no_slot_is_listed_twice(seen: Listed, judge: Judge) -> None:
    """No start is listed twice in one answer."""
    for asked in seen.all:
        times = Counter(slot.start for slot in asked.slots)
        judge.each(
            times,
            lambda start, times=times: times[start] == 1,
            "each start is listed once",
            lambda start, times=times: f"{utc(start)} is listed {times[start]} times",
            asked.exchange,
        )


@requirement("slots.days.grouped", slots.listed)
def test_slots_are_grouped_by_day(seen: Listed, judge: Judge) -> None:
    """Slots stand under the date of their start in UTC, where no zone is asked for."""
    for asked in seen.all:
        _grouped(judge, asked, "UTC")


@requirement("slots.format.range", slots.listed)
def test_ranges_show_the_end(seen: Listed, judge: Judge) -> None:
    """Asked for ranges, every slot shows its end, which is its length after its start."""
    if seen.narrow is None:
        raise judge.untestable("no day offers enough slots; see slots.hours.honoured")
    minutes = seen.narrow.rules.durations[0]

    def length(item: Item) -> timedelta | None:
        start, end = instant(item.start), instant(item.end)
        return end - start if start and end else None

    judge.each(
        seen.narrow.items,
        lambda item: length(item) == minutes * _MINUTE,
        f"slots from start to end, {minutes} minutes long",
        lambda item: f"{item.start} to {item.end or 'no end'}",
        seen.narrow.exchange,
    )
    if not judge.judgements:
        raise judge.untestable("no slot is listed; see slots.range.inside")


@requirement("slots.zone.presentation", slots.presented)
def test_another_zone_shows_the_same_instants(seen: Presented, judge: Judge) -> None:
    """Asked in another time zone, the same instants are listed, with the offset of that zone."""
    judge.accepted(seen.zoned.exchange, f"slots with timeZone={seen.zone}")
    if seen.zoned.exchange.ok:
        _same(judge, seen.plain, seen.zoned, f"timeZone={seen.zone}")
        zone = ZoneInfo(seen.zone)
        judge.each(
            seen.zoned.items,
            lambda item: _offset(item) == _offset(item, zone),
            f"times with the offset of {seen.zone}",
            lambda item: f"{item.start} is listed",
            seen.zoned.exchange,
        )


@requirement("slots.zone.grouped", slots.presented)
def test_another_zone_groups_by_its_days(seen: Presented, judge: Judge) -> None:
    """Asked in another time zone, slots stand under their dates in that zone."""
    _grouped(judge, seen.zoned, seen.zone)
    if not judge.judgements:
        raise judge.untestable(f"no slot is listed in {seen.zone}; see slots.zone.presentation")


@requirement("slots.range.whole-days", slots.presented)
def test_a_date_is_a_whole_day(seen: Presented, judge: Judge) -> None:
    """Asked from a date to the same date, the slots of that day in UTC are listed."""
    whole = seen.whole_day
    judge.accepted(whole.exchange, "slots of one date")
    if whole.exchange.ok:
        listed = {slot.start for slot in whole.slots}
        judge.each(
            [slot.start for slot in seen.plain.slots],
            lambda start: start in listed,
            lambda start: f"{utc(start)}, which is on {whole.start.date()}, is listed",
            lambda _: f"{len(listed)} slots without it",
            seen.plain.exchange,
            whole.exchange,
        )
        judge.each(
            sorted(listed),
            lambda start: whole.start <= start < whole.end,
            f"only slots of {whole.start.date()}",
            lambda start: f"{utc(start)} is listed",
            whole.exchange,
        )


@requirement("slots.by-slug.agrees", slots.presented)
def test_slug_and_username_name_the_same_event_type(seen: Presented, judge: Judge) -> None:
    """Asked by slug and username, the slots are those of the event type with that slug."""
    if seen.by_slug is None:
        raise judge.untestable("nothing shows the username: add usernames.full to [data] of the target file")
    judge.accepted(seen.by_slug.exchange, "slots by eventTypeSlug and username")
    if seen.by_slug.exchange.ok:
        _same(judge, seen.plain, seen.by_slug, "slug and username")


@requirement("slots.by.one-way", slots.presented)
def test_two_ways_at_once_are_told_apart(seen: Presented, judge: Judge) -> None:
    """Asked by id and by slug at once, either the slots are listed, or the refusal names what is too much."""
    if seen.both is None:
        raise judge.untestable("nothing shows the username: add usernames.full to [data] of the target file")
    body: dict[str, Any] = cast("dict[str, Any]", seen.both.json) if isinstance(seen.both.json, dict) else {}
    # The path that a refusal repeats names everything, and tells nothing.
    told = f"{body.get('error', '')} {body.get('message', '')}"
    named = any(name in told for name in ("eventTypeId", "eventTypeSlug", "username"))
    judge.that(
        seen.both.ok or (seen.both.status in (400, 422) and named),
        "slots, or 400 naming a parameter that is too much",
        answer(seen.both),
        seen.both,
    )


@requirement("slots.range.required", slots.refused)
def test_a_range_must_be_said(seen: Refused, judge: Judge) -> None:
    """A question without start and end is refused as a bad request."""
    judge.refused(seen.no_range, {400, 422}, "start and end are required")


@requirement("slots.range.skill-names", slots.refused)
def test_the_names_of_the_skill_document(seen: Refused, judge: Judge) -> None:
    """Asked with startTime and endTime, either the slots of that range are listed, or the question is refused."""
    if seen.skill.ok:
        _same(judge, seen.plain, seen.skill_slots, "startTime and endTime")
    else:
        judge.refused(seen.skill, {400, 404, 422}, "a range in the words of the skill document, or not")


@requirement("slots.unknown.not-found", slots.refused)
def test_an_unknown_event_type_has_no_slots(seen: Refused, judge: Judge) -> None:
    """The slots of an event type that does not exist are answered with 404."""
    judge.refused(seen.unknown, {404}, "no event type has this id")


def _offset(item: Item, zone: ZoneInfo | None = None) -> timedelta | None:
    """The offset that a start is written with, or the one that a zone has then."""
    start = datetime.fromisoformat(item.start) if instant(item.start) else None
    return None if start is None else (start.astimezone(zone) if zone else start).utcoffset()


def _grouped(judge: Judge, asked: Asked, zone: str) -> None:
    def day(item: Item) -> str:
        return (instant(item.start) or datetime.now(UTC)).astimezone(ZoneInfo(zone)).date().isoformat()

    judge.each(
        [item for item in asked.items if instant(item.start)],
        lambda item: item.day == day(item),
        lambda item: f"{item.start} under {day(item)}, its date in {zone}",
        lambda item: f"it stands under {item.day}",
        asked.exchange,
    )


def _same(judge: Judge, plain: Asked, other: Asked, way: str) -> None:
    """Judge that two questions for the same range list the same starts."""
    one, two = ({slot.start for slot in _within(asked, plain)} for asked in (plain, other))
    for start in sorted(one | two):
        judge.that(
            start in one and start in two,
            f"the same starts by {way} as without",
            f"{utc(start)} is listed only {'without' if start in one else 'with'} it",
            plain.exchange,
            other.exchange,
        )


def _within(asked: Asked, plain: Asked) -> list[Slot]:
    """The slots in the range; what lies outside is another requirement's."""
    return [slot for slot in asked.slots if plain.start <= slot.start <= plain.end]
