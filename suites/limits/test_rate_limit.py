"""Rate limits: one key that calls too often is told so, and harms nobody else."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import limits
from bookproof.probes.imatic_v1.limits import Exhausted
from bookproof.wire.exchange import Exchange


def _refusal(seen: Exhausted, judge: Judge) -> Exchange:
    if seen.refused is None:
        raise judge.untestable(f"{len(seen.sent)} calls at a limit of {seen.limit} a minute, and none was refused")
    return seen.refused


@requirement("limits.enforced", limits.exhausted)
def test_limit_is_enforced(seen: Exhausted, judge: Judge) -> None:
    """More calls than the limit are answered with 429."""
    judge.that(
        seen.refused is not None,
        f"429 after {seen.limit} calls within a minute",
        f"{len(seen.sent)} calls, the last answered with {seen.sent[-1].status}",
        seen.sent[-1],
    )


@requirement("limits.envelope", limits.exhausted)
def test_limit_envelope(seen: Exhausted, judge: Judge) -> None:
    """A 429 carries the error envelope with the code rate_limited."""
    refusal = _refusal(seen, judge)
    body: dict[str, Any] = refusal.json if isinstance(refusal.json, dict) else {}
    judge.that(body.get("error") == "rate_limited", "error is rate_limited", answer(refusal), refusal)
    judge.that(body.get("success") is False, "success is false", answer(refusal), refusal)


@requirement("limits.per-key", limits.exhausted)
def test_limit_is_per_key(seen: Exhausted, judge: Judge) -> None:
    """Another key goes on while one is refused."""
    _refusal(seen, judge)
    if not seen.other:
        raise judge.untestable("needs a second key: give the target file one of role rate-limited or read-only")
    for exchange in seen.other:
        judge.that(exchange.status != 429, "another key is not refused", answer(exchange), exchange)


@requirement("limits.retry-after", limits.exhausted)
def test_retry_after(seen: Exhausted, judge: Judge) -> None:
    """A 429 says how long to wait."""
    refusal = _refusal(seen, judge)
    shown = refusal.response_headers.get("retry-after", "")
    judge.that(bool(shown), "a Retry-After header", "none", refusal)
