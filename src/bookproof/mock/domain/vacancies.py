"""Vacancies: what is open once bookings, reservations and seats are all looked at.

A slot of a shared event type is open to further attendees as long as a seat is neither taken nor reserved; to
everything else its booking is busy time like any other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bookproof.mock.domain.availability import NOTHING, Availability, Ignoring
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import InThePast, SeatsTaken, SlotReserved, SlotTaken, TooLate, TooSoon
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.seat_records import SeatRecords
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Session, Store


@dataclass(frozen=True, slots=True)
class Opening:
    """A slot that can be booked. With seats: how many are taken or reserved, and the booking that is shared, if any."""

    start: int
    end: int
    seats_taken: int = 0
    booking_code: str | None = None


class Vacancies:
    """Lists openings and decides whether one slot may be taken."""

    def __init__(self, store: Store, availability: Availability, seats: SeatRecords) -> None:
        self._store = store
        self.availability = availability
        self.seats = seats

    # Listing

    def find(
        self, event_type: EventType, window: Slot, *, minutes: int | None = None, ignoring: Ignoring = NOTHING
    ) -> list[Opening]:
        """The openings that lie within `window`, by start.

        Parameters:
            event_type: what is to be booked.
            window: slots start and end inside it.
            minutes: the duration, None for the default.
            ignoring: what does not count as busy.

        Raises:
            Invalid: the duration is not offered.
        """
        duration = self.availability.duration(event_type, minutes)
        with self._store.read() as session:
            busy = self.busy(session, event_type, window, ignoring)
            found = [Opening(slot.start, slot.end) for slot in self.unshared(event_type, duration, window, busy)]
            if event_type.seats is not None:
                found += self.shared(session, event_type, duration, window, busy, ignoring)
        return sorted(found, key=lambda opening: opening.start)

    def busy(self, session: Session, event_type: EventType, window: Slot, ignoring: Ignoring) -> list[Busy]:
        """All busy times of the host around `window`."""
        booked = self.availability.booked(session, event_type, window, ignoring)
        return booked + self.availability.held(session, event_type, window, ignoring)

    def unshared(self, event_type: EventType, duration: int, window: Slot, busy: Sequence[Busy]) -> list[Slot]:
        """The slots in which the host has nothing at all."""
        now = self.availability.clock.now()
        return self.availability.engine.open_slots(event_type.rules, event_type.code, duration, window, now, busy)

    def shared(
        self,
        session: Session,
        event_type: EventType,
        duration: int,
        window: Slot,
        busy: Sequence[Busy],
        ignoring: Ignoring,
    ) -> list[Opening]:
        """The slots of a shared event type that have been booked or reserved, and have seats left."""
        engine, now = self.availability.engine, self.availability.clock.now()
        found = self.seats.meetings(session, event_type.code, window)
        meetings = [(booking, count) for booking, count in found if booking.code != ignoring.booking]
        taken = Counter({Slot(booking.start, booking.end): count for booking, count in meetings})
        codes = {Slot(booking.start, booking.end): booking.code for booking, _ in meetings}
        held = self.availability.held(session, event_type, window, ignoring)
        taken.update(Slot(b.start, b.end) for b in held if b.event_type_code == event_type.code)
        return [
            Opening(slot.start, slot.end, count, codes.get(slot))
            for slot, count in taken.items()
            if slot.end - slot.start == duration
            and window.start <= slot.start
            and slot.end <= window.end
            and self.has_room(event_type, count)
            and engine.offers(event_type.rules, slot, now)
            and not self._blocks(event_type, slot, others_than(event_type, slot, busy))
        ]

    # Deciding

    def check(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring = NOTHING) -> None:
        """Refuse a slot that may not be taken; must run inside the transaction that takes it.

        Raises:
            InThePast: it has begun.
            TooSoon, TooLate: before the notice allows it, or outside the period that is open.
            SlotTaken: a live booking of the host is too close.
            SlotReserved: a live reservation is.
            SeatsTaken: every seat is taken or reserved.
            SlotUnavailable: outside the hours or the grid.
            DailyCapReached: the date is full.
        """
        self.check_future(slot)
        self.check_notice(event_type, slot)
        self.check_free(session, event_type, slot, ignoring)
        self.availability.check_offered(event_type, slot)
        if self.meeting(session, event_type, slot, ignoring) is None:
            self.availability.check_cap(event_type, slot, self.busy(session, event_type, slot, ignoring))

    def check_future(self, slot: Slot) -> None:
        """Raises InThePast if the slot has begun."""
        if slot.start <= self.availability.clock.now():
            raise InThePast("The start lies in the past.")

    def check_notice(self, event_type: EventType, slot: Slot) -> None:
        """Raises TooSoon or TooLate if notice or booking window forbid the start."""
        now = self.availability.clock.now()
        earliest, latest = self.availability.engine.notice_window(event_type.rules, now)
        if slot.start < earliest:
            raise TooSoon("The start is too near.")
        if slot.start > latest:
            raise TooLate("The start is outside the period that is open for booking.")

    def check_free(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        """Raises SlotTaken, SlotReserved or SeatsTaken if somebody has the time."""
        booked = self.availability.booked(session, event_type, slot, ignoring)
        held = self.availability.held(session, event_type, slot, ignoring)
        if event_type.seats is not None:
            self.check_room(session, event_type, slot, ignoring)
            if self.meeting(session, event_type, slot, ignoring) is not None:
                booked = others_than(event_type, slot, booked)
            held = others_than(event_type, slot, held)
        self.availability.check_free(event_type, slot, booked)
        if self._blocks(event_type, slot, held):
            raise SlotReserved("The time is reserved.")

    def check_room(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        """Raises SeatsTaken if the slot of a shared event type has no seat left."""
        if not self.has_room(event_type, self.occupied(session, event_type, slot, ignoring)):
            raise SeatsTaken("Every seat is taken.")

    def check_still_free(self, session: Session, event_type: EventType, booking: Booking) -> None:
        """Raises SlotTaken if something else than the booking itself has its time."""
        slot, ignoring = Slot(booking.start, booking.end), Ignoring(booking=booking.code, reservations=True)
        if self._blocks(event_type, slot, self.availability.booked(session, event_type, slot, ignoring)):
            raise SlotTaken("The time has been taken.")

    # Seats

    def has_room(self, event_type: EventType, occupied: int) -> bool:
        """Whether a slot with so many occupied seats has one more."""
        return event_type.seats is not None and occupied < event_type.seats

    def meeting(
        self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring = NOTHING
    ) -> Booking | None:
        """The live booking that attendees of the slot share, or None."""
        found = self.seats.meetings(session, event_type.code, slot)
        return next((booking for booking, _ in found if _is_at(booking, slot, ignoring)), None)

    def occupied(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring = NOTHING) -> int:
        """How many seats of the slot are taken or reserved."""
        found = self.seats.meetings(session, event_type.code, slot)
        taken = sum(count for booking, count in found if _is_at(booking, slot, ignoring))
        held = self.availability.held(session, event_type, slot, ignoring)
        return taken + len(held) - len(others_than(event_type, slot, held))

    def _blocks(self, event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> bool:
        engine = self.availability.engine
        return engine.is_blocked(slot.start, engine.blocked_starts(event_type.rules, slot.end - slot.start, busy))


def others_than(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> list[Busy]:
    """The busy times but for those of this very slot of this event type."""
    return [b for b in busy if (b.event_type_code, b.start, b.end) != (event_type.code, slot.start, slot.end)]


def _is_at(booking: Booking, slot: Slot, ignoring: Ignoring) -> bool:
    return (booking.start, booking.end) == (slot.start, slot.end) and booking.code != ignoring.booking
