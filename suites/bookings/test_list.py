"""Reading and listing bookings."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.statistics import STATUSES
from bookproof.probes.imatic_v1 import bookings
from bookproof.probes.imatic_v1.bookings import Filtered, Walk

#: Of bookings that a filter should have left out, so many are named.
_MOST_NAMED = 10


@requirement("bookings.read.agrees", bookings.walk)
def test_reading_agrees_with_the_list(seen: Walk, judge: Judge) -> None:
    """A booking is the same in the list and when it is read by its code."""
    made = seen.created
    read = made.shown.booking if made and made.shown else None
    listed = seen.all.find(read.code) if read and read.code else None
    if made is None or made.shown is None or read is None or listed is None:
        raise judge.untestable(f"no booking was both read and listed; see bookings.create.stored. {seen.all.gap}")
    for name in ("code", "event_type_code", "status", "start", "end", "attendee_name", "attendee_email"):
        one, other = getattr(read, name), getattr(listed, name)
        if one is not None and other is not None:
            judge.that(
                one == other,
                f"the same {name.replace('_', ' ')} read and listed",
                f"read {one}, listed {other}",
                made.shown.exchange,
                seen.all.pages[-1],
            )


@requirement("bookings.list.filters", bookings.filtered)
def test_a_status_filter_filters(seen: Filtered, judge: Judge) -> None:
    """A list asked for by status shows only bookings of that status."""
    if not seen.exchange.ok:
        raise judge.untestable(
            f"the filter was refused with {seen.exchange.status}: name it in operations.listBookings.query.status, "
            f"or the word for {seen.status} in values.status of the binding"
        )
    shown = [booking for booking in seen.bookings if booking.status is not None]
    if not seen.known:
        # The API may have a word of its own for the status asked for.
        shown = [booking for booking in shown if booking.status in STATUSES]
    if not shown:
        raise judge.untestable(
            f"no {seen.status} booking is listed when asked for, although the whole list has one"
            if seen.known
            else f"the list shows fewer than two statuses, and no {seen.status} booking when asked for it, so that a "
            "filter without effect would not be seen"
        )
    wrong = [f"{booking.code} is {booking.status}" for booking in shown if booking.status != seen.status]
    more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    judge.that(
        not wrong,
        f"only {seen.status} bookings",
        f"{len(wrong)} of {len(shown)} are others: {', '.join(wrong[:_MOST_NAMED])}{more}",
        seen.exchange,
    )
