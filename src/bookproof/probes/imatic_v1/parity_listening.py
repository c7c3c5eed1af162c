"""A subscription that listens while tools book, move and cancel."""

from __future__ import annotations

from bookproof.judge.deliveries import EVENTS, Subscription
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.subscriptions import BY_TOOL, not_subscribed, subscribe


@probe(
    "parity.listening", shared=True, safety="write", cost=1, capability="webhooks", creates="a webhook, deleted again"
)
def listening(session: Session) -> Subscription:
    """Subscribe to all events before tools do anything."""
    made = subscribe(session, BY_TOOL, EVENTS)
    if not isinstance(made, Subscription):
        raise not_subscribed(made)
    return made
