"""Defects of the Cal.com dialect: lists of bookings, their pages, filters and orders."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections import Counter
from collections.abc import Callable
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.query import texts
from bookproof.mock.domain.booking_searches import BY_START, KINDS, BookingSearch, Condition, Order
from bookproof.mock.http.exchange import Answer

_CURSORS = "2026-05-01"
Bookings = list[dict[str, Any]]
Page = Callable[[Call, BookingSearch, int, int], Bookings]


def _change_pages(mock: Mock, change: Callable[[Page, Call, BookingSearch, int, int], Bookings]) -> None:
    """Show other pages of lists that are paged by take and skip; `change` is told how they are found."""
    lists = mock.calcom.resources.booking_lists
    page = lists.page

    def changed(call: Call, search: BookingSearch, skip: int, take: int) -> Bookings:
        return page(call, search, skip, take) if call.version == _CURSORS else change(page, call, search, skip, take)

    lists.page = changed


# Pages


@defect(
    "calcom-take-one-more",
    breaks=("pagination.limit.honoured", "pagination.walk.once"),
    story="A page has a booking more than was asked for, and the next page has it again.",
)
def take_one_more(mock: Mock) -> None:
    def more(page: Page, call: Call, search: BookingSearch, skip: int, take: int) -> Bookings:
        return page(call, search, skip, take + 1)

    _change_pages(mock, more)


@defect(
    "calcom-take-off-by-one",
    breaks=("pagination.limit.filled", "pagination.walk.complete"),
    story="A page has a booking less than was asked for, and no page has that one.",
)
def take_off_by_one(mock: Mock) -> None:
    def fewer(page: Page, call: Call, search: BookingSearch, skip: int, take: int) -> Bookings:
        return page(call, search, skip, take - 1)

    _change_pages(mock, fewer)


@defect(
    "calcom-total-counts-one-more",
    breaks=("pagination.total.consistent",),
    story="A dashboard shows a booking that nobody can find.",
)
def total_counts_one_more(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    pagination = lists.pagination

    def one_more(total: int, skip: int, take: int) -> dict[str, Any]:
        return pagination(total + 1, skip, take)

    lists.pagination = one_more


@defect(
    "calcom-pages-count-from-zero",
    breaks=("pagination.offset.arithmetic",),
    story="A client that follows page numbers asks for the same page twice.",
)
def pages_count_from_zero(mock: Mock) -> None:
    def from_zero(pages: int, skip: int, take: int) -> int:
        return skip // take

    mock.calcom.resources.booking_lists.current_page = from_zero


@defect(
    "calcom-order-changes",
    breaks=("pagination.order.stable",),
    story="Bookings change places whenever the list is loaded.",
)
def order_changes(mock: Mock) -> None:
    asked = Counter[str]()

    def turned(page: Page, call: Call, search: BookingSearch, skip: int, take: int) -> Bookings:
        asked[call.http.query_text] += 1
        found = page(call, search, skip, take)
        return found if asked[call.http.query_text] % 2 else found[::-1]

    _change_pages(mock, turned)


@defect(
    "calcom-end-repeats",
    breaks=("pagination.beyond-end",),
    story="A client that pages until nothing comes never stops.",
)
def end_repeats(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists

    def again(page: Page, call: Call, search: BookingSearch, skip: int, take: int) -> Bookings:
        return page(call, search, min(skip, max(lists.total(search) - 1, 0)), take)

    _change_pages(mock, again)


@defect(
    "calcom-odd-pages-clamped",
    breaks=("pagination.odd-values",),
    story="A client asks for a page that cannot be, and is given some other page.",
)
def odd_pages_clamped(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    index = lists.index
    bounds = {"take": (1, 250), "skip": (0, 10**9)}

    def clamped(call: Call) -> Answer:
        for name, (low, high) in bounds.items():
            given = call.query.get(name)
            if isinstance(given, str) and given.removeprefix("-").isdigit():
                call.query[name] = str(min(max(int(given), low), high))
        return index(call)

    lists.index = clamped


@defect(
    "calcom-cursor-skips-one",
    breaks=("pagination.cursors",),
    story="Whoever follows the cursors loses a booking at every page.",
)
def cursor_skips_one(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    offset = lists.offset

    def beyond(cursor: Any) -> int:
        return offset(cursor) + (cursor is not None)

    lists.offset = beyond


# Filters and orders


@defect(
    "calcom-sort-ignored",
    breaks=("bookings.list.sorted",),
    story="A client that asks for the latest bookings first is shown the earliest.",
)
def sort_ignored(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    orders = lists.orders

    def rising(call: Call) -> tuple[Order, ...]:
        return (Order(BY_START),) if "sortStart" in call.query else orders(call)

    lists.orders = rising


@defect(
    "calcom-event-type-filter-ignored",
    breaks=("bookings.list.event-type",),
    story="A report on one kind of meeting counts all of them.",
)
def event_type_filter_ignored(mock: Mock) -> None:
    def every(call: Call) -> tuple[int, ...] | None:
        return None

    mock.calcom.resources.booking_lists.event_types = every


@defect(
    "calcom-attendee-filter-ignored",
    breaks=("bookings.list.attendee",),
    story="Whoever looks up one client's meetings reads those of everybody.",
)
def attendee_filter_ignored(mock: Mock) -> None:
    def anybody(call: Call) -> str | None:
        return None

    mock.calcom.resources.booking_lists.attendee_email = anybody


@defect(
    "calcom-cancelled-are-upcoming",
    breaks=("bookings.list.upcoming",),
    story="A host prepares for meetings that were called off.",
)
def cancelled_are_upcoming(mock: Mock) -> None:
    def ahead(now: int) -> Condition:
        return "b.ends >= ?", (now,)

    mock.domain.searches.upcoming = ahead


@defect(
    "calcom-moved-not-listed-as-cancelled",
    breaks=("bookings.list.cancelled",),
    story="The hours that meetings were moved away from are in no list of what was called off.",
)
def moved_not_listed_as_cancelled(mock: Mock) -> None:
    def without_moved() -> Condition:
        return "b.status IN ('cancelled', 'rejected') AND b.rescheduled_to IS NULL", ()

    mock.domain.searches.called_off = without_moved


@defect(
    "calcom-unknown-status-ignored",
    breaks=("bookings.list.unknown-status",),
    story="A client misspells a status, and takes the whole list for what it has asked for.",
)
def unknown_status_ignored(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists

    def known(call: Call) -> tuple[str, ...]:
        return tuple(kind for kind in texts(call.query.get("status", "")) if kind in KINDS)

    lists.kinds = known


@defect(
    "calcom-after-start-ignored",
    breaks=("bookings.list.range",),
    story="A calendar of one week shows the weeks before it as well.",
)
def after_start_ignored(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    bound = lists.bound

    def unbounded(call: Call, name: str) -> int | None:
        return None if name == "afterStart" else bound(call, name)

    lists.bound = unbounded
