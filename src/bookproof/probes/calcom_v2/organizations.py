"""The users of an organization: one made, changed, listed and removed; other organizations, and who runs this one.

Source: Everything an AI agent can do with the Cal.com API, Organizations; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.account import own_identity
from bookproof.probes.calcom_v2.asked import asked_already, listed_already
from bookproof.probes.calcom_v2.session import Session
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: The member of a user that is changed.
CHANGED = "bio"


@dataclass(frozen=True)
class User:
    """A user of the run in an organization.

    Attributes:
        organization: its id.
        id: of the user.
        asked: the body that made the user.
        made: the answer.
    """

    organization: Any
    id: Any
    asked: Mapping[str, Any]
    made: Exchange

    @property
    def path(self) -> dict[str, Any]:
        """The path parameters that name the user."""
        return {"orgId": self.organization, "userId": self.id}


def _organization(session: Session, name: str, what: str) -> Any:
    found = session.target.known.get(name)
    if found is None:
        raise Untestable(f"needs {what}: give its id as {name} under [data] of the target file")
    return found


def _home(session: Session) -> dict[str, Any]:
    return {"orgId": _organization(session, "organization", "an organization that the account administers")}


def _new_user(session: Session, name: str) -> dict[str, Any]:
    return {"email": f"{session.unique(name)}@example.com", "organizationRole": "MEMBER"}


@probe(
    "organizations.made",
    safety="visible",
    cost=2,
    capability="organizations",
    creates="a user of the organization",
    shared=True,
)
def made(session: Session) -> User:
    """Make a user in the organization."""
    home, asked = _home(session), _new_user(session, "user")
    exchange = session.create("createOrganizationUser", home, body=asked, note="a new user")
    shown = session.made(exchange, "id", "a user should be made in the organization")
    return User(home["orgId"], shown["id"], asked, exchange)


@dataclass(frozen=True)
class Changed:
    """A user after a change.

    Attributes:
        user: the user.
        bio: the new one.
        exchange: the answer to the change.
    """

    user: User
    bio: str
    exchange: Exchange


@probe("organizations.changed", safety="visible", cost=1, capability="organizations", shared=True)
def changed(session: Session) -> Changed:
    """Give the user another bio."""
    user, bio = session.need(made), session.unique("bio")
    exchange = session.api.call("updateOrganizationUser", user.path, body={CHANGED: bio}, note="another bio")
    return Changed(user, bio, exchange)


@dataclass(frozen=True)
class Twice:
    """A user, and the answer to another one with the same address."""

    user: User
    exchange: Exchange


@probe("organizations.twice", safety="visible", cost=2, capability="organizations")
def twice(session: Session) -> Twice:
    """Make another user with the same address; a token of the account may have tried already."""
    user = session.need(made)
    tried = asked_already(session, "createOrganizationUser", user.made)
    if tried is None:
        tried = session.create("createOrganizationUser", _home(session), body=user.asked, note="the same address")
    return Twice(user, tried)


@dataclass(frozen=True)
class Members:
    """The users of the organization.

    Attributes:
        exchange: the answer.
        users: in it.
        own: the id of the key's owner, if the profile names this organization; else None.
    """

    exchange: Exchange
    users: list[dict[str, Any]]
    own: Any


@probe("organizations.members", safety="visible", cost=1, capability="organizations")
def members(session: Session) -> Members:
    """List the users, after one was made if one could be; a token of the account may have done so."""
    home, profile = _home(session), session.need(own_identity).shown
    change = session.known(changed)
    exchange = listed_already(session, "listOrganizationUsers", change.exchange) if change else None
    if exchange is None:
        exchange = session.api.call("listOrganizationUsers", home, note="with the new one")
    flat = session.api.many(exchange) if isinstance(session.api.data(exchange), list) else []
    own = profile.get("id") if profile.get("organizationId") == home["orgId"] else None
    return Members(exchange, flat, own)


@dataclass(frozen=True)
class Foreign:
    """An organization that the caller is not in: its users listed, and one added."""

    listed: Exchange
    added: Exchange


@probe("organizations.foreign", safety="visible", cost=3, capability="organizations")
def foreign(session: Session) -> Foreign:
    """List the users of another organization and add one."""
    other = _organization(session, "foreign_organization", "an organization that the account does not belong to")
    there = {"orgId": other}
    return Foreign(
        session.api.call("listOrganizationUsers", there, note="not our organization"),
        session.create(
            "createOrganizationUser", there, body=_new_user(session, "stranger"), note="not our organization"
        ),
    )


@probe("organizations.member-adds", safety="visible", cost=2, capability="organizations")
def member_adds(session: Session) -> Exchange:
    """A plain member makes a user."""
    role, home = session.role("member"), _home(session)
    body = _new_user(session, "by-member")
    return session.create("createOrganizationUser", home, body=body, role=role, note="by a plain member")


@probe("organizations.member-removes", safety="visible", cost=1, capability="organizations")
def member_removes(session: Session) -> Exchange:
    """A plain member removes the user of the run."""
    role, user = session.role("member"), session.need(made)
    code = f"{user.organization}/{user.id}"
    return session.remove("organization-user", code, role=role, note="by a plain member")


@dataclass(frozen=True)
class Ended:
    """The end of the user.

    Attributes:
        changed: the change before it.
        before: the users before it; None where they were not listed.
        by_member: a plain member's attempt to remove the user; None without a key of one.
        removed: the removal by who runs the organization.
        after: the list of users after it.
        ids: of the users in that list.
    """

    changed: Changed
    before: Members | None
    by_member: Exchange | None
    removed: Exchange
    after: Exchange
    ids: list[Any]


@probe("organizations.ended", safety="visible", cost=2, capability="organizations")
def ended(session: Session) -> Ended:
    """Remove the user, and list the users once more."""
    change = session.need(changed)
    user, before, by_member = change.user, session.known(members), session.known(member_removes)
    removed = session.remove("organization-user", f"{user.organization}/{user.id}", note="by who made the user")
    after = session.api.call("listOrganizationUsers", _home(session), note="without the new one")
    return Ended(change, before, by_member, removed, after, [item.get("id") for item in session.api.many(after)])
