"""Series: the bookings of a recurrence, made all or none. Sources: the vendors' pages on recurring bookings."""

from dataclasses import replace

from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import AlreadyCancelled, Invalid, NotFound, NotRecurring
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change, PublicBookings
from bookproof.mock.domain.recurrence import Recurrence
from bookproof.mock.store import Session


class SeriesBookings:
    """Makes, reads and cancels series. Each of the bookings is moved, confirmed and declined alone."""

    def __init__(self, bookings: PublicBookings) -> None:
        self.bookings = bookings

    def get(self, series: str) -> list[Booking]:
        """The bookings of a series, by start.

        Raises:
            NotFound: there is no such series.
        """
        with self.bookings.store.read() as session:
            return self.require(session, series)

    def require(self, session: Session, series: str) -> list[Booking]:
        """As `get`, in the session that is given."""
        found = self.bookings.records.of_series(session, series)
        if not found:
            raise NotFound("No such series.")
        return found

    # Creating

    def create(self, wanted: BookingRequest, count: int | None = None) -> list[Booking]:
        """Take the slots of a series, all or none; the attendee's wall time stays the same.

        Parameters:
            wanted: the first of them.
            count: how many; None for as many as the event type says.

        Raises:
            NotRecurring: the event type has no recurrence.
            Invalid: fewer than one, or more than the event type allows; else as for `PublicBookings.create`.
            NotFound, InThePast, TooSoon, TooLate, SlotTaken, SlotReserved, SlotUnavailable, DailyCapReached, SlotRaced:
                see `PublicBookings.create`; of whichever booking, and none is made.
        """
        with self.bookings.store.write() as session:
            event_type = self.bookings.event_types.by_number(session, wanted.event_type_number)
            starts = self.starts(event_type, wanted, count)
            series = self.bookings.new_code()
            made = [self.add(session, replace(wanted, start=start), series) for start in starts]
            for booking in made:
                self.bookings.announce_new(session, booking)
        return made

    def starts(self, event_type: EventType, wanted: BookingRequest, count: int | None) -> list[int]:
        """The starts of all bookings."""
        recurrence = event_type.recurrence
        if recurrence is None:
            raise NotRecurring("The event type has no recurrence.")
        return recurrence.starts(wanted.start, wanted.attendee.time_zone, self.count(recurrence, count))

    def count(self, recurrence: Recurrence, count: int | None) -> int:
        """How many bookings there will be.

        Raises:
            Invalid: fewer than one, or more than the event type allows.
        """
        if count is None:
            return recurrence.occurrences
        if not 1 <= count <= recurrence.occurrences:
            raise Invalid(f"A series has 1 to {recurrence.occurrences} bookings.")
        return count

    def add(self, session: Session, wanted: BookingRequest, series: str) -> Booking:
        """Store one booking of a series."""
        return self.bookings.add(session, wanted, series=series)

    # Cancelling

    def cancel(self, series: str, change: Change = PLAIN) -> list[Booking]:
        """Cancel what is still ahead of a series; the rest stays as it is.

        Returns:
            All bookings of the series as they are now.

        Raises:
            NotFound: there is no such series.
            AlreadyCancelled: nothing of it is left to cancel.
        """
        with self.bookings.store.write() as session:
            return self._call_off(session, self.require(session, series), change)

    def cancel_from(self, code: str, change: Change = PLAIN) -> list[Booking]:
        """Cancel a booking of a series and all that follow it.

        Returns:
            All bookings of the series as they are now.

        Raises:
            NotFound: there is no such booking.
            NotRecurring: it is not part of a series.
            AlreadyCancelled, NotChangeable, Ended: see `PublicBookings.cancel`.
        """
        with self.bookings.store.write() as session:
            booking = self.bookings.require(session, code)
            if booking.series is None:
                raise NotRecurring("The booking is not part of a series.")
            self.bookings.check_cancellable(booking)
            return self._call_off(session, self.require(session, booking.series), change, booking.start)

    def _call_off(
        self, session: Session, bookings: list[Booking], change: Change, since: int | None = None
    ) -> list[Booking]:
        doomed = {booking.code for booking in bookings if self.is_to_cancel(booking, since)}
        if not doomed:
            raise AlreadyCancelled("Nothing of the series is left to cancel.")
        return [
            self.bookings.call_off(session, booking, change) if booking.code in doomed else booking
            for booking in bookings
        ]

    def is_to_cancel(self, booking: Booking, since: int | None) -> bool:
        """Whether a booking goes with the series, or with the one that starts at `since`."""
        return booking.is_live and booking.end > self.bookings.clock.now() and (since is None or booking.start >= since)
