"""Who the keys are, and which calendars are connected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Identity:
    """What one key says about itself: account and organisation as shown, MISSING where they are not."""

    exchange: Exchange
    account: Any
    organisation: Any


def identity(session: Session, role: str) -> Identity:
    """Ask a key who it is."""
    exchange = session.api.call("getMe", role=role)
    shown = session.api.single("me", exchange)
    if shown is MISSING:
        shown = exchange.json
    return Identity(exchange, _named(session, shown, "account"), _named(session, shown, "organisation"))


#: Words in the names of fields by which APIs call an account and an organisation.
_WORDS = {"account": ("account", "user", "tenant"), "organisation": ("org", "company", "workspace", "team")}


def _named(session: Session, shown: Any, what: str) -> Any:
    """What the binding names; else whatever field bears such a name, since no document says what it is called."""
    value = session.api.field("me", what, shown)
    return _search(shown, _WORDS[what]) if value is MISSING else value


def _search(node: Any, words: tuple[str, ...]) -> Any:
    if not isinstance(node, dict):
        return MISSING
    table = cast("dict[str, Any]", node)
    found = [value for name, value in table.items() if any(word in name.lower() for word in words) and value]
    deeper = (_search(value, words) for value in table.values())
    return found[0] if found else next((value for value in deeper if value is not MISSING), MISSING)


@probe("account.identity", cost=1)
def own_identity(session: Session) -> Identity:
    """The full key's identity."""
    return identity(session, "full")


@dataclass(frozen=True)
class Identities:
    """The identities of three keys: two of the main account, one of the foreign one."""

    full: Identity
    other: Identity
    foreign: Identity


@probe("account.identities", cost=2)
def identities(session: Session) -> Identities:
    """Identities of a second key of the same account and of a foreign one."""
    other = next((role for role in ("bookings-read", "slots-read", "read-only") if session.has_role(role)), "full")
    foreign = session.role("foreign")
    return Identities(session.need(own_identity), identity(session, other), identity(session, foreign))


@dataclass(frozen=True)
class Calendars:
    """The list of connected calendars; None if there is no list where the binding says."""

    exchange: Exchange
    items: list[Any] | None


@probe("account.calendars", cost=1, capability="calendars")
def calendars(session: Session) -> Calendars:
    """The connected calendars."""
    exchange = session.api.call("listCalendars")
    return Calendars(exchange, session.api.items(exchange))
