"""Judges races: what was released together, how it ended, what was found afterwards, and what no order explains.

Source: Calendar API & MCP, REST API v1 ("the same atomic, no-double-book guarantee").
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from bookproof.judge.explanation import Explanation, Group, describe, explain
from bookproof.judge.race_evidence import (
    CANCELS,
    CAP,
    DOORS,
    LINK,
    MOVES,
    ONE_WINNER,
    OVERLAP,
    STORED,
    TURNED_AWAY,
    Aftermath,
    Batch,
    Found,
    Racer,
)
from bookproof.judge.race_model import (
    CANCEL,
    CREATE,
    DONE,
    MOVE,
    REFUSED,
    SOMEWHERE,
    UNKNOWN,
    Call,
    Held,
    History,
    Span,
)
from bookproof.race_record import FAILED, LOST, WON, RacedCall, RaceRecord, ReadBack
from bookproof.race_record import UNKNOWN as NOBODY_KNOWS
from bookproof.targets.views import Slot
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Contradiction:
    """Calls of a batch, and bookings found, that no order of the calls explains."""

    kind: str
    group: Group
    exchanges: list[Exchange]


@dataclass(frozen=True, eq=False)
class Judged:
    """A batch together with what was found afterwards."""

    batch: Batch
    after: Aftermath

    @cached_property
    def disturbed(self) -> str:
        """Why nothing can be said of it, or ""."""
        taking_part = [racer for racer in self.batch.racers if racer.outcome]
        if len(taking_part) < 2:
            return f"too few callers were let in: {', '.join(str(e.status) for e in self.batch.exchanges)}"
        slots = [racer.slot for racer in taking_part if racer.slot]
        for other in self.after.others:
            if other.start and other.end and any(Slot(other.start, other.end).overlaps(slot) for slot in slots):
                return f"somebody else has booked at that time meanwhile (booking {other.code})"
        return ""

    @cached_property
    def explanation(self) -> Explanation:
        """An order of the calls that explains all, or what contradicts itself."""
        return explain(self.history)

    @cached_property
    def contradictions(self) -> list[Contradiction]:
        """What no order explains, each with the requirement's kind that it is about."""
        if self.disturbed:
            return []
        found: list[Contradiction] = []
        by_number = {racer.exchange.number: racer for racer in self.batch.racers}
        spoilt: set[str] = set()
        for group in self.explanation.unexplained:
            racers = [by_number[call.number] for call in group.calls]
            # Where two calls contradict each other, it does not say more that one of them was not to last.
            consequence = group.found and spoilt.issuperset(group.found)
            # Refusals alone break a promise only where somebody must win; elsewhere there may be reasons of which
            # nobody has told us.
            excused = not group.found and not any(r.done for r in racers) and self.batch.kind != ONE_WINNER
            if consequence or excused:
                continue
            spoilt |= {code for call in group.calls for code in call.codes}
            at = [racer.exchange for racer in racers]
            at += [self.after.found[code].exchange for code in group.found if code in self.after.found]
            found.append(Contradiction(self._kind_of(group, racers), group, at))
        return found

    def told(self, group: Group) -> str:
        """A contradiction in one sentence."""
        names = {r.exchange.number: f"{r.what} (exchange {r.exchange.number})" for r in self.batch.racers}
        return describe(group, names)

    def _kind_of(self, group: Group, racers: Sequence[Racer]) -> str:
        """Whose requirement a contradiction is: told by the calls in it, not by the race that it came up in."""
        done = [racer for racer in racers if racer.done]
        if any(racer.action == CANCEL for racer in racers):
            return CANCELS
        if len(done) > 1 and any(racer.action == MOVE for racer in done):
            return MOVES
        # A slot that was won and given back, and is refused to all now, is held by somebody who was refused it.
        if group.found or (self.batch.reopened and not self.batch.winners):
            return STORED
        if any(racer.by_agent for racer in racers):
            return DOORS
        return _shared_by(done) if len(done) > 1 else self.batch.kind

    @cached_property
    def history(self) -> History:
        """The race as the model of a calendar takes it."""
        calls = tuple(self._call(racer) for racer in self.batch.racers if racer.outcome)
        after: dict[str, Span | None] = {}
        for code in sorted(self._looked_for(calls)):
            found = self.after.found.get(code)
            if found is not None and found.telling and not self.batch.given_back:
                after[code] = self._found_at(code, found) if found.live else None
        return History(
            calls=calls,
            before=tuple(Held(place.code, _span(place.slot), _HOST) for place in self.batch.before),
            caps=dict(self.batch.caps),
            after=after,
        )

    def _looked_for(self, calls: Sequence[Call]) -> set[str]:
        return {code for call in calls for code in (call.booking, call.becomes)} | {p.code for p in self.batch.before}

    def _found_at(self, code: str, found: Found) -> Span:
        """Where a booking was found: one of the places that it may be in.

        Of one that is shown somewhere else, or nowhere, only that it is live is believed: what an answer shows of a
        booking is another requirement's.
        """
        start = found.booking.start if found.booking else None
        there = next((slot for slot in self.places(code) if slot.start == start), None)
        return _span(there) if there else SOMEWHERE

    def _call(self, racer: Racer) -> Call:
        exchange = racer.exchange
        return Call(
            number=exchange.number,
            action=racer.action,
            outcome=racer.outcome,
            begun=exchange.released,
            ended=math.inf if racer.outcome == UNKNOWN else exchange.released + exchange.elapsed,
            booking=racer.code or self._stray(racer) or f"of exchange {exchange.number}",
            becomes=racer.becomes,
            span=_span(racer.slot) if racer.slot else None,
            host=_HOST,
            link=racer.link,
            group=racer.group,
        )

    def losers(self, usual: frozenset[int]) -> Iterator[tuple[Racer, frozenset[int]]]:
        """The callers that were refused, or failed, each with the statuses that may say so.

        Args:
            usual: how whoever comes later is refused.
        """
        for racer in self.batch.racers:
            if racer.by_agent or not racer.exchange.status or racer.outcome not in (REFUSED, UNKNOWN):
                continue
            # A used link, and a booking that somebody else changes, may be refused in other words.
            shared = sum(other.action != CREATE and other.code == racer.code for other in self.batch.racers) > 1
            if racer.link or racer.action == CANCEL or shared:
                yield racer, _ANY
            elif racer.action == MOVE:
                yield racer, usual | _GONE
            else:
                yield racer, usual | _FULL_DAY if racer.group else usual

    def places(self, code: str) -> list[Slot]:
        """Where a booking may be after the race."""
        wanted = [r.slot for r in self.batch.racers if r.slot and code in (r.code, r.becomes, self._stray(r))]
        return [*wanted, *(place.slot for place in self.batch.before if place.code == code)]

    def _stray(self, racer: Racer) -> str:
        return self.after.strays.get(racer.exchange.number, "")

    def record(self) -> RaceRecord:
        """The race as it is recorded and drawn."""
        problem = self.disturbed or "; ".join(dict.fromkeys(_PROBLEMS[c.kind] for c in self.contradictions))
        return RaceRecord(
            name=self.batch.name,
            about=self.batch.about,
            technique=self.batch.technique,
            spread=_micro(self.batch.spread),
            jitter=_micro(self.batch.jitter),
            calls=sorted(map(_raced, self.batch.racers), key=lambda call: call.released),
            found=list(self._read_back()),
            explained=list(self.explanation.order),
            unexplained=[[e.number for e in c.exchanges] for c in self.contradictions],
            problem=problem,
        )

    def _read_back(self) -> Iterator[ReadBack]:
        refused = {r.exchange.number for r in self.batch.racers if not r.done}
        strays = {code for number, code in self.after.strays.items() if number in refused}
        codes = [*dict.fromkeys(code for r in self.batch.racers for code in (r.live_code, r.code) if code)]
        codes += [stray for racer in self.batch.racers if (stray := self._stray(racer))]
        named = {code for c in self.contradictions for code in c.group.found}
        for code in dict.fromkeys(codes):
            found = self.after.found.get(code)
            if found is None:
                continue
            at = f" at {found.booking.start:%Y-%m-%d %H:%M} UTC" if found.booking and found.booking.start else ""
            unexpected = "its caller was refused" if code in strays else "no order explains it" if code in named else ""
            yield ReadBack(f"booking {code}{at}", found.state, found.live, found.exchange.number, unexpected)


