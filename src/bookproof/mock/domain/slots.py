"""The slot engine: pure arithmetic from rules, live bookings and the time to the slots that are open.

Instants and lengths are epoch seconds here. Choices that no document makes, made once:

* Slots start at the opening instant of a range plus a whole number of intervals of *elapsed* time, and end within it.
* Two bookings of one host conflict if the plain time of either overlaps the buffered time of the other. The gap
  kept between them is therefore the larger of the two buffers that meet there, not their sum.
* A daily cap counts the live bookings of the event type by the local date (event type's zone) of their start.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bookproof.mock.domain.instants import DAY, MINUTE, local_date, wall_instant
from bookproof.mock.domain.rules import Ranges, Rules
from bookproof.mock.domain.windows import BookingWindow

Blocked = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Slot:
    """The half-open interval [start, end) in epoch seconds."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Busy:
    """A live booking as the engine sees it; buffers in seconds, those of the booking's own event type."""

    start: int
    end: int
    buffer_before: int
    buffer_after: int
    event_type_code: str


class SlotEngine:
    """Computes openings. Holds no state; every step is a method so that it can be studied, or broken, alone."""

    def ranges_on(self, rules: Rules, day: date) -> Ranges:
        """The local hours in force on `day`."""
        return rules.ranges_on(day)

    def boundary(self, rules: Rules, day: date, minute: int, closing: bool) -> int:
        """The instant of a boundary of the local hours."""
        return wall_instant(rules.time_zone, day, minute, closing)

    def openings(self, rules: Rules, first: date, last: date) -> Iterator[Slot]:
        """The open ranges of the local dates `first` to `last` as instants, in order."""
        day = first
        while day <= last:
            for hours in self.ranges_on(rules, day):
                start = self.boundary(rules, day, hours.start, False)
                end = self.boundary(rules, day, hours.end, True)
                if start < end:
                    yield Slot(start, end)
            day += timedelta(days=1)

    def candidate_starts(self, rules: Rules, opening: Slot, duration: int) -> Sequence[int]:
        """The starts of the grid in one opening for slots of `duration` seconds."""
        return range(opening.start + rules.offset * MINUTE, opening.end - duration + 1, rules.step * MINUTE)

    def notice_window(self, rules: Rules, now: int) -> tuple[int, int]:
        """The first and the last start that the notice allows."""
        earliest, latest = now + rules.minimum_notice * MINUTE, now + rules.maximum_notice * DAY
        if rules.window is None:
            return earliest, latest
        low, high = self.window_bounds(rules.window, rules.time_zone, now)
        return max(earliest, low), min(latest, high)

    def window_bounds(self, window: BookingWindow, zone_name: str, now: int) -> tuple[int, int]:
        """The first and the last start that the booking window allows."""
        return window.bounds(zone_name, now)

    def gap_before(self, rules: Rules, busy: Busy) -> int:
        """Seconds that must lie between an earlier booking's end and a new slot's start."""
        return max(rules.buffer_before * MINUTE, busy.buffer_after)

    def gap_after(self, rules: Rules, busy: Busy) -> int:
        """Seconds that must lie between a new slot's end and a later booking's start."""
        return max(rules.buffer_after * MINUTE, busy.buffer_before)

    def blocked_starts(self, rules: Rules, duration: int, busy: Sequence[Busy]) -> Blocked:
        """The open intervals in which no slot of `duration` seconds may start, merged and in order."""
        found = sorted((b.start - duration - self.gap_after(rules, b), b.end + self.gap_before(rules, b)) for b in busy)
        merged: Blocked = []
        for low, high in found:
            if merged and low < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return merged

    def is_blocked(self, start: int, blocked: Blocked) -> bool:
        """Whether `start` lies inside one of the blocked intervals."""
        index = bisect_left(blocked, (start, start)) - 1
        return index >= 0 and blocked[index][0] < start < blocked[index][1]

    def full_dates(self, rules: Rules, event_type_code: str, busy: Sequence[Busy]) -> frozenset[date]:
        """The local dates on which the event type has reached its cap."""
        if rules.daily_cap is None:
            return frozenset()
        taken = Counter(local_date(b.start, rules.time_zone) for b in busy if b.event_type_code == event_type_code)
        return frozenset(day for day, count in taken.items() if count >= rules.daily_cap)

    def is_full(self, rules: Rules, start: int, full: frozenset[date]) -> bool:
        """Whether the cap forbids a start; a cap of 0 forbids all."""
        return rules.daily_cap == 0 or (bool(full) and local_date(start, rules.time_zone) in full)

    def offers(self, rules: Rules, slot: Slot, now: int) -> bool:
        """Whether the slot is on the grid, within the hours and within the notice, whoever has booked."""
        earliest, latest = self.notice_window(rules, now)
        if not earliest <= slot.start <= latest:
            return False
        day = local_date(slot.start, rules.time_zone)
        return any(
            slot.start in self.candidate_starts(rules, opening, slot.end - slot.start)
            for opening in self.openings(rules, day - timedelta(days=1), day)
        )

    def open_slots(
        self, rules: Rules, event_type_code: str, duration: int, window: Slot, now: int, busy: Sequence[Busy]
    ) -> list[Slot]:
        """The open slots that lie within `window`, in order.

        Parameters:
            rules: of the event type.
            event_type_code: whose bookings count towards the cap.
            duration: seconds.
            window: the asked range; slots start and end inside it.
            now: epoch seconds.
            busy: live bookings of the host; at least those within two days of the window.
        """
        earliest, latest = self.notice_window(rules, now)
        low, high = max(window.start, earliest), min(window.end - duration, latest)
        if low > high:
            return []
        blocked = self.blocked_starts(rules, duration, busy)
        full = self.full_dates(rules, event_type_code, busy)
        capped = rules.daily_cap is not None
        first = local_date(low, rules.time_zone) - timedelta(days=1)
        last = local_date(high, rules.time_zone)
        return [
            Slot(start, start + duration)
            for opening in self.openings(rules, first, last)
            if opening.end > low
            for start in self.candidate_starts(rules, opening, duration)
            if low <= start <= high
            and not (blocked and self.is_blocked(start, blocked))
            and not (capped and self.is_full(rules, start, full))
        ]
