"""Defects of the Cal.com dialect: teams."""

from collections.abc import Mapping
from itertools import count
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal
from bookproof.mock.dialects.calcom_v2.teams import defaults
from bookproof.mock.domain.teams import MEMBER, OWNER, Team
from bookproof.mock.store import Session


@defect(
    "calcom-team-not-deleted",
    breaks=("teams.manage.life-cycle",),
    story="A team that was dissolved goes on being shown.",
)
def team_not_deleted(mock: Mock) -> None:
    def kept(number: int) -> Team:
        return mock.side.teams.get(number)

    mock.side.teams.delete = kept


@defect(
    "calcom-team-without-owner",
    breaks=("teams.create.owner",),
    story="Who creates a team is a plain member of it, and nobody can ever change it.",
)
def team_without_owner(mock: Mock) -> None:
    teams = mock.side.teams
    join = teams.join

    def joined(session: Session, number: int, account_id: str, role: str) -> None:
        join(session, number, account_id, MEMBER if role == OWNER else role)

    teams.join = joined


@defect(
    "calcom-team-nameless",
    breaks=("teams.create.named",),
    story="Lists fill with teams that nobody can tell apart.",
)
def team_nameless(mock: Mock) -> None:
    handlers, teams = mock.calcom.resources.teams, mock.side.teams
    create, numbers = teams.create, count(1)

    def named(account_id: str, details: Mapping[str, Any]) -> Team:
        return create(account_id, {"name": f"Untitled {next(numbers)}", **details})

    handlers.create_shape = handlers.update_shape
    teams.create = named


@defect(
    "calcom-team-change-resets",
    breaks=("teams.update.keeps",),
    story="Changing the text about a team puts it into another time zone.",
)
def team_change_resets(mock: Mock) -> None:
    teams = mock.side.teams
    change = teams.change

    def reset(number: int, account_id: str, changes: Mapping[str, Any]) -> Team:
        return change(number, account_id, {**defaults(), **changes})

    teams.change = reset


@defect(
    "calcom-team-list-owned-only",
    breaks=("teams.list.own",),
    story="Members do not find the teams that they have joined.",
)
def team_list_owned_only(mock: Mock) -> None:
    teams = mock.side.teams
    find = teams.find

    def owned(account_id: str) -> list[Team]:
        return [team for team in find(account_id) if teams.role(team.number, account_id) == OWNER]

    teams.find = owned


@defect(
    "calcom-team-read-by-owner-only",
    breaks=("teams.read.member",),
    story="Members are shut out of their own team.",
)
def team_read_by_owner_only(mock: Mock) -> None:
    handlers = mock.calcom.resources.teams
    suffices = handlers.suffices

    def owners(call: Call, role: str, least: str) -> bool:
        return suffices(call, role, OWNER if call.operation.id == "getTeam" else least)

    handlers.suffices = owners


@defect(
    "calcom-team-open-to-strangers",
    breaks=("teams.read.stranger",),
    story="Anybody with a key reads, renames and deletes the teams of others.",
)
def team_open_to_strangers(mock: Mock) -> None:
    handlers, teams = mock.calcom.resources.teams, mock.side.teams
    guarded = handlers.guarded

    def opened(call: Call, least: str) -> int:
        try:
            return guarded(call, least)
        except Refusal:
            number = call.number("teamId")
            if teams.role(number, call.account_id) is not None:
                raise
            return teams.get(number).number

    handlers.guarded = opened


@defect(
    "calcom-team-changed-by-member",
    breaks=("teams.update.member",),
    story="Every member renames the team and gives it another logo.",
)
def team_changed_by_member(mock: Mock) -> None:
    def enough(call: Call, role: str, least: str) -> bool:  # noqa: ARG001 - takes what the method takes
        return True

    mock.calcom.resources.teams.suffices = enough
