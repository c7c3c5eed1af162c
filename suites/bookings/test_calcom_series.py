"""Recurring bookings of Cal.com."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import series
from bookproof.probes.calcom_v2.booking_reads import TAKEN
from bookproof.probes.calcom_v2.series import COUNT, MOST, Series
from bookproof.targets.views import instant, utc

_NONE = "no series was made; see series.create.list"


@requirement("series.create.list", series.series)
def test_answers_all_bookings(seen: Series, judge: Judge) -> None:
    """A recurring booking answers as many bookings as were asked for, by start, of one series."""
    if not judge.accepted(seen.made, "a recurring booking"):
        return
    found = len(seen.bookings)
    judge.that(found == COUNT, f"{COUNT} bookings", f"{found} bookings", seen.made)
    judge.that(bool(seen.uid), "one recurringBookingUid in all of them", answer(seen.made), seen.made)
    starts = [str(booking.get("start")) for booking in seen.bookings]
    judge.that(starts == sorted(starts), "by start", ", ".join(starts), seen.made)


@requirement("series.create.interval", series.series)
def test_repeats_as_the_event_type_says(seen: Series, judge: Judge) -> None:
    """A weekly booking is at the same hour of the next week, by the attendee's clock."""
    if len(seen.bookings) != COUNT:
        raise judge.untestable(_NONE)
    found = sorted(start for booking in seen.bookings if (start := instant(booking.get("start"))))
    told = ", ".join(map(utc, found))
    judge.that(found == list(seen.starts), ", ".join(map(utc, seen.starts)), told, seen.made)


@requirement("series.create.too-many", series.series)
def test_refuses_more_than_the_event_type_allows(seen: Series, judge: Judge) -> None:
    """A series of more bookings than the event type allows is refused."""
    judge.refused(seen.too_many, {400, 422}, f"a series has {MOST} bookings at most")


@requirement("series.holds", series.series)
def test_every_booking_holds_its_slot(seen: Series, judge: Judge) -> None:
    """The slot of the second booking is refused to others."""
    if seen.taken is None or not any(instant(each.get("start")) == seen.starts[1] for each in seen.bookings):
        raise judge.untestable(_NONE)
    judge.refused(seen.taken, TAKEN, f"{utc(seen.starts[1])} is the second booking of a series")


@requirement("series.read", series.series)
def test_reads_the_whole_series(seen: Series, judge: Judge) -> None:
    """The uid of the series reads all of its bookings."""
    if seen.read is None:
        raise judge.untestable(_NONE)
    if judge.accepted(seen.read, "a series is read by its uid"):
        wanted, found = ({str(each.get("uid")) for each in some} for some in (seen.bookings, seen.read_bookings))
        told = f"bookings {', '.join(sorted(found))}"
        judge.that(found == wanted, f"bookings {', '.join(sorted(wanted))}", told, seen.read)


@requirement("series.cancel", series.series)
def test_cancels_the_whole_series(seen: Series, judge: Judge) -> None:
    """Cancelling the series cancels every booking."""
    if seen.cancel is None or seen.after is None:
        raise judge.untestable(_NONE)
    if not judge.accepted(seen.cancel, "a series is cancelled by its uid"):
        return
    if not seen.after_bookings:
        raise judge.untestable("the series cannot be read; see series.read")
    for booking in seen.after_bookings:
        status = booking.get("status")
        seen_of_it = f"booking {booking.get('uid')}: status {status}"
        judge.that(status == "cancelled", "status cancelled", seen_of_it, seen.cancel, seen.after)
