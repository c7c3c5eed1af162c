"""Defects of the Cal.com dialect: what deliveries say, and their signatures."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import json
from collections.abc import Callable, Mapping
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.letters import SIGNATURE_HEADER, VERSION_HEADER
from bookproof.mock.dialects.calcom_v2.templates import FORM, JSON
from bookproof.mock.domain import events
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.webhooks import Webhook


def _change_payload(mock: Mock, change: Callable[[Delivery, dict[str, Any]], Any]) -> None:
    """Change payloads in place."""
    letters = mock.calcom.letters
    healthy = letters.payload

    def changed(delivery: Delivery) -> Any:
        payload = healthy(delivery)
        change(delivery, payload)
        return payload

    letters.payload = changed


def _change_headers(mock: Mock, change: Callable[[Delivery, Webhook, dict[str, str]], Any]) -> None:
    """Change the headers of deliveries in place."""
    letters = mock.calcom.letters
    healthy = letters.headers

    def changed(delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        headers = healthy(delivery, webhook, body)
        change(delivery, webhook, headers)
        return headers

    letters.headers = changed


# The body


@defect(
    "calcom-delivery-called-form",
    breaks=("deliveries.body.json",),
    story="Frameworks that go by the content type hand receivers an empty form.",
)
def delivery_called_form(mock: Mock) -> None:
    letters = mock.calcom.letters
    healthy = letters.media_type

    def form(webhook: Webhook) -> str:
        return FORM if webhook.template is None else healthy(webhook)

    letters.media_type = form


@defect(
    "calcom-delivery-without-time",
    breaks=("deliveries.body.members",),
    story="Receivers cannot put events in order.",
)
def delivery_without_time(mock: Mock) -> None:
    letters = mock.calcom.letters
    healthy = letters.document

    def timeless(delivery: Delivery) -> dict[str, Any]:
        return {name: value for name, value in healthy(delivery).items() if name != "createdAt"}

    letters.document = timeless


@defect(
    "calcom-cancelled-without-uid",
    breaks=("deliveries.data.booking",),
    story="The receiver knows that something was cancelled, and not what.",
)
def cancelled_without_uid(mock: Mock) -> None:
    def drop(delivery: Delivery, payload: dict[str, Any]) -> None:
        if delivery.event == events.BOOKING_CANCELLED:
            for name in ("uid", "iCalUID"):
                del payload[name]

    _change_payload(mock, drop)


@defect(
    "calcom-move-told-with-old-time",
    breaks=("deliveries.data.agrees",),
    story="The receiver moves the appointment to where it was.",
)
def move_told_with_old_time(mock: Mock) -> None:
    def old(delivery: Delivery, payload: dict[str, Any]) -> None:
        if delivery.event == events.BOOKING_RESCHEDULED:
            payload["startTime"], payload["endTime"] = payload["rescheduleStartTime"], payload["rescheduleEndTime"]

    _change_payload(mock, old)


@defect(
    "calcom-delivery-status-in-lower-case",
    breaks=("deliveries.data.status",),
    story="Receivers that compare with ACCEPTED never accept anything.",
)
def delivery_status_in_lower_case(mock: Mock) -> None:
    payloads = mock.calcom.letters.payloads
    healthy = payloads.status

    def lower(booking: Booking, trigger: str) -> str:
        return healthy(booking, trigger).lower()

    payloads.status = lower


@defect(
    "calcom-move-told-by-old-uid",
    breaks=("deliveries.reschedule.both",),
    story="A receiver that cancels what it was told of cancels nothing.",
)
def move_told_by_old_uid(mock: Mock) -> None:
    def swap(delivery: Delivery, payload: dict[str, Any]) -> None:
        if delivery.event == events.BOOKING_RESCHEDULED:
            payload["uid"], payload["rescheduleUid"] = payload["rescheduleUid"], payload["uid"]

    _change_payload(mock, swap)


@defect(
    "calcom-json-template-raw",
    breaks=("deliveries.template.json",),
    story="A chat channel fills with curly brackets.",
)
def json_template_raw(mock: Mock) -> None:
    _raw_template(mock, JSON)


@defect(
    "calcom-text-template-raw",
    breaks=("deliveries.template.text",),
    story="A text message reads {{triggerEvent}}.",
)
def text_template_raw(mock: Mock) -> None:
    _raw_template(mock, FORM)


def _raw_template(mock: Mock, media_type: str) -> None:
    templates = mock.calcom.letters.templates
    filled = templates.filled

    def raw(template: str, values: Mapping[str, Any]) -> str:
        return template if templates.media_type(template) == media_type else filled(template, values)

    templates.filled = raw


# Headers


@defect(
    "calcom-secret-in-header",
    breaks=("deliveries.no-secret",),
    story="Every proxy on the way can sign deliveries.",
)
def secret_in_header(mock: Mock) -> None:
    _change_headers(mock, lambda delivery, webhook, headers: headers.update({"X-Cal-Key": webhook.secret or "-"}))


@defect(
    "calcom-delivery-without-version",
    breaks=("deliveries.version.header",),
    story="Receivers cannot tell which form of the payload they hold.",
)
def delivery_without_version(mock: Mock) -> None:
    _change_headers(mock, lambda delivery, webhook, headers: headers.pop(VERSION_HEADER))


@defect(
    "calcom-moves-unsigned",
    breaks=("deliveries.signature.header",),
    story="Receivers that check signatures throw every move away.",
)
def moves_unsigned(mock: Mock) -> None:
    def unsigned(delivery: Delivery, webhook: Webhook, headers: dict[str, str]) -> None:
        if delivery.event == events.BOOKING_RESCHEDULED:
            del headers[SIGNATURE_HEADER]

    _change_headers(mock, unsigned)


@defect(
    "calcom-no-word-without-secret",
    breaks=("deliveries.signature.none",),
    story="Receivers that read the header crash on its absence.",
)
def no_word_without_secret(mock: Mock) -> None:
    def silent(delivery: Delivery, webhook: Webhook, headers: dict[str, str]) -> None:
        if not webhook.secret:
            del headers[SIGNATURE_HEADER]

    _change_headers(mock, silent)


@defect(
    "calcom-signature-prefixed",
    breaks=("deliveries.signature.hex",),
    story="Receivers compare sha256=… with the digest, and refuse everything.",
)
def signature_prefixed(mock: Mock) -> None:
    _change_digest(mock, lambda digest: f"sha256={digest}")


def _change_digest(mock: Mock, change: Callable[[str], str]) -> None:
    letters = mock.calcom.letters
    healthy = letters.digest

    def changed(key: bytes, text: bytes) -> str:
        return change(healthy(key, text))

    letters.digest = changed


@defect(
    "calcom-signature-over-ascii",
    breaks=("deliveries.signature.body",),
    story="Deliveries about Zoë are refused as forged, those about Joe are not.",
)
def signature_over_ascii(mock: Mock) -> None:
    def escaped(body: bytes) -> bytes:
        try:
            return json.dumps(json.loads(body), separators=(",", ":")).encode()
        except ValueError:
            return body

    mock.calcom.letters.signed_text = escaped


@defect(
    "calcom-absent-shown-present",
    breaks=("decisions.absent.marked",),
    story="The client who did not come is charged for nothing, for nobody sees it.",
)
def absent_shown_present(mock: Mock) -> None:
    def present(email: str, booking: Booking) -> bool:
        return False

    for name in ("bookings", "booking_changes", "booking_lists"):
        getattr(mock.calcom.resources, name).presenter.is_absent = present
