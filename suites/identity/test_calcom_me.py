"""The profile: whose key it is, and what its owner changes of it."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import account, profile
from bookproof.probes.calcom_v2.account import Address, Identities, Identity
from bookproof.probes.calcom_v2.harmless import NO_ZONE
from bookproof.probes.calcom_v2.profile import Changes

#: What a profile says of its owner.
SHOWN = ("id", "username", "email", "timeZone")


@requirement("me.identity.shown", account.own_identity)
def test_identity_is_shown(seen: Identity, judge: Judge) -> None:
    """A key learns whose it is."""
    if judge.accepted(seen.exchange, "a key reads the profile of its owner"):
        for name in SHOWN:
            shown = seen.shown.get(name)
            judge.that(shown not in (None, ""), f"the profile shows {name}", f"it is {shown!r}", seen.exchange)


@requirement("me.identity.own", account.identities)
def test_identities_differ(seen: Identities, judge: Judge) -> None:
    """Keys of two accounts name two accounts."""
    full, foreign = seen.full.shown.get("id"), seen.other.shown.get("id")
    if full is None or foreign is None:
        raise judge.untestable("a profile shows no id; see me.identity.shown")
    judge.that(
        full != foreign,
        "keys of two accounts name two accounts",
        f"both name {full}",
        seen.full.exchange,
        seen.other.exchange,
    )


@requirement("me.update.changes", profile.changes)
def test_profile_changes(seen: Changes, judge: Judge) -> None:
    """What the body names is changed and answered, and what it leaves out stays."""
    if not judge.accepted(seen.changed, "the profile can be changed"):
        return
    bio = seen.shown.get("bio")
    judge.that(bio == seen.note, f"the bio is {seen.note!r}", f"it is {bio!r}", seen.changed)
    for name in SHOWN:
        before, after = seen.before.get(name), seen.shown.get(name)
        judge.that(before == after, f"{name} stays {before!r}", f"it is {after!r}", seen.changed)


@requirement("me.update.zone", profile.changes)
def test_unknown_zone_is_refused(seen: Changes, judge: Judge) -> None:
    """A zone that does not exist would put every meeting nowhere."""
    judge.refused(seen.refused, {400}, f"there is no zone {NO_ZONE}")
    zone = seen.last.get("timeZone")
    if zone is not None and seen.before.get("timeZone") is not None:
        stays = zone == seen.before["timeZone"]
        judge.that(stays, f"the zone stays {seen.before['timeZone']}", f"it is {zone}", seen.refused, seen.restored)


@requirement("me.email.verified", account.address)
def test_address_is_verified_first(seen: Address, judge: Judge) -> None:
    """Whoever holds a key cannot take the account over by another address."""
    if not seen.exchange.ok:
        # A server may refuse to change addresses at all.
        judge.that(seen.exchange.refused, "taken note of, or refused", answer(seen.exchange), seen.exchange)
        return
    judge.that(seen.shown != seen.asked, "the address stays until it is verified", f"it is {seen.shown}", seen.exchange)
