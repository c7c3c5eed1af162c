"""Bookings that anybody may make: by the number of an event type, and changed by whoever knows their code.

They share records, rules and events with all other bookings. A move makes a new booking, and the old one is
cancelled in its favour. Sources: the vendors' pages on creating, cancelling and rescheduling bookings.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.booking_records import (
    CANCELLED,
    CONFIRMED,
    PENDING,
    Attendee,
    Booking,
    BookingRecords,
)
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import (
    AlreadyCancelled,
    AlreadyRescheduled,
    Ended,
    Invalid,
    NotChangeable,
    NotFound,
    SlotRaced,
)
from bookproof.mock.domain.event_types import EventType, EventTypes, missing_answers
from bookproof.mock.domain.events import (
    BOOKING_CANCELLED,
    BOOKING_CREATED,
    BOOKING_REQUESTED,
    BOOKING_RESCHEDULED,
    DomainEvent,
    Events,
)
from bookproof.mock.domain.reservations import Reservations
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Vacancies
from bookproof.mock.store import Session, Store

UID_LENGTH = 22


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What is asked for.

    `start` in epoch seconds, `duration` in minutes (None: the default), `answers` by the codes of questions, `details`
    as in `Booking`. `reservation` is the uid of a hold on the slot that is being used; with `over_reservations` no hold
    stands in the way, whosever it is.
    """

    event_type_number: int
    start: int
    attendee: Attendee
    duration: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    reservation: str | None = None
    over_reservations: bool = False

    @property
    def ignoring(self) -> Ignoring:
        """What does not count as busy for this request."""
        return Ignoring(reservation=self.reservation, reservations=self.over_reservations)


@dataclass(frozen=True, slots=True)
class Change:
    """Why and by whom a booking is changed; `by` is an e-mail address.

    `by_host`: the host acts, and need not confirm. `over_reservations`: as in `BookingRequest`, for a move.
    """

    reason: str | None = None
    by: str | None = None
    by_host: bool = False
    over_reservations: bool = False


PLAIN = Change()


