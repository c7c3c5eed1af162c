"""Changes of bookings: cancel, reschedule, confirm, decline, absence.

Source: Cal.com API v2, Bookings; behaviour of a running server.
"""

from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.booking_presenter import BookingPresenter
from bookproof.mock.dialects.calcom_v2.booking_refusals import BookingRefusals
from bookproof.mock.dialects.calcom_v2.booking_requests import BookingRequests
from bookproof.mock.dialects.calcom_v2.bookings import bookings_of, is_series, unknown_booking, viewer_of
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import UNAVAILABLE, Refusal, bad_request, bare, coded, forbidden
from bookproof.mock.dialects.calcom_v2.event_type_settings import is_switched_on
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    checked,
    email,
    flag,
    iso_date,
    joined,
    text,
)
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import DomainError, NotFound, NotPending, NotStarted, SlotTaken
from bookproof.mock.domain.instants import MINUTE
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.public_bookings import Change
from bookproof.mock.http.exchange import Answer

_CANCEL = Shape(
    {
        "cancellationReason": Member(text(), required=False),
        "cancelSubsequentBookings": Member(flag(), required=False),
        "seatUid": Member(text(), required=False),
    },
    strict=True,
)
_MOVE = Shape(
    {
        "start": Member(iso_date()),
        "rescheduledBy": Member(email(), required=False),
        "reschedulingReason": Member(text(), required=False),
        "seatUid": Member(text(), required=False),
        "emailVerificationCode": Member(text(), required=False),
    },
    strict=True,
)
_DECLINE = Shape({"reason": Member(text(), required=False)})
_ABSENT = Shape(
    {
        "host": Member(flag(), required=False),
        "attendees": Member(
            item_shape=Shape({"email": Member(email()), "absent": Member(flag())}),
            required=False,
        ),
    }
)


