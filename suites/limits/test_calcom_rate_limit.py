"""Cal.com's rate limit: a key that calls too often is told so, knows what it has left, and harms nobody else."""

from __future__ import annotations

from itertools import pairwise

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.status_envelopes import error_of, table
from bookproof.probes.calcom_v2 import limits
from bookproof.probes.calcom_v2.limits import WINDOW, Allowance, Exhausted, Recovery, allowance, whole
from bookproof.wire.exchange import Exchange

_NAMES = ("limit", "remaining", "reset")


def _refusal(seen: Exhausted, judge: Judge) -> Exchange:
    if seen.refused is None:
        raise judge.untestable(f"{len(seen.sent)} calls, and none was refused; see limits.enforced")
    return seen.refused


def _told(seen: Exhausted, judge: Judge) -> list[Allowance]:
    told = [item for item in seen.allowances if item.told]
    if not told:
        raise judge.untestable("no answer tells all about the limit; see limits.headers.present")
    return told


@requirement("limits.enforced", limits.exhausted)
def test_limit_is_enforced(seen: Exhausted, judge: Judge) -> None:
    """More calls than the limit are answered with 429."""
    if seen.refused is None and seen.seconds >= WINDOW - 1:
        raise judge.untestable(f"{len(seen.sent)} calls took {seen.seconds:.0f} seconds, too long for a limit a minute")
    judge.that(
        seen.refused is not None,
        f"429 after {seen.limit} calls within a minute",
        f"{len(seen.sent)} calls, the last answered with {seen.sent[-1].status}",
        seen.sent[-1],
    )


@requirement("limits.served", limits.exhausted)
def test_limit_is_served(seen: Exhausted, judge: Judge) -> None:
    """No call within the limit is refused, as far as the first answer shows that the key was fresh."""
    first = allowance(seen.sent[0])
    if whole(first.remaining) != seen.limit - 1:
        raise judge.untestable("no header shows that the key was not used in the minute before; wait one, run again")
    for number, exchange in enumerate(seen.sent[: seen.limit], 1):
        judge.that(
            exchange.status != 429,
            f"call {number} of {seen.limit} is answered",
            answer(exchange),
            seen.sent[0],
            exchange,
        )


@requirement("limits.envelope", limits.exhausted)
def test_limit_envelope(seen: Exhausted, judge: Judge) -> None:
    """A 429 says status error and holds an error object with a code and a message."""
    refusal = _refusal(seen, judge)
    error = error_of(refusal) or {}
    judge.that(table(refusal).get("status") == "error", "status is error", answer(refusal), refusal)
    for name in ("code", "message"):
        judge.that(isinstance(error.get(name), str), f"error.{name} is a text", answer(refusal), refusal)


@requirement("limits.per-key", limits.exhausted)
def test_limit_is_per_key(seen: Exhausted, judge: Judge) -> None:
    """Another key goes on while one is refused."""
    _refusal(seen, judge)
    if not seen.other:
        raise judge.untestable("the run has used up the limit of every other key itself: lower requests_per_minute")
    for exchange in seen.other:
        judge.that(exchange.status != 429, "another key is not refused", answer(exchange), seen.sent[-1], exchange)


@requirement("limits.recovers", limits.recovered)
def test_key_recovers(seen: Recovery, judge: Judge) -> None:
    """A minute after its last call the key is answered again."""
    last = seen.at_last or seen.later
    judge.that(last.status != 429, "an answer, a minute after the last refused call", answer(last), seen.later, last)


@requirement("limits.refused.not-prolonged", limits.recovered)
def test_knocking_does_not_prolong(seen: Recovery, judge: Judge) -> None:
    """A call in the minute of refusal does not begin another one."""
    if seen.at_last is not None and seen.at_last.status == 429:
        raise judge.untestable("the key is refused for good; see limits.recovers")
    judge.that(
        seen.later.status != 429,
        "an answer, a minute after the refusal, whatever was sent meanwhile",
        answer(seen.later),
        seen.knocked,
        seen.later,
    )


@requirement("limits.headers.present", limits.exhausted)
def test_headers_are_there(seen: Exhausted, judge: Judge) -> None:
    """Successes and the refusal tell limit, remaining and reset in headers that bear the limit's name."""
    for exchange in seen.sent:
        shown = allowance(exchange)
        for name in _NAMES:
            judge.that(
                bool(getattr(shown, name)),
                f"a header X-RateLimit-{name.title()}-Default",
                f"headers {', '.join(sorted(exchange.response_headers))}",
                exchange,
            )


@requirement("limits.headers.arithmetic", limits.exhausted)
def test_headers_count(seen: Exhausted, judge: Judge) -> None:
    """The limit stays the same, and what is left goes down by one with each call, as long as the minute lasts."""
    told = _told(seen, judge)
    judge.each(
        told,
        lambda item: item.limit == told[0].limit,
        f"the limit {told[0].limit} in every answer",
        lambda item: f"it is {item.limit}",
        told[-1].exchange,
    )
    for before, after in pairwise(told):
        reset = whole(before.reset)
        over = reset is not None and after.exchange.started - before.exchange.started >= reset - 1 and reset <= WINDOW
        left = whole(before.remaining)
        # Past the limit there is nothing left to count, and in a new minute it is counted anew.
        if left == 0 or over:
            continue
        judge.that(
            left is not None and whole(after.remaining) == left - 1,
            f"one less than {before.remaining} left",
            f"{after.remaining} left",
            before.exchange,
            after.exchange,
        )
    if seen.refused is not None and allowance(seen.refused).remaining:
        left_then = allowance(seen.refused).remaining
        judge.that(whole(left_then) == 0, "nothing left when a call is refused", f"{left_then} left", seen.refused)


@requirement("limits.headers.reset", limits.exhausted)
def test_reset_is_in_seconds(seen: Exhausted, judge: Judge) -> None:
    """The reset is a number of seconds up to sixty; so is Retry-After, unless it is a date."""
    told = _told(seen, judge)
    refusals = [seen.refused] if seen.refused is not None else []
    for item in (*told, *map(allowance, refusals)):
        seconds = whole(item.reset)
        judge.that(
            seconds is not None and seconds <= WINDOW, "seconds, sixty at most", f"reset {item.reset}", item.exchange
        )
    for exchange in refusals:
        wait = exchange.response_headers.get("retry-after", "")
        seconds = whole(wait)
        if wait and "GMT" not in wait:
            judge.that(
                seconds is not None and seconds <= WINDOW, "seconds, sixty at most", f"Retry-After {wait}", exchange
            )
