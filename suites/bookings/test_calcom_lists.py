"""Lists of bookings in Cal.com: filtered and sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.probes.calcom_v2 import lists
from bookproof.probes.calcom_v2.booking_reads import attendees_of, event_type_of
from bookproof.probes.calcom_v2.lists import Filtered, Walk
from bookproof.targets.views import instant, utc
from bookproof.wire.exchange import Exchange

Raw = dict[str, Any]
_CALLED_OFF = frozenset({"cancelled", "rejected"})


def _only(judge: Judge, exchange: Exchange, bookings: Sequence[Raw], fits: Callable[[Raw], bool], what: str) -> None:
    """Judge that a filtered list is there, and holds nothing else."""
    if judge.accepted(exchange, f"a list of {what}"):
        judge.each(
            bookings, fits, f"only {what}", lambda raw: f"booking {raw.get('uid')} ({raw.get('status')})", exchange
        )


def _all(judge: Judge, exchange: Exchange, bookings: Sequence[Raw], wanted: Sequence[Raw], what: str) -> None:
    """Judge that a filtered list leaves nothing out."""
    found = {raw.get("uid") for raw in bookings}
    missing = [str(raw.get("uid")) for raw in wanted if raw.get("uid") not in found]
    judge.that(not missing, f"all {what}", f"it leaves out {', '.join(missing)}", exchange)


@requirement("bookings.list.sorted", lists.filtered)
def test_is_sorted_as_asked_for(seen: Filtered, judge: Judge) -> None:
    """A list whose latest start comes first is in that order."""
    starts = [start for raw in seen.within_bookings if (start := instant(raw.get("start")))]
    if len(starts) < 2:
        raise judge.untestable("the list shows too few bookings; see bookings.list.range")
    told = ", ".join(map(utc, starts))
    falls = all(one >= other for one, other in pairwise(starts))
    judge.that(falls, "the latest start first", told, seen.within)


@requirement("bookings.list.event-type", lists.walk)
def test_filters_by_event_type(seen: Walk, judge: Judge) -> None:
    """Only bookings of the event type that is asked for are listed."""

    def fits(raw: Raw) -> bool:
        return event_type_of(raw) == str(seen.event_type)

    _only(judge, seen.all.exchange, seen.bookings, fits, f"bookings of event type {seen.event_type}")


@requirement("bookings.list.attendee", lists.filtered)
def test_filters_by_attendee(seen: Filtered, judge: Judge) -> None:
    """Only bookings of the attendee who is asked for are listed."""

    def fits(raw: Raw) -> bool:
        return seen.attendee.lower() in {str(each.get("email")).lower() for each in attendees_of(raw)}

    _only(judge, seen.upcoming, seen.upcoming_bookings, fits, f"bookings of {seen.attendee}")


@requirement("bookings.list.upcoming", lists.filtered)
def test_lists_what_is_ahead(seen: Filtered, judge: Judge) -> None:
    """What was called off is not ahead, and there is something ahead."""
    what = "bookings that are not called off"
    _only(judge, seen.upcoming, seen.upcoming_bookings, lambda raw: raw.get("status") not in _CALLED_OFF, what)
    judge.that(bool(seen.upcoming_bookings), "the live bookings of the run", "nothing", seen.upcoming)


@requirement("bookings.list.cancelled", lists.filtered)
def test_lists_what_was_called_off(seen: Filtered, judge: Judge) -> None:
    """What was called off is listed, and nothing else."""
    what = "bookings that were called off"
    _only(judge, seen.cancelled, seen.cancelled_bookings, lambda raw: raw.get("status") in _CALLED_OFF, what)
    wanted = [raw for raw in seen.newest.bookings if raw.get("status") == "cancelled"]
    if len(seen.cancelled_bookings) < len(seen.newest.bookings) or not wanted:
        _all(judge, seen.cancelled, seen.cancelled_bookings, wanted, "cancelled bookings")


@requirement("bookings.list.unknown-status", lists.filtered)
def test_refuses_unknown_words(seen: Filtered, judge: Judge) -> None:
    """Accepted is the status of a booking and no word of the filter."""
    judge.refused(seen.unknown, {400, 422}, "the filter has no status accepted")


@requirement("bookings.list.range", lists.filtered)
def test_filters_by_time(seen: Filtered, judge: Judge) -> None:
    """What lies between two instants is listed, and nothing else."""

    def fits(raw: Raw) -> bool:
        start, end = instant(raw.get("start")), instant(raw.get("end"))
        return start is not None and end is not None and seen.first <= start and end <= seen.last

    what = f"bookings from {utc(seen.first)} to {utc(seen.last)}"
    _only(judge, seen.within, seen.within_bookings, fits, what)
    if seen.newest.whole:
        _all(judge, seen.within, seen.within_bookings, list(filter(fits, seen.newest.bookings)), what)
