"""What scopes are not asked for, what one includes of another, and what a refusal leaves behind."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import refused_creations, scopes
from bookproof.probes.calcom_v2.refused_creations import Left
from bookproof.probes.calcom_v2.scopes import PublicOnes, SlotCalls
from bookproof.wire.exchange import Exchange


@requirement("scopes.booking-public.answered", scopes.public)
def test_public_bookings_with_a_token(seen: PublicOnes, judge: Judge) -> None:
    """A token without the scope is refused for it, or served like whoever has no token at all."""
    for exchange, served in ((seen.create, 400), (seen.read, 404)):
        judge.that(
            exchange.status in {403, served},
            f"refused with 403, or with {served} as whoever has no token",
            answer(exchange),
            exchange,
        )


@requirement("scopes.slots.none", scopes.slots)
def test_slots_need_no_scope(seen: SlotCalls, judge: Judge) -> None:
    """A token is never refused for its scope where slots are listed or held."""
    for exchange in (seen.listed, seen.reserved):
        judge.that(exchange.status not in {401, 403}, "no scope is needed", answer(exchange), exchange)


@requirement("scopes.connect-calendar.required", scopes.connect)
def test_connecting_needs_a_scope_of_apps(seen: Exchange, judge: Judge) -> None:
    """The documents ask for APPS_READ and servers for APPS_WRITE; without both there is no way in."""
    judge.refused(seen, {403}, "the token has neither APPS_READ nor APPS_WRITE")


@requirement("scopes.org.covers-team", scopes.organization)
def test_organization_scope_covers_teams(seen: Exchange, judge: Judge) -> None:
    """What may be read of an organization includes what may be read of its teams."""
    judge.that(seen.status not in {401, 403}, "ORG_PROFILE_READ includes TEAM_PROFILE_READ", answer(seen), seen)


@requirement("scopes.refused.does-nothing", refused_creations.afterwards)
def test_refused_scope_does_nothing(seen: list[Left], judge: Judge) -> None:
    """A write that is refused for its scope has not been done all the same."""
    if not seen:
        raise judge.untestable("no creation was refused for its scope; see scopes.event-type-write.required")
    for left in seen:
        if left.found is not None:
            judge.that(not left.found, "nothing was made", "it is in the list", left.attempt, left.list)
