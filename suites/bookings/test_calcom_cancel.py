"""Cancelling bookings of Cal.com: by hosts, who say why, and by attendees, who need not."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import changes
from bookproof.probes.calcom_v2.changes import Cancelled, Revival
from bookproof.probes.calcom_v2.session import REASON


@requirement("bookings.cancel.status", changes.cancelled)
def test_shows_a_cancelled_booking_as_cancelled(seen: Cancelled, judge: Judge) -> None:
    """A booking that was cancelled is shown as cancelled."""
    judge.accepted(seen.cancel, "a booking ahead is cancelled by its host, who says why")
    at = (seen.cancel, seen.read.exchange)
    if not seen.read.exchange.ok:
        raise judge.untestable(f"the booking cannot be read: {answer(seen.read.exchange)}")
    judge.that(seen.read.status == "cancelled", "status cancelled", f"status {seen.read.status}", *at)


@requirement("bookings.cancel.reason-kept", changes.cancelled)
def test_shows_the_reason(seen: Cancelled, judge: Judge) -> None:
    """The reason of the cancellation is in the booking."""
    if not seen.cancel.ok or seen.cancel is seen.silent or seen.read.status != "cancelled":
        raise judge.untestable("no booking was cancelled with a reason; see bookings.cancel.status")
    reason = seen.read.raw.get("cancellationReason")
    at = (seen.cancel, seen.read.exchange)
    judge.that(reason == REASON, f"cancellationReason {REASON!r}", f"cancellationReason {reason!r}", *at)


@requirement("bookings.cancel.host-reason", changes.cancelled)
def test_hosts_are_let_through_or_told_to_say_why(seen: Cancelled, judge: Judge) -> None:
    """A host without a reason cancels, or is refused with words that ask for one."""
    if seen.silent.ok:
        judge.that(True, "", "")
        return
    judge.refused(seen.silent, {400, 422}, "a host says no reason")
    asks = "reason" in seen.silent.text.lower()
    judge.that(asks, "a message that asks for a reason", answer(seen.silent), seen.silent)


@requirement("bookings.cancel.frees", changes.cancelled)
def test_cancelling_frees_the_slot(seen: Cancelled, judge: Judge) -> None:
    """The slot of a cancelled booking is offered again and can be booked again."""
    if seen.slots is None or seen.rebook is None:
        raise judge.untestable("a booking could not be cancelled; see bookings.cancel.status")
    judge.that(seen.listed, f"the slot {seen.slot} is offered again", "it is not", seen.cancel, seen.slots)
    judge.accepted(seen.rebook, f"the slot {seen.slot} of a cancelled booking is booked again")


@requirement("bookings.cancel.reason-optional", changes.cancelled)
def test_attendees_need_no_reason(seen: Cancelled, judge: Judge) -> None:
    """Whoever knows the uid cancels, and need not say why."""
    if seen.left is None:
        raise judge.untestable("no further booking was made to be cancelled; see bookings.cancel.frees")
    judge.accepted(seen.left.exchange, "an attendee cancels without a reason")
    if seen.left.raw:
        status = seen.left.status
        judge.that(status == "cancelled", "status cancelled", f"status {status}", seen.left.exchange)


@requirement("bookings.cancel.twice", changes.cancelled)
def test_cancelling_twice_is_refused_or_changes_nothing(seen: Cancelled, judge: Judge) -> None:
    """A cancelled booking cannot be cancelled again: that is refused, or answered with the cancelled booking."""
    if seen.twice is None:
        raise judge.untestable("a booking could not be cancelled; see bookings.cancel.status")
    fine = seen.twice.ok or seen.twice.refused
    judge.that(fine, "refused, or done as before", answer(seen.twice), seen.twice)
    if seen.twice.ok:
        shown = seen.twice_status
        judge.that(shown == "cancelled", "status cancelled", f"status {shown}", seen.twice)


@requirement("bookings.reschedule.cancelled", changes.revival)
def test_does_not_bring_back_a_cancelled_booking(seen: Revival, judge: Judge) -> None:
    """Moving a cancelled booking is refused, and it stays cancelled."""
    judge.refused(seen.move.exchange, {400, 404, 409, 422}, "the booking was cancelled")
    judge.that(
        not seen.read.live,
        "the booking stays cancelled",
        f"status {seen.read.status}",
        seen.move.exchange,
        seen.read.exchange,
    )
