"""Slots: what an event type lists, asked in as many ways as its rules have sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from bookproof.judge.clock_changes import ClockChange, clock_changes, fractional
from bookproof.judge.slots import closed_starts, local_day, midnight
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.openings import Openings, first_day, list_slots
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot, slot_objects
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Zones asked about clock changes, and zones with odd offsets; a target file may name more.
MOST_ZONES = 2
#: Asked where a file names no maximum notice.
_A_YEAR = timedelta(days=366)
_ONE_DAY = timedelta(days=1)
#: Zones that are not likely to be the event type's own, for the question in another zone.
_ELSEWHERE = ("America/New_York", "Asia/Tokyo")


@dataclass(frozen=True)
class Asked:
    """One question for slots and its answer.

    Attributes:
        rules: of the event type asked about.
        start, end: the asked range, as instants.
        exchange: the question and the answer.
        slots: as listed, sorted.
        ends_shown: whether the answer shows when slots end.
        by_date: whether the binding asks for dates, so that a range is rounded to them.
    """

    rules: EventTypeRules
    start: datetime
    end: datetime
    exchange: Exchange
    slots: Sequence[Slot]
    ends_shown: bool
    by_date: bool


def ask(session: Session, rules: EventTypeRules, start: datetime, end: datetime, **more: str | int) -> Asked:
    """Ask for slots; takes what :func:`list_slots` takes.

    Raises:
        Blocked: they are not listed.
    """
    exchange = list_slots(session, rules, start, end, **more)
    minutes = more.get("duration", rules.durations[0] if rules.durations else None)
    slots = session.api.slots(exchange, minutes if isinstance(minutes, int) else None)
    if slots is None:
        raise Blocked("slots should be listed", exchange)
    return answered(session, rules, start, end, exchange, slots)


def answered(
    session: Session, rules: EventTypeRules, start: datetime, end: datetime, exchange: Exchange, slots: Sequence[Slot]
) -> Asked:
    """An answer with what is to be known about it."""
    binding = session.api.binding
    found = slot_objects(binding, binding.items("listSlots", exchange.json))
    ends_shown = any(binding.field("slot", "end", item) is not MISSING for item in found)
    return Asked(rules, start, end, exchange, slots, ends_shown, binding.format("slot_range") == "date")


# What a target file leaves unsaid


@probe("slots.shown-rules", shared=True, cost=2)
def shown_rules(session: Session) -> dict[str, Any]:
    """The event types as the API lists them, by code; asked only where the target file is silent."""
    pages = session.api.all_pages("listEventTypes")
    found = (item for page in pages for item in session.api.items(page) or ())
    return {str(session.api.field("eventType", "code", item)): item for item in found}


_SHOWN_AS = {
    "durations": "durations",
    "interval": "slotInterval",
    "buffer_before": "bufferBefore",
    "buffer_after": "bufferAfter",
    "minimum_notice": "minimumNotice",
    "maximum_notice": "maximumNotice",
    "daily_cap": "dailyCap",
}


def filled(session: Session, rules: EventTypeRules, *names: str) -> EventTypeRules:
    """Rules in which what the target file leaves unsaid is what the API shows, as far as it shows it.

    Args:
        session: of the target.
        rules: as the file states them.
        names: the fields that are needed.
    """
    silent = [name for name in names if getattr(rules, name) in (None, ())]
    if not silent:
        return rules
    shown = session.need(shown_rules).get(rules.code)
    values: dict[str, Any] = {}
    for name in silent:
        value = session.api.field("eventType", _SHOWN_AS[name], shown)
        if name == "durations" and not isinstance(value, list):
            value = [session.api.field("eventType", "duration", shown)]
        numbers = cast("list[Any]", value if isinstance(value, list) else [value])
        if numbers and all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
            values[name] = tuple(numbers) if name == "durations" else value
    return replace(rules, **values)


def needed(rules: EventTypeRules, role: str, name: str) -> Any:
    """A rule that a requirement cannot be judged without.

    Raises:
        Untestable: neither the file nor the API says it.
    """
    value = getattr(rules, name)
    if value in (None, (), {}):
        where = "[[data.event_types.zones]]" if role == "zones" else f"[data.event_types.{role}]"
        raise Untestable(f"nothing says the {name} of event type {rules.code}: add {name} to {where}")
    return value


# The main event type


@dataclass(frozen=True)
class Listed:
    """The slots of the main event type over many days, and again for a few hours of one of them."""

    wide: Asked
    narrow: Asked | None


def few_hours(rules: EventTypeRules, slots: Sequence[Slot]) -> tuple[datetime, datetime] | None:
    """A range within one day with slots less than an hour before it and after it; None if no day is so full."""
    for _, group in groupby(slots, key=lambda slot: local_day(rules, slot.start)):
        day = list(group)
        for first in range(len(day) // 3, len(day) - 4):
            last = min(first + 5, len(day) - 2)
            close_before = first > 0 and day[first].start - day[first - 1].start <= timedelta(hours=1)
            if close_before and day[last].end > day[first].end:
                return day[first].start, day[last].end
    return None


@probe("slots.listed", cost=1)
def listed(session: Session) -> Listed:
    """The main event type's slots, widely and narrowly asked."""
    found: Openings = session.need(openings.main)
    rules = filled(session, found.rules, "interval", "durations")
    wide = answered(session, rules, found.start, found.end, found.exchange, found.slots)
    hours = few_hours(rules, found.slots)
    try:
        narrow = ask(session, rules, *hours, note="a few hours of one day") if hours else None
    except Blocked:
        narrow = None
    return Listed(wide, narrow)


