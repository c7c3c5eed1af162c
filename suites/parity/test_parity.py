"""Parity: what is done by one door is done for the other."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.tool_calls import about_key
from bookproof.probes.imatic_v1 import parity
from bookproof.probes.imatic_v1.parity import Both, Changed, Created, Gone, Read, Refusal
from bookproof.targets.views import Booking, utc


@requirement("parity.event-types", parity.event_types)
def test_the_same_event_types(seen: Both, judge: Judge) -> None:
    """An agent is offered the event types that the REST API lists."""
    _same(seen, judge, "event types")


@requirement("parity.slots", parity.slots)
def test_the_same_slots(seen: Both, judge: Judge) -> None:
    """An agent is offered the slots that the REST API lists, asked at the same moment."""
    _same(seen, judge, "slots")


def _same(seen: Both, judge: Judge, what: str) -> None:
    only_tool, only_rest = sorted(seen.by_tool - seen.by_rest), sorted(seen.by_rest - seen.by_tool)
    told = [
        f"{', '.join(found[:5])} only by {door}"
        for door, found in (("the tool", only_tool), ("REST", only_rest))
        if found
    ]
    at = [*(exchange for exchange in seen.rest), *(found.exchange for found in seen.tool)]
    judge.that(not told, f"the same {what} by both doors", "; ".join(told), *at)


@requirement("parity.created", parity.created)
def test_a_tools_booking_is_there(seen: Created, judge: Judge) -> None:
    """What an agent booked is shown by the REST API with the start and the attendee that were asked for."""
    if not seen.answer.ok or seen.shown is None:
        raise judge.untestable(f"no booking by a tool is known of: {seen.answer}")
    at = (seen.answer.exchange, seen.shown.exchange)
    if seen.shown.exchange.status >= 500 or not seen.shown.exchange.status:
        raise judge.untestable(f"the booking cannot be read: {answer(seen.shown.exchange)}")
    if not judge.that(seen.shown.live, "the booking is there, and live", answer(seen.shown.exchange), *at):
        return
    if seen.shown.start:
        judge.that(
            seen.shown.start == seen.slot.start, f"it starts at {utc(seen.slot.start)}", utc(seen.shown.start), *at
        )
    for what, wanted, shown in seen.attendee():
        judge.that(shown == wanted, f"the attendee's {what} is {wanted}", str(shown), *at)


@requirement("parity.created.holds", parity.created)
def test_a_tools_booking_holds_its_slot(seen: Created, judge: Judge) -> None:
    """The slot that an agent booked cannot be booked over the REST API as well."""
    if seen.again is None or not seen.stored:
        raise judge.untestable("the REST API shows no booking by a tool; see parity.created")
    if not (seen.again.ok or seen.again.refused):
        raise judge.untestable(f"the attempt tells nothing: {answer(seen.again)}")
    judge.that(
        seen.again.refused, f"{seen.slot} is taken: refused", answer(seen.again), seen.answer.exchange, seen.again
    )


@requirement("parity.read", parity.read)
def test_tools_see_the_rest_apis_booking(seen: Read, judge: Judge) -> None:
    """A booking made over the REST API is read and listed by tools."""
    unclear: list[str] = []
    if seen.get is not None:
        at = seen.get.exchange
        if seen.get.refused and not about_key(seen.get):
            judge.that(False, f"get_booking reads {seen.code}", str(seen.get), at)
        elif seen.shown is None:
            unclear.append(f"get_booking: {seen.get}")
        else:
            judge.that(_is(seen.shown, seen), _said(seen), _told(seen.shown), at)
    if seen.listed is not None:
        judge.that(_is(seen.listed, seen), _said(seen), _told(seen.listed), seen.lists[-1].exchange)
    elif seen.unread or not all(found.ok for found in seen.lists):
        unclear.append(f"list_bookings: {seen.lists[-1]}")
    elif seen.lists:
        at = seen.lists[-1].exchange
        judge.that(False, f"list_bookings shows {seen.code}", "it is on no page", at)
    if unclear or not judge.judgements:
        raise judge.untestable(
            f"no booking can be read as JSON ({'; '.join(unclear) or 'there is no tool to read it'})"
        )


def _is(found: Booking, seen: Read) -> bool:
    return found.code == seen.code and found.live and found.start in (None, seen.start)


def _said(seen: Read) -> str:
    return f"booking {seen.code}, live, at {utc(seen.start)}"


def _told(found: Booking) -> str:
    return f"booking {found.code}, {found.status}, at {utc(found.start) if found.start else 'no time'}"


@requirement("parity.rescheduled", parity.changed)
def test_a_tools_move_is_made(seen: Changed, judge: Judge) -> None:
    """What an agent moved is moved for the REST API, and its old slot is listed again."""
    if seen.move is None or seen.moved is None:
        raise judge.untestable(f"no booking was moved by a tool: {seen.move or 'there is no such tool'}")
    if seen.moved.live and seen.moved.start is None:
        raise judge.untestable("bookings show no start: name it in objects.booking.start of the binding")
    judge.that(
        seen.has_moved,
        f"the booking is live and starts at {utc(seen.slot.start)}",
        answer(seen.moved.exchange),
        seen.move.exchange,
        seen.moved.exchange,
    )
    if seen.left is not None and seen.freed is not None:
        judge.that(seen.freed, "its old slot is listed again", "it is not listed", seen.move.exchange, seen.left)


@requirement("parity.cancelled", parity.changed)
def test_a_tools_cancellation_is_made(seen: Changed, judge: Judge) -> None:
    """What an agent cancelled is cancelled for the REST API, and its slot is listed again."""
    if seen.cancel is None or seen.shown is None or seen.slots is None:
        raise judge.untestable(f"no booking was cancelled by a tool: {seen.cancel or 'there is no such tool'}")
    if seen.shown.booking is not None and seen.shown.status is None:
        raise judge.untestable("bookings show no status: name it in objects.booking.status of the binding")
    at = (seen.cancel.exchange, seen.shown.exchange)
    if judge.that(seen.is_gone, "the booking is cancelled", answer(seen.shown.exchange), *at) and seen.free is not None:
        judge.that(seen.free, "its slot is listed again", "it is not listed", seen.cancel.exchange, seen.slots)


@requirement("parity.cancelled.read", parity.cancelled_read)
def test_a_cancelled_booking_is_not_live_for_tools(seen: Gone, judge: Judge) -> None:
    """What was cancelled over the REST API is not shown as live to an agent."""
    if seen.answer.refused and not about_key(seen.answer):
        judge.that(True, "", "")
        return
    if seen.booking is None or seen.booking.status is None:
        raise judge.untestable(f"the answer shows no booking with a status: {seen.answer}")
    at = (seen.cancel, seen.answer.exchange)
    judge.that(not seen.booking.live, "the booking is not live", f"its status is {seen.booking.status}", *at)


@requirement("parity.refusals", parity.refusals)
def test_the_same_codes_of_refusals(seen: list[Refusal], judge: Judge) -> None:
    """An agent reads the code that a REST client reads."""
    for refusal in seen:
        if refusal.by_tool and refusal.by_rest and not about_key(refusal.tool):
            at = (refusal.rest, refusal.tool.exchange)
            judge.that(refusal.by_tool == refusal.by_rest, f"{refusal.cause}: {refusal.by_rest}", refusal.by_tool, *at)
    if not judge.judgements:
        raise judge.untestable("no refusal by a tool and by the REST API can be compared: their codes cannot be read")
