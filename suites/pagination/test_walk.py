"""Pagination: whoever walks the pages sees everything once.

A client that syncs bookings by pages loses or doubles people's appointments if one item slips between two pages.
"""

from __future__ import annotations

from collections import Counter

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import pagination
from bookproof.probes.imatic_v1.pagination import Walk, Walks
from bookproof.wire.exchange import Exchange


@requirement("pagination.walk.complete", pagination.walks)
def test_nothing_is_lost(seen: Walks, judge: Judge) -> None:
    """Every booking that one size of pages shows is shown by the others too."""
    for walk in seen.walks:
        expected = _expected(seen, walk)
        lost = [code for code in expected if code not in walk.codes]
        judge.that(
            not lost,
            f"pages of {walk.limit} show all that other sizes show",
            f"they leave out {', '.join(lost)}",
            *(page.exchange for page in seen.pages),
        )


def _expected(seen: Walks, walk: Walk) -> list[str]:
    if walk.whole:
        return seen.everything or []
    # The beginning of a list too long to be walked: as much of the largest pages as this walk has reached.
    return seen.walks[-1].codes[: len(walk.codes)]


@requirement("pagination.walk.once", pagination.walks)
def test_nothing_is_shown_twice(seen: Walks, judge: Judge) -> None:
    """No booking stands on two pages of a walk."""
    for walk in seen.walks:
        twice = [code for code, times in Counter(walk.codes).items() if times > 1]
        judge.that(
            not twice,
            f"pages of {walk.limit} show everything once",
            f"they show more than once: {', '.join(twice)}",
            *(page.exchange for page in walk.pages),
        )


@requirement("pagination.limit.honoured", pagination.walks)
def test_limit_is_honoured(seen: Walks, judge: Judge) -> None:
    """A page holds no more than was asked for."""
    for page in seen.pages:
        judge.that(
            len(page.codes) <= page.asked_limit,
            f"at most {page.asked_limit} bookings",
            f"{len(page.codes)} bookings",
            page.exchange,
        )


@requirement("pagination.total.consistent", pagination.walks)
def test_total_is_consistent(seen: Walks, judge: Judge) -> None:
    """total is the number of bookings, on every page."""
    found = seen.everything
    totals = {page.page.total for page in seen.pages}
    for page in seen.pages:
        shown = page.page.total
        if found is not None:
            judge.that(shown == len(found), f"total {len(found)}", f"total {shown}", page.exchange)
        else:
            judge.that(len(totals) == 1, f"the same total on every page, {shown}", f"totals {totals}", page.exchange)


@requirement("pagination.pages.arithmetic", pagination.walks)
def test_pages_arithmetic(seen: Walks, judge: Judge) -> None:
    """pages is total divided by limit, rounded up, by the page's own figures."""
    for page in seen.pages:
        total, limit = page.page.total, page.page.limit or page.asked_limit
        if total is not None and limit > 0:
            pages = -(-total // limit)
            judge.that(
                page.page.pages == pages,
                f"{pages} pages for {total} bookings by {limit}",
                f"pages {page.page.pages}",
                page.exchange,
            )
    if not judge.judgements:
        raise judge.untestable("no page shows a total; see envelopes.pagination.fields")


@requirement("pagination.page.echo", pagination.walks)
def test_page_is_named(seen: Walks, judge: Judge) -> None:
    """page is the page that was asked for."""
    for page in seen.pages:
        judge.that(
            page.page.page == page.asked_page, f"page {page.asked_page}", f"page {page.page.page}", page.exchange
        )


@requirement("pagination.order.stable", pagination.walks)
def test_order_is_stable(seen: Walks, judge: Judge) -> None:
    """The same page asked for twice shows the same bookings in the same order."""
    first = seen.walks[0].pages[0]
    judge.that(
        first.codes == seen.again.codes,
        f"the order {', '.join(first.codes)}",
        f"the order {', '.join(seen.again.codes)}",
        first.exchange,
        seen.again.exchange,
    )


@requirement("pagination.beyond-end", pagination.walks)
def test_beyond_the_end(seen: Walks, judge: Judge) -> None:
    """A page behind the last one is empty, or 404, so that a walk comes to an end."""
    if seen.beyond.ok:
        judge.that(not seen.beyond_codes, "no bookings", f"{len(seen.beyond_codes or ())} bookings", seen.beyond)
    else:
        judge.refused(seen.beyond, {400, 404}, "there is no such page")


@requirement("pagination.odd-values", pagination.odd_values)
def test_odd_values(seen: list[Exchange], judge: Judge) -> None:
    """Limits and pages that are none are clamped or refused."""
    if not seen:
        raise judge.untestable("the API takes neither page nor limit")
    for exchange in seen:
        judge.that(exchange.ok or exchange.refused, f"{exchange.note}: clamped or refused", answer(exchange), exchange)
