"""Bookings cancelled and moved: what becomes of them, and of their slots.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import bookings
from bookproof.probes.calcom_v2.booking_reads import Shown, evidence_or_none, read_booking, shown, slots_around
from bookproof.probes.calcom_v2.bookings import LONG
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


@probe("changes.cancel", safety="write", cost=11, creates="a booking, cancelled again")
def cancelled(session: Session) -> Cancelled:
    """Cancel a booking, look whether its slot is free, let an attendee cancel, and cancel once more."""
    free = session.need(grounds).main
    start, uid = _something_booked(session, free)
    slot = Slot(start, start + timedelta(minutes=free.minutes))
    silent = session.cancel(uid, body={}, note="the host says no reason")
    cancel = silent if silent.ok else session.cancel(uid)
    read = read_booking(session, uid, "after the cancellation")
    if not cancel.ok or read.live:
        return Cancelled(slot, uid, silent, cancel, read)
    slots, offered = slots_around(session, free, start, "is the slot free again?")
    rebook = session.book(free.id, start, note="the slot was freed")
    second = shown(session, rebook)
    left = None
    if second.uid:
        # Freed before the second cancellation, which might wrongly bring the first booking back if there is room.
        exchange = session.cancel(second.uid, body={}, authorization=None, note="an attendee says no reason")
        left = shown(session, exchange)
    twice = session.cancel(uid, note="cancelled already")
    at_last = shown(session, twice).status
    return Cancelled(slot, uid, silent, cancel, read, slots, start in offered, rebook, left, twice, at_last)


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
        move: the booking as the move answers it.
        old_read: the booking as read by its old uid.
        new_read: as read by the new one; None if the move shows none.
        slots: the slots around the old start; missing, with all below, if it was not moved.
        old_listed: whether the old start is among them.
        hold: a reservation of the old slot.
        book_old, book_new: both slots booked then.
        again: the old uid moved once more.
        guarded: whether bookings are known to hold their time.
    """

    old: Slot
    new: Slot
    uid: str
    move: Shown
    old_read: Shown
    new_read: Shown | None = None
    slots: Exchange | None = None
    old_listed: bool = False
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


@probe("changes.move", safety="write", cost=14, creates="two bookings")
def moved(session: Session) -> Moved:
    """Move a booking that is longer than usual, read it under both uids, and try to take both slots."""
    free = session.need(grounds).main
    long = session.need(bookings.lengths)
    if not long.made.live or long.made.start is None or long.made.end is None:
        raise Untestable(f"no booking of {LONG} minutes was made; see bookings.create.length")
    length = long.made.end - long.made.start
    old = Slot(long.start, long.start + length)
    start = bookings.long_start(session)
    new, uid = Slot(start, start + length), long.made.uid
    body = {"start": utc(start), "reschedulingReason": MOVE_REASON}
    move = shown(session, session.move(uid, start, body=body))
    old_read = read_booking(session, uid, "after the move, by the old uid")
    new_read = None
    if move.uid and move.uid != uid:
        new_read = read_booking(session, move.uid, "after the move, by the new uid")
    evidence = Moved(old, new, uid, move, old_read, new_read)
    if evidence.arrived is None or len(evidence.live) > 1:
        return evidence
    slots, offered = slots_around(session, free, old.start, "is the old slot free again?")
    hold = _held(session, free, old.start)
    book_old = session.book(free.id, old.start, note="a booking was moved away from here")
    book_new = session.book(free.id, new.start, note="a booking was moved here")
    again = session.move(uid, old.start, note="moved already")
    made = evidence_or_none(session, bookings.created)
    return Moved(
        old,
        new,
        uid,
        move,
        old_read,
        new_read,
        slots,
        old.start in offered,
        hold,
        book_old,
        book_new,
        again,
        made is not None and made.again is not None and made.again.refused,
    )


def _held(session: Session, free: Ground, start: datetime) -> Exchange:
    """Hold a slot, and let it go."""
    body = {"eventTypeId": free.id, "slotStart": utc(start)}
    hold = session.create("reserveSlot", body=body, note="a booking was moved away from here")
    uid = session.api.one(hold).get("reservationUid")
    if uid is not None:
        session.remove("reservation", uid, note="not needed")
    return hold


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


@probe("changes.refused-moves", safety="write", cost=4)
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
    after = read_booking(session, before.uid, "after moves that should be refused")
    return RefusedMoves(before, taken, onto_taken, night, off_hours, after)


@dataclass(frozen=True)
class Revival:
    """A cancelled booking that was moved: the answer, and the booking as read afterwards."""

    move: Shown
    read: Shown


@probe("changes.cancelled-move", safety="write", cost=3)
def revival(session: Session) -> Revival:
    """Try to move a booking that was cancelled twice, to a free slot, and read it."""
    gone = session.need(cancelled)
    if gone.twice is not None and gone.twice.ok and gone.twice_status != "cancelled":
        raise Untestable("a cancelled booking does not stay cancelled; see bookings.cancel.twice")
    if not gone.cancel.ok or gone.read.live:
        raise Untestable("no booking is shown as cancelled; see bookings.cancel.status")
    start = session.need(grounds).main.take()
    move = shown(session, session.move(gone.uid, start, note="the booking is cancelled"))
    read = read_booking(session, gone.uid, "after all was done to a cancelled booking")
    if read.live:
        session.ledger.created("booking", gone.uid)
    return Revival(move, read)