@dataclass(frozen=True)
class Presentation:
    """The same question without a zone and in another zone than the event type's."""

    plain: Asked
    zoned: Asked
    zone: str


@probe("slots.presentation", cost=1)
def presentation(session: Session) -> Presentation:
    """A few hours of slots, asked for in another zone."""
    if not session.api.binding.takes("listSlots", "timeZone"):
        raise Untestable("the binding gives listSlots no timeZone, so slots cannot be asked for in another zone")
    plain = session.need(listed).narrow
    if plain is None or not plain.slots:
        raise Untestable("no day of the main event type lists enough slots: give it more hours")
    zone = next(name for name in _ELSEWHERE if name != plain.rules.time_zone)
    zoned = ask(session, plain.rules, plain.start, plain.end, timeZone=zone, note="the same in another zone")
    return Presentation(plain, zoned, zone)


@dataclass(frozen=True)
class Durations:
    """The slots of an event type with several durations: as asked without one, and with each of the others.

    ``chosen`` maps minutes to the answer, which may be a refusal, and its slots (None: none can be read).
    """

    rules: EventTypeRules
    default: Asked
    chosen: dict[int, tuple[Exchange, Sequence[Slot] | None]]


@probe("slots.durations", cost=3)
def durations(session: Session) -> Durations:
    """One day of slots in each length."""
    rules = filled(session, session.event_type("multi-duration"), "durations")
    if len(needed(rules, "multi-duration", "durations")) == 1:
        raise Untestable(f"event type {rules.code} has one duration: name one with several as multi-duration")
    if not session.api.binding.takes("listSlots", "duration"):
        raise Untestable("the binding gives listSlots no duration, so no other than the default can be asked for")
    start = first_day(session, rules)
    end = start + 2 * _ONE_DAY
    default = ask(session, rules, start, end, note="default duration")
    chosen: dict[int, tuple[Exchange, Sequence[Slot] | None]] = {}
    for minutes in rules.durations[1:3]:
        exchange = list_slots(session, rules, start, end, duration=minutes, note=f"{minutes} minutes")
        chosen[minutes] = exchange, session.api.slots(exchange, minutes)
    return Durations(rules, default, chosen)


@probe("slots.overrides", cost=1)
def overrides(session: Session) -> Asked:
    """The days around date overrides."""
    rules = filled(session, session.event_type("overridden"), "minimum_notice", "maximum_notice")
    dates = sorted(datetime.fromisoformat(text).date() for text in needed(rules, "overridden", "overrides"))
    earliest, latest = reach(session, rules)
    open_dates = [day for day in dates if earliest <= midnight(rules, day) and midnight(rules, day + _ONE_DAY) < latest]
    if not open_dates:
        raise Untestable(
            f"no override of event type {rules.code} lies between {earliest:%Y-%m-%d} and {latest:%Y-%m-%d}: "
            "give it one in that time, and name it in [data.event_types.overridden.overrides]"
        )
    together = [day for day in open_dates if day - open_dates[0] < timedelta(days=12)]
    start = max(midnight(rules, together[0] - _ONE_DAY), earliest)
    return ask(session, rules, start, midnight(rules, together[-1] + 2 * _ONE_DAY), note="days around overrides")


# Notice


@dataclass(frozen=True)
class Notice:
    """The slots of an event type on both sides of its notice.

    ``now`` is the target's idea of the time of asking; ``near`` and ``far`` may be one and the same answer.
    """

    rules: EventTypeRules
    now: datetime
    near: Asked
    far: Asked


def reach(session: Session, rules: EventTypeRules) -> tuple[datetime, datetime]:
    """The first and the last start that the notice allows; a year where nothing says the last."""
    now = session.now()
    furthest = _A_YEAR if rules.maximum_notice is None else timedelta(days=rules.maximum_notice)
    return now + timedelta(minutes=rules.minimum_notice or 0), now + furthest


