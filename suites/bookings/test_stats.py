"""The statistics of bookings."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.statistics import agree, follows, hidden
from bookproof.probes.imatic_v1 import bookings
from bookproof.probes.imatic_v1.bookings import Cancelled, Walk

_BIND = "the statistics show no number that the binding names: see objects.stats of the binding"


@requirement("bookings.stats.agree", bookings.walk)
def test_statistics_agree_with_the_list(seen: Walk, judge: Judge) -> None:
    """The numbers of bookings by status are those that counting the whole list gives."""
    if not seen.before.numbers:
        raise judge.untestable(_BIND)
    if seen.before.numbers != seen.after.numbers:
        raise judge.untestable("the statistics kept changing while the list was read: other traffic is at work")
    if seen.all.gap:
        raise judge.untestable(seen.all.gap)
    further = seen.asked_for
    if any(booking.status is None for booking in [*seen.all.bookings, *further]):
        raise judge.untestable("bookings in the list show no status: name it in objects.booking.status of the binding")
    made = seen.created
    if made and made.stored and made.booking and seen.all.find(made.booking.code or "") is None:
        raise judge.untestable("the list lacks a booking that can be read; see bookings.create.stored")
    asked_for = [booking.status for booking in further]
    cut_short = [status for status, found in seen.by_status.items() if found.gap]
    pages = [page for found in (seen.all, *seen.by_status.values()) for page in found.pages]
    agree(
        judge,
        seen.after.numbers,
        seen.all.statuses,
        asked_for,
        {*hidden(seen.after.numbers, [*seen.all.statuses, *asked_for]), *cut_short},
        *pages,
        seen.after.exchange,
    )
    if not judge.judgements:
        raise judge.untestable(
            "the statistics count bookings that no list shows: name operations.listBookings.query.status, and the "
            "words in values.status of the binding, so that they can be asked for"
        )


@requirement("bookings.stats.follow", bookings.cancelled)
def test_statistics_follow_a_create_and_a_cancel(seen: Cancelled, judge: Judge) -> None:
    """A created booking is counted at once, and counted as cancelled once it is."""
    before, between, after = seen.stats
    if not before.numbers:
        raise judge.untestable(_BIND)
    if seen.shown.booking is None:
        raise judge.untestable("the created booking cannot be read; see bookings.create.stored")
    judged = [
        follows(judge, before.numbers, between.numbers, word, 1, "a new booking", between.exchange)
        for word in (seen.status, "total")
        if word
    ]
    if after is not None and seen.shown.status == "cancelled":
        judged += [
            follows(judge, between.numbers, after.numbers, word, change, "a cancellation", after.exchange)
            for word, change in ((seen.status, -1), ("cancelled", 1))
            if word
        ]
    if not any(judged):
        raise judge.untestable("the statistics changed otherwise than by one: other traffic is at work, or " + _BIND)
