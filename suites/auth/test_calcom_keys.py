"""Cal.com's keys: whoever has none, or a wrong one, gets nothing; what is public is open to everybody."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import auth, full_access
from bookproof.probes.calcom_v2.auth import Public, Revocation, Untouched
from bookproof.wire.exchange import Exchange

#: Guards of single operations say 403 where others say 401.
REFUSED = {401, 403}
#: How operations end that a self-hosted server may lack.
_MAY_LACK = ("Team", "Teams", "OrganizationUser", "OrganizationUsers")


@requirement("auth.key.missing", auth.no_key)
def test_missing_key(seen: list[Exchange], judge: Judge) -> None:
    """Every operation that is not public refuses a call without credentials."""
    for exchange in seen:
        if exchange.status == 404 and exchange.operation.endswith(_MAY_LACK):
            continue  # a server without teams or organizations has no such path
        judge.refused(exchange, REFUSED, "a call needs credentials")


@requirement("auth.order.first", auth.order)
def test_credentials_come_first(seen: list[Exchange], judge: Judge) -> None:
    """Whoever has no credentials is not told what is wrong with a body or an id."""
    for exchange in seen:
        judge.refused(exchange, REFUSED, "credentials are looked at before anything else")


@requirement("auth.public.open", auth.public)
def test_public_operations_are_open(seen: Public, judge: Judge) -> None:
    """Whoever books needs no account: not to book, read, move and cancel, nor to see what can be booked."""
    for exchange in seen.exchanges:
        open_to_all = exchange.status not in REFUSED
        judge.that(open_to_all, "the operation is public", answer(exchange), exchange)


@requirement("auth.public.bad-key", auth.bad_key_on_public)
def test_bad_key_on_public_operation(seen: list[Exchange], judge: Judge) -> None:
    """A wrong key is not passed over where none would do: its owner would believe that it works."""
    for exchange in seen:
        judge.refused(exchange, {401}, "the key was never issued")


@requirement("auth.slots.indifferent", auth.slots_with_bad_key)
def test_slots_with_bad_key(seen: Exchange, judge: Judge) -> None:
    """Slots are for everybody; a server that looks at credentials all the same refuses wrong ones with 401."""
    judge.that(seen.ok or seen.status == 401, "answered, or refused with 401", answer(seen), seen)


@requirement("auth.key.malformed", auth.malformed)
def test_malformed_key(seen: Exchange, judge: Judge) -> None:
    """A bearer value that is neither key nor token is refused."""
    judge.refused(seen, {401}, "this is neither key nor token")


@requirement("auth.key.unknown", auth.never_issued)
def test_unknown_key(seen: Exchange, judge: Judge) -> None:
    """A key of the right form that nobody was given is refused."""
    judge.refused(seen, {401}, "this key was never issued")


@requirement("auth.key.wrong-scheme", auth.wrong_scheme)
def test_wrong_scheme(seen: Exchange, judge: Judge) -> None:
    """A valid key under the Basic scheme does not authenticate."""
    judge.that(seen.refused, "keys are bearer tokens", answer(seen), seen)


@requirement("auth.key.raw", auth.raw)
def test_raw_key(seen: Exchange, judge: Judge) -> None:
    """A client that forgets the word Bearer gets the profile or a 401, and no broken server."""
    judge.that(seen.ok or seen.status == 401, "accepted, or refused with 401", answer(seen), seen)
    judge.that(seen.is_json, "the answer is JSON", answer(seen), seen)


@requirement("auth.key.in-query", auth.in_query)
def test_key_in_query(seen: Exchange, judge: Judge) -> None:
    """A valid key in the query string does not authenticate: addresses end up in logs."""
    judge.that(seen.refused, "a key in the query is no key", f"answered {seen.status}", seen)


@requirement("auth.key.expired", auth.expired)
def test_expired_key(seen: Exchange, judge: Judge) -> None:
    """A key whose last day is over opens nothing."""
    judge.refused(seen, {401}, "the key's last day is over")


@requirement("auth.key.revoked", auth.revoked)
def test_revoked_key(seen: Exchange, judge: Judge) -> None:
    """A revoked key opens nothing."""
    judge.refused(seen, {401}, "the key is revoked")


@requirement("auth.key.revoked-at-once", auth.revoked_at_once)
def test_revoked_at_once(seen: Revocation, judge: Judge) -> None:
    """Revocation works at once, also on a key that has just been used."""
    judge.refused(seen.after, {401}, "the key was revoked a moment ago")


@requirement("auth.key.replaced", auth.revoked_at_once)
def test_replaced_key(seen: Revocation, judge: Judge) -> None:
    """A key can be replaced: the new one works from now on, the old one no more."""
    if not judge.accepted(seen.replaced, "a key can be replaced"):
        return
    judge.that(seen.new is not None, "the answer shows the new key", answer(seen.replaced), seen.replaced)
    if seen.new is not None:
        judge.accepted(seen.new, "the new key works")
    judge.refused(seen.old, {401}, "the key was replaced a moment ago")


@requirement("auth.key.full-access", full_access.full_key)
def test_key_has_full_access(seen: list[Exchange], judge: Judge) -> None:
    """Nothing is refused to a key for the want of a scope: it has none, and may do what its owner may."""
    if not seen:
        raise judge.untestable("nothing was asked with the full key")
    for exchange in seen:
        wanting = exchange.status == 403 and "scope" in exchange.text
        judge.that(not wanting, "a key needs no scope", answer(exchange), exchange)


@requirement("auth.refused.does-nothing", auth.afterwards)
def test_refused_key_does_nothing(seen: Untouched, judge: Judge) -> None:
    """A call that is refused for its key has not been done all the same."""
    if not seen.attempts:
        raise judge.untestable("no call was refused for its key; see auth.public.bad-key")
    if seen.waits is None and seen.free is None:
        raise judge.untestable("neither the booking nor the slots can be read afterwards; see bookings.read.agrees")
    if seen.waits is not None:
        judge.that(seen.waits, "the booking is as it was", answer(seen.read), *seen.attempts, seen.read)
    if seen.free is not None:
        judge.that(seen.free, "the slot is still listed", "it is not listed any more", *seen.attempts, seen.slots)
