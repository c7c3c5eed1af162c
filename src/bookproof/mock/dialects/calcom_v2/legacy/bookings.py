"""Bookings of the first version. Source: Cal.com API v2, Bookings, 2024-04-15; answers of a running server."""

from collections.abc import Mapping
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.booking_fields import all_fields
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, bare, coded, forbidden, not_found, unauthorized
from bookproof.mock.dialects.calcom_v2.event_type_settings import is_switched_on
from bookproof.mock.dialects.calcom_v2.inputs import whole_parameter
from bookproof.mock.dialects.calcom_v2.legacy.booking_presenter import LegacyBookingPresenter
from bookproof.mock.dialects.calcom_v2.legacy.common import exception, numbered, seconds_of
from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.dialects.calcom_v2.titles import booking_title
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Problem,
    Shape,
    checked,
    filled,
    flag,
    is_email,
    iso_date,
    listed,
    one_of,
    record,
    text,
    whole,
    zone_name,
)
from bookproof.mock.domain.booking_records import Attendee, Booking
from bookproof.mock.domain.booking_searches import KINDS, UPCOMING, BookingSearch, Order
from bookproof.mock.domain.errors import (
    AlreadyCancelled,
    AlreadySeated,
    DailyCapReached,
    DomainError,
    InThePast,
    Invalid,
    NoSuchSeat,
    NotChangeable,
    NotFound,
    NotRecurring,
    SeatsTaken,
    SlotRaced,
    SlotTaken,
    SlotUnavailable,
)
from bookproof.mock.domain.event_types import EventType, missing_answers
from bookproof.mock.domain.public_bookings import BookingRequest, Change
from bookproof.mock.http.exchange import Answer

PAGE = 10
MOST = 100
_LARGEST = 2**31 - 1
NOBODY_FREE = "no_available_users_found_error"
CONFLICT = "booking_conflict_error"
#: Members of `responses` that are not answers to fields of the event type.
_KNOWN_RESPONSES = ("name", "email", "guests", "location", "notes", "rescheduleReason", "smsReminderNumber")


