"""Availability: the slot engine joined to the stored bookings of a host."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.errors import DailyCapReached, Invalid, SlotTaken, SlotUnavailable
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, MINUTE
from bookproof.mock.domain.slots import Busy, Slot, SlotEngine
from bookproof.mock.store import Session

# Two days cover the longest buffer (one day) and the whole local date that a cap counts.
_MARGIN = 2 * DAY

_BUSY = """SELECT b.code, b.starts, b.ends, b.event_type_code, e.buffer_before, e.buffer_after
    FROM bookings b JOIN event_types e ON e.code = b.event_type_code
    WHERE b.host_id = ? AND b.starts < ? AND b.starts > ? AND b.ends > ? AND b.status IN ('confirmed', 'pending')"""

_HELD = """SELECT r.uid, r.starts, r.ends, r.event_type_code, e.buffer_before, e.buffer_after
    FROM reservations r JOIN event_types e ON e.code = r.event_type_code
    WHERE r.host_id = ? AND r.starts < ? AND r.ends > ? AND r.until > ?"""


@dataclass(frozen=True, slots=True)
class Ignoring:
    """What does not count as busy time.

    `booking`: code of the booking that is being moved. `reservation`: uid of the reservation that is being used or
    moved. `reservations`: whether no reservation counts at all.
    """

    booking: str | None = None
    reservation: str | None = None
    reservations: bool = False


NOTHING = Ignoring()
#: Further busy times of an event type's host around a window, as those of a connected calendar; buffers are 0.
BusySource = Callable[[Session, EventType, Slot], list[Busy]]


class Availability:
    """Lists open slots and decides whether one slot may be taken."""

    def __init__(self, engine: SlotEngine, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self.sources: list[BusySource] = []

    def add_source(self, source: BusySource) -> None:
        """Let the times that `source` tells block slots from now on."""
        self.sources.append(source)

    def busy(self, session: Session, event_type: EventType, window: Slot, ignore: str | None = None) -> list[Busy]:
        """The busy times of the event type's host around `window`: bookings of all its event types, and what else.

        Parameters:
            session: of the store.
            event_type: whose host is meant.
            window: the time of interest; bookings up to two days outside are included.
            ignore: code of a booking that does not count (the one being moved).
        """
        ignoring = Ignoring(booking=ignore)
        return [*self.booked(session, event_type, window, ignoring), *self.held(session, event_type, window, ignoring)]

    def booked(self, session: Session, event_type: EventType, window: Slot, ignoring: Ignoring = NOTHING) -> list[Busy]:
        """The host's live bookings around `window`, and what further sources tell."""
        low = window.start - _MARGIN
        rows = session.all(_BUSY, (event_type.host_id, window.end + _MARGIN, low - DAY, low))
        return [
            Busy(r["starts"], r["ends"], r["buffer_before"] * MINUTE, r["buffer_after"] * MINUTE, r["event_type_code"])
            for r in rows
            if r["code"] != ignoring.booking
        ] + [busy for source in self.sources for busy in source(session, event_type, window)]

    def held(self, session: Session, event_type: EventType, window: Slot, ignoring: Ignoring = NOTHING) -> list[Busy]:
        """The times around `window` that live reservations hold."""
        if ignoring.reservations:
            return []
        low, high = window.start - _MARGIN, window.end + _MARGIN
        rows = session.all(_HELD, (event_type.host_id, high, low, self.clock.now()))
        return [
            Busy(r["starts"], r["ends"], r["buffer_before"] * MINUTE, r["buffer_after"] * MINUTE, r["event_type_code"])
            for r in rows
            if r["uid"] != ignoring.reservation
        ]

    def duration(self, event_type: EventType, minutes: int | None) -> int:
        """The asked duration in seconds, or the default.

        Raises:
            Invalid: not one of the event type's durations.
        """
        if minutes is None:
            return event_type.rules.duration * MINUTE
        if minutes not in event_type.rules.durations:
            raise Invalid(f"duration must be one of {', '.join(map(str, event_type.rules.durations))}")
        return minutes * MINUTE

    def open_slots(self, session: Session, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        """The open slots of an event type inside `window`.

        Raises:
            Invalid: the duration is not offered.
        """
        busy = self.busy(session, event_type, window)
        return self.engine.open_slots(
            event_type.rules, event_type.code, self.duration(event_type, minutes), window, self.clock.now(), busy
        )

    def check(self, session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        """Refuse a slot that may not be taken; must run inside the transaction that takes it.

        Raises:
            Invalid: it begins in the past.
            SlotTaken: a live booking of the host is too close.
            SlotUnavailable: the event type does not offer it.
            DailyCapReached: the date is full.
        """
        busy = self.busy(session, event_type, slot, ignore)
        self.check_future(slot)
        self.check_free(event_type, slot, busy)
        self.check_offered(event_type, slot)
        self.check_cap(event_type, slot, busy)

    def check_future(self, slot: Slot) -> None:
        """Raises Invalid if the slot begins in the past."""
        if slot.start <= self.clock.now():
            raise Invalid("start lies in the past")

    def check_free(self, event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> None:
        """Raises SlotTaken if a live booking is too close."""
        blocked = self.engine.blocked_starts(event_type.rules, slot.end - slot.start, busy)
        if self.engine.is_blocked(slot.start, blocked):
            raise SlotTaken("The time has just been taken.")

    def check_offered(self, event_type: EventType, slot: Slot) -> None:
        """Raises SlotUnavailable if the slot is outside the grid, the hours or the notice."""
        if not self.engine.offers(event_type.rules, slot, self.clock.now()):
            raise SlotUnavailable("The event type does not offer this start.")

    def check_cap(self, event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> None:
        """Raises DailyCapReached if the date takes no more bookings of this event type."""
        full = self.engine.full_dates(event_type.rules, event_type.code, busy)
        if self.engine.is_full(event_type.rules, slot.start, full):
            raise DailyCapReached("The event type takes no more bookings on this date.")
