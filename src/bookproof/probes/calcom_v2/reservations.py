"""Reservations: slots held for a while, held on, released; and what is booked, which nobody can hold.

Source: Everything an AI agent can do with the Cal.com API, Slots; behaviour of a running server; reports of its users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.grounds import Ground, grounds, list_slots
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_UID, Shown, shown
from bookproof.probes.calcom_v2.slot_lists import items_of
from bookproof.targets.views import instant, utc
from bookproof.wire.exchange import Exchange

#: Minutes of a hold that says how long it is to last; the usual is five.
LONG_HOLD = 20


def hold(session: Session, ground: Ground, start: datetime, note: str) -> Exchange:
    """Try to hold a slot as anybody can."""
    body = {"eventTypeId": ground.id, "slotStart": utc(start)}
    return session.create("reserveSlot", body=body, authorization=None, note=note)


def offers(session: Session, ground: Ground, start: datetime, note: str) -> tuple[Exchange, bool]:
    """Ask for the slots around a start: the answer, and whether that start is among them.

    Each question is another one than that before it, by a minute: real servers answer the same one from memory.
    """
    session.questions += 1
    around = timedelta(hours=2, minutes=session.questions % 60)
    exchange = list_slots(session, ground.id, start - around, start + around, note=note)
    return exchange, any(instant(item.start) == start for item in items_of(session, exchange))


@dataclass(frozen=True)
class Held:
    """One slot that was held, held on and released.

    Attributes:
        start: of the slot.
        minutes: its length.
        asked: when it was asked for, by the target's clock.
        made: the answer to the hold.
        offered: whether the slot was offered while it was held, after the question ``asked_held``.
        again: the attempt to hold it once more.
        read: the hold as read.
        extended: the answer to its change to a longer one.
        released: the answer to its release.
        offered_again: whether the slot was offered after that, after the question ``asked_released``.
        read_released: the hold as read after its release.
        unknown: the change of a hold that does not exist.
    """

    start: datetime
    minutes: int
    asked: datetime
    made: Shown
    asked_held: Exchange
    offered: bool
    again: Exchange
    read: Shown
    extended: Shown
    released: Exchange
    asked_released: Exchange
    offered_again: bool
    read_released: Exchange
    released_data: Any
    unknown: Exchange


@probe("reservations.held", safety="write", cost=10, creates="a reservation")
def held(session: Session) -> Held:
    """Hold a slot, look for it, hold it again, read the hold, make it longer, release it, look again."""
    ground = session.need(grounds).main
    start, asked = ground.take(), session.now()
    made = hold(session, ground, start, "a free slot")
    one = {"reservationUid": session.made(made, "reservationUid", "a free slot should be held")["reservationUid"]}
    asked_held, offered = offers(session, ground, start, "while the slot is held")
    again = hold(session, ground, start, "a slot that is held")
    read = session.api.call("getReservation", one, note="the hold")
    body = {"eventTypeId": ground.id, "slotStart": utc(start), "reservationDuration": LONG_HOLD}
    extended = session.api.call("updateReservation", one, body=body, note=f"for {LONG_HOLD} minutes")
    released = session.remove("reservation", one["reservationUid"])
    asked_released, offered_again = offers(session, ground, start, "after the release")
    read_released = session.api.call("getReservation", one, note="after the release")
    unknown = session.api.call("updateReservation", {"reservationUid": UNKNOWN_UID}, body=body, note="an unknown uid")
    return Held(
        start=start,
        minutes=ground.minutes,
        asked=asked,
        made=shown(session, made),
        asked_held=asked_held,
        offered=offered,
        again=again,
        read=shown(session, read),
        extended=shown(session, extended),
        released=released,
        asked_released=asked_released,
        offered_again=offered_again,
        read_released=read_released,
        released_data=session.api.data(read_released),
        unknown=unknown,
    )


@dataclass(frozen=True)
class Booked:
    """Attempts to hold a slot that is booked, and again after the booking was cancelled."""

    start: datetime
    booking: Exchange
    booked: Exchange
    cancel: Exchange
    cancelled: Exchange

    @property
    def holds(self) -> Sequence[Exchange]:
        """Both attempts."""
        return (self.booked, self.cancelled)


@probe("reservations.booked", safety="write", cost=5, creates="a booking and a reservation")
def booked(session: Session) -> Booked:
    """Book a slot, try to hold it, cancel the booking, try to hold it again."""
    ground = session.need(grounds).main
    start = ground.take()
    booking, made = session.booked(ground.id, start, note="a slot that is to be held")
    taken = hold(session, ground, start, "a slot that is booked")
    cancel = session.cancel(str(made["uid"]))
    freed = hold(session, ground, start, "a slot whose booking was cancelled")
    return Booked(start, booking, taken, cancel, freed)
