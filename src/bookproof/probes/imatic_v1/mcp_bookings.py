"""What tools must refuse: taken times, times that are not offered, unknown and foreign bookings, wrong arguments.

Source: Calendar API & MCP, REST API v1 and MCP server: the same guarantees by both doors.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import openings, samples
from bookproof.probes.imatic_v1.agents import LOOKING, Server, book, book_slot, moved_to, needs, stray, undo
from bookproof.probes.imatic_v1.booking_reads import read_booking
from bookproof.probes.imatic_v1.mcp import SESSION, Write, another, ready, touch
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.slots import closed_times, filled
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import ToolAnswer
from bookproof.wire.spoiling import unlike


@dataclass
class Taken:
    """Attempts by tools to take the slot of the sample booking, which was made over the REST API.

    Attributes:
        slot: the slot that is taken.
        create: the answer to booking it; None if there is no such tool.
        booking: another booking, made over the REST API.
        start: when that starts.
        move: the answer to moving it onto the taken slot; None if there is no such tool.
    """

    slot: Slot
    create: ToolAnswer | None
    booking: Booking
    start: datetime
    move: ToolAnswer | None

    @property
    def attempts(self) -> list[ToolAnswer]:
        """The answers."""
        return [answer for answer in (self.create, self.move) if answer is not None]


@probe("mcp.taken", safety="write", cost=6 + LOOKING, capability="mcp", creates="a booking")
def taken(session: Session) -> Taken:
    """Book a slot that is taken by a tool, and move another booking onto it."""
    server = ready(session)
    found, _, held = samples.live_booking(session)
    create = None
    if "create_booking" in server.tools:
        booked = book_slot(session, server.main, found.rules, held.start, note="the slot is taken")
        undo(session, booked, "the slot was taken")
        create = booked.answer
    slot = session.need(openings.main).take()
    _, booking = session.booked(found.rules, slot.start, note="is to be moved by a tool")
    start, move = slot.start, None
    if "reschedule_booking" in server.tools:
        given = {"bookingCode": booking.code, "start": held.start}
        move = server.main.call("reschedule_booking", given, note="onto a taken slot")
        if move.ok:
            booking, start = _after_move(session, server, move, booking, held.start)
    return Taken(held, create, booking, start, move)


def _after_move(
    session: Session, server: Server, move: ToolAnswer, booking: Booking, start: datetime
) -> tuple[Booking, datetime]:
    """The booking after a move that should have been refused, and its start."""
    moved = moved_to(session, server.main, move, str(booking.code))
    named = moved if moved and moved.code else booking
    now = read_booking(session, str(named.code), "where is it now?").booking
    return (now, now.start or start) if now and now.live else (booking, start)


@dataclass(frozen=True)
class Unlisted:
    """An attempt by a tool to book a start that is not offered."""

    rules: EventTypeRules
    start: datetime
    answer: ToolAnswer


@probe("mcp.unlisted", safety="write", cost=2 + LOOKING, capability="mcp")
def unlisted(session: Session) -> Unlisted:
    """Book the middle of a closed time of the main event type by a tool."""
    server = ready(session)
    needs(server, "create_booking")
    found = session.need(openings.main)
    starts = closed_times(found, filled(session, found.rules, "durations"))
    start = starts[len(starts) // 2]
    booked = book_slot(session, server.main, found.rules, start, note="outside all hours")
    undo(session, booked, "outside all hours")
    return Unlisted(found.rules, start, booked.answer)


@dataclass(frozen=True)
class Unknown:
    """Tools called with the code of a booking that does not exist."""

    code: str
    answers: list[ToolAnswer]


@probe("mcp.unknown-booking", safety="write", cost=3, capability="mcp")
def unknown_booking(session: Session) -> Unknown:
    """Read, move and cancel a booking that does not exist."""
    server = ready(session)
    found, ours, _ = samples.live_booking(session)
    code = unlike(str(ours.code))
    more = {"get_booking": {}, "reschedule_booking": {"start": found.free.start}, "cancel_booking": {}}
    return Unknown(
        code,
        [
            server.main.call(tool, {"bookingCode": code, **given}, note="nobody's booking")
            for tool, given in more.items()
            if tool in server.tools
        ],
    )


# Arguments


@dataclass(frozen=True)
class Spoilt:
    """A call with arguments of which one is missing or wrong: what is wrong with it, and the answer."""

    fault: str
    answer: ToolAnswer


@dataclass(frozen=True)
class Arguments:
    """Calls with wrong arguments, and what is to be seen after them.

    Attributes:
        attempts: the calls.
        slot: the free slot that they tried to book.
        slots: the answer that lists it.
        free: whether it is still listed; None if it could not be found out.
    """

    attempts: list[Spoilt]
    slot: Slot
    slots: Exchange
    free: bool | None


@probe("mcp.arguments", safety="write", cost=9 + 5 * LOOKING, capability="mcp")
def arguments(session: Session) -> Arguments:
    """Book with an e-mail address missing or wrong and a start that is no time; read a booking without its code."""
    server = ready(session)
    needs(server, "create_booking")
    found, _, _ = samples.live_booking(session)
    right = session.booking_arguments(found.rules, found.free.start)
    attempts: list[Spoilt] = []
    for fault, given in _spoilt(server, right):
        booked = book(session, server.main, given, note=fault)
        undo(session, booked, "should not have been booked")
        attempts.append(Spoilt(fault, booked.answer))
    if "get_booking" in server.tools:
        attempts.append(Spoilt("no booking code", server.main.send("get_booking", {}, note="no booking code")))
    slot = found.free
    slots, free = openings.still_listed(session, found.rules, slot)
    if free is False:
        _mend(session, right)
    return Arguments(attempts, slot, slots, free)


def _spoilt(server: Server, right: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Arguments of a booking with one of them missing or wrong, as far as the tool's own schema asks for it."""
    spoilt: list[tuple[str, dict[str, Any]]] = []
    for name, word in (("attendeeEmail", "e-mail address"), ("start", "start")):
        declared = server.tools.declared("create_booking", name)
        if declared is not None and declared.required:
            spoilt.append((f"no {word}", {key: value for key, value in right.items() if key != name}))
            break
    if server.tools.takes("create_booking", "attendeeEmail"):
        spoilt.append(("an e-mail address that is none", {**right, "attendeeEmail": "not-an-address"}))
    return [*spoilt, ("a start that is no time", {**right, "start": "not a time"})]


