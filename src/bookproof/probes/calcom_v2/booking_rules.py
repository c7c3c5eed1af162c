"""What may be booked: times that are not offered, settings of the event type, and bodies that are not right.

Source: Everything an AI agent can do with the Cal.com API, Errors; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2 import errors, slots
from bookproof.probes.calcom_v2.booking_reads import Shown, evidence_or_none, shown
from bookproof.probes.calcom_v2.bookings import by_slug, refusable, username
from bookproof.probes.calcom_v2.grounds import CLOSES, OPENS, Ground, grounds, is_open, list_slots, starts
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.probes.calcom_v2.slots import BUFFER, FIELD
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Longer than a value of metadata may be.
_LONG_VALUE = "x" * 501


@dataclass(frozen=True)
class StillFree:
    """The slot that refused creates tried to take, afterwards; None if the slots could not be listed."""

    attempts: list[Exchange]
    exchange: Exchange
    slot: datetime
    free: bool | None


@probe("errors.invalid-afterwards", safety="write", cost=1)
def invalid_afterwards(session: Session) -> StillFree:
    """Whether the slot of the invalid creates is still free: to be booked, else by the list of slots."""
    tried = session.need(errors.invalid_bookings)
    refused = [attempt.exchange for attempt in tried.all if attempt.exchange.refused]
    found = evidence_or_none(session, by_slug)
    if found and found.start == tried.slot and found.made.exchange.ok and found.made.start in (None, tried.slot):
        return StillFree(refused, found.made.exchange, tried.slot, True)
    # A range that nobody has asked for yet: servers answer the same question twice in a row from memory.
    last = tried.slot + timedelta(minutes=37)
    exchange = list_slots(session, tried.event_type, tried.slot, last, note="is it still free?")
    free = tried.slot in starts(session, exchange) if exchange.ok else None
    return StillFree(refused, exchange, tried.slot, free)


@dataclass(frozen=True)
class Attempt:
    """An attempt to book at a start."""

    start: datetime
    exchange: Exchange


@dataclass(frozen=True)
class Times:
    """Attempts at times that are not offered.

    Attributes:
        past: two days ago.
        night: while the schedule is closed.
        lunch: in the gap between its hours.
    """

    past: Attempt
    night: Attempt
    lunch: Attempt


@probe("rules.times", safety="write", cost=6)
def times(session: Session) -> Times:
    """Try to book the past, the night, and the lunch break."""
    run = session.need(grounds)
    free = run.main
    if not free.free:
        raise Untestable("the schedule of the run lists no slot; see slots.hours.honoured")
    (middle,) = session.tape.times("a day", lambda: sorted(free.free)[len(free.free) // 2 :][:1])
    day = middle.astimezone(run.zone).replace(minute=0, second=0, microsecond=0)

    def attempt(start: datetime, note: str) -> Attempt:
        return Attempt(start, refusable(session, free.id, start, {}, note))

    now = session.now().replace(minute=0, second=0, microsecond=0)
    return Times(
        attempt(now - timedelta(days=2), "the start is past"),
        attempt(day.replace(hour=3), "at night, outside all hours"),
        attempt(day.replace(hour=12, minute=15), "in the lunch break"),
    )


@dataclass(frozen=True)
class Bodies:
    """Attempts to book a free slot with a body that is not right, by what is wrong with it."""

    start: datetime
    tried: Mapping[str, Exchange]


@probe("rules.bodies", safety="write", cost=16)
def bodies(session: Session) -> Bodies:
    """Try to book a free slot with one thing wrong at a time."""
    free = session.need(grounds).main
    start = free.take()
    attendee = session.attendee()
    without_contact = {name: value for name, value in attendee.items() if name != "email"}
    wrong: dict[str, dict[str, Any]] = {
        "email": {"attendee": {**attendee, "email": "not an address"}},
        "guest": {"guests": ["not an address"]},
        "contact": {"attendee": without_contact},
        "name": {"attendee": {**attendee, "name": " "}},
        "metadata": {"metadata": {"bookproof": _LONG_VALUE}},
        "unknown field": {"bookproofUnknown": True},
        "location": {"location": {"type": "attendeePhone", "phone": "+493012345678"}},
    }
    tried = {name: refusable(session, free.id, start, changes, f"wrong {name}") for name, changes in wrong.items()}
    tried["slug"] = _by_unknown_slug(session, start)
    return Bodies(start, tried)


def _by_unknown_slug(session: Session, start: datetime) -> Exchange:
    try:
        name = username(session)
    except Untestable:
        name = session.unique("nobody")
    body = {"username": name, "eventTypeSlug": session.unique("nothing"), "attendee": session.attendee()}
    return session.create(
        "createBooking", body={"start": start.isoformat(), **body}, note="a slug that no event type has"
    )


@dataclass(frozen=True)
class Strict:
    """Attempts to book an event type that opens late, closes early, and asks a question.

    Attributes:
        ground: the event type.
        soon: sooner than its notice allows.
        far: later than its window allows.
        unanswered: without an answer to its question.
        start: of the booking that follows its rules.
        made: that booking.
        moved: moved, with a start alone in the body; None if it was not made.
    """

    ground: Ground
    soon: Attempt
    far: Attempt
    unanswered: Attempt
    start: datetime
    made: Shown
    moved: Exchange | None


@probe("rules.strict", safety="write", cost=9, creates="a booking")
def strict(session: Session) -> Strict:
    """Break one rule of an event type at a time, then keep all of them, and move that booking."""
    free, now = session.need(grounds).main, session.now()
    opens, closes = now + timedelta(days=OPENS), now + timedelta(days=CLOSES + 2)

    def take(where: Callable[[datetime], bool]) -> datetime:
        """A start with room for the buffers before and after it."""
        return free.take(clear=2 * BUFFER, where=where) + timedelta(minutes=BUFFER)

    soon, far = take(lambda start: start < opens), take(lambda start: start > closes)
    good, better = take(is_open(session)), take(is_open(session))
    ground = session.need(slots.strict).ground
    answered = {"bookingFieldsResponses": {FIELD: "Bookproof"}}

    def attempt(start: datetime, changes: Mapping[str, Any], note: str) -> Attempt:
        return Attempt(start, refusable(session, ground.id, start, changes, note))

    tried = (
        attempt(soon, answered, "sooner than the notice allows"),
        attempt(far, answered, "later than the booking window allows"),
        attempt(good, {}, "a required question left open"),
    )
    made = shown(session, session.book(ground.id, good, changes=answered, note="all rules are kept"))
    moved = session.move(made.uid, better, note="with a start alone") if made.uid else None
    return Strict(ground, *tried, good, made, moved)


@dataclass(frozen=True)
class Buffered:
    """The slots of that event type around a booking of the host.

    Attributes:
        booked: the time of the booking, which has no buffers of its own.
        near: slots that were offered before and touch the time around the booking that the buffers keep free.
        after: what is offered afterwards.
    """

    booked: Slot
    near: list[Slot]
    after: Asked

    def in_buffer(self, slot: Slot) -> bool:
        """Whether a slot is free of the booking itself, and too near to it."""
        around = timedelta(minutes=BUFFER)
        guarded = Slot(self.booked.start - around, self.booked.end + around)
        return slot.overlaps(guarded) and not slot.overlaps(self.booked)


@probe("slots.buffers", safety="write", cost=3, creates="a booking, where none is there")
def buffers(session: Session) -> Buffered:
    """Ask for the slots of the event type with buffers around a booking of another event type."""
    before, booked = session.need(slots.settings).offered, _booked(session)
    low, high = booked.start - timedelta(hours=3), booked.end + timedelta(hours=3, minutes=1)
    found = list_slots(session, int(before.rules.code), low, high, format="range", note="around the booking")
    after = asked(session, before.rules, low, high, found)
    evidence = Buffered(booked, [], after)
    evidence.near.extend(filter(evidence.in_buffer, before.slots))
    return evidence


def _booked(session: Session) -> Slot:
    """The time of a booking of the main event type: the one by slug, if it is there."""
    found, ground = evidence_or_none(session, by_slug), session.need(grounds).main
    made = found.made if found is not None else None
    if made is None or made.start is None or made.end is None:
        exchange = session.book(ground.id, ground.take(where=is_open(session)), note="to see what buffers keep free")
        made = shown(session, exchange)
        if made.start is None or made.end is None:
            raise Blocked("a free slot should be booked, and the booking show when it is", exchange)
    return Slot(made.start, made.end)