class LegacyBookingHandlers:
    """Handlers of /v2/bookings."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.presenter = LegacyBookingPresenter(tools)
        responses = Shape(
            {
                "name": Member(text(), filled()),
                "email": Member(text(), filled()),
                "guests": Member(items=[text()], required=False),
                "location": Member(record(), required=False),
                "notes": Member(text(), required=False),
            }
        )
        self.create_shape = Shape(
            {
                "eventTypeId": Member(whole()),
                "start": Member(iso_date()),
                "timeZone": Member(text(), zone_name()),
                "language": Member(text(), filled()),
                "metadata": Member(record()),
                "responses": Member(shape=responses),
            }
        )
        self.cancel_shape = Shape(
            {
                "cancellationReason": Member(text(), required=False),
                "allRemainingBookings": Member(flag(), required=False),
                "seatReferenceUid": Member(text(), required=False),
            }
        )

    # Reading

    def index(self, call: Call) -> Answer:
        """listBookings: `cursor` is how many were passed over, and parameters that are not known are dropped."""
        limit = whole_parameter(call.query, "limit", PAGE, 1, MOST)
        offset = min(whole_parameter(call.query, "cursor", 0, 0), _LARGEST)
        search = self.search(call)
        total = self.tools.domain.searches.count(search)
        found = self.tools.domain.searches.find(search, offset, limit)
        data = {
            "bookings": [self.presenter.booking(item) for item in found],
            "recurringInfo": [],
            "totalCount": total,
            "nextCursor": self.next_cursor(offset, limit, total),
        }
        return self.tools.envelopes.success(call, data)

    def next_cursor(self, offset: int, limit: int, total: int) -> int | None:
        """Where the next page begins, None if there is none."""
        return offset + limit if offset + limit < total else None

    def search(self, call: Call) -> BookingSearch:
        """Which bookings are asked for: the upcoming ones, if nothing else is."""
        kind = self.kind(call.query)
        order = Order(descending=kind not in (UPCOMING, "unconfirmed", "recurring"))
        return BookingSearch(account_id=call.account_id, kinds=(kind,), orders=(order,))

    def kind(self, query: dict[str, Any]) -> str:
        """The kind that `filters[status]` names.

        Raises:
            Refusal: 400, there is no such kind.
        """
        filters = query.get("filters")
        given = first(cast("dict[str, Any]", filters).get("status")) if isinstance(filters, dict) else None
        rule = one_of(*KINDS)
        if given is None:
            return UPCOMING
        if not rule.holds(given):
            raise listed([Problem(filters, "status", given, {rule.name: rule.sentence.format("status")})])
        return str(given)

    def show(self, call: Call) -> Answer:
        """getBooking: whoever knows the uid may."""
        return self.tools.envelopes.success(call, self.presenter.booking(self.named(call)))

    def named(self, call: Call) -> Booking:
        """The booking that the path names, in whichever account people have.

        Raises:
            Refusal: 404.
        """
        uid = call.params["bookingUid"]
        try:
            booking = self.tools.domain.public_bookings.get(uid)
            self.presenter.owner(booking)
        except NotFound as failure:
            raise not_found(f"Booking with UID={uid} does not exist.") from failure
        return booking

    # Creating

    def create(self, call: Call) -> Answer:
        """createBooking"""
        body = checked(self.create_shape, call.body)
        event_type = numbered(self.tools.domain, int(body["eventTypeId"]))
        self.check_caller(call, event_type)
        wanted = self.wanted(event_type, body)
        try:
            booking = self.booked(event_type, wanted)
        except DomainError as failure:
            raise self.refused(failure) from failure
        return self.tools.envelopes.success(call, self.presenter.made(booking))

    def check_caller(self, call: Call, event_type: EventType) -> None:
        """Refuse whoever is not the owner, if the event type asks for one: 401 without credentials, else 403."""
        if not is_switched_on(event_type, "bookingRequiresAuthentication") or call.is_by(event_type.account_id):
            return
        message = "This event type can only be booked with credentials of its owner."
        raise unauthorized(message) if call.is_anonymous else forbidden(message)

    def wanted(self, event_type: EventType, body: dict[str, Any]) -> BookingRequest:
        """The booking that the body asks for.

        Raises:
            Refusal: 400 if an address is none, or a question of the event type is left open.
        """
        responses: dict[str, Any] = body["responses"]
        self.check_addresses(responses)
        answers = self.answers(responses)
        for slug in self.open_fields(event_type, answers):
            raise coded(400, "BAD_REQUEST", f"responses - {{{slug}}}error_required_field, ")
        return BookingRequest(
            event_type_number=event_type.number,
            start=seconds_of(body["start"]),
            attendee=Attendee(responses["name"], responses["email"], body["timeZone"]),
            answers=answers,
            notes=responses.get("notes"),
            details=self.details(event_type, body),
            over_reservations=True,
        )

    def open_fields(self, event_type: EventType, answers: Mapping[str, str]) -> list[str]:
        """The required fields of the event type that have no answer."""
        own = all_fields(event_type.details.get("bookingFields", ()))
        required = [str(field["slug"]) for field in own if field["required"] and not field["isDefault"]]
        return [*missing_answers(event_type, answers), *(slug for slug in required if not answers.get(slug))]

    def check_addresses(self, responses: Mapping[str, Any]) -> None:
        """Raises Refusal 400 if the attendee's or a guest's address is no e-mail address."""
        for slug, addresses in (("email", [responses["email"]]), ("guests", responses.get("guests") or [])):
            if not all(is_email(address) for address in addresses):
                raise coded(400, "BAD_REQUEST", f"responses - {{{slug}}}email_validation_error, ")

    def answers(self, responses: Mapping[str, Any]) -> dict[str, str]:
        """The answers to the fields of the event type."""
        return {
            slug: value if isinstance(value, str) else str(value)
            for slug, value in responses.items()
            if slug not in _KNOWN_RESPONSES and value is not None
        }

    def details(self, event_type: EventType, body: dict[str, Any]) -> dict[str, Any]:
        """What is kept beside the booking, as later versions keep it."""
        responses: dict[str, Any] = body["responses"]
        details: dict[str, Any] = {
            "metadata": body["metadata"],
            "language": body["language"],
            "guests": list(dict.fromkeys(responses.get("guests") or [])),
            "responses": {name: item for name, item in responses.items() if name not in _KNOWN_RESPONSES},
            "title": booking_title(event_type.title, event_type.host_name, responses["name"]),
        }
        place: dict[str, Any] = responses.get("location") or {}
        location = place.get("value")
        if isinstance(location, str) and location:
            details["location"] = location
        return details

    def booked(self, event_type: EventType, wanted: BookingRequest) -> Booking:
        """The new booking, or the shared one in which a seat was taken."""
        if event_type.seats is not None:
            return self.tools.domain.seats.take(wanted).booking
        return self.tools.domain.public_bookings.create(wanted)

    def refused(self, failure: DomainError) -> Exception:
        """How a refusal to book is told."""
        if isinstance(failure, SlotRaced):
            return exception(409, CONFLICT)
        if isinstance(failure, SeatsTaken):
            return exception(409, "booking_seats_full_error")
        if isinstance(failure, AlreadySeated):
            return exception(409, "already_signed_up_for_this_booking_error")
        if isinstance(failure, (SlotTaken, SlotUnavailable, DailyCapReached)):
            return exception(400, NOBODY_FREE)
        if isinstance(failure, InThePast):
            return exception(400, "booking_time_in_past")
        return failure if not isinstance(failure, Invalid) else exception(400, failure.message)

    # Cancelling

    def cancel(self, call: Call) -> Answer:
        """cancelBooking: the uid, not the number."""
        body = checked(self.cancel_shape, call.body)
        self.check_uid(call.params["bookingUid"])
        booking, change = self.named(call), Change(reason=body.get("cancellationReason"))
        self.check_cancelling(booking)
        try:
            only_attendee = self.called_off(booking, body, change)
        except AlreadyCancelled as failure:
            raise exception(400, "This booking has already been cancelled.") from failure
        except (NotChangeable, NotRecurring, NoSuchSeat) as failure:
            raise bad_request(failure.message) from failure
        data = {"bookingId": booking.number, "bookingUid": booking.code, "onlyRemovedAttendee": only_attendee}
        return self.tools.envelopes.success(call, data)

    def check_uid(self, uid: str) -> None:
        """Raises Refusal 400 if a number stands where the uid should."""
        if uid.isascii() and uid.isdigit():
            raise bad_request("Booking id must be a uid, not a number.")

    def check_cancelling(self, booking: Booking) -> None:
        """Raises Refusal 400 if the event type does not let its bookings be cancelled."""
        event_type = self.presenter.event_type(booking)
        if event_type is not None and is_switched_on(event_type, "disableCancelling"):
            raise bare(400, "This event type does not allow cancellations")

    def called_off(self, booking: Booking, body: Mapping[str, Any], change: Change) -> bool:
        """Cancel what is meant; returns whether it was one seat only."""
        if booking.seated and body.get("seatReferenceUid"):
            after = self.tools.domain.seats.leave(booking.code, body["seatReferenceUid"], change)
            return after.is_live
        if body.get("allRemainingBookings"):
            self.tools.domain.series.cancel_from(booking.code, change)
        else:
            self.tools.domain.public_bookings.cancel(booking.code, change)
        return False
