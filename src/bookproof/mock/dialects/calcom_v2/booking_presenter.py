"""Bookings as this API shows them. Source: Cal.com API v2, Bookings; behaviour of a running server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.event_type_settings import shows_attendees
from bookproof.mock.dialects.calcom_v2.locations import VIDEO
from bookproof.mock.dialects.calcom_v2.moments import shown
from bookproof.mock.dialects.calcom_v2.titles import booking_title
from bookproof.mock.dialects.calcom_v2.versions import V2024_08_13
from bookproof.mock.domain.booking_records import (
    CANCELLED,
    CONFIRMED,
    NO_SHOW,
    PENDING,
    REJECTED,
    RESCHEDULED,
    Attendee,
    Booking,
)
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import MINUTE
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.seat_records import Seat

STATUSES = {
    CONFIRMED: "accepted",
    NO_SHOW: "accepted",
    PENDING: "pending",
    CANCELLED: "cancelled",
    RESCHEDULED: "cancelled",
    REJECTED: "rejected",
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is shown a booking: the caller's account, None for strangers, and the date that the request names."""

    account_id: str | None
    version: str


class BookingPresenter:
    """Shows bookings.

    Parameters:
        domain: knows hosts, event types and seats.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def booking(self, booking: Booking, viewer: Viewer) -> dict[str, Any]:
        """A booking: single, of a series, or shared."""
        event_type = self.event_type(booking)
        common = self.common(booking, event_type)
        if booking.series is not None:
            common["recurringBookingUid"] = booking.series
        if booking.seated:
            return common | {"attendees": self.seated_attendees(booking, event_type, viewer)}
        return common | self.attended(booking)

    def created(self, booking: Booking, viewer: Viewer, seat: str | None = None) -> dict[str, Any]:
        """A booking that was just made or moved; `seat` is the uid of the seat that was taken."""
        taken = {} if seat is None else {"seatUid": seat}
        return self.booking(booking, viewer) | taken | {"isPlatformManagedUserBooking": False}

    # Its parts

    def event_type(self, booking: Booking) -> EventType | None:
        """What was booked, None if it was deleted since."""
        with self._domain.store.read() as session:
            return self._domain.event_types.load(session, booking.event_type_code)

    def host(self, booking: Booking) -> Person | None:
        """Who hosts it, None if the person was deleted since."""
        try:
            return self._domain.people.of_account(booking.account_id)
        except NotFound:
            return None

    def common(self, booking: Booking, event_type: EventType | None) -> dict[str, Any]:
        """What every booking has."""
        host = self.host(booking)
        return {
            "id": booking.number,
            "uid": booking.code,
            "title": self.title(booking, event_type, host),
            "description": booking.notes or "",
            "hosts": [] if host is None else [self.shown_host(host)],
            "status": self.status(booking),
            **self.history(booking),
            "start": self.time(booking.start),
            "end": self.time(booking.end),
            "duration": (booking.end - booking.start) // MINUTE,
            **self.booked(booking),
            "meetingUrl": self.location(booking),
            "location": self.location(booking),
            "absentHost": bool(booking.details.get("absent_host", False)),
            "createdAt": self.time(booking.created),
            "updatedAt": self.time(booking.updated),
            "metadata": dict(booking.details.get("metadata") or {}),
            "rating": None,
            "icsUid": f"{booking.code}@Cal.com",
        }

    def time(self, instant: int) -> str:
        """An instant in UTC."""
        return shown(instant)

    def status(self, booking: Booking) -> str:
        """Its status in lower case."""
        return STATUSES[booking.status]

    def title(self, booking: Booking, event_type: EventType | None, host: Person | None) -> str:
        """Its title: the one that it was given when it was made, else made of event type and names."""
        if booking.details.get("title"):
            return booking.details["title"]
        what = "Meeting" if event_type is None else event_type.title
        return booking_title(what, "" if host is None else host.name, booking.attendee.name)

    def shown_host(self, host: Person) -> dict[str, Any]:
        """Its host."""
        return {
            "id": host.number,
            "name": host.name,
            "email": host.email,
            "displayEmail": host.email,
            "username": host.username,
            "timeZone": host.time_zone,
        }

    def history(self, booking: Booking) -> dict[str, Any]:
        """Why, by whom, from what and to what it was changed; links only where there are some."""
        details = booking.details
        told: dict[str, Any] = {
            "cancellationReason": booking.cancel_reason or details.get("rejection_reason") or "",
            "cancelledByEmail": details.get("cancelled_by") or "",
            "rescheduledByEmail": details.get("rescheduled_by"),
        }
        if details.get("reschedule_reason") is not None:
            told["reschedulingReason"] = details["reschedule_reason"]
        return told | self.links(booking)

    def links(self, booking: Booking) -> dict[str, str]:
        """The booking that it took the place of, and the one that took its place."""
        links = {"rescheduledFromUid": booking.rescheduled_from, "rescheduledToUid": booking.rescheduled_to}
        return {name: uid for name, uid in links.items() if uid is not None}

    def booked(self, booking: Booking) -> dict[str, Any]:
        """What was booked; an event type keeps its id and its slug when it is deleted."""
        with self._domain.store.read() as session:
            number, slug = self._domain.event_types.named(session, booking.event_type_code)
        return {"eventTypeId": number, "eventType": {"id": number, "slug": slug}}

    def location(self, booking: Booking) -> str | None:
        """Where it takes place."""
        return booking.details.get("location", VIDEO)

    # Attendees

    def attended(self, booking: Booking) -> dict[str, Any]:
        """Attendees, guests and answers of a booking that is not shared."""
        guests = list(booking.details.get("guests") or ())
        told: dict[str, Any] = {"attendees": [self.attendee(booking.attendee, booking.details, booking)]}
        told["attendees"] += [self.guest(email, booking) for email in guests]
        if guests:
            told["guests"] = guests
        answers = self.answers(booking.attendee, booking.details)
        shown_guests = {"guests": guests, "displayGuests": guests} if guests else {}
        return told | {"bookingFieldsResponses": answers | shown_guests}

    def attendee(self, attendee: Attendee, details: Mapping[str, Any], booking: Booking) -> dict[str, Any]:
        """One attendee; the telephone only if there is one."""
        told: dict[str, Any] = {
            "name": attendee.name,
            "email": attendee.email,
            "displayEmail": attendee.email,
            "timeZone": attendee.time_zone,
            "language": details.get("language") or "en",
            "absent": self.is_absent(attendee.email, booking),
        }
        return told | ({"phoneNumber": details["phone"]} if details.get("phone") else {})

    def guest(self, email: str, booking: Booking) -> dict[str, Any]:
        """Somebody whom the attendee brings along."""
        zone_name = booking.attendee.time_zone
        return self.attendee(Attendee("", email, zone_name), {"language": booking.details.get("language")}, booking)

    def is_absent(self, email: str, booking: Booking) -> bool:
        """Whether somebody did not come."""
        return email.lower() in booking.details.get("absent_attendees", ())

    def answers(self, attendee: Attendee, details: Mapping[str, Any]) -> dict[str, Any]:
        """The answers of an attendee."""
        phone = {"attendeePhoneNumber": details["phone"]} if details.get("phone") else {}
        return {
            "email": attendee.email,
            "name": attendee.name,
            **phone,
            **details.get("responses", {}),
            "displayEmail": attendee.email,
        }

    def seated_attendees(self, booking: Booking, event_type: EventType | None, viewer: Viewer) -> list[dict[str, Any]]:
        """The attendees of a shared booking, as far as the viewer may know them."""
        if not self.sees_attendees(booking, event_type, viewer) or self.forgets_attendees(booking, viewer):
            return []
        return [self.seated(seat, booking) for seat in self._domain.seats.of_booking(booking.code)]

    def sees_attendees(self, booking: Booking, event_type: EventType | None, viewer: Viewer) -> bool:
        """Whether the viewer may know who else comes: the host, or everybody if the event type says so."""
        return viewer.account_id == booking.account_id or shows_attendees(event_type)

    def forgets_attendees(self, booking: Booking, viewer: Viewer) -> bool:
        """Whether the attendees are left out since it is cancelled, as at the older date."""
        return booking.status == CANCELLED and viewer.version == V2024_08_13

    def seated(self, seat: Seat, booking: Booking) -> dict[str, Any]:
        """One attendee of a shared booking."""
        answers = self.answers(seat.attendee, seat.details)
        told = self.attendee(seat.attendee, seat.details, booking)
        return told | {
            "absent": seat.absent or told["absent"],
            "seatUid": seat.uid,
            "bookingFieldsResponses": {
                name: value for name, value in answers.items() if name not in ("email", "displayEmail")
            },
            "metadata": dict(seat.details.get("metadata") or {}),
        }
