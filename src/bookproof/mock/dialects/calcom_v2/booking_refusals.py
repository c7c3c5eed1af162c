"""How this API says what the domain refuses of bookings. Source: behaviour of a running server."""

from collections.abc import Callable

from bookproof.mock.dialects.calcom_v2.errors import UNAVAILABLE, Refusal, bad_request, bare, conflict
from bookproof.mock.domain.errors import (
    AlreadyCancelled,
    AlreadyRescheduled,
    AlreadySeated,
    DailyCapReached,
    DomainError,
    Ended,
    InThePast,
    NoSuchSeat,
    NotChangeable,
    NotRecurring,
    SeatsTaken,
    SlotRaced,
    SlotTaken,
    SlotUnavailable,
    TooLate,
    TooSoon,
)

OUT_OF_BOUNDS = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon (violating the "
    "minimum booking notice) or too far in the future (outside the event's scheduling window). Try fetching available "
    'slots first using the GET /v2/slots endpoint and then make a booking with "start" time equal to one of the '
    "available slots."
)


class BookingRefusals:
    """Translates refusals."""

    def of_slot(self, failure: DomainError) -> Exception:
        """Of a slot that may not be taken; anything else is left as it is."""
        said: tuple[tuple[tuple[type[DomainError], ...], Callable[[], Refusal]], ...] = (
            ((InThePast,), self.past),
            ((TooSoon, TooLate), self.out_of_bounds),
            ((SlotRaced,), self.raced),
            ((SeatsTaken,), self.full),
            ((AlreadySeated,), self.seated),
            ((SlotTaken, SlotUnavailable, DailyCapReached), self.taken),
        )
        return next((say() for kinds, say in said if isinstance(failure, kinds)), failure)

    def past(self) -> Refusal:
        """The slot has begun."""
        return bad_request("Attempting to book a meeting in the past.")

    def out_of_bounds(self) -> Refusal:
        """Before the notice allows it, or outside the period that is open."""
        return bad_request(OUT_OF_BOUNDS)

    def seated(self) -> Refusal:
        """The attendee has a seat."""
        return bare(409, "already_signed_up_for_this_booking_error")

    def taken(self) -> Refusal:
        """The slot is taken, or was never open: the two are not told apart."""
        return bad_request(UNAVAILABLE)

    def raced(self) -> Refusal:
        """Somebody else's booking was stored in the same moment."""
        return bare(409, "booking_conflict_error")

    def full(self) -> Refusal:
        """No seat is left."""
        return conflict("No more seats left at this seated booking.")

    def of_cancellation(self, failure: DomainError, uid: str) -> Exception:
        """Of a booking that cannot be cancelled."""
        if isinstance(failure, AlreadyCancelled):
            return bad_request(
                f"Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of a "
                f"booking that is not cancelled."
            )
        if isinstance(failure, Ended):
            return bare(400, "Cannot cancel a booking that has already ended")
        if isinstance(failure, NotRecurring):
            return bad_request(
                f"Booking with uid={uid} is not part of a recurring booking, so subsequent bookings can't be cancelled."
            )
        if isinstance(failure, NoSuchSeat):
            return bad_request(f"Seat not found in booking with uid={uid}.")
        if isinstance(failure, NotChangeable):
            return bad_request(f"Can't cancel booking with uid={uid}: {failure.message}")
        return failure

    def of_move(self, failure: DomainError, uid: str) -> Exception:
        """Of a booking that cannot be moved, or not to there."""
        if isinstance(failure, AlreadyRescheduled):
            return bad_request(
                f"Can't reschedule booking with uid={uid} because it has been cancelled and rescheduled already to "
                f"booking with uid={failure.successor}. You probably want to reschedule {failure.successor} instead by "
                f"passing it within the request URL."
            )
        if isinstance(failure, AlreadyCancelled):
            return bad_request(
                f"Can't reschedule booking with uid={uid} because it has been cancelled. Please provide uid of a "
                f"booking that is not cancelled."
            )
        if isinstance(failure, NoSuchSeat):
            return bad_request(f"Seat not found in booking with uid={uid}.")
        if isinstance(failure, NotChangeable):
            return bad_request(f"Can't reschedule booking with uid={uid}: {failure.message}")
        return self.of_slot(failure)