@probe("slots.notice", cost=3)
def notice(session: Session) -> Notice:
    """The days from now to beyond the minimum notice, and those around the maximum notice."""
    rules = filled(session, session.event_type("notice"), "minimum_notice", "maximum_notice")
    earliest, latest = reach(session, rules)
    now = session.now()
    # Not quite now: a range that begins in the past may be refused.
    start, end = now + timedelta(minutes=1), latest + 3 * _ONE_DAY
    if end - start <= timedelta(days=21):
        try:
            both = ask(session, rules, start, end, note="from now to beyond the maximum notice")
            return Notice(rules, now, both, both)
        except Blocked:
            pass  # perhaps so many days are too many
    near = ask(session, rules, start, earliest + 3 * _ONE_DAY, note="the days of the minimum notice")
    far = ask(session, rules, latest - 2 * _ONE_DAY, end, note="the days of the maximum notice")
    return Notice(rules, now, near, far)


# Zones


@dataclass(frozen=True)
class ZoneDays:
    """A few days of slots of one event type; ``change`` is the clock change that is among them, if one is."""

    change: ClockChange | None
    asked: Asked


@dataclass(frozen=True)
class Zones:
    """What event types in several zones list, and why nothing more was asked."""

    days: Sequence[ZoneDays]
    reason: str


def next_changes(session: Session, rules: EventTypeRules) -> list[ClockChange]:
    """The next start and the next end of daylight saving whose three days can all be booked."""
    zone = session.zone(rules)
    earliest, latest = reach(session, rules)
    found: dict[bool, ClockChange] = {}
    for change in clock_changes(zone, earliest, latest):
        first, last = midnight(rules, change.day - _ONE_DAY), midnight(rules, change.day + 2 * _ONE_DAY)
        if earliest <= first and last <= latest:
            found.setdefault(change.forward, change)
    return list(found.values())


def ask_zones(session: Session, *, odd: bool) -> Zones:
    """Ask event types whose zone is, or is not, a fraction of an hour from UTC, around their clock changes."""
    if not session.target.zones:
        raise Untestable("no event types in several zones: add [[data.event_types.zones]] to the target file")
    days: list[ZoneDays] = []
    reasons: list[str] = []
    zones = 0
    for stated in session.target.zones:
        rules = filled(session, stated, "minimum_notice", "maximum_notice")
        needed(rules, "zones", "hours")
        earliest, latest = reach(session, rules)
        changes = next_changes(session, rules)
        if fractional(session.zone(rules), earliest, latest) != odd or zones == MOST_ZONES:
            continue
        if not changes and not odd:
            reasons.append(f"{rules.code} ({rules.time_zone}) can be booked around no clock change in reach")
            continue
        zones += 1
        for change in changes or [None]:
            day = change.day - _ONE_DAY if change else local_day(rules, first_day(session, rules))
            note = f"around the clock change of {change.day}" if change else "days in an odd zone"
            start, end = midnight(rules, day), midnight(rules, day + 3 * _ONE_DAY)
            try:
                days.append(ZoneDays(change, ask(session, rules, start, end, note=note)))
            except Blocked as why:
                reasons.append(str(why))
    return Zones(days, "; ".join(reasons) or "no event type of [[data.event_types.zones]] is in such a zone")


@probe("slots.clock-changes", cost=2 * MOST_ZONES)
def clock_change_days(session: Session) -> Zones:
    """The days around the clock changes of zones a whole number of hours from UTC."""
    return ask_zones(session, odd=False)


@probe("slots.odd-zones", cost=2 * MOST_ZONES)
def odd_zone_days(session: Session) -> Zones:
    """Days in zones that are a fraction of an hour from UTC, clock changes among them."""
    return ask_zones(session, odd=True)


# Closed times


@dataclass(frozen=True)
class Unlisted:
    """Attempts to book outside all hours: the start and the answer."""

    rules: EventTypeRules
    attempts: Sequence[tuple[datetime, Exchange]]


def closed_times(found: Openings, rules: EventTypeRules, *, last: bool = False) -> list[datetime]:
    """Starts outside all hours of the main event type, within one closed time; see :func:`closed_starts`.

    Args:
        found: its openings.
        rules: its rules, with what the file leaves unsaid as far as that is known.
        last: take the last closed time instead of the first, for a probe that another must not get in the way of.

    Raises:
        Untestable: the file states no hours, or they leave no closed time.
    """
    needed(rules, "main", "hours")
    minutes = rules.durations[0] if rules.durations else 30
    shown = {slot.start for slot in found.slots}
    for day in sorted({local_day(rules, slot.start) for slot in found.slots}, reverse=last):
        starts = [start for start in closed_starts(rules, day, minutes) if start not in shown]
        if starts:
            return starts
    raise Untestable(f"the hours of event type {rules.code} leave no closed time to try")


@probe("slots.unlisted", safety="write", cost=4)
def unlisted(session: Session) -> Unlisted:
    """Attempts to book the main event type as it closes, in the middle of the night and just before it opens."""
    found = session.need(openings.main)
    rules = filled(session, found.rules, "durations")
    starts = closed_times(found, rules)
    attempts: list[tuple[datetime, Exchange]] = []
    for start in starts:
        exchange = session.book(rules, start, note="outside all hours")
        attempts.append((start, exchange))
        if exchange.ok:
            break  # one is enough to tell, and each has to be cancelled again
    return Unlisted(rules, attempts)
