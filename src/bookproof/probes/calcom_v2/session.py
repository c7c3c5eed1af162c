"""The session on a Cal.com v2 target: what probes create there, always by the ledger, and its removal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bookproof.ledger import Thing
from bookproof.probes.base import Blocked
from bookproof.probes.session import FOREIGN, BaseSession
from bookproof.targets.dialects.calcom_v2 import CalcomV2
from bookproof.targets.views import instant, utc
from bookproof.wire.client import CLEAN_UP
from bookproof.wire.exchange import Exchange, describe

#: A host must say why it cancels.
REASON = "Bookproof cleans up"
#: Letters outside ASCII, right-to-left writing, an emoji of several code points and a combining accent.
ODD_NAME = "Zoë Ångström 李雷 مرحبا 👩‍🔬 e\u0301"
#: What an operation makes, and the member of its answer that names it.
_MAKES = {
    "createBooking": ("booking", "uid"),
    "rescheduleBooking": ("booking", "uid"),
    "createEventType": ("event-type", "id"),
    "createSchedule": ("schedule", "id"),
    "createWebhook": ("webhook", "id"),
    "reserveSlot": ("reservation", "reservationUid"),
    "createTeam": ("team", "id"),
    "createOrganizationUser": ("organization-user", "id"),
}
#: Kind of a thing to the operation that removes it and to the path parameter that names it there.
_REMOVED_BY = {
    "booking": ("cancelBooking", "bookingUid"),
    "event-type": ("deleteEventType", "eventTypeId"),
    "schedule": ("deleteSchedule", "scheduleId"),
    "webhook": ("deleteWebhook", "webhookId"),
    "reservation": ("releaseReservation", "reservationUid"),
    "team": ("deleteTeam", "teamId"),
    "organization-user": ("deleteOrganizationUser", "userId"),
}
#: Kind of a thing that ends by itself to the member that says when.
_ENDS = {"booking": "end", "reservation": "reservationUntil"}
#: Bookings go before the event types that they are of, and these before their schedules.
_ORDER = tuple(_REMOVED_BY)


class Session(BaseSession):
    """One Cal.com target during one run; takes what :class:`BaseSession` takes.

    Attributes:
        given: times of the host that probes were given to book.
    """

    api: CalcomV2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.api = CalcomV2(self.target, self.client, self.contract)
        self._unnamed: list[str] = []
        self._marker = ""
        self.given: list[tuple[datetime, datetime]] = []

    def greet(self) -> None:
        """Ask who the key is, else for the event types; see :meth:`BaseSession.greet`."""
        self.sent_greeting("getMe", "listEventTypes")

    # Creating and removing, always by the ledger

    def unique(self, name: str) -> str:
        """A slug or name that no other run uses: ``bookproof-<moment>-<name>``."""
        return f"bookproof-{self.tape.reading('marker', self._own_marker)}-{name}"

    def _own_marker(self) -> str:
        self._marker = self._marker or f"{int(self.now().timestamp() * 1000):x}"
        return self._marker

    def create(self, operation: str, parameters: Mapping[str, Any] | None = None, **call: Any) -> Exchange:
        """Send a call that may create something, writing it to the ledger before and after.

        Takes what :meth:`CalcomV2.call` takes. A creation that should have been refused is noted all the same.
        """
        kind, member = _MAKES[operation]
        self.ledger.about_to_create(kind, self.target.attendee_email)
        exchange = self.api.call(operation, parameters, **call)
        made = self.api.many(exchange)
        if not exchange.ok:
            self.ledger.refused(kind)
        elif made and all(thing.get(member) is not None for thing in made):
            role = FOREIGN if call.get("role") == FOREIGN else "full"
            for number, thing in enumerate(made):
                if number:
                    self.ledger.about_to_create(kind, self.target.attendee_email)
                self.ledger.created(kind, self._code(kind, thing[member], parameters), role)
        else:
            self._unnamed.append(f"{kind} of exchange {exchange.number}: its answer shows no {member}")
        return exchange

    @staticmethod
    def _code(kind: str, name: Any, parameters: Mapping[str, Any] | None) -> str:
        # A user can only be removed from the organisation that it was made in.
        return f"{(parameters or {})['orgId']}/{name}" if kind == "organization-user" else str(name)

    def attendee(self, **changes: Any) -> dict[str, Any]:
        """The attendee of a booking, with members changed."""
        return {
            "name": "Bookproof Probe",
            "email": self.target.attendee_email,
            "timeZone": self.target.time_zone,
            **changes,
        }

    def booking_body(self, event_type: int, start: datetime, **changes: Any) -> dict[str, Any]:
        """The body of a valid booking, with members changed."""
        return {"start": utc(start), "eventTypeId": event_type, "attendee": self.attendee(), **changes}

    def book(self, event_type: int, start: datetime, **call: Any) -> Exchange:
        """Try to book; ``changes`` are members of the body, the rest as :meth:`create`."""
        changes = call.pop("changes", {})
        return self.create("createBooking", body=self.booking_body(event_type, start, **changes), **call)

    def booked(self, event_type: int, start: datetime, **call: Any) -> tuple[Exchange, dict[str, Any]]:
        """Book, and go on only if that worked: the exchange and the booking.

        Raises:
            Blocked: the booking was refused, or its answer names none.
        """
        exchange = self.book(event_type, start, **call)
        return exchange, self.made(exchange, "uid", "a free slot should be booked")

    def made(self, exchange: Exchange, member: str, wanted: str) -> dict[str, Any]:
        """What an answer says that it has made, if it is named.

        Raises:
            Blocked: it is not.
        """
        found = self.api.many(exchange)
        if not found or found[0].get(member) is None:
            raise Blocked(wanted, exchange)
        return found[0]

    def cancel(self, uid: str, **call: Any) -> Exchange:
        """Cancel a booking as its host, who must say why; other callers and bodies by the arguments of a call."""
        call.setdefault("body", {"cancellationReason": REASON})
        exchange = self.api.call("cancelBooking", {"bookingUid": uid}, **call)
        if exchange.ok:
            self.ledger.gone("booking", uid)
        return exchange

    def move(self, uid: str, start: datetime, **call: Any) -> Exchange:
        """Reschedule a booking; the answer is a new booking, and the old one is cancelled."""
        call.setdefault("body", {"start": utc(start)})
        exchange = self.create("rescheduleBooking", {"bookingUid": uid}, **call)
        if exchange.ok:
            self.ledger.gone("booking", uid)
        return exchange

    def remove(self, kind: str, code: Any, **call: Any) -> Exchange:
        """Delete, cancel or release something that the run has created."""
        operation, parameter = _REMOVED_BY[kind]
        parameters = {parameter: code}
        if kind == "organization-user":
            organisation, _, user = str(code).partition("/")
            parameters = {"orgId": organisation, "userId": user}
        if kind == "booking":
            call.setdefault("body", {"cancellationReason": REASON})
        exchange = self.api.call(operation, parameters, **call)
        if exchange.ok:
            self.ledger.gone(kind, str(code))
        return exchange

    def clean_up(self) -> None:
        """Cancel and delete what the run has created; what stays is listed in ``left_behind``."""
        self.client.probe = CLEAN_UP
        self._forget_what_is_over()
        things = sorted(self.ledger.left(), key=lambda thing: _ORDER.index(thing.kind))
        self.left_behind = [line for thing in things if (line := self._remove(thing))] + self._unnamed

    def _forget_what_is_over(self) -> None:
        """Take from the ledger what is over by the target's clock: past bookings cannot be cancelled, holds end."""
        ends: dict[str, datetime | None] = {}
        for exchange in self.client.exchanges:
            kind, name = _MAKES.get(exchange.operation, ("", ""))
            if kind in _ENDS:
                ends |= {str(made.get(name)): instant(made.get(_ENDS[kind])) for made in self.api.many(exchange)}
        self.forget_time()
        now = self.now()
        for thing in self.ledger.left():
            end = ends.get(thing.code) if thing.kind in _ENDS else None
            if end is not None and end < now:
                self.ledger.gone(thing.kind, thing.code)

    def _remove(self, thing: Thing) -> str:
        role = thing.role if self.has_role(thing.role) else "full"
        exchange = self.remove(thing.kind, thing.code, role=role, note="clean up")
        _, message = self.api.error(exchange)
        # 404, or a booking that is cancelled or past already: nothing is left to remove.
        over = thing.kind == "booking" and exchange.status == 400 and ("already" in message or "ended" in message)
        if not exchange.ok and exchange.status != 404 and not over:
            return f"{thing.kind} {thing.code}: {describe(exchange)}"
        self.ledger.gone(thing.kind, thing.code)
        return ""

    def find_lost(self) -> int:
        """Enter into the ledger every upcoming booking of the suite's attendee that it does not have; how many."""
        known, found = set(self.ledger.left()), 0
        query = {"status": "upcoming", "attendeeEmail": self.target.attendee_email, "take": 100}
        exchange = self.api.call("listBookings", query=query, note="looking for lost bookings")
        for booking in self.api.many(exchange):
            thing = Thing("booking", str(booking.get("uid")))
            if booking.get("uid") and thing not in known:
                self.ledger.created(thing.kind, thing.code)
                found += 1
        return found

    def webhook_secret(self, exchange: Exchange) -> str:
        """The secret that an answer shows a new subscription with, or ""."""
        secret = self.api.one(exchange).get("secret") if exchange.operation == "createWebhook" else ""
        return secret if isinstance(secret, str) else ""
