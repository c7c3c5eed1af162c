"""Defects of the Cal.com dialect: rate limits."""

from collections.abc import Mapping
from dataclasses import replace

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.errors import BARE, Refusal
from bookproof.mock.domain.throttles import Spent

_OF_KEYS = "key:"


@defect(
    "calcom-limit-not-enforced",
    breaks=("limits.enforced",),
    story="One runaway script slows the platform down for everybody.",
)
def limit_not_enforced(mock: Mock) -> None:
    throttles = mock.side.throttles
    spend = throttles.spend

    def free(name: str, limit: int) -> Spent:
        return replace(spend(name, limit), blocked=False)

    throttles.spend = free


@defect(
    "calcom-limit-half-served",
    breaks=("limits.served",),
    story="Clients that keep to the limit that they are told are refused all the same.",
)
def limit_half_served(mock: Mock) -> None:
    throttles = mock.side.throttles
    spend = throttles.spend

    def half(name: str, limit: int) -> Spent:
        spent = spend(name, limit)
        over = name.startswith(_OF_KEYS) and spent.remaining < limit // 2
        return replace(spent, remaining=0, blocked=True) if over else spent

    throttles.spend = half


@defect(
    "calcom-limit-bare-429",
    breaks=("limits.envelope", "envelopes.error.wrapped"),
    story="Clients that read the error object crash when the API is busiest.",
)
def limit_bare_429(mock: Mock) -> None:
    throttle = mock.calcom.throttle
    limited = throttle.limited

    def bare(headers: Mapping[str, str]) -> Refusal:
        failure = limited(dict(headers))
        failure.shape = BARE
        return failure

    throttle.limited = bare


@defect(
    "calcom-limit-shared",
    breaks=("limits.per-key",),
    story="One integration that runs wild locks out the account's other keys.",
)
def limit_shared(mock: Mock) -> None:
    throttles = mock.side.throttles
    spend = throttles.spend
    blocked: set[str] = set()
    refusals = 0

    def shared(name: str, limit: int) -> Spent:
        nonlocal refusals
        spent = spend(name, limit)
        if spent.blocked and name not in blocked:
            blocked.add(name)
            refusals = 2
        elif refusals and name not in blocked and name.startswith(_OF_KEYS):
            refusals -= 1
            return replace(spent, blocked=True)
        return spent

    throttles.spend = shared


@defect(
    "calcom-limit-for-good",
    breaks=("limits.recovers",),
    story="A key that was too fast once never works again.",
)
def limit_for_good(mock: Mock) -> None:
    throttles = mock.side.throttles
    is_over = throttles.is_over

    def never(opened: int, blocked_until: int, now: int) -> bool:
        return not blocked_until and is_over(opened, blocked_until, now)

    throttles.is_over = never


@defect(
    "calcom-limit-prolonged",
    breaks=("limits.refused.not-prolonged",),
    story="A client that retries too early is kept out for as long as it retries.",
)
def limit_prolonged(mock: Mock) -> None:
    throttles = mock.side.throttles
    spend, block, now = throttles.spend, throttles.block, throttles.now
    until: dict[str, int] = {}

    def prolonged(name: str, limit: int) -> Spent:
        spent, moment = spend(name, limit), now()
        if not spent.blocked and until.get(name, 0) <= moment:
            return spent
        until[name] = moment + block()
        return Spent(limit, 0, block() // 1000, blocked=True)

    throttles.spend = prolonged


@defect(
    "calcom-limit-headers-other-names",
    breaks=("limits.headers.present",),
    story="Clients that slow down in time do not find what they have left.",
)
def limit_headers_other_names(mock: Mock) -> None:
    throttle = mock.calcom.throttle
    headers = throttle.headers

    def renamed(spent: Spent) -> dict[str, str]:
        return {name.removesuffix("-Default"): value for name, value in headers(spent).items()}

    throttle.headers = renamed


@defect(
    "calcom-limit-counts-twice",
    breaks=("limits.headers.arithmetic",),
    story="Clients believe that they have half of what they have, and wait for no reason.",
)
def limit_counts_twice(mock: Mock) -> None:
    throttle = mock.calcom.throttle
    headers = throttle.headers

    def doubled(spent: Spent) -> dict[str, str]:
        return headers(replace(spent, remaining=max(0, 2 * spent.remaining - spent.limit)))

    throttle.headers = doubled


@defect(
    "calcom-limit-reset-in-milliseconds",
    breaks=("limits.headers.reset",),
    story="Clients sleep for hours where a minute would do.",
)
def limit_reset_in_milliseconds(mock: Mock) -> None:
    throttle = mock.calcom.throttle
    headers = throttle.headers

    def longer(spent: Spent) -> dict[str, str]:
        return headers(replace(spent, reset=spent.reset * 1000))

    throttle.headers = longer
