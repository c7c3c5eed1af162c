"""Event links: created, used once, refused, revoked.

Source: Calendar API & MCP, REST API v1 (Event links: "single-use booking links tied to an event type").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import bookings, openings
from bookproof.probes.imatic_v1.booking_reads import Shown, evidence_or_none, read_booking
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.views import Slot
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.exchange import Exchange

#: What a target file says to vouch that bookings by link are possible over the API.
CAPABILITY = "book-by-link"
#: Why nothing can be said of links, where none has ever been turned away or marked as used.
UNNOTICED = (
    "the API seems to take no notice of the code of a link: name its place in operations.createBooking.body.linkCode "
    f"of the binding and, if links can be booked over the API, set capabilities.{CAPABILITY} = true"
)


@dataclass(frozen=True)
class LinkList:
    """The links of an event type: the answers, and each link by its code."""

    pages: list[Exchange]
    links: Mapping[str, Any]


def list_links(session: Session, event_type_code: str, note: str) -> LinkList:
    """Follow the list of links.

    Raises:
        Blocked: the links cannot be listed.
    """
    pages = session.api.all_pages("listEventLinks", {"eventTypeCode": event_type_code}, note=note)
    items = [session.api.items(page) for page in pages]
    if not pages[-1].ok or None in items:
        raise Blocked("links should be listed", pages[-1])
    links = {str(session.api.field("link", "code", link)): link for found in items for link in found or ()}
    return LinkList(pages, links)


@dataclass(frozen=True)
class CreatedLinks:
    """Two links of the main event type.

    Attributes:
        event_type_code: whose links they are.
        exchanges: the answers to their creation.
        codes: theirs.
        named: the event type's code as each answer shows it, or MISSING.
        listed: the list afterwards.
    """

    event_type_code: str
    exchanges: list[Exchange]
    codes: list[str]
    named: list[Any]
    listed: LinkList


def create_link(session: Session, event_type_code: str, note: str = "") -> tuple[Exchange, str]:
    """Create a link and go on only if that worked: the answer and the link's code.

    Raises:
        Blocked: it was refused or its answer shows no code.
    """
    exchange = session.create("createEventLink", {"eventTypeCode": event_type_code}, note=note)
    code = session.api.field("link", "code", session.api.single("link", exchange))
    if not exchange.ok:
        raise Blocked("an event link should be created", exchange)
    if code is MISSING or code is None:
        raise Blocked("a link should be answered with its code where [bindings.objects.link] says", exchange)
    return exchange, str(code)


@probe("links.create", safety="write", cost=5, capability="links", creates="two links")
def created(session: Session) -> CreatedLinks:
    """Create two links and list the event type's links."""
    code = session.event_type("main").code
    made = [create_link(session, code) for _ in range(2)]
    exchanges = [exchange for exchange, _ in made]
    named = [session.api.field("link", "eventTypeCode", session.api.single("link", each)) for each in exchanges]
    return CreatedLinks(code, exchanges, [each for _, each in made], named, list_links(session, code, "new links"))


@dataclass(frozen=True)
class RevokedLink:
    """A revoked link.

    Attributes:
        code: of the link.
        exchange: the answer to its revocation.
        links: the list afterwards.
        as_before: whether the list has it, neither marked as revoked nor changed in any other way.
    """

    code: str
    exchange: Exchange
    links: LinkList
    as_before: bool


@probe("links.revoke", safety="write", cost=2, capability="links")
def revoked(session: Session) -> RevokedLink:
    """Revoke one of the links and list the others."""
    made = session.need(created)
    code = made.codes[-1]
    exchange = session.api.call("revokeEventLink", {"linkCode": code})
    if exchange.ok:
        session.ledger.gone("link", code)
    links = list_links(session, made.event_type_code, "after a revocation")
    now = links.links.get(code)
    marked = session.api.field("link", "revoked", now)
    unchanged = now is not None and marked is not True and (marked is False or now == made.listed.links.get(code))
    return RevokedLink(code, exchange, links, unchanged)


@dataclass(frozen=True)
class UsedLinks:
    """What links let one do.

    Attributes:
        refused: a booking by a fresh link onto a taken slot, or None where no slot was known to be taken.
        kept: a booking by that link onto a free slot afterwards.
        fresh: where ``kept`` failed, the same booking by a link that was never tried; else None.
        shown: what was booked by either link, as read; None if neither booked.
        second: another booking by the link that booked.
        by_revoked: a booking by a revoked link, or None where none could be revoked.
        noticed: whether the API is known, or vouched, to look at the link of a booking.
    """

    refused: Exchange | None
    kept: Exchange
    fresh: Exchange | None
    shown: Shown | None
    second: Exchange | None
    by_revoked: Exchange | None
    noticed: bool

    @property
    def first(self) -> Exchange:
        """The booking that a link made, or the last that it should have made."""
        return self.fresh or self.kept


@probe("links.use", safety="write", cost=12, capability="links", creates="a booking by link")
def used(session: Session) -> UsedLinks:
    """Use a link for a taken slot, a free one and another free one; try to use a revoked link."""
    if not session.target.has(CAPABILITY):
        raise NotApplicable(f"capability: the target file says that it has no {CAPABILITY}")
    if not session.api.binding.takes("createBooking", "linkCode"):
        raise Untestable("the binding has no place for a link's code: name operations.createBooking.body.linkCode")
    made, gone = session.need(created), session.need(revoked)
    free = session.need(openings.main)
    taken = evidence_or_none(session, bookings.created)

    def book(link: str, note: str, slot: Slot | None = None) -> Exchange:
        return session.book(free.rules, (slot or free.take()).start, changes={"linkCode": link}, note=note)

    winner = made.codes[0]
    refused = book(winner, "a link for a taken slot", taken.slot) if taken and taken.stored else None
    kept, fresh = book(winner, "a link's first use"), None
    if not kept.ok:
        _, winner = create_link(session, made.event_type_code, "a link that was never tried")
        fresh = book(winner, "a fresh link's first use")
    booking = session.api.booking(fresh or kept)
    shown = read_booking(session, booking.code, "booked by link") if booking and booking.code else None
    second = book(winner, "a link's second use") if shown else None
    by_revoked = book(gone.code, "a revoked link") if gone.exchange.ok else None
    turned_away = any(attempt is not None and attempt.refused for attempt in (second, by_revoked))
    noticed = session.target.capabilities.get(CAPABILITY, False) or turned_away
    if not noticed and shown:
        links = list_links(session, made.event_type_code, "is the used link marked?").links
        # The mark may be a flag or the time of the use.
        mark = session.api.field("link", "used", links.get(winner))
        noticed = winner not in links or mark not in (MISSING, None, False)
    return UsedLinks(refused, kept, fresh, shown, second, by_revoked, noticed)
