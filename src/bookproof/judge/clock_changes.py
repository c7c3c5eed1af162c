"""Clock changes and odd offsets: when they come, and what they must leave as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookproof.judge.slots import (
    Hours,
    hours_on,
    inside_day,
    inside_hours,
    local_day,
    local_text,
    slots_on,
    wall_minute,
)
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot

_ONE_DAY = timedelta(days=1)


class Statement(NamedTuple):
    """One judgement to be made: whether it holds, what was expected and what was seen."""

    holds: bool
    expected: str
    seen: str


@dataclass(frozen=True)
class ClockChange:
    """A change of a zone's offset: the local date it happens on, and whether the clock goes forward."""

    day: date
    forward: bool


def offset_at(zone: ZoneInfo, moment: datetime) -> timedelta:
    """A zone's distance from UTC."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def clock_changes(zone: ZoneInfo, low: datetime, high: datetime) -> list[ClockChange]:
    """The changes of a zone's clock between two instants, in order."""
    changes: list[ClockChange] = []
    before = low
    while before < high:
        after = min(before + _ONE_DAY, high)
        old, new = offset_at(zone, before), offset_at(zone, after)
        if old != new:
            early, late = before, after
            while late - early > timedelta(seconds=1):
                middle = early + (late - early) / 2
                early, late = (middle, late) if offset_at(zone, middle) == old else (early, middle)
            changes.append(ClockChange(late.astimezone(zone).date(), new > old))
        before = after
    return changes


def fractional(zone: ZoneInfo, low: datetime, high: datetime) -> bool:
    """Whether a zone is at any time between two instants not a whole number of hours from UTC."""
    moments = [low + number * timedelta(days=7) for number in range((high - low) // timedelta(days=7) + 1)]
    return any(offset_at(zone, moment) % timedelta(hours=1) for moment in [*moments, high])


def step_of(rules: EventTypeRules) -> int:
    """Minutes within which the first slot of a free range must start."""
    return rules.interval or (rules.durations[0] if rules.durations else 30)


def across_change(rules: EventTypeRules, change: ClockChange, slots: Sequence[Slot]) -> Iterator[Statement]:
    """Judge the slots of the day before a clock change, of its day and of the day after.

    A slot outside the hours speaks against the change only if the other side of it lists no slot of the same local
    time: what is wrong on both sides is another requirement's.

    Args:
        rules: with hours.
        change: in their zone.
        slots: of the three days.

    Returns:
        nothing if one side shows no slot.
    """
    before, after = (slots_on(rules, slots, change.day + side * _ONE_DAY) for side in (-1, 1))
    that_day = slots_on(rules, slots, change.day)
    if not before or not after:
        return
    on_both_sides = {_local_times(rules, slot) for slot in before} & {_local_times(rules, slot) for slot in after}
    for slot in (*before, *that_day, *after):
        yield Statement(
            inside_hours(rules, slot) or _local_times(rules, slot) in on_both_sides,
            f"around the clock change of {change.day} slots keep to the hours {_hours_text(rules, slot)}",
            f"{local_text(rules, slot)} is listed",
        )
    usual = {slot.end - slot.start for slot in (*before, *after)}
    listed = Counter(that_day)
    for slot, times in listed.items():
        yield Statement(
            slot.end - slot.start in usual,
            f"on {change.day} slots are as long as on the days around it",
            f"{slot} is {(slot.end - slot.start) // timedelta(minutes=1)} minutes long",
        )
        yield Statement(times == 1, f"on {change.day} each instant is listed once", f"{slot} is listed {times} times")
    for side in (before, after):
        yield from openings_on_time(rules, side)


def openings_on_time(rules: EventTypeRules, slots: Sequence[Slot]) -> Iterator[Statement]:
    """Judge that not all ranges of one day open late.

    One late opening may be a busy host, and a host whose day has holes is busy; but where several ranges are free
    from some time on and each begins late, the clock has gone wrong.

    Args:
        rules: with hours.
        slots: of one local date, at least one.
    """
    day = local_day(rules, slots[0].start)
    step = timedelta(minutes=step_of(rules))
    shown: dict[Hours, list[datetime]] = {}
    for hours in hours_on(rules, day):
        starts = sorted({slot.start for slot in slots if hours.holds(wall_minute(rules, slot.start, day))})
        if any(later - earlier > step for earlier, later in pairwise(starts)):
            return
        if starts:
            shown[hours] = starts
    if len(shown) > 1:
        yield Statement(
            any(wall_minute(rules, starts[0], day) < hours.opens + step_of(rules) for hours, starts in shown.items()),
            f"the slots of {day} begin as its hours {_hours_text(rules, slots[0])} open",
            f"each range begins late; the first slot is {local_text(rules, slots[0])}",
        )


def keeps_day(rules: EventTypeRules, slots: Sequence[Slot]) -> Iterator[Statement]:
    """Judge that slots lie between the first opening and the last closing of their local date, and begin on time."""
    for slot in slots:
        yield Statement(
            inside_day(rules, slot),
            f"slots keep to the local hours {_hours_text(rules, slot)}",
            f"{local_text(rules, slot)} is listed",
        )
    for day in sorted({local_day(rules, slot.start) for slot in slots}):
        yield from openings_on_time(rules, slots_on(rules, slots, day))


def _local_times(rules: EventTypeRules, slot: Slot) -> tuple[float, float]:
    day = local_day(rules, slot.start)
    return wall_minute(rules, slot.start, day), wall_minute(rules, slot.end, day)


def _hours_text(rules: EventTypeRules, slot: Slot) -> str:
    return ", ".join(map(str, hours_on(rules, local_day(rules, slot.start)))) or "(closed)"
