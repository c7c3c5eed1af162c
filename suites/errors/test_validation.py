"""Invalid requests: refused as the client's mistake, and nothing stored."""

from __future__ import annotations

from unicodedata import normalize

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.imatic_v1 import errors
from bookproof.probes.imatic_v1.errors import ODD_NAME, Invalid, Range, RoundTrip, StillFree
from bookproof.wire.exchange import Exchange


@requirement("errors.validation.malformed-json", errors.invalid_bookings)
def test_malformed_json(seen: Invalid, judge: Judge) -> None:
    """A body that is not JSON is refused with 400."""
    for exchange in seen.malformed:
        judge.refused(exchange, {400}, exchange.note)


@requirement("errors.validation.missing-field", errors.invalid_bookings)
def test_missing_field(seen: Invalid, judge: Judge) -> None:
    """A booking without its event type, start or attendee is refused with 400."""
    for exchange in seen.missing:
        judge.refused(exchange, {400}, exchange.note)


@requirement("errors.validation.wrong-type", errors.invalid_bookings)
def test_wrong_type(seen: Invalid, judge: Judge) -> None:
    """A value of a wrong type is refused with 400; an event type that is none may be 404."""
    for exchange in seen.wrong_type:
        allowed = {400, 404} if exchange.note.startswith("eventTypeCode") else {400}
        judge.refused(exchange, allowed, exchange.note)


@requirement("errors.validation.past-start", errors.invalid_bookings)
def test_past_start(seen: Invalid, judge: Judge) -> None:
    """A booking in the past is refused."""
    for exchange in seen.past:
        judge.refused(exchange, {400, 409}, exchange.note)


@requirement("errors.validation.bad-date", errors.bad_dates)
def test_bad_date(seen: list[Exchange], judge: Judge) -> None:
    """A date that is none is refused with 400, on slots, reschedule and create."""
    for exchange in seen:
        judge.refused(exchange, {400}, exchange.note)


@requirement("errors.refused.stores-nothing", errors.invalid_afterwards)
def test_refused_stores_nothing(seen: StillFree, judge: Judge) -> None:
    """The slot that invalid requests tried to take is still free."""
    if not seen.attempts:
        raise judge.untestable("no invalid request was refused")
    if seen.free is None:
        raise judge.untestable(f"the slots cannot be listed: {answer(seen.exchange)}")
    judge.that(seen.free, "the slot is still listed", f"{seen.slot} is gone", *seen.attempts, seen.exchange)


@requirement("errors.validation.unknown-zone", errors.unknown_zone)
def test_unknown_zone(seen: list[Exchange], judge: Judge) -> None:
    """A time zone that does not exist is refused with 400."""
    for exchange in seen:
        judge.refused(exchange, {400}, exchange.note)


@requirement("errors.validation.reversed-range", errors.reversed_range)
def test_reversed_range(seen: Range, judge: Judge) -> None:
    """A slot range that ends before it starts is refused, or holds no slots."""
    if seen.exchange.ok:
        judge.that(not seen.slots, "no slots between an end and a later start", "slots are listed", seen.exchange)
    else:
        judge.refused(seen.exchange, {400}, "the range ends before it starts")


@requirement("errors.validation.odd-input", errors.odd_input)
def test_odd_input(seen: list[Exchange], judge: Judge) -> None:
    """Oversize and odd input is accepted or refused, never a server error."""
    for exchange in seen:
        judge.that(exchange.ok or exchange.refused, f"{exchange.note}: no server error", answer(exchange), exchange)


@requirement("errors.unicode.round-trip", errors.unicode_name)
def test_unicode_round_trip(seen: RoundTrip, judge: Judge) -> None:
    """An accepted name comes back as it was sent; another form of the same characters counts as the same."""
    if seen.read is None:
        raise judge.untestable(f"no booking under an odd name: {answer(seen.created)}")
    if seen.name is None:
        raise judge.untestable("the API shows no attendee name")
    same = normalize("NFC", seen.name) == normalize("NFC", ODD_NAME)
    judge.that(same, f"the name is {ODD_NAME}", f"it is {seen.name}", seen.created, seen.read)


@requirement("errors.media-type.unsupported", errors.media_type)
def test_media_type(seen: Exchange, judge: Judge) -> None:
    """A form where JSON is expected is a client error."""
    judge.that(seen.refused, "refused as a client error", answer(seen), seen)
