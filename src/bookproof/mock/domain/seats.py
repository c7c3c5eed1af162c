"""Seated bookings: one booking for each start, whose attendees have a seat each.

Sources: the vendors' pages on event types with seats.
"""

from dataclasses import asdict, dataclass, replace

from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.booking_records import Attendee, Booking
from bookproof.mock.domain.errors import AlreadySeated, Invalid, NoSuchSeat
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CANCELLED, DomainEvent
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change, PublicBookings
from bookproof.mock.domain.seat_records import Seat, SeatRecords
from bookproof.mock.domain.slots import Slot
from bookproof.mock.store import Session


@dataclass(frozen=True, slots=True)
class Seated:
    """A seat and the booking it belongs to."""

    booking: Booking
    seat: Seat


class Seats:
    """Takes, leaves and moves seats. `PublicBookings.cancel` cancels a whole seated booking, `move_all` moves it."""

    def __init__(self, bookings: PublicBookings, records: SeatRecords) -> None:
        self.bookings = bookings
        self.records = records

    # Reading

    def of_booking(self, code: str) -> list[Seat]:
        """The seats of a booking in the order in which they were taken; a cancelled booking keeps its own."""
        with self.bookings.store.read() as session:
            return self.records.of_booking(session, code)

    def require(self, session: Session, code: str, uid: str) -> Seat:
        """The seat of a booking.

        Raises:
            NoSuchSeat: the booking has no such seat, or it was left.
        """
        seat = self.records.load(session, uid)
        if seat is None or seat.booking_code != code:
            raise NoSuchSeat("The booking has no such seat.")
        return seat

    # Taking

    def take(self, wanted: BookingRequest) -> Seated:
        """Take a seat; the first attendee of a slot makes its booking.

        Raises:
            NotFound: no such event type.
            Invalid: the event type has no seats; else as for `PublicBookings.create`.
            AlreadySeated: the attendee has a seat in the slot.
            SeatsTaken: every seat is taken or reserved.
            InThePast, TooSoon, TooLate, SlotTaken, SlotReserved, SlotUnavailable, DailyCapReached, SlotRaced: see
                `PublicBookings.create`.
        """
        with self.bookings.store.write() as session:
            booking = self._meeting(session, wanted)
            event_type, slot = self.bookings.admit(session, wanted)
            if booking is None:
                booking = self.open(session, event_type, wanted, slot)
            seat = self.sit(session, booking, wanted)
            self.bookings.use_reservation(session, event_type, slot, wanted)
            self.bookings.announce_new(session, booking, {"seat": seat.uid})
        return Seated(booking, seat)

    def _meeting(self, session: Session, wanted: BookingRequest) -> Booking | None:
        event_type = self.bookings.event_types.by_number(session, wanted.event_type_number)
        if event_type.seats is None:
            raise Invalid("The event type has no seats.")
        slot = self.bookings.slot(event_type, wanted)
        booking = self.bookings.vacancies.meeting(session, event_type, slot)
        if booking is not None:
            self.check_not_seated(session, booking, wanted.attendee)
        return booking

    def check_not_seated(self, session: Session, booking: Booking, attendee: Attendee) -> None:
        """Raises AlreadySeated if the attendee has a seat in the booking."""
        if attendee.email.lower() in {
            seat.attendee.email.lower() for seat in self.records.of_booking(session, booking.code)
        }:
            raise AlreadySeated("The attendee has a seat in this slot.")

    def open(self, session: Session, event_type: EventType, wanted: BookingRequest, slot: Slot) -> Booking:
        """Store the booking that the attendees of a slot will share."""
        return self.bookings.keep(session, replace(self.bookings.draft(event_type, wanted, slot), seated=True))

    def sit(self, session: Session, booking: Booking, wanted: BookingRequest) -> Seat:
        """Store a new seat."""
        seat = Seat(
            uid=self.bookings.codes.uuid(),
            booking_code=booking.code,
            attendee=wanted.attendee,
            created=self.bookings.clock.now(),
            answers=wanted.answers,
            details=wanted.details,
        )
        self.records.insert(session, seat)
        return seat

    # Leaving

    def leave(self, code: str, uid: str, change: Change = PLAIN) -> Booking:
        """Leave a seat; others may have it. Who leaves last cancels the booking.

        Returns:
            The booking as it is now; one that was cancelled keeps its last seat.

        Raises:
            NotFound: no such booking.
            NoSuchSeat: the booking has no such seat.
            AlreadyCancelled, NotChangeable, Ended: see `PublicBookings.cancel`.
        """
        with self.bookings.store.write() as session:
            booking = self.bookings.require(session, code)
            self.bookings.check_cancellable(booking)
            seat = self.require(session, code, uid)
            if self.is_last(session, booking):
                return self.bookings.call_off(session, booking, change, {"seat": uid})
            self.vacate(session, seat)
            self.bookings.events.publish(
                session, DomainEvent(BOOKING_CANCELLED, booking, {"seat": uid, "attendee": asdict(seat.attendee)})
            )
        return booking

    def is_last(self, session: Session, booking: Booking) -> bool:
        """Whether the booking has one seat left that is taken."""
        return self.records.count(session, booking.code) == 1

    def vacate(self, session: Session, seat: Seat) -> None:
        """Take a seat out of the store."""
        self.records.delete(session, seat.uid)

    # Moving

    def move(self, code: str, uid: str, start: int, change: Change = PLAIN) -> Seated:
        """Move one attendee to another start; the others stay. Who moves last leaves a cancelled booking behind.

        Raises:
            NotFound: no such booking, or its event type was deleted.
            NoSuchSeat: the booking has no such seat.
            AlreadyRescheduled, AlreadyCancelled, NotChangeable, Ended: see `PublicBookings.reschedule`.
            AlreadySeated, SeatsTaken and what `take` raises of slots: nothing has moved.
        """
        with self.bookings.store.write() as session:
            booking = self.bookings.require(session, code)
            self.bookings.check_movable(booking)
            seat = self.require(session, code, uid)
            event_type = self.bookings.event_types.require(session, booking.account_id, booking.event_type_code)
            slot = Slot(start, start + booking.end - booking.start)
            is_last = self.is_last(session, booking)
            # Who stays where others sit would find the own seat taken; who is alone moves the booking.
            own = self.bookings.move_ignores(booking, change)
            target = self._target(session, event_type, slot, seat, own if is_last else replace(own, booking=None))
            if is_last and target is None:
                moved = self.bookings.move(session, event_type, booking, slot, change)
            elif target is None:
                moved = self.bookings.keep(session, self._alone(event_type, booking, slot, seat, change))
            else:
                moved = target
                if is_last:
                    self._end(session, booking, moved, change)
            self.records.move(session, uid, moved.code)
            self.bookings.end_reservations(session, event_type, slot, change)
            self.bookings.announce_move(session, moved, {"seat": uid, "moved_from": code})
        return Seated(moved, replace(seat, booking_code=moved.code))

    def _target(
        self, session: Session, event_type: EventType, slot: Slot, seat: Seat, ignoring: Ignoring
    ) -> Booking | None:
        target = self.bookings.vacancies.meeting(session, event_type, slot, ignoring)
        if target is not None:
            self.check_not_seated(session, target, seat.attendee)
        self.bookings.check_slot(session, event_type, slot, ignoring)
        return target

    def _alone(self, event_type: EventType, booking: Booking, slot: Slot, seat: Seat, change: Change) -> Booking:
        now = self.bookings.clock.now()
        return replace(
            booking,
            code=self.bookings.new_code(),
            status=self.bookings.moved_status(event_type, change),
            start=slot.start,
            end=slot.end,
            attendee=seat.attendee,
            created=now,
            updated=now,
            answers=seat.answers,
            rescheduled_from=booking.code,
        )

    def _end(self, session: Session, booking: Booking, successor: Booking, change: Change) -> None:
        ended = replace(self.bookings.cancelled(booking, change), rescheduled_to=successor.code)
        self.bookings.records.update(session, ended)

    def move_all(self, code: str, start: int, change: Change = PLAIN) -> Booking:
        """Move a whole seated booking, attendees and all, to a start at which the host is free.

        Raises:
            NotFound: no such booking, or its event type was deleted.
            SlotTaken: also if attendees share a booking at that start.
            AlreadyRescheduled, AlreadyCancelled, NotChangeable, Ended and what is said of slots: see
                `PublicBookings.reschedule`.
        """
        with self.bookings.store.write() as session:
            booking = self.bookings.require(session, code)
            self.bookings.check_movable(booking)
            event_type = self.bookings.event_types.require(session, booking.account_id, booking.event_type_code)
            slot = Slot(start, start + booking.end - booking.start)
            # As if the event type had no seats: nobody can be joined.
            alone = replace(event_type, seats=None)
            self.bookings.check_slot(session, alone, slot, self.bookings.move_ignores(booking, change))
            moved = self.bookings.move(session, event_type, booking, slot, change)
            self.bookings.end_reservations(session, alone, slot, change)
            for seat in self.records.of_booking(session, code):
                self.records.move(session, seat.uid, moved.code)
            self.bookings.announce_move(session, moved)
        return moved
