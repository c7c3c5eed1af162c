"""Defects of the Cal.com dialect: what bookings are asked for, and what event types allow."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import check_slots
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.domain.booking_records import Attendee
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Vacancies


def _other_rules(mock: Mock, **changes: Any) -> None:
    def change(vacancies: Vacancies, event_type: EventType, slot: Slot) -> EventType:
        return replace(event_type, rules=replace(event_type.rules, **changes))

    check_slots(mock, change)


@defect(
    "calcom-notice-ignored-on-create",
    breaks=("bookings.rules.minimum-notice",),
    story="A client books for in ten minutes, and nobody has prepared.",
)
def notice_ignored_on_create(mock: Mock) -> None:
    _other_rules(mock, minimum_notice=0)


@defect(
    "calcom-window-ignored-on-create",
    breaks=("bookings.rules.window",),
    story="Somebody books a day for which no roster exists yet.",
)
def window_ignored_on_create(mock: Mock) -> None:
    _other_rules(mock, window=None)


@defect(
    "calcom-required-field-not-asked",
    breaks=("bookings.rules.required-field",),
    story="A therapist meets a client who never had to say what it is about.",
)
def required_field_not_asked(mock: Mock) -> None:
    def never(field: Mapping[str, Any]) -> bool:
        return False

    mock.calcom.resources.bookings.requests.fields.is_required = never


@defect(
    "calcom-required-field-unnamed",
    breaks=("bookings.rules.required-field-named",),
    story="A form says that something is missing, and nobody finds out what.",
)
def required_field_unnamed(mock: Mock) -> None:
    def unnamed(field: Mapping[str, Any]) -> Refusal:
        return bad_request("responses - {title}error_required_field, ")

    mock.calcom.resources.bookings.requests.fields.missing = unnamed


@defect(
    "calcom-answers-dropped",
    breaks=("bookings.rules.answers-kept",),
    story="Clients answer every question, and the host never sees what they said.",
)
def answers_dropped(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    answers = requests.answers

    def forgotten(event_type: EventType, body: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in answers(event_type, body).items() if name in ("notes", "title")}

    requests.answers = forgotten


@defect(
    "calcom-location-of-event-type-ignored",
    breaks=("bookings.rules.event-type-location",),
    story="The client waits in a video call, and the host in the office.",
)
def location_of_event_type_ignored(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    location = requests.location

    def video(event_type: EventType, body: Mapping[str, Any]) -> str | None:
        location(event_type, body)
        return "integrations:daily"

    requests.location = video


@defect(
    "calcom-any-location-accepted",
    breaks=("bookings.rules.location",),
    story="A client asks to be called by telephone, and nobody ever calls.",
)
def any_location_accepted(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    location = requests.location

    def anywhere(event_type: EventType, body: Mapping[str, Any]) -> str | None:
        try:
            return location(event_type, body)
        except Refusal:
            return location(event_type, {name: value for name, value in body.items() if name != "location"})

    requests.location = anywhere


@defect(
    "calcom-any-email-accepted",
    breaks=("bookings.rules.email",),
    story="A client mistypes the address, and never gets a confirmation.",
)
def any_email_accepted(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    email = requests.email

    def unchecked(event_type: EventType, given: Mapping[str, Any]) -> str:
        return given["email"] if given.get("email") else email(event_type, given)

    requests.email = unchecked


@defect(
    "calcom-any-guest-accepted",
    breaks=("bookings.rules.guest-email",),
    story="An address of a guest is mistyped, and the guest is never invited.",
)
def any_guest_accepted(mock: Mock) -> None:
    def unchecked(event_type: EventType, body: Mapping[str, Any]) -> list[str]:
        return list(dict.fromkeys(body.get("guests") or ()))

    mock.calcom.resources.bookings.requests.guests = unchecked


@defect(
    "calcom-contact-not-asked",
    breaks=("bookings.rules.contact",),
    story="A host cannot reach a client who left neither address nor telephone.",
)
def contact_not_asked(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    read = requests.read

    def lenient(call: Call) -> dict[str, Any]:
        body = cast("dict[str, Any]", call.body)
        attendee: Any = body.get("attendee") if isinstance(call.body, dict) else None
        if isinstance(attendee, dict) and set(cast("dict[str, Any]", attendee)) == {"name", "timeZone"}:
            call.body = {**body, "attendee": {**attendee, "email": "nobody@example.com"}}
        return read(call)

    requests.read = lenient


@defect(
    "calcom-blank-name-accepted",
    breaks=("bookings.rules.blank-name",),
    story="A host waits for somebody, and does not know for whom.",
)
def blank_name_accepted(mock: Mock) -> None:
    def anybody(event_type: EventType, body: Mapping[str, Any]) -> Attendee:
        given = body["attendee"]
        return Attendee(given["name"], requests.email(event_type, given), given["timeZone"])

    requests = mock.calcom.resources.bookings.requests
    requests.attendee = anybody


@defect(
    "calcom-long-metadata-accepted",
    breaks=("bookings.rules.metadata",),
    story="An integration that keeps whole documents in a booking is not told that they do not fit.",
)
def long_metadata_accepted(mock: Mock) -> None:
    def any_entry(name: str, value: Any) -> bool:
        return True

    mock.calcom.resources.bookings.requests.is_entry = any_entry


@defect(
    "calcom-unknown-field-ignored",
    breaks=("bookings.rules.unknown-field",),
    story="A client misspells a field, and the server books as if it had said nothing.",
)
def unknown_field_ignored(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    requests.shape.strict = requests.newer_shape.strict = False
