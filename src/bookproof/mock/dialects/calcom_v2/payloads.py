"""The payloads of webhook deliveries, trigger by trigger. Source: Cal.com, Webhooks; deliveries of a running server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.booking_fields import all_fields
from bookproof.mock.dialects.calcom_v2.locations import VIDEO
from bookproof.mock.dialects.calcom_v2.titles import booking_title
from bookproof.mock.dialects.calcom_v2.triggers import CANCELLED, CREATED, NO_SHOW, REJECTED
from bookproof.mock.domain import booking_records
from bookproof.mock.domain.booking_records import Attendee, Booking
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import utc_text, zone
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.people import Person

STATUSES = {
    booking_records.CONFIRMED: "ACCEPTED",
    booking_records.NO_SHOW: "ACCEPTED",
    booking_records.PENDING: "PENDING",
    booking_records.CANCELLED: "CANCELLED",
    booking_records.RESCHEDULED: "CANCELLED",
    booking_records.REJECTED: "REJECTED",
}
_TIME_FORMATS = {12: "h:mma", 24: "HH:mm"}
_LABELS = {"name": "your_name", "email": "email_address"}


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whom a booking is for, and what is kept beside the name: language, telephone, answers."""

    attendee: Attendee
    details: Mapping[str, Any]


class Payloads:
    """Shows bookings as deliveries have them, which is not as answers have them."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain

    def of(self, delivery: Delivery, trigger: str) -> dict[str, Any]:
        """The payload of a delivery."""
        if trigger == NO_SHOW:
            return self.absence(delivery)
        return {**self.booking(delivery, trigger), **self.extras(delivery, trigger)}

    # The booking

    def booking(self, delivery: Delivery, trigger: str) -> dict[str, Any]:
        """What all triggers tell of a booking."""
        booking, event_type = delivery.booking, self.event_type(delivery.booking)
        number, slug = self.booked(booking)
        parties = self.parties(delivery)
        shown: dict[str, Any] = {
            "type": slug,
            "title": self.title(booking, event_type, parties[0].attendee),
            "description": self.description(booking),
            "additionalNotes": booking.notes or "",
            "customInputs": {},
            "startTime": self.instant(booking.start, trigger),
            "endTime": self.instant(booking.end, trigger),
            "organizer": self.organizer(booking, event_type),
            "attendees": [self.attendee(item, booking) for item in parties],
            "responses": self.responses(booking, parties[0]),
            "userFieldsResponses": self.own_responses(parties[0], event_type),
            "location": self.location(booking),
            "destinationCalendar": None,
            "hideCalendarNotes": False,
            "requiresConfirmation": event_type is not None and event_type.requires_confirmation,
            "eventTypeId": number,
            "seatsPerTimeSlot": None if event_type is None else event_type.seats,
            "uid": booking.code,
            "bookingId": booking.number,
            "eventTitle": "" if event_type is None else event_type.title,
            "eventDescription": "" if event_type is None else event_type.description,
            "price": 0,
            "currency": "usd",
            "length": (booking.end - booking.start) // 60,
            "iCalUID": f"{booking.code}@Cal.com",
            "iCalSequence": self.sequence(booking, trigger),
            "metadata": self.metadata(booking),
            "status": self.status(booking, trigger),
        }
        for name in self.untold(trigger):
            del shown[name]
        return shown

    def untold(self, trigger: str) -> tuple[str, ...]:
        """What the trigger leaves out."""
        return {CANCELLED: ("metadata",), REJECTED: ("iCalSequence",)}.get(trigger, ())

    def event_type(self, booking: Booking) -> EventType | None:
        """The booking's event type, None if it was deleted since."""
        with self.domain.store.read() as session:
            return self.domain.event_types.load(session, booking.event_type_code)

    def booked(self, booking: Booking) -> tuple[int, str]:
        """Number and slug of the event type, which keeps them when it is deleted."""
        with self.domain.store.read() as session:
            return self.domain.event_types.named(session, booking.event_type_code)

    def title(self, booking: Booking, event_type: EventType | None, attendee: Attendee) -> str:
        """The title that the booking was given, else one made of the event type's and the names of both sides."""
        given = booking.details.get("title")
        if given and not booking.seated:
            return given
        what = "Meeting" if event_type is None else event_type.title
        host = self.person(booking)
        whom = host.name if host is not None else "" if event_type is None else event_type.host_name
        return booking_title(what, whom, attendee.name)

    def description(self, booking: Booking) -> str:
        """What the attendee has added."""
        return booking.notes or ""

    def location(self, booking: Booking) -> str | None:
        """Where it takes place."""
        return booking.details.get("location", VIDEO)

    def metadata(self, booking: Booking) -> dict[str, Any]:
        """The texts that the caller of the API gave along."""
        return dict(booking.details.get("metadata") or {})

    def status(self, booking: Booking, trigger: str) -> str:
        """Where the booking stands. A seat is cancelled though its booking goes on."""
        return "CANCELLED" if trigger == CANCELLED else STATUSES[booking.status]

    def instant(self, moment: int, trigger: str) -> str:
        """A time in the spelling that the trigger has."""
        text = utc_text(moment)
        endings = {CANCELLED: "+00:00", REJECTED: ".000Z"}
        return text.removesuffix("Z") + endings.get(trigger, "Z")

    def sequence(self, booking: Booking, trigger: str) -> int:
        """How often the booking was changed before, moves included."""
        changes = int(trigger == CANCELLED)
        with self.domain.store.read() as session:
            code = booking.rescheduled_from
            while code is not None:
                older = self.domain.records.load(session, code)
                code, changes = None if older is None else older.rescheduled_from, changes + 1
        return changes

    # People

    def person(self, booking: Booking) -> Person | None:
        """The host, None if deleted since."""
        try:
            return self.domain.people.of_account(booking.account_id)
        except NotFound:
            return None

    def organizer(self, booking: Booking, event_type: EventType | None) -> dict[str, Any]:
        """The host."""
        person = self.person(booking)
        if person is None:
            name = "" if event_type is None else event_type.host_name
            return {"id": None, "name": name, "email": "", "username": None, "timeZone": "UTC", "utcOffset": 0}
        return {
            "id": person.number,
            "name": person.name,
            "email": person.email,
            "username": person.username,
            "usernameInOrg": person.username,
            "timeZone": person.time_zone,
            "language": {"locale": person.locale},
            "timeFormat": _TIME_FORMATS.get(person.time_format, "h:mma"),
            "utcOffset": self.offset(person.time_zone, booking.start),
        }

    def parties(self, delivery: Delivery) -> list[Party]:
        """Whom it is for: of a shared booking who has the seat that it is about, else everybody, guests included."""
        booking = delivery.booking
        seats = self.domain.seats.of_booking(booking.code) if booking.seated else []
        if left := delivery.about.get("attendee"):
            return [Party(Attendee(**left), booking.details)]
        found = [item for item in seats if item.uid == delivery.about.get("seat")] or seats
        if found:
            return [Party(item.attendee, item.details) for item in found]
        return [Party(booking.attendee, booking.details), *self.guests(booking)]

    def guests(self, booking: Booking) -> list[Party]:
        """Whom the attendee brings along."""
        zone_name, language = booking.attendee.time_zone, {"language": booking.details.get("language")}
        return [Party(Attendee("", email, zone_name), language) for email in booking.details.get("guests") or ()]

    def attendee(self, party: Party, booking: Booking) -> dict[str, Any]:
        """One attendee; the telephone only if there is one."""
        attendee, phone = party.attendee, party.details.get("phone")
        told: dict[str, Any] = {
            "email": attendee.email,
            "name": attendee.name,
            "firstName": "",
            "lastName": "",
            "timeZone": attendee.time_zone,
            "language": {"locale": party.details.get("language") or "en"},
            "utcOffset": self.offset(attendee.time_zone, booking.start),
        }
        return told | ({"phoneNumber": phone} if phone else {})

    def offset(self, zone_name: str, moment: int) -> int:
        """Minutes by which the zone is ahead of UTC at a moment."""
        offset = datetime.fromtimestamp(moment, zone(zone_name)).utcoffset()
        return 0 if offset is None else int(offset.total_seconds()) // 60

    # Answers

    def responses(self, booking: Booking, party: Party) -> dict[str, Any]:
        """What was filled in, by slug of the field."""
        known = {"name": party.attendee.name, "email": party.attendee.email, **self.answers(party)}
        if booking.notes:
            known["notes"] = booking.notes
        return {slug: self.response(_LABELS.get(slug, slug), value) for slug, value in known.items()}

    def own_responses(self, party: Party, event_type: EventType | None) -> dict[str, Any]:
        """The answers to the fields that the owner has added."""
        fields = [] if event_type is None else all_fields(event_type.details.get("bookingFields", ()))
        labels = {field["slug"]: field.get("label") or field["slug"] for field in fields if not field["isDefault"]}
        answers = self.answers(party)
        return {slug: self.response(labels[slug], value) for slug, value in answers.items() if slug in labels}

    def answers(self, party: Party) -> Mapping[str, Any]:
        """What somebody has answered."""
        return party.details.get("responses") or {}

    def response(self, label: str, value: Any) -> dict[str, Any]:
        """One answer."""
        return {"label": label, "value": value, "isHidden": False}

    # What single triggers add

    def extras(self, delivery: Delivery, trigger: str) -> dict[str, Any]:
        """What the trigger alone tells."""
        booking = delivery.booking
        if trigger == CANCELLED:
            return {
                "cancellationReason": booking.cancel_reason or "",
                "cancelledBy": booking.details.get("cancelled_by"),
                "requestReschedule": False,
                "organizationId": None,
            }
        if trigger == REJECTED:
            return {"rejectionReason": booking.details.get("rejection_reason") or ""}
        return {} if trigger == CREATED else self.moved(delivery)

    def moved(self, delivery: Delivery) -> dict[str, Any]:
        """The booking whose place this one has taken, if there is one."""
        code = delivery.about.get("moved_from") or delivery.booking.rescheduled_from
        with self.domain.store.read() as session:
            old = None if code is None else self.domain.records.load(session, code)
        if old is None:
            return {}
        return {
            "rescheduleId": old.number,
            "rescheduleUid": old.code,
            "rescheduleStartTime": utc_text(old.start),
            "rescheduleEndTime": utc_text(old.end),
            "rescheduledBy": old.details.get("rescheduled_by"),
        }

    def absence(self, delivery: Delivery) -> dict[str, Any]:
        """Who was absent, which is all that is told of the booking."""
        marks = self.marks(delivery)
        return {
            "message": self.message(marks),
            "attendees": [{"email": email, "noShow": absent} for email, absent in marks.items()],
            "bookingUid": delivery.booking.code,
            "bookingId": delivery.booking.number,
        }

    def marks(self, delivery: Delivery) -> Mapping[str, bool]:
        """The marks that were set, by e-mail address."""
        return delivery.about.get("absent", {delivery.booking.attendee.email: True})

    def message(self, marks: Mapping[str, bool]) -> str:
        """The marks in words."""
        return ", ".join(f"{email} {'was absent' if absent else 'was there'}" for email, absent in marks.items())
