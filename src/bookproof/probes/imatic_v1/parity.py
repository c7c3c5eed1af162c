"""The same API by both doors: what a tool does is there for the REST API, and the other way round.

Source: Calendar API & MCP, MCP server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bookproof.judge.slots import local_day, midnight
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import mcp_bookings, openings, samples
from bookproof.probes.imatic_v1.agents import LOOKING, MOST_PAGES, Server, book_slot, moved_to, needs
from bookproof.probes.imatic_v1.booking_reads import Shown, evidence_or_none, read_booking
from bookproof.probes.imatic_v1.mcp import ready
from bookproof.probes.imatic_v1.parity_listening import listening
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING, dig
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import ToolAnswer

_ONE_DAY = timedelta(days=1)


# Lists


@dataclass(frozen=True)
class Both:
    """The same list by both doors.

    Attributes:
        tool: the answers of the tool.
        rest: the answers of the REST API.
        by_tool, by_rest: what they list, in words.
    """

    tool: list[ToolAnswer]
    rest: list[Exchange]
    by_tool: set[str]
    by_rest: set[str]


@probe("parity.event-types", safety="write", cost=MOST_PAGES + 1 + 5, capability="mcp")
def event_types(session: Session) -> Both:
    """All event types, by list_event_types and by the REST API."""
    server = ready(session)
    needs(server, "list_event_types")
    answers = list(server.main.pages("list_event_types", note="by a tool", expected=True))
    by_tool: set[str] = set()
    for answer in answers:
        items = server.tools.items(answer)
        if items is None:
            raise unreadable(answer, "event types")
        by_tool |= _codes(session, items)
    exchanges = session.api.all_pages("listEventTypes", note="by the REST API")
    by_rest: set[str] = set()
    for exchange in exchanges:
        items = session.api.items(exchange)
        if items is None:
            raise Blocked("event types should be listed", exchange)
        by_rest |= _codes(session, items)
    return Both(answers, exchanges, by_tool, by_rest)


def _codes(session: Session, items: list[Any]) -> set[str]:
    found = (session.api.field("eventType", "code", item) for item in items)
    return {str(code) for code in found if code is not MISSING}


@probe("parity.slots", safety="write", cost=2 + MOST_PAGES + 5, capability="mcp")
def slots(session: Session) -> Both:
    """The slots of the day of the sample booking, by list_slots and at once by the REST API."""
    server = ready(session)
    needs(server, "list_slots")
    found, _, held = samples.live_booking(session)
    day = local_day(found.rules, held.start)
    start, end = midnight(found.rules, day), midnight(found.rules, day + _ONE_DAY)
    minutes = found.rules.durations[0] if found.rules.durations else None
    given = {"eventTypeCode": found.rules.code, "start": start, "end": end}
    answer = server.main.call("list_slots", given, note="by a tool", expected=True)
    exchange = openings.list_slots(session, found.rules, start, end, note="by the REST API")
    by_tool = server.tools.slots(answer, minutes) if answer.ok else None
    if by_tool is None:
        raise unreadable(answer, "slots")
    by_rest = session.api.slots(exchange, minutes)
    if by_rest is None:
        raise Blocked("slots should be listed", exchange)
    return Both([answer], [exchange], _starts(by_tool), _starts(by_rest))


def _starts(listed: list[Slot]) -> set[str]:
    return {str(slot).partition("/")[0] for slot in listed}


def unreadable(answer: ToolAnswer, what: str) -> Untestable:
    """To be raised: an answer holds none of what it should, where the suite can read it."""
    return Untestable(f"the answer of {answer.tool} holds no {what} that can be read as JSON: {answer}")


@dataclass(frozen=True)
class Read:
    """A booking made over the REST API, as tools show it.

    Attributes:
        code, start: of the booking.
        get: the answer to get_booking; None if there is no such tool.
        shown: the booking in it, or None.
        lists: the answers to list_bookings, up to the one that shows it.
        listed: the booking in them, or None.
        unread: whether a list could not be read, or goes on beyond the pages that were asked for.
    """

    code: str
    start: datetime
    get: ToolAnswer | None
    shown: Booking | None
    lists: list[ToolAnswer] = field(default_factory=list[ToolAnswer])
    listed: Booking | None = None
    unread: bool = False


@probe("parity.read", safety="write", cost=MOST_PAGES + 2, capability="mcp")
def read(session: Session) -> Read:
    """The sample booking, read and looked for in the list by tools."""
    server = ready(session)
    _, ours, held = samples.live_booking(session)
    code, by = str(ours.code), server.main
    get = shown = listed = None
    if "get_booking" in server.tools:
        get = by.call("get_booking", {"bookingCode": code}, note="made over the REST API", expected=True)
        shown = server.tools.booking(get)
    lists: list[ToolAnswer] = []
    unread = False
    if "list_bookings" in server.tools:
        for answer in by.pages("list_bookings", note="made over the REST API", expected=True):
            lists.append(answer)
            bookings = server.tools.bookings(answer)
            unread = unread or bookings is None
            listed = next((found for found in bookings or () if found.code == code), None)
            if listed:
                break
        page = server.tools.page(lists[-1])
        unread = unread or (page is not None and (page.pages or 0) > len(lists))
    return Read(code, held.start, get, shown, lists, listed, unread)


# The life of a booking


@dataclass(frozen=True)
class Created:
    """A booking made by create_booking.

    Attributes:
        slot: the slot that was asked for.
        answer: of the tool.
        code: of the booking, or None if it is not known.
        shown: as the REST API shows it; None if its code is not known.
        again: the attempt to book its slot over the REST API; None if it was not made.
        asked: the arguments, in the suite's words.
    """

    slot: Slot
    answer: ToolAnswer
    code: str | None
    shown: Shown | None = None
    again: Exchange | None = None
    asked: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def attendee(self) -> Iterator[tuple[str, str, str]]:
        """What was asked for and is shown of the attendee, as far as it is shown: what, asked, shown."""
        booking = self.shown.booking if self.shown else None
        if booking and booking.attendee_email:
            yield "e-mail address", str(self.asked["attendeeEmail"]).lower(), booking.attendee_email.lower()
        if booking and booking.attendee_name:
            yield "name", str(self.asked["attendeeName"]), booking.attendee_name

    @property
    def stored(self) -> bool:
        """Whether the REST API shows it, live and at its start."""
        return self.shown is not None and self.shown.live and self.shown.start in (None, self.slot.start)


@probe("parity.created", safety="write", cost=5 + LOOKING, capability="mcp", creates="a booking")
def created(session: Session) -> Created:
    """Book by a tool, read the booking over the REST API, and try to book its slot there again."""
    server = ready(session)
    needs(server, "create_booking")
    evidence_or_none(session, listening)
    found = session.need(openings.main)
    slot = found.take()
    booked = book_slot(session, server.main, found.rules, slot.start, note="an agent books", expected=True)
    if booked.code is None:
        return Created(slot, booked.answer, None)
    shown = read_booking(session, booked.code, "made by a tool")
    again = session.book(found.rules, slot.start, note="a tool has booked this slot")
    extra = session.api.booking(again)
    if extra and extra.code and extra.code != booked.code:
        session.cancel(extra.code, note="the slot was taken")
    asked = session.booking_arguments(found.rules, slot.start)
    return Created(slot, booked.answer, booked.code, shown, again, asked)


@dataclass(frozen=True)
class Gone:
    """A booking cancelled over the REST API, as get_booking shows it."""

    cancel: Exchange
    answer: ToolAnswer
    booking: Booking | None


@probe("parity.cancelled-read", safety="write", cost=3, capability="mcp")
def cancelled_read(session: Session) -> Gone:
    """Read the booking that a tool has made by a tool, cancel it over the REST API, and read it once more."""
    server = ready(session)
    needs(server, "get_booking")
    made = session.need(created)
    if made.code is None or not made.stored:
        raise Untestable("no booking made by a tool was found; see parity.created")
    # A tool that remembers what it has read shows it here.
    server.main.call("get_booking", {"bookingCode": made.code}, note="before it is cancelled over the REST API")
    cancel = session.cancel(made.code, note="cancelled over the REST API")
    if not cancel.ok:
        raise Blocked("a booking should be cancelled", cancel)
    answer = server.main.call("get_booking", {"bookingCode": made.code}, note="cancelled over the REST API")
    return Gone(cancel, answer, server.tools.booking(answer))


@dataclass(frozen=True)
class Changed:
    """A booking made over the REST API, moved and then cancelled by tools.

    Attributes:
        slot: the slot that it was to be moved to.
        move: the answer to the move; None if there is no such tool.
        moved: the booking as the REST API showed it after the move, or None.
        left: the answer that lists the slot that it held before the move.
        freed: whether that slot is listed; None if it could not be found out.
        cancel: the answer to the cancellation; None if there is no such tool.
        shown: the booking as the REST API showed it after that.
        slots: the answer that lists the slot that it held before it was cancelled.
        free: whether that slot is listed; None if it could not be found out.
        codes: of the booking; two where moving it gave it another.
    """

    slot: Slot
    move: ToolAnswer | None
    moved: Shown | None
    cancel: ToolAnswer | None
    shown: Shown | None = None
    slots: Exchange | None = None
    free: bool | None = None
    codes: tuple[str, ...] = ()
    left: Exchange | None = None
    freed: bool | None = None

    @property
    def has_moved(self) -> bool:
        """Whether the REST API shows it at its new start."""
        return self.moved is not None and self.moved.live and self.moved.start == self.slot.start

    @property
    def is_gone(self) -> bool:
        """Whether the REST API shows it no more, or not as live."""
        if self.shown is None:
            return False
        return self.shown.exchange.status in (404, 410) or (self.shown.booking is not None and not self.shown.live)


@probe("parity.changed", safety="write", cost=7, capability="mcp")
def changed(session: Session) -> Changed:
    """Move and cancel a booking by tools, and look at it over the REST API after each."""
    server = ready(session)
    known = session.need(mcp_bookings.taken)
    evidence_or_none(session, listening)
    slot = session.need(openings.main).take()
    code, held = str(known.booking.code), known.start
    first = code
    move = moved = left = freed = None
    rules = session.need(openings.main).rules
    if "reschedule_booking" in server.tools:
        given = {"bookingCode": code, "start": slot.start}
        move = server.main.call("reschedule_booking", given, note="an agent moves", expected=True)
        if move.ok:
            answered = moved_to(session, server.main, move, code)
            code = answered.code if answered and answered.code else code
            moved = read_booking(session, code, "moved by a tool")
            # A booking that had been moved onto a taken slot would free nothing.
            alone = known.move is None or known.move.refused
            if alone and moved.live and moved.start == slot.start:
                left, freed = openings.still_listed(session, rules, _slot_at(slot, held))
            held = moved.start if moved.live and moved.start else held
    if "cancel_booking" not in server.tools:
        return Changed(slot, move, moved, None, left=left, freed=freed)
    cancel = server.main.call("cancel_booking", {"bookingCode": code}, note="an agent cancels", expected=True)
    if not cancel.ok:
        return Changed(slot, move, moved, cancel, left=left, freed=freed)
    shown = read_booking(session, code, "cancelled by a tool")
    if not shown.live:
        session.ledger.gone("booking", code)
    exchange, free = openings.still_listed(session, rules, _slot_at(slot, held))
    return Changed(slot, move, moved, cancel, shown, exchange, free, (first, code), left, freed)


def _slot_at(slot: Slot, start: datetime) -> Slot:
    return Slot(start, start + (slot.end - slot.start))


# Refusals


@dataclass(frozen=True)
class Refusal:
    """The same refusal by both doors: what for, the answers, and the codes by which they name it."""

    cause: str
    tool: ToolAnswer
    rest: Exchange
    by_tool: str | None
    by_rest: str | None


@probe("parity.refusals", safety="write", cost=1, capability="mcp")
def refusals(session: Session) -> list[Refusal]:
    """The codes of refusals for a taken slot and for an unknown booking, by tools and by the REST API."""
    server = ready(session)
    found: list[Refusal] = []
    taken = evidence_or_none(session, mcp_bookings.taken)
    made = evidence_or_none(session, created)
    if taken and taken.create and made and made.again and made.again.refused and made.stored:
        found.append(_refusal(server, "a taken slot", taken.create, made.again))
    unknown = evidence_or_none(session, mcp_bookings.unknown_booking)
    if unknown and unknown.answers:
        exchange = session.api.call("getBooking", {"bookingCode": unknown.code}, note="nobody's booking")
        found.append(_refusal(server, "an unknown booking", unknown.answers[0], exchange))
    return found


def _refusal(server: Server, cause: str, answer: ToolAnswer, exchange: Exchange) -> Refusal:
    told = dig(exchange.json, "error")
    return Refusal(
        cause,
        answer,
        exchange,
        server.tools.refusal_code(answer) if answer.refused else None,
        told if exchange.refused and isinstance(told, str) else None,
    )
