"""Cal.com's teams: made, listed, read, changed, deleted; closed to strangers, and not changed by plain members."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import teams
from bookproof.probes.calcom_v2.teams import CHANGED, Ended, Listed, Member
from bookproof.wire.exchange import Exchange

#: A role that does not suffice is refused; a team may as well not be there for who is not in it.
CLOSED = {403, 404}
#: What a change of the bio leaves alone.
KEPT = ("name", "timeZone", "slug", "logoUrl", "isPrivate", "hideBranding", "timeFormat", "weekStart")


@requirement("teams.manage.life-cycle", teams.ended)
def test_a_team_lives_and_goes(seen: Ended, judge: Judge) -> None:
    """A team is made, listed, changed, read and deleted, and then it cannot be read any more."""
    if seen.stolen:
        raise judge.untestable("a stranger has deleted the team; see teams.read.stranger")
    if not seen.changed.exchange.ok or not seen.deleted.ok:
        raise judge.untestable("whoever made the team may not change and delete it; see teams.create.owner")
    for exchange, what in (
        (seen.changed.team.made, "a team is made"),
        (seen.changed.listed, "teams are listed"),
        (seen.changed.exchange, "a team is changed"),
        (seen.read, "a team is read"),
        (seen.deleted, "a team is deleted"),
    ):
        judge.accepted(exchange, what)
    gone = seen.gone.status in CLOSED or seen.gone.status == 410
    judge.that(gone, "a deleted team cannot be read", answer(seen.gone), seen.deleted, seen.gone)


@requirement("teams.create.owner", teams.ended)
def test_whoever_makes_a_team_owns_it(seen: Ended, judge: Judge) -> None:
    """Whoever has made a team may change it and delete it."""
    judge.accepted(seen.changed.exchange, "whoever made the team changes it")
    if not seen.stolen:
        judge.accepted(seen.deleted, "whoever made the team deletes it")


@requirement("teams.create.named", teams.nameless)
def test_a_team_needs_a_name(seen: Exchange, judge: Judge) -> None:
    """A new team without a name is refused as a bad request."""
    judge.refused(seen, {400, 422}, "a team needs a name")


@requirement("teams.update.keeps", teams.ended)
def test_a_change_leaves_the_rest_alone(seen: Ended, judge: Judge) -> None:
    """After the change of its bio a team has the new one, and everything else as it was."""
    change, before = seen.changed, {**seen.changed.team.asked, **seen.changed.team.shown}
    if not change.exchange.ok or not seen.read.ok:
        raise judge.untestable("the team could not be changed and read; see teams.create.owner")
    for exchange, shown in ((change.exchange, change.shown), (seen.read, seen.shown)):
        if CHANGED in shown:
            judge.that(
                shown[CHANGED] == change.bio,
                f"{CHANGED} {change.bio!r}",
                f"{shown[CHANGED]!r}",
                change.exchange,
                exchange,
            )
        for name in KEPT:
            if name not in shown or name not in before or (seen.meddled and name == "name"):
                continue
            judge.that(
                shown[name] == before[name],
                f"{name} {before[name]!r}, as before",
                f"{shown[name]!r}",
                change.exchange,
                exchange,
            )


@requirement("teams.list.own", teams.lists)
def test_each_sees_the_own_teams(seen: list[Listed], judge: Judge) -> None:
    """Members and creators have the team in their list; strangers do not."""
    for item in seen:
        if item.exchange.ok:
            judge.that(
                (item.team in item.ids) == item.belongs,
                f"team {item.team} is {'' if item.belongs else 'not '}listed for {item.who}",
                f"the list has {', '.join(map(str, item.ids)) or 'none'}",
                item.exchange,
            )
    if not judge.judgements:
        raise judge.untestable("no list of teams was answered; see teams.manage.life-cycle")


@requirement("teams.read.member", teams.member)
def test_a_member_reads_the_team(seen: Member, judge: Judge) -> None:
    """A plain member reads the team that the target file names."""
    judge.accepted(seen.read, "a member reads the team")


@requirement("teams.read.stranger", teams.ended)
def test_a_stranger_is_kept_out(seen: Ended, judge: Judge) -> None:
    """Somebody who is not in the team is refused when reading, changing and deleting it."""
    if seen.strangers is None or seen.foreign is None:
        raise judge.untestable("needs a key of another account: give the target file one of role foreign")
    for exchange in (seen.strangers.read, seen.strangers.changed, seen.foreign):
        judge.refused(exchange, CLOSED, "not a member of the team")


@requirement("teams.update.member", teams.member_changes)
def test_a_plain_member_cannot_change_the_team(seen: Exchange, judge: Judge) -> None:
    """A change by a plain member is refused, even one that changes nothing."""
    judge.refused(seen, CLOSED, "a plain member may not change the team")
