"""Redaction: secrets are planted everywhere, and none may come out."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, urlencode

import pytest

from bookproof.wire.redaction import MASK, Redactor

SECRET = "s3cr3t/Value+with=signs_and-more"
KEY = f"cal_9f2k.{SECRET}"
OTHER = "cal_7h1m.zzzzyyyyxxxxwwwwvvvvuuuu"
KNOWN = {"key of role full": KEY, "key of role mcp": OTHER}


@pytest.fixture
def redactor() -> Redactor:
    return Redactor(KNOWN)


PLACES = {
    "plain": KEY,
    "sentence": f"key {KEY} is not allowed to do this",
    "secret part only": f"digest of {SECRET} does not match",
    "query": f"http://127.0.0.1/v1/bookings?api_key={quote(KEY, safe='')}&page=1",
    "lower-case percent": quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3D", "%3d"),
    "form": urlencode({"note": "x", "anything": KEY}),
    "nested JSON": json.dumps({"a": [{"b": {"c": KEY}}], "n": 1}),
    "JSON in JSON": json.dumps({"log": json.dumps({"c": KEY})}),
    "JSON with escaped slashes": json.dumps({"c": KEY}).replace("/", "\\/"),
    "basic credential": "Basic " + b64encode(f"{KEY}:".encode()).decode(),
    "basic credential with user": "Basic " + b64encode(f"user:{KEY}".encode()).decode(),
    "base64 at an odd place": b64encode(f"ab{SECRET}cd".encode()).decode(),
    "url-safe base64": urlsafe_b64encode(KEY.encode()).decode(),
    "repr": repr({"authorization": f"Bearer {KEY}"}),
}


@pytest.mark.parametrize("place", PLACES)
def test_known_secret_is_replaced_wherever_it_stands(place: str, redactor: Redactor) -> None:
    clean = redactor.text(PLACES[place])
    assert "<key of role full>" in clean
    for form in (SECRET, SECRET.replace("/", "\\/"), quote(SECRET, safe=""), SECRET[:16]):
        assert form.lower() not in clean.lower()
    core = b64encode(SECRET.encode()).decode()[4:24]
    assert core not in clean


def test_surroundings_stay(redactor: Redactor) -> None:
    clean = redactor.text(PLACES["query"])
    assert clean == "http://127.0.0.1/v1/bookings?api_key=<key of role full>&page=1"
    assert json.loads(redactor.text(PLACES["nested JSON"])) == {"a": [{"b": {"c": "<key of role full>"}}], "n": 1}


def test_part_of_a_secret_is_a_secret(redactor: Redactor) -> None:
    for length in (len(KEY) - 1, len("cal_9f2k.") + len(SECRET) // 2):
        clean = redactor.text(f"Bearer {KEY[:length]} is refused")
        assert clean == "Bearer cal_9f2k.<part of key of role full> is refused"


def test_public_prefix_stays(redactor: Redactor) -> None:
    assert redactor.text('{"prefix":"cal_9f2k"}') == '{"prefix":"cal_9f2k"}'


def test_two_secrets_of_one_name_and_one_text(redactor: Redactor) -> None:
    redactor.learn("key of role full", "another-long-secret")
    assert redactor.text(f"{OTHER} another-long-secret {KEY}") == (
        "<key of role mcp> <key of role full> <key of role full>"
    )


def test_learned_secret_and_short_values(redactor: Redactor) -> None:
    redactor.learn("webhook secret", "whsec_0123456789abcdef")
    redactor.learn("too short", "abc")
    assert redactor.text("abc whsec_0123456789abcdef") == "abc <webhook secret>"


@pytest.mark.parametrize(
    "text",
    [
        '{"secret":"UNKNOWN-1"}',
        '{"a":[{"clientSecret" : "UNKNOWN-1"}]}',
        '{"access_token":"UNKNOWN\\"-1"}',
        '{"Password":"UNKNOWN-1","x":"y"}',
        '{"apiKey":"UNKNOWN-1"}',
        '{"api_key":"UNKNOWN-1"}',
        '{"key":"UNKNOWN-1.0123456789"}',
        '{"log":"{\\"webhookSecret\\":\\"UNKNOWN-1\\"}"}',
        "grant=x&client_secret=UNKNOWN-1&y=z",
        "http://h/p?token=UNKNOWN-1",
    ],
)
def test_fields_that_say_what_they_are_are_masked(text: str, redactor: Redactor) -> None:
    clean = redactor.text(text)
    assert "UNKNOWN" not in clean
    assert MASK in clean
    if text.startswith("{"):
        assert json.loads(clean)


@pytest.mark.parametrize(
    "text",
    [
        '{"key":{"prefix":"cal_9f2k","scopes":["slots:read"]}}',
        '{"key":"topic"}',
        '{"error":"invalid_token","message":"the token is wrong"}',
        'curl -H "Authorization: Bearer $BOOKPROOF_FULL_KEY" \'http://h/?api_key=\'"$BOOKPROOF_FULL_KEY"',
        'curl "http://h/?api_key=${BOOKPROOF_FULL_KEY}"',
        '{"secret":""}',
    ],
)
def test_what_is_no_secret_stays(text: str, redactor: Redactor) -> None:
    assert redactor.text(text) == text


def test_web_tokens_are_masked_anywhere(redactor: Redactor) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLWhlcmU"
    assert redactor.text(f"expired: {token}!") == f"expired: {MASK}!"


def test_headers(redactor: Redactor) -> None:
    clean = redactor.headers(
        {
            "authorization": f"Bearer {KEY}",
            "Authorization": "Bearer never-seen-before",
            "proxy-authorization": "Basic dXNlcjpwYXNz",
            "cookie": "sid=abc123; theme=dark",
            "set-cookie": "sid=abc123; Path=/; HttpOnly",
            "x-api-key": "never-seen-before",
            "x-request-id": "r-1",
            "location": f"/v1?key={OTHER}",
        }
    )
    assert clean == {
        "authorization": "Bearer <key of role full>",
        "Authorization": f"Bearer {MASK}",
        "proxy-authorization": f"Basic {MASK}",
        "cookie": f"sid={MASK}; theme={MASK}",
        "set-cookie": f"sid={MASK}; Path=/; HttpOnly",
        "x-api-key": MASK,
        "x-request-id": "r-1",
        "location": "/v1?key=<key of role mcp>",
    }


@pytest.mark.parametrize(
    "value", [KEY, f"Bearer {KEY[:-1]}", f"Token {KEY}x", "cal_9f2k.guess-guess", f"Bearer x {KEY}"]
)
def test_credential_headers_never_show_anything(value: str, redactor: Redactor) -> None:
    clean = redactor.headers({"authorization": value})["authorization"]
    assert "guess" not in clean
    assert SECRET[:10] not in clean


def test_scheme_without_credential_stays(redactor: Redactor) -> None:
    assert redactor.headers({"authorization": "Bearer"}) == {"authorization": "Bearer"}
    assert redactor.headers({"authorization": ""}) == {"authorization": ""}


def test_bodies_of_bytes(redactor: Redactor) -> None:
    assert redactor.data(b'{"a":"%s"}' % KEY.encode()) == b'{"a":"<key of role full>"}'
    assert redactor.data(b"\xff\xfe" + KEY.encode() + b"\x00") == b"\xff\xfe<key of role full>\x00"
    untouched = "Jürgen 予約".encode()
    assert redactor.data(untouched) is untouched


def test_without_secrets_it_still_masks() -> None:
    assert Redactor().text('{"password":"hunter2!"}') == f'{{"password":"{MASK}"}}'


def test_a_text_that_was_cut_within_a_secret_shows_nothing_of_it() -> None:
    """Findings show the beginning of an answer only; it may end anywhere."""
    secret = "whsec_3q9XvT7bLr2"
    redactor = Redactor({"webhook secret": secret})
    for end in range(6, len(secret)):
        assert redactor.text(f'{{"secret":"{secret[:end]}…') == '{"secret":"<part of webhook secret>…'
