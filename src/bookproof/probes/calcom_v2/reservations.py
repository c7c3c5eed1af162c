"""Reservations: slots that are held for a while, moved, released, booked.

Source: Everything an AI agent can do with the Cal.com API, Slots; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2 import scopes
from bookproof.probes.calcom_v2.grounds import Ground, grounds, list_slots, starts
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Shown, shown
from bookproof.targets.views import utc
from bookproof.wire.exchange import Exchange

#: Minutes for which the owner wants a hold; more than real servers take without being asked.
LONGER = 20
#: Minutes for which nobody should be able to hold a slot without credentials.
FAR_TOO_LONG = 600
#: A list of slots reaches this far around the times of interest.
_AROUND = timedelta(hours=2)


def body_of(event_type: int, start: datetime, **more: Any) -> dict[str, Any]:
    """The body that asks for a hold."""
    return {"eventTypeId": event_type, "slotStart": utc(start), **more}


def reserve(session: Session, event_type: int, start: datetime, note: str = "", **call: Any) -> Exchange:
    """Try to hold a slot; ``more`` are members of the body, the rest as :meth:`Session.create`."""
    more = call.pop("more", {})
    return session.create("reserveSlot", body=body_of(event_type, start, **more), note=note, **call)


@dataclass(frozen=True)
class Listing:
    """A list of slots: the answer, and the starts in it."""

    exchange: Exchange
    starts: Sequence[datetime]


def list_around(session: Session, ground: Ground, times: Sequence[datetime], note: str) -> Listing:
    """The slots around some times.

    No two questions are the same, since servers may answer the same question from memory for some seconds.

    Raises:
        Blocked: they are not listed.
    """
    first = min(times) - _AROUND - timedelta(seconds=session.client.next_number % 3_000)
    exchange = list_slots(session, ground.id, first, max(times) + _AROUND, note=note)
    if not exchange.ok:
        raise Blocked("the slots of an event type should be listed", exchange)
    return Listing(exchange, starts(session, exchange))


@dataclass(frozen=True)
class Held:
    """One slot that was held.

    Attributes:
        event_type: what it is a slot of.
        minutes: its length.
        start: of the slot.
        now: when it was asked for, by the target's clock.
        anonymous: the attempt without credentials.
        hold: the hold: that one, or one with the key where credentials were asked for.
    """

    event_type: int
    minutes: int
    start: datetime
    now: datetime
    anonymous: Exchange
    hold: Shown

    @property
    def uid(self) -> Any:
        """Of the hold."""
        return self.hold.get("reservationUid")


def hold_for_anybody(session: Session, note: str) -> Held:
    """Hold a free slot without credentials; with the key, where a server asks for it."""
    ground = session.need(grounds).main
    start, now = ground.take(), session.now()
    anonymous = reserve(session, ground.id, start, note, authorization=None)
    exchange = anonymous
    if anonymous.status in (401, 403):
        exchange = reserve(session, ground.id, start, f"{note}, with the key")
    return Held(ground.id, ground.minutes, start, now, anonymous, shown(session, exchange))


@probe("reservations.hold", safety="write", cost=3, creates="a reservation")
def held(session: Session) -> Held:
    """Hold a slot without credentials."""
    return hold_for_anybody(session, "a free slot")


@dataclass(frozen=True)
class Life:
    """What becomes of a hold: tried once more, moved to another slot by the owner, released.

    Attributes:
        held: the hold as it was made.
        again: the same slot held once more by somebody.
        other: the start of the slot that it was moved to.
        now: when it was moved, by the target's clock.
        change: the answer to that, which asks for :data:`LONGER` minutes, too.
        moved: the slots afterwards.
        release: the answer to its release.
        freed: the slots afterwards.
        read: the hold read after its release.
        null: whether the answer to that holds nothing.
        late: the hold changed after its release.
    """

    held: Held
    again: Exchange
    other: datetime
    now: datetime
    change: Shown
    moved: Listing
    release: Exchange
    freed: Listing
    read: Exchange
    null: bool
    late: Exchange

    @property
    def left(self) -> tuple[datetime, ...]:
        """The starts of the slots that nothing holds once the hold is released."""
        return (self.other,) if self.again.ok else (self.held.start, self.other)


@probe("reservations.life", safety="write", cost=8)
def life(session: Session) -> Life:
    """Hold a held slot again, move the hold, look for both slots, release it, look again, change it once more."""
    first = session.need(held)
    if not first.uid:
        raise Blocked("a free slot should be held, and its reservationUid answered", first.hold.exchange)
    ground, one = session.need(grounds).main, {"reservationUid": first.uid}
    caller: dict[str, Any] = {"authorization": None} if first.anonymous.ok else {}
    again = reserve(session, ground.id, first.start, "a held slot", **caller)
    other, now = ground.take(), session.now()
    longer = body_of(ground.id, other, reservationDuration=LONGER)
    change = session.api.call("updateReservation", one, body=longer, note="another slot, and longer")
    moved = list_around(session, ground, (first.start, other), "after the hold was moved")
    release = session.remove("reservation", first.uid)
    freed = list_around(session, ground, (first.start, other), "after the hold was released")
    read = session.api.call("getReservation", one, note="after its release")
    late = session.api.call("updateReservation", one, body=body_of(ground.id, other), note="after its release")
    return Life(
        held=first,
        again=again,
        other=other,
        now=now,
        change=shown(session, change),
        moved=moved,
        release=release,
        freed=freed,
        read=read,
        null=read.ok and session.api.data(read) is None,
        late=late,
    )


@dataclass(frozen=True)
class Booked:
    """A held slot that was booked, and cancelled.

    Attributes:
        start: of the slot.
        hold: the slot held by the key.
        book: booked by it.
        over: held while it is booked; None if it is not.
        cancel: the booking cancelled; None likewise.
        after: held after that; None if it was not cancelled.
    """

    start: datetime
    hold: Shown
    book: Exchange
    over: Exchange | None = None
    cancel: Exchange | None = None
    after: Exchange | None = None


@probe("reservations.booked", safety="write", cost=9, creates="a booking, cancelled again, and a reservation")
def booked(session: Session) -> Booked:
    """Hold a slot and book it, try to hold it, cancel the booking, hold it."""
    ground = session.need(grounds).main
    start = ground.take()
    hold = shown(session, reserve(session, ground.id, start, "to be booked"))
    book = session.book(ground.id, start, note="by who holds the slot")
    if hold.get("reservationUid"):
        # A server may keep a hold beside its booking; from here on, only the booking is to be in the way.
        session.remove("reservation", hold.get("reservationUid"), note="booked")
    uid = session.api.one(book).get("uid")
    if uid is None:
        return Booked(start, hold, book)
    over = reserve(session, ground.id, start, "a booked slot")
    cancel = session.cancel(str(uid), note="to free its slot")
    after = reserve(session, ground.id, start, "its booking was cancelled") if cancel.ok else None
    return Booked(start, hold, book, over, cancel, after)


@dataclass(frozen=True)
class Refused:
    """Attempts that must fail.

    Attributes:
        unknown: a slot of an event type that does not exist.
        now: when the next was asked for, by the target's clock.
        chosen: a slot for :data:`FAR_TOO_LONG` minutes, without credentials.
    """

    unknown: Exchange
    now: datetime
    chosen: Shown


@probe("reservations.refused", safety="write", cost=4)
def refused(session: Session) -> Refused:
    """Hold a slot of an event type that does not exist unless a token has, and one for hours without credentials."""
    ground = session.need(grounds).main
    start = ground.take()
    told = session.known(scopes.slots)
    unknown = told.reserved if told and told.reserved.status not in {0, 401, 403} else None
    unknown = unknown or reserve(session, UNKNOWN_ID, start, "an unknown event type")
    now, hours = session.now(), {"reservationDuration": FAR_TOO_LONG}
    chosen = reserve(session, ground.id, start, "for hours, without credentials", authorization=None, more=hours)
    return Refused(unknown, now, shown(session, chosen))
