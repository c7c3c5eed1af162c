"""What time ends at Cal.com: the life of access tokens, and holds."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.calcom_v2 import elapsed
from bookproof.probes.calcom_v2.elapsed import EARLIER, TOKEN_MINUTES, Aged, Ended
from bookproof.targets.views import utc


@requirement("oauth.token.until-then", elapsed.aged)
def test_a_token_works_until_its_end_is_near(seen: Aged, judge: Judge) -> None:
    """An access token works some minutes before its end."""
    judge.accepted(seen.earlier, f"the token is {EARLIER} of its {TOKEN_MINUTES} minutes old")


@requirement("oauth.token.expires", elapsed.aged)
def test_a_token_ends(seen: Aged, judge: Judge) -> None:
    """An access token is refused once its 30 minutes are over."""
    if not seen.earlier.ok:
        raise judge.untestable("the token did not work before its end; see oauth.token.until-then")
    judge.refused(seen.later, {401}, f"the {TOKEN_MINUTES} minutes of the token are over")


@requirement("reservations.hold.expires", elapsed.ended)
def test_a_hold_ends(seen: Ended, judge: Judge) -> None:
    """A slot is offered again when the time of its hold is over."""
    judge.that(
        seen.start in seen.slots.starts,
        f"{utc(seen.start)} is offered, whose hold ended at {utc(seen.until)}",
        "it is not",
        seen.hold,
        seen.slots.exchange,
    )
