"""What does not exist on Cal.com is answered with 404, so that a client can tell it from a mistake of its own."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.calcom_v2 import errors, webhooks
from bookproof.wire.exchange import Exchange


@requirement("errors.not-found.booking", errors.unknown_booking)
def test_unknown_booking(seen: list[Exchange], judge: Judge) -> None:
    """An unknown booking is answered with 404, whatever is asked of it."""
    for exchange in seen:
        judge.refused(exchange, {404}, exchange.note)


@requirement("errors.not-found.event-type", errors.unknown_event_type)
def test_unknown_event_type(seen: Exchange, judge: Judge) -> None:
    """A booking of an unknown event type is answered with 404."""
    judge.refused(seen, {404}, seen.note)


@requirement("errors.not-found.webhook", webhooks.unknown)
def test_unknown_webhook(seen: Exchange, judge: Judge) -> None:
    """An unknown webhook is answered with 404."""
    judge.refused(seen, {404}, "no such webhook")


@requirement("errors.route.unknown", errors.unknown_route)
def test_unknown_route(seen: Exchange, judge: Judge) -> None:
    """A path that the API does not have is answered with 404."""
    judge.refused(seen, {404}, "no such path")


@requirement("errors.method.unknown", errors.unknown_method)
def test_unknown_method(seen: Exchange, judge: Judge) -> None:
    """A method that a path does not offer is answered with 404 or 405."""
    judge.refused(seen, {404, 405}, "no such method")
