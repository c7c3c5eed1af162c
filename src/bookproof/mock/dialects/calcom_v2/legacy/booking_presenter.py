"""Bookings as the first version shows them: raw rows, with instants of their own names and status in upper case."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.legacy.common import as_user
from bookproof.mock.dialects.calcom_v2.locations import VIDEO
from bookproof.mock.dialects.calcom_v2.moments import shown
from bookproof.mock.dialects.calcom_v2.payloads import STATUSES
from bookproof.mock.dialects.calcom_v2.titles import booking_title
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.domain.booking_records import Attendee, Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person


class LegacyBookingPresenter:
    """Shows bookings."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    def booking(self, booking: Booking) -> dict[str, Any]:
        """A booking, with the people and the event type in it."""
        owner, event_type = self.owner(booking), self.event_type(booking)
        return self.row(booking, owner, event_type) | {
            "user": as_user(owner),
            "attendees": [self.attendee(item, booking) for item in self.attendees(booking)],
            "responses": self.responses(booking),
            "eventType": self.shown_event_type(event_type),
            "references": [],
            "recurringEventId": booking.series,
            "rescheduled": booking.rescheduled_to is not None,
            "fromReschedule": booking.rescheduled_from,
        }

    def made(self, booking: Booking) -> dict[str, Any]:
        """A booking just made: as any other, and what only its maker is told."""
        return self.booking(booking) | {
            "idempotencyKey": f"{booking.host_id}:{booking.start}",
            "luckyUsers": [],
            "paymentRequired": False,
        }

    def row(self, booking: Booking, owner: Person, event_type: EventType | None) -> dict[str, Any]:
        """The columns of a booking."""
        return {
            "id": booking.number,
            "uid": booking.code,
            "title": self.title(booking, owner, event_type),
            "description": booking.notes or "",
            "startTime": shown(booking.start),
            "endTime": shown(booking.end),
            "status": self.status(booking),
            "userId": owner.number,
            "eventTypeId": None if event_type is None else event_type.number,
            "location": self.location(booking),
            "cancellationReason": booking.cancel_reason,
            "rejectionReason": booking.details.get("rejection_reason"),
            "createdAt": shown(booking.created),
            "updatedAt": shown(booking.updated),
            "metadata": dict(booking.details.get("metadata") or {}),
            "iCalUID": f"{booking.code}@Cal.com",
            "paid": False,
        }

    def title(self, booking: Booking, owner: Person, event_type: EventType | None) -> str:
        """The title that the booking was given, else one made of the event type's and the names of both sides."""
        what = "Meeting" if event_type is None else event_type.title
        return booking.details.get("title") or booking_title(what, owner.name, booking.attendee.name)

    def status(self, booking: Booking) -> str:
        """Where the booking stands."""
        return STATUSES[booking.status]

    def location(self, booking: Booking) -> str | None:
        """Where it takes place."""
        return booking.details.get("location", VIDEO)

    def owner(self, booking: Booking) -> Person:
        """The host."""
        return self.tools.domain.people.of_account(booking.account_id)

    def event_type(self, booking: Booking) -> EventType | None:
        """The event type, None if it was deleted."""
        with self.tools.domain.store.read() as session:
            return self.tools.domain.event_types.load(session, booking.event_type_code)

    def shown_event_type(self, event_type: EventType | None) -> dict[str, Any] | None:
        """The event type inside a booking."""
        if event_type is None:
            return None
        return {
            "id": event_type.number,
            "slug": event_type.slug,
            "title": event_type.title,
            "length": event_type.rules.duration,
            "seatsPerTimeSlot": event_type.seats,
            "price": 0,
            "currency": "usd",
            "metadata": {},
        }

    def attendees(self, booking: Booking) -> list[Attendee]:
        """Whom it is for."""
        seats = self.tools.domain.seats.of_booking(booking.code) if booking.seated else []
        return [seat.attendee for seat in seats] or [booking.attendee]

    def attendee(self, attendee: Attendee, booking: Booking) -> dict[str, Any]:
        """One attendee."""
        return {
            "name": attendee.name,
            "email": attendee.email,
            "timeZone": attendee.time_zone,
            "locale": booking.details.get("language") or "en",
            "noShow": attendee.email.lower() in booking.details.get("absent_attendees", ()),
        }

    def responses(self, booking: Booking) -> dict[str, Any]:
        """What was filled in."""
        shown: dict[str, Any] = {"name": booking.attendee.name, "email": booking.attendee.email}
        shown |= booking.details.get("responses") or booking.answers
        if booking.notes:
            shown["notes"] = booking.notes
        shown["guests"] = list(booking.details.get("guests") or ())
        return shown
