"""Invalid requests to Cal.com: refused as the client's mistake, with a word on what is wrong, and nothing stored."""

from __future__ import annotations

from unicodedata import normalize

from bookproof.checks import Judge, requirement
from bookproof.judge.error_texts import told
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import booking_rules, errors
from bookproof.probes.calcom_v2.booking_rules import StillFree
from bookproof.probes.calcom_v2.errors import Attempt, Invalid, RoundTrip
from bookproof.probes.calcom_v2.session import ODD_NAME
from bookproof.targets.views import utc
from bookproof.wire.exchange import Exchange


def _all_refused(attempts: list[Attempt], judge: Judge) -> None:
    for attempt in attempts:
        judge.refused(attempt.exchange, {400}, attempt.exchange.note)


@requirement("errors.validation.malformed-json", errors.invalid_bookings)
def test_malformed_json(seen: Invalid, judge: Judge) -> None:
    """A body that is not JSON is refused with 400."""
    _all_refused(seen.malformed, judge)


@requirement("errors.validation.missing-field", errors.invalid_bookings)
def test_missing_field(seen: Invalid, judge: Judge) -> None:
    """A booking without its start, attendee or event type is refused with 400."""
    _all_refused(seen.missing, judge)


@requirement("errors.validation.wrong-type", errors.invalid_bookings)
def test_wrong_type(seen: Invalid, judge: Judge) -> None:
    """A value of a wrong type is refused with 400."""
    _all_refused(seen.wrong_type, judge)


@requirement("errors.validation.unknown-zone", errors.invalid_bookings)
def test_unknown_zone(seen: Invalid, judge: Judge) -> None:
    """A time zone that does not exist is refused with 400."""
    _all_refused(seen.unknown_zone, judge)


@requirement("errors.validation.named", errors.invalid_bookings)
def test_the_field_is_named(seen: Invalid, judge: Judge) -> None:
    """A refusal names the field that is missing or wrong, so that a caller can mend it."""
    for attempt in seen.all:
        if attempt.names and attempt.exchange.status == 400:
            named = any(name in told(attempt.exchange) for name in attempt.names)
            expected = f"{attempt.exchange.note}: a word on {attempt.names[0]}"
            judge.that(named, expected, answer(attempt.exchange), attempt.exchange)
    if not judge.judgements:
        raise judge.untestable("no invalid booking was refused with 400; see errors.validation.missing-field")


@requirement("errors.refused.stores-nothing", booking_rules.invalid_afterwards)
def test_refused_stores_nothing(seen: StillFree, judge: Judge) -> None:
    """The slot that invalid requests tried to take is still free."""
    if not seen.attempts:
        raise judge.untestable("no invalid request was refused")
    if seen.free is None:
        raise judge.untestable(f"the slots cannot be listed: {answer(seen.exchange)}")
    gone = f"{utc(seen.slot)} is gone"
    judge.that(seen.free, "the slot is still listed", gone, *seen.attempts, seen.exchange, subject="createBooking")


@requirement("errors.unicode.round-trip", errors.unicode_name)
def test_unicode_round_trip(seen: RoundTrip, judge: Judge) -> None:
    """A name comes back as it was sent; another form of the same characters counts as the same."""
    if seen.name is None:
        raise judge.untestable("the answer shows no attendee; see exchange.object-schema")
    same = normalize("NFC", seen.name) == normalize("NFC", ODD_NAME)
    judge.that(same, f"the name is {ODD_NAME}", f"it is {seen.name}", seen.exchange)


@requirement("errors.body.oversize", errors.oversize)
def test_oversize(seen: Exchange, judge: Judge) -> None:
    """A body of 120 kB is refused with a 4xx."""
    judge.that(seen.refused, "refused as a client error", answer(seen), seen)
