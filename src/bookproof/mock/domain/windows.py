"""Booking windows: the dates on which an event type can be booked at all, seen from today."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bookproof.mock.domain.instants import local_date, wall_instant

DAYS = "days"
BUSINESS_DAYS = "business_days"
RANGE = "range"
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class BookingWindow:
    """Dates in the event type's zone.

    `kind` DAYS or BUSINESS_DAYS: today and the `days` (calendar days, or Mondays to Fridays) after it. RANGE: `first`
    to `last`, both included.
    """

    kind: str
    days: int = 0
    first: date | None = None
    last: date | None = None

    def bounds(self, zone_name: str, now: int) -> tuple[int, int]:
        """The first and the last instant at which a slot may start."""
        first, last = self.dates(local_date(now, zone_name))
        return wall_instant(zone_name, first, 0), wall_instant(zone_name, last, 24 * 60) - 1

    def dates(self, today: date) -> tuple[date, date]:
        """The first and the last date."""
        if self.kind == RANGE:
            assert self.first is not None, "a range has a first date"
            assert self.last is not None, "a range has a last date"
            return self.first, self.last
        if self.kind == DAYS:
            return today, today + timedelta(days=self.days)
        last, left = today, self.days
        while left:
            last += timedelta(days=1)
            left -= last.weekday() <= _FRIDAY
        return today, last


def window_document(window: BookingWindow) -> dict[str, Any]:
    """The form in which a window is stored."""
    if window.kind == RANGE:
        return {"kind": RANGE, "first": str(window.first), "last": str(window.last)}
    return {"kind": window.kind, "days": window.days}


def window_of(document: Mapping[str, Any]) -> BookingWindow:
    """The window that `window_document` wrote."""
    if document["kind"] == RANGE:
        return BookingWindow(RANGE, 0, date.fromisoformat(document["first"]), date.fromisoformat(document["last"]))
    return BookingWindow(document["kind"], document["days"])
