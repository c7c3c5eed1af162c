"""Bookings: create, list, read, cancel, reschedule, stats."""

from collections.abc import Mapping

from bookproof.mock.dialects.imatic_v1.tools import Tools
from bookproof.mock.domain.booking_records import STATUSES, Attendee, Booking, BookingFilter, NewBooking
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.http import validation
from bookproof.mock.http.errors import invalid
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields


class BookingHandlers:
    """Handlers of /v1/bookings."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def create(self, call: Call) -> Answer:
        """createBooking"""
        wanted = self.new_booking(call, self.tools.bodies.read(call))
        booking = self.tools.domain.bookings.create(call.account_id, wanted)
        return self.tools.envelopes.success(call, self.tools.presenter.booking(booking), 201)

    def new_booking(self, call: Call, body: Fields) -> NewBooking:
        """The asked booking, every field checked by itself."""
        code = body.text("eventTypeCode", 200)
        return NewBooking(
            event_type_code=code,
            start=self.start(body),
            attendee=self.attendee(body, self.default_zone(call, code)),
            duration=body.optional_whole("duration"),
            answers=body.texts("answers"),
            notes=body.optional_text("notes"),
            link_code=body.optional_text("linkCode", 200),
        )

    def default_zone(self, call: Call, event_type_code: str) -> str:
        """The zone of an attendee who names none: the event type's."""
        try:
            return self.tools.domain.event_types.get(call.account_id, event_type_code).rules.time_zone
        except NotFound:
            return "UTC"  # the booking will be refused for its event type

    def start(self, body: Fields) -> int:
        """The required start in epoch seconds."""
        return validation.whole_seconds(validation.instant(body.require("start"), "start"), "start")

    def attendee(self, body: Fields, default_zone: str) -> Attendee:
        """The required attendee."""
        given = body.object("attendee")
        name = given.text("name", validation.LONGEST_NAME)
        address = validation.email(given.text("email"), "attendee.email")
        return Attendee(name, address, self.attendee_zone(given, default_zone))

    def attendee_zone(self, given: Fields, default_zone: str) -> str:
        """The attendee's zone, or the default."""
        zone_name = given.optional_text("timeZone", 100)
        return default_zone if zone_name is None else validation.zone_name(zone_name, "attendee.timeZone")

    def index(self, call: Call) -> Answer:
        """listBookings"""
        wanted = self.filter(call.query)
        bookings = self.tools.domain.bookings
        return self.tools.page(
            "listBookings",
            call,
            lambda: bookings.count(call.account_id, wanted),
            lambda offset, limit: [
                self.listed(booking) for booking in bookings.find(call.account_id, wanted, offset, limit)
            ],
        )

    def listed(self, booking: Booking) -> dict[str, object]:
        """A booking as an item of the list: the same as when read."""
        return self.tools.presenter.booking(booking)

    def filter(self, query: Mapping[str, str]) -> BookingFilter:
        """The asked filter. `from` is inclusive, `to` exclusive; dates alone are UTC days, `to` included."""
        status = query.get("status")
        if status is not None and status not in STATUSES:
            raise invalid(f"status must be one of {', '.join(STATUSES)}.")
        address = query.get("attendeeEmail")
        code = query.get("eventTypeCode")
        if code is not None and not code.strip():
            raise invalid("eventTypeCode must not be blank.")
        since, before = self.bound(query, "from", after=False), self.bound(query, "to", after=True)
        if since is not None and before is not None and before < since:
            raise invalid("to must not be earlier than from.")
        return BookingFilter(
            status=status,
            event_type_code=code,
            attendee_email=None if address is None else validation.email(address, "attendeeEmail"),
            since=since,
            before=before,
        )

    def bound(self, query: Mapping[str, str], name: str, *, after: bool) -> int | None:
        """One bound of the filter in epoch seconds."""
        text = query.get(name)
        if text is None:
            return None
        if validation.is_date(text):
            return validation.local_midnight(text, name, "UTC", after=after)
        return validation.ceiling_seconds(validation.instant(text, name))

    def stats(self, call: Call) -> Answer:
        """getBookingStats"""
        counts = self.tools.domain.bookings.count_by_status(call.account_id)
        return self.tools.envelopes.success(call, self.tools.presenter.stats(counts))

    def show(self, call: Call) -> Answer:
        """getBooking"""
        booking = self.tools.domain.bookings.get(call.account_id, call.params["bookingCode"])
        return self.tools.envelopes.success(call, self.tools.presenter.booking(booking))

    def cancel(self, call: Call) -> Answer:
        """cancelBooking"""
        bookings, code = self.tools.domain.bookings, call.params["bookingCode"]
        bookings.get(call.account_id, code)  # an invisible booking is 404 whatever the body says
        reason = self.tools.bodies.read(call, required=False).optional_text("reason")
        booking = bookings.cancel(call.account_id, code, reason)
        return self.tools.envelopes.success(call, self.tools.presenter.booking(booking))

    def reschedule(self, call: Call) -> Answer:
        """rescheduleBooking"""
        bookings, code = self.tools.domain.bookings, call.params["bookingCode"]
        bookings.get(call.account_id, code)
        start = self.start(self.tools.bodies.read(call))
        booking = bookings.reschedule(call.account_id, code, start)
        return self.tools.envelopes.success(call, self.tools.presenter.booking(booking))
