"""What hosts decide of bookings: confirm, decline, and who was absent. Sources: the vendors' pages on bookings."""

from collections.abc import Mapping
from dataclasses import replace

from bookproof.mock.domain.booking_records import CONFIRMED, PENDING, REJECTED, Booking
from bookproof.mock.domain.errors import NotPending, NotStarted
from bookproof.mock.domain.events import (
    ABSENCE_MARKED,
    BOOKING_CONFIRMED,
    BOOKING_REJECTED,
    DomainEvent,
)
from bookproof.mock.domain.public_bookings import PublicBookings
from bookproof.mock.domain.seat_records import SeatRecords
from bookproof.mock.store import Session


class Decisions:
    """Decides. Whether the caller may, is for the dialect to judge."""

    def __init__(self, bookings: PublicBookings, seats: SeatRecords) -> None:
        self.bookings = bookings
        self.seats = seats

    def confirm(self, code: str) -> Booking:
        """Accept a pending booking.

        Raises:
            NotFound: there is no such booking, or its event type was deleted.
            NotPending: it was decided before, or cancelled.
            SlotTaken: something else has its time by now.
        """
        with self.bookings.store.write() as session:
            booking = self._pending(session, code)
            self.check_free(session, booking)
            confirmed = replace(booking, status=CONFIRMED, updated=self.bookings.clock.now())
            self.bookings.records.update(session, confirmed)
            self.bookings.events.publish(session, DomainEvent(BOOKING_CONFIRMED, confirmed))
        return confirmed

    def check_free(self, session: Session, booking: Booking) -> None:
        """Raises SlotTaken if something else has the booking's time."""
        event_type = self.bookings.event_types.require(session, booking.account_id, booking.event_type_code)
        self.bookings.vacancies.check_still_free(session, event_type, booking)

    def decline(self, code: str, reason: str | None = None) -> Booking:
        """Reject a pending booking; its slot is free again.

        Raises:
            NotFound: there is no such booking.
            NotPending: it was decided before, or cancelled.
        """
        with self.bookings.store.write() as session:
            booking = self._pending(session, code)
            details = {**booking.details, "rejection_reason": reason or ""}
            rejected = replace(booking, status=REJECTED, updated=self.bookings.clock.now(), details=details)
            self.bookings.records.update(session, rejected)
            self.bookings.events.publish(session, DomainEvent(BOOKING_REJECTED, rejected))
        return rejected

    def _pending(self, session: Session, code: str) -> Booking:
        booking = self.bookings.require(session, code)
        self.check_pending(booking)
        return booking

    def check_pending(self, booking: Booking) -> None:
        """Raises NotPending unless the booking waits for a decision."""
        if booking.status != PENDING:
            raise NotPending(f"The booking is {booking.status}.")

    # Absence

    def mark_absent(
        self, code: str, *, host: bool | None = None, attendees: Mapping[str, bool] | None = None
    ) -> Booking:
        """Note who was absent, or was not after all.

        Parameters:
            code: of the booking.
            host: the mark of the host, None to leave it as it is.
            attendees: marks by e-mail address; addresses that are not in the booking change nothing.

        Raises:
            NotFound: there is no such booking.
            NotStarted: it has not begun.
            NotChangeable: it is not live.
        """
        marks = {email.lower(): absent for email, absent in (attendees or {}).items()}
        with self.bookings.store.write() as session:
            booking = self.bookings.require(session, code)
            self.bookings.check_live(booking)
            self.check_started(booking)
            marked = self.marked(booking, host, marks)
            self.bookings.records.update(session, marked)
            for email, absent in marks.items():
                self.seats.mark(session, code, email, absent=absent)
            self.bookings.events.publish(session, DomainEvent(ABSENCE_MARKED, marked, {"absent": marks}))
        return marked

    def check_started(self, booking: Booking) -> None:
        """Raises NotStarted if the booking has not begun."""
        if booking.start > self.bookings.clock.now():
            raise NotStarted("The booking has not begun.")

    def marked(self, booking: Booking, host: bool | None, marks: Mapping[str, bool]) -> Booking:
        """The booking with the marks set."""
        absent = set(booking.details.get("absent_attendees", ()))
        absent |= {email for email, is_absent in marks.items() if is_absent}
        absent -= {email for email, is_absent in marks.items() if not is_absent}
        details = {**booking.details, "absent_attendees": sorted(absent)}
        if host is not None:
            details["absent_host"] = host
        return replace(booking, updated=self.bookings.clock.now(), details=details)
