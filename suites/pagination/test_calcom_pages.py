"""Pages of the list of bookings in Cal.com: whoever walks them sees everything once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import lists
from bookproof.probes.calcom_v2.lists import Cursors, Page, Walk
from bookproof.wire.exchange import Exchange


@requirement("pagination.walk.complete", lists.walk)
def test_nothing_is_lost(seen: Walk, judge: Judge) -> None:
    """Every booking that one large page shows is on one of the small ones."""
    lost = [uid for uid in seen.all.uids if uid not in seen.walked]
    at = (seen.all.exchange, *(page.exchange for page in seen.pages))
    judge.that(not lost, "small pages show all that a large one shows", f"they leave out {', '.join(lost)}", *at)


@requirement("pagination.walk.once", lists.walk)
def test_nothing_is_shown_twice(seen: Walk, judge: Judge) -> None:
    """No booking is on two pages."""
    for uids, pages in ((seen.walked, seen.pages), (seen.all.uids, [seen.all])):
        twice = [uid for uid, times in Counter(uids).items() if times > 1]
        at = [page.exchange for page in pages]
        judge.that(not twice, "every booking once", f"more than once: {', '.join(twice)}", *at)


@requirement("pagination.limit.honoured", lists.walk)
def test_take_is_honoured(seen: Walk, judge: Judge) -> None:
    """A page holds no more than take."""
    for page in _pages(seen):
        judge.that(len(page.uids) <= page.take, f"at most {page.take}", f"{len(page.uids)} bookings", page.exchange)


@requirement("pagination.limit.filled", lists.walk)
def test_take_is_filled(seen: Walk, judge: Judge) -> None:
    """A page that is followed by others holds as many as take."""
    total = len(seen.all.uids)
    for page in seen.pages:
        if page.skip + page.take < total:
            shown = len(page.uids)
            judge.that(shown >= page.take, f"{page.take} bookings", f"{shown} bookings", page.exchange)


@requirement("pagination.total.consistent", lists.walk)
def test_the_total_is_true(seen: Walk, judge: Judge) -> None:
    """Every page tells how many bookings there are."""
    total = len(set(seen.all.uids) | set(seen.walked))
    for page in _pages(seen):
        shown = page.pagination.get("totalItems")
        judge.that(shown == total, f"totalItems {total}", f"totalItems {shown}", page.exchange)


@requirement("pagination.offset.arithmetic", lists.walk)
def test_the_numbers_fit_together(seen: Walk, judge: Judge) -> None:
    """What a page tells of itself follows from total, take and skip."""
    for page in _pages(seen):
        total = page.pagination.get("totalItems")
        if not isinstance(total, int):
            raise judge.untestable("no page tells a total; see pagination.total.consistent")
        for name, wanted in _numbers(page, total).items():
            shown = page.pagination.get(name)
            judge.that(shown == wanted, f"{name} {wanted}", f"{name} {shown}", page.exchange)


def _numbers(page: Page, total: int) -> dict[str, Any]:
    pages = -(-total // page.take)
    return {
        "returnedItems": min(page.take, max(0, total - page.skip)),
        "itemsPerPage": page.take,
        "remainingItems": max(0, total - (page.skip + page.take)),
        "currentPage": min(page.skip // page.take + 1, pages),
        "totalPages": pages,
        "hasNextPage": page.skip + page.take < total,
        "hasPreviousPage": page.skip > 0,
    }


def _pages(seen: Walk) -> list[Page]:
    return [seen.all, *seen.pages]


@requirement("pagination.order.stable", lists.walk)
def test_the_order_is_stable(seen: Walk, judge: Judge) -> None:
    """The first page asked for again has the same bookings in the same order."""
    first = seen.pages[0]
    at = (first.exchange, seen.again.exchange)
    judge.that(first.uids == seen.again.uids, ", ".join(first.uids), ", ".join(seen.again.uids), *at)


@requirement("pagination.beyond-end", lists.walk)
def test_beyond_the_end_is_nothing(seen: Walk, judge: Judge) -> None:
    """A page behind the end is empty, so that a walk comes to its end."""
    if judge.accepted(seen.beyond_exchange, "a page behind the end is a page") and seen.beyond is not None:
        found = len(seen.beyond.uids)
        judge.that(not found, "no bookings", f"{found} bookings", seen.beyond_exchange)


@requirement("pagination.odd-values", lists.odd_values)
def test_refuses_odd_values(seen: list[Exchange], judge: Judge) -> None:
    """Numbers of bookings that are none are refused."""
    for exchange in seen:
        judge.refused(exchange, {400, 422}, exchange.note)


@requirement("pagination.cursors", lists.cursors)
def test_walks_by_cursors(seen: Cursors, judge: Judge) -> None:
    """Whoever follows the cursors meets every booking once, and is told when there are no more."""
    walked = [uid for page in seen.uids for uid in page]
    at = tuple(seen.pages)
    judge.that(sorted(walked) == sorted(seen.expected), ", ".join(seen.expected), ", ".join(walked), *at)
    for exchange, uids, following, more in zip(seen.pages, seen.uids, seen.nexts, seen.more, strict=True):
        judge.accepted(exchange, "a page by cursor")
        judge.that(len(uids) <= seen.limit, f"at most {seen.limit}", f"{len(uids)} bookings", exchange)
        judge.that(more is (following is not None), "hasMore where a cursor follows", answer(exchange), exchange)
    judge.that(seen.nexts[-1] is None, "the last page gives no cursor", f"{seen.nexts[-1]}", *at)
