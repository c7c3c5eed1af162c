"""When an event type may be booked: durations, hours, overrides, notice, buffers, cap.

The document form (names in snake_case, hours as `{"mon": ["08:00-12:00"]}`) is what target files and the control
door use. Source: the vendor's help pages on event types and availability.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, cast

from bookproof.mock.domain.errors import Invalid
from bookproof.mock.domain.instants import zone
from bookproof.mock.domain.windows import BookingWindow

#: `maximum_notice` of event types that can be booked however far ahead.
UNLIMITED_DAYS = 36_525
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
_LIMITS = {
    "interval": (1, 1440),
    "buffer_before": (0, 1440),
    "buffer_after": (0, 1440),
    "minimum_notice": (0, 525_600),
    "maximum_notice": (0, 3_650),
    "daily_cap": (0, 10_000),
}


@dataclass(frozen=True, slots=True)
class TimeRange:
    """Opening hours in minutes since local midnight; `end` may be 1440 (24:00)."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


Ranges = tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one event type. Minutes throughout, except `maximum_notice` in days.

    `hours` has a tuple of ranges for each weekday, Monday first; `overrides` replaces them for single local dates
    (an empty tuple means closed). `interval` None means the default duration; `daily_cap` None means no cap; `offset`
    moves every start of the grid; `window` restricts the dates beside the notice.
    """

    time_zone: str
    durations: tuple[int, ...]
    hours: tuple[Ranges, ...]
    interval: int | None = None
    buffer_before: int = 0
    buffer_after: int = 0
    minimum_notice: int = 0
    maximum_notice: int = 60
    daily_cap: int | None = None
    overrides: Mapping[date, Ranges] | None = None
    offset: int = 0
    window: BookingWindow | None = None

    @property
    def duration(self) -> int:
        """The default duration in minutes."""
        return self.durations[0]

    @property
    def step(self) -> int:
        """Minutes from one slot's start to the next."""
        return self.interval or self.duration

    def ranges_on(self, day: date) -> Ranges:
        """The ranges in force on a local date: its override if there is one, else the weekday's."""
        if self.overrides is not None and day in self.overrides:
            return self.overrides[day]
        return self.hours[day.weekday()]


def parse_ranges(texts: object) -> Ranges:
    """`["08:00-12:00", "13:00-24:00"]` as ranges, sorted.

    Raises:
        Invalid: not a list of ranges, an empty range, or two that overlap.
    """
    if not isinstance(texts, list):
        raise Invalid("hours are lists of texts such as 08:00-12:00")
    found: list[TimeRange] = []
    for text in cast("list[object]", texts):
        match = _RANGE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise Invalid(f"{text!r} is not a range such as 08:00-12:00")
        hour, minute, end_hour, end_minute = (int(part) for part in match.groups() if part is not None)
        found.append(TimeRange(hour * 60 + minute, end_hour * 60 + end_minute))
    found.sort(key=lambda item: item.start)
    if any(item.start >= item.end for item in found) or any(a.end > b.start for a, b in pairwise(found)):
        raise Invalid("ranges must not be empty and must not overlap")
    return tuple(found)


def parse_hours(document: object) -> tuple[Ranges, ...]:
    """`{"mon": […], …}` as a tuple of seven; a weekday that is left out is closed."""
    if not isinstance(document, dict):
        raise Invalid("hours is an object with the keys mon … sun")
    given = cast("dict[str, object]", document)
    if set(given) - set(WEEKDAYS):
        raise Invalid("hours is an object with the keys mon … sun")
    return tuple(parse_ranges(given.get(name, [])) for name in WEEKDAYS)


def parse_overrides(document: object) -> Mapping[date, Ranges]:
    """`{"2026-12-01": [], "2026-12-02": ["06:00-07:00"]}` as a mapping by date."""
    if not isinstance(document, dict):
        raise Invalid("overrides is an object with dates as keys")
    found: dict[date, Ranges] = {}
    for text, ranges in cast("dict[str, object]", document).items():
        try:
            found[date.fromisoformat(text)] = parse_ranges(ranges)
        except ValueError as failure:
            raise Invalid(f"{text!r} is not a date") from failure
    return found


def merged_ranges(ranges: Iterable[TimeRange]) -> Ranges:
    """Ranges in any order as ranges that are sorted and do not overlap; empty ones are dropped."""
    found: list[TimeRange] = []
    for item in sorted(ranges, key=lambda each: each.start):
        if item.start >= item.end:
            continue
        if found and item.start <= found[-1].end:
            found[-1] = TimeRange(found[-1].start, max(found[-1].end, item.end))
        else:
            found.append(item)
    return tuple(found)


def hours_document(hours: tuple[Ranges, ...]) -> dict[str, list[str]]:
    """The document form of weekly hours; closed weekdays are empty lists."""
    return {name: [str(item) for item in ranges] for name, ranges in zip(WEEKDAYS, hours, strict=True)}


def overrides_document(overrides: Mapping[date, Ranges] | None) -> dict[str, list[str]]:
    """The document form of date overrides."""
    return {day.isoformat(): [str(item) for item in ranges] for day, ranges in sorted((overrides or {}).items())}


def rules_document(rules: Rules) -> dict[str, Any]:
    """The document form of `rules`; what does not apply is left out."""
    document: dict[str, Any] = {"time_zone": rules.time_zone}
    if len(rules.durations) > 1:
        document["durations"] = list(rules.durations)
    else:
        document["duration"] = rules.duration
    document |= {
        "interval": rules.step,
        "buffer_before": rules.buffer_before,
        "buffer_after": rules.buffer_after,
        "minimum_notice": rules.minimum_notice,
        "maximum_notice": rules.maximum_notice,
    }
    if rules.daily_cap is not None:
        document["daily_cap"] = rules.daily_cap
    document["hours"] = hours_document(rules.hours)
    if rules.overrides:
        document["overrides"] = overrides_document(rules.overrides)
    return document


def changed_rules(rules: Rules, changes: Mapping[str, object]) -> Rules:
    """`rules` with the members of `changes` (document form) replaced.

    Raises:
        Invalid: an unknown member or a value out of range.
    """
    values: dict[str, Any] = {name: getattr(rules, name) for name in Rules.__dataclass_fields__}
    for name, value in changes.items():
        if name == "time_zone":
            values[name] = _zone_name(value)
        elif name in ("duration", "durations"):
            values["durations"] = _durations([value] if name == "duration" else value)
        elif name == "hours":
            values[name] = parse_hours(value)
        elif name == "overrides":
            values[name] = parse_overrides(value or {})
        elif name in _LIMITS:
            optional = name in ("interval", "daily_cap")
            values[name] = None if value is None and optional else _whole(name, value, *_LIMITS[name])
        else:
            raise Invalid(f"{name} is not a rule of an event type")
    return Rules(**values)


def _zone_name(value: object) -> str:
    try:
        zone(value if isinstance(value, str) else "")
    except ValueError as failure:
        raise Invalid(f"unknown time zone {value!r}") from failure
    return str(value)


def _durations(value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not value:
        raise Invalid("durations is a list of minutes")
    return tuple(_whole("duration", item, 1, 1440) for item in cast("list[object]", value))


def _whole(name: str, value: object, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Invalid(f"{name} is a whole number from {low} to {high}")
    return value
