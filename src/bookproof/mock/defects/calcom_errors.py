"""Defects of the Cal.com dialect: validation, and what does not exist."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_body, members_of
from bookproof.mock.dialects.calcom_v2.bodies import Unread
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, bare, forbidden, not_found, unprocessable
from bookproof.mock.dialects.calcom_v2.routes import matched
from bookproof.mock.dialects.calcom_v2.validation import is_zone
from bookproof.mock.domain.booking_records import Attendee
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.http.exchange import Answer
from bookproof.mock.http.exchange import Call as HttpCall


def _attendee(body: dict[str, Any]) -> dict[str, Any]:
    """The attendee of a body; an empty one where it is none."""
    given = body.get("attendee")
    return cast("dict[str, Any]", given) if isinstance(given, dict) else {}


def _has_unknown_zone(body: dict[str, Any]) -> bool:
    zone = _attendee(body).get("timeZone")
    return isinstance(zone, str) and not is_zone(zone)


def _before_creating(mock: Mock, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the bodies of new bookings before they are read; `change` may refuse, too."""
    change_body(mock, "bookings", "create", change)


@defect(
    "calcom-malformed-json-422",
    breaks=("errors.validation.malformed-json",),
    story="Broken JSON is answered like a slot that cannot be had, and the cause is looked for in the wrong place.",
)
def malformed_json_422(mock: Mock) -> None:
    bodies = mock.calcom.bodies
    read = bodies.json

    def unprocessed(text: str) -> Any:
        try:
            return read(text)
        except Unread as failure:
            raise Unread(unprocessable(failure.refusal.message), failure.request_id) from None

    bodies.json = unprocessed


@defect(
    "calcom-attendee-not-required",
    breaks=("errors.validation.missing-field",),
    story="Slots are taken by nobody, and nobody can be told when they are cancelled.",
)
def attendee_not_required(mock: Mock) -> None:
    def anyone(body: dict[str, Any]) -> None:
        body.setdefault("attendee", {"name": "Somebody", "email": "somebody@example.com", "timeZone": "UTC"})

    _before_creating(mock, anyone)


@defect(
    "calcom-missing-attendee-unnamed",
    breaks=("errors.validation.named",),
    story="A developer is told that the request is bad, and guesses why.",
)
def missing_attendee_unnamed(mock: Mock) -> None:
    def say_nothing(body: dict[str, Any]) -> None:
        if "attendee" not in body:
            raise bad_request("Bad Request", {})

    _before_creating(mock, say_nothing)


@defect(
    "calcom-text-id-not-found",
    breaks=("errors.validation.wrong-type",),
    story="A form that sends its number as a text is told that the event type does not exist.",
)
def text_id_not_found(mock: Mock) -> None:
    def look_for_text(body: dict[str, Any]) -> None:
        if isinstance(body.get("eventTypeId"), str) and not body["eventTypeId"].isdigit():
            raise not_found("Event type not found.")

    _before_creating(mock, look_for_text)


@defect(
    "calcom-unknown-zone-as-utc",
    breaks=("errors.validation.unknown-zone",),
    story="A mistyped zone writes the wrong hour into the invitation.",
)
def unknown_zone_as_utc(mock: Mock) -> None:
    def as_utc(body: dict[str, Any]) -> None:
        if _has_unknown_zone(body):
            body["attendee"] = {**body["attendee"], "timeZone": "UTC"}

    _before_creating(mock, as_utc)


@defect(
    "calcom-invalid-booking-stored",
    breaks=("errors.refused.stores-nothing",),
    story="A form says that the zone is wrong, and the slot is gone all the same.",
)
def invalid_booking_stored(mock: Mock) -> None:
    bookings = mock.calcom.resources.bookings
    create = bookings.create

    def hasty(call: Call) -> Answer:
        try:
            return create(call)
        except Refusal:
            body = members_of(call)
            if _has_unknown_zone(body):
                create(replace(call, body={**body, "attendee": {**body["attendee"], "timeZone": "UTC"}}))
            raise

    bookings.create = hasty


@defect(
    "calcom-names-in-ascii",
    breaks=("errors.unicode.round-trip",),
    story="Zoë is greeted as Zo?.",
)
def names_in_ascii(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    attendee = requests.attendee

    def ascii_only(event_type: EventType, body: dict[str, Any]) -> Attendee:
        given = attendee(event_type, body)
        return replace(given, name=given.name.encode("ascii", "replace").decode())

    requests.attendee = ascii_only


@defect(
    "calcom-oversize-500",
    breaks=("errors.body.oversize", "exchange.no-server-error"),
    story="A long note brings the server down instead of a message.",
)
def oversize_500(mock: Mock) -> None:
    def crash(body: bytes) -> None:
        if len(body) > 64 * 1024:
            raise Unread(bare(500, "Internal server error"), "unknown-request-id")

    mock.calcom.bodies.check_size = crash


@defect(
    "calcom-unknown-booking-400",
    breaks=("errors.not-found.booking",),
    story="A client cannot tell a booking that is gone from a mistake of its own.",
)
def unknown_booking_400(mock: Mock) -> None:
    bookings = mock.calcom.resources.bookings
    show = bookings.show

    def complain(call: Call) -> Answer:
        try:
            return show(call)
        except Refusal as failure:
            raise (bad_request(failure.message) if failure.status == 404 else failure) from None

    bookings.show = complain


@defect(
    "calcom-unknown-event-type-400",
    breaks=("errors.not-found.event-type",),
    story="A client that holds an old id looks for the mistake in its request.",
)
def unknown_event_type_400(mock: Mock) -> None:
    bookings = mock.calcom.resources.bookings
    event_type = bookings.event_type

    def complain(body: dict[str, Any]) -> EventType:
        try:
            return event_type(body)
        except Refusal as failure:
            by_id = failure.status == 404 and bool(body.get("eventTypeId"))
            raise (bad_request(failure.message) if by_id else failure) from None

    bookings.event_type = complain


@defect(
    "calcom-unknown-webhook-403",
    breaks=("errors.not-found.webhook",),
    story="A client asks for permissions that it does not need.",
)
def unknown_webhook_403(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    show = webhooks.show

    def forbid(call: Call) -> Answer:
        try:
            return show(call)
        except Refusal as failure:
            raise (forbidden(failure.message) if failure.status == 404 else failure) from None

    webhooks.show = forbid


def _is_known(mock: Mock, path: str) -> bool:
    parts = mock.calcom.routes.normal(path).split("/")
    return any(matched(known.path.split("/"), parts) is not None for known in mock.calcom.routes.operations)


@defect(
    "calcom-unknown-path-400",
    breaks=("errors.route.unknown",),
    story="A client with a mistyped path looks for the mistake in its body.",
)
def unknown_path_400(mock: Mock) -> None:
    dispatcher = mock.calcom.dispatcher
    unknown_route = dispatcher.unknown_route

    def complain(http: HttpCall) -> Answer:
        if _is_known(mock, http.path):
            return unknown_route(http)
        return mock.calcom.envelopes.error(http.path, bad_request(f"Cannot {http.method} {http.path}"))

    dispatcher.unknown_route = complain


@defect(
    "calcom-any-method-reads",
    breaks=("errors.method.unknown",),
    story="A client that means to replace something is told that it did.",
)
def any_method_reads(mock: Mock) -> None:
    routes = mock.calcom.routes
    find = routes.find

    def lenient(method: str, path: str, version: str) -> Any:
        return find("GET" if method == "PUT" else method, path, version)

    routes.find = lenient
