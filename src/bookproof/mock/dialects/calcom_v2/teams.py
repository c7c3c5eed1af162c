"""Teams. Source: Cal.com API v2, Teams; behaviour of a running server."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, forbidden
from bookproof.mock.dialects.calcom_v2.profiles import WEEK_DAYS
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    checked,
    filled,
    flag,
    one_of,
    record,
    text,
    whole,
    zone_name,
)
from bookproof.mock.domain.teams import ADMIN, MEMBER, OWNER, NameTaken, Team
from bookproof.mock.http.exchange import Answer

_DEFAULTS: dict[str, Any] = {
    "slug": None,
    "logoUrl": None,
    "calVideoLogo": None,
    "appLogo": None,
    "appIconLogo": None,
    "bio": None,
    "hideBranding": False,
    "isPrivate": False,
    "hideBookATeamMember": False,
    "metadata": {},
    "theme": None,
    "brandColor": None,
    "darkBrandColor": None,
    "bannerUrl": None,
    "timeFormat": None,
    "timeZone": "Europe/London",
    "weekStart": "Sunday",
}
_RANKS = {MEMBER: 0, ADMIN: 1, OWNER: 2}
_NAMES = {MEMBER: "TEAM_MEMBER", ADMIN: "TEAM_ADMIN", OWNER: "TEAM_OWNER"}


def defaults() -> dict[str, Any]:
    """What a team has that nothing else was asked for; the name is missing."""
    return dict(_DEFAULTS)


def _members(*, name_required: bool) -> dict[str, Member]:
    texts = ("slug", "logoUrl", "calVideoLogo", "appLogo", "appIconLogo", "bio", "theme", "brandColor")
    flags = ("hideBranding", "isPrivate", "hideBookATeamMember", "autoAcceptCreator")
    return {
        "name": Member(text(), filled(), required=name_required),
        **{name: Member(text(), required=False) for name in (*texts, "darkBrandColor", "bannerUrl")},
        **{name: Member(flag(), required=False) for name in flags},
        "metadata": Member(record(), required=False),
        "timeFormat": Member(whole(), required=False),
        "timeZone": Member(zone_name(), required=False),
        "weekStart": Member(one_of(*WEEK_DAYS), required=False),
    }


class TeamHandlers:
    """Handlers of /v2/teams."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.create_shape = Shape(_members(name_required=True))
        self.update_shape = Shape(_members(name_required=False))

    def index(self, call: Call) -> Answer:
        """listTeams: those that the caller is in."""
        teams = self.tools.side.teams.find(call.account_id)
        return self.tools.envelopes.success(call, [self.shown(team) for team in teams])

    def shown(self, team: Team) -> dict[str, Any]:
        """A team as told to its members."""
        return {"id": team.number, "parentId": None, "isOrganization": False, **team.details}

    def create(self, call: Call) -> Answer:
        """createTeam: whoever makes it owns it."""
        details = {**defaults(), **self.details(checked(self.create_shape, call.body))}
        try:
            team = self.tools.side.teams.create(call.account_id, details)
        except NameTaken:
            raise self.taken() from None
        return self.tools.envelopes.success(call, self.shown(team))

    def taken(self) -> Exception:
        """The refusal of a name that is in use."""
        return bad_request("Team name already taken")

    def details(self, body: dict[str, Any]) -> dict[str, Any]:
        """What of a checked body is kept."""
        return {name: value for name, value in body.items() if name != "autoAcceptCreator" and value is not None}

    def guarded(self, call: Call, least: str) -> int:
        """The number of the team, if the caller's role in it is `least` or higher.

        Raises:
            Refusal: 400 no number; 403 for a lower role, no role, and no such team alike.
        """
        number = call.number("teamId")
        role = self.tools.side.teams.role(number, call.account_id)
        if role is None:
            raise forbidden(f"RolesGuard - User is not a member of the team with id={number}.")
        if not self.suffices(call, role, least):
            raise forbidden(f"RolesGuard - User must have role of {_NAMES[least]} in team with id={number}.")
        return number

    def suffices(self, call: Call, role: str, least: str) -> bool:  # noqa: ARG002 - for defects
        """Whether a role is high enough."""
        return _RANKS[role] >= _RANKS[least]

    def show(self, call: Call) -> Answer:
        """getTeam"""
        return self.tools.envelopes.success(call, self.shown(self.tools.side.teams.get(self.guarded(call, MEMBER))))

    def update(self, call: Call) -> Answer:
        """updateTeam: what the body leaves out stays."""
        number = self.guarded(call, OWNER)
        changes = self.details(checked(self.update_shape, call.body))
        try:
            team = self.tools.side.teams.change(number, call.account_id, changes)
        except NameTaken:
            raise self.taken() from None
        return self.tools.envelopes.success(call, self.shown(team))

    def delete(self, call: Call) -> Answer:
        """deleteTeam"""
        team = self.tools.side.teams.delete(self.guarded(call, OWNER))
        return self.tools.envelopes.success(call, self.shown(team))
