"""The slot oracle: what the declared rules of an event type say about a slot, worked out without the target.

It knows hours, overrides and intervals; who has booked is the target's knowledge. Minutes are counted on
the wall clock from local midnight, so 1440 is the end of a day. Sources: Calendar API & MCP, REST API v1 (slots are the
openings of the booking page); the vendor's help pages on availability.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, order=True)
class Hours:
    """A range of opening hours, in minutes since local midnight."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{clock_text(self.opens)}-{clock_text(self.closes)}"

    def holds(self, minute: float) -> bool:
        """Whether a start at this minute lies in the range."""
        return self.opens <= minute < self.closes


def clock_text(minute: float) -> str:
    """``540`` as ``09:00``."""
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _ranges(texts: Iterable[tuple[str, str]]) -> tuple[Hours, ...]:
    return tuple(sorted(Hours(_minutes(opens), _minutes(closes)) for opens, closes in texts))


@lru_cache(maxsize=1024)
def weekly_hours(rules: EventTypeRules, weekday: str) -> tuple[Hours, ...]:
    """The ranges of a weekday (``mon`` … ``sun``), sorted."""
    return _ranges((rules.hours or {}).get(weekday, ()))


@lru_cache(maxsize=8192)
def hours_on(rules: EventTypeRules, day: date) -> tuple[Hours, ...]:
    """The ranges in force on a local date: its override if there is one, else its weekday's."""
    override = rules.overrides.get(day.isoformat())
    return weekly_hours(rules, WEEKDAYS[day.weekday()]) if override is None else _ranges(override)


@lru_cache(maxsize=8192)
def midnight(rules: EventTypeRules, day: date) -> datetime:
    """The instant at which a local date begins."""
    return datetime.combine(day, time(), ZoneInfo(rules.time_zone)).astimezone(UTC)


def local_day(rules: EventTypeRules, moment: datetime) -> date:
    """The local date of an instant."""
    return _wall(rules, moment).date()


@lru_cache(maxsize=16384)
def _wall(rules: EventTypeRules, moment: datetime) -> datetime:
    """What the wall clock shows at an instant, without its zone."""
    return moment.astimezone(ZoneInfo(rules.time_zone)).replace(tzinfo=None)


def wall_minute(rules: EventTypeRules, moment: datetime, day: date) -> float:
    """What the wall clock shows at an instant, in minutes since the midnight of ``day``."""
    return (_wall(rules, moment) - datetime.combine(day, time())) / _MINUTE


def local_text(rules: EventTypeRules, slot: Slot) -> str:
    """A slot for people: ``2027-03-28 09:00-09:30 Europe/Berlin``."""
    zone = ZoneInfo(rules.time_zone)
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M} {rules.time_zone}"


def inside_hours(rules: EventTypeRules, slot: Slot) -> bool:
    """Whether a slot begins and ends within one range of hours; ranges that touch, also at midnight, are one."""
    return _inside(rules, slot, whole_days=False)


def inside_day(rules: EventTypeRules, slot: Slot) -> bool:
    """Whether a slot lies between the first opening and the last closing of its day, breaks or not."""
    return _inside(rules, slot, whole_days=True)


def _inside(rules: EventTypeRules, slot: Slot, *, whole_days: bool) -> bool:
    day = local_day(rules, slot.start)
    start, end = wall_minute(rules, slot.start, day), wall_minute(rules, slot.end, day)
    return any(hours.holds(start) and hours.opens <= end <= hours.closes for hours in _around(rules, day, whole_days))


@lru_cache(maxsize=8192)
def _around(rules: EventTypeRules, day: date, whole_days: bool) -> tuple[Hours, ...]:
    """The hours of a day and its neighbours, in minutes since its midnight; ranges that touch are one."""
    joined: list[Hours] = []
    for offset in (-1, 0, 1):
        ranges = hours_on(rules, day + offset * _ONE_DAY)
        if whole_days and ranges:
            ranges = (Hours(ranges[0].opens, ranges[-1].closes),)
        for hours in ranges:
            moved = Hours(hours.opens + offset * DAY_MINUTES, hours.closes + offset * DAY_MINUTES)
            if joined and joined[-1].closes == moved.opens:
                joined[-1] = Hours(joined[-1].opens, moved.closes)
            else:
                joined.append(moved)
    return tuple(joined)


def aligned(rules: EventTypeRules, slot: Slot, interval: int) -> bool | None:
    """Whether a slot starts a whole number of intervals after its range opens; None if it starts in no range.

    Where a clock change lies between, minutes of the wall clock and elapsed minutes are both right.
    """
    day = local_day(rules, slot.start)
    start = wall_minute(rules, slot.start, day)
    homes = [hours for hours in hours_on(rules, day) if hours.holds(start)]
    if not homes:
        return None
    return any(
        (start - hours.opens) % interval == 0
        or (slot.start - instant_of(rules, day, hours.opens)) % timedelta(minutes=interval) == timedelta()
        for hours in homes
    )