class PublicBookings:
    """Makes, cancels and moves bookings of one attendee. Whether the caller may, is for the dialect to judge."""

    def __init__(
        self,
        *,
        store: Store,
        records: BookingRecords,
        vacancies: Vacancies,
        reservations: Reservations,
        event_types: EventTypes,
        events: Events,
        codes: Codes,
        clock: Clock,
    ) -> None:
        self.store = store
        self.records = records
        self.vacancies = vacancies
        self.reservations = reservations
        self.event_types = event_types
        self.events = events
        self.codes = codes
        self.clock = clock

    # Reading

    def require(self, session: Session, code: str) -> Booking:
        """The booking with this code in whichever account.

        Raises:
            NotFound: there is none.
        """
        booking = self.records.load(session, code)
        if booking is None:
            raise NotFound("No such booking.")
        return booking

    def get(self, code: str) -> Booking:
        """As `require`, in a session of its own."""
        with self.store.read() as session:
            return self.require(session, code)

    # Creating

    def create(self, wanted: BookingRequest) -> Booking:
        """Take a slot for one attendee.

        Raises:
            NotFound: no such event type.
            Invalid: a duration that is not offered, or a required question left open.
            InThePast, TooSoon, TooLate, SlotTaken, SlotReserved, SlotUnavailable, DailyCapReached: see
                `Vacancies.check`.
            SlotRaced: another booking was stored in the same moment.
        """
        with self.store.write() as session:
            booking = self.add(session, wanted)
            self.announce_new(session, booking)
        return booking

    def add(self, session: Session, wanted: BookingRequest, **more: Any) -> Booking:
        """As `create`, in the transaction that is given, and nobody is told; `more` are members of the booking."""
        event_type, slot = self.admit(session, wanted)
        booking = self.keep(session, replace(self.draft(event_type, wanted, slot), **more))
        self.use_reservation(session, event_type, slot, wanted)
        return booking

    def admit(self, session: Session, wanted: BookingRequest) -> tuple[EventType, Slot]:
        """The event type and the slot of a request, every condition checked."""
        event_type = self.event_types.by_number(session, wanted.event_type_number)
        self.check_answers(event_type, wanted)
        slot = self.slot(event_type, wanted)
        self.check_slot(session, event_type, slot, wanted.ignoring)
        return event_type, slot

    def check_answers(self, event_type: EventType, wanted: BookingRequest) -> None:
        """Raises Invalid if a required question is left open."""
        open_questions = missing_answers(event_type, wanted.answers)
        if open_questions:
            raise Invalid(f"answers.{open_questions[0]} is required")

    def slot(self, event_type: EventType, wanted: BookingRequest) -> Slot:
        """The slot that is asked for."""
        duration = self.vacancies.availability.duration(event_type, wanted.duration)
        return Slot(wanted.start, wanted.start + duration)

    def check_slot(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        """Refuse a slot that may not be taken; see `Vacancies.check`."""
        self.vacancies.check(session, event_type, slot, ignoring)

    def draft(self, event_type: EventType, wanted: BookingRequest, slot: Slot) -> Booking:
        """The record of a new booking."""
        now = self.clock.now()
        return Booking(
            code=self.new_code(),
            account_id=event_type.account_id,
            host_id=event_type.host_id,
            event_type_code=event_type.code,
            status=self.first_status(event_type),
            start=slot.start,
            end=slot.end,
            attendee=wanted.attendee,
            created=now,
            updated=now,
            answers=wanted.answers,
            notes=wanted.notes,
            details=wanted.details,
        )

    def new_code(self) -> str:
        """A fresh code; long, since whoever knows it may change the booking."""
        return self.codes.suffix(UID_LENGTH)

    def first_status(self, event_type: EventType) -> str:
        """PENDING if the host has to confirm, else CONFIRMED."""
        return PENDING if event_type.requires_confirmation else CONFIRMED

    def keep(self, session: Session, booking: Booking) -> Booking:
        """Store a new booking and return it with its number.

        Raises:
            SlotRaced: the unique index refuses what the checks should have refused before.
        """
        try:
            return self.records.add(session, booking)
        except sqlite3.IntegrityError as failure:
            raise SlotRaced("The time has just been taken.") from failure

    def use_reservation(self, session: Session, event_type: EventType, slot: Slot, wanted: BookingRequest) -> None:
        """Let go of the hold that the booking has made needless."""
        if wanted.reservation is not None or wanted.over_reservations:
            self.reservations.use(session, event_type, slot, wanted.reservation)

    def announce_new(self, session: Session, booking: Booking, about: Mapping[str, Any] | None = None) -> None:
        """Tell subscribers of a new booking: requested if it is pending, else created."""
        name = BOOKING_REQUESTED if booking.status == PENDING else BOOKING_CREATED
        self.events.publish(session, DomainEvent(name, booking, about or {}))

    # Cancelling

    def cancel(self, code: str, change: Change = PLAIN) -> Booking:
        """Cancel a booking, with all its seats if it has some; its slot is free again.

        Raises:
            NotFound: there is no such booking.
            AlreadyCancelled: it was cancelled or moved before.
            Ended: it is over.
            NotChangeable: it was declined.
        """
        with self.store.write() as session:
            booking = self.require(session, code)
            self.check_cancellable(booking)
            return self.call_off(session, booking, change)

    def check_cancellable(self, booking: Booking) -> None:
        """Raises AlreadyCancelled, NotChangeable or Ended if the booking cannot be cancelled."""
        if booking.status == CANCELLED:
            raise AlreadyCancelled("The booking was cancelled before.")
        self.check_live(booking)
        self.check_not_ended(booking)

    def check_live(self, booking: Booking) -> None:
        """Raises NotChangeable unless the booking is confirmed or pending."""
        if not booking.is_live:
            raise NotChangeable(f"A booking that is {booking.status} cannot be changed.")

    def check_not_ended(self, booking: Booking) -> None:
        """Raises Ended if the booking is over."""
        if booking.end <= self.clock.now():
            raise Ended("The booking has ended.")

    def call_off(
        self, session: Session, booking: Booking, change: Change, about: Mapping[str, Any] | None = None
    ) -> Booking:
        """Store the cancellation and tell subscribers."""
        cancelled = self.cancelled(booking, change)
        self.records.update(session, cancelled)
        self.events.publish(session, DomainEvent(BOOKING_CANCELLED, cancelled, about or {}))
        return cancelled

    def cancelled(self, booking: Booking, change: Change) -> Booking:
        """The booking as it is once it is cancelled."""
        details = with_detail(booking.details, "cancelled_by", change.by)
        return replace(
            booking, status=CANCELLED, cancel_reason=change.reason, updated=self.clock.now(), details=details
        )

    # Moving

    def reschedule(self, code: str, start: int, change: Change = PLAIN) -> Booking:
        """Move a booking to another start, for as long as before; its own time does not block it.

        Returns:
            The new booking; it names the old one in `rescheduled_from`.

        Raises:
            NotFound: there is no such booking, or its event type was deleted.
            AlreadyRescheduled: it was moved before, with its successor.
            AlreadyCancelled, NotChangeable, Ended: see `cancel`.
            InThePast, TooSoon, TooLate, SlotTaken, SlotReserved, SlotUnavailable, DailyCapReached, SlotRaced: as for
                `create`; nothing has moved.
        """
        with self.store.write() as session:
            booking = self.require(session, code)
            self.check_movable(booking)
            event_type = self._event_type(session, booking)
            slot = Slot(start, start + booking.end - booking.start)
            self.check_slot(session, event_type, slot, self.move_ignores(booking, change))
            moved = self.move(session, event_type, booking, slot, change)
            self.end_reservations(session, event_type, slot, change)
            self.announce_move(session, moved)
        return moved

    def check_movable(self, booking: Booking) -> None:
        """Raises AlreadyRescheduled, AlreadyCancelled, NotChangeable or Ended if the booking cannot be moved."""
        if booking.rescheduled_to is not None:
            raise AlreadyRescheduled("The booking was moved before.", booking.rescheduled_to)
        self.check_cancellable(booking)

    def move_ignores(self, booking: Booking, change: Change) -> Ignoring:
        """What does not block the move of a booking: the booking itself, and holds if the change goes over them."""
        return Ignoring(booking=booking.code, reservations=change.over_reservations)

    def end_reservations(self, session: Session, event_type: EventType, slot: Slot, change: Change) -> None:
        """Let go of the holds over which a booking was moved."""
        if change.over_reservations:
            self.reservations.use(session, event_type, slot, None)

    def move(self, session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        """Store the move and return the new booking."""
        code, now = self.new_code(), self.clock.now()
        old = with_detail(booking.details, "rescheduled_by", change.by)
        # The old booking goes first: the new one may start at the same time.
        self.records.update(session, replace(booking, status=CANCELLED, rescheduled_to=code, updated=now, details=old))
        new = replace(
            booking,
            code=code,
            status=self.moved_status(event_type, change),
            start=slot.start,
            end=slot.end,
            created=now,
            updated=now,
            rescheduled_from=booking.code,
            details=with_detail(old, "reschedule_reason", change.reason),
        )
        return self.keep(session, new)

    def moved_status(self, event_type: EventType, change: Change) -> str:
        """Of the new booking: the host has to confirm again, unless the host has moved it."""
        return CONFIRMED if change.by_host else self.first_status(event_type)

    def announce_move(self, session: Session, moved: Booking, about: Mapping[str, Any] | None = None) -> None:
        """Tell subscribers of a move: requested if the host has to confirm it, else rescheduled."""
        name = BOOKING_REQUESTED if moved.status == PENDING else BOOKING_RESCHEDULED
        self.events.publish(session, DomainEvent(name, moved, about or {}))

    def _event_type(self, session: Session, booking: Booking) -> EventType:
        return self.event_types.require(session, booking.account_id, booking.event_type_code)


def with_detail(details: Mapping[str, Any], name: str, value: object) -> dict[str, Any]:
    """The details with one more; None leaves them as they are."""
    return dict(details) if value is None else {**details, name: value}
