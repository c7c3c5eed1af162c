"""Reading and listing bookings."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes import bookings
from bookproof.probes.bookings import Filtered, Walk


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
    if not seen.bookings:
        raise judge.untestable(f"no {seen.status} booking is listed although the whole list has one")
    for booking in seen.bookings:
        judge.that(
            booking.status == seen.status,
            f"only {seen.status} bookings",
            f"booking {booking.code} is {booking.status}",
            seen.exchange,
        )
