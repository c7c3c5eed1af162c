"""The matrix of permissions: tokens that lack a few of them, on every operation that needs one of these.

Each of four tokens lacks the permissions of one group and holds the twelve others. What a permission covers is tried
with the token that lacks it, which must be refused, and with the token that lacks the permission of the other kind,
which must not. Operations that answer 403 for another reason where nothing exists are left out: removing a team, and
changing or removing somebody of an organization.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import harmless, oauth
from bookproof.probes.calcom_v2.permissions import GRANTED_BY, NEEDED_BY, group_of, other_kind
from bookproof.probes.calcom_v2.session import Session
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Attempt:
    """One call with a token: the permission that it is about, and whether the token holds it."""

    permission: str
    held: bool
    exchange: Exchange


@dataclass(frozen=True)
class Matrix:
    """What tokens were told, and the reasons why some could not be asked, by permission."""

    attempts: list[Attempt]
    missing: dict[str, str]

    def of(self, permission: str, *, held: bool) -> list[Exchange]:
        """The answers about a permission, to tokens that hold it or that do not."""
        return [item.exchange for item in self.attempts if item.permission == permission and item.held == held]


@probe("scopes.matrix", safety="write", cost=44, capability="oauth")
def matrix(session: Session) -> Matrix:
    """Every operation without its permission; one for each permission without that of the other kind."""
    seen, holders = Matrix([], {}), dict[str, str]()
    for permission, operations in NEEDED_BY.items():
        kept = [name for name in operations if _is_here(session, name)]
        if not kept:
            seen.missing[permission] = f"the target file gives nothing for {operations[0]} to be tried on"
            continue
        try:
            lacking = session.need(oauth.TOKENS[group_of(permission)])
            holders[permission] = session.need(oauth.TOKENS[group_of(other_kind(permission))])
        except Untestable as why:
            seen.missing[permission] = str(why)
            continue
        for name in kept:
            exchange = call(session, name, lacking, f"token without {permission}")
            seen.attempts.append(Attempt(permission, False, exchange))
    # What may be listed is listed last, and thus shows what refused calls have made all the same.
    for permission, token in holders.items():
        seen.attempts.append(Attempt(permission, True, _granted(session, permission, token)))
    return seen


def _granted(session: Session, permission: str, token: str) -> Exchange:
    """One call that a permission suffices for; whom the token speaks for is asked elsewhere already."""
    if permission == "PROFILE_READ":
        return session.need(oauth.works).other.exchange
    return call(session, GRANTED_BY[permission], token, f"token with {permission}", empty=True)


def asked_already(session: Session, operation: str) -> Exchange | None:
    """What an operation has answered to a token that suffices for it.

    It was called on what does not exist, without a body where one makes something, or to list things of the account.
    None if it was not called so, or if the answer was about the token.
    """
    seen = session.known(matrix)
    for item in seen.attempts if seen else ():
        exchange = item.exchange
        if item.held and exchange.operation == operation and exchange.status not in {0, 401, 403}:
            return exchange
    return None


def call(session: Session, operation: str, token: str, who: str, *, empty: bool = False) -> Exchange:
    """Call an operation with a token, on what does not exist; ``empty``: without a body where one is due."""
    bodiless = empty and operation.startswith("create")
    extra: dict[str, Any] = {"body": {}} if bodiless else {}
    parameters = {name: value for name, value in _known(session).items() if value is not None}
    return harmless.send(
        session, operation, "scope", parameters=parameters, authorization=f"Bearer {token}", who=who, note=who, **extra
    )


def _known(session: Session) -> dict[str, int | None]:
    return {"orgId": session.target.known.get("organization"), "teamId": session.target.known.get("team")}


def _is_here(session: Session, operation: str) -> bool:
    described = session.contract.operations[operation]
    if described.capability and not session.target.has(described.capability):
        return False
    # Where nothing is known that the caller belongs to, its role is refused before its scope is looked at.
    return all(value for name, value in _known(session).items() if f"{{{name}}}" in described.path)


@dataclass(frozen=True)
class PublicOnes:
    """Public operations with a token that lacks what the reference says they need."""

    create: Exchange
    read: Exchange


@probe("scopes.public", safety="write", cost=2, capability="oauth")
def public(session: Session) -> PublicOnes:
    """Booking without BOOKING_WRITE, with no body; reading nobody's booking without BOOKING_READ."""
    write, read = (oauth.TOKENS[group_of(name)] for name in ("BOOKING_WRITE", "BOOKING_READ"))
    return PublicOnes(
        call(session, "createBooking", session.need(write), "token without BOOKING_WRITE", empty=True),
        call(session, "getBooking", session.need(read), "token without BOOKING_READ"),
    )


@probe("scopes.slots", safety="write", cost=2, capability="oauth")
def slots(session: Session) -> list[Exchange]:
    """Slots and a reservation, with a token that has next to no scope."""
    token, who = session.need(oauth.organization_only), "token with ORG_PROFILE_READ only"
    return [call(session, "listSlots", token, who), call(session, "reserveSlot", token, who)]


@probe("scopes.connect", safety="write", cost=1, capability="oauth")
def connect(session: Session) -> Exchange:
    """The address to connect a calendar at, with a token that can neither read nor write apps."""
    if not session.target.has("calendars"):
        raise Untestable("the target has no calendars")
    return call(session, "connectCalendar", session.need(oauth.organization_only), "token with ORG_PROFILE_READ only")


@probe("scopes.organization", safety="write", cost=1, capability="oauth")
def organization(session: Session) -> Exchange:
    """Teams, with a token that has a scope of the organization only."""
    if not session.target.has("teams"):
        raise Untestable("the target has no teams")
    return call(session, "listTeams", session.need(oauth.organization_only), "token with ORG_PROFILE_READ only")


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
    """The lists after tokens were refused for their scopes, as other tokens were shown them, else as the key is."""
    seen: list[Left] = []
    attempts = session.need(matrix).attempts
    to_tokens = {item.exchange.operation: item.exchange for item in attempts if item.held and item.exchange.ok}
    for item in attempts:
        attempt = item.exchange
        if item.held or not attempt.refused or attempt.operation not in _SHOWN_BY:
            continue
        operation, member = _SHOWN_BY[attempt.operation]
        name = (harmless.creation(session, attempt.operation, "scope") or {})[member]
        listed = to_tokens.get(operation)
        if listed is None:
            listed = session.api.call(operation, note="is there what was refused?")
        shown = any(thing.get(member) == name for thing in session.api.many(listed))
        seen.append(Left(attempt, listed, shown if listed.ok else None))
    return seen
