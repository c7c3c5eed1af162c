"""Keys: whoever has none, or a wrong one, gets nothing.

A scheduling API hands out people's days. One operation that forgets to ask for the key is enough.
"""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.evidence import Afterwards
from bookproof.judge.writes import left_untouched
from bookproof.probes.imatic_v1 import account, auth
from bookproof.probes.imatic_v1.account import Identity
from bookproof.probes.imatic_v1.auth import Revocation
from bookproof.wire.exchange import Exchange


def _all_refused(seen: list[Exchange], judge: Judge, why: str) -> None:
    if not seen:
        raise judge.untestable("no operation could be called")
    for exchange in seen:
        judge.refused(exchange, {401}, f"{exchange.role}: {why}")


@requirement("auth.key.missing", auth.no_key)
def test_missing_key(seen: list[Exchange], judge: Judge) -> None:
    """Every operation refuses a call without a key."""
    _all_refused(seen, judge, "a call needs a key")


@requirement("auth.key.malformed", auth.malformed)
def test_malformed_key(seen: list[Exchange], judge: Judge) -> None:
    """A bearer value that is no key is refused."""
    _all_refused(seen, judge, "this is no key")


@requirement("auth.key.wrong-scheme", auth.wrong_scheme)
def test_wrong_scheme(seen: list[Exchange], judge: Judge) -> None:
    """A valid key under another scheme than Bearer does not authenticate."""
    for exchange in seen:
        judge.that(
            exchange.refused, f"{exchange.role}: keys are bearer tokens", f"answered {exchange.status}", exchange
        )


@requirement("auth.key.in-query", auth.in_query)
def test_key_in_query(seen: list[Exchange], judge: Judge) -> None:
    """A valid key in the query string does not authenticate: addresses end up in logs."""
    for exchange in seen:
        judge.that(exchange.refused, "a key in the query is no key", f"answered {exchange.status}", exchange)


@requirement("auth.key.unknown-prefix", auth.unknown_prefix)
def test_unknown_prefix(seen: list[Exchange], judge: Judge) -> None:
    """A prefix that was never issued is refused."""
    _all_refused(seen, judge, "this key was never issued")


@requirement("auth.key.wrong-secret", auth.wrong_secret)
def test_wrong_secret(seen: list[Exchange], judge: Judge) -> None:
    """The prefix is public; without its secret it opens nothing."""
    _all_refused(seen, judge, "the secret is another one")


@requirement("auth.key.truncated-secret", auth.truncated_secret)
def test_truncated_secret(seen: list[Exchange], judge: Judge) -> None:
    """A part of the secret is not the secret."""
    _all_refused(seen, judge, "the secret is not whole")


@requirement("auth.key.revoked", auth.revoked)
def test_revoked_key(seen: list[Exchange], judge: Judge) -> None:
    """A revoked key opens nothing."""
    _all_refused(seen, judge, "the key is revoked")


@requirement("auth.key.revoked-at-once", auth.revoked_at_once)
def test_revoked_at_once(seen: Revocation, judge: Judge) -> None:
    """Revocation works at once, also on a key that has just been used."""
    _all_refused(seen.after, judge, "the key was revoked a moment ago")


@requirement("auth.key.prefix-shown", account.own_identity)
def test_identity_shows_prefix_only(seen: Identity, judge: Judge) -> None:
    """Asking who a key is does not give its secret away."""
    secret = seen.exchange.request_headers["authorization"].rpartition(".")[2]
    judge.that(
        secret not in seen.exchange.text, "no more than the prefix is shown", "the secret is shown", seen.exchange
    )


@requirement("auth.refused.does-nothing", auth.afterwards)
def test_refused_key_does_nothing(seen: Afterwards, judge: Judge) -> None:
    """A write that is refused for its key has not been done all the same."""
    left_untouched(judge, seen)
