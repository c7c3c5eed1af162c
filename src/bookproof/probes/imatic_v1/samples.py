"""Samples: one live thing of each kind, so that every operation can be called with arguments that are right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bookproof.contracts.openapi import Operation
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.target import EventTypeRules, Safety
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Never called; a subscription needs some address.
WEBHOOK_URL = "https://example.com/bookproof/sample"


@dataclass
class Samples:
    """Things that exist, and slots that are free.

    A target that lets a call through which it should have refused loses a sample; :func:`attempt` then makes a new one,
    so that one defect does not spoil the evidence of other probes.

    Attributes:
        rules: the main event type.
        booking: a live booking, or None where the run may not create one.
        booking_slot: the slot that it holds.
        link_code, webhook_id: a live link and webhook, or None.
        free: a slot that refused calls try to book or to move to; it stays free.
    """

    rules: EventTypeRules
    booking: Booking | None
    booking_slot: Slot | None
    link_code: str | None
    webhook_id: str | None
    free: Slot

    def arguments(self, session: Session, operation: Operation) -> dict[str, Any] | None:
        """Valid arguments for an operation, or None if a sample that it needs is missing."""
        code = {"eventTypeCode": self.rules.code}
        given: dict[str, dict[str, Any] | None] = {
            "getEventType": code,
            "duplicateEventType": code,
            "createEventLink": code,
            "listEventLinks": code,
            "listSlots": {**code, "start": self.free.start, "end": self.free.end},
            "createBooking": session.booking_arguments(self.rules, self.free.start),
            "createWebhook": webhook_arguments(),
        }
        if operation.id in given:
            return given[operation.id]
        booking = self.booking.code if self.booking else None
        needs = {
            "getBooking": ("bookingCode", booking),
            "cancelBooking": ("bookingCode", booking),
            "rescheduleBooking": ("bookingCode", booking),
            "revokeEventLink": ("linkCode", self.link_code),
            "getWebhook": ("webhookId", self.webhook_id),
            "updateWebhook": ("webhookId", self.webhook_id),
            "deleteWebhook": ("webhookId", self.webhook_id),
            "testWebhook": ("webhookId", self.webhook_id),
        }
        if operation.id not in needs:
            return {}
        name, value = needs[operation.id]
        if value is None:
            return None
        more: dict[str, Any] = {"rescheduleBooking": {"start": self.free.start}, "updateWebhook": {"active": False}}
        return {name: value, **more.get(operation.id, {})}


def webhook_arguments() -> dict[str, Any]:
    """The arguments of a valid subscription."""
    return {"url": WEBHOOK_URL, "events": ["booking.created"], "active": True}


@probe("samples.main", shared=True, cost=7, creates="a booking, an event link and a webhook, removed at the end")
def samples(session: Session) -> Samples:
    """Create one thing of each kind, as far as the ceiling and the target's capabilities allow."""
    found = session.need(openings.main)
    free = found.take()
    if session.ceiling < Safety.WRITE:
        return Samples(found.rules, None, None, None, None, free)
    slot = found.take()
    _, booking = session.booked(found.rules, slot.start, note="a booking to be left alone")
    read = session.api.call("getBooking", {"bookingCode": booking.code}, note="is it there?")
    if not read.ok:
        raise Blocked("a created booking should be read", read)
    link = _made(session, "createEventLink", {"eventTypeCode": found.rules.code}, "link", "code", "links")
    hook = _made(session, "createWebhook", webhook_arguments(), "webhook", "id", "webhooks")
    return Samples(found.rules, booking, slot, link, hook, free)


def _made(
    session: Session, operation: str, arguments: dict[str, Any], kind: str, name: str, capability: str
) -> str | None:
    if not session.target.has(capability):
        return None
    exchange = session.create(operation, arguments, note="a sample to be left alone")
    code = session.api.field(kind, name, session.api.single(kind, exchange))
    return str(code) if exchange.ok and code not in (MISSING, None) else None


def callable_operations(session: Session) -> Iterator[tuple[Operation, dict[str, Any]]]:
    """Every operation that this run may call, with valid arguments: reads first, removals last."""
    found = session.need(samples)
    rank = {"rescheduleBooking": 1, "cancelBooking": 2, "revokeEventLink": 2, "deleteWebhook": 2}
    operations = sorted(
        session.contract.operations.values(), key=lambda op: (op.safety, rank.get(op.id, 0), op.path, op.method)
    )
    for operation in operations:
        if operation.safety > session.ceiling or (
            operation.capability and not session.target.has(operation.capability)
        ):
            continue
        arguments = found.arguments(session, operation)
        if arguments is not None:
            yield operation, arguments


CREATING = frozenset({"createBooking", "createEventLink", "createWebhook", "duplicateEventType"})


def attempt(session: Session, operation: str, arguments: dict[str, Any], **call: Any) -> Exchange:
    """Send a call that should be refused; if it is not, what it did to the samples is mended."""
    send = session.create if operation in CREATING else session.api.call
    exchange = send(operation, arguments, **call)
    if exchange.ok:
        _mend(session, exchange)
    return exchange


def _mend(session: Session, exchange: Exchange) -> None:
    found = session.need(samples)
    if exchange.operation == "createBooking":
        made = session.api.booking(exchange)
        if made and made.code:
            session.cancel(made.code, note="should not have been booked")
    elif exchange.operation in ("cancelBooking", "rescheduleBooking"):
        replace_booking(session)
    elif exchange.operation == "revokeEventLink":
        found.link_code = _made(
            session, "createEventLink", {"eventTypeCode": found.rules.code}, "link", "code", "links"
        )
    elif exchange.operation == "deleteWebhook":
        found.webhook_id = _made(session, "createWebhook", webhook_arguments(), "webhook", "id", "webhooks")


def replace_booking(session: Session) -> None:
    """Make a new sample booking and a new free slot."""
    found = session.need(samples)
    pool = session.need(openings.main)
    if found.booking and found.booking.code:
        session.cancel(found.booking.code, note="no longer what it was")
    found.booking_slot, found.free = pool.take(), pool.take()
    _, found.booking = session.booked(found.rules, found.booking_slot.start, note="a booking to be left alone")


def live_booking(session: Session) -> tuple[Samples, Booking, Slot]:
    """The samples with their booking and the slot that it holds.

    Raises:
        Untestable: the run may not create one.
    """
    found = session.need(samples)
    if found.booking is None or found.booking_slot is None:
        raise Untestable("needs a booking, and the safety ceiling of this run allows none")
    return found, found.booking, found.booking_slot


def no_sample(kind: str) -> Untestable:
    """To be raised: a sample could not be created."""
    return Untestable(f"needs a {kind}, and none could be created")
