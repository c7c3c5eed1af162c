"""Webhook subscriptions: their life, the events they may name, and what is refused.

Source: Calendar API & MCP, Webhooks and REST API v1. Nothing is ever sent to the addresses subscribed here but what
the target itself delivers; example.com is reserved for such uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.wire.exchange import Exchange

#: The events that exist. Source: Calendar API & MCP, Webhooks ("The events are exactly").
EVENTS = ("booking.created", "booking.cancelled", "booking.rescheduled", "booking.no_show")
# One address for each subscription: a server may allow only one for each address.
URL = "https://example.com/bookproof/hook"
ALL_EVENTS_URL = "https://example.com/bookproof/all-events"
REFUSED_URL = "https://example.com/bookproof/refused"
CHANGED_URL = "https://example.com/bookproof/changed"
CHANGED_EVENTS = ("booking.cancelled", "booking.rescheduled")
#: Names that are no booking event: one of another product, and one beside a right one.
UNKNOWN_EVENTS = (("response.created",), ("booking.created", "booking.exploded"))
NO_URLS = ("not a url",)


def subscribe(session: Session, events: Sequence[str], url: str = URL, note: str = "") -> tuple[Exchange, str | None]:
    """Try to subscribe: the answer, and the subscription's id or None."""
    exchange = session.create("createWebhook", {"url": url, "events": list(events)}, note=note)
    shown = session.api.field("webhook", "id", session.api.single("webhook", exchange)) if exchange.ok else MISSING
    return exchange, None if shown is MISSING or shown is None else str(shown)


def unsubscribe(session: Session, webhook_id: str) -> Exchange:
    """Delete a subscription."""
    exchange = session.api.call("deleteWebhook", {"webhookId": webhook_id})
    if exchange.ok:
        session.ledger.gone("webhook", webhook_id)
    return exchange


@dataclass(frozen=True)
class Fields:
    """A subscription as an answer shows it: its URL or MISSING, and its events or None."""

    exchange: Exchange
    url: Any
    events: list[str] | None


def _fields(session: Session, exchange: Exchange) -> Fields:
    shown = session.api.single("webhook", exchange) if exchange.ok else MISSING
    url, events = (session.api.field("webhook", name, shown) for name in ("url", "events"))
    shown_events = [str(event) for event in cast("list[Any]", events)] if isinstance(events, list) else None
    return Fields(exchange, url, shown_events)


@dataclass(frozen=True)
class Life:
    """One subscription from its creation to its end.

    Attributes:
        create: the answer to its creation.
        secret: the signing secret shown then, or MISSING.
        lists: the answers of the list afterwards.
        listed: whether the list has it.
        read: as read.
        update: the answer to a change of its URL and its events.
        changed: as read after that.
        delete: the answer to its deletion.
        gone: the answer to reading it after that.
        still_listed: whether the list has it even then; only asked if it can still be read.
    """

    create: Exchange
    secret: Any
    lists: list[Exchange]
    listed: bool
    read: Fields
    update: Exchange
    changed: Fields
    delete: Exchange
    gone: Exchange
    still_listed: bool


@probe("webhooks.life", safety="write", cost=9, capability="webhooks", creates="a webhook, deleted again")
def life(session: Session) -> Life:
    """Subscribe, list, read, change, delete, and look whether it is gone."""
    create, webhook_id = subscribe(session, EVENTS[:1])
    if not create.ok:
        raise Blocked("a subscription should be created", create)
    if webhook_id is None:
        raise Blocked("a subscription should be answered with its id where [bindings.objects.webhook] says", create)
    secret = session.api.field("webhook", "secret", session.api.single("webhook", create))
    lists, listed = _find(session, webhook_id)
    target = {"webhookId": webhook_id}
    read = _fields(session, session.api.call("getWebhook", target))
    update = session.api.call("updateWebhook", {**target, "url": CHANGED_URL, "events": list(CHANGED_EVENTS)})
    changed = _fields(session, session.api.call("getWebhook", target, note="after the change"))
    delete = unsubscribe(session, webhook_id)
    gone = session.api.call("getWebhook", target, note="after the deletion")
    still_listed = gone.ok and _find(session, webhook_id)[1]
    return Life(create, secret, lists, listed, read, update, changed, delete, gone, still_listed)


def _find(session: Session, webhook_id: str) -> tuple[list[Exchange], bool]:
    """The list of subscriptions, and whether one of them is in it."""
    pages = session.api.all_pages("listWebhooks")
    ids = {str(session.api.field("webhook", "id", item)) for page in pages for item in session.api.items(page) or ()}
    return pages, webhook_id in ids


@probe("webhooks.events", safety="write", cost=2, capability="webhooks", creates="a webhook, deleted again")
def every_event(session: Session) -> Fields:
    """Subscribe to all four events at once, if a subscription to one of them was possible."""
    session.need(life)
    exchange, webhook_id = subscribe(session, EVENTS, ALL_EVENTS_URL, note="all four events")
    if webhook_id is not None:
        unsubscribe(session, webhook_id)
    return _fields(session, exchange)


@dataclass(frozen=True)
class Refusals:
    """Subscriptions that should be refused: what was named, and the answer."""

    events: list[tuple[tuple[str, ...], Exchange]]
    urls: list[tuple[str, Exchange]]


@probe("webhooks.refusals", safety="write", cost=6, capability="webhooks")
def refusals(session: Session) -> Refusals:
    """Try to subscribe to events that do not exist and with addresses that are none."""
    return Refusals(
        [(named, subscribe(session, named, REFUSED_URL, note="an unknown event")[0]) for named in UNKNOWN_EVENTS],
        [(url, subscribe(session, EVENTS[:1], url, note="no URL")[0]) for url in NO_URLS],
    )
