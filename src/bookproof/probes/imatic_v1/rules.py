"""Rules that bookings follow from: taken time, shared hosts, buffers, the daily cap, notice."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bookproof.judge.slots import grid, local_day, midnight, slots_on
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.openings import SPANS, first_day
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.slots import Asked, ask, filled, needed, reach
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

_ONE_DAY = timedelta(days=1)
#: A cap above this would cost too many bookings to reach.
HIGHEST_CAP = 2


def many_days(session: Session, rules: EventTypeRules) -> Asked:
    """The slots of as many days as the main event type could be asked for, and the notice allows."""
    start = first_day(session, rules)
    try:
        main = session.need(openings.main)
        span = main.end - main.start
    except Untestable:
        span = timedelta(days=SPANS[-2])
    if rules.maximum_notice is not None:
        room = rules.maximum_notice - (rules.minimum_notice or 0) // 1440 - 3
        span = max(_ONE_DAY, min(span, timedelta(days=room)))
    return ask(session, rules, start, start + span, note="openings")


def one_day(session: Session, rules: EventTypeRules, slot: Slot, note: str) -> Asked:
    """The slots of the local date of a slot."""
    day = local_day(rules, slot.start)
    return ask(session, rules, midnight(rules, day), midnight(rules, day + _ONE_DAY), note=note)


def holds(session: Session, booking: Booking, start: datetime) -> bool:
    """Whether a booking, when it is read, is live and starts at an instant.

    Asked where something looks wrong, so that a booking that was never stored is not taken for a rule that is broken.
    """
    read = session.api.booking(session.api.call("getBooking", {"bookingCode": booking.code}, note="is it stored?"))
    return read is not None and read.live and read.start in (None, start)


# Taken time


@dataclass(frozen=True)
class Taken:
    """Two listed slots of one day, booked, and what is listed after that.

    Attributes:
        attempts: the slots and the answers to booking them.
        held: those that are booked.
        after: the day's slots of the same event type; None if nothing was booked.
        sibling: the day's slots of another event type of the same host; None if there is none.
        sibling_reason: why there is none.
    """

    attempts: Sequence[tuple[Slot, Exchange]]
    held: Sequence[Slot]
    after: Asked | None
    sibling: Asked | None
    sibling_reason: str

    def overlapping(self, slot: Slot) -> bool:
        """Whether a slot shares time with one that is booked."""
        return any(slot.overlaps(held) for held in self.held)


@probe("rules.taken", safety="write", cost=7, creates="2 bookings")
def taken(session: Session) -> Taken:
    """Book the last slot of a day of the main event type and another of that day; list both event types of the host."""
    found = session.need(openings.main)
    # The last slot of a day is the one that is most easily got wrong, so the day is chosen by it.
    lasts = {local_day(found.rules, slot.start): slot for slot in found.slots}
    first = found.take([*lasts.values(), *found.slots])
    wanted = [first]
    with suppress(Untestable):  # on a day with few slots one booking tells enough
        wanted.append(found.take(slots_on(found.rules, found.slots, local_day(found.rules, first.start))))
    attempts: list[tuple[Slot, Exchange]] = []
    bookings: list[tuple[Slot, Booking]] = []
    for slot in wanted:
        exchange = session.book(found.rules, slot.start, note="a listed slot")
        attempts.append((slot, exchange))
        booking = session.api.booking(exchange)
        if booking is not None and booking.code is not None:
            bookings.append((slot, booking))
    if not bookings:
        after = one_day(session, found.rules, first, "after a refusal") if attempts[0][1].status == 409 else None
        return Taken(attempts, (), after, None, "no listed slot could be booked")
    after = one_day(session, found.rules, first, "after booking")
    sibling, reason = None, ""
    try:
        sibling = one_day(session, session.event_type("sibling"), first, "another event type of the host")
    except Untestable as why:
        reason = str(why)
    evidence = Taken(attempts, [slot for slot, _ in bookings], after, sibling, reason)
    suspicious = [*after.slots, *(sibling.slots if sibling else ())]
    if any(map(evidence.overlapping, suspicious)):
        stored = [slot for slot, booking in bookings if holds(session, booking, slot.start)]
        return Taken(attempts, stored, after, sibling, reason)
    return evidence


# The daily cap


@dataclass(frozen=True)
class Capped:
    """A day whose cap was reached.

    Attributes:
        rules: with a cap.
        booked: the slots that were booked.
        before: the day's slots when it was free.
        after: the day's slots once the cap was reached.
        beyond: the attempt to book one more.
        stored: whether the bookings that fill the day could be read where it mattered.
    """

    rules: EventTypeRules
    booked: Sequence[Slot]
    before: Sequence[Slot]
    after: Asked
    beyond: Exchange
    stored: bool


def apart(slots: Sequence[Slot], number: int, room: timedelta) -> list[Slot]:
    """The first slots with some room between one and the next, ``number`` of them or fewer."""
    chosen: list[Slot] = []
    for slot in slots:
        if len(chosen) < number and (not chosen or slot.start >= chosen[-1].end + room):
            chosen.append(slot)
    return chosen


@probe("rules.cap", safety="write", cost=2 * HIGHEST_CAP + 5, creates=f"up to {HIGHEST_CAP} bookings")
def cap(session: Session) -> Capped:
    """Fill the emptiest day of the capped event type up to its cap, list it, and try to book once more."""
    rules = filled(session, session.event_type("capped"), "daily_cap", "buffer_before", "buffer_after")
    most = needed(rules, "capped", "daily_cap")
    if most > HIGHEST_CAP:
        raise Untestable(
            f"the cap of event type {rules.code} is {most}; reaching it would take too many bookings: "
            f"name one with a cap of at most {HIGHEST_CAP} as [data.event_types.capped]"
        )
    room = timedelta(minutes=max(rules.buffer_before or 0, rules.buffer_after or 0))
    slots = many_days(session, rules).slots
    days = sorted({local_day(rules, slot.start) for slot in slots})
    # The day with most slots is most likely one that nobody has booked yet.
    day = max(days, key=lambda date: len(slots_on(rules, slots, date)), default=None)
    before = [] if day is None else slots_on(rules, slots, day)
    wanted = apart(before[:-1], most + 1, room)
    if len(wanted) <= most:
        raise Untestable(f"event type {rules.code} lists no day with {most + 2} free slots apart: give it more")
    *fill, one_more = wanted
    bookings = [session.booked(rules, slot.start, note="fills the day")[1] for slot in fill]
    after = one_day(session, rules, one_more, "the cap is reached")
    beyond = session.book(rules, one_more.start, note="beyond the daily cap")
    stored = True
    if after.slots or beyond.ok:
        stored = not bookings or holds(session, bookings[-1], fill[-1].start)
    return Capped(rules, fill, before, after, beyond, stored)


# Buffers


@dataclass(frozen=True)
class Buffered:
    """A booking with buffers, and what they kept away.

    Attributes:
        rules: with buffers.
        slot: the booked slot.
        guarded: the slot with its buffers around it.
        near: listed slots that reached into the buffers when all was free, none of them into the slot itself.
        after: the day's slots once the slot was booked.
        attempts: bookings tried inside the buffers: the slot and the answer.
        move: another booking's move into the buffers; None if there was none to move.
        moved: whether that booking is then where it was moved to.
        stored: whether the booking could be read where it mattered.
    """

    rules: EventTypeRules
    slot: Slot
    guarded: Slot
    near: Sequence[Slot]
    after: Asked
    attempts: Sequence[tuple[Slot, Exchange]]
    move: Exchange | None
    moved: bool
    stored: bool

    def in_buffer(self, slot: Slot) -> bool:
        """Whether a slot reaches into the buffers and not into the booking."""
        return slot.overlaps(self.guarded) and not slot.overlaps(self.slot)


#: About two days of slots every 15 minutes.
FEW_DAYS = 64


def surrounded(rules: EventTypeRules, slots: Sequence[Slot]) -> tuple[Slot, Slot, list[Slot]] | None:
    """The slot with most slots inside what would be its buffers, the time with the buffers, and those slots."""
    ahead, behind = timedelta(minutes=rules.buffer_before or 0), timedelta(minutes=rules.buffer_after or 0)
    best: tuple[Slot, Slot, list[Slot]] | None = None
    # A few days are enough to choose from, and every slot is compared with every other.
    slots = slots[:FEW_DAYS]
    for slot in slots:
        guarded = Slot(slot.start - ahead, slot.end + behind)
        near = [other for other in slots if other.overlaps(guarded) and not other.overlaps(slot)]
        if near and (best is None or len(near) > len(best[2])):
            best = slot, guarded, near
    return best


@probe("rules.buffers", safety="write", cost=11, creates="2 bookings")
def buffers(session: Session) -> Buffered:
    """Book a slot with free slots in its buffers; list, book and reschedule into them."""
    rules = filled(session, session.event_type("buffered"), "buffer_before", "buffer_after")
    if not rules.buffer_before and not rules.buffer_after:
        raise Untestable(
            f"nothing says the buffers of event type {rules.code}: "
            "add buffer_before or buffer_after to [data.event_types.buffered]"
        )
    slots = many_days(session, rules).slots
    chosen = surrounded(rules, slots)
    if chosen is None:
        raise Untestable(
            f"event type {rules.code} lists no slot within the buffers of another: give it a shorter interval"
        )
    slot, guarded, near = chosen
    _, booking = session.booked(rules, slot.start, note="has buffers")
    after = one_day(session, rules, slot, "after booking")
    inside = [min(near), max(near)] if len(near) > 1 else near
    attempts: list[tuple[Slot, Exchange]] = []
    for tried in inside:
        exchange = session.book(rules, tried.start, note="inside a buffer")
        attempts.append((tried, exchange))
        wrong = session.api.booking(exchange)
        if wrong and wrong.code:
            session.cancel(wrong.code, note="it should have been refused")
            break
    move, moved = _move_into(session, rules, slots, guarded, inside[-1])
    stored = True
    if moved or any(exchange.ok for _, exchange in attempts) or {*after.slots} & {*near}:
        stored = holds(session, booking, slot.start)
    return Buffered(rules, slot, guarded, near, after, attempts, move, moved, stored)


def _move_into(
    session: Session, rules: EventTypeRules, slots: Sequence[Slot], guarded: Slot, into: Slot
) -> tuple[Exchange | None, bool]:
    """Book a slot of another day, or hours away, and try to move it: the answer, and whether it has moved."""
    far = [slot for slot in slots if slot.start - guarded.end > _ONE_DAY or guarded.start - slot.end > _ONE_DAY]
    if not far:
        return None, False
    booked = session.api.booking(session.book(rules, far[0].start, note="is to be moved"))
    if booked is None or booked.code is None:
        return None, False
    exchange, moved = session.move(booked.code, into.start, note="into another booking's buffer")
    if not exchange.ok:
        return exchange, False
    now_called = moved if moved and moved.code else booked
    return exchange, holds(session, now_called, into.start)


# Notice


@dataclass(frozen=True)
class Early:
    """An attempt to book against the notice: the start, the limit that it breaks and the answer."""

    rules: EventTypeRules
    start: datetime
    limit: datetime
    exchange: Exchange


def _step(rules: EventTypeRules) -> tuple[int, int]:
    minutes = rules.durations[0] if rules.durations else 30
    return minutes, rules.interval or minutes


@probe("rules.minimum-notice", safety="write", cost=2)
def too_soon(session: Session) -> Early:
    """An attempt to book within the minimum notice, at a time that the hours offer."""
    rules = filled(session, session.event_type("notice"), "minimum_notice", "durations", "interval")
    minimum = timedelta(minutes=needed(rules, "notice", "minimum_notice"))
    needed(rules, "notice", "hours")
    now, limit = session.now(), session.now() + minimum
    # Well within the notice, however the API rounds, and not so soon that the time passes meanwhile.
    margin = min(timedelta(minutes=75), minimum / 3)
    starts = list(grid(rules, now + margin, limit - margin, *_step(rules)))
    if not starts:
        raise Untestable(
            f"the hours of event type {rules.code} offer no time within its minimum notice of {minimum}: "
            "give it more hours or a longer notice"
        )
    return Early(rules, starts[-1], limit, session.book(rules, starts[-1], note="sooner than the minimum notice"))


@probe("rules.maximum-notice", safety="write", cost=2)
def too_late(session: Session) -> Early:
    """An attempt to book beyond the maximum notice, at a time that the hours offer."""
    rules = filled(session, session.event_type("notice"), "maximum_notice", "durations", "interval")
    needed(rules, "notice", "maximum_notice")
    needed(rules, "notice", "hours")
    limit = reach(session, rules)[1]
    # Whole local days are a way to count too: two days later is too late by any count.
    low = midnight(rules, local_day(rules, limit) + 2 * _ONE_DAY)
    start = next(grid(rules, low, low + 8 * _ONE_DAY, *_step(rules)), None)
    if start is None:
        raise Untestable(f"the hours of event type {rules.code} offer no time in the week after its maximum notice")
    return Early(rules, start, limit, session.book(rules, start, note="later than the maximum notice"))


# Questions


@dataclass(frozen=True)
class Unanswered:
    """A booking without its required answers: the event type, the start and the answer."""

    rules: EventTypeRules
    start: datetime
    exchange: Exchange


@probe("rules.required-answer", safety="write", cost=3)
def unanswered(session: Session) -> Unanswered:
    """An attempt to book a free time and leave the required questions open."""
    role, rules = _asking(session)
    if role == "main":
        start = session.need(openings.main).take().start
    elif rules.hours:
        low = first_day(session, rules)
        start = next(grid(rules, low, low + 7 * _ONE_DAY, *_step(rules)), None)
    else:
        start = next((slot.start for slot in many_days(session, rules).slots), None)
    if start is None:
        raise Untestable(f"event type {rules.code} offers no time in the next week: give it more hours")
    silent = replace(rules, required_answers={})
    return Unanswered(rules, start, session.book(silent, start, note="required questions are left open"))


def _asking(session: Session) -> tuple[str, EventTypeRules]:
    """An event type with required answers and its role; that of role ``confirmation`` before others."""
    given = session.target.event_types
    for role in ("confirmation", *given):
        if role in given and given[role].required_answers:
            return role, given[role]
    raise Untestable(
        "the target file names no required answers: if an event type has a required question, "
        "add required_answers to [data.event_types.confirmation]"
    )
