"""OAuth: a client that proves itself gets tokens for what somebody has agreed to, and nobody else does."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import oauth
from bookproof.probes.calcom_v2.account import Identities
from bookproof.probes.calcom_v2.oauth import Exchanged, Pending, Refreshed, Refusals
from bookproof.wire.exchange import Exchange

#: How a client is told that it gets nothing.
REFUSED = {400, 401}
#: Life of an access token in seconds.
LIFE = 1800


@requirement("oauth.code.exchanged", oauth.exchanged)
def test_code_is_exchanged(seen: Exchanged, judge: Judge) -> None:
    """A confidential client gets an access token and a refresh token for a code."""
    if judge.accepted(seen.exchange, "a new code is exchanged"):
        _tokens_shown(seen, judge)


def _tokens_shown(seen: Exchanged, judge: Judge) -> None:
    for name in ("access_token", "refresh_token"):
        shown = seen.shown.get(name)
        judge.that(isinstance(shown, str) and bool(shown), f"the answer has an {name}", "it has none", seen.exchange)
    kind = seen.shown.get("token_type")
    judge.that(str(kind).lower() == "bearer", "the token_type is bearer", f"it is {kind!r}", seen.exchange)


@requirement("oauth.pkce.exchanged", oauth.exchanged_by_pkce)
def test_code_is_exchanged_by_pkce(seen: Exchanged, judge: Judge) -> None:
    """A public client, which can keep no secret, proves itself by the verifier of its challenge."""
    if judge.accepted(seen.exchange, "a new code and its verifier are exchanged"):
        _tokens_shown(seen, judge)


@requirement("oauth.token.life", oauth.exchanged)
def test_token_lives_half_an_hour(seen: Exchanged, judge: Judge) -> None:
    """Clients plan their refreshing by expires_in."""
    if not seen.exchange.ok:
        raise judge.untestable("no token was given; see oauth.code.exchanged")
    life = seen.shown.get("expires_in")
    judge.that(life == LIFE, f"expires_in is {LIFE}", f"it is {life!r}", seen.exchange)


@requirement("oauth.token.works", oauth.works)
def test_token_speaks_for_who_agreed(seen: Identities, judge: Judge) -> None:
    """A token is sent like a key, and the account is that of whoever agreed."""
    if seen.other.exchange.status == 403:
        raise judge.untestable("the token may not read the profile; see scopes.profile-read.grants")
    if judge.accepted(seen.other.exchange, "an access token is a bearer token"):
        key, token = seen.full.shown.get("id"), seen.other.shown.get("id")
        if key is None:
            raise judge.untestable("the profile of the key shows no id; see me.identity.shown")
        judge.that(
            token == key,
            f"the token speaks for account {key}",
            f"it speaks for {token}",
            seen.full.exchange,
            seen.other.exchange,
        )


@requirement("oauth.code.once", oauth.again)
def test_code_is_good_once(seen: Exchange, judge: Judge) -> None:
    """A code that was used is worth nothing to whoever finds it."""
    judge.refused(seen, REFUSED, "the code was used")


@requirement("oauth.code.redirect", oauth.refusals)
def test_code_is_bound_to_its_redirect(seen: Refusals, judge: Judge) -> None:
    """A code is for the redirect URI that it was granted for."""
    judge.refused(seen.redirect, REFUSED, "the redirect URI is another one")


@requirement("oauth.client.secret", oauth.refusals)
def test_client_with_wrong_secret(seen: Refusals, judge: Judge) -> None:
    """A code alone does not suffice: its client must prove itself."""
    judge.refused(seen.secret, REFUSED, "the secret is another one")


@requirement("oauth.pkce.verifier", oauth.wrong_verifier)
def test_wrong_verifier(seen: Exchange, judge: Judge) -> None:
    """A code of a public client is worth nothing without the verifier."""
    judge.refused(seen, REFUSED, "the verifier is another one")


@requirement("oauth.client.pending", oauth.pending)
def test_pending_client(seen: Pending, judge: Judge) -> None:
    """A client that nobody has approved gets no token, even where somebody agreed to it."""
    judge.refused(seen.exchange, REFUSED | {403}, "the client has not been approved")


@requirement("oauth.refresh.works", oauth.refreshed)
def test_refresh(seen: Refreshed, judge: Judge) -> None:
    """A refresh token earns a new access token, which works."""
    if judge.accepted(seen.exchange, "a refresh token earns tokens"):
        judge.that(bool(seen.token), "the answer has an access_token", "it has none", seen.exchange)
        if seen.used is not None:
            # 403: the token is known, and lacks what it was not granted.
            known = seen.used.ok or seen.used.status == 403
            judge.that(known, "the new access token is known", answer(seen.used), seen.exchange, seen.used)


@requirement("oauth.refresh.no-bearer", oauth.refreshed)
def test_refresh_token_is_no_bearer(seen: Refreshed, judge: Judge) -> None:
    """A refresh token lives for long and is for the token endpoint only."""
    judge.refused(seen.as_bearer, {401}, "a refresh token is no access token")


@requirement("oauth.refused.shape", oauth.refusals)
def test_refusals_have_a_code(seen: Refusals, judge: Judge) -> None:
    """A client reads from `error` what is wrong."""
    for exchange in (seen.redirect, seen.secret):
        if not exchange.refused:
            continue
        body = exchange.json
        coded = isinstance(body, dict) and bool(body.get("error"))
        judge.that(coded, "JSON with an error code", answer(exchange), exchange)
    if not judge.judgements:
        raise judge.untestable("nothing was refused; see oauth.client.secret")
