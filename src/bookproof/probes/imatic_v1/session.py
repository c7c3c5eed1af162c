"""The session on an imatic Calendar v1 target: what probes do there, in its words, always by the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookproof.ledger import OWNER, Thing
from bookproof.probes.base import Blocked
from bookproof.probes.session import FOREIGN, BaseSession
from bookproof.targets.binding import MISSING
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.door import DoorFailed
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking
from bookproof.verdict import Untestable
from bookproof.wire.client import CLEAN_UP
from bookproof.wire.exchange import Exchange, describe


class Session(BaseSession):
    """One imatic target during one run; takes what :class:`BaseSession` takes."""

    api: ImaticV1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.api = ImaticV1(self.target, self.client, self.contract)
        self._unnamed: list[str] = []

    def greet(self) -> None:
        """Ask who the key is, else for the event types; see :meth:`BaseSession.greet`."""
        self.sent_greeting("getMe", "listEventTypes")

    # What the target file gives

    def event_type(self, role: str) -> EventTypeRules:
        """The event type of a role.

        Raises:
            Untestable: the target file names none.
        """
        rules = self.target.event_types.get(role)
        if rules is None:
            raise Untestable(f"no event type of role {role}: add [data.event_types.{role}] to the target file")
        return rules

    def zone(self, rules: EventTypeRules) -> ZoneInfo:
        """The zone of an event type's hours."""
        return ZoneInfo(rules.time_zone)

    # Creating and removing, always by the ledger

    def attendee(self, **changes: Any) -> dict[str, Any]:
        """The arguments that name the attendee; every booking of the suite carries them."""
        return {
            "attendeeName": "Bookproof Probe",
            "attendeeEmail": self.target.attendee_email,
            "attendeeTimeZone": self.target.time_zone,
            **changes,
        }

    def booking_arguments(self, rules: EventTypeRules, start: datetime, **changes: Any) -> dict[str, Any]:
        """The arguments of a valid booking."""
        answers = {"answers": dict(rules.required_answers)} if rules.required_answers else {}
        return {"eventTypeCode": rules.code, "start": start, **self.attendee(), **answers, **changes}

    def book(self, rules: EventTypeRules, start: datetime, **call: Any) -> Exchange:
        """Try to book; see :meth:`create` for the rest."""
        changes = call.pop("changes", {})
        return self.create("createBooking", self.booking_arguments(rules, start, **changes), **call)

    def booked(self, rules: EventTypeRules, start: datetime, **call: Any) -> tuple[Exchange, Booking]:
        """Book, and go on only if that worked.

        Raises:
            Blocked: the booking was refused or its answer cannot be read.
        """
        exchange = self.book(rules, start, **call)
        booking = self.api.booking(exchange)
        if exchange.ok and (booking is None or booking.code is None):
            raise Blocked("a booking should be answered with its code where [bindings.objects.booking] says", exchange)
        if booking is None:
            raise Blocked("a free slot should be booked", exchange)
        self.api.binding.learn_live_status(booking.status)
        return exchange, self.api.booking(exchange) or booking

    def create(self, operation: str, arguments: Mapping[str, Any], **call: Any) -> Exchange:
        """Send a call that may create something, writing it to the ledger before and after.

        Takes what :meth:`ImaticV1.call` takes. A creation that should have been refused is noted all the same.
        """
        kind, noun = _CREATES[operation]
        self.ledger.about_to_create(kind, self.target.attendee_email)
        exchange = self.api.call(operation, arguments, **call)
        code = self.api.field(noun, "id" if kind == "webhook" else "code", self.api.single(noun, exchange))
        named = code is not MISSING and code is not None
        original = operation == "duplicateEventType" and str(code) == str(arguments["eventTypeCode"])
        if not exchange.ok or original:
            # An answer that names what was to be duplicated has made nothing that may be cleaned up.
            self.ledger.refused(kind)
        elif named:
            # Another account's key makes things that only that account may be able to remove.
            self.ledger.created(kind, str(code), FOREIGN if call.get("role") == FOREIGN else OWNER)
        else:
            self._unnamed.append(
                f"{kind} of exchange {exchange.number}: its answer shows no code where [bindings.objects.{noun}] says"
            )
        return exchange

    def cancel(self, code: str, **call: Any) -> Exchange:
        """Cancel a booking."""
        exchange = self.api.call("cancelBooking", {"bookingCode": code}, **call)
        if exchange.ok:
            self.ledger.gone("booking", code)
        return exchange

    def move(self, code: str, start: datetime, **call: Any) -> tuple[Exchange, Booking | None]:
        """Reschedule a booking: the exchange and the moved booking, which may have a new code."""
        exchange = self.api.call("rescheduleBooking", {"bookingCode": code, "start": start}, **call)
        moved = self.api.booking(exchange)
        if moved and moved.code and moved.code != code:
            self.ledger.created("booking", moved.code)
        return exchange, moved

    def clean_up(self) -> None:
        """Cancel, revoke and delete what the run has created; what stays is listed in ``left_behind``."""
        self.client.probe = CLEAN_UP
        self.left_behind = [*clean_up(self, self.ledger.left()), *self._unnamed]

    def find_lost(self) -> int:
        """Enter into the ledger every live booking of the suite's attendee that it does not have; how many."""
        known = set(self.ledger.left())
        found = 0
        for exchange in self.api.all_pages("listBookings", note="looking for lost bookings"):
            for booking in self.api.bookings(exchange):
                ours = booking.attendee_email == self.target.attendee_email
                if ours and booking.live and booking.code and Thing("booking", booking.code) not in known:
                    self.ledger.created("booking", booking.code)
                    found += 1
        return found

    def webhook_secret(self, exchange: Exchange) -> str:
        """The secret that an answer shows a new subscription with, or ""."""
        if exchange.operation != "createWebhook" or not exchange.ok:
            return ""
        secret = self.api.field("webhook", "secret", self.api.single("webhook", exchange))
        return secret if isinstance(secret, str) else ""


_CREATES = {
    "createBooking": ("booking", "booking"),
    "createEventLink": ("link", "link"),
    "createWebhook": ("webhook", "webhook"),
    "duplicateEventType": ("event-type", "eventType"),
}


def clean_up(session: Session, things: Iterable[Any]) -> list[str]:
    """Remove things from a target; returns a line for each that is still there."""
    calls = {
        "booking": ("cancelBooking", "bookingCode"),
        "link": ("revokeEventLink", "linkCode"),
        "webhook": ("deleteWebhook", "webhookId"),
    }
    left: list[str] = []
    for thing in things:
        if thing.kind == "event-type":
            if session.door is None or not session.door.offers("delete-event-type"):
                left.append(f"event type {thing.code}: the API cannot delete it; delete it in the dashboard")
                continue
            try:
                session.door.delete_event_type(thing.code)
            except DoorFailed as why:
                left.append(f"event type {thing.code}: {why}")
                continue
        else:
            operation, argument = calls[thing.kind]
            exchange = _remove(session, operation, {argument: thing.code}, thing.role)
            # 404 and 409: it is gone or cancelled already.
            if not exchange.ok and exchange.status not in (404, 409, 410):
                left.append(f"{thing.kind} {thing.code}: {describe(exchange)}")
                continue
        session.ledger.gone(thing.kind, thing.code)
    return left


def _remove(session: Session, operation: str, arguments: dict[str, Any], role: str) -> Exchange:
    if role != OWNER and session.has_role(role):
        exchange = session.api.call(operation, arguments, role=role, note="clean up")
        if exchange.ok:
            return exchange
    return session.api.call(operation, arguments, note="clean up")
