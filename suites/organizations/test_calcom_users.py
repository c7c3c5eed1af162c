"""Users of a Cal.com organization: those who run it list, add, change and remove them; nobody else does."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.probes.calcom_v2 import organizations
from bookproof.probes.calcom_v2.organizations import CHANGED, Ended, Foreign, Members, Twice
from bookproof.wire.exchange import Exchange

#: A role that does not suffice is refused; an organization may as well not be there for who is not in it.
CLOSED = {403, 404}
#: As many users a list holds at most; a longer one goes on elsewhere.
LARGEST_PAGE = 1000


@requirement("organizations.users.listed", organizations.members)
def test_users_are_listed(seen: Members, judge: Judge) -> None:
    """Every user in the list has an id and an address, and the owner of the key is among them."""
    judge.accepted(seen.exchange, "users are listed")
    for user in seen.users:
        for name, is_right in (("id", _is_number), ("email", _is_address)):
            judge.that(
                is_right(user.get(name)), f"an {name} for every user", f"{name} is {user.get(name)!r}", seen.exchange
            )
    if seen.own is not None and seen.exchange.ok and len(seen.users) < LARGEST_PAGE:
        ids = [user.get("id") for user in seen.users]
        judge.that(seen.own in ids, f"user {seen.own}, whose key it is", f"users {ids}", seen.exchange)


@requirement("organizations.users.life-cycle", organizations.ended)
def test_a_user_comes_and_goes(seen: Ended, judge: Judge) -> None:
    """A user is made, changed and listed, then removed and listed no more."""
    if seen.by_member is not None and seen.by_member.ok:
        raise judge.untestable("a plain member has removed the user; see organizations.users.role-removal")
    user = seen.changed.user
    judge.accepted(user.made, "a user is made")
    judge.accepted(seen.changed.exchange, "a user is changed")
    if seen.before is not None and seen.before.exchange.ok and len(seen.before.users) < LARGEST_PAGE:
        found = [item for item in seen.before.users if item.get("id") == user.id]
        judge.that(bool(found), f"user {user.id} is listed", "no such user", user.made, seen.before.exchange)
        for item in found:
            # Addresses are the same in whatever case; a bio may be told elsewhere only.
            for name, wanted in (("email", user.asked["email"]), (CHANGED, seen.changed.bio)):
                if name in item and seen.changed.exchange.ok:
                    judge.that(
                        str(item[name]).lower() == wanted.lower(),
                        f"{name} {wanted!r}",
                        f"{item[name]!r}",
                        seen.changed.exchange,
                        seen.before.exchange,
                    )
    judge.accepted(seen.removed, "a user is removed")
    if seen.after.ok and seen.removed.ok:
        gone = user.id not in seen.ids
        judge.that(gone, f"user {user.id} is listed no more", "still listed", seen.removed, seen.after)


@requirement("organizations.users.duplicate", organizations.twice)
def test_an_address_is_taken_once(seen: Twice, judge: Judge) -> None:
    """Another user with an address that exists is refused as a conflict."""
    judge.refused(seen.exchange, {409}, f"{seen.user.asked['email']} exists already")


@requirement("organizations.users.foreign", organizations.foreign)
def test_another_organization_is_closed(seen: Foreign, judge: Judge) -> None:
    """Nobody lists or adds users of an organization that they are not in."""
    for exchange in (seen.listed, seen.added):
        judge.refused(exchange, CLOSED, "not in this organization")


@requirement("organizations.users.role", organizations.member_adds)
def test_a_plain_member_adds_nobody(seen: Exchange, judge: Judge) -> None:
    """A plain member is refused when adding a user."""
    judge.refused(seen, CLOSED, "adding users needs an owner or admin")


@requirement("organizations.users.role-removal", organizations.member_removes)
def test_a_plain_member_removes_nobody(seen: Exchange, judge: Judge) -> None:
    """A plain member is refused when removing a user."""
    judge.refused(seen, CLOSED, "removing users needs an owner or admin")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and "@" in value