def _shared_by(done: Sequence[Racer]) -> str:
    """What callers who all made a booking had in common that they should not have got together."""
    first = done[0]
    if first.link and all(racer.link == first.link for racer in done):
        return LINK
    if first.group and all(racer.group == first.group for racer in done):
        return CAP
    places = {(racer.event_type_code, racer.slot) for racer in done}
    return ONE_WINNER if len(places) == 1 else OVERLAP


#: What is wrong, in a few words, where a contradiction is of a kind.
_PROBLEMS = {
    ONE_WINNER: "a slot was not won by exactly one caller",
    OVERLAP: "overlapping times were booked together",
    MOVES: "bookings that were moved came to overlap, or to be two",
    CANCELS: "a cancellation did not end as it would have alone",
    CAP: "a day took more bookings than its cap",
    LINK: "a link booked more than once",
    DOORS: "agents and clients got the same slot",
    STORED: "what was answered is not what was found",
}
_FULL_DAY, _GONE, _ANY = frozenset({400, 422}), frozenset({404, 410}), frozenset(range(400, 500)) - TURNED_AWAY
#: All calls of one batch draw on one calendar.
_HOST = "host"


def _span(slot: Slot) -> Span:
    return Span(slot.start.timestamp(), slot.end.timestamp())


def _micro(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def _raced(racer: Racer) -> RacedCall:
    exchange = racer.exchange
    outcome = {DONE: WON, REFUSED: LOST, UNKNOWN: FAILED if exchange.status else NOBODY_KNOWS}.get(
        racer.outcome, FAILED
    )
    return RacedCall(
        exchange=exchange.number,
        label=racer.what,
        released=_micro(exchange.released),
        answered=_micro(exchange.released + exchange.elapsed),
        outcome=outcome,
        answer=str(exchange.status) if exchange.status else exchange.failure,
    )


def says_error(answer: Any) -> bool:
    """Whether a JSON answer says of itself that it is a refusal, whatever its status says."""
    if not isinstance(answer, dict):
        return False
    told = cast("dict[str, Any]", answer)
    return told.get("success") is False or bool(told.get("error"))


def moment(slot: Slot) -> str:
    """A slot in a few words: ``2027-01-15 09:00-09:30 UTC``."""
    return f"{_utc(slot.start):%Y-%m-%d %H:%M}-{_utc(slot.end):%H:%M} UTC"


def _utc(at: datetime) -> datetime:
    from datetime import UTC

    return at.astimezone(UTC)
