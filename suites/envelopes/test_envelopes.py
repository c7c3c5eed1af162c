"""Envelopes, judged on every exchange of the run: a client parses one shape, or it breaks on the odd one."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge import envelopes
from bookproof.probes.imatic_v1 import exchanges
from bookproof.probes.imatic_v1.exchanges import Traffic

MAIN_LISTS = ("listEventTypes", "listBookings")
OTHER_LISTS = ("listEventLinks", "listCalendars", "listWebhooks")
SINGLES = {
    "getEventType": "eventType",
    "getBooking": "booking",
    "createBooking": "booking",
    "getBookingStats": "stats",
    "getMe": "me",
}


def _judged(judge: Judge, what: str) -> None:
    if not judge.judgements:
        raise judge.untestable(f"the run saw no {what}")


@requirement("envelopes.list.shape", exchanges.traffic)
def test_list_shape(seen: Traffic, judge: Judge) -> None:
    """Event types and bookings are listed with success, an array and a pagination object."""
    for exchange in seen.of(*MAIN_LISTS):
        envelopes.list_shape(judge, exchange, seen.session.api.items(exchange))
    _judged(judge, "list that was answered")


@requirement("envelopes.other-lists.shape", exchanges.traffic)
def test_other_lists_shape(seen: Traffic, judge: Judge) -> None:
    """Links, calendars and webhooks are listed in the same way."""
    for exchange in seen.of(*OTHER_LISTS):
        envelopes.list_shape(judge, exchange, seen.session.api.items(exchange))
    _judged(judge, "such list that was answered")


@requirement("envelopes.pagination.fields", exchanges.traffic)
def test_pagination_fields(seen: Traffic, judge: Judge) -> None:
    """pagination carries page, limit, total and pages as whole numbers."""
    for exchange in seen.of(*MAIN_LISTS):
        envelopes.pagination_fields(judge, exchange)
    _judged(judge, "pagination object")


@requirement("envelopes.single.shape", exchanges.traffic)
def test_single_shape(seen: Traffic, judge: Judge) -> None:
    """A single object comes with success and under data."""
    for exchange in seen.of(*SINGLES):
        kind, api = SINGLES[exchange.operation], seen.session.api
        found = isinstance(api.single(kind, exchange), dict)
        envelopes.single_shape(judge, exchange, found, wrapped=bool(api.binding.at(exchange.operation, kind)))
    _judged(judge, "single object")


@requirement("envelopes.error.shape", exchanges.traffic)
def test_error_shape(seen: Traffic, judge: Judge) -> None:
    """Every error says success false, a code and a message."""
    for exchange in seen.answered:
        if exchange.refused:
            envelopes.error_shape(judge, exchange)
    _judged(judge, "error")


@requirement("envelopes.error.code", exchanges.traffic)
def test_error_code(seen: Traffic, judge: Judge) -> None:
    """The code of an error is a snake_case word that a programme can compare."""
    for exchange in seen.answered:
        if exchange.refused:
            envelopes.error_code(judge, exchange)
    _judged(judge, "error with a code")


@requirement("envelopes.status.agrees", exchanges.traffic)
def test_status_agrees(seen: Traffic, judge: Judge) -> None:
    """success never contradicts the status."""
    for exchange in seen.answered:
        envelopes.status_agrees(judge, exchange)
    _judged(judge, "answer with success in it")
