"""Bookings: created, refused as conflicts, cancelled, missed, listed and counted.

Source: Calendar API & MCP, REST API v1 (Bookings).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bookproof.judge.statistics import counted_beyond
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.booking_reads import (
    Shown,
    Stats,
    WholeList,
    evidence_or_none,
    lists_by_status,
    read_booking,
    read_stats,
    starts_listed,
    whole_list,
)
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Which status to filter by when several are equally rare; never one that the list does not show.
_RAREST_FIRST = ("pending", "no-show", "rescheduled", "confirmed", "cancelled")
#: Overlapping slots of the sibling are looked for this far around a booking.
_AROUND = timedelta(hours=3)


@dataclass(frozen=True)
class Overlap:
    """An attempt to book another event type of the same host over a booking."""

    rules: EventTypeRules
    slot: Slot
    exchange: Exchange


@dataclass(frozen=True)
class Created:
    """One booking and two attempts to take its time once more.

    Attributes:
        rules: of the event type.
        slot: the slot booked.
        exchange: the answer to the booking.
        booking: as that answer shows it, or None if it shows none with a code; then all below is missing.
        shown: the booking as read by its code.
        again: the same event type and start booked once more.
        overlap: an overlapping slot of the sibling booked.
        no_overlap: why none was, or "".
        extras: codes of the conflicting bookings that were accepted.
    """

    rules: EventTypeRules
    slot: Slot
    exchange: Exchange
    booking: Booking | None
    shown: Shown | None = None
    again: Exchange | None = None
    overlap: Overlap | None = None
    no_overlap: str = ""
    extras: tuple[str, ...] = ()

    @property
    def stored(self) -> bool:
        """Whether the booking was there, and live, when it was read by its code."""
        return self.shown is not None and self.shown.live

    @property
    def conflicts(self) -> list[Exchange]:
        """The answers to the attempts to take its time once more."""
        return [exchange for exchange in (self.again, self.overlap and self.overlap.exchange) if exchange]

    @property
    def guarded(self) -> bool:
        """Whether a second booking of the same start was kept away from this one."""
        return self.stored and self.again is not None and self.again.refused


@probe("bookings.create", safety="write", cost=8, creates="a booking")
def created(session: Session) -> Created:
    """Book a slot, read it, and try to take the same time again: same start, and an overlapping sibling slot."""
    free = session.need(openings.main)
    slot = free.take()
    sibling, no_overlap = sibling_slot(session, slot)
    exchange = session.book(free.rules, slot.start)
    if not exchange.ok:
        raise Blocked("a free slot should be booked", exchange)
    booking = session.api.booking(exchange)
    if booking is None or booking.code is None:
        return Created(free.rules, slot, exchange, None)
    shown = read_booking(session, booking.code)
    again = session.book(free.rules, slot.start, note="the slot was just taken")
    overlap = None
    if sibling:
        rules, other = sibling
        overlap = Overlap(rules, other, session.book(rules, other.start, note="overlaps a booking of the same host"))
    accepted = [session.api.booking(attempt) for attempt in (again, overlap.exchange if overlap else again)]
    extras = tuple({found.code: None for found in accepted if found and found.code})
    return Created(free.rules, slot, exchange, booking, shown, again, overlap, no_overlap, extras)


def sibling_slot(session: Session, slot: Slot) -> tuple[tuple[EventTypeRules, Slot] | None, str]:
    """A free slot of the sibling that overlaps a slot and has another start; None and the reason if there is none."""
    try:
        rules = session.event_type("sibling")
    except Untestable as why:
        return None, str(why)
    exchange = openings.list_slots(session, rules, slot.start - _AROUND, slot.end + _AROUND, note="sibling slots")
    for other in session.api.slots(exchange, rules.durations[0] if rules.durations else None) or ():
        if other.overlaps(slot) and other.start != slot.start:
            return (rules, other), ""
    return None, (
        f"event type {rules.code} lists no slot that begins at another time and overlaps {slot}: give it the host and "
        "hours of the main one, and another length or interval"
    )


@dataclass(frozen=True)
class Cancelled:
    """One booking that was cancelled twice, its slot looked for and booked in between.

    Attributes:
        slot: the slot booked.
        code: of the booking.
        status: as its creation showed it.
        stats: before, after the booking, and after the cancellation.
        cancel: the first cancellation; if it failed there is no more than ``shown``.
        shown: the booking as read afterwards.
        slots: the answer to the question whether the slot is free again.
        listed: whether it is.
        rebook: the slot booked again.
        twice: the second cancellation of the first booking.
        shown_at_last: the first booking as read after that.
    """

    slot: Slot
    code: str
    status: str | None
    stats: tuple[Stats, Stats, Stats | None]
    cancel: Exchange
    shown: Shown
    slots: Exchange | None = None
    listed: bool = False
    rebook: Exchange | None = None
    twice: Exchange | None = None
    shown_at_last: Shown | None = None


@probe("bookings.cancel", safety="write", cost=13, creates="a booking, cancelled again")
def cancelled(session: Session) -> Cancelled:
    """Book, cancel, look whether the slot is free, cancel once more; the statistics along the way."""
    free = session.need(openings.main)
    slot = free.take()
    before = read_stats(session, "before a booking")
    _, booking = session.booked(free.rules, slot.start)
    code = str(booking.code)
    between = read_stats(session, "after a booking")
    cancel = session.cancel(code)
    shown = read_booking(session, code, "after the cancellation")
    if not cancel.ok:
        return Cancelled(slot, code, booking.status, (before, between, None), cancel, shown)
    after = read_stats(session, "after the cancellation")
    slots, starts = starts_listed(session, free.rules, slot, "is the slot free again?")
    rebook = session.book(free.rules, slot.start, note="the slot was freed")
    # Freed before the second cancellation, which might wrongly bring the first booking back if there is room.
    second = session.api.booking(rebook)
    if second and second.code:
        session.cancel(second.code)
    twice = session.cancel(code, note="cancelled already")
    shown_at_last = read_booking(session, code, "after the second cancellation")
    if shown.status == "cancelled" and shown_at_last.live:
        session.ledger.created("booking", code)
    stats = (before, between, after)
    return Cancelled(
        slot,
        code,
        booking.status,
        stats,
        cancel,
        shown,
        slots,
        slot.start in starts,
        rebook,
        twice,
        shown_at_last,
    )


@dataclass(frozen=True)
class NoShow:
    """A booking that the host marked as a no-show: as read, and the statistics before its creation and after."""

    shown: Shown
    before: Stats
    after: Stats


@probe("bookings.no-show", safety="write", cost=5, creates="a booking, marked as no-show")
def no_show(session: Session) -> NoShow:
    """Book, and have the booking marked as a no-show at the control door."""
    door = session.control_door("mark-no-show")
    free = session.need(openings.main)
    before = read_stats(session, "before a no-show")
    _, booking = session.booked(free.rules, free.take().start, note="to become a no-show")
    code = str(booking.code)
    door.mark_no_show(code)
    return NoShow(read_booking(session, code, "marked as no-show"), before, read_stats(session, "after a no-show"))


@dataclass(frozen=True)
class Walk:
    """The whole list of bookings, between two looks at the statistics.

    Attributes:
        created: what :func:`created` left in the account meanwhile, or None.
        all: the list.
        strays: live bookings in the list that share time with that of ``created`` and were never accepted.
        before, after: the statistics.
        by_status: the list asked for by each status of which the statistics count more than ``all`` shows.
    """

    created: Created | None
    all: WholeList
    strays: list[Booking]
    before: Stats
    after: Stats
    by_status: Mapping[str, WholeList] = field(default_factory=dict[str, WholeList])

    @property
    def asked_for(self) -> list[Booking]:
        """The bookings that are listed only when their status is asked for."""
        plain = {booking.code for booking in self.all.bookings}
        further = [booking for found in self.by_status.values() for booking in found.bookings]
        return list({booking.code: booking for booking in further if booking.code not in plain}.values())


@probe("bookings.walk", safety="write", cost=12)
def walk(session: Session) -> Walk:
    """Follow the list of bookings to its end; once more if the statistics changed meanwhile.

    Bookings that the statistics count and the list does not show are asked for by their status. Every further hundred
    bookings of the account cost one request more.
    """
    seen = evidence_or_none(session, created)
    before = read_stats(session, "before walking the list")
    found = whole_list(session)
    after = read_stats(session, "after walking the list")
    if before.numbers != after.numbers:
        before, found = after, whole_list(session)
        after = read_stats(session, "after walking the list again")
    strays = strays_of(seen, found.bookings) if seen else []
    for stray in strays:
        # Nobody told us its code, so the ledger does not have it yet.
        if stray.code and stray.attendee_email == session.target.attendee_email:
            session.ledger.created("booking", stray.code)
    beyond = counted_beyond(after.numbers, found.statuses) if before.numbers == after.numbers else ()
    by_status = lists_by_status(session, beyond)
    if by_status:
        after = read_stats(session, "after asking by status")
    return Walk(seen, found, strays, before, after, by_status)


def strays_of(seen: Created, bookings: list[Booking]) -> list[Booking]:
    """Live bookings that share time with a booking of the suite although no answer accepted them.

    Only those of the event types that were tried count: others need not have the same host.
    """
    accepted = {seen.booking.code if seen.booking else None, *seen.extras}
    tried = {tries.rules.code for tries in (seen, seen.overlap) if tries}
    length = seen.slot.end - seen.slot.start
    return [
        booking
        for booking in bookings
        if booking.live
        and booking.code not in accepted
        and booking.event_type_code in tried
        and booking.start is not None
        and Slot(booking.start, booking.end or booking.start + length).overlaps(seen.slot)
    ]


@dataclass(frozen=True)
class Filtered:
    """The list of bookings asked for by status.

    Attributes:
        status: which, in the suite's words.
        known: whether the list shows bookings of that status when it is not asked for any.
        exchange: the answer.
        bookings: all that it shows.
    """

    status: str
    known: bool
    exchange: Exchange
    bookings: list[Booking]


@probe("bookings.filters", safety="write", cost=1)
def filtered(session: Session) -> Filtered:
    """Ask for the bookings of the status that is rarest in the list, so that a filter without effect shows.

    Where the list shows but one status, ask for one that it does not show: it may hide the cancelled ones.
    """
    if not session.api.binding.takes("listBookings", "status"):
        raise Untestable("the binding knows no status filter: name it in operations.listBookings.query.status")
    counts = Counter(session.need(walk).all.statuses)
    here = [status for status in _RAREST_FIRST if counts[status]]
    if len(here) > 1:
        status = min(here, key=lambda word: counts[word])
    else:
        status = "confirmed" if "cancelled" in here else "cancelled"
    arguments: dict[str, object] = {"status": session.api.binding.status_out(status)}
    if session.api.binding.takes("listBookings", "limit"):
        arguments["limit"] = session.api.page_size()
    exchange = session.api.call("listBookings", arguments, note=f"only {status}")
    return Filtered(status, status in here, exchange, session.api.bookings(exchange))
