"""The list of bookings, walked in pages of several sizes, and asked for in odd ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.views import Page
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Fewer bookings than this say nothing about pages.
FEWEST = 5
#: A walk takes at most this many pages; of a longer list only its beginning is walked.
MOST_PAGES = 5


@dataclass(frozen=True)
class Shown:
    """One page: what was asked for, what the pagination says, and the codes of the bookings on it."""

    exchange: Exchange
    asked_page: int
    asked_limit: int
    page: Page
    codes: list[str]


@dataclass(frozen=True)
class Walk:
    """Pages of one size, from the first on; ``whole`` if they reach the end of the list."""

    limit: int
    pages: list[Shown]
    whole: bool

    @property
    def codes(self) -> list[str]:
        """The codes in the order of the walk."""
        return [code for page in self.pages for code in page.codes]


@dataclass(frozen=True)
class Walks:
    """The same list walked in several sizes.

    Attributes:
        walks: the smallest pages first; the last is one page that holds as much as possible.
        again: the first page of the first walk, asked for again.
        beyond: a page behind the last one.
    """

    walks: list[Walk]
    again: Shown
    beyond: Exchange
    beyond_codes: list[str] | None

    @property
    def everything(self) -> list[str] | None:
        """The codes of all bookings, or None if no walk has reached the end of the list."""
        if not any(walk.whole for walk in self.walks):
            return None
        return list(dict.fromkeys(code for walk in self.walks for code in walk.codes))

    @property
    def pages(self) -> list[Shown]:
        """Every page of every walk."""
        return [page for walk in self.walks for page in walk.pages]


def codes_of(session: Session, exchange: Exchange) -> list[str] | None:
    """The codes of the bookings on a page; None if there is no list."""
    items = session.api.items(exchange)
    if items is None:
        return None
    found = [session.api.field("booking", "code", item) for item in items]
    return [str(code) for code in found if code not in (MISSING, None)]


def show(session: Session, page: int, limit: int) -> Shown:
    """Ask for one page.

    Raises:
        Blocked: the answer is no page.
    """
    exchange = session.api.call("listBookings", {"page": page, "limit": limit}, note=f"page {page} by {limit}")
    shown, codes = session.api.page(exchange), codes_of(session, exchange)
    if not exchange.ok or shown is None or codes is None:
        raise Blocked("bookings should be listed in pages", exchange)
    return Shown(exchange, page, limit, shown, codes)


def _walk(session: Session, limit: int, total: int) -> Walk:
    first = show(session, 1, limit)
    # A server may give fewer than it is asked for: its own page size decides how many pages there are.
    last = -(-total // (min(len(first.codes), limit) or limit))
    pages = [first, *(show(session, page, limit) for page in range(2, min(last, MOST_PAGES) + 1))]
    return Walk(limit, pages, whole=last <= MOST_PAGES)


def _attempt(session: Session, total: int, largest: int) -> Walks:
    sizes = [max(2, -(-total // 4)), max(3, -(-total // 3) + 1), min(total, largest)]
    walks = [_walk(session, min(size, largest), total) for size in dict.fromkeys(sizes)]
    first = walks[0]
    behind = -(-total // (len(first.pages[0].codes) or first.limit)) + 2
    beyond = session.api.call("listBookings", {"page": behind, "limit": first.limit}, note="behind the last page")
    return Walks(walks, show(session, 1, first.limit), beyond, codes_of(session, beyond))


@probe("pagination.walks", safety="write", cost=36, creates="up to five bookings, cancelled at once")
def walks(session: Session) -> Walks:
    """Walk the list of bookings in three sizes; once more if it changes meanwhile."""
    if not (session.api.binding.takes("listBookings", "page") and session.api.binding.takes("listBookings", "limit")):
        raise Untestable("the binding of listBookings has no page or no limit")
    largest = session.api.page_size()
    first = show(session, 1, largest)
    if len(first.codes) < FEWEST:
        _populate(session, FEWEST - len(first.codes))
        first = show(session, 1, largest)
    for _ in range(2):
        total = max(first.page.total or 0, len(first.codes))
        if total < FEWEST:
            raise Untestable(f"the list shows {total} bookings even after some were made; too few to be paged")
        found = _attempt(session, total, largest)
        after = show(session, 1, largest)
        if set(after.codes) == set(first.codes):
            return found
        first = after
    raise Untestable("the list of bookings changes while it is being walked; run when nobody else books")


def _populate(session: Session, count: int) -> None:
    found = session.need(openings.main)
    for _ in range(count):
        _, booking = session.booked(found.rules, found.take().start, note="something to be listed")
        session.cancel(str(booking.code))


@probe("pagination.odd-values", cost=6)
def odd_values(session: Session) -> list[Exchange]:
    """Limits and pages that are none: zero, negative, huge, text."""
    tried: list[dict[str, Any]] = [
        *(
            {"limit": value}
            for value in (0, -1, 1_000_000_000, "many")
            if session.api.binding.takes("listBookings", "limit")
        ),
        *({"page": value} for value in (0, "first") if session.api.binding.takes("listBookings", "page")),
    ]
    return [
        session.api.call("listBookings", arguments, note=", ".join(f"{k} {v}" for k, v in arguments.items()))
        for arguments in tried
    ]
