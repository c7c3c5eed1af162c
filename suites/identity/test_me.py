"""The key's own identity, which tells an integrator which account it acts for."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import account
from bookproof.probes.imatic_v1.account import Calendars, Identities, Identity
from bookproof.targets.binding import MISSING


@requirement("me.identity.shown", account.own_identity)
def test_identity_names_account_and_organisation(seen: Identity, judge: Judge) -> None:
    """The identity of a key names its account and its organisation."""
    judge.accepted(seen.exchange, "a key reads its own identity")
    for name, shown in (("account", seen.account), ("organisation", seen.organisation)):
        judge.that(shown not in (MISSING, None, ""), f"the {name} is named", f"no {name}", seen.exchange)


@requirement("me.identity.own", account.identities)
def test_identity_is_the_keys_own(seen: Identities, judge: Judge) -> None:
    """Two keys of one account name the same account, a key of another account names another."""
    if MISSING in (seen.full.account, seen.other.account, seen.foreign.account):
        raise judge.untestable("an identity names no account; see me.identity.shown")
    judge.that(
        seen.full.account == seen.other.account,
        "two keys of one account name the same account",
        f"{seen.full.account!r} and {seen.other.account!r}",
        seen.full.exchange,
        seen.other.exchange,
    )
    judge.that(
        seen.full.account != seen.foreign.account,
        "a key of another account names another account",
        f"both name {seen.full.account!r}",
        seen.full.exchange,
        seen.foreign.exchange,
    )


@requirement("calendars.list.answers", account.calendars)
def test_calendars_are_listed(seen: Calendars, judge: Judge) -> None:
    """The connected calendars are a list, be it an empty one."""
    if judge.accepted(seen.exchange, "the connected calendars are listed"):
        judge.that(seen.items is not None, "a list of calendars", answer(seen.exchange), seen.exchange)
