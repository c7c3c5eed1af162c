"""Races: calls for one time, one link or one day, released together.

What they leave is read once, after all of them; see :mod:`bookproof.probes.imatic_v1.race_looks`.
Source: Calendar API & MCP, REST API v1 ("the same atomic, no-double-book guarantee").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from bookproof.judge import race_evidence as kinds
from bookproof.judge.deliveries import CANCELLED, CREATED, Subscription
from bookproof.judge.race_evidence import Batch
from bookproof.judge.race_model import UNKNOWN
from bookproof.judge.races import moment
from bookproof.judge.slots import local_day, slots_on
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.agents import needs
from bookproof.probes.imatic_v1.bookings import sibling_slot
from bookproof.probes.imatic_v1.links import create_link
from bookproof.probes.imatic_v1.mcp import another, ready
from bookproof.probes.imatic_v1.openings import Openings
from bookproof.probes.imatic_v1.race_calls import Line, durations, is_uneven
from bookproof.probes.imatic_v1.race_grounds import (
    bookings_are_guarded,
    caps_are_kept,
    doors_agree,
    links_are_used_up,
    slots_are_freed,
)
from bookproof.probes.imatic_v1.rules import HIGHEST_CAP, apart, many_days
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.slots import filled, needed
from bookproof.probes.imatic_v1.subscriptions import not_subscribed, subscribe
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.mcp import McpRefused

#: Callers for one slot, and how often they race unless the run asks for more.
CALLERS, BATCHES = 8, 2
#: How often they race where the way is so uneven that the callers of one race seldom arrive together.
UNEVEN_BATCHES = 6
#: The box of the subscription that listens to races.
RACES = "races"


@dataclass(frozen=True)
class Scene:
    """The races of one kind.

    Attributes:
        batches: each released at once.
        left_out: what could not be raced, and why.
    """

    batches: list[Batch]
    left_out: tuple[str, ...] = ()


@probe(
    "races.listening", shared=True, safety="visible", cost=2, capability="webhooks", creates="a webhook, deleted again"
)
def listening(session: Session) -> Subscription:
    """Subscribe to new and cancelled bookings before anything races."""
    made = subscribe(session, RACES, [CREATED, CANCELLED])
    if not isinstance(made, Subscription):
        raise not_subscribed(made)
    return made


# One slot


@probe(
    "races.same-slot",
    shared=True,
    safety="visible",
    cost=2 * (CALLERS * UNEVEN_BATCHES + 2),
    creates="a booking for each race, and what the target lets in beside it",
)
def same_slot(session: Session) -> Scene:
    """Let callers race for one slot, several times; then the same call twice, as by a double click."""
    bookings_are_guarded(session)
    free = session.need(openings.main)
    line, batches = Line(session), list[Batch]()
    for number in range(1, min(session.race_batches, BATCHES) + 1):
        batches.append(_callers(line, free.rules, free.take(close=True), number))
    most = max(session.race_batches, UNEVEN_BATCHES if is_uneven(session) else 0)
    if most > BATCHES and slots_are_freed(session):
        slot, reopened = free.take(close=True), False
        for number in range(BATCHES + 1, most + 1):
            raced = _callers(line, free.rules, slot, number)
            batches.append(replace(raced, given_back=True, reopened=reopened))
            if not _is_given_back(session, raced):
                break
            reopened = reopened or bool(raced.winners)
    slot = free.take(close=True)
    name = line.create(free.rules, slot)
    line.create(free.rules, slot, attendee=name)
    batches.append(line.release(kinds.ONE_WINNER, "double click", f"the same call twice, {moment(slot)}"))
    return Scene(batches)


def _callers(line: Line, rules: EventTypeRules, slot: Slot, number: int) -> Batch:
    for _ in range(CALLERS):
        line.create(rules, slot)
    return line.release(kinds.ONE_WINNER, f"one slot, race {number}", f"{CALLERS} callers for {moment(slot)}")


def _is_given_back(session: Session, batch: Batch) -> bool:
    """Cancel what was won, so that its slot can be raced for again; whether it is certain that nobody holds it then."""
    gone = [bool(racer.code) and session.cancel(racer.code, note="to race again").ok for racer in batch.winners]
    return all(gone) and not any(racer.outcome == UNKNOWN for racer in batch.racers)


# Overlapping times


@probe(
    "races.overlapping", shared=True, safety="visible", cost=10, creates="2 bookings, and what is let in beside them"
)
def overlapping(session: Session) -> Scene:
    """Let two event types of one host race for overlapping times, and two lengths of one event type."""
    bookings_are_guarded(session)
    free = session.need(openings.main)
    batches: list[Batch] = []
    left_out: list[str] = []
    slot = free.take()
    sibling, why = sibling_slot(session, slot)
    if sibling:
        rules, other = sibling
        line = Line(session)
        line.create(free.rules, slot)
        line.create(rules, other)
        about = f"{moment(slot)} against {moment(other)}"
        batches.append(line.release(kinds.OVERLAP, "two event types of one host", about))
    else:
        left_out.append(why)
    try:
        batches.append(_two_lengths(session, free))
    except Untestable as reason:
        left_out.append(str(reason))
    if not batches:
        raise Untestable("; ".join(left_out))
    return Scene(batches, tuple(left_out))


def _two_lengths(session: Session, free: Openings) -> Batch:
    rules = filled(session, session.event_type("multi-duration"), "durations")
    lengths = sorted(needed(rules, "multi-duration", "durations"))
    if len(lengths) < 2 or not session.api.binding.takes("createBooking", "duration"):
        raise Untestable(f"event type {rules.code} offers one length only, or bookings choose none")
    shorter, longer = timedelta(minutes=lengths[0]), timedelta(minutes=lengths[-1])
    found = openings.list_slots(
        session, rules, free.start, free.end, duration=lengths[-1], note="slots of the longest duration"
    )
    starts = sorted({slot.start for slot in session.api.slots(found, lengths[-1]) or ()})

    def chosen() -> tuple[datetime, ...]:
        for start in starts:
            for other in starts:
                pair = Slot(start, start + longer), Slot(other, other + shorter)
                # The way there must be free for both, whoever the host is.
                if start < other < start + longer and all(map(free.clear, pair)):
                    return start, other
        return ()

    pair = session.tape.times("two lengths", chosen)
    if not pair:
        raise Untestable(
            f"event type {rules.code} lists no start that lies inside another slot of {lengths[-1]} minutes"
        )
    whole, late = Slot(pair[0], pair[0] + longer), Slot(pair[1], pair[1] + shorter)
    free.reserve(Slot(whole.start, max(whole.end, late.end)))
    line = Line(session)
    line.create(rules, whole, minutes=lengths[-1])
    line.create(rules, late, minutes=lengths[0])
    return line.release(kinds.OVERLAP, "two lengths of one event type", f"{moment(whole)} against {moment(late)}")


# Links and caps


@probe("races.link", shared=True, safety="visible", cost=6, capability="links", creates="a link and a booking by it")
def link(session: Session) -> Scene:
    """Let two callers use one single-use link at once, for slots of their own."""
    links_are_used_up(session)
    free = session.need(openings.main)
    slots = [free.take(close=True) for _ in range(2)]
    _, code = create_link(session, free.rules.code, "to be raced for")
    line = Line(session)
    for slot in slots:
        line.create(free.rules, slot, link=code)
    return Scene([line.release(kinds.LINK, "one link, used twice", " and ".join(map(moment, slots)))])


@probe(
    "races.cap", shared=True, safety="visible", cost=2 * (HIGHEST_CAP + 1) + 5, creates="bookings up to the daily cap"
)
def cap(session: Session) -> Scene:
    """Let callers race for different slots of one day, one more than the day takes."""
    caps_are_kept(session)
    rules = filled(session, session.event_type("capped"), "daily_cap", "buffer_before", "buffer_after")
    most = needed(rules, "capped", "daily_cap")
    if most > HIGHEST_CAP:
        raise Untestable(f"the cap of event type {rules.code} is {most}: name one with a cap of at most {HIGHEST_CAP}")
    room = timedelta(minutes=max(rules.buffer_before or 0, rules.buffer_after or 0))
    free = session.need(openings.main)
    listed = many_days(session, rules).slots

    def chosen() -> list[datetime]:
        slots = [slot for slot in listed if free.clear(slot)]
        by_day = {day: slots_on(rules, slots, day) for day in {local_day(rules, slot.start) for slot in slots}}
        # The day with most slots is most likely one that nobody has booked yet.
        day = max(sorted(by_day), key=lambda date: len(by_day[date]), default=None)
        return [] if day is None else [slot.start for slot in apart(by_day[day], most + 1, room)]

    starts = session.tape.times("slots of a day", chosen)
    if len(starts) <= most:
        raise Untestable(f"event type {rules.code} lists no day with {most + 1} free slots apart: give it more")
    by_start = {slot.start: slot for slot in reversed(listed)}
    wanted = [by_start[start] for start in starts]
    day = local_day(rules, starts[0])
    line, group = Line(session), f"{rules.code} on {day}"
    for slot in wanted:
        free.reserve(slot)
        line.create(rules, slot, group=group)
    about = f"{len(wanted)} callers on {day}, which takes {most}"
    return Scene([line.release(kinds.CAP, "the last places of a day", about, caps={group: most})])


# Two doors


@probe("races.doors", shared=True, safety="visible", cost=9, capability="mcp", creates="a booking")
def doors(session: Session) -> Scene:
    """Let two agents and a REST client race for one slot.

    Tools are slower to look than the REST API is to store. So that nobody wins for that alone there are two agents, and
    the client is released later by as much as the REST API is quicker.
    """
    doors_agree(session)
    server = ready(session)
    needs(server, "create_booking")
    who = server.main.who
    second = another(session, f"{who}, a second agent", f"Bearer {session.target.credentials[who]}")
    try:
        second.open(second.mode, "to race with")
    except McpRefused as why:
        raise Untestable(f"a second agent cannot open a session: {why}") from why
    free = session.need(openings.main)
    slot, line = free.take(close=True), Line(session)
    for by in (server.main, second):
        line.create_by(by, free.rules, slot)
    lead = _lead_of_rest(session)
    line.create(free.rules, slot, handicap=lead)
    return Scene(
        [
            line.release(
                kinds.DOORS, "agents and a REST client", f"for {moment(slot)}, the client {lead * 1000:.1f} ms later"
            )
        ]
    )


def _lead_of_rest(session: Session) -> float:
    """Seconds by which a booking over the REST API is usually made sooner than one by a tool."""

    def measured() -> float:
        rest, tool = durations(session, "createBooking"), durations(session, "mcp.create_booking")
        return max(median(tool) - median(rest), 0.0) if rest and tool else 0.0

    return session.tape.reading("lead", measured)
