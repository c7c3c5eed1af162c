"""Bookings cancelled and moved: what becomes of them, and of their slots.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import bookings
from bookproof.probes.calcom_v2.booking_reads import (
    Shown,
    evidence_or_none,
    newest,
    read_booking,
    shown,
    slots_around,
)
from bookproof.probes.calcom_v2.bookings import LONG, Created
from bookproof.probes.calcom_v2.grounds import Ground, grounds
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import Slot, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Why bookings are moved.
MOVE_REASON = "Bookproof moves it"


@dataclass(frozen=True)
class Cancelled:
    """One booking that was cancelled twice, its slot looked for and booked in between.

    Attributes:
        slot: the slot booked.
        uid: of the booking.
        silent: its host cancels it and says no reason.
        cancel: its host cancels it with a reason; the one above where that sufficed.
        read: as read afterwards.
        slots: the slots around it then; missing, with all below, if it was not cancelled.
        listed: whether its slot is among them.
        rebook: the slot booked again.
        left: that booking cancelled by an attendee who says no reason.
        twice: the first one cancelled once more.
        twice_status: what that shows it to be.
    """

    slot: Slot
    uid: str
    silent: Exchange
    cancel: Exchange
    read: Shown
    slots: Exchange | None = None
    listed: bool = False
    rebook: Exchange | None = None
    left: Shown | None = None
    twice: Exchange | None = None
    twice_status: str = ""


def _read(session: Session, uid: str, note: str) -> Shown:
    """A booking in the list of the newest, where others are looked for, too; by its uid, if that shows too little."""
    found = newest(session, note).find(uid)
    return found if found and found.start and found.status else read_booking(session, uid, note)


@probe("changes.called-off", safety="write", cost=6, creates="a booking, cancelled again", shared=True)
def called_off(session: Session) -> Cancelled:
    """Cancel a booking, without a reason and with one, and look at it after another one was moved."""
    free = session.need(grounds).main
    start, uid = _something_booked(session, free)
    slot = Slot(start, start + timedelta(minutes=free.minutes))
    silent = session.cancel(uid, body={}, note="the host says no reason")
    cancel = silent if silent.ok else session.cancel(uid)
    evidence_or_none(session, sent_away)
    return Cancelled(slot, uid, silent, cancel, _read(session, uid, "after a cancellation and a move"))


@probe("changes.cancel", safety="write", cost=5)
def cancelled(session: Session) -> Cancelled:
    """Look whether the slot of a cancelled booking is free, let an attendee cancel, and cancel the first once more."""
    gone, free = session.need(called_off), session.need(grounds).main
    if not gone.cancel.ok or gone.read.live:
        return gone
    start, seen = gone.slot.start, session.need(slots_after)
    rebook = session.book(free.id, start, note="the slot was freed")
    second = shown(session, rebook)
    left = None
    if second.uid:
        # Freed before the second cancellation, which might wrongly bring the first booking back if there is room.
        exchange = session.cancel(second.uid, body={}, authorization=None, note="an attendee says no reason")
        left = shown(session, exchange)
    twice = session.cancel(gone.uid, note="cancelled already")
    return replace(
        gone,
        slots=seen.exchange,
        listed=start in seen.starts,
        rebook=rebook,
        left=left,
        twice=twice,
        twice_status=shown(session, twice).status,
    )


def _something_booked(session: Session, free: Ground) -> tuple[datetime, str]:
    """A live booking of the main event type that nobody needs any more: its start and its uid."""
    found = evidence_or_none(session, bookings.by_slug)
    if found is not None and found.made.uid and found.made.start == found.start:
        return found.start, found.made.uid
    start = free.take()
    _, booking = session.booked(free.id, start, note="to be cancelled")
    return start, str(booking["uid"])


@dataclass(frozen=True)
class Moved:
    """One booking moved from a slot to another.

    Attributes:
        old, new: the slots; they are as long as the booking was.
        uid: of the booking before the move.
        before: the booking as its creation answered it.
        move: the booking as the move answers it.
        old_read: the booking as read by its old uid.
        new_read: as read by the new one; None if the move shows none.
        slots: the slots around the old start; missing, with all below, if it was not moved.
        old_listed, new_listed: whether the old start is among them, and the new one.
        hold: a reservation of the second half of the old slot.
        book_old, book_new: both slots booked then.
        again: the old uid moved once more.
        guarded: whether bookings are known to hold their time.
    """

    old: Slot
    new: Slot
    uid: str
    before: Shown
    move: Shown
    old_read: Shown
    new_read: Shown | None = None
    slots: Exchange | None = None
    old_listed: bool = False
    new_listed: bool = False
    hold: Exchange | None = None
    book_old: Exchange | None = None
    book_new: Exchange | None = None
    again: Exchange | None = None
    guarded: bool = True

    @property
    def live(self) -> list[Shown]:
        """What is live of the booking, under whichever uid."""
        by_uid = {each.uid: each for each in (self.old_read, self.new_read) if each is not None and each.live}
        return list(by_uid.values())

    @property
    def arrived(self) -> Shown | None:
        """The live booking at the new start, or None."""
        return next((each for each in self.live if each.start == self.new.start), None)


@dataclass(frozen=True)
class SentAway:
    """A booking that was moved: its slots, its uid before, its first answer, and that of the move."""

    old: Slot
    new: Slot
    uid: str
    before: Shown
    move: Shown


@probe("changes.sent-away", safety="write", cost=2, creates="a booking in place of one", shared=True)
def sent_away(session: Session) -> SentAway:
    """Move a booking that is longer than usual."""
    long = session.need(bookings.lengths)
    if not long.made.live or long.made.start is None or long.made.end is None:
        raise Untestable(f"no booking of {LONG} minutes was made; see bookings.create.length")
    length = long.made.end - long.made.start
    old = Slot(long.start, long.start + length)
    start = bookings.long_start(session)
    new, uid = Slot(start, start + length), long.made.uid
    body = {"start": utc(start), "reschedulingReason": MOVE_REASON}
    return SentAway(old, new, uid, long.made, shown(session, session.move(uid, start, body=body)))


@probe("changes.shifted", safety="write", cost=3, shared=True)
def shifted(session: Session) -> Moved:
    """A booking that was moved, as it is shown under both uids: read by the old one, and as it is listed."""
    away = session.need(sent_away)
    old_read = read_booking(session, away.uid, "after the move, by the old uid")
    new_read = None
    if away.move.uid and away.move.uid != away.uid:
        new_read = _read(session, away.move.uid, "after the move, by the new uid")
    return Moved(away.old, away.new, away.uid, away.before, away.move, old_read, new_read)


@probe("changes.move", safety="write", cost=8, creates="a booking")
def moved(session: Session) -> Moved:
    """Try to take both slots of a booking that was moved, and to move it once more by its old uid."""
    seen, free = session.need(shifted), session.need(grounds).main
    if seen.arrived is None or len(seen.live) > 1:
        return seen
    old, new, listing = seen.old, seen.new, session.need(slots_after)
    # The second half, which a booking of the first one does not need.
    hold = _held(session, free, old.end - timedelta(minutes=free.minutes))
    book_old = session.book(free.id, old.start, note="a booking was moved away from here")
    book_new = session.book(free.id, new.start, note="a booking was moved here")
    again = session.move(seen.uid, old.start, note="moved already")
    made = evidence_or_none(session, bookings.created)
    return replace(
        seen,
        slots=listing.exchange,
        old_listed=old.start in listing.starts,
        new_listed=new.start in listing.starts,
        hold=hold,
        book_old=book_old,
        book_new=book_new,
        again=again,
        guarded=made is not None and made.again is not None and made.again.refused,
    )


def _held(session: Session, free: Ground, start: datetime) -> Exchange:
    """Hold a slot; nobody else is given it, so the hold may end by itself."""
    body = {"eventTypeId": free.id, "slotStart": utc(start)}
    return session.create("reserveSlot", body=body, note="a booking was moved away from here")


@dataclass(frozen=True)
class Listed:
    """Slots after a booking was made, another cancelled and a third one moved: the answer, and the starts in it."""

    exchange: Exchange
    starts: frozenset[datetime]


@probe("changes.slots", safety="write", cost=1, shared=True)
def slots_after(session: Session) -> Listed:
    """The slots around all these bookings, by one question."""
    made = evidence_or_none(session, bookings.created)
    gone, away = evidence_or_none(session, called_off), evidence_or_none(session, shifted)
    slots = [*([made.slot] if made else []), *([gone.slot] if gone else []), *([away.old, away.new] if away else [])]
    if not slots:
        raise Untestable("no booking was made whose slot could be looked for; see bookings.create.answers")
    times = [slot.start for slot in slots]
    main = session.need(grounds).main
    exchange, starts = slots_around(session, main, *times, note="which slots are taken, and which are free again?")
    return Listed(exchange, frozenset(starts))


@dataclass(frozen=True)
class Taken:
    """A booking, and the slots afterwards."""

    booking: Created
    slots: Listed


@probe("changes.taken", safety="write", cost=0)
def taken(session: Session) -> Taken:
    """A booking that lives on, and the slots around it."""
    return Taken(session.need(bookings.created), session.need(slots_after))


@dataclass(frozen=True)
class RefusedMoves:
    """A booking moved to where it cannot go.

    Attributes:
        before: the booking as it was.
        taken: the start of another live booking.
        onto_taken: moved there; None if there is no such booking.
        night: a start while the schedule is closed.
        off_hours: moved there.
        after: as read afterwards.
    """

    before: Shown
    taken: datetime | None
    onto_taken: Exchange | None
    night: datetime
    off_hours: Exchange
    after: Shown


@probe("changes.refused-moves", safety="write", cost=6)
def refused_moves(session: Session) -> RefusedMoves:
    """Try to move a booking onto another one, and into the night."""
    run, mover, other = session.need(grounds), session.need(moved), session.need(bookings.created)
    before = mover.arrived
    if before is None or before.start is None:
        raise Untestable("there is no live booking to be moved; see bookings.reschedule.moves")
    taken = other.slot.start if other.stored else None
    onto_taken = session.move(before.uid, taken, note="the slot is taken") if taken else None
    local = before.start.astimezone(run.zone)
    night = local.replace(hour=3, minute=0)
    off_hours = session.move(before.uid, night, note="at night, outside all hours")
    # One list shows what all refused moves have left.
    evidence_or_none(session, revived)
    after = _read(session, before.uid, "after moves that should be refused")
    return RefusedMoves(before, taken, onto_taken, night, off_hours, after)


@dataclass(frozen=True)
class Revival:
    """A cancelled booking that was moved: the answer, and the booking as read afterwards."""

    move: Shown
    read: Shown


@probe("changes.revived", safety="write", cost=2, shared=True)
def revived(session: Session) -> tuple[str, Shown]:
    """Try to move a booking that was cancelled twice, to a free slot: its uid, and the answer."""
    gone = session.need(cancelled)
    if gone.twice is not None and gone.twice.ok and gone.twice_status != "cancelled":
        raise Untestable("a cancelled booking does not stay cancelled; see bookings.cancel.twice")
    if not gone.cancel.ok or gone.read.live:
        raise Untestable("no booking is shown as cancelled; see bookings.cancel.status")
    start = session.need(grounds).main.take()
    return gone.uid, shown(session, session.move(gone.uid, start, note="the booking is cancelled"))


@probe("changes.cancelled-move", safety="write", cost=2)
def revival(session: Session) -> Revival:
    """What became of a cancelled booking that was to be moved."""
    uid, move = session.need(revived)
    read = _read(session, uid, "after all was done to a cancelled booking")
    if read.live:
        session.ledger.created("booking", uid)
    return Revival(move, read)
