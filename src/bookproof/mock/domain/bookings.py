"""The life of bookings: create, read, cancel, move, confirm, no-show.

Every change re-checks its conditions inside one immediate transaction, so of two callers for one slot one succeeds.
Source: Calendar API & MCP, REST API v1 (atomic booking).
"""

import sqlite3
from dataclasses import replace

from bookproof.mock.domain.availability import Availability
from bookproof.mock.domain.booking_records import (
    CANCELLED,
    CONFIRMED,
    NO_SHOW,
    PENDING,
    RESCHEDULED,
    Booking,
    BookingFilter,
    BookingRecords,
    NewBooking,
)
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import AlreadyCancelled, Invalid, NotChangeable, NotFound, SlotTaken
from bookproof.mock.domain.event_types import EventType, EventTypes, missing_answers
from bookproof.mock.domain.events import (
    BOOKING_CANCELLED,
    BOOKING_CREATED,
    BOOKING_NO_SHOW,
    BOOKING_RESCHEDULED,
    DomainEvent,
    Events,
)
from bookproof.mock.domain.links import Links
from bookproof.mock.domain.slots import Slot
from bookproof.mock.store import Session, Store

SAME_CODE = "same-code"
NEW_CODE = "new-code"


class Bookings:
    """All operations on bookings.

    Parameters:
        reschedule_mode: "same-code" moves a booking in place; "new-code" marks it rescheduled and makes a new one
            that names the old in `rescheduled_from`. The documents allow both.
    """

    def __init__(
        self,
        *,
        store: Store,
        records: BookingRecords,
        availability: Availability,
        event_types: EventTypes,
        links: Links,
        events: Events,
        codes: Codes,
        clock: Clock,
        reschedule_mode: str = SAME_CODE,
    ) -> None:
        if reschedule_mode not in (SAME_CODE, NEW_CODE):
            raise ValueError(f"reschedule_mode is {SAME_CODE!r} or {NEW_CODE!r}, not {reschedule_mode!r}")
        self.store = store
        self.records = records
        self.availability = availability
        self.event_types = event_types
        self.links = links
        self.events = events
        self.codes = codes
        self.clock = clock
        self.reschedule_mode = reschedule_mode

    # Reading

    def in_reach(self, booking: Booking, account_id: str) -> bool:
        """Whether the booking is visible to the account."""
        return booking.account_id == account_id

    def require(self, session: Session, account_id: str, code: str) -> Booking:
        """The account's booking with this code.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        booking = self.records.load(session, code)
        if booking is None or not self.in_reach(booking, account_id):
            raise NotFound("No such booking.")
        return booking

    def get(self, account_id: str, code: str) -> Booking:
        """As `require`, in a session of its own."""
        with self.store.read() as session:
            return self.require(session, account_id, code)

    def find(self, account_id: str, wanted: BookingFilter, offset: int, limit: int) -> list[Booking]:
        """One page of the account's bookings, by start and code."""
        with self.store.read() as session:
            return self.records.find(session, account_id, wanted, offset, limit)

    def count(self, account_id: str, wanted: BookingFilter) -> int:
        """How many bookings the filter finds."""
        with self.store.read() as session:
            return self.records.count(session, account_id, wanted)

    def count_by_status(self, account_id: str) -> dict[str, int]:
        """The account's bookings by status."""
        with self.store.read() as session:
            return self.records.count_by_status(session, account_id)

    # Creating

    def create(self, account_id: str, wanted: NewBooking) -> Booking:
        """Take a slot.

        Raises:
            NotFound: no such event type, or no such link for it.
            LinkUsed: the single-use link has been used.
            Invalid, SlotUnavailable, SlotTaken, DailyCapReached: see `Availability.check`; a required question left
                open is Invalid.
        """
        with self.store.write() as session:
            booking = self.prepare(session, account_id, wanted)
            self.keep(session, booking)
            if booking.link_code is not None:
                self.links.consume(session, booking.link_code)
            self.events.publish(session, DomainEvent(BOOKING_CREATED, booking))
        return booking

    def prepare(self, session: Session, account_id: str, wanted: NewBooking) -> Booking:
        """The booking that `wanted` leads to, every condition checked, nothing stored yet."""
        event_type = self.event_types.require(session, account_id, wanted.event_type_code)
        if wanted.link_code is not None:
            self.links.require_usable(session, account_id, event_type.code, wanted.link_code)
        open_questions = missing_answers(event_type, wanted.answers)
        if open_questions:
            raise Invalid(f"answers.{open_questions[0]} is required")
        duration = self.availability.duration(event_type, wanted.duration)
        slot = Slot(wanted.start, wanted.start + duration)
        self.availability.check(session, event_type, slot)
        return self.draft(event_type, wanted, slot)

    def draft(self, event_type: EventType, wanted: NewBooking, slot: Slot) -> Booking:
        """The record of a new booking."""
        now = self.clock.now()
        return Booking(
            code=self.codes.new("bk"),
            account_id=event_type.account_id,
            host_id=event_type.host_id,
            event_type_code=event_type.code,
            status=PENDING if event_type.requires_confirmation else CONFIRMED,
            start=slot.start,
            end=slot.end,
            attendee=wanted.attendee,
            created=now,
            updated=now,
            answers=wanted.answers,
            notes=wanted.notes,
            link_code=wanted.link_code,
        )

    def keep(self, session: Session, booking: Booking) -> None:
        """Store a new booking; the unique index refuses what the checks should have refused before."""
        try:
            self.records.insert(session, booking)
        except sqlite3.IntegrityError as failure:
            raise SlotTaken("The time has just been taken.") from failure

    # Cancelling

    def cancel(self, account_id: str, code: str, reason: str | None) -> Booking:
        """Cancel a booking; its slot is free again.

        Raises:
            NotFound: the account has no such booking.
            AlreadyCancelled: it was cancelled before.
            NotChangeable: it has begun, was a no-show, or was moved to another booking.
        """
        with self.store.write() as session:
            booking = self.require(session, account_id, code)
            self.check_cancellable(booking)
            cancelled = replace(booking, status=CANCELLED, cancel_reason=reason, updated=self.clock.now())
            self.records.update(session, cancelled)
            self.events.publish(session, DomainEvent(BOOKING_CANCELLED, cancelled))
        return cancelled

    def check_cancellable(self, booking: Booking) -> None:
        """Raises AlreadyCancelled or NotChangeable if the booking cannot be cancelled."""
        if booking.status == CANCELLED:
            raise AlreadyCancelled("The booking was cancelled before.")
        self.check_changeable(booking)

    def check_changeable(self, booking: Booking) -> None:
        """Raises NotChangeable unless the booking is live and still ahead."""
        if not booking.is_live:
            raise NotChangeable(f"A booking that is {booking.status} cannot be changed.")
        if booking.start <= self.clock.now():
            raise NotChangeable("A booking that has begun cannot be changed.")

    # Moving

    def reschedule(self, account_id: str, code: str, start: int) -> Booking:
        """Move a booking to another start under the same rules as a new one; its own time does not block it.

        Raises:
            NotFound: the account has no such booking.
            NotChangeable: it is cancelled, past, a no-show or moved away.
            Invalid, SlotUnavailable, SlotTaken, DailyCapReached: see `Availability.check`; nothing has moved.
        """
        with self.store.write() as session:
            booking = self.require(session, account_id, code)
            self.check_changeable(booking)
            event_type = self.event_types.require(session, account_id, booking.event_type_code)
            slot = Slot(start, start + booking.end - booking.start)
            self.check_move(session, event_type, slot, booking)
            moved = self._moved(session, booking, slot)
            self.events.publish(session, DomainEvent(BOOKING_RESCHEDULED, moved))
        return moved

    def check_move(self, session: Session, event_type: EventType, slot: Slot, booking: Booking) -> None:
        """Refuse a move as `Availability.check` refuses a slot."""
        self.availability.check(session, event_type, slot, ignore=booking.code)

    def _moved(self, session: Session, booking: Booking, slot: Slot) -> Booking:
        try:
            return self.move(session, booking, slot)
        except sqlite3.IntegrityError as failure:
            raise SlotTaken("The time has just been taken.") from failure

    def move(self, session: Session, booking: Booking, slot: Slot) -> Booking:
        """Store the move and return the live booking."""
        now = self.clock.now()
        moved = replace(booking, start=slot.start, end=slot.end, updated=now)
        if self.reschedule_mode == SAME_CODE:
            self.records.update(session, moved)
            return moved
        self.records.update(session, replace(booking, status=RESCHEDULED, updated=now))
        moved = replace(moved, code=self.codes.new("bk"), created=now, rescheduled_from=booking.code)
        self.keep(session, moved)
        return moved

    # What hosts do in the dashboard

    def mark_no_show(self, code: str) -> Booking:
        """Record that the attendee did not come, whenever the booking starts.

        Raises:
            NotFound: no such booking in any account.
            NotChangeable: it is not live.
        """
        with self.store.write() as session:
            booking = self._live(session, code)
            missed = replace(booking, status=NO_SHOW, updated=self.clock.now())
            self.records.update(session, missed)
            self.events.publish(session, DomainEvent(BOOKING_NO_SHOW, missed))
        return missed

    def confirm(self, code: str) -> Booking:
        """Accept a pending booking.

        Raises:
            NotFound: no such booking in any account.
            NotChangeable: it is not pending.
        """
        with self.store.write() as session:
            booking = self._live(session, code)
            if booking.status != PENDING:
                raise NotChangeable("Only a pending booking can be confirmed.")
            confirmed = replace(booking, status=CONFIRMED, updated=self.clock.now())
            self.records.update(session, confirmed)
        return confirmed

    def _live(self, session: Session, code: str) -> Booking:
        booking = self.records.load(session, code)
        if booking is None:
            raise NotFound("No such booking.")
        if not booking.is_live:
            raise NotChangeable(f"A booking that is {booking.status} cannot be changed.")
        return booking
