"""Teams: one made, read, listed, changed and deleted; what strangers and plain members may do with it.

Source: Everything an AI agent can do with the Cal.com API, Teams; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bookproof.probes.base import Blocked, Probe, probe
from bookproof.probes.calcom_v2.asked import asked_already, listed_already
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.session import FOREIGN
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

T = TypeVar("T")

#: The member of a team that is changed.
CHANGED = "bio"
#: A zone that a server is unlikely to give a team by itself.
ZONE = "America/Anchorage"


@dataclass(frozen=True)
class Team:
    """A team of the run.

    Attributes:
        id: of the team.
        asked: the body that made it.
        made: the answer.
        shown: the team in that answer.
    """

    id: Any
    asked: Mapping[str, Any]
    made: Exchange
    shown: Mapping[str, Any]


@probe("teams.made", safety="write", cost=2, capability="teams", creates="a team", shared=True)
def made(session: Session) -> Team:
    """Make a team."""
    asked = {"name": session.unique("team"), CHANGED: "Bookproof made this", "timeZone": ZONE}
    exchange = session.create("createTeam", body=asked, note="a new team")
    shown = session.api.one(exchange)
    if shown.get("paymentLink"):
        raise Untestable(
            "a team costs money here, and exists once it is paid for: let another account play role full, or write "
            "teams = false under [capabilities] of the target file"
        )
    return Team(session.made(exchange, "id", "a team should be made")["id"], asked, exchange, shown)


@dataclass(frozen=True)
class Reached:
    """What somebody who is not in the team was answered.

    Attributes:
        listed: the list of their teams.
        read, changed: the team read, and given another name.
    """

    listed: Exchange
    read: Exchange
    changed: Exchange


@dataclass(frozen=True)
class Changed:
    """The team after its creator gave it another bio.

    Attributes:
        team: the team before.
        bio: the new one.
        exchange: the answer.
        shown: the team in the answer.
        listed: the list of its creator's teams, in which the team should be.
    """

    team: Team
    bio: str
    exchange: Exchange
    shown: Mapping[str, Any]
    listed: Exchange


def _of(team: Team) -> dict[str, Any]:
    return {"teamId": team.id}


def _found(session: Session, wanted: Probe[T]) -> T | None:
    """The evidence of another probe, or None where it has none."""
    try:
        return session.need(wanted)
    except Untestable:
        return None


@probe("teams.changed", safety="write", cost=2, capability="teams", shared=True)
def changed(session: Session) -> Changed:
    """Give the team another bio, and list the teams of whoever made it; a token of the account may have done so."""
    team, bio = session.need(made), session.unique("bio")
    exchange = session.api.call("updateTeam", _of(team), body={CHANGED: bio}, note="another bio")
    listed = listed_already(session, "listTeams", team.made) or session.api.call("listTeams", note="with the new one")
    return Changed(team, bio, exchange, session.api.one(exchange), listed)


@probe("teams.strangers", safety="write", cost=3, capability="teams", shared=True)
def strangers(session: Session) -> Reached:
    """List, read and change by a key of another account."""
    foreign, team = session.role(FOREIGN), session.need(made)
    return Reached(
        listed=session.api.call("listTeams", role=foreign, note="without the team of others"),
        read=session.api.call("getTeam", _of(team), role=foreign, note="not a member"),
        changed=session.api.call(
            "updateTeam", _of(team), body={"name": session.unique("taken-over")}, role=foreign, note="not a member"
        ),
    )


@dataclass(frozen=True)
class Ended:
    """The end of the team.

    Attributes:
        changed: the change before it.
        strangers: what was answered to somebody who is not in it; None without a key of another account.
        read: the team, as read after all changes.
        shown: the team in that answer.
        foreign: their attempt to delete it; None likewise.
        deleted: its deletion by whoever made it.
        gone: the attempt to read it after that.
    """

    changed: Changed
    strangers: Reached | None
    read: Exchange
    shown: Mapping[str, Any]
    foreign: Exchange | None
    deleted: Exchange
    gone: Exchange

    @property
    def meddled(self) -> bool:
        """Whether a stranger has given it another name."""
        return self.strangers is not None and self.strangers.changed.ok

    @property
    def stolen(self) -> bool:
        """Whether a stranger has deleted it."""
        return self.foreign is not None and self.foreign.ok


@probe("teams.ended", safety="write", cost=4, capability="teams")
def ended(session: Session) -> Ended:
    """Read the team, let a stranger delete it, delete it, read it again."""
    before, reached = session.need(changed), _found(session, strangers)
    team = before.team
    read = session.api.call("getTeam", _of(team), note="after the changes")
    foreign = None
    if session.has_role(FOREIGN):
        foreign = session.remove("team", team.id, role=FOREIGN, note="not a member")
    return Ended(
        changed=before,
        strangers=reached,
        read=read,
        shown=session.api.one(read),
        foreign=foreign,
        deleted=session.remove("team", team.id, note="by whoever made it"),
        gone=session.api.call("getTeam", _of(team), note="after its deletion"),
    )


@probe("teams.nameless", safety="write", cost=2, capability="teams")
def nameless(session: Session) -> Exchange:
    """Make a team without a name; a token of the account may have tried already."""
    session.need(made)  # where no team can be made at all, a refusal would say nothing
    tried = asked_already(session, "createTeam")
    return tried or session.create("createTeam", body={CHANGED: "Bookproof made this"}, note="without a name")


@dataclass(frozen=True)
class Member:
    """What a plain member may do.

    Attributes:
        team: id of a team that the member is in.
        listed: the list of the member's teams.
        read: the team as the member reads it.
    """

    team: Any
    listed: Exchange
    read: Exchange


@probe("teams.member", cost=2, capability="teams")
def member(session: Session) -> Member:
    """The teams of a plain member, and the one that the target file names."""
    role, team = session.role("member"), known_team(session)
    listed = session.api.call("listTeams", role=role, note="of a plain member")
    read = session.api.call("getTeam", {"teamId": team}, role=role, note="a plain member")
    return Member(team, listed, read)


def known_team(session: Session) -> Any:
    """The id of the team that the role member belongs to.

    Raises:
        Untestable: the target file gives none.
    """
    team = session.target.known.get("team")
    if team is None:
        raise Untestable("needs a team with a plain member: give its id as team under [data] of the target file")
    return team


@probe("teams.member-changes", safety="write", cost=1, capability="teams")
def member_changes(session: Session) -> Exchange:
    """A plain member gives the team the name that it has, which changes nothing if it is let through."""
    seen = session.need(member)
    name = session.api.one(seen.read).get("name")
    if not isinstance(name, str):
        raise Blocked("a member should read the team; see teams.read.member", seen.read)
    return session.api.call(
        "updateTeam", {"teamId": seen.team}, body={"name": name}, role="member", note="the name that it has"
    )


@dataclass(frozen=True)
class Listed:
    """Somebody's list of teams, and a team that they are in or not.

    Attributes:
        who: whose list it is, in words.
        exchange: the answer.
        ids: of the teams in it.
        team: id of the team.
        belongs: whether they are in it.
    """

    who: str
    exchange: Exchange
    ids: list[Any]
    team: Any
    belongs: bool


@probe("teams.lists", cost=0, safety="write", capability="teams")
def lists(session: Session) -> list[Listed]:
    """The lists that others have asked for: of the creator of a team, of a stranger to it, of a plain member."""

    def listed(who: str, exchange: Exchange, team: Any, *, belongs: bool) -> Listed:
        return Listed(who, exchange, [item.get("id") for item in session.api.many(exchange)], team, belongs)

    own = _found(session, changed)
    found = [listed("whoever made the team", own.listed, own.team.id, belongs=True)] if own else []
    foreign = _found(session, strangers)
    if own and foreign:
        found.append(listed("somebody of another account", foreign.listed, own.team.id, belongs=False))
    plain = _found(session, member)
    return found + ([listed("a plain member", plain.listed, plain.team, belongs=True)] if plain else [])