class BookingChangeHandlers:
    """Handlers of /v2/bookings/{bookingUid}/…"""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.presenter = BookingPresenter(tools.domain)
        self.requests = BookingRequests()
        self.refusals = BookingRefusals()

    # Who acts

    def is_host(self, call: Call, booking: Booking) -> bool:
        """Whether the caller hosts the booking."""
        return call.is_by(booking.account_id)

    def caller(self, call: Call) -> Person | None:
        """Who calls, None for a stranger."""
        try:
            return None if call.caller is None else self.tools.domain.people.of_account(call.caller.account_id)
        except NotFound:
            return None

    def caller_email(self, call: Call) -> str | None:
        """The address of who calls, None for a stranger."""
        person = self.caller(call)
        return None if person is None else person.email

    def single(self, call: Call) -> Booking:
        """The booking of the path; the uid of a series names none.

        Raises:
            Refusal: 404.
        """
        uid = call.params["bookingUid"]
        try:
            return self.tools.domain.public_bookings.get(uid)
        except NotFound:
            raise unknown_booking(uid) from None

    # Cancelling

    def cancel(self, call: Call) -> Answer:
        """cancelBooking: a booking, one seat, a whole series, or the rest of one."""
        body = checked(_CANCEL, call.body, joined)
        uid = call.params["bookingUid"]
        first = bookings_of(self.tools, uid)[0]
        self.check_reason(call, first, body)
        self.check_cancelling_enabled(first)
        try:
            cancelled = self.cancelled(call, first, body)
        except DomainError as failure:
            raise self.refusals.of_cancellation(failure, uid) from None
        viewer = viewer_of(call)
        if isinstance(cancelled, Booking):
            return self.tools.envelopes.success(call, self.presenter.booking(cancelled, viewer))
        return self.tools.envelopes.success(call, [self.presenter.booking(item, viewer) for item in cancelled])

    def cancelled(self, call: Call, booking: Booking, body: dict[str, Any]) -> Booking | list[Booking]:
        """The booking, or the bookings of the series, after the cancellation."""
        domain, uid, change = self.tools.domain, call.params["bookingUid"], self.cancellation(call, body)
        if is_series(self.tools, uid):
            return domain.series.cancel(uid, change)
        if self.asks_for_rest(body):
            return domain.series.cancel_from(uid, change)
        if booking.seated and body.get("seatUid") is not None:
            return domain.seats.leave(uid, body["seatUid"], change)
        self.check_may_cancel_all(call, booking)
        return domain.public_bookings.cancel(uid, change)

    def cancellation(self, call: Call, body: dict[str, Any]) -> Change:
        """Why and by whom."""
        return Change(body.get("cancellationReason"), self.caller_email(call))

    def asks_for_rest(self, body: dict[str, Any]) -> bool:
        """Whether the bookings that follow in the series are to go, too."""
        return bool(body.get("cancelSubsequentBookings"))

    def check_reason(self, call: Call, booking: Booking, body: dict[str, Any]) -> None:
        """Refuse a host who says no reason.

        Raises:
            Refusal: 400, bare.
        """
        if booking.is_live and self.is_host(call, booking) and not (body.get("cancellationReason") or "").strip():
            raise bare(400, "Cancellation reason is required when you are the host")

    def check_cancelling_enabled(self, booking: Booking) -> None:
        """Refuse where the event type lets nobody cancel.

        Raises:
            Refusal: 400, bare.
        """
        event_type = self.presenter.event_type(booking)
        if event_type is not None and is_switched_on(event_type, "disableCancelling"):
            raise bare(400, "This event type does not allow cancellations")

    def check_may_cancel_all(self, call: Call, booking: Booking) -> None:
        """Refuse an attendee of a shared booking who does not say which seat is meant.

        Raises:
            Refusal: 401, bare.
        """
        if booking.seated and not self.is_host(call, booking):
            raise bare(401, "User not a host of this event or an admin of the booking user")

    # Moving

    def reschedule(self, call: Call) -> Answer:
        """rescheduleBooking: makes a new booking; the old one is cancelled in its favour."""
        body = checked(_MOVE, call.body, joined)
        booking = self.single(call)
        self.check_moving_enabled(booking)
        start = self.requests.start(body["start"])
        try:
            moved, seat = self.moved(call, booking, start, body)
        except DomainError as failure:
            raise self.refusals.of_move(failure, booking.code) from None
        return self.tools.envelopes.success(call, self.presenter.created(moved, viewer_of(call), seat))

    def moved(self, call: Call, booking: Booking, start: int, body: dict[str, Any]) -> tuple[Booking, str | None]:
        """The new booking, and the seat that was moved, if it was one."""
        domain, change = self.tools.domain, self.move(call, booking, body)
        if not booking.seated:
            return domain.public_bookings.reschedule(booking.code, start, change), None
        if body.get("seatUid") is not None:
            seated = domain.seats.move(booking.code, body["seatUid"], start, change)
            return seated.booking, seated.seat.uid
        if not self.is_host(call, booking):
            raise bad_request("seatUid property is wrong,seatUid must be a string: the booking has seats ")
        return domain.seats.move_all(booking.code, start, change), None

    def move(self, call: Call, booking: Booking, body: dict[str, Any]) -> Change:
        """Why and by whom; who hosts the booking need not confirm it."""
        by = body.get("rescheduledBy") or self.caller_email(call)
        by_host = self.acts_as_host(call, booking, by)
        # A request cannot say that a hold is its own, so holds do not stand in its way.
        return Change(body.get("reschedulingReason"), by, by_host=by_host, over_reservations=True)

    def acts_as_host(self, call: Call, booking: Booking, by: str | None) -> bool:
        """Whether the host moves the booking, with credentials or by the address that is said."""
        host = self.presenter.host(booking)
        return self.is_host(call, booking) or (host is not None and by is not None and by.lower() == host.email.lower())

    def check_moving_enabled(self, booking: Booking) -> None:
        """Refuse where the event type lets nobody move bookings, or not so late.

        Raises:
            Refusal: 400.
        """
        event_type = self.presenter.event_type(booking)
        if event_type is None or not booking.is_live:
            return
        if is_switched_on(event_type, "disableRescheduling") or self.is_too_late(
            booking, event_type.details.get("disableRescheduling")
        ):
            raise bad_request(f"Can't reschedule booking with uid={booking.code}: its event type does not allow it.")

    def is_too_late(self, booking: Booking, setting: Any) -> bool:
        """Whether the booking is so near that it cannot be moved any more."""
        minutes = cast("dict[str, Any]", setting).get("minutesBefore") if isinstance(setting, dict) else None
        return isinstance(minutes, int) and booking.start - self.tools.domain.clock.now() < minutes * MINUTE

    # Deciding

    def confirm(self, call: Call) -> Answer:
        """confirmBooking"""
        booking = self.single(call)
        self.check_may_decide(call, booking)
        try:
            confirmed = self.tools.domain.decisions.confirm(booking.code)
        except NotPending:
            raise self.decided() from None
        except SlotTaken:
            raise bad_request(UNAVAILABLE) from None
        return self.tools.envelopes.success(call, self.presenter.booking(confirmed, viewer_of(call)))

    def decline(self, call: Call) -> Answer:
        """declineBooking"""
        reason = checked(_DECLINE, call.body).get("reason")
        booking = self.single(call)
        self.check_may_decide(call, booking)
        try:
            declined = self.tools.domain.decisions.decline(booking.code, reason)
        except NotPending:
            raise self.decided() from None
        return self.tools.envelopes.success(call, self.presenter.booking(declined, viewer_of(call)))

    def check_may_decide(self, call: Call, booking: Booking) -> None:
        """Refuse whoever does not host the booking; the server says 401 here.

        Raises:
            Refusal: 401 without details.
        """
        if not self.is_host(call, booking):
            raise coded(401, "TRPCError", "User is not authorized to confirm this booking")

    def decided(self) -> Refusal:
        """The refusal of a booking that does not wait for a decision."""
        return coded(400, "TRPCError", "Booking already confirmed")

    # Absence

    def mark_absent(self, call: Call) -> Answer:
        """markBookingAbsent"""
        body = checked(_ABSENT, call.body)
        booking = self.single(call)
        self.check_may_mark(call, booking)
        attendees = {item["email"]: item["absent"] for item in body.get("attendees") or ()}
        try:
            marked = self.tools.domain.decisions.mark_absent(booking.code, host=body.get("host"), attendees=attendees)
        except NotStarted:
            raise self.too_early() from None
        return self.tools.envelopes.success(call, self.presenter.booking(marked, viewer_of(call)))

    def check_may_mark(self, call: Call, booking: Booking) -> None:
        """Refuse whoever does not host the booking.

        Raises:
            Refusal: 403.
        """
        if not self.is_host(call, booking):
            raise forbidden("User is not authorized to mark absence in this booking")

    def too_early(self) -> Refusal:
        """The refusal of absence from a meeting that has not begun."""
        return bad_request("Bookings can only be marked as absent after their start time has passed.")
