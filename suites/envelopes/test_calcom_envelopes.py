"""Cal.com's envelopes, judged on every exchange of the run: a client parses one shape, or it breaks on the odd one."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge import status_envelopes
from bookproof.probes.calcom_v2 import exchanges
from bookproof.probes.calcom_v2.exchanges import Traffic
from bookproof.wire.exchange import Exchange

#: What is answered with status alone, for there is nothing to show.
WITHOUT_DATA = ("deleteSchedule", "releaseReservation")


def _judged(judge: Judge, what: str) -> None:
    if not judge.judgements:
        raise judge.untestable(f"the run saw no {what}")


def _refusals(seen: Traffic) -> list[Exchange]:
    return [exchange for exchange in seen.heard if exchange.refused]


@requirement("envelopes.success.shape", exchanges.traffic)
def test_success_shape(seen: Traffic, judge: Judge) -> None:
    """A success is status success with data; only deletions may have nothing to show."""
    for exchange in seen.answered:
        if exchange.ok:
            with_data = exchange.operation not in WITHOUT_DATA
            status_envelopes.success_shape(judge, exchange, with_data=with_data)
    _judged(judge, "success")


@requirement("envelopes.error.shape", exchanges.traffic)
def test_error_shape(seen: Traffic, judge: Judge) -> None:
    """A refusal is status error with an error object; bare ones are told apart by envelopes.error.wrapped."""
    for exchange in _refusals(seen):
        status_envelopes.error_shape(judge, exchange)
    _judged(judge, "refusal")


@requirement("envelopes.error.wrapped", exchanges.traffic)
def test_error_wrapped(seen: Traffic, judge: Judge) -> None:
    """No refusal comes bare where real servers wrap it."""
    for exchange in _refusals(seen):
        status_envelopes.error_wrapped(judge, seen.session.contract, exchange)
    _judged(judge, "refusal that should be wrapped")


@requirement("envelopes.error.message", exchanges.traffic)
def test_error_message(seen: Traffic, judge: Judge) -> None:
    """Every error object has a code and a message."""
    for exchange in _refusals(seen):
        status_envelopes.error_message(judge, exchange)
    _judged(judge, "refusal with an error object")


@requirement("envelopes.error.code", exchanges.traffic)
def test_error_code(seen: Traffic, judge: Judge) -> None:
    """The code of an error is a word that a program can compare, and fits the status."""
    for exchange in _refusals(seen):
        status_envelopes.error_code(judge, exchange)
    _judged(judge, "refusal with a code")


@requirement("envelopes.error.place", exchanges.traffic)
def test_error_place(seen: Traffic, judge: Judge) -> None:
    """A refusal tells when it happened and what was asked for."""
    for exchange in _refusals(seen):
        status_envelopes.error_place(judge, exchange)
    _judged(judge, "refusal with an error object")


@requirement("envelopes.status.agrees", exchanges.traffic)
def test_status_agrees(seen: Traffic, judge: Judge) -> None:
    """The member status never contradicts the HTTP status."""
    for exchange in seen.heard:
        status_envelopes.status_agrees(judge, exchange)
    _judged(judge, "answer with a status in it")
