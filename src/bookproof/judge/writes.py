"""Judges whether refused writes have left the target as it was."""

from __future__ import annotations

from bookproof.evidence import Afterwards
from bookproof.judge.judge import Judge, answer
from bookproof.targets.views import utc


def left_untouched(judge: Judge, seen: Afterwards) -> None:
    """Judge that the slot which refused calls tried to take is free, and the booking they tried to change is not."""
    if not seen.attempts:
        raise judge.untestable("no write was refused, so there is nothing to look for")
    if seen.free is None:
        raise judge.untestable(f"the slots cannot be listed: {answer(seen.slots)}")
    creations = [attempt for attempt in seen.attempts if attempt.operation in ("createBooking", "rescheduleBooking")]
    judge.that(
        seen.free,
        "the slot that refused calls tried to take is still listed",
        f"{seen.slot} is not listed any more",
        *creations,
        seen.slots,
        subject="createBooking",
    )
    if seen.booking is None:
        raise judge.untestable(f"the booking cannot be read back: {answer(seen.read)}")
    changes = [attempt for attempt in seen.attempts if attempt.operation in ("cancelBooking", "rescheduleBooking")]
    judge.that(
        seen.booking.live,
        "the booking that refused calls tried to cancel is live",
        f"its status is {seen.booking.status}",
        *changes,
        seen.read,
        subject="cancelBooking",
    )
    if seen.booking.start:
        judge.that(
            seen.booking.start == seen.start,
            f"the booking that refused calls tried to move starts at {utc(seen.start)}",
            f"it starts at {utc(seen.booking.start)}",
            *changes,
            seen.read,
            subject="rescheduleBooking",
        )
