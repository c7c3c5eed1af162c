"""Bookings: create and read. Source: Cal.com API v2, Bookings; behaviour of a running server."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.booking_presenter import BookingPresenter, Viewer
from bookproof.mock.dialects.calcom_v2.booking_refusals import BookingRefusals
from bookproof.mock.dialects.calcom_v2.booking_requests import BookingRequests
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, forbidden, not_found, unauthorized
from bookproof.mock.dialects.calcom_v2.event_types import event_type_of
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import DomainError, NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.http.exchange import Answer


def viewer_of(call: Call) -> Viewer:
    """Who is shown the answer to a call."""
    return Viewer(None if call.caller is None else call.caller.account_id, call.version)


class BookingHandlers:
    """Handlers of /v2/bookings that make and show bookings."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.presenter = BookingPresenter(tools.domain)
        self.requests = BookingRequests()
        self.refusals = BookingRefusals()

    # Making

    def create(self, call: Call) -> Answer:
        """createBooking: one booking, a seat in one, or a series."""
        body = self.requests.read(call)
        event_type = self.event_type(body)
        self.check_caller(call, event_type)
        self.check_instant(body)
        wanted = self.requests.request(event_type, body)
        try:
            data = self.made(call, event_type, wanted, body)
        except DomainError as failure:
            raise self.refusals.of_slot(failure) from None
        return self.tools.envelopes.success(call, data)

    def made(self, call: Call, event_type: EventType, wanted: BookingRequest, body: dict[str, Any]) -> Any:
        """What was made, as the answer shows it."""
        domain, viewer = self.tools.domain, viewer_of(call)
        if event_type.recurrence is not None:
            series = domain.series.create(wanted, self.requests.count(event_type, body))
            return [self.presenter.created(booking, viewer) for booking in series]
        if event_type.seats is not None:
            seated = domain.seats.take(wanted)
            return self.presenter.created(seated.booking, viewer, seated.seat.uid)
        return self.presenter.created(domain.public_bookings.create(wanted), viewer)

    def event_type(self, body: dict[str, Any]) -> EventType:
        """What is to be booked.

        Raises:
            Refusal: 404.
        """
        if body.get("eventTypeId"):
            return self.event_type_by_id(int(body["eventTypeId"]))
        if body.get("username"):
            return self.event_type_by_slug(body["username"], body["eventTypeSlug"])
        raise not_found(f"Team with slug {body['teamSlug']} not found")

    def event_type_by_id(self, number: int) -> EventType:
        """The event type with an id, in whichever account."""
        try:
            return event_type_of(self.tools, number)
        except NotFound:
            raise not_found(f"Event type with id {number} not found.") from None

    def event_type_by_slug(self, username: str, slug: str) -> EventType:
        """The event type of a person's with a slug."""
        try:
            person = self.tools.domain.people.by_username(username)
        except NotFound:
            raise not_found(f"User with username {username} not found") from None
        try:
            return self.tools.domain.event_types.by_slug(person.account_id, slug)
        except NotFound:
            raise not_found(f"Event type with slug {slug} belonging to user {username} not found.") from None

    def check_caller(self, call: Call, event_type: EventType) -> None:
        """Refuse strangers where the event type does not let them book.

        Raises:
            Refusal: 401 without credentials, 403 with somebody else's.
        """
        if not event_type.details.get("bookingRequiresAuthentication") or call.is_by(event_type.account_id):
            return
        if call.is_anonymous:
            raise unauthorized("This event type requires authentication: the booking must be made by its owner.")
        raise forbidden("This event type requires authentication: the booking must be made by its owner.")

    def check_instant(self, body: dict[str, Any]) -> None:
        """Refuse an instant meeting with a person: only teams have them.

        Raises:
            Refusal: 400.
        """
        if body.get("instant"):
            raise bad_request("Can't book an instant meeting: the event type is not a team's.")

    # Reading

    def show(self, call: Call) -> Answer:
        """getBooking: whoever knows the uid may read; the uid of a series shows all of it."""
        viewer = viewer_of(call)
        shown = [self.presenter.booking(booking, viewer) for booking in self.found(call)]
        return self.tools.envelopes.success(call, shown if self.is_series(call) else shown[0])

    def is_series(self, call: Call) -> bool:
        """Whether the path names a series."""
        return is_series(self.tools, call.params["bookingUid"])

    def found(self, call: Call) -> list[Booking]:
        """The booking, or the bookings of the series, that the path names.

        Raises:
            Refusal: 404.
        """
        return bookings_of(self.tools, call.params["bookingUid"])


def unknown_booking(uid: str) -> Refusal:
    """The refusal of a uid that no booking has."""
    return not_found(f"Booking with uid={uid} was not found in the database")


def bookings_of(tools: Tools, uid: str) -> list[Booking]:
    """The booking with a uid, or the bookings of the series with it.

    Raises:
        Refusal: 404.
    """
    try:
        return [tools.domain.public_bookings.get(uid)]
    except NotFound:
        pass
    try:
        return tools.domain.series.get(uid)
    except NotFound:
        raise unknown_booking(uid) from None


def is_series(tools: Tools, uid: str) -> bool:
    """Whether a uid that is known is that of a series."""
    try:
        tools.domain.series.get(uid)
    except NotFound:
        return False
    return True
