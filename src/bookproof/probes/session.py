"""The session: everything that probes need on one target, and the evidence that they have left so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from bookproof.contracts.openapi import Contract
from bookproof.errors import Unreachable
from bookproof.ledger import OWNER, Ledger
from bookproof.options import DEFAULT_RACE_BATCHES
from bookproof.probes.base import Blocked, Probe, excluded, with_shared
from bookproof.race_record import RaceRecord
from bookproof.targets.binding import MISSING
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.door import Door, DoorFailed
from bookproof.targets.inbox import TargetInbox
from bookproof.targets.target import EventTypeRules, Safety, Target
from bookproof.targets.views import Booking
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.client import CLEAN_UP, Client
from bookproof.wire.exchange import NOT_JSON, Exchange, describe

T = TypeVar("T")

#: The probe name of the requests that ask whether the target is there.
GREETING = "greeting"
#: The role whose key belongs to another account.
FOREIGN = "foreign"
#: After this many requests in a row without an answer the target counts as gone.
LOST_AFTER = 3


class Session:
    """One target during one run.

    Args:
        target: the target.
        client: its HTTP client.
        contract: the contract of its dialect.
        ledger: where creations are noted.
        ceiling: the safety ceiling of this run.
        seed: chooses which of the free slots are booked.
        race_batches: how often callers race for one slot.

    Attributes:
        races: the races that were run, for the record.
        race_places: codes of bookings that a race has been given to move or cancel.
    """

    def __init__(
        self,
        target: Target,
        client: Client,
        contract: Contract,
        ledger: Ledger,
        ceiling: Safety,
        seed: int = 0,
        race_batches: int = DEFAULT_RACE_BATCHES,
    ) -> None:
        self.target = target
        self.client = client
        self.contract = contract
        self.ledger = ledger
        self.ceiling = ceiling
        self.seed = seed
        self.race_batches = race_batches
        self.races: list[RaceRecord] = []
        self.race_places: set[str] = set()
        self.api = ImaticV1(target, client, contract)
        self.door = Door(target.door, target.read_timeout) if target.door else None
        self.inbox = TargetInbox(target, client.keep)
        self.plan: list[Probe[Any]] = []
        self.unreachable = ""
        self.left_behind: list[str] = []
        self._evidence: dict[str, Any] = {}
        self._unnamed: list[str] = []
        self._skew: timedelta | None = None

    # Evidence

    def evidence(self, probe: Probe[T]) -> T:
        """What a probe has found; it runs at the first call, after every probe that comes before it in the plan.

        The order of requests is thus the plan's, whatever the order of the checks.

        Raises:
            Untestable, NotApplicable: why there is no evidence.
        """
        for earlier in self.plan:
            if earlier.order >= probe.order:
                break
            self._run(earlier)
        return self._result(probe)

    def need(self, probe: Probe[T]) -> T:
        """The evidence of another probe, for a probe that builds on it."""
        return self._result(probe)

    def known(self, probe: Probe[T]) -> T | None:
        """The evidence of a probe that has run, for one that does without; None if it has not, or left none."""
        found = self._evidence.get(probe.id)
        return None if isinstance(found, Exception) else cast("T | None", found)

    def _result(self, probe: Probe[T]) -> T:
        found = self._run(probe)
        if isinstance(found, Untestable | NotApplicable):
            # A fresh one for every check: a shared one would collect their tracebacks.
            raise (Untestable if isinstance(found, Untestable) else NotApplicable)(str(found))
        if isinstance(found, Exception):
            raise found
        return cast("T", found)

    def _run(self, probe: Probe[Any]) -> Any:
        if probe.id not in self._evidence:
            # Entered first, so that a probe that leads back to itself is seen as such.
            self._evidence[probe.id] = Untestable(f"probe {probe.id} builds on itself")
            self._evidence[probe.id] = self._attempt(probe)
        return self._evidence[probe.id]

    def _attempt(self, probe: Probe[Any]) -> Any:
        reason = excluded(probe, self.target, self.ceiling)
        if reason:
            return NotApplicable(reason)
        if self.unreachable and probe.sends:
            return Untestable(f"the target is unreachable: {self.unreachable}")
        outer, self.client.probe = self.client.probe, probe.id
        try:
            return self._evidence_of(probe)
        except Exception as why:  # noqa: BLE001  a mistake of ours becomes the verdict of each of its checks
            return why
        finally:
            self.client.probe = outer

    def _evidence_of(self, probe: Probe[Any]) -> Any:
        try:
            return probe.run(self)
        except DoorFailed as why:
            raise Untestable(str(why)) from why
        except Unreachable as why:
            self.unreachable = str(why)
            raise Untestable(f"the target is unreachable: {why}") from why

    def planned_cost(self) -> int:
        """The most requests that the plan allows for, those of the probes that others build on included."""
        return sum(probe.cost for probe in with_shared(self.plan) if not excluded(probe, self.target, self.ceiling))

    # Reaching the target

    def greet(self) -> None:
        """Ask who the key is, and once more if the answer is odd, before anything is spent.

        Raises:
            Unreachable: nobody answers, what answers is no API, or it refuses the key of role full.
        """
        self.client.probe = GREETING
        first = self.api.call("getMe", note="is the target there?")
        if not first.status:
            raise Unreachable(f"{self.target.base_url} does not answer ({first.failure})")
        if first.ok and first.json is not NOT_JSON:
            return
        second = self.api.call("listEventTypes", note="is the target there?")
        if not second.status:
            raise Unreachable(f"{self.target.base_url} does not answer ({second.failure})")
        if first.json is NOT_JSON and second.json is NOT_JSON:
            raise Unreachable(
                f"what answers at {self.target.base_url} is not this API: {describe(first)} "
                f"with {first.media_type or 'no content type'}; is the base URL right?"
            )
        if first.status == second.status == 401:
            raise Unreachable(f"{self.target.base_url} refuses the key of role full with 401; is it valid?")

    def require_reachable(self) -> None:
        """Go on only if the target was reached.

        Raises:
            Unreachable: it was not.
        """
        if self.unreachable:
            raise Unreachable(self.unreachable)

    # Time

    def now(self) -> datetime:
        """The target's idea of now: its control door's clock, else the Date header of its answers, else ours."""
        if self._skew is None:
            self._skew = self._target_now() - datetime.now(UTC)
        return datetime.now(UTC) + self._skew

    def _target_now(self) -> datetime:
        if self.door and self.door.offers("clock"):
            return self.door.clock()
        for exchange in reversed(self.client.exchanges):
            shown = exchange.response_headers.get("date", "")
            try:
                return parsedate_to_datetime(shown)
            except ValueError:
                continue
        return datetime.now(UTC)

    # What the target file gives

    def role(self, role: str) -> str:
        """A role that there is a key for.

        Raises:
            Untestable: there is none, and what to add.
        """
        if role in self.target.credentials:
            return role
        reason = self.target.missing_credentials.get(role, "the target file names none")
        raise Untestable(f"no key of role {role}: {reason}")

    def has_role(self, role: str) -> bool:
        """Whether there is a key of a role."""
        return role in self.target.credentials

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

    def control_door(self, operation: str) -> Door:
        """The control door, if it offers an operation.

        Raises:
            Untestable: there is no such door.
        """
        if self.door is None or not self.door.offers(operation):
            raise Untestable(f"needs a control door that offers {operation}: add [door] to the target file")
        return self.door

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

    def close(self) -> None:
        """Close the connections and the ledger."""
        self.client.close()
        self.ledger.close()
        self.inbox.close()
        if self.door:
            self.door.close()


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
