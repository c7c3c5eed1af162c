"""What does not exist is answered with 404, so that a client can tell it from a mistake of its own."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import errors
from bookproof.wire.exchange import NOT_JSON, Exchange


def _all_not_found(seen: list[Exchange], judge: Judge) -> None:
    for exchange in seen:
        judge.refused(exchange, {404}, exchange.note)


@requirement("errors.not-found.booking", errors.unknown_booking)
def test_unknown_booking(seen: list[Exchange], judge: Judge) -> None:
    """An unknown booking is answered with 404, whatever is asked of it."""
    _all_not_found(seen, judge)


@requirement("errors.not-found.event-type", errors.unknown_event_type)
def test_unknown_event_type(seen: list[Exchange], judge: Judge) -> None:
    """An unknown event type is answered with 404; in the body of a booking it may be 400."""
    for exchange in seen:
        allowed = {400, 404} if exchange.operation == "createBooking" else {404}
        judge.refused(exchange, allowed, exchange.note)


@requirement("errors.not-found.link", errors.unknown_link)
def test_unknown_link(seen: list[Exchange], judge: Judge) -> None:
    """Revoking an unknown link is answered with 404."""
    _all_not_found(seen, judge)


@requirement("errors.not-found.webhook", errors.unknown_webhook)
def test_unknown_webhook(seen: list[Exchange], judge: Judge) -> None:
    """An unknown webhook is answered with 404."""
    _all_not_found(seen, judge)


@requirement("errors.route.unknown", errors.unknown_route)
def test_unknown_route(seen: Exchange, judge: Judge) -> None:
    """A path that the API does not have is answered with 404, in the error envelope."""
    judge.refused(seen, {404}, "no such path")
    if seen.status == 404:
        shown = seen.json if seen.json is not NOT_JSON else {}
        judge.that(isinstance(shown, dict) and shown.get("success") is False, "the error envelope", answer(seen), seen)


@requirement("errors.method.not-allowed", errors.wrong_method)
def test_wrong_method(seen: Exchange, judge: Judge) -> None:
    """A method that a path does not offer is answered with 405 or 404."""
    judge.refused(seen, {404, 405}, "no such method")
