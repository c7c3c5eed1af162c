"""Calls with no key, and with keys that are wrong in one way each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from bookproof.evidence import Afterwards
from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1 import openings, samples
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.target import Safety
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange
from bookproof.wire.spoiling import another_secret, unlike

#: Operations on which a wrong key is tried: a list, an object and a write.
TRIED = ("listBookings", "getBooking", "createBooking")


@probe("auth.no-key", safety="write", cost=21)
def no_key(session: Session) -> list[Exchange]:
    """Every operation without a key."""
    return [
        samples.attempt(session, operation.id, arguments, authorization=None, note="no key")
        for operation, arguments in samples.callable_operations(session)
    ]


def split_key(session: Session, role: str = "full") -> tuple[str, str]:
    """A key's prefix and secret (Source: REST API, How API keys work).

    Raises:
        Untestable: the key has no dot, so its parts are not known.
    """
    prefix, dot, secret = session.target.credentials[session.role(role)].partition(".")
    if not dot or len(secret) < 4:
        raise Untestable("the key of role full is not of the form prefix.secret, so its parts cannot be spoilt")
    return prefix, secret


def with_authorization(
    session: Session, authorization: str, who: str, operations: Iterable[str] = TRIED
) -> list[Exchange]:
    """Call some operations with an Authorization header of one's own."""
    return [
        samples.attempt(session, operation.id, arguments, authorization=authorization, who=who, note=who)
        for operation, arguments in samples.callable_operations(session)
        if operation.id in operations
    ]


@probe("auth.malformed", safety="write", cost=4)
def malformed(session: Session) -> list[Exchange]:
    """Bearer values that are no keys."""
    prefix, _ = split_key(session)
    return [
        *with_authorization(session, "Bearer", "empty key", ["listBookings"]),
        *with_authorization(session, "Bearer no-dot-in-this-key", "key without a dot", ["listBookings"]),
        *with_authorization(session, f"Bearer {prefix}.", "key without a secret", ["listBookings", "createBooking"]),
    ]


@probe("auth.wrong-scheme", safety="write", cost=3)
def wrong_scheme(session: Session) -> list[Exchange]:
    """The full key under other schemes."""
    key = session.target.credentials["full"]
    basic = b64encode(f"{key}:".encode()).decode()
    return [
        *with_authorization(session, f"Basic {basic}", "Basic scheme", ["listBookings", "createBooking"]),
        *with_authorization(session, f"Token {key}", "Token scheme", ["listBookings"]),
    ]


@probe("auth.in-query", cost=1)
def in_query(session: Session) -> list[Exchange]:
    """The full key in the query string, under the names that APIs use for it."""
    key = session.target.credentials["full"]
    names: dict[str, str] = dict.fromkeys(("api_key", "apiKey", "key", "access_token", "token"), key)
    return [session.api.call("listBookings", authorization=None, who="key in the query", query=names)]


@probe("auth.unknown-prefix", safety="write", cost=3)
def unknown_prefix(session: Session) -> list[Exchange]:
    """A prefix that was never issued, with a secret that is right elsewhere."""
    prefix, secret = split_key(session)
    return with_authorization(session, f"Bearer {unlike(prefix)}.{secret}", "unknown prefix")


@probe("auth.wrong-secret", safety="write", cost=3)
def wrong_secret(session: Session) -> list[Exchange]:
    """The right prefix with another secret of the same length."""
    prefix, secret = split_key(session)
    return with_authorization(session, f"Bearer {prefix}.{another_secret(secret)}", "wrong secret")


@probe("auth.truncated-secret", safety="write", cost=3)
def truncated_secret(session: Session) -> list[Exchange]:
    """The right prefix with the first half of its secret, and with all but its last character."""
    prefix, secret = split_key(session)
    half, cut = secret[: len(secret) // 2], secret[:-1]
    return [
        *with_authorization(session, f"Bearer {prefix}.{half}", "half of the secret", ["listBookings"]),
        *with_authorization(
            session, f"Bearer {prefix}.{cut}", "secret without its last character", ["listBookings", "createBooking"]
        ),
    ]


@probe("auth.revoked", safety="write", cost=3)
def revoked(session: Session) -> list[Exchange]:
    """A key that was revoked before the run."""
    key = session.target.credentials[session.role("revoked")]
    return with_authorization(session, f"Bearer {key}", "revoked")


@dataclass(frozen=True)
class Revocation:
    """A key before and after it was revoked."""

    before: Exchange
    after: list[Exchange]


@probe("auth.revoked-at-once", safety="destructive", cost=3)
def revoked_at_once(session: Session) -> Revocation:
    """Issue a key through the control door, use it, revoke it, use it again."""
    door = session.control_door("revoke-key")
    session.control_door("issue-key")
    key, prefix = door.issue_key(["slots:read", "bookings:read"])

    def call(operation: str, who: str) -> Exchange:
        return session.api.call(operation, authorization=f"Bearer {key}", who=who)

    before = call("listBookings", "a new key")
    if not before.ok:
        raise Blocked("a newly issued key should list bookings", before)
    door.revoke_key(prefix)
    return Revocation(before, [call("listBookings", "just revoked"), call("getMe", "just revoked")])


def look_afterwards(session: Session, attempts: list[Exchange]) -> Afterwards:
    """Look at the sample booking and at the free slot after writes that were refused."""
    found, booking, held = samples.live_booking(session)
    slot = found.free
    slots, free = openings.still_listed(session, found.rules, slot)
    read = session.api.call("getBooking", {"bookingCode": booking.code}, note="still as it was?")
    now = session.api.booking(read)
    if free is False or (now and not (now.live and now.start in (None, held.start))):
        samples.replace_booking(session)
    refused = [attempt for attempt in attempts if attempt.refused]
    return Afterwards(refused, slots, free, slot, read, now, held.start)


@probe("auth.afterwards", safety="write", cost=2)
def afterwards(session: Session) -> Afterwards:
    """The state after every refused call of this module."""
    attempts: list[Exchange] = []
    for earlier in (no_key, malformed, wrong_scheme, unknown_prefix, wrong_secret, truncated_secret, revoked):
        try:
            attempts += session.need(earlier)
        except Untestable:
            continue
    return look_afterwards(session, [a for a in attempts if _writes(session, a)])


def _writes(session: Session, exchange: Exchange) -> bool:
    operation = session.contract.operations.get(exchange.operation)
    return operation is not None and operation.safety > Safety.READ
