"""Defects of the pages of listBookings."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable, Mapping
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.imatic_v1.paging import DEFAULT_LIMIT, PageRequest
from bookproof.mock.domain.booking_records import BookingFilter

_LIST = "listBookings"
Fetch = Callable[[int, int], list[Any]]
Cut = Callable[[PageRequest, int, Fetch], list[Any]]


def _cut_by(mock: Mock, rule: Cut) -> None:
    """Cut the pages of the list of bookings by `rule`."""
    paging = mock.imatic.resources.tools.paging
    cut = paging.cut

    def altered(operation: str, wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        return rule(wanted, total, fetch) if operation == _LIST else cut(operation, wanted, total, fetch)

    paging.cut = altered


def _describe_by(mock: Mock, rule: Callable[[PageRequest, int], Mapping[str, int]]) -> None:
    """Replace members of the list's pagination object by those that `rule` gives."""
    paging = mock.imatic.resources.tools.paging
    described = paging.described

    def altered(operation: str, wanted: PageRequest, total: int) -> dict[str, Any]:
        document = described(operation, wanted, total)
        return document | dict(rule(wanted, total)) if operation == _LIST else document

    paging.described = altered


@defect(
    "page-two-skips-one",
    breaks=("pagination.walk.complete",),
    story="An export of all bookings misses one on every page after the first.",
)
def page_two_skips_one(mock: Mock) -> None:
    def cut(wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        offset = (wanted.page - 1) * wanted.limit + (wanted.page > 1)
        return fetch(offset, wanted.limit) if offset < total else []

    _cut_by(mock, cut)


@defect(
    "pages-overlap",
    breaks=("pagination.walk.once", "pagination.walk.complete"),
    story="An export of all bookings counts some twice and misses the last.",
)
def pages_overlap(mock: Mock) -> None:
    def cut(wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        offset = (wanted.page - 1) * wanted.limit
        length = min(wanted.limit, total - offset)
        return fetch(offset - (wanted.page > 1), length) if length > 0 else []

    _cut_by(mock, cut)


@defect(
    "last-page-repeated",
    breaks=("pagination.beyond-end",),
    story="A client that walks until nothing comes walks for ever.",
)
def last_page_repeated(mock: Mock) -> None:
    def cut(wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        last = max(-(-total // wanted.limit), 1)
        return fetch((min(wanted.page, last) - 1) * wanted.limit, wanted.limit)

    _cut_by(mock, cut)


@defect(
    "limit-ignored",
    breaks=("pagination.limit.honoured",),
    story="A small device that asks for three bookings gets twenty.",
)
def limit_ignored(mock: Mock) -> None:
    def cut(wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        offset = (wanted.page - 1) * DEFAULT_LIMIT
        return fetch(offset, DEFAULT_LIMIT) if offset < total else []

    _cut_by(mock, cut)


@defect(
    "total-counts-foreign",
    breaks=("pagination.total.consistent",),
    story="The number of bookings shows how busy the platform's other customers are.",
)
def total_counts_foreign(mock: Mock) -> None:
    bookings = mock.domain.bookings
    count = bookings.count

    def count_all(account_id: str, wanted: BookingFilter) -> int:
        with mock.domain.store.read() as session:
            accounts = [row["id"] for row in session.all("SELECT id FROM accounts")]
        return sum(count(account, wanted) for account in accounts)

    bookings.count = count_all


@defect(
    "total-is-page-size",
    breaks=("pagination.total.consistent",),
    story="A list of a thousand bookings says that there are twenty.",
)
def total_is_page_size(mock: Mock) -> None:
    shown = 0

    def cut(wanted: PageRequest, total: int, fetch: Fetch) -> list[Any]:
        nonlocal shown
        offset = (wanted.page - 1) * wanted.limit
        found = fetch(offset, wanted.limit) if offset < total else []
        shown = len(found)
        return found

    _cut_by(mock, cut)
    _describe_by(mock, lambda wanted, total: {"total": shown, "pages": -(-shown // wanted.limit)})


@defect(
    "pages-off-by-one",
    breaks=("pagination.pages.arithmetic",),
    story="Every list ends with an empty page.",
)
def pages_off_by_one(mock: Mock) -> None:
    _describe_by(mock, lambda wanted, total: {"pages": -(-total // wanted.limit) + 1})


@defect(
    "page-always-one",
    breaks=("pagination.page.echo",),
    story="A pager shows page 1 wherever one is.",
)
def page_always_one(mock: Mock) -> None:
    _describe_by(mock, lambda wanted, total: {"page": 1})


#: Three, so that no two requests of a walk and its repetition agree by chance.
ORDERS = ("starts, code", "starts DESC, code DESC", "code")


@defect(
    "order-unstable",
    breaks=("pagination.order.stable", "pagination.walk.complete", "pagination.walk.once"),
    story="Bookings change places between pages; some are seen twice and some never.",
)
def order_unstable(mock: Mock) -> None:
    requests = 0

    def wandering() -> str:
        nonlocal requests
        requests += 1
        return ORDERS[requests % len(ORDERS)]

    mock.domain.records.order = wandering
