"""The judge of signatures: nothing that differs passes, and each fault is told alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookproof.judge.signature import NO_SECRET, Examination, Scheme, digest_of, examine, sign
from bookproof.judge.signature_causes import Cause

SECRET = "whsec_a-secret-of-the-tests"
BODY = b'{"event":"booking.created"}'
SENT = 1_800_000_000
BODIES = st.one_of(st.binary(max_size=200), st.text(max_size=80).map(str.encode), st.just(BODY))
SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40)
TIMES = st.integers(0, 10**10)


def look(header: str | None, body: bytes = BODY, **more: object) -> Examination:
    """An examination with the secret of this file."""
    return examine(header, body, SECRET, **more)  # type: ignore[arg-type]


def stamp(digest: str, t: object = SENT) -> str:
    """A header of imatic's form."""
    return f"t={t},v1={digest}"


RIGHT = digest_of(BODY, SECRET, str(SENT)).hex()


@pytest.mark.parametrize("scheme", Scheme)
def test_every_flipped_byte_of_the_body_is_noticed(scheme: Scheme) -> None:
    """One bit of one byte is enough."""
    header = sign(BODY, SECRET, SENT, scheme)
    assert look(header, scheme=scheme).right
    for place in range(len(BODY)):
        for bit in range(8):
            changed = bytearray(BODY)
            changed[place] ^= 1 << bit
            found = look(header, bytes(changed), scheme=scheme)
            assert not found.verifies
            assert found.match_fault


@pytest.mark.parametrize("scheme", Scheme)
def test_every_other_character_in_the_header_is_noticed(scheme: Scheme) -> None:
    """No place of the header can be changed, left out or doubled so that a receiver accepts it."""
    header = sign(BODY, SECRET, SENT, scheme)
    for place, letter in enumerate(header):
        for other in {"0", "f", "A", " ", ",", "="} - {letter}:
            changed = header[:place] + other + header[place + 1 :]
            assert not look(changed, scheme=scheme).verifies, changed
        assert not look(header[:place] + header[place + 1 :], scheme=scheme).verifies


@given(BODIES, SECRETS, TIMES)
def test_what_is_signed_is_right(body: bytes, secret: str, seconds: int) -> None:
    """For any body, secret and time, in both schemes."""
    for scheme in Scheme:
        found = examine(sign(body, secret, seconds, scheme), body, secret, scheme=scheme, moment=seconds)
        assert found.right
        assert found.verifies


@given(BODIES, BODIES, SECRETS, SECRETS, TIMES, TIMES)
def test_what_was_signed_otherwise_never_verifies(
    body: bytes, other_body: bytes, secret: str, other_secret: str, seconds: int, other_seconds: int
) -> None:
    """Another body, another secret or another t: each alone is refused, and told as a mismatch."""
    cases = [
        (body != other_body, sign(other_body, secret, seconds)),
        (secret != other_secret, sign(body, other_secret, seconds)),
        (seconds != other_seconds, sign(body, secret, other_seconds).replace(f"t={other_seconds}", f"t={seconds}")),
    ]
    for differs, header in cases:
        found = examine(header, body, secret)
        assert found.verifies != differs
        assert bool(found.match_fault) == differs


@given(st.text(max_size=60), st.binary(max_size=20), st.sampled_from(Scheme))
def test_any_header_can_be_examined(header: str, body: bytes, scheme: Scheme) -> None:
    """Whatever arrives, the judge neither fails nor accepts it."""
    found = look(header, body, scheme=scheme, moment=SENT)
    assert not found.verifies
    assert not found.right


@given(st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=10), st.text())
def test_re_serialised_bodies_are_recognised(value: object, name: str) -> None:
    """Any JSON, sent with spaces and signed without them."""
    sent = json.dumps({"data": {name: value}}, indent=3).encode()
    signed = json.dumps(json.loads(sent), separators=(",", ":")).encode()
    assert look(sign(signed, SECRET, SENT), sent).cause is Cause.RE_SERIALISED


