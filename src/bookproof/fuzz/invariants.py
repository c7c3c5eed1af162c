"""What must hold after every call, beside what schemathesis checks itself: its checks, written for our requirements."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

import schemathesis
from schemathesis.core.failures import Failure

from bookproof.fuzz.hooks import campaign_of
from bookproof.judge.judge import answer
from bookproof.judge.traces import stack_trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemathesis.checks import CheckContext
    from schemathesis.core.transport import Response
    from schemathesis.generation.case import Case

    from bookproof.wire.exchange import Exchange


class Broken(Failure):
    """A requirement of ours does not hold.

    Args:
        operation: as schemathesis calls it.
        row: id of the requirement.
        expected, seen: as a finding has them.
        at: the exchanges that show it, the telling one last.
    """

    kind_title: ClassVar[str] = "A requirement does not hold"
    __slots__ = ("at", "expected", "row", "seen")

    def __init__(self, operation: str, row: str, expected: str, seen: str, at: Sequence[Exchange]) -> None:
        super().__init__(operation=operation, message=f"{row}: {expected}; {seen}")
        self.row, self.expected, self.seen, self.at = row, expected, seen, tuple(at)

    @property
    def _unique_key(self) -> str:
        return self.row


def _sent(case: Case[Any]) -> Exchange | None:
    campaign = campaign_of(case)
    return campaign.sent_for(case) if campaign else None


def _require(case: Case[Any], row: str, holds: bool, expected: str, seen: str, *at: Exchange) -> None:
    if not holds:
        raise Broken(case.operation.label, row, expected, seen, at)


def bookproof_no_stack_trace(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """No answer shows the inside of the server."""
    exchange = _sent(case)
    if exchange:
        shown = stack_trace(exchange.text)
        _require(case, "exchange.no-stack-trace", not shown, "no stack trace", shown, exchange)


def bookproof_no_secret(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """No answer shows a key of the run that the request did not show itself."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign:
        keys = (key.rpartition(".")[2] for key in campaign.session.target.credentials.values())
        told = any(len(key) >= 8 and key in exchange.text and key not in exchange.url for key in keys)
        _require(case, "exchange.no-secret", not told, "no secret in the answer", "a key's secret", exchange)


def bookproof_pages(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """A page holds no more than was asked for, and its numbers agree with each other."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign and exchange.ok:
        for row, expected, seen in campaign.grounds.page_faults(exchange):
            _require(case, row, False, expected, seen, exchange)


def bookproof_key(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """What a key may do is refused without one, and with one that is none; tried once for each operation."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign and exchange.ok and exchange.role == "full":
        for row, again in campaign.try_without_key(case):
            expected = f"a call with {again.role} is refused with 401: {exchange.operation}"
            _require(case, row, again.status in (401, 403, 429), expected, answer(again), exchange, again)


def bookproof_scope(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """What a key may do is refused to one that may not; tried once for each operation."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign and exchange.ok and exchange.role == "full":
        tried = campaign.try_without_scope(case)
        if tried:
            row, again = tried
            expected = f"a call with {again.role} is refused with 403: {exchange.operation}"
            # The call was made before: who looks at the thing first finds it gone, or there already.
            refused = again.status in (401, 403, 404, 409, 410, 429)
            _require(case, row, refused, expected, answer(again), exchange, again)


def bookproof_overlap(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """No two live bookings of an event type take the same time."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign and exchange.ok:
        codes, calendar = campaign.grounds.entered(exchange), campaign.grounds.calendar
        campaign.judged["fuzz.sequences.no-overlap"] += bool(codes)
        rivals = next((found for code in codes if (found := calendar.rival(code))), None)
        if rivals:
            entry, other = rivals
            seen = f"{entry.code} and {other.code} are both booked from {entry.start:%Y-%m-%dT%H:%MZ}"
            _require(
                case, "fuzz.sequences.no-overlap", False, "live bookings do not overlap", seen, other.exchange, exchange
            )


def bookproof_freed(_ctx: CheckContext, _response: Response, case: Case[Any]) -> None:
    """A time whose booking was cancelled is listed as open again."""
    exchange, campaign = _sent(case), campaign_of(case)
    if exchange and campaign and exchange.ok and campaign.grounds.sequences:
        looked = campaign.grounds.listed_again(exchange)
        if looked:
            listing, free = looked
            campaign.judged["fuzz.sequences.cancelled-free"] += 1
            _require(
                case,
                "fuzz.sequences.cancelled-free",
                free,
                "the slot of a cancelled booking is listed again",
                "the slot is not listed",
                exchange,
                listing,
            )


@cache
def register() -> None:
    """Let schemathesis call these checks; it keeps them for the whole process."""
    for check in (
        bookproof_no_stack_trace,
        bookproof_no_secret,
        bookproof_pages,
        bookproof_key,
        bookproof_scope,
        bookproof_overlap,
        bookproof_freed,
    ):
        cast("Any", schemathesis).check(check)
