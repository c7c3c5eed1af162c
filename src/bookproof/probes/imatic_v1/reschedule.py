"""Bookings moved to another time: a free slot, a taken one, the middle of the night, and after their cancellation.

Source: Calendar API & MCP, REST API v1 (Bookings: "move one to a new time").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import bookings, openings
from bookproof.probes.imatic_v1.booking_reads import Shown, evidence_or_none, read_booking, starts_listed, whole_list
from bookproof.probes.imatic_v1.bookings import Created
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.slots import closed_times
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: A control slot further away than this is left out of the question for slots, which some APIs bound.
_WIDEST = timedelta(days=7)


@dataclass(frozen=True)
class Moved:
    """One booking moved from a slot to another, which may have changed its code.

    Attributes:
        old, new: the slots.
        move: the answer to the move.
        readings: the old code and, where there is another, the new one as read afterwards.
        gap: why a new code may have been missed, or "".
        slots: the answer that lists what is free then; it and all below are missing if nothing was seen to move.
        old_listed, new_listed: whether the slots are among them.
        booked_are_listed: whether the slot of a live booking is listed as free; None if that is not known.
        book_old, book_new: both slots booked then.
        booked_are_guarded: whether this API is known to keep a second booking off a start.
    """

    old: Slot
    new: Slot
    move: Exchange
    readings: list[Shown]
    gap: str = ""
    slots: Exchange | None = None
    old_listed: bool = False
    new_listed: bool = False
    booked_are_listed: bool | None = None
    book_old: Exchange | None = None
    book_new: Exchange | None = None
    booked_are_guarded: bool = False

    @property
    def live(self) -> list[Booking]:
        """What is live of the booking, under whatever code."""
        return [shown.booking for shown in self.readings if shown.booking and shown.live]

    @property
    def arrived(self) -> Booking | None:
        """The live booking at the new start, or None."""
        return next((booking for booking in self.live if booking.start == self.new.start), None)


@probe("reschedule.move", safety="write", cost=11, creates="two bookings")
def moved(session: Session) -> Moved:
    """Move a booking, read it under every code it may have, and try to book both slots."""
    free = session.need(openings.main)
    control = evidence_or_none(session, bookings.created)
    old, new = free.take(), free.take()
    _, booking = session.booked(free.rules, old.start, note="to be moved")
    code = str(booking.code)
    move, answered = session.move(code, new.start)
    readings, gap = [read_booking(session, code, "after the move")], ""
    other = answered.code if answered and answered.code != code else None
    if move.ok and other is None and not readings[0].live:
        other, gap = _code_in_list(session, new)
    if other:
        readings.append(read_booking(session, other, "after the move, by its new code"))
        if not readings[0].live:
            session.ledger.gone("booking", code)
    evidence = Moved(old, new, move, readings, gap)
    if evidence.arrived is None:
        return evidence
    window = _around(old, new)
    near = control if control and control.stored and _fits(_around(window, control.slot)) else None
    slots, starts = starts_listed(
        session, free.rules, _around(window, near.slot) if near else window, "old slot free, new slot taken?"
    )
    return Moved(
        old,
        new,
        move,
        readings,
        gap,
        slots,
        old.start in starts,
        new.start in starts,
        near.slot.start in starts if near else None,
        session.book(free.rules, old.start, note="the booking was moved away from here"),
        session.book(free.rules, new.start, note="a booking was moved here"),
        control is not None and control.guarded,
    )


def _around(one: Slot, other: Slot) -> Slot:
    return Slot(min(one.start, other.start), max(one.end, other.end))


def _fits(window: Slot) -> bool:
    return window.end - window.start <= _WIDEST


def _code_in_list(session: Session, slot: Slot) -> tuple[str | None, str]:
    """The code of the suite's live booking at a start, for an API that does not answer the new code."""
    found = whole_list(session)
    for booking in found.bookings:
        if booking.live and booking.start == slot.start and booking.attendee_email == session.target.attendee_email:
            if booking.code:
                session.ledger.created("booking", booking.code)
            return booking.code, ""
    return None, found.gap


@dataclass(frozen=True)
class OntoTaken:
    """A booking moved onto another live one: as read before, the answer, and as read afterwards."""

    before: Booking
    move: Exchange
    shown: Shown


@probe("reschedule.onto-taken", safety="write", cost=2)
def onto_taken(session: Session) -> OntoTaken:
    """Try to move a booking onto the slot of another."""
    mover = session.need(moved)
    taken: Created = session.need(bookings.created)
    if not mover.live or mover.live[0].code is None:
        raise Untestable("there is no live booking to be moved; see bookings.reschedule.moves")
    if not taken.stored:
        raise Untestable("there is no stored booking to be moved onto; see bookings.create.stored")
    before = mover.arrived or mover.live[0]
    move, _ = session.move(str(before.code), taken.slot.start, note="the slot is taken")
    return OntoTaken(before, move, read_booking(session, str(before.code), "after the move onto a taken slot"))


@dataclass(frozen=True)
class Revival:
    """A cancelled booking that was moved: the answer, what it shows, and the booking as read afterwards."""

    move: Exchange
    answered: Booking | None
    shown: Shown


@probe("reschedule.cancelled", safety="write", cost=3)
def revival(session: Session) -> Revival:
    """Try to move a cancelled booking to a free slot."""
    gone = session.need(bookings.cancelled)
    if gone.shown_at_last is None or gone.shown_at_last.status != "cancelled":
        raise Untestable("no booking is shown as cancelled; see bookings.cancel.status")
    slot = session.need(openings.main).take()
    move, answered = session.move(gone.code, slot.start, note="the booking is cancelled")
    shown = read_booking(session, gone.code, "after the move of a cancelled booking")
    if shown.live:
        session.ledger.created("booking", gone.code)
    return Revival(move, answered, shown)


@dataclass(frozen=True)
class OffHours:
    """A booking moved outside all hours: as read before, the start tried, the answer, and as read afterwards."""

    rules: EventTypeRules
    before: Booking
    start: datetime
    move: Exchange
    shown: Shown


@probe("reschedule.unlisted", safety="write", cost=3)
def unlisted(session: Session) -> OffHours:
    """Try to move a booking to a time that is not offered, well outside all hours."""
    mover = session.need(moved)
    if mover.arrived is None:
        raise Untestable("no booking was seen to move; see bookings.reschedule.moves")
    found = session.need(openings.main)
    starts = closed_times(found, found.rules, last=True)
    before = _where_it_is(session, mover.arrived)
    start = starts[len(starts) // 2]
    move, _ = session.move(str(before.code), start, note="outside all hours")
    return OffHours(found.rules, before, start, move, read_booking(session, str(before.code), "after the move"))


def _where_it_is(session: Session, arrived: Booking) -> Booking:
    """The moved booking as it is after the attempt to move it onto a taken slot, which may have succeeded."""
    attempt = evidence_or_none(session, onto_taken)
    if attempt is None:
        return arrived
    seen = attempt.shown.booking if attempt.shown.live else session.api.booking(attempt.move)
    if seen is None or not seen.live or seen.code is None:
        raise Untestable("the booking to be moved is gone; see bookings.reschedule.refused-moves-nothing")
    return seen
