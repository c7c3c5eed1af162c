"""Recurrence: how often and how far apart the bookings of a series are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookproof.mock.domain.instants import wall_instant, zone

DAILY = "daily"
WEEKLY = "weekly"
MONTHLY = "monthly"
YEARLY = "yearly"
FREQUENCIES = (DAILY, WEEKLY, MONTHLY, YEARLY)
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A booking every `interval` days, weeks, months or years, `occurrences` at most; `frequency` is of FREQUENCIES."""

    frequency: str
    interval: int
    occurrences: int

    def starts(self, first: int, zone_name: str, count: int) -> list[int]:
        """The starts of a series in epoch seconds: the same wall time of the zone each time.

        A date that a month does not have is its last one.

        Parameters:
            first: epoch seconds.
            zone_name: IANA name of the zone whose wall time is kept.
            count: how many.
        """
        wall = datetime.fromtimestamp(first, zone(zone_name))
        minute = wall.hour * 60 + wall.minute
        later = (self._later(wall, step).date() for step in range(1, count))
        return [first, *(wall_instant(zone_name, day, minute) + wall.second for day in later)]

    def _later(self, wall: datetime, step: int) -> datetime:
        distance = step * self.interval
        if self.frequency == DAILY:
            return wall + timedelta(days=distance)
        if self.frequency == WEEKLY:
            return wall + timedelta(weeks=distance)
        months = distance if self.frequency == MONTHLY else distance * _MONTHS_A_YEAR
        return _months_later(wall, months)


def _months_later(wall: datetime, months: int) -> datetime:
    year, month = divmod(wall.year * _MONTHS_A_YEAR + wall.month - 1 + months, _MONTHS_A_YEAR)
    for day in (wall.day, 30, 29, 28):
        if day > wall.day:
            continue
        try:
            return wall.replace(year=year, month=month + 1, day=day)
        except ValueError:  # the month is shorter
            continue
    raise AssertionError("every month has 28 days")