def instant_of(rules: EventTypeRules, day: date, minute: int) -> datetime:
    """The instant of a wall-clock time: the first of two; one that the clock skips counts on from before the gap."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=ZoneInfo(rules.time_zone)).astimezone(UTC)


def whole_days(rules: EventTypeRules, start: datetime, end: datetime) -> list[date]:
    """The local dates that lie wholly between two instants."""
    day = local_day(rules, start)
    days: list[date] = []
    while midnight(rules, day + _ONE_DAY) <= end:
        if midnight(rules, day) >= start:
            days.append(day)
        day += _ONE_DAY
    return days


def slots_on(rules: EventTypeRules, slots: Iterable[Slot], day: date) -> list[Slot]:
    """The slots that start on a local date."""
    return [slot for slot in slots if local_day(rules, slot.start) == day]


@dataclass(frozen=True)
class RangeShown:
    """How much of one range of a weekday's hours an answer shows.

    Attributes:
        weekday: ``mon`` … ``sun``.
        hours: the range.
        days: asked dates on which it is in force.
        slots: listed slots that start in it.
        others: listed slots of those dates that start elsewhere.
    """

    weekday: str
    hours: Hours
    days: int
    slots: int
    others: int

    @property
    def telling(self) -> bool:
        """Whether its absence would mean something: a single empty day may be a holiday."""
        return self.days > 1 or self.others > 0


def ranges_shown(rules: EventTypeRules, days: Sequence[date], slots: Sequence[Slot], minutes: int) -> list[RangeShown]:
    """What an answer shows of each range of the weekly hours that a slot of ``minutes`` fits in."""
    found: list[RangeShown] = []
    for number, weekday in enumerate(WEEKDAYS):
        dates = [day for day in days if day.weekday() == number and day.isoformat() not in rules.overrides]
        starts = [wall_minute(rules, s.start, day) for day in dates for s in slots_on(rules, slots, day)]
        for hours in weekly_hours(rules, weekday) if dates else ():
            if hours.closes - hours.opens >= minutes:
                inside = sum(hours.holds(start) for start in starts)
                found.append(RangeShown(weekday, hours, len(dates), inside, len(starts) - inside))
    return found


def grid(rules: EventTypeRules, low: datetime, high: datetime, minutes: int, step: int) -> Iterator[datetime]:
    """The starts that the hours offer from ``low`` to ``high``, whatever the notice and whoever has booked.

    Args:
        rules: whose hours.
        low: the first instant allowed.
        high: the last instant allowed.
        minutes: length of a slot.
        step: minutes between starts.
    """
    day = local_day(rules, low)
    while midnight(rules, day) <= high:
        for hours in hours_on(rules, day):
            for minute in range(hours.opens, hours.closes - minutes + 1, step):
                start = instant_of(rules, day, minute)
                slot = Slot(start, start + timedelta(minutes=minutes))
                skipped = wall_minute(rules, start, day) != minute
                if low <= start <= high and not skipped and inside_hours(rules, slot):
                    yield start
        day += _ONE_DAY


def closed_starts(rules: EventTypeRules, day: date, minutes: int) -> list[datetime]:
    """Starts in the longest closed time that begins on a local date: as it closes, in the middle, before it opens.

    Empty if that time is not longer than a slot of ``minutes``.
    """
    opened: list[Slot] = []
    for offset in range(-1, 9):  # hours may be those of one weekday only
        at = day + offset * _ONE_DAY
        ranges = hours_on(rules, at)
        opened += [Slot(instant_of(rules, at, hours.opens), instant_of(rules, at, hours.closes)) for hours in ranges]
    gaps: list[Slot] = []
    reach = midnight(rules, day)
    for opening in sorted(opened):
        if opening.start > reach:
            gaps.append(Slot(reach, opening.start))
        reach = max(reach, opening.end)
    begun_that_day = [gap for gap in gaps if midnight(rules, day) < gap.start <= midnight(rules, day + _ONE_DAY)]
    longest = max(begun_that_day, key=lambda gap: gap.end - gap.start, default=None)
    length = timedelta(minutes=minutes)
    if longest is None or longest.end - longest.start <= length:
        return []
    hours_in = (longest.end - longest.start - length) // timedelta(hours=2)
    middle = longest.start + timedelta(hours=hours_in)
    return sorted({longest.start, middle, longest.end - length})