@pytest.mark.parametrize(
    ("header", "faults"),
    [
        (stamp(RIGHT.upper()), {"hex_fault"}),
        (stamp(RIGHT[:40]), {"hex_fault"}),
        (stamp(f"sha256={RIGHT}"), {"hex_fault"}),
        (f"t={SENT}, v1={RIGHT}", {"header_fault"}),
        (f"t={SENT};v1={RIGHT}", {"header_fault"}),
        (f"t={SENT} v1={RIGHT.upper()}", {"header_fault", "hex_fault"}),
        (f"t={SENT},t={SENT + 1},v1={RIGHT}", {"header_fault", "match_fault"}),
        (RIGHT, {"header_fault"}),
        (stamp(digest_of(BODY, SECRET, None).hex()), {"match_fault"}),
        (stamp(digest_of(BODY, SECRET, f"{SENT}000").hex(), f"{SENT}000"), {"seconds_fault"}),
        (stamp(digest_of(BODY, SECRET, f"{SENT}000").hex().upper(), f"{SENT}000"), {"seconds_fault", "hex_fault"}),
        (sign(BODY, SECRET, SENT - 301), {"age_fault"}),
        (sign(BODY, SECRET, SENT + 301), {"age_fault"}),
        (sign(BODY, SECRET, SENT - 300), set[str]()),
        (sign(BODY, "another", SENT - 900), {"match_fault", "age_fault"}),
        (f"{sign(BODY, SECRET, SENT)},v1={'0' * 64}", set[str]()),
        (f"t={SENT},v1={'0' * 64},v1={RIGHT}", set[str]()),
    ],
)
def test_each_fault_is_told_alone(header: str, faults: set[str]) -> None:
    """What is wrong with one part says nothing of the others, so that each requirement is judged by itself."""
    found = look(header, moment=SENT)
    kinds = ("header_fault", "seconds_fault", "hex_fault", "match_fault", "age_fault")
    assert {kind for kind in kinds if getattr(found, kind)} == faults
    assert len(found.causes) == len(faults)


def test_age_is_not_judged_without_a_moment() -> None:
    """A captured delivery is old."""
    assert look(sign(BODY, SECRET, 1)).right


def test_two_mistakes_at_once_are_explained() -> None:
    """The body alone, with the secret of another subscription."""
    header = stamp(digest_of(BODY, "whsec_other", None).hex())
    found = look(header, other_secrets={"wh_2": "whsec_other"})
    assert found.cause is Cause.BODY_ONLY
    assert "the secret of wh_2" in found.match_fault


def test_numbers_that_javascript_writes_otherwise_are_explained() -> None:
    """1.0 that was parsed and written again is 1."""
    found = look(sign(b'{"price":1}', SECRET, SENT), b'{"price":1.0}')
    assert found.cause is Cause.RE_SERIALISED


def test_a_few_digits_explain_nothing() -> None:
    """One byte fits one explanation or another by chance."""
    start = digest_of(BODY, SECRET, None).hex()[:2]
    assert look(stamp(start)).causes == (Cause.WRONG_LENGTH, Cause.UNKNOWN)


def test_without_a_secret_calcom_sends_words_and_nothing_verifies() -> None:
    """The words are right then; a receiver must not take them for a signature."""
    assert sign(BODY, "", scheme=Scheme.CALCOM) == NO_SECRET
    found = examine(NO_SECRET, BODY, "", scheme=Scheme.CALCOM)
    assert found.right
    assert not found.verifies


def test_imatic_cannot_be_signed_without_a_time() -> None:
    """The time is part of what is signed."""
    with pytest.raises(ValueError, match="seconds"):
        sign(BODY, SECRET)


def test_bodies_nested_beyond_sense_do_no_harm() -> None:
    """They are judged like any other."""
    assert look(stamp("0" * 64), b"[" * 100_000).cause is Cause.UNKNOWN
