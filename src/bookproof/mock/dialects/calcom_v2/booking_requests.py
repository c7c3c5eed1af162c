"""What a request for a booking says. Source: Cal.com API v2, Create a booking; behaviour of a running server."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.booking_fields import FieldRules, all_fields
from bookproof.mock.dialects.calcom_v2.booking_refusals import OUT_OF_BOUNDS
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, coded
from bookproof.mock.dialects.calcom_v2.locations import DEFAULT_LOCATIONS, chosen_location
from bookproof.mock.dialects.calcom_v2.moments import instant_of
from bookproof.mock.dialects.calcom_v2.profiles import LOCALES
from bookproof.mock.dialects.calcom_v2.titles import booking_title
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Problem,
    Rule,
    Shape,
    at_least,
    at_most,
    flag,
    is_email,
    iso_date,
    joined,
    one_of,
    record,
    text,
    whole,
    zone_name,
)
from bookproof.mock.dialects.calcom_v2.versions import V2024_08_13
from bookproof.mock.domain.booking_records import Attendee
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import BookingRequest

#: A series that begins later could lead beyond the calendar.
LATEST_START = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp())
MOST_ENTRIES, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500
METADATA_SENTENCE = "Metadata must have at most 50 keys, each key up to 40 characters, and values up to 500 characters."
_PHONE = re.compile(r"\+[1-9][\d ()-]{5,20}", re.ASCII)
_WHICH = (
    "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided to say which event "
    "type is booked"
)


def _phone() -> Rule:
    sentence = "{} must be a valid phone number in international format"
    return Rule("isPhoneNumber", sentence, lambda value: isinstance(value, str) and _PHONE.fullmatch(value) is not None)


def _contact(value: Any) -> bool:
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return not isinstance(value, dict) or bool(members.get("email") or members.get("phoneNumber"))


_ATTENDEE = Shape(
    {
        "name": Member(text()),
        "timeZone": Member(zone_name()),
        "email": Member(text(), required=False),
        "phoneNumber": Member(_phone(), required=False),
        "language": Member(one_of(*LOCALES), required=False),
    },
    strict=True,
)
_REACHABLE = Rule("contact", "{} must have at least one contact method: email or phoneNumber", _contact)
_LOCATION = Rule(
    "isObject",
    "{} must be an object with a type",
    lambda value: isinstance(value, str) or (isinstance(value, dict) and "type" in value),
)


def _members() -> dict[str, Member]:
    names = ("eventTypeSlug", "username", "teamSlug", "organizationSlug", "meetingUrl", "emailVerificationCode")
    return {
        "start": Member(iso_date()),
        "attendee": Member(_REACHABLE, shape=_ATTENDEE),
        "eventTypeId": Member(whole(), required=False),
        **{name: Member(text(), required=False) for name in names},
        "lengthInMinutes": Member(whole(), at_least(1), required=False),
        "guests": Member(required=False, items=(text(),)),
        "location": Member(_LOCATION, required=False),
        "metadata": Member(record(), required=False),
        "bookingFieldsResponses": Member(record(), required=False),
        "recurrenceCount": Member(whole(), at_least(1), at_most(1_000), required=False),
        "instant": Member(flag(), required=False),
        "routing": Member(record(), required=False),
    }


class BookingRequests:
    """Reads requests for bookings; each rule has a method of its own."""

    def __init__(self) -> None:
        self.shape = Shape(_members(), strict=True)
        newer = {name: Member(flag(), required=False) for name in ("allowConflicts", "allowBookingOutOfBounds")}
        self.newer_shape = Shape({**_members(), **newer}, strict=True)
        self.fields = FieldRules()

    # Before the event type is known

    def read(self, call: Call) -> dict[str, Any]:
        """The members of the body, checked one by one.

        Raises:
            Refusal: 400 in one sentence.
        """
        shape = self.shape if call.version == V2024_08_13 else self.newer_shape
        problems = shape.problems(call.body)
        if not self.says_which(call.body):
            problems.append(Problem(call.body, "eventTypeId", None, {"eventType": _WHICH}))
        if problems:
            raise joined(problems)
        body = shape.kept(call.body)
        self.check_metadata(body.get("metadata") or {})
        return body

    def says_which(self, body: Mapping[str, Any]) -> bool:
        """Whether the body says what is to be booked."""
        slug = body.get("eventTypeSlug")
        return bool(body.get("eventTypeId") or (slug and (body.get("username") or body.get("teamSlug"))))

    def check_metadata(self, metadata: Mapping[str, Any]) -> None:
        """Refuse metadata that is too large, nested, or not text.

        Raises:
            Refusal: 400.
        """
        if len(metadata) > MOST_ENTRIES or not all(map(self.is_entry, metadata, metadata.values())):
            raise bad_request(METADATA_SENTENCE)
        for name, value in metadata.items():
            if not isinstance(value, str):
                kind = "boolean" if isinstance(value, bool) else "null" if value is None else "number"
                raise coded(400, "BAD_REQUEST", f"metadata.{name} - Expected string, received {kind}, ")

    def is_entry(self, name: str, value: Any) -> bool:
        """Whether one entry is small and plain."""
        return len(name) <= LONGEST_KEY and not isinstance(value, (dict, list)) and len(str(value)) <= LONGEST_VALUE

    # Once the event type is known

    def request(self, event_type: EventType, body: Mapping[str, Any]) -> BookingRequest:
        """What the domain is asked for.

        Raises:
            Refusal: 400.
        """
        attendee, details = self.attendee(event_type, body), self.details(event_type, body)
        return BookingRequest(
            event_type_number=event_type.number,
            start=self.start(body["start"]),
            attendee=attendee,
            duration=self.length(event_type, body),
            answers={name: value for name, value in details["responses"].items() if isinstance(value, str)},
            notes=self.notes(body),
            details=details,
            over_reservations=True,  # a request cannot say that a hold is its own
        )

    def start(self, written: str) -> int:
        """The start in epoch seconds.

        Raises:
            Refusal: 400, outside the calendar.
        """
        start = instant_of(written)
        if start is None:
            raise bad_request("start property is wrong,start must be a valid ISO 8601 date string ")
        if start >= LATEST_START:
            raise bad_request(OUT_OF_BOUNDS)
        return start

    def length(self, event_type: EventType, body: Mapping[str, Any]) -> int | None:
        """The asked length in minutes; only where there are several to choose from.

        Raises:
            Refusal: 400.
        """
        minutes, offered = body.get("lengthInMinutes"), event_type.rules.durations
        if minutes is None:
            return None
        if len(offered) == 1:
            raise bad_request(
                "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, "
                "remove the 'lengthInMinutes' field from the request."
            )
        if minutes not in offered:
            options = ", ".join(str(item) for item in sorted(offered))
            raise bad_request(
                f"Provided 'lengthInMinutes' is not one of the possible lengths for the event type. The possible "
                f"lengths are: {options}"
            )
        return int(minutes)

    def attendee(self, event_type: EventType, body: Mapping[str, Any]) -> Attendee:
        """Who books.

        Raises:
            Refusal: 400 without details, as a deeper layer says it.
        """
        given = body["attendee"]
        if not given["name"].strip():
            raise coded(400, "BAD_REQUEST", "responses - {name}Invalid string, ")
        return Attendee(given["name"], self.email(event_type, given), given["timeZone"])

    def email(self, event_type: EventType, given: Mapping[str, Any]) -> str:
        """The attendee's address; made of the telephone's digits if there is none and none is needed."""
        address = given.get("email")
        if address:
            if not self.is_address(address):
                raise coded(400, "BAD_REQUEST", "responses - {email}email_validation_error, ")
            return address
        if self.needs_email(event_type):
            raise coded(400, "BAD_REQUEST", "responses - {email}error_required_field, ")
        return f"{''.join(filter(str.isdigit, given['phoneNumber']))}@sms.cal.com"

    def is_address(self, address: str) -> bool:
        """Whether an address looks like one."""
        return is_email(address)

    def needs_email(self, event_type: EventType) -> bool:
        """Whether the form asks for an address."""
        fields = all_fields(event_type.details.get("bookingFields", ()))
        return any(field["slug"] == "email" and field.get("required") for field in fields)

    def notes(self, body: Mapping[str, Any]) -> str | None:
        """What the attendee adds; it becomes the booking's description."""
        answers: Mapping[str, Any] = body.get("bookingFieldsResponses") or {}
        notes = answers.get("notes")
        return notes if isinstance(notes, str) else None

    def details(self, event_type: EventType, body: Mapping[str, Any]) -> dict[str, Any]:
        """What this API keeps of a booking beside what the domain knows."""
        attendee = body["attendee"]
        return {
            "metadata": body.get("metadata") or {},
            "guests": self.guests(event_type, body),
            "location": self.location(event_type, body),
            "language": attendee.get("language") or "en",
            "phone": attendee.get("phoneNumber"),
            "responses": self.answers(event_type, body),
            "title": self.title(event_type, body),
        }

    def title(self, event_type: EventType, body: Mapping[str, Any]) -> str:
        """The attendee's title, or one made of event type and names."""
        answers: Mapping[str, Any] = body.get("bookingFieldsResponses") or {}
        given = answers.get("title")
        if isinstance(given, str) and given.strip():
            return given
        return booking_title(event_type.title, event_type.host_name, body["attendee"]["name"])

    def guests(self, event_type: EventType, body: Mapping[str, Any]) -> list[str]:
        """Whom the attendee brings along; nobody if the event type has no guests.

        Raises:
            Refusal: 400 without details.
        """
        guests: list[str] = list(body.get("guests") or ())
        if not all(map(self.is_address, guests)):
            raise coded(400, "BAD_REQUEST", "responses - {guests}email_validation_error, ")
        return [] if event_type.details.get("disableGuests") else list(dict.fromkeys(guests))

    def location(self, event_type: EventType, body: Mapping[str, Any]) -> str | None:
        """Where the booking takes place.

        Raises:
            Refusal: 400, the event type does not offer it.
        """
        offered = event_type.details.get("locations") or DEFAULT_LOCATIONS
        return chosen_location(offered, body.get("location") or body.get("meetingUrl"))

    def answers(self, event_type: EventType, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answers to the form; null is told as an empty text.

        Raises:
            Refusal: 400 that names the field.
        """
        given: Mapping[str, Any] = body.get("bookingFieldsResponses") or {}
        answers = {name: "" if value is None else value for name, value in given.items()}
        self.fields.check(all_fields(event_type.details.get("bookingFields", ())), answers)
        return {name: value for name, value in answers.items() if name not in ("name", "email")}

    def count(self, event_type: EventType, body: Mapping[str, Any]) -> int | None:
        """How many bookings of a series are asked for, None for as many as there can be.

        Raises:
            Refusal: 400.
        """
        count = body.get("recurrenceCount")
        if count is None or event_type.recurrence is None:
            return None
        if count > event_type.recurrence.occurrences:
            raise self.too_many(event_type.recurrence.occurrences)
        return int(count)

    def too_many(self, most: int) -> Refusal:
        """The refusal of a series that is too long."""
        return bad_request(
            f"Provided recurrence count is higher than the event type's recurring event count. The event type can be "
            f"booked up to {most} times."
        )
