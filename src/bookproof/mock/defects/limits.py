"""Defects of rate limits."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.keys import ApiKey
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call


@defect(
    "limit-not-enforced",
    breaks=("limits.enforced",),
    story="One runaway script slows the platform down for everybody.",
)
def limit_not_enforced(mock: Mock) -> None:
    def free(key: ApiKey) -> int:
        return 0

    mock.domain.limits.spend = free


@defect(
    "limit-shared",
    breaks=("limits.per-key",),
    story="One integration that runs wild locks out the account's other keys.",
)
def limit_shared(mock: Mock) -> None:
    limits = mock.domain.limits
    spend = limits.spend
    exhausted: set[str] = set()
    refusals = 0

    def shared(key: ApiKey) -> int:
        nonlocal refusals
        wait = spend(key)
        if wait and key.prefix not in exhausted:
            exhausted.add(key.prefix)
            refusals = 3
        elif refusals and key.prefix not in exhausted:
            refusals -= 1
            return 1
        return wait

    limits.spend = shared


@defect(
    "limit-other-code",
    breaks=("limits.envelope",),
    story="Clients that back off on rate_limited do not back off.",
)
def limit_other_code(mock: Mock) -> None:
    gate = mock.imatic.gate
    limited = gate.limited

    def renamed(wait: int) -> ApiError:
        failure = limited(wait)
        failure.code = "too_many_requests"
        return failure

    gate.limited = renamed


@defect(
    "limit-plain-429",
    breaks=("limits.envelope", "envelopes.error.shape", "exchange.json"),
    story="Clients crash on the plain text that a proxy answers under load.",
)
def limit_plain_429(mock: Mock) -> None:
    envelopes = mock.imatic.envelopes
    error = envelopes.error

    def plain(call: Call, failure: ApiError) -> Answer:
        if failure.status == 429:
            return Answer(429, "slow down", failure.headers, "text/plain")
        return error(call, failure)

    envelopes.error = plain


@defect(
    "no-retry-after",
    breaks=("limits.retry-after",),
    story="Clients must guess how long to wait, and guess too short.",
)
def no_retry_after(mock: Mock) -> None:
    gate = mock.imatic.gate
    limited = gate.limited

    def silent(wait: int) -> ApiError:
        failure = limited(wait)
        failure.headers.clear()
        return failure

    gate.limited = silent
