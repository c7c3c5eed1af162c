"""Racing: calls that are prepared one by one and released together, what they create always by the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from bookproof.errors import BookproofError
from bookproof.judge.race_evidence import TURNED_AWAY, Batch, Place, Racer
from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN
from bookproof.judge.races import moment, says_error
from bookproof.probes.imatic_v1.agents import Agent
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import ToolAnswer


@dataclass(frozen=True)
class Ready:
    """A call that is ready to be released.

    Attributes:
        racer: what it will be known as; its exchange and outcome are filled in by the race.
        send: makes the call.
        role: whose key it carries.
        by: the agent that makes it, or None for the REST API.
        handicap: seconds that it is released after the others.
    """

    racer: Racer
    send: Callable[[], Exchange | ToolAnswer]
    role: str = "full"
    by: Agent | None = None
    handicap: float = 0.0


_NOT_SENT: Any = None
#: So many bookings of callers one after another tell how steady the way is.
_ENOUGH = 5
#: As many calls of any kind tell it, if need be.
_FEW = 3
#: Seconds by which the quickest call and an ordinary one differ where the way is uneven.
_UNEVEN = 0.004


class Line:
    """The starting line: callers take their places here, and are released together.

    Args:
        session: of the target.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ready: list[Ready] = []

    @property
    def _number(self) -> int:
        """The number that the next caller's exchange will have, which tells callers apart by their names."""
        return self._session.client.next_number + len(self._ready)

    def _attendee(self) -> str:
        return f"Bookproof Racer {self._number:05}"

    def create(
        self,
        rules: EventTypeRules,
        slot: Slot,
        *,
        attendee: str = "",
        minutes: int | None = None,
        link: str = "",
        group: str = "",
        handicap: float = 0.0,
    ) -> str:
        """Somebody who books over the REST API; returns the attendee's name.

        Args:
            rules: of the event type.
            slot: wanted.
            attendee: a name instead of one of his own.
            minutes: a chosen duration, or None.
            link: a single-use link, or "".
            group: the day with a cap, or "".
            handicap: seconds that he comes after the others.
        """
        name = attendee or self._attendee()
        changes: dict[str, Any] = {"attendeeName": name}
        if minutes is not None:
            changes["duration"] = minutes
        if link:
            changes["linkCode"] = link
        arguments = self._session.booking_arguments(rules, slot.start, **changes)
        racer = self._racer(CREATE, f"book {rules.code} {moment(slot)}", slot, rules, name)
        racer = replace(racer, link=link, group=group)
        call = self._session.api.call
        self._ready.append(Ready(racer, lambda: call("createBooking", arguments, note="in a race"), handicap=handicap))
        return name

    def create_by(self, by: Agent, rules: EventTypeRules, slot: Slot) -> None:
        """An agent who books by create_booking."""
        name = self._attendee()
        given = self._session.booking_arguments(rules, slot.start, attendeeName=name)
        racer = replace(
            self._racer(CREATE, f"book {rules.code} {moment(slot)} by a tool", slot, rules, name), by_agent=True
        )
        self._ready.append(Ready(racer, lambda: by.call("create_booking", given, note="in a race"), by.who, by))

    def move(self, rules: EventTypeRules, code: str, slot: Slot) -> None:
        """Somebody who moves a booking."""
        arguments = {"bookingCode": code, "start": slot.start}
        racer = replace(self._racer(MOVE, f"move {code} to {moment(slot)}", slot, rules), code=code)
        call = self._session.api.call
        self._ready.append(Ready(racer, lambda: call("rescheduleBooking", arguments, note="in a race")))

    def cancel(self, code: str) -> None:
        """Somebody who cancels a booking."""
        racer = Racer(CANCEL, f"cancel {code}", _NOT_SENT, "", code=code)
        call = self._session.api.call
        self._ready.append(Ready(racer, lambda: call("cancelBooking", {"bookingCode": code}, note="in a race")))

    def _racer(self, action: str, what: str, slot: Slot, rules: EventTypeRules, attendee: str = "") -> Racer:
        return Racer(action, what, _NOT_SENT, "", slot=slot, event_type_code=rules.code, attendee=attendee)

    def release(
        self,
        kind: str,
        name: str,
        about: str,
        *,
        before: Sequence[Place] = (),
        caps: Mapping[str, int] | None = None,
    ) -> Batch:
        """Let all callers go at once; see :class:`Batch` for what they are called.

        Raises:
            UsageError: the request budget of the run is spent.
            Unreachable: the target has gone.
        """
        ready, self._ready = self._ready, []
        session = self._session
        for each in ready:
            if each.racer.action == CREATE:
                session.ledger.about_to_create("booking", session.target.attendee_email)
        race = session.client.race(
            [each.send for each in ready],
            [each.role for each in ready],
            name,
            [each.handicap for each in ready],
        )
        racers: list[Racer] = []
        for each, answer, exchange in zip(ready, race.answers, race.exchanges, strict=True):
            if isinstance(answer, Exception) and (exchange is None or isinstance(answer, BookproofError)):
                raise answer
            assert exchange is not None, "every caller sends"
            racers.append(self._settled(each, answer, exchange))
        jitter = min(race.jitter, unsteadiness(session, race.jitter))
        return Batch(kind, name, about, racers, race.technique, race.spread, jitter, tuple(before), caps or {})

    def _settled(self, ready: Ready, answer: object, exchange: Exchange) -> Racer:
        """A caller with its answer, what it made or removed noted in the ledger."""
        racer, session = ready.racer, self._session
        booking: Booking | None = None
        if isinstance(answer, ToolAnswer) and ready.by:
            outcome = DONE if answer.ok else REFUSED if answer.refused else UNKNOWN
            booking = ready.by.tools.booking(answer)
        else:
            booking = session.api.booking(exchange)
            outcome = DONE if exchange.ok else REFUSED if exchange.refused else UNKNOWN
            if outcome == DONE and says_error(exchange.json):
                outcome, booking = REFUSED, None
        if exchange.status in TURNED_AWAY:
            outcome = ""
        code = booking.code if booking and booking.code else ""
        racer = replace(racer, exchange=exchange, outcome=outcome)
        if racer.action == CREATE:
            if outcome == DONE and code:
                session.ledger.created("booking", code)
                assert booking is not None
                session.api.binding.learn_live_status(booking.status)
                return replace(racer, code=code)
            if outcome != UNKNOWN:
                session.ledger.refused("booking")
            return racer
        if racer.action == MOVE and outcome == DONE and code not in ("", racer.code):
            session.ledger.created("booking", code)
            return replace(racer, becomes=code)
        if racer.action == CANCEL and outcome == DONE:
            session.ledger.gone("booking", racer.code)
        return racer


def durations(session: Session, operation: str) -> list[float]:
    """How many seconds an operation has taken where it succeeded, and nobody raced."""
    return [
        exchange.elapsed
        for exchange in session.client.exchanges
        if exchange.operation == operation and exchange.ok and not exchange.race
    ]


def unsteadiness(session: Session, otherwise: float) -> float:
    """Seconds by which half of the calls of callers one after another took longer than the quickest.

    Unlike the answers to a race, these have not waited for each other.
    """

    def measured() -> float:
        alone = durations(session, "createBooking")
        if len(alone) < _ENOUGH:
            alone = [exchange.elapsed for exchange in session.client.exchanges if exchange.ok and not exchange.race]
        return median(alone) - min(alone) if len(alone) >= _FEW else otherwise

    return session.tape.reading("unsteadiness", measured)


def is_uneven(session: Session) -> bool:
    """Whether the way to the target holds calls up so differently that those of a race hardly arrive together."""
    return unsteadiness(session, 0.0) > _UNEVEN
