"""What creations have left behind that were refused for the scope of a token."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import event_types, harmless, scopes
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange

#: Operation that makes something to the list that shows it, and to the member that bears the name.
_SHOWN_BY = {
    "createEventType": ("listEventTypes", "slug"),
    "createSchedule": ("listSchedules", "name"),
    "createWebhook": ("listWebhooks", "subscriberUrl"),
}


@dataclass(frozen=True)
class Left:
    """What a refused creation would have left behind.

    Attributes:
        attempt: the refused call.
        list: the answer that lists things of the kind.
        found: whether it shows what was not to be made; None if it is no success.
    """

    attempt: Exchange
    list: Exchange
    found: bool | None


@probe("scopes.afterwards", safety="write", cost=3, capability="oauth")
def afterwards(session: Session) -> list[Left]:
    """The lists after tokens were refused for their scopes, as other tokens or the key were shown them anyway."""
    seen: list[Left] = []
    attempts = session.need(scopes.matrix).attempts
    to_owner = _listed_by_owner(session)
    to_tokens = {item.exchange.operation: item.exchange for item in attempts if item.held and item.exchange.ok}
    for item in attempts:
        attempt = item.exchange
        if item.held or not attempt.refused or attempt.operation not in _SHOWN_BY:
            continue
        operation, member = _SHOWN_BY[attempt.operation]
        name = (harmless.creation(session, attempt.operation, "scope") or {})[member]
        listed = to_tokens.get(operation) or to_owner.get(operation)
        if listed is None or listed.number < attempt.number:
            listed = session.api.call(operation, note="is there what was refused?")
        shown = any(thing.get(member) == name for thing in session.api.many(listed))
        seen.append(Left(attempt, listed, shown if listed.ok else None))
    return seen


def _listed_by_owner(session: Session) -> dict[str, Exchange]:
    """Lists that the owner of the things has asked for in another probe, by operation."""
    life = session.known(event_types.life)
    return {life.own.exchange.operation: life.own.exchange} if life and life.own.exchange.ok else {}
