"""Cancelling bookings, and bookings that nobody came to."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.statistics import follows
from bookproof.probes.imatic_v1 import bookings
from bookproof.probes.imatic_v1.bookings import Cancelled, NoShow


@requirement("bookings.cancel.status", bookings.cancelled)
def test_shows_a_cancelled_booking_as_cancelled(seen: Cancelled, judge: Judge) -> None:
    """A booking that was cancelled is shown as cancelled."""
    if not seen.cancel.ok and not seen.shown.live:
        raise judge.untestable(f"a booking could not be cancelled, and could not be read either: {answer(seen.cancel)}")
    judge.accepted(seen.cancel, "a booking ahead is cancelled")
    if seen.shown.exchange.status in {404, 410}:
        return  # no document says that a cancelled booking can still be read
    if seen.shown.booking is not None and seen.shown.status is None:
        raise judge.untestable("bookings show no status: name it in objects.booking.status of the binding")
    judge.that(
        seen.shown.status == "cancelled",
        "the booking is shown as cancelled",
        f"status {seen.shown.status}" if seen.shown.booking else answer(seen.shown.exchange),
        seen.cancel,
        seen.shown.exchange,
    )


@requirement("bookings.cancel.frees", bookings.cancelled)
def test_cancelling_frees_the_slot(seen: Cancelled, judge: Judge) -> None:
    """The slot of a cancelled booking is listed again and can be booked again."""
    if seen.slots is None or seen.rebook is None:
        raise judge.untestable(f"a booking could not be cancelled: {answer(seen.cancel)}")
    judge.that(seen.listed, f"the slot {seen.slot} is listed again", "it is not listed", seen.cancel, seen.slots)
    judge.accepted(seen.rebook, f"the slot {seen.slot} of a cancelled booking is booked again")


@requirement("bookings.cancel.twice", bookings.cancelled)
def test_cancelling_twice_changes_nothing(seen: Cancelled, judge: Judge) -> None:
    """Cancelling a cancelled booking is answered as done or as a client error, and it stays cancelled."""
    if seen.twice is None or seen.shown_at_last is None:
        raise judge.untestable(f"a booking could not be cancelled: {answer(seen.cancel)}")
    judge.that(
        seen.twice.ok or seen.twice.refused,
        "a second cancellation is answered as done or as a client error",
        answer(seen.twice),
        seen.twice,
    )
    if seen.shown.status == "cancelled":
        judge.that(
            seen.shown_at_last.status == "cancelled",
            "the booking is still shown as cancelled",
            f"status {seen.shown_at_last.status}: {answer(seen.shown_at_last.exchange)}",
            seen.twice,
            seen.shown_at_last.exchange,
        )


@requirement("bookings.no-show.shown", bookings.no_show)
def test_shows_and_counts_a_no_show(seen: NoShow, judge: Judge) -> None:
    """A booking that the host marked as a no-show is shown as one and counted as one."""
    if seen.shown.booking is None or seen.shown.status is None:
        raise judge.untestable(f"the booking, or its status, is not shown: {answer(seen.shown.exchange)}")
    judge.that(
        seen.shown.status == "no-show",
        "the booking is shown as a no-show",
        f"status {seen.shown.status}",
        seen.shown.exchange,
    )
    # Statistics that did not move at all say nothing about no-shows; see bookings.stats.follow.
    if seen.before.numbers != seen.after.numbers:
        follows(judge, seen.before.numbers, seen.after.numbers, "no-show", 1, "a no-show", seen.after.exchange)
