"""Whose key it is, and whether its owner may take another address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.session import FOREIGN, GREETING
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Identity:
    """What one key learns of its owner; ``shown`` is empty if there is no profile in the answer."""

    exchange: Exchange
    shown: dict[str, Any]


def identity(session: Session, role: str) -> Identity:
    """Ask a key who it is."""
    exchange = session.api.call("getMe", role=role)
    return Identity(exchange, session.api.one(exchange))


@probe("account.identity", cost=1)
def own_identity(session: Session) -> Identity:
    """The full key's identity, which the greeting has asked for already."""
    for exchange in session.client.exchanges:
        if exchange.probe == GREETING and exchange.operation == "getMe":
            return Identity(exchange, session.api.one(exchange))
    return identity(session, "full")


@dataclass(frozen=True)
class Identities:
    """The identities of the full key, and of a credential of another kind or account."""

    full: Identity
    other: Identity


@probe("account.identities", cost=1)
def identities(session: Session) -> Identities:
    """The identity of a key of another account."""
    foreign = session.role(FOREIGN)
    return Identities(session.need(own_identity), identity(session, foreign))


@dataclass(frozen=True)
class Address:
    """The address that was asked for, the answer, and the address that it shows, "" for none."""

    asked: str
    exchange: Exchange
    shown: str


@probe("account.address", safety="visible", cost=2)
def address(session: Session) -> Address:
    """Ask for another e-mail address, which a message to that address must confirm; put the old one back if needed."""
    before = str(session.need(own_identity).shown.get("email", ""))
    asked = f"{session.unique('owner')}@example.com"
    exchange = session.api.call("updateMe", body={"email": asked}, note="another e-mail address")
    shown = str(session.api.one(exchange).get("email", ""))
    if shown == asked and before:
        session.api.call("updateMe", body={"email": before}, note="the old e-mail address")
    return Address(asked, exchange, shown)
