"""Defects of the Cal.com dialect: the hours in which slots are, on usual days, special ones and where clocks change."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.instants import DAY, zone
from bookproof.mock.domain.rules import Ranges, Rules, TimeRange

Data = dict[str, Any]
_LUNCH = 60
_HOUR = 3_600


def _change_days(mock: Mock, change: Callable[[Rules, date, Ranges], Ranges]) -> None:
    """Replace the ranges of a day by what `change` makes of them."""
    engine = mock.domain.engine
    ranges_on = engine.ranges_on

    def changed(rules: Rules, day: date) -> Ranges:
        return change(rules, day, ranges_on(rules, day))

    engine.ranges_on = changed


@defect(
    "calcom-lunch-break-offered",
    breaks=("slots.hours.honoured",),
    story="Clients are booked into the host's lunch break.",
)
def lunch_break_offered(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        joined: list[TimeRange] = []
        for item in ranges:
            if joined and item.start - joined[-1].end <= _LUNCH:
                joined[-1] = TimeRange(joined[-1].start, item.end)
            else:
                joined.append(item)
        return tuple(joined)

    _change_days(mock, change)


@defect(
    "calcom-closed-date-open",
    breaks=("slots.overrides.win",),
    story="Clients are booked on the host's day off.",
)
def closed_date_open(mock: Mock) -> None:
    def change(rules: Rules, day: date, ranges: Ranges) -> Ranges:
        return ranges or rules.hours[day.weekday()]

    _change_days(mock, change)


# Clock changes


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
    "calcom-dst-offset-of-today",
    breaks=("slots.dst.spring", "slots.dst.autumn", "slots.zones.half-hour"),
    story="Meetings beyond the next change of the clocks are an hour off.",
)
def dst_offset_of_today(mock: Mock) -> None:
    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        return _with_offset(day, minute, _offset(mock.domain.clock.now(), rules.time_zone))

    _change_boundaries(mock, change)


def _shift_after_change(mock: Mock, *, forward: bool) -> None:
    """Let the day after a change of whole hours keep the offset from before it."""

    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        before = _offset(_with_offset(day, 0, 0) - 2 * DAY, rules.time_zone)
        after = _offset(instant, rules.time_zone)
        whole = before % _HOUR == 0 and after % _HOUR == 0
        return (
            _with_offset(day, minute, before) if whole and before != after and (after > before) == forward else instant
        )

    _change_boundaries(mock, change)


@defect(
    "calcom-dst-spring-only",
    breaks=("slots.dst.spring",),
    story="On the first days of summer time everybody comes an hour late.",
)
def dst_spring_only(mock: Mock) -> None:
    _shift_after_change(mock, forward=True)


@defect(
    "calcom-dst-autumn-only",
    breaks=("slots.dst.autumn",),
    story="On the first days of winter time everybody comes an hour early.",
)
def dst_autumn_only(mock: Mock) -> None:
    _shift_after_change(mock, forward=False)


@defect(
    "calcom-zone-data-outdated",
    breaks=("slots.zones.changed-lately",),
    story="In Almaty every meeting is an hour early, since the server has not heard of the new offset.",
)
def zone_data_outdated(mock: Mock) -> None:
    def change(rules: Rules, day: date, minute: int, instant: int) -> int:
        return instant - _HOUR if rules.time_zone == "Asia/Almaty" else instant

    _change_boundaries(mock, change)
