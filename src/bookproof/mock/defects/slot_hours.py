"""Defects of the slot engine itself: listing and booking agree, and both are wrong."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.instants import zone
from bookproof.mock.domain.rules import Ranges, Rules, TimeRange
from bookproof.mock.domain.slots import Slot

_LUNCH = 60
_LONG_NOTICE_DAYS = 90


def _change_days(mock: Mock, change: Callable[[Rules, date, Ranges], Ranges]) -> None:
    """Replace the ranges of a day by what `change` makes of them."""
    engine = mock.domain.engine
    ranges_on = engine.ranges_on

    def changed(rules: Rules, day: date) -> Ranges:
        return change(rules, day, ranges_on(rules, day))

    engine.ranges_on = changed


def _has_override(rules: Rules, day: date) -> bool:
    return rules.overrides is not None and day in rules.overrides


@defect(
    "lunch-break-offered",
    breaks=("slots.hours.honoured",),
    story="Clients are booked into the host's lunch break.",
)
def lunch_break_offered(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        joined: list[TimeRange] = []
        for item in ranges:
            if joined and item.start - joined[-1].end <= _LUNCH and not _has_override(rules, day):
                joined[-1] = TimeRange(joined[-1].start, item.end)
            else:
                joined.append(item)
        return tuple(joined)

    _change_days(mock, change)


@defect(
    "second-range-forgotten",
    breaks=("slots.hours.honoured",),
    story="After lunch nobody can be booked.",
)
def second_range_forgotten(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        if _has_override(rules, day):
            return ranges
        after_lunch = {b for a, b in pairwise(ranges) if b.start - a.end <= _LUNCH}
        return tuple(item for item in ranges if item not in after_lunch)

    _change_days(mock, change)


@defect(
    "slots-off-grid",
    breaks=("slots.interval.aligned",),
    story="Appointments begin at seven minutes past.",
)
def slots_off_grid(mock: Mock) -> None:
    engine = mock.domain.engine
    candidate_starts = engine.candidate_starts

    def late(rules: Rules, opening: Slot, duration: int) -> Sequence[int]:
        return candidate_starts(rules, Slot(opening.start + 7 * 60, opening.end), duration)

    engine.candidate_starts = late


@defect(
    "closed-day-open",
    breaks=("slots.overrides.win",),
    story="Clients are booked on the host's day off.",
)
def closed_day_open(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        return ranges or rules.hours[day.weekday()]

    _change_days(mock, change)


@defect(
    "special-hours-ignored",
    breaks=("slots.overrides.win",),
    story="On the day of the early opening the usual hours are offered.",
)
def special_hours_ignored(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        return rules.hours[day.weekday()] if _has_override(rules, day) and ranges else ranges

    _change_days(mock, change)


def _change_boundaries(mock: Mock, change: Callable[[Rules, date, int, int], int]) -> None:
    """Replace the instant of every boundary by what `change(rules, day, minute, instant)` makes of it."""
    engine = mock.domain.engine
    boundary = engine.boundary

    def changed(rules: Rules, day: date, minute: int, closing: bool) -> int:
        return change(rules, day, minute, boundary(rules, day, minute, closing))

    engine.boundary = changed


def _offset(instant: int, zone_name: str) -> int:
    """Seconds east of UTC."""
    offset = datetime.fromtimestamp(instant, zone(zone_name)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _with_offset(day: date, minute: int, offset: int) -> int:
    """The instant of a wall time under a fixed offset."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int((midnight + timedelta(minutes=minute)).timestamp()) - offset


@defect(
    "dst-offset-of-today",
    breaks=("slots.dst.spring", "slots.dst.autumn", "slots.zones.half-hour"),
    story="Appointments beyond the next change of the clocks are an hour off.",
)
def dst_offset_of_today(mock: Mock) -> None:
    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        # Event types with a short notice seldom reach beyond the change, and keep other promises to be judged.
        if rules.maximum_notice <= _LONG_NOTICE_DAYS:
            return instant
        return _with_offset(day, minute, _offset(mock.domain.clock.now(), rules.time_zone))

    _change_boundaries(mock, change)


@defect(
    "dst-autumn-only",
    breaks=("slots.dst.autumn",),
    story="On the night when the clocks go back, the whole day after it is an hour early.",
)
def dst_autumn_only(mock: Mock) -> None:
    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        midnight = _with_offset(day, 0, _offset(instant, rules.time_zone))
        before, after = _offset(midnight - 7_200, rules.time_zone), _offset(midnight + 86_400, rules.time_zone)
        went_back = before > after and after % 3_600 == 0
        return _with_offset(day, minute, before) if went_back else instant

    _change_boundaries(mock, change)


@defect(
    "half-hour-truncated",
    breaks=("slots.zones.half-hour",),
    story="In Kolkata every appointment is half an hour late.",
)
def half_hour_truncated(mock: Mock) -> None:
    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        offset = _offset(instant, rules.time_zone)
        return instant + offset % 3_600

    _change_boundaries(mock, change)
