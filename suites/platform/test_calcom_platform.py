"""Platform clients of Cal.com and the users that they make."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.calcom_v2 import platform
from bookproof.probes.calcom_v2.platform import Closed, Managed, Speaks
from bookproof.wire.exchange import Exchange


@requirement("platform.user.made", platform.managed)
def test_a_client_makes_a_user(seen: Managed, judge: Judge) -> None:
    """A managed user is made, and its tokens are told."""
    if judge.accepted(seen.exchange, "a managed user is made"):
        judge.that("id" in seen.user, "the user with its id", f"the user is {seen.user}", seen.exchange)
        for kind, token in (("access", seen.access), ("refresh", seen.refresh)):
            judge.that(bool(token), f"its {kind} token", "there is none", seen.exchange)


@requirement("platform.token.own", platform.speaks)
def test_a_managed_user_is_itself(seen: Speaks, judge: Judge) -> None:
    """The token of a managed user speaks for that user."""
    judge.accepted(seen.exchange, "the managed user asks for its profile")
    wanted, shown = seen.user.get("id"), seen.shown.get("id")
    if seen.exchange.ok:
        judge.that(
            shown is not None and shown == wanted, f"the user {wanted} that was made", f"user {shown}", seen.exchange
        )


@requirement("platform.token.closed", platform.closed)
def test_a_managed_user_sees_its_own(seen: Closed, judge: Judge) -> None:
    """The token of a managed user does not open what belongs to others."""
    judge.refused(seen.read, {403, 404}, "the schedule is another account's")
    judge.that(
        str(seen.schedule) not in seen.ids,
        "the managed user's own schedules",
        f"schedule {seen.schedule} of another account is listed",
        seen.listed,
    )


@requirement("platform.client.secret", platform.wrong_secret)
def test_a_wrong_secret_is_refused(seen: Exchange, judge: Judge) -> None:
    """A client with a wrong secret is refused."""
    judge.refused(seen, {401}, "the secret is wrong")


@requirement("platform.client.unknown", platform.unknown)
def test_an_unknown_client_is_refused(seen: Exchange, judge: Judge) -> None:
    """A client that does not exist is refused."""
    judge.refused(seen, {401}, "there is no such client")


@requirement("platform.headers.alone", platform.alone)
def test_one_header_is_not_enough(seen: list[Exchange], judge: Judge) -> None:
    """Neither the id nor the secret of a client authenticates without the other."""
    for exchange in seen:
        judge.refused(exchange, {401}, "one of two headers is missing")
