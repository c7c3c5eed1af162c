"""Racing: calls that are prepared one by one and released together, what they create always by the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bookproof.errors import BookproofError
from bookproof.judge.race_evidence import TURNED_AWAY, Batch, Place, Racer
from bookproof.judge.race_model import CREATE, DONE, MOVE, REFUSED, UNKNOWN
from bookproof.judge.races import moment
from bookproof.probes.calcom_v2.booking_reads import shown
from bookproof.probes.calcom_v2.grounds import Ground
from bookproof.probes.calcom_v2.session import Session
from bookproof.race_record import FAILED, LOST, WON, RacedCall, RaceRecord
from bookproof.targets.views import Slot, utc
from bookproof.wire.exchange import Exchange
from bookproof.wire.race import Race

_NOT_SENT: Any = None
#: What the calls of a race are noted as.
NOTE = "in a race"


def slot_of(ground: Ground, start: datetime) -> Slot:
    """The slot of an event type that begins at a start."""
    return Slot(start, start + timedelta(minutes=ground.minutes))


@dataclass(frozen=True)
class Ready:
    """A call that is ready to be released: what it will be known as, and what makes it."""

    racer: Racer
    send: Callable[[], Exchange]


class Line:
    """The starting line: callers for slots take their places here, and are released together.

    Args:
        session: of the target.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ready: list[Ready] = []

    def create(self, ground: Ground, start: datetime) -> None:
        """Somebody who books, under a name of his own."""
        session, slot = self._session, slot_of(ground, start)
        name = f"Bookproof Racer {session.client.next_number + len(self._ready):05}"
        body = session.booking_body(ground.id, start, attendee=session.attendee(name=name))
        what = f"book {ground.slug} {moment(slot)}"
        racer = Racer(CREATE, what, _NOT_SENT, "", slot=slot, event_type_code=str(ground.id), attendee=name)
        call = session.api.call
        self._ready.append(Ready(racer, lambda: call("createBooking", body=body, note=NOTE)))

    def move(self, ground: Ground, uid: str, start: datetime) -> None:
        """Somebody who moves a booking."""
        slot = slot_of(ground, start)
        what = f"move {uid} to {moment(slot)}"
        racer = Racer(MOVE, what, _NOT_SENT, "", code=uid, slot=slot, event_type_code=str(ground.id))
        call, parameters, body = self._session.api.call, {"bookingUid": uid}, {"start": utc(start)}
        self._ready.append(Ready(racer, lambda: call("rescheduleBooking", parameters, body=body, note=NOTE)))

    def release(self, kind: str, name: str, about: str, before: Sequence[Place] = ()) -> Batch:
        """Let all callers go at once; see :class:`Batch` for what they are called.

        Raises:
            UsageError: the request budget of the run is spent.
            Unreachable: the target has gone.
        """
        ready, self._ready = self._ready, []
        for _ in ready:
            # A move makes a booking, too.
            self._session.ledger.about_to_create("booking", self._session.target.attendee_email)
        race, exchanges = run(self._session, [each.send for each in ready], name)
        racers = [self._settled(each.racer, exchange) for each, exchange in zip(ready, exchanges, strict=True)]
        return Batch(kind, name, about, racers, race.technique, race.spread, race.jitter, tuple(before))

    def _settled(self, racer: Racer, exchange: Exchange) -> Racer:
        """A caller with its answer, what it made noted in the ledger."""
        ledger = self._session.ledger
        outcome = outcome_of(exchange)
        racer = replace(racer, exchange=exchange, outcome=outcome)
        made = shown(self._session, exchange).uid
        if outcome != DONE or not made:
            if outcome != UNKNOWN:
                ledger.refused("booking")
            return racer
        ledger.created("booking", made)
        if racer.action == CREATE:
            return replace(racer, code=made)
        ledger.gone("booking", racer.code)
        return replace(racer, becomes=made)


def outcome_of(exchange: Exchange) -> str:
    """How a raced call ended; "" if it was turned away and took no part."""
    if exchange.status in TURNED_AWAY:
        return ""
    return DONE if exchange.ok else REFUSED if exchange.refused else UNKNOWN


def run(session: Session, calls: Sequence[Callable[[], Exchange]], name: str) -> tuple[Race[Exchange], list[Exchange]]:
    """Release calls together: the race, and the exchange of each of them.

    Raises:
        UsageError: the request budget of the run is spent.
        Unreachable: the target has gone.
    """
    race = session.client.race(calls, ["full"] * len(calls), name)
    exchanges: list[Exchange] = []
    for answer, exchange in zip(race.answers, race.exchanges, strict=True):
        if isinstance(answer, Exception) and (exchange is None or isinstance(answer, BookproofError)):
            raise answer
        assert exchange is not None, "every caller sends"
        exchanges.append(exchange)
    return race, exchanges


def record_of(race: Race[Exchange], exchanges: Sequence[Exchange], about: str, labels: Sequence[str]) -> RaceRecord:
    """A race of calls that are not for slots, as it is recorded and drawn."""
    outcomes = {DONE: WON, REFUSED: LOST}
    calls = [
        RacedCall(
            exchange=exchange.number,
            label=label,
            released=round(exchange.released * 1e6, 1),
            answered=round((exchange.released + exchange.elapsed) * 1e6, 1),
            outcome=outcomes.get(outcome_of(exchange), FAILED),
            answer=str(exchange.status) if exchange.status else exchange.failure,
        )
        for exchange, label in zip(exchanges, labels, strict=True)
    ]
    return RaceRecord(
        name=race.name,
        about=about,
        technique=race.technique,
        spread=round(race.spread * 1e6, 1),
        jitter=round(race.jitter * 1e6, 1),
        calls=sorted(calls, key=lambda call: call.released),
    )
