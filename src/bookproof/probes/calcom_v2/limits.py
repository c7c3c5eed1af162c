"""A key's rate limit, exhausted on purpose; who does so is refused for a minute, so no other probe uses this key.

Source: Everything an AI agent can do with the Cal.com API, Rate limits & pagination; behaviour of a running server.
"""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.session import FOREIGN
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

ROLE = "rate-limited"
#: A limit that is not reached by this share more than its figure is not enforced.
MARGIN = 1.25
#: A limit above this would cost more requests than all the rest of a run.
HIGHEST = 240
#: Seconds in which a limit counts, and for which a key that passed it is refused.
WINDOW = 60.0
#: Whose calls are tried right after the refusal, the likeliest to share a limit first.
_OTHERS = ("full", "member", FOREIGN)
_OTHER_CALLS = 2
_HEADER = "x-ratelimit-{}-"


@dataclass(frozen=True)
class Allowance:
    """What the headers of an answer tell of the limit, as texts; "" for what they do not tell."""

    exchange: Exchange
    limit: str
    remaining: str
    reset: str

    @property
    def told(self) -> bool:
        """Whether all three are told."""
        return bool(self.limit and self.remaining and self.reset)


def allowance(exchange: Exchange) -> Allowance:
    """Read the headers of a limit, which bear its name: -Default unless a key has limits with names of their own."""

    def shown(what: str) -> str:
        names = sorted(name for name in exchange.response_headers if name.startswith(_HEADER.format(what)))
        default = f"{_HEADER.format(what)}default"
        return exchange.response_headers[default if default in names else names[0]] if names else ""

    return Allowance(exchange, shown("limit"), shown("remaining"), shown("reset"))


def whole(text: str) -> int | None:
    """The whole number that a header tells, or None."""
    return int(text) if text.isascii() and text.isdigit() else None


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

    @property
    def allowances(self) -> list[Allowance]:
        """What was told of the limit by the answers that were no refusal."""
        return [allowance(exchange) for exchange in self.sent if exchange is not self.refused]

    @property
    def seconds(self) -> float:
        """Seconds from the first call to the answer to the last."""
        return _end(self.sent[-1]) - self.sent[0].started


@probe("limits.exhausted", safety="destructive", cost=0)
def exhausted(session: Session) -> Exhausted:
    """Call until the key is refused, or until its limit is passed by a quarter; then call with another key."""
    credentials, role = session.target.credentials, session.role(ROLE)
    if credentials[role] == credentials["full"]:
        raise Untestable("the key of role rate-limited is that of role full, whose limit the clean-up needs")
    sent = [_call(session, role, "how much is left?")]
    limit = _limit_of(session, sent[0])
    refused = sent[0] if sent[0].status == 429 else None
    # What comes later is counted in the next minute.
    ends = sent[0].started + WINDOW
    while refused is None and len(sent) < max(limit * MARGIN, limit + 2) and _end(sent[-1]) < ends:
        sent.append(_call(session, role, f"within a limit of {limit} a minute"))
        refused = sent[-1] if sent[-1].status == 429 else None
    if refused is None:
        return Exhausted(limit, sent, None, [])
    other = _other_role(session, _end(sent[-1]) - WINDOW)
    others = [_call(session, other, "another key") for _ in range(_OTHER_CALLS)] if other else []
    return Exhausted(limit, sent, refused, others)


def _call(session: Session, role: str, note: str) -> Exchange:
    return session.api.call("getMe", role=role, note=note, limited=False)


def _limit_of(session: Session, first: Exchange) -> int:
    """The limit that the target file gives, else the one that the headers tell.

    Raises:
        Untestable: neither does, or it is too high to be used up.
    """
    advice = "give the limit of role rate-limited under [limits] roles of the target file"
    limit = session.target.rate_limits.get(ROLE) or whole(allowance(first).limit)
    if limit is None:
        raise Untestable(f"no header tells the limit of the key: {advice}")
    if limit > HIGHEST:
        raise Untestable(
            f"a limit of {limit} calls a minute is too high to be used up: let a key with a limit of at most {HIGHEST} "
            f"play role {ROLE}, and {advice}"
        )
    return limit


def _end(exchange: Exchange) -> float:
    """When an answer was complete."""
    return exchange.started + exchange.elapsed


def _other_role(session: Session, since: float) -> str:
    """A role whose own limit, as the file gives it, the run itself has not nearly used up since a time; or ""."""
    for role in _OTHERS:
        if session.has_role(role):
            allowed = session.target.rate_limits.get(role, session.target.requests_per_minute)
            spent = sum(item.role == role and item.started > since for item in session.client.exchanges)
            if spent + _OTHER_CALLS <= allowed:
                return role
    return ""


@dataclass(frozen=True)
class Recovery:
    """A key that was refused, while the clock is put forward.

    Attributes:
        knocked: its call after half a minute.
        later: its call a minute after the refusal.
        at_last: its call a minute after that; None if the one before was not refused.
    """

    knocked: Exchange
    later: Exchange
    at_last: Exchange | None


@probe("limits.recovered", safety="destructive", cost=0)
def recovered(session: Session) -> Recovery:
    """Put the clock forward by half a minute, call, and again by as much, and by a minute if need be."""
    seen = session.need(exhausted)
    if seen.refused is None:
        raise Blocked("a key that has passed its limit should be refused; see limits.enforced", seen.sent[-1])
    door, half = session.control_door("set-clock"), int(WINDOW) // 2 + 1

    def call_after(seconds: int, note: str) -> Exchange:
        door.advance_clock(seconds)
        session.forget_time()
        return _call(session, ROLE, note)

    knocked = call_after(half, "half a minute after the refusal")
    later = call_after(half, "a minute after the refusal")
    at_last = call_after(int(WINDOW) + 1, "two minutes after the refusal") if later.status == 429 else None
    return Recovery(knocked, later, at_last)
