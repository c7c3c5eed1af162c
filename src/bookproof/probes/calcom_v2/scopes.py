"""The matrix of permissions: every operation that needs one, with a token that lacks it, which must be refused.

One operation of each permission is asked with a token that holds it as well, which must not be refused. Other probes
would ask some of this as well: they take the answers over, so that some things are made first that lists are to show.
Operations that answer 403 for another reason where nothing exists are left out: removing a team, and changing or
removing somebody of an organization.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bookproof.probes.base import Probe, probe
from bookproof.probes.calcom_v2 import event_types, harmless, organizations, scope_tokens, teams, webhooks
from bookproof.probes.calcom_v2.asked import Attempt, Matrix
from bookproof.probes.calcom_v2.booking_reads import evidence_or_none
from bookproof.probes.calcom_v2.permissions import GRANTED_BY, NEEDED_BY
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID
from bookproof.targets.views import utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class PublicOnes:
    """Public operations with a token that lacks what the reference says they need."""

    create: Exchange
    read: Exchange


@probe("scopes.public", safety="write", cost=2, capability="oauth")
def public(session: Session) -> PublicOnes:
    """Booking without BOOKING_WRITE, with no body; reading nobody's booking without BOOKING_READ."""
    write, read = (scope_tokens.lacking(session, name) for name in ("BOOKING_WRITE", "BOOKING_READ"))
    return PublicOnes(
        call(session, "createBooking", write, "token without BOOKING_WRITE", {}),
        call(session, "getBooking", read, "token without BOOKING_READ"),
    )


#: Probes that want a list, or a refusal, and what must have been made or changed before it is asked for.
_FIRST: tuple[tuple[Probe[Any], Probe[Any]], ...] = (
    (webhooks.life, webhooks.begun),
    (teams.ended, teams.made),
    (organizations.members, organizations.changed),
    (organizations.twice, organizations.made),
)


@probe("scopes.matrix", safety="write", cost=46, capability="oauth")
def matrix(session: Session) -> Matrix:
    """Every operation without its permission; one for each permission without that of the other kind."""
    for wanting, first in _FIRST:
        if wanting in session.plan:
            evidence_or_none(session, first)
    seen, holders = Matrix([], {}), dict[str, str]()
    for permission, operations in NEEDED_BY.items():
        kept = [name for name in operations if _is_here(session, name)]
        if not kept:
            seen.missing[permission] = f"the target file gives nothing for {operations[0]} to be tried on"
            continue
        try:
            lacking = scope_tokens.lacking(session, permission)
            holders[permission] = scope_tokens.holding(session, permission)
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
    """One call that a permission suffices for."""
    operation, body, own = GRANTED_BY[permission], dict[str, Any](), session.known(event_types.begun)
    if operation == "getEventType" and own is not None:
        # Strangers have tried their hands on this one.
        return call(session, operation, token, f"token with {permission}", eventTypeId=own.shown["id"])
    if operation == "createOrganizationUser":
        # An address that is taken; whoever has none yet sends no body.
        user = session.known(organizations.made)
        body = dict(user.asked) if user and user.organization == _known(session)["orgId"] else body
    return call(session, operation, token, f"token with {permission}", body)


def call(
    session: Session, operation: str, token: str, who: str, body: Mapping[str, Any] | None = None, **named: Any
) -> Exchange:
    """Call an operation with a token, on what does not exist or is ``named``.

    Args:
        session: of the target.
        operation: its id.
        token: an access token.
        who: whose it is, in words.
        body: another one where the operation makes something.
        named: path parameters.
    """
    replaced = body is not None and operation.startswith("create")
    extra: dict[str, Any] = {"body": body} if replaced else {}
    parameters = {name: value for name, value in _known(session).items() if value is not None} | named
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
class SlotCalls:
    """Slots of an event type that does not exist, and a reservation of one."""

    listed: Exchange
    reserved: Exchange


@probe("scopes.slots", safety="write", cost=2, capability="oauth")
def slots(session: Session) -> SlotCalls:
    """Slots and a reservation of an unknown event type, with a token that has next to no scope."""
    token, who = scope_tokens.organization_only(session), "token with ORG_PROFILE_READ only"
    start = (session.now() + timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
    bearer: dict[str, Any] = {"authorization": f"Bearer {token}", "who": who, "note": f"an unknown id, {who}"}
    query = {"eventTypeId": UNKNOWN_ID, "start": utc(start), "end": utc(start + timedelta(hours=4))}
    body = {"eventTypeId": UNKNOWN_ID, "slotStart": utc(start)}
    return SlotCalls(
        session.api.call("listSlots", query=query, **bearer), session.create("reserveSlot", body=body, **bearer)
    )


@probe("scopes.connect", safety="write", cost=1, capability="oauth")
def connect(session: Session) -> Exchange:
    """The address to connect a calendar at, with a token that can neither read nor write apps."""
    if not session.target.has("calendars"):
        raise Untestable("the target has no calendars")
    return call(session, "connectCalendar", scope_tokens.organization_only(session), "token with ORG_PROFILE_READ only")


@probe("scopes.organization", safety="write", cost=1, capability="oauth")
def organization(session: Session) -> Exchange:
    """Teams, with a token that has a scope of the organization only."""
    if not session.target.has("teams"):
        raise Untestable("the target has no teams")
    return call(session, "listTeams", scope_tokens.organization_only(session), "token with ORG_PROFILE_READ only")
