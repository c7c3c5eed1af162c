"""Keys with some scopes, on operations that need others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.contracts.openapi import Operation
from bookproof.evidence import Afterwards
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings, samples
from bookproof.probes.imatic_v1.auth import look_afterwards
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.target import Safety
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Role to the scopes that its key carries; mcp covers the other three (Source: Calendar API & MCP, Authentication).
SCOPES = {
    "slots-read": {"slots:read"},
    "bookings-read": {"bookings:read"},
    "bookings-write": {"bookings:write"},
    "read-only": {"slots:read", "bookings:read"},
    "no-scope": set[str](),
}


@dataclass(frozen=True)
class Attempt:
    """One call with a key whose scopes do not cover the operation."""

    role: str
    needed: str
    exchange: Exchange


def try_without(session: Session, operation: Operation, arguments: dict[str, Any], role: str) -> Attempt:
    """Call an operation with a key that lacks its scope."""
    note = f"a key without {operation.scope}"
    exchange = samples.attempt(session, operation.id, arguments, role=role, note=note)
    return Attempt(role, operation.scope or "", exchange)


def _roles(session: Session, roles: tuple[str, ...]) -> list[str]:
    found = [role for role in roles if session.has_role(role)]
    if not found:
        session.role(roles[0])
    return found


def _without(session: Session, scope: str, roles: tuple[str, ...], once: str = "") -> list[Attempt]:
    """Every documented operation of a scope, by each role; by the role ``once`` only the first of them."""
    found = _roles(session, roles)
    spent: set[str] = set()

    def due(role: str) -> bool:
        due_now = role not in spent
        if role == once:
            spent.add(role)
        return due_now

    return [
        try_without(session, operation, arguments, role)
        for operation, arguments in samples.callable_operations(session)
        if operation.scope == scope and operation.scope_provenance == "documented"
        for role in found
        if scope not in SCOPES[role] and due(role)
    ]


@probe("scopes.without-slots-read", cost=3)
def without_slots_read(session: Session) -> list[Attempt]:
    """Slots, with keys that lack slots:read."""
    return _without(session, "slots:read", ("no-scope", "bookings-read", "bookings-write"))


@probe("scopes.without-bookings-read", safety="write", cost=7)
def without_bookings_read(session: Session) -> list[Attempt]:
    """Listing, reading and counting bookings, with keys that lack bookings:read."""
    return _without(session, "bookings:read", ("no-scope", "slots-read", "bookings-write"), once="bookings-write")


@probe("scopes.without-bookings-write", safety="write", cost=6)
def without_bookings_write(session: Session) -> list[Attempt]:
    """Creating, moving and cancelling, with keys that lack bookings:write."""
    return _without(session, "bookings:write", ("no-scope", "slots-read"))


@probe("scopes.read-only", safety="write", cost=4)
def read_only(session: Session) -> list[Attempt]:
    """Creating, moving and cancelling, with keys that may only read."""
    return _without(session, "bookings:write", ("read-only", "bookings-read"), once="bookings-read")


@probe("scopes.other-resources", safety="write", cost=14)
def other_resources(session: Session) -> list[Attempt]:
    """Event types, links, calendars and webhooks, with a key that has no scope at all."""
    role = session.role("no-scope")
    return [
        try_without(session, operation, arguments, role)
        for operation, arguments in samples.callable_operations(session)
        if operation.scope and operation.scope_provenance != "documented"
    ]


@probe("scopes.afterwards", safety="write", cost=2)
def afterwards(session: Session) -> Afterwards:
    """The state after every call that was refused for its scope."""
    attempts: list[Attempt] = []
    for earlier in (without_bookings_write, read_only):
        try:
            attempts += session.need(earlier)
        except Untestable:
            continue
    return look_afterwards(session, [attempt.exchange for attempt in attempts])


@probe("scopes.slots-read", cost=1)
def slots_read(session: Session) -> list[Exchange]:
    """Slots, with a key that has only slots:read."""
    return _allowed(session, "slots-read", ("listSlots",))


@probe("scopes.bookings-read", cost=3)
def bookings_read(session: Session) -> list[Exchange]:
    """Bookings listed, counted and read, with a key that has only bookings:read."""
    return _allowed(session, "bookings-read", ("listBookings", "getBookingStats", "getBooking"))


def _allowed(session: Session, role: str, operations: tuple[str, ...]) -> list[Exchange]:
    session.role(role)
    return [
        session.api.call(operation.id, arguments, role=role, note=f"a key with the scope of {role}")
        for operation, arguments in samples.callable_operations(session)
        if operation.id in operations
    ]


def _life(session: Session, role: str) -> list[Exchange]:
    """A booking made, moved and cancelled by one key; ends at the first refusal."""
    found = session.need(openings.main)
    first, second = found.take(), found.take()
    created = session.book(found.rules, first.start, role=role, note="a key that may write")
    booking = session.api.booking(created)
    if not created.ok:
        return [created]
    if booking is None or booking.code is None:
        raise Blocked("a created booking should be answered with its code", created)
    moved, after = session.move(booking.code, second.start, role=role, note="a key that may write")
    code = after.code if after and after.code else booking.code
    return [created, moved, session.cancel(code, role=role, note="a key that may write")]


@probe("scopes.bookings-write", safety="write", cost=4)
def bookings_write(session: Session) -> list[Exchange]:
    """A booking made, moved and cancelled, with a key that has only bookings:write."""
    return _life(session, session.role("bookings-write"))


@probe("scopes.mcp", safety="write", cost=8)
def mcp(session: Session) -> list[Exchange]:
    """What the three other scopes grant, with a key that has only mcp."""
    role = session.role("mcp")
    reads = _allowed(session, role, ("listSlots", "listBookings", "getBookingStats", "getBooking"))
    return [*reads, *_life(session, role)] if session.ceiling >= Safety.WRITE else reads


@probe("scopes.me", cost=1)
def me(session: Session) -> Exchange:
    """The identity of a key that has no scope at all."""
    return session.api.call("getMe", role=session.role("no-scope"), note="a key without any scope")
