"""Races of moves and cancellations, with bookings and with each other.

Source: Calendar API & MCP, REST API v1 ("the same atomic, no-double-book guarantee").
"""

from __future__ import annotations

from bookproof.judge import race_evidence as kinds
from bookproof.judge.races import moment
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.race_calls import Line
from bookproof.probes.imatic_v1.race_grounds import cancellations_free, moves_are_guarded
from bookproof.probes.imatic_v1.race_looks import held
from bookproof.probes.imatic_v1.races import Scene
from bookproof.probes.imatic_v1.session import Session


@probe("races.moved", shared=True, safety="visible", cost=12, creates="a booking, and what is let in beside it")
def moves(session: Session) -> Scene:
    """Let a move race with bookings of its slot, then moves with each other for one slot."""
    moves_are_guarded(session)
    one, other, third = held(session, 3)
    free = session.need(openings.main)
    slot, line = free.take(close=True), Line(session)
    for _ in range(2):
        line.create(free.rules, slot)
    line.move(free.rules, one.code, slot)
    about = f"a booking is moved to {moment(slot)}, two callers want it"
    batches = [line.release(kinds.MOVES, "move against bookings", about, before=[one])]
    wanted, spare = free.take(close=True), free.take(close=True)
    line.move(free.rules, other.code, wanted)
    line.move(free.rules, third.code, wanted)
    line.move(free.rules, third.code, spare)
    about = f"two bookings are moved to {moment(wanted)}, one of them to {moment(spare)} as well"
    batches.append(line.release(kinds.MOVES, "move against move", about, before=[other, third]))
    return Scene(batches)


@probe("races.cancelled", shared=True, safety="visible", cost=8, creates="bookings of slots that are cancelled")
def cancels(session: Session) -> Scene:
    """Let a cancellation race with bookings of its slot, then two cancellations of one booking with each other."""
    cancellations_free(session)
    first, second = held(session, 2)
    free = session.need(openings.main)
    line = Line(session)
    line.cancel(first.code)
    for _ in range(2):
        line.create(free.rules, first.slot)
    about = f"a booking is cancelled, two callers want its slot, {moment(first.slot)}"
    batches = [line.release(kinds.CANCELS, "cancellation against bookings", about, before=[first])]
    for _ in range(2):
        line.cancel(second.code)
    about = f"booking {second.code} is cancelled twice"
    batches.append(line.release(kinds.CANCELS, "cancellation against itself", about, before=[second]))
    return Scene(batches)
