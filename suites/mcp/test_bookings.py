"""What tools refuse, by the same rules as the REST API."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.tool_calls import about_key, refused
from bookproof.probes.imatic_v1 import mcp_bookings
from bookproof.probes.imatic_v1.mcp_bookings import Arguments, ForeignReads, ForeignWrites, Taken, Unknown, Unlisted
from bookproof.targets.views import utc
from bookproof.wire.mcp import IN_RESULT


@requirement("mcp.booking.taken", mcp_bookings.taken)
def test_a_taken_slot_is_refused(seen: Taken, judge: Judge) -> None:
    """A slot that somebody holds is neither booked again nor moved onto."""
    for attempt in seen.attempts:
        refused(judge, attempt, f"{seen.slot} is taken")
    if not judge.judgements:
        raise judge.untestable(f"no call tells anything: {'; '.join(map(str, seen.attempts)) or 'there is no tool'}")


@requirement("mcp.errors.in-result", mcp_bookings.taken)
def test_a_refusal_is_told_in_the_result(seen: Taken, judge: Judge) -> None:
    """An agent reads why a slot was refused, and can choose another."""
    for attempt in seen.attempts:
        if attempt.refused and not about_key(attempt):
            judge.that(attempt.how == IN_RESULT, "a result with isError", str(attempt), attempt.exchange)
    if not judge.judgements:
        raise judge.untestable("no taken slot was refused; see mcp.booking.taken")


@requirement("mcp.booking.unlisted", mcp_bookings.unlisted)
def test_a_start_that_is_not_offered_is_refused(seen: Unlisted, judge: Judge) -> None:
    """A tool does not book outside all hours."""
    when = utc(seen.start)
    if not refused(judge, seen.answer, f"{when} is not offered"):
        raise judge.untestable(f"the call tells nothing: {seen.answer}")


@requirement("mcp.booking.unknown", mcp_bookings.unknown_booking)
def test_an_unknown_booking_is_refused(seen: Unknown, judge: Judge) -> None:
    """A booking that nobody has can be neither read, moved nor cancelled."""
    for attempt in seen.answers:
        refused(judge, attempt, "there is no such booking")
    if not judge.judgements:
        raise judge.untestable("no tool could be called with an unknown booking")


@requirement("mcp.arguments.refused", mcp_bookings.arguments)
def test_wrong_arguments_are_refused(seen: Arguments, judge: Judge) -> None:
    """A call with an argument missing or wrong is an error."""
    for attempt in seen.attempts:
        refused(judge, attempt.answer, attempt.fault)
    if not judge.judgements:
        raise judge.untestable("no call with wrong arguments tells anything")


@requirement("mcp.arguments.does-nothing", mcp_bookings.arguments)
def test_a_refused_call_does_nothing(seen: Arguments, judge: Judge) -> None:
    """What was refused for its arguments has not been booked all the same."""
    attempts = [a.answer for a in seen.attempts if a.answer.refused and not about_key(a.answer)]
    bookings = [attempt for attempt in attempts if attempt.tool == "create_booking"]
    if not bookings:
        raise judge.untestable("no booking was refused for its arguments; see mcp.arguments.refused")
    if seen.free is None:
        raise judge.untestable(f"the slots cannot be listed: {answer(seen.slots)}")
    judge.that(
        seen.free,
        f"the slot {seen.slot} that refused calls tried to book is still listed",
        "it is not listed any more",
        *(attempt.exchange for attempt in bookings),
        seen.slots,
        subject="create_booking",
    )


@requirement("mcp.account.invisible", mcp_bookings.foreign_reads)
def test_a_foreign_booking_is_not_shown(seen: ForeignReads, judge: Judge) -> None:
    """An agent sees no booking of another account, neither in the list nor by its code."""
    if seen.lists:
        at = [attempt.exchange for attempt in seen.lists]
        judge.that(not seen.listed, "only the account's own bookings", f"{seen.code} of another account", *at)
    if seen.get is not None and (seen.get.ok or seen.get.refused):
        judge.that(not seen.shown, "the booking is another account's: not shown", str(seen.get), seen.get.exchange)
    if not judge.judgements:
        raise judge.untestable("no tool that shows bookings could be called")


@requirement("mcp.account.untouchable", mcp_bookings.foreign_writes)
def test_a_foreign_booking_is_not_touched(seen: ForeignWrites, judge: Judge) -> None:
    """An agent moves and cancels no booking of another account."""
    for write in seen.attempts:
        if write.answer.ok or write.answer.refused:
            expected = "the booking is another account's: nothing is done"
            judge.that(not write.done, expected, str(write.answer), write.answer.exchange)
    if seen.booking is None or not seen.attempts:
        raise judge.untestable(f"the booking cannot be read back: {answer(seen.read)}")
    at = [*(write.answer.exchange for write in seen.attempts), seen.read]
    judge.that(seen.booking.live, "the booking is live", f"its status is {seen.booking.status}", *at)
    if seen.booking.start:
        judge.that(
            seen.booking.start == seen.start,
            f"the booking starts at {utc(seen.start)}",
            f"it starts at {utc(seen.booking.start)}",
            *at,
        )
