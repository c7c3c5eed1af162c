"""The list of bookings: walked in pages, filtered, sorted, and asked for in odd ways.

Source: Everything an AI agent can do with the Cal.com API, Pagination; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.booking_reads import Newest, newest
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import instant, utc
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.exchange import Exchange

#: Fewer bookings than this say nothing about pages.
FEWEST = 4
#: A list is walked in so many pages, and in one more where cursors lead on.
MOST_PAGES = 2
#: The date from which on lists are paged by cursors.
CURSORS = "2026-05-01"
#: Values of take and skip that are none.
ODD: tuple[dict[str, Any], ...] = ({"take": 0}, {"take": 251}, {"skip": -1})


@dataclass(frozen=True)
class Page:
    """One page: what was asked for, what the pagination says, and the uids of the bookings on it."""

    exchange: Exchange
    take: int
    skip: int
    pagination: dict[str, Any]
    uids: list[str]


@dataclass(frozen=True)
class Walk:
    """The bookings of one event type, walked.

    Attributes:
        event_type: which.
        all: all of them on one page.
        pages: the same in small pages, from the first on.
        whole: whether these reach the end.
        again: the first small page, asked for again.
        beyond: a page behind the end.
        bookings: as the one large page shows them.
    """

    event_type: int
    all: Page
    pages: list[Page]
    whole: bool
    again: Page
    beyond: Page | None
    beyond_exchange: Exchange
    bookings: Sequence[dict[str, Any]]

    @property
    def walked(self) -> list[str]:
        """The uids in the order of the walk."""
        return [uid for page in self.pages for uid in page.uids]


def _page(session: Session, event_type: int, take: int, skip: int, note: str) -> tuple[Exchange, Page | None]:
    query = {"eventTypeId": event_type, "take": take, "skip": skip, "sortStart": "asc"}
    exchange = session.api.call("listBookings", query=query, note=note)
    if not exchange.ok or not isinstance(session.api.data(exchange), list):
        return exchange, None
    uids = [str(booking.get("uid")) for booking in session.api.many(exchange)]
    return exchange, Page(exchange, take, skip, session.api.pagination(exchange), uids)


def _needed(session: Session, event_type: int, take: int, skip: int, note: str) -> Page:
    exchange, page = _page(session, event_type, take, skip, note)
    if page is None:
        raise Blocked("bookings should be listed in pages", exchange)
    return page


@probe("lists.walk", safety="write", cost=5)
def walk(session: Session) -> Walk:
    """Walk the bookings of the main event type, which the run has made and cancelled."""
    event_type = session.need(grounds).main.id
    everything = _needed(session, event_type, 100, 0, "all on one page")
    total = len(everything.uids)
    if total < FEWEST:
        raise Untestable(f"the list shows {total} bookings of the run's event type; too few to be paged")
    take = -(-total // MOST_PAGES)
    pages = [_needed(session, event_type, take, skip, f"take {take}, skip {skip}") for skip in range(0, total, take)]
    again = _needed(session, event_type, take, 0, "the first page again")
    beyond_exchange, beyond = _page(session, event_type, take, total + 50, "behind the end")
    whole = sum(page.take for page in pages) >= total
    bookings = session.api.many(everything.exchange)
    return Walk(event_type, everything, pages, whole, again, beyond, beyond_exchange, bookings)


@probe("lists.odd-values", cost=len(ODD) + 1)
def odd_values(session: Session) -> list[Exchange]:
    """Ask with values of take and skip that are none."""
    return [
        session.api.call("listBookings", query=query, note=", ".join(f"{k} {v}" for k, v in query.items()))
        for query in ODD
    ]


@dataclass(frozen=True)
class Filtered:
    """The list, filtered and sorted.

    Attributes:
        newest: without a filter.
        attendee: the address that most of them have.
        upcoming: those ahead of that attendee.
        cancelled: those that were called off.
        unknown: a word for a status that there is not.
        first, last: a range of time.
        within: those in it, the latest first.
    """

    newest: Newest
    attendee: str
    upcoming: Exchange
    upcoming_bookings: Sequence[dict[str, Any]]
    cancelled: Exchange
    cancelled_bookings: Sequence[dict[str, Any]]
    unknown: Exchange
    first: datetime
    last: datetime
    within: Exchange
    within_bookings: Sequence[dict[str, Any]]


@probe("lists.filters", safety="write", cost=6)
def filtered(session: Session) -> Filtered:
    """Ask for the bookings of one attendee, of one status, and of some days."""
    everything = newest(session, "without a filter")
    starts = sorted(start for raw in everything.bookings if (start := instant(raw.get("start"))))
    if len(starts) < FEWEST:
        raise Untestable(f"the list shows {len(starts)} bookings; too few to be filtered")

    def ask(note: str, **query: Any) -> Exchange:
        return session.api.call("listBookings", query={"take": 250, **query}, note=note)

    upcoming = ask("ahead, of one attendee", status="upcoming", attendeeEmail=session.target.attendee_email)
    cancelled = ask("called off", status="cancelled", sortCreated="desc")
    unknown = ask("a status that there is not", status="accepted")
    # From the second start to the second last, so that there is something to be left out on both sides.
    first, last = starts[1] - timedelta(seconds=1), starts[-2] + timedelta(seconds=1)
    within = ask("some days, the latest first", afterStart=utc(first), beforeEnd=utc(last), sortStart="desc")
    many = session.api.many
    return Filtered(
        everything,
        session.target.attendee_email,
        upcoming,
        many(upcoming),
        cancelled,
        many(cancelled),
        unknown,
        first,
        last,
        within,
        many(within),
    )


@dataclass(frozen=True)
class Cursors:
    """The bookings of one event type, walked by cursors.

    Attributes:
        expected: the uids that the walk by offsets has met.
        pages: the answers.
        uids: those that they show, page by page.
        nexts: the cursor that each of them gives.
        more: what each says of whether more follows.
        limit: asked for.
    """

    expected: list[str]
    pages: list[Exchange]
    uids: list[list[str]]
    nexts: list[Any]
    more: list[Any]
    limit: int


@probe("lists.cursors", safety="write", cost=4)
def cursors(session: Session) -> Cursors:
    """Walk the same bookings at the date from which on lists have cursors."""
    found = session.need(walk)
    limit = -(-len(found.all.uids) // 2)
    query: dict[str, Any] = {"eventTypeId": found.event_type, "limit": limit, "sortStart": "asc"}
    seen = Cursors(found.all.uids, [], [], [], [], limit)
    for number in range(MOST_PAGES + 1):
        exchange = session.api.call("listBookings", query=query, version=CURSORS, note=f"page {number + 1} by cursor")
        pagination = session.api.pagination(exchange)
        if number == 0 and ("nextCursor" not in pagination or not isinstance(session.api.data(exchange), list)):
            raise NotApplicable(f"the target pages no list by cursors at {CURSORS}")
        seen.pages.append(exchange)
        seen.uids.append([str(booking.get("uid")) for booking in session.api.many(exchange)])
        seen.nexts.append(pagination.get("nextCursor"))
        seen.more.append(pagination.get("hasMore"))
        if not seen.nexts[-1]:
            break
        query = {**query, "cursor": seen.nexts[-1]}
    return seen
