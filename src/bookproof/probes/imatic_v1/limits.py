"""A key's rate limit, exhausted on purpose."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: A limit that is not reached by this share more than its figure is not enforced.
MARGIN = 1.25
#: A limit above this would cost more requests than all the rest of a run.
HIGHEST = 240


@dataclass(frozen=True)
class Exhausted:
    """A key that has used up its limit.

    Attributes:
        limit: calls a minute that the key may make.
        sent: the calls, the last of them the first that was refused if one was.
        refused: the answer 429, or None if none came.
        other: calls of another key right afterwards.
    """

    limit: int
    sent: list[Exchange]
    refused: Exchange | None
    other: list[Exchange]


@probe("limits.exhausted", safety="destructive", cost=0)
def exhausted(session: Session) -> Exhausted:
    """Call until the key is refused, or until its limit is passed by a quarter; then call with another key."""
    role = "rate-limited" if session.has_role("rate-limited") else "full"
    limit = session.target.rate_limits.get(role, session.target.requests_per_minute)
    if limit > HIGHEST:
        raise Untestable(
            f"a limit of {limit} calls a minute is too high to be used up: name a key of role rate-limited, and its "
            f"limit of at most {HIGHEST}, under [credentials] and [limits] roles"
        )
    sent: list[Exchange] = []
    refused = None
    while refused is None and len(sent) < max(limit * MARGIN, limit + 2):
        sent.append(session.api.call("getMe", role=role, note=f"within a limit of {limit} a minute", limited=False))
        refused = sent[-1] if sent[-1].status == 429 else None
    other_role = next((other for other in ("read-only", "bookings-read", "full") if session.has_role(other)), role)
    other: list[Exchange] = []
    if refused and other_role != role:
        other = [session.api.call("getMe", role=other_role, note="another key", limited=False) for _ in range(2)]
    return Exhausted(limit, sent, refused, other)
