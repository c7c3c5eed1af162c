"""Wall-clock times of a zone as instants. Instants are epoch seconds (int), always UTC."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
MINUTE = 60


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone called `name`.

    Raises:
        ValueError: no such zone.
    """
    # ZoneInfo reads files: names that are not zone names must not reach the file system.
    parts = name.split("/")
    plain = all(
        part and part.isascii() and part.replace("_", "").replace("-", "").replace("+", "").isalnum() for part in parts
    )
    if not plain or parts[0] in {"posix", "right", "localtime", "posixrules", "Factory"}:
        raise ValueError(f"unknown time zone {name!r}")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as failure:
        raise ValueError(f"unknown time zone {name!r}") from failure


def local_date(instant: int, zone_name: str) -> date:
    """The calendar date of `instant` in the zone."""
    return datetime.fromtimestamp(instant, zone(zone_name)).date()


@lru_cache(maxsize=16_384)
def wall_instant(zone_name: str, day: date, minute: int, closing: bool = False) -> int:
    """The instant of a wall-clock boundary.

    A boundary that the clocks skip is the first instant after the gap. One that occurs twice is the first
    occurrence when it opens a range and the second when it closes one. Minute 1440 is the end of the day, that
    is the first midnight of the next date.

    Parameters:
        zone_name: IANA name.
        day: local date.
        minute: minutes since local midnight, 0..1440.
        closing: whether the boundary ends a range.
    """
    if minute == 24 * 60:
        day, minute, closing = day + timedelta(days=1), 0, False
    tz = zone(zone_name)
    # Minutes are added to the wall clock: arithmetic within one zone does not look at its changes.
    wall = datetime(day.year, day.month, day.day, tzinfo=tz) + timedelta(minutes=minute)
    first = int(wall.replace(fold=0).timestamp())
    second = int(wall.replace(fold=1).timestamp())
    if first == second:
        return first
    if second > first:  # the wall time occurs twice
        return second if closing else first
    return _end_of_gap(tz, second, first)


def _end_of_gap(tz: ZoneInfo, before: int, after: int) -> int:
    """The instant between `before` and `after` at which the zone's offset changes."""
    old = datetime.fromtimestamp(before, tz).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if datetime.fromtimestamp(middle, tz).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=65_536)
def utc_text(instant: int) -> str:
    """`instant` as `2026-05-04T08:00:00Z`."""
    return datetime.fromtimestamp(instant, UTC).replace(tzinfo=None).isoformat() + "Z"


def zoned_text(instant: int, tz: ZoneInfo) -> str:
    """`instant` with the zone's numeric offset, as `2026-05-04T10:00:00+02:00`."""
    return datetime.fromtimestamp(instant, tz).isoformat()
