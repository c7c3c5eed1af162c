"""Subscriptions of the inbox's boxes: made, changed, read and ended.

Source: Calendar API & MCP, REST API v1 (Webhooks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from bookproof.inbox.delivery import Answer
from bookproof.judge.deliveries import Subscription
from bookproof.probes.base import Blocked
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.inbox import REMEDY
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange, describe

#: The subscriptions, by the names of their boxes.
ALL, FILTERED, DELETED, INACTIVE, OTHER_ACCOUNT = "all", "cancelled-only", "deleted", "inactive", "other-account"
CHANGED, SLOW, FAILING, TESTED, BY_TOOL = "changed", "slow", "failing", "test-action", "by-tool"


def subscribe(
    session: Session, name: str, events: Sequence[str], *answers: Answer, **more: Any
) -> Subscription | Exchange:
    """Subscribe a box of the inbox: the subscription, or the answer that refused it."""
    arguments = {"url": session.inbox.open_box(name, *answers), "events": list(events), **more.pop("arguments", {})}
    exchange = session.create("createWebhook", arguments, note=f"a subscription, {name}", **more)
    single = session.api.single("webhook", exchange) if exchange.ok else MISSING
    identity, secret = (session.api.field("webhook", key, single) for key in ("id", "secret"))
    if identity is MISSING or identity is None:
        return exchange
    shows = isinstance(secret, str) and bool(secret)
    known = secret if shows else session.inbox.settings.signing_secret
    return Subscription(name, exchange, str(identity), known, tuple(events), _shown_events(session, exchange), shows)


def change(session: Session, subscription: Subscription, events: Sequence[str]) -> Subscription | Exchange:
    """Change a subscription to other events: it as it is then, or the answer that refused the change."""
    arguments = {"webhookId": subscription.id, "events": list(events)}
    exchange = session.api.call("updateWebhook", arguments, note="to other events")
    if not exchange.ok:
        return exchange
    return confirmed(session, replace(subscription, exchange=exchange, events=tuple(events), shown=None))


def confirmed(session: Session, subscription: Subscription) -> Subscription:
    """A subscription with the events that the target says it is to, which may have to be read."""
    shown = subscription.shown or _shown_events(session, subscription.exchange)
    if shown is None:
        read = session.api.call("getWebhook", {"webhookId": subscription.id}, note="to which events?")
        shown = _shown_events(session, read) if read.ok else None
    return replace(subscription, shown=shown)


def _shown_events(session: Session, exchange: Exchange) -> tuple[str, ...] | None:
    shown = session.api.field("webhook", "events", session.api.single("webhook", exchange))
    return tuple(map(str, cast("list[Any]", shown))) if isinstance(shown, list) else None


def unsubscribe(session: Session, subscription: Subscription, role: str = "full") -> None:
    """Delete a subscription."""
    note = f"the subscription {subscription.name} ends"
    if session.api.call("deleteWebhook", {"webhookId": subscription.id}, role=role, note=note).ok:
        session.ledger.gone("webhook", subscription.id)


def not_subscribed(exchange: Exchange) -> Exception:
    """To be raised: the inbox could not be subscribed, and what to do about it."""
    if exchange.refused:
        return Untestable(
            f"{describe(exchange)} for the inbox's address: the target may take https or public addresses only; "
            f"{REMEDY}"
        )
    return Blocked("a subscription should be answered with its id where [bindings.objects.webhook] says", exchange)
