"""Defects of what a webhook delivery says, the signature apart."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.booking_records import CONFIRMED, Booking
from bookproof.mock.domain.events import BOOKING_CANCELLED, BOOKING_NO_SHOW, BOOKING_RESCHEDULED, DomainEvent
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.store import Session


@defect(
    "delivery-by-get",
    breaks=("deliveries.body.shape",),
    story="Receivers that wait for a POST never see an event.",
)
def delivery_by_get(mock: Mock) -> None:
    def get() -> str:
        return "GET"

    mock.imatic.letters.method = get


@defect(
    "delivery-form-encoded",
    breaks=("deliveries.body.shape",),
    story="Receivers parse the body as JSON, and fail.",
)
def delivery_form_encoded(mock: Mock) -> None:
    def form(document: Mapping[str, Any]) -> bytes:
        return urlencode({"event": document["event"], "data": json.dumps(document["data"])}).encode()

    def media_type() -> str:
        return "application/x-www-form-urlencoded"

    mock.imatic.letters.encode = form
    mock.imatic.letters.media_type = media_type


@defect(
    "delivery-without-data",
    breaks=("deliveries.body.shape",),
    story="Receivers look into data for the booking, and find nothing.",
)
def delivery_without_data(mock: Mock) -> None:
    letters = mock.imatic.letters

    def flat(delivery: Delivery) -> dict[str, Any]:
        return {"event": letters.event(delivery), **letters.data(delivery)}

    letters.document = flat


@defect(
    "delivery-data-as-text",
    breaks=("deliveries.body.shape",),
    story="Receivers get a text where the booking should be.",
)
def delivery_data_as_text(mock: Mock) -> None:
    letters = mock.imatic.letters
    data = letters.data

    def text(delivery: Delivery) -> str:
        return json.dumps(data(delivery), ensure_ascii=False)

    letters.data = text


@defect(
    "no-show-event-misnamed",
    breaks=("deliveries.events.named", "deliveries.events.no-show"),
    story="Receivers that wait for booking.no_show never hear that somebody did not come.",
)
def no_show_event_misnamed(mock: Mock) -> None:
    letters = mock.imatic.letters
    event = letters.event

    def misnamed(delivery: Delivery) -> str:
        return "booking.noshow" if delivery.event == BOOKING_NO_SHOW else event(delivery)

    letters.event = misnamed


@defect(
    "delivery-of-another-booking",
    breaks=("deliveries.data.booking", "deliveries.race.once"),
    story="The receiver's calendar cancels the wrong client.",
)
def delivery_of_another_booking(mock: Mock) -> None:
    letters = mock.imatic.letters
    data = letters.data

    def other(delivery: Delivery) -> Any:
        booking = delivery.booking
        with mock.domain.store.read() as session:
            row = session.one(
                "SELECT code FROM bookings WHERE account_id = ? AND code <> ? ORDER BY created, code LIMIT 1",
                (booking.account_id, booking.code),
            )
            oldest = None if row is None else mock.domain.records.load(session, row["code"])
        return data(delivery if oldest is None else replace(delivery, booking=oldest))

    letters.data = other


@defect(
    "rescheduled-with-old-time",
    breaks=("deliveries.data.agrees",),
    story="The receiver moves the appointment to where it was.",
)
def rescheduled_with_old_time(mock: Mock) -> None:
    bookings, events = mock.domain.bookings, mock.domain.events
    move, publish = bookings.move, events.publish
    before: dict[str, Booking] = {}

    def note(session: Session, booking: Booking, slot: Slot) -> Booking:
        moved = move(session, booking, slot)
        before[moved.code] = booking
        return moved

    def outdated(session: Session, event: DomainEvent) -> None:
        if event.name == BOOKING_RESCHEDULED:
            old = before[event.booking.code]
            event = replace(event, booking=replace(event.booking, start=old.start, end=old.end))
        publish(session, event)

    bookings.move = note
    events.publish = outdated


@defect(
    "cancelled-delivered-as-confirmed",
    breaks=("deliveries.data.agrees",),
    story="A receiver that keeps what the data say keeps a cancelled appointment.",
)
def cancelled_delivered_as_confirmed(mock: Mock) -> None:
    events = mock.domain.events
    publish = events.publish

    def outdated(session: Session, event: DomainEvent) -> None:
        if event.name == BOOKING_CANCELLED:
            event = replace(event, booking=replace(event.booking, status=CONFIRMED))
        publish(session, event)

    events.publish = outdated


@defect(
    "secret-in-delivery",
    breaks=("deliveries.no-secret",),
    story="Whoever reads a receiver's log can forge deliveries from then on.",
)
def secret_in_delivery(mock: Mock) -> None:
    letters = mock.imatic.letters
    headers = letters.headers

    def talkative(delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        return headers(delivery, webhook, body) | {"X-Webhook-Secret": webhook.secret}

    letters.headers = talkative
