"""Bookings: made, read, refused as conflicts; by an id or by a slug, and of several lengths.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import errors
from bookproof.probes.calcom_v2.booking_reads import (
    Newest,
    Shown,
    newest,
    read_booking,
    shown,
    tagged,
    view,
)
from bookproof.probes.calcom_v2.grounds import Ground, grounds, is_open, look, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Lengths of the event type that has several, in minutes; the shorter one is the default.
SHORT, LONG = 30, 60
#: A length that it does not offer.
NOT_OFFERED = 45
#: What the attendee of a booking can have that is not the host's, nor any server's own choice.
LANGUAGE, _ELSEWHERE = "de", ("Asia/Tokyo", "America/New_York")
#: An hour ahead of UTC: a start that is read without its offset would be another slot that is free.
AHEAD = timezone(timedelta(hours=1))


@probe("bookings.lengths-ground", safety="write", cost=3, creates="an event type of two lengths", shared=True)
def lengths_ground(session: Session) -> Ground:
    """An event type of two lengths, on the schedule of the run, with the free slots of the longer one."""
    options = {"lengthInMinutesOptions": [SHORT, LONG]}
    ground = make_event_type(session, "lengths", options, minutes=SHORT, slots=False)
    look(session, ground, duration=LONG, format="range")
    return ground


def from_elsewhere(session: Session) -> dict[str, Any]:
    """The attendee of a booking, in another zone than the host, and with a language."""
    zone = next(name for name in _ELSEWHERE if name != session.target.time_zone)
    return session.attendee(timeZone=zone, language=LANGUAGE)


def long_start(session: Session) -> datetime:
    """A free start of the longer length, that no other probe is given: its grid may be another than that of `main`.

    Raises:
        Untestable: there is none left.
    """
    free, offered = session.need(grounds).main, set(session.need(lengths_ground).free)
    return free.take(clear=LONG - free.minutes, where=lambda start: start in offered)


@dataclass(frozen=True)
class Created:
    """One booking, and two attempts to take its time once more.

    Attributes:
        ground: the event type.
        slot: the slot booked.
        attendee: who books.
        sent: what was sent beside start, event type and attendee.
        made: the booking as its creation answers it.
        read: as read by its uid; None, with all below, if the creation answers none.
        again: the same event type and start booked once more.
        overlap: a longer slot of another event type of the same host, begun before it.
        across: that slot.
        overlapping: whether what it booked, if it did, shares time with the booking.
        listed: the newest bookings after that.
        tried: ids of the event types that were asked for.
        accepted: uids of the conflicting bookings that were accepted.
        messages: number of an exchange to the message of a refusal.
    """

    ground: Ground
    slot: Slot
    attendee: Mapping[str, Any]
    sent: Mapping[str, Any]
    made: Shown
    read: Shown | None = None
    again: Exchange | None = None
    overlap: Exchange | None = None
    across: Slot | None = None
    overlapping: bool = True
    listed: Newest | None = None
    tried: frozenset[str] = frozenset()
    accepted: tuple[str, ...] = ()
    messages: Mapping[int, str] = field(default_factory=dict[int, str])

    def message(self, exchange: Exchange) -> str:
        """What a refusal says in words, or ""."""
        return self.messages.get(exchange.number, "")

    @property
    def stored(self) -> bool:
        """Whether it was there, and live, when it was read by its uid."""
        return self.read is not None and self.read.live

    @property
    def conflicts(self) -> list[Exchange]:
        """The answers to the attempts to take its time once more."""
        return [exchange for exchange in (self.again, self.overlap) if exchange is not None]

    @property
    def guarded(self) -> bool:
        """Whether its time was kept from both attempts."""
        return self.stored and bool(self.conflicts) and all(exchange.refused for exchange in self.conflicts)


@probe("bookings.create", safety="write", cost=10, creates="a booking")
def created(session: Session) -> Created:
    """Book a slot, read it, and try to take the same time again: same start, and across it."""
    free, other = session.need(grounds).main, session.need(lengths_ground)
    # Room for a longer booking from its start on, too: what is moved there later is refused for this booking alone.
    before = free.take(clear=LONG)
    start = before + timedelta(minutes=free.minutes)
    slot = Slot(start, start + timedelta(minutes=free.minutes))
    sent, attendee = _particulars(session), from_elsewhere(session)
    exchange = session.book(free.id, start, changes={**sent, "attendee": attendee}, note="a slot that is listed")
    made = shown(session, exchange)
    if not made.uid:
        return Created(free, slot, attendee, sent, made)
    read = read_booking(session, made.uid)
    stranger = session.attendee(name="Bookproof Rival")
    again = session.book(free.id, start, changes={"attendee": stranger}, note="the slot was just taken")
    across = Slot(before, before + timedelta(minutes=LONG))
    overlap = session.book(
        other.id, before, changes={"lengthInMinutes": LONG}, note="lies across a booking of the same host"
    )
    listed = newest(session, "after the conflicts")
    tried = frozenset({str(free.id), str(other.id)})
    for stray in strays(session, listed, tried, slot):
        session.ledger.created("booking", stray)
    return Created(
        free,
        slot,
        attendee,
        sent,
        made,
        read,
        again,
        overlap,
        across,
        _overlaps(shown(session, overlap), slot),
        listed,
        tried,
        tuple(uid for attempt in (again, overlap) if (uid := shown(session, attempt).uid)),
        {attempt.number: session.api.error(attempt)[1] for attempt in (again, overlap)},
    )


def _particulars(session: Session) -> dict[str, Any]:
    """What a booking can carry beside its attendee."""
    return {
        "guests": [tagged(session, "guest")],
        "metadata": {"bookproof": "kept"},
        "bookingFieldsResponses": {"notes": "Bookproof was here"},
    }


def _overlaps(made: Shown, slot: Slot) -> bool:
    """Whether a booking shares time with a slot, as far as it shows."""
    return not made.start or not made.end or Slot(made.start, made.end).overlaps(slot)


def strays(session: Session, listed: Newest, tried: frozenset[str], slot: Slot) -> Iterator[str]:
    """The uids of live bookings in a slot that no answer has told us of."""
    known = {thing.code for thing in session.ledger.left()}
    for booking in map(view, listed.bookings):
        held = Slot(booking.start, booking.end) if booking.start and booking.end else slot
        fresh = booking.live and booking.code not in known and booking.event_type_code in tried
        if fresh and booking.code and held.overlaps(slot):
            yield booking.code


def username(session: Session) -> str:
    """The username of the account, from the target file or from what it was greeted with.

    Raises:
        Untestable: it is not known.
    """
    known = session.target.known.get("usernames", {})
    if "full" in known:
        return str(known["full"])
    for exchange in reversed(session.client.exchanges):
        if exchange.operation == "getMe" and exchange.ok and exchange.role == "full":
            name = session.api.one(exchange).get("username")
            if name:
                return str(name)
    raise Untestable("no username is known: getMe shows none; name it in [data.usernames]")


@dataclass(frozen=True)
class BySlug:
    """A booking by username and slug, its start written with an offset.

    Attributes:
        ground: the event type.
        start: asked for.
        written: as it was written.
        made: the booking as its creation answers it.
    """

    ground: Ground
    start: datetime
    written: str
    made: Shown


@probe("bookings.by-slug", safety="write", cost=3, creates="a booking")
def by_slug(session: Session) -> BySlug:
    """Book by username and slug, with a start that has an offset, what invalid bookings have left free."""
    free, tried = session.need(grounds).main, session.known(errors.invalid_bookings)
    if tried is not None:
        found = _by_slug(session, free, tried.slot)
        if not found.made.exchange.refused:
            return found
    # Where an event type with buffers is open, so that it can be seen what they keep free.
    return _by_slug(session, free, free.take(clear=60, where=is_open(session)))


def _by_slug(session: Session, free: Ground, start: datetime) -> BySlug:
    written = start.astimezone(AHEAD).isoformat()
    body = {"start": written, "username": username(session), "eventTypeSlug": free.slug, "attendee": session.attendee()}
    made = session.create("createBooking", body=body, note="by username and slug")
    return BySlug(free, start, written, shown(session, made))


@dataclass(frozen=True)
class Lengths:
    """Bookings that ask for a length.

    Attributes:
        ground: the event type with several lengths.
        start: of the accepted one.
        made: a booking of the longer length.
        not_offered: a length asked for that is no option.
        fixed: a length asked for of an event type with one length only.
    """

    ground: Ground
    start: datetime
    made: Shown
    not_offered: Exchange
    fixed: Exchange


@probe("bookings.lengths", safety="write", cost=6, creates="a booking")
def lengths(session: Session) -> Lengths:
    """Book the longer of two lengths, and ask for lengths that there are not."""
    free, ground = session.need(grounds).main, session.need(lengths_ground)
    start = long_start(session)
    refused = [
        refusable(session, each.id, start, {"lengthInMinutes": NOT_OFFERED}, note)
        for each, note in ((ground, "a length that is no option"), (free, "a length of a type that has one only"))
    ]
    # What a move could lose: this booking is moved later.
    changes = {"lengthInMinutes": LONG, **_particulars(session), "attendee": from_elsewhere(session)}
    made = session.book(ground.id, start, changes=changes, note="the longer of two lengths")
    return Lengths(ground, start, shown(session, made), *refused)


def refusable(
    session: Session, event_type: int, start: datetime, changes: Mapping[str, Any], note: str, **call: Any
) -> Exchange:
    """Try to book what should be refused; what is booked all the same is cancelled at once."""
    exchange = session.book(event_type, start, changes=changes, note=note, **call)
    for made in session.api.many(exchange):
        if made.get("uid"):
            session.cancel(str(made["uid"]))
    return exchange
