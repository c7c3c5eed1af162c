"""Defects of validation: what is let through, and what breaks on bad input."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.imatic_v1.paging import PageRequest
from bookproof.mock.domain.booking_records import Attendee
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.slots import Slot
from bookproof.mock.http import validation
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields
from bookproof.mock.store import Session


@defect(
    "validation-crash",
    breaks=("errors.validation.wrong-type", "exchange.no-server-error"),
    story="A wrong value in a form becomes an outage alarm at night.",
)
def validation_crash(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    attendee = bookings.attendee

    def crash(body: Fields, default_zone: str) -> Attendee:
        if body.has("attendee") and not isinstance(body.members["attendee"], dict):
            raise TypeError("attendee is not an object")
        return attendee(body, default_zone)

    bookings.attendee = crash


@defect(
    "bad-date-500",
    breaks=("errors.validation.bad-date", "exchange.no-server-error"),
    story="A mistyped date becomes an outage alarm at night.",
)
def bad_date_500(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    start = bookings.start

    def crash(body: Fields) -> int:
        try:
            return start(body)
        except ApiError:
            if isinstance(body.members.get("start"), str):
                raise RuntimeError("unparsable start") from None  # noqa: TRY004 - any exception crashes alike
            raise

    bookings.start = crash


@defect(
    "limit-zero-500",
    breaks=("pagination.odd-values", "exchange.no-server-error"),
    story="A page of nothing divides by zero.",
)
def limit_zero_500(mock: Mock) -> None:
    paging = mock.imatic.resources.tools.paging
    requested = paging.requested

    def crash(query: Mapping[str, str]) -> PageRequest:
        if query.get("limit") == "0":
            raise ZeroDivisionError("limit is 0")
        return requested(query)

    paging.requested = crash


@defect(
    "oversize-500",
    breaks=("errors.validation.odd-input", "exchange.no-server-error"),
    story="A long note brings the server down instead of a message.",
)
def oversize_500(mock: Mock) -> None:
    def crash(call: Call) -> None:
        if len(call.body) > 16 * 1024:
            raise RuntimeError("the body does not fit")

    mock.imatic.resources.tools.bodies.check_size = crash


@defect(
    "malformed-json-ignored",
    breaks=("errors.validation.malformed-json", "exchange.documented-status"),
    story="Broken JSON is answered like a wrong field, and the cause is looked for in the wrong place.",
)
def malformed_json_ignored(mock: Mock) -> None:
    bodies = mock.imatic.resources.tools.bodies
    parse = bodies.parse

    def lenient(call: Call) -> Any:
        try:
            return parse(call)
        except ApiError:
            raise ApiError(422, "validation_failed", "eventTypeCode is required.") from None

    bodies.parse = lenient


@defect(
    "attendee-not-required",
    breaks=("errors.validation.missing-field",),
    story="Slots are taken by nobody, and nobody can be told when they are cancelled.",
)
def attendee_not_required(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    attendee = bookings.attendee

    def anyone(body: Fields, default_zone: str) -> Attendee:
        return (
            attendee(body, default_zone)
            if body.has("attendee")
            else Attendee("Somebody", "somebody@example.com", default_zone)
        )

    bookings.attendee = anyone


@defect(
    "wrong-type-accepted",
    breaks=("errors.validation.wrong-type",),
    story="Attendees are called [object Object].",
)
def wrong_type_accepted(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    attendee = bookings.attendee

    def lenient(body: Fields, default_zone: str) -> Attendee:
        given = body.object("attendee").members
        name = given.get("name")
        if name is not None and not isinstance(name, str):
            body = Fields({"attendee": {**given, "name": str(name)}})
        return attendee(body, default_zone)

    bookings.attendee = lenient


@defect(
    "naive-bad-date",
    breaks=("errors.validation.bad-date",),
    story="A mistyped date shows other days' slots without a word.",
)
def naive_bad_date(mock: Mock) -> None:
    slots = mock.imatic.resources.slots
    boundary = slots.boundary

    def lenient(query: Mapping[str, str], name: str, zone_name: str, *, closing: bool) -> int:
        try:
            return boundary(query, name, zone_name, closing=closing)
        except ApiError:
            if name == "start" and name in query:
                return mock.domain.clock.now()
            raise

    slots.boundary = lenient


@defect(
    "past-start-accepted",
    breaks=("errors.validation.past-start",),
    story="A wrong year books a day that is over.",
)
def past_start_accepted(mock: Mock) -> None:
    availability = mock.domain.availability
    check = availability.check

    def careless(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        if slot.start <= mock.domain.clock.now():
            availability.check_free(event_type, slot, availability.busy(session, event_type, slot, ignore))
        else:
            check(session, event_type, slot, ignore)

    availability.check = careless


@defect(
    "unknown-zone-accepted",
    breaks=("errors.validation.unknown-zone",),
    story="A mistyped zone shows slots in UTC, and people come at the wrong hour.",
)
def unknown_zone_accepted(mock: Mock) -> None:
    slots, bookings = mock.imatic.resources.slots, mock.imatic.resources.bookings
    zone_name, attendee_zone = slots.zone_name, bookings.attendee_zone

    def any_zone(query: Mapping[str, str]) -> str | None:
        try:
            return zone_name(query)
        except ApiError:
            return "UTC"

    def any_attendee_zone(given: Fields, default_zone: str) -> str:
        try:
            return attendee_zone(given, default_zone)
        except ApiError:
            if isinstance(given.members.get("timeZone"), str):
                return "UTC"
            raise

    slots.zone_name = any_zone
    bookings.attendee_zone = any_attendee_zone


@defect(
    "reversed-range-any-slots",
    breaks=("errors.validation.reversed-range",),
    story="A client that mixes up start and end never notices.",
)
def reversed_range_any_slots(mock: Mock) -> None:
    slots = mock.imatic.resources.slots
    window = slots.window

    def swapped(query: Mapping[str, str], zone_name: str) -> Slot:
        start = slots.boundary(query, "start", zone_name, closing=False)
        end = slots.boundary(query, "end", zone_name, closing=True)
        return window(query, zone_name) if start <= end else Slot(end, start)

    slots.window = swapped


@defect(
    "names-mangled",
    breaks=("errors.unicode.round-trip",),
    story="Zoë is greeted as Zo?.",
)
def names_mangled(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    attendee = bookings.attendee

    def ascii_only(body: Fields, default_zone: str) -> Attendee:
        given = attendee(body, default_zone)
        return replace(given, name=given.name.encode("ascii", "replace").decode())

    bookings.attendee = ascii_only


@defect(
    "invalid-booking-stored",
    breaks=("errors.refused.stores-nothing",),
    story="A form says that the address is wrong, and the slot is gone all the same.",
)
def invalid_booking_stored(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    create = bookings.create

    def hasty(call: Call) -> Answer:
        try:
            return create(call)
        except ApiError:
            with suppress(ApiError, DomainError):
                _store_with_any_address(mock, call)
            raise

    bookings.create = hasty


def _store_with_any_address(mock: Mock, call: Call) -> None:
    """Book what the call asks for if nothing is wrong with it but the attendee's address."""
    bookings = mock.imatic.resources.bookings
    body = mock.imatic.resources.tools.bodies.read(call)
    given = body.object("attendee").members
    address = given.get("email")
    if isinstance(address, str):
        validation.checked_text(address, "email")
        repaired = Fields({**body.members, "attendee": {**given, "email": "stand-in@example.com"}})
        wanted = bookings.new_booking(call, repaired)
        attendee = replace(wanted.attendee, email=address)
        mock.domain.bookings.create(call.account_id, replace(wanted, attendee=attendee))
