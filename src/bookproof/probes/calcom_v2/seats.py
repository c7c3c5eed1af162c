"""Event types with seats: taken, full, left, and shown to whom.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.booking_reads import Shown, read_booking, shown, slots_around, tagged
from bookproof.probes.calcom_v2.grounds import Ground, grounds, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import instant
from bookproof.wire.exchange import Exchange

#: Seats of a slot.
SEATS = 2
#: How many of them are taken, are free, and are there.
COUNTS = ("seatsBooked", "seatsRemaining", "seatsTotal")


@probe("seats.ground", safety="write", cost=2, creates="an event type with seats", shared=True)
def seated_ground(session: Session) -> Ground:
    """An event type whose slots two attendees share, who do not see each other."""
    seats = {"seatsPerTimeSlot": SEATS, "showAttendeeInfo": False, "showAvailabilityCount": True}
    return make_event_type(session, "seats", {"seats": seats}, slots=False)


@dataclass(frozen=True)
class Seat:
    """Somebody who has asked for a seat: the answer, the address, and the uid of the seat, or ""."""

    made: Shown
    email: str
    uid: str

    @property
    def taken(self) -> bool:
        """Whether the answer shows a seat in a booking."""
        return bool(self.made.uid and self.uid)


@dataclass(frozen=True)
class Seated:
    """A slot with two seats: taken, full, left and taken again.

    Attributes:
        start: of the slot.
        first, second: whoever takes its seats.
        full: whoever comes after them; missing, with all below, if the seats are not taken.
        stranger: the booking as read without a key.
        host: the booking as its host reads it.
        full_slots: the slots around it while it is full.
        full_listed: whether it is among them.
        left: the first seat left.
        partly: the slots around it while one seat is taken.
        partly_listed: whether it is among them.
        counts: start to what those slots say of their seats, by the names that the API gives to the numbers.
        refill: whoever comes then.
        emptied: all other seats left.
        empty_slots: the slots around it when nobody is left.
        empty_listed: whether it is among them.
        restart: whoever comes then.
    """

    start: datetime
    first: Seat
    second: Seat
    full: Exchange | None = None
    stranger: Shown | None = None
    host: Shown | None = None
    full_slots: Exchange | None = None
    full_listed: bool = False
    left: Exchange | None = None
    partly: Exchange | None = None
    partly_listed: bool = False
    counts: Mapping[datetime, Mapping[str, int]] = field(default_factory=dict[datetime, Mapping[str, int]])
    refill: Seat | None = None
    emptied: tuple[Exchange, ...] = ()
    empty_slots: Exchange | None = None
    empty_listed: bool = False
    restart: Seat | None = None


@probe("seats.taken", safety="write", cost=17, creates="a booking with seats")
def seated(session: Session) -> Seated:
    """Take both seats of a slot, ask for a third, leave one, take it again, leave all, and take one."""
    free, ground = session.need(grounds).main, session.need(seated_ground)
    start = free.take()
    first, second = take_seat(session, ground, start, "a"), take_seat(session, ground, start, "b")
    if not first.taken or not second.taken:
        return Seated(start, first, second)
    full = take_seat(session, ground, start, "c").made.exchange
    stranger = read_booking(session, second.made.uid, "read by a stranger", authorization=None)
    host = read_booking(session, second.made.uid, "read by its host")
    full_slots, offered = slots_around(session, ground, start, note="is the full slot gone?")
    left = leave_seat(session, first)
    partly, half_open = slots_around(session, ground, start, note="is the slot back that somebody has left?")
    refill = take_seat(session, ground, start, "d")
    emptied = tuple(leave_seat(session, seat) for seat in (second, refill) if seat.taken)
    for seat in (first, second, refill):
        session.ledger.gone("booking", seat.made.uid)
    empty_slots, open_again = slots_around(session, ground, start, note="is the empty slot back?")
    restart = take_seat(session, ground, start, "e")
    return Seated(
        start,
        first,
        second,
        full,
        stranger,
        host,
        full_slots,
        start in offered,
        left,
        partly,
        start in half_open,
        _counts(session, partly),
        refill,
        emptied,
        empty_slots,
        start in open_again,
        restart,
    )


def _counts(session: Session, exchange: Exchange) -> dict[datetime, Mapping[str, int]]:
    """What listed slots say of their seats."""
    days = cast("list[list[Any]]", [day for day in session.api.one(exchange).values() if isinstance(day, list)])
    slots = [cast("dict[str, Any]", slot) for day in days for slot in day if isinstance(slot, dict)]
    told = {instant(slot.get("start")): {name: slot[name] for name in COUNTS if name in slot} for slot in slots}
    return {start: counts for start, counts in told.items() if start and counts}


def take_seat(session: Session, ground: Ground, start: datetime, tag: str) -> Seat:
    """Ask for a seat, as somebody with an address of his own."""
    email = tagged(session, f"seat-{tag}")
    attendee = session.attendee(name=f"Bookproof Seat {tag.upper()}", email=email)
    made = shown(session, session.book(ground.id, start, changes={"attendee": attendee}, note=f"seat {tag}"))
    return Seat(made, email, str(made.raw.get("seatUid") or ""))


def leave_seat(session: Session, seat: Seat) -> Exchange:
    """Leave a seat, without a key, as attendees do."""
    parameters = {"bookingUid": seat.made.uid}
    body = {"seatUid": seat.uid}
    return session.api.call("cancelBooking", parameters, body=body, authorization=None, note="a seat is left")
