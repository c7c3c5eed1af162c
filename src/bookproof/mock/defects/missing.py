"""Defects around what does not exist: objects, paths, methods, media types."""

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import owner
from bookproof.mock.domain.booking_records import CANCELLED, Attendee, Booking
from bookproof.mock.domain.links import Link
from bookproof.mock.http.exchange import Answer, Call


@defect(
    "cancel-unknown-ok",
    breaks=("errors.not-found.booking",),
    story="A mistyped code is cancelled successfully, and the real booking stands.",
)
def cancel_unknown_ok(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    cancel = bookings.cancel

    def polite(call: Call) -> Answer:
        code, now = call.params["bookingCode"], mock.domain.clock.now()
        if owner(mock, "bookings", "code", code) is not None:
            return cancel(call)
        nobody = Attendee("Unknown", "unknown@example.com", "UTC")
        made_up = Booking(code, call.account_id, "", "intro", CANCELLED, now, now + 1_800, nobody, now, now)
        return mock.imatic.envelopes.success(call, mock.imatic.presenter.booking(made_up))

    bookings.cancel = polite


@defect(
    "unknown-event-type-empty-slots",
    breaks=("errors.not-found.event-type",),
    story="A mistyped event type looks fully booked for ever.",
)
def unknown_event_type_empty_slots(mock: Mock) -> None:
    slots = mock.imatic.resources.slots
    index = slots.index

    def polite(call: Call) -> Answer:
        if owner(mock, "event_types", "code", call.params["eventTypeCode"]) is None:
            return mock.imatic.envelopes.success(call, [])
        return index(call)

    slots.index = polite


@defect(
    "revoke-unknown-link-ok",
    breaks=("errors.not-found.link",),
    story="A mistyped link is revoked successfully, and the real one still books.",
)
def revoke_unknown_link_ok(mock: Mock) -> None:
    links = mock.imatic.resources.links
    revoke = links.revoke

    def polite(call: Call) -> Answer:
        code = call.params["linkCode"]
        if owner(mock, "links", "code", code) is not None:
            return revoke(call)
        made_up = Link(code, call.account_id, "intro", False, True, mock.domain.clock.now())
        return mock.imatic.envelopes.success(call, mock.imatic.presenter.link(made_up))

    links.revoke = polite


@defect(
    "delete-unknown-webhook-ok",
    breaks=("errors.not-found.webhook",),
    story="A mistyped subscription is deleted successfully, and the real one keeps sending.",
)
def delete_unknown_webhook_ok(mock: Mock) -> None:
    webhooks = mock.imatic.resources.webhooks
    delete = webhooks.delete

    def polite(call: Call) -> Answer:
        webhook_id = call.params["webhookId"]
        if owner(mock, "webhooks", "id", webhook_id) is not None:
            return delete(call)
        return mock.imatic.envelopes.success(call, {"id": webhook_id, "url": "", "events": [], "active": False})

    webhooks.delete = polite


@defect(
    "unknown-route-200",
    breaks=("errors.route.unknown",),
    story="A mistyped path seems to work and does nothing.",
)
def unknown_route_200(mock: Mock) -> None:
    dispatcher = mock.imatic.dispatcher
    unknown_route = dispatcher.unknown_route

    def polite(call: Call) -> Answer:
        return Answer(200, {"success": True, "data": None}) if call.path.startswith("/v1/") else unknown_route(call)

    dispatcher.unknown_route = polite


@defect(
    "any-method-accepted",
    breaks=("errors.method.not-allowed",),
    story="A DELETE that the API does not have seems to work and does nothing.",
)
def any_method_accepted(mock: Mock) -> None:
    dispatcher = mock.imatic.dispatcher
    wrong_method = dispatcher.wrong_method

    def polite(call: Call, allowed: list[str]) -> Answer:
        # Event types stay read-only: that they are is a promise of its own.
        if call.path.startswith("/v1/event-types"):
            return wrong_method(call, allowed)
        return Answer(200, {"success": True, "data": None})

    dispatcher.wrong_method = polite


@defect(
    "form-body-500",
    breaks=("errors.media-type.unsupported", "exchange.no-server-error"),
    story="A form posted by an old client becomes an outage alarm at night.",
)
def form_body_500(mock: Mock) -> None:
    bodies = mock.imatic.resources.tools.bodies
    check_media_type = bodies.check_media_type

    def crash(call: Call) -> None:
        try:
            check_media_type(call)
        except Exception as failure:
            raise RuntimeError("no reader for this media type") from failure

    bodies.check_media_type = crash
