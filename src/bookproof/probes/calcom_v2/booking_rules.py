"""What may be booked: times that are not offered, settings of the event type, and bodies that are not right.

Source: Everything an AI agent can do with the Cal.com API, Errors; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.booking_reads import Shown, shown
from bookproof.probes.calcom_v2.bookings import refusable, username
from bookproof.probes.calcom_v2.grounds import Ground, grounds, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: The strict event type opens so many days ahead, and closes so many days ahead.
OPENS, CLOSES = 12, 20
#: What it asks every attendee.
FIELD = "topic"
#: Where it takes place.
ADDRESS = "1 Bookproof Street"
_A_MINUTE = 60
#: Longer than a value of metadata may be.
_LONG_VALUE = "x" * 501


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
    day = sorted(free.free)[len(free.free) // 2].astimezone(run.zone).replace(minute=0, second=0, microsecond=0)

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


@probe("rules.bodies", safety="write", cost=14)
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


@probe("rules.strict", safety="write", cost=12, creates="an event type and a booking")
def strict(session: Session) -> Strict:
    """Break one rule of an event type at a time, then keep all of them, and move that booking."""
    free, now = session.need(grounds).main, session.now()
    opens, closes = now + timedelta(days=OPENS), now + timedelta(days=CLOSES)
    margin = timedelta(days=1)

    def within(start: datetime) -> bool:
        return opens + margin < start < closes - margin

    soon, far = free.take(where=lambda start: start < opens), free.take(where=lambda start: start > closes + 2 * margin)
    good, better = free.take(where=within), free.take(where=within)
    ground = make_event_type(
        session,
        "strict",
        {
            "minimumBookingNotice": OPENS * 24 * _A_MINUTE,
            "bookingWindow": {"type": "calendarDays", "value": CLOSES, "rolling": False},
            "bookingFields": [
                {"type": "text", "slug": FIELD, "label": "Topic", "placeholder": "What about?", "required": True}
            ],
            "locations": [{"type": "address", "address": ADDRESS, "public": True}],
        },
        slots=False,
    )
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