def _mend(session: Session, right: dict[str, Any]) -> None:
    """Cancel what a refused call has booked all the same, and leave its slot alone from now on."""
    code = stray(session, right)
    if code:
        session.ledger.created("booking", code)
        session.cancel(code, note="a refused call has booked it")
    session.need(samples.samples).free = session.need(openings.main).take()


# Accounts


@dataclass(frozen=True)
class ForeignReads:
    """What another account's agent sees.

    Attributes:
        code: of a booking of the main account.
        lists: the answers to list_bookings.
        listed: whether they show that booking.
        get: the answer to get_booking; None if there is no such tool.
        shown: whether it shows that booking.
    """

    code: str
    lists: list[ToolAnswer]
    listed: bool
    get: ToolAnswer | None
    shown: bool


@probe("mcp.foreign-reads", safety="write", cost=7 + SESSION, capability="mcp")
def foreign_reads(session: Session) -> ForeignReads:
    """Another account's agent lists bookings, and reads one of the main account."""
    server = ready(session)
    by = another(session, "foreign", role="foreign")
    _, ours, _ = samples.live_booking(session)
    lists: list[ToolAnswer] = []
    listed = False
    if "list_bookings" in server.tools:
        for answer in by.pages("list_bookings", note="another account's list"):
            lists.append(answer)
            listed = listed or any(found.code == ours.code for found in by.tools.bookings(answer) or ())
        if not lists[0].ok:
            raise Untestable(f"the key of role foreign cannot list its own bookings by a tool: {lists[0]}")
    get, shown = None, False
    if "get_booking" in server.tools:
        get = by.call("get_booking", {"bookingCode": ours.code}, note="another account's booking")
        found = by.tools.booking(get)
        shown = found is not None and found.code == ours.code
    return ForeignReads(str(ours.code), lists, listed, get, shown)


@dataclass(frozen=True)
class ForeignWrites:
    """What another account's agent tried on a booking of the main account, and the booking as its owner reads it."""

    attempts: list[Write]
    booking: Booking | None
    read: Exchange
    start: datetime


@probe("mcp.foreign-writes", safety="write", cost=12 + SESSION, capability="mcp")
def foreign_writes(session: Session) -> ForeignWrites:
    """Another account's agent moves and cancels a booking of the main account."""
    server = ready(session)
    by = another(session, "foreign", role="foreign")
    note = "another account's booking"
    attempts: list[Write] = []
    for tool in ("reschedule_booking", "cancel_booking"):
        if tool in server.tools:
            found, ours, held = samples.live_booking(session)
            given = {"bookingCode": ours.code, **({"start": found.free.start} if tool.startswith("re") else {})}
            attempts.append(touch(session, by, tool, given, held.start, note))
    _, ours, held = samples.live_booking(session)
    shown = read_booking(session, str(ours.code), "still as it was?")
    if shown.exchange.ok and not (shown.live and shown.start in (None, held.start)):
        samples.replace_booking(session)
    return ForeignWrites(attempts, shown.booking, shown.exchange, held.start)
