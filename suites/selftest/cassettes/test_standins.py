"""Stand-ins: alike in every way that the suite or a judge looks at, and of no use to anybody else."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookproof.recording.disguise import is_standin, public_part
from bookproof.recording.model import SECRET
from bookproof.recording.standins import StandIns
from bookproof.wire.redaction import head_of
from bookproof.wire.spoiling import another_secret, unlike

KEY = "cal_7hq2mz4x.b7r2k9wq4tz8xnv3gh6dc5mfp1s0jy2l"
HEX = "cal_live_0123456789abcdef0123456789abcdef"
WEBHOOK = "whsec_q8Zt/3mR+x7LpW2vNc9KbYd4="
CAPITALS = "QXW7RTZ2MNB4KLP9VCD3"
SECRETS = {"imatic": KEY, "cal.com": HEX, "webhook": WEBHOOK, "capitals": CAPITALS, "odd": 'pa ss"wo/rd+with=odd&9'}

# What the suite, a server or a log makes of a secret.
MADE: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "without its public part": lambda key: key[len(public_part(key, is_key=True)) :],
    "without its last character": lambda key: key[:-1],
    "its first half": lambda key: public_part(key, is_key=True) + head_of(key[len(public_part(key, is_key=True)) :]),
    "with another last character": lambda key: key[:-1] + unlike(key[-1]),
    "with another secret": lambda key: key.partition(".")[0] + "." + another_secret(key.partition(".")[2]),
    "with another prefix": lambda key: unlike(key.partition(".")[0]) + "." + key.partition(".")[2],
    "URL-encoded": lambda key: quote(key, safe=""),
    "as JSON": json.dumps,
    "as JSON in JSON": lambda key: json.dumps(json.dumps({"a": key})),
    "as user of Basic": lambda key: "Basic " + b64encode(f"{key}:".encode()).decode(),
    "as password of Basic": lambda key: "Basic " + b64encode(f"me:{key}".encode()).decode(),
    "in base64 behind two bytes": lambda key: b64encode(f"ab{key}".encode()).decode(),
    "in base64 for URLs": lambda key: urlsafe_b64encode(f"??>{key}~~".encode()).decode().rstrip("="),
    "in a sentence": lambda key: f'the key "{key}" (yours) was refused',
}


@pytest.mark.parametrize("secret", SECRETS)
def test_a_standin_is_like_its_secret(secret: str) -> None:
    """Length, kinds of characters, punctuation and the public beginning are the same; what it is can be seen."""
    value = SECRETS[secret]
    standin = StandIns().learn(f"key of {secret}", value)
    public = public_part(value, is_key=True)
    assert len(standin) == len(value)
    assert standin.startswith(public)
    assert standin != value
    assert is_standin(standin)
    for char, other in zip(value, standin, strict=True):
        assert char.isalnum() == other.isalnum()
        if not char.isalnum():
            assert char == other
    assert any(map(str.isupper, standin[len(public) :])) == any(map(str.isupper, value[len(public) :]))
    if secret == "cal.com":
        int(standin[len(public) :], 16)
    same = sum(char == other for char, other in zip(value[len(public) :], standin[len(public) :], strict=True))
    assert same < len(value) / 2


# Keys of Cal.com have no prefix and secret that a probe would spoil.
OF_PARTS = {"with another secret", "with another prefix"}
PAIRS = [("imatic", made) for made in MADE] + [("cal.com", made) for made in MADE if made not in OF_PARTS]


@pytest.mark.parametrize(("secret", "made"), PAIRS)
def test_what_is_made_of_a_key_becomes_what_is_made_of_its_standin(secret: str, made: str) -> None:
    """Whatever a probe sends is found again, for it makes the same of the stand-in."""
    key, make = SECRETS[secret], MADE[made]
    standins = StandIns({"key of role full": key})
    assert standins.text(make(key)) == make(standins.learn("key of role full", key))


@pytest.mark.parametrize("made", ["as it is", "URL-encoded", "as JSON", "as user of Basic", "as password of Basic"])
def test_secrets_with_odd_characters_are_found_too(made: str) -> None:
    """A secret need not be made of letters and digits."""
    secret, make = SECRETS["odd"], MADE[made]
    standins = StandIns({"password": secret})
    assert standins.text(make(secret)) == make(standins.learn("password", secret))


@given(st.text("abcXYZ0189", min_size=6, max_size=40), st.text("abcXYZ0189. /", max_size=20))
def test_nothing_is_left_of_any_secret(secret: str, around: str) -> None:
    """For any secret in any text: it is gone, the text is as long, and a second look changes nothing."""
    standins = StandIns({"password": secret})
    text = f"{around} {secret} {around}"
    clean = standins.text(text)
    assert len(clean) == len(text)
    assert secret not in clean or secret in around
    assert standins.text(clean) == clean


def test_two_recordings_have_nothing_in_common() -> None:
    """Stand-ins are drawn by a key that nobody keeps; an earlier recording's can be had again by handing them in."""
    one, other = (StandIns().learn("key of role full", KEY) for _ in range(2))
    assert one != other
    assert StandIns({"key of role full": KEY}, earlier={KEY: one}).text(KEY) == one
    assert StandIns({"key of role full": KEY}, earlier={KEY: "https://no.standin"}).text(KEY) != KEY


@pytest.mark.parametrize(
    "value",
    [
        "Bearer bookproof-is-no-token",
        "Bearer cal_b00c9f0000000000000000000000f00d",
        "Bearer no-dot-in-this-key",
        "Bearer",
        "Bearer cal_7hq2mz4x.",
    ],
)
def test_what_the_suite_makes_up_stays(value: str) -> None:
    """Nobody's secrets are sent as they are, or a replay would not find them; nor is a prefix a secret."""
    assert StandIns({"key of role full": KEY}).headers({"authorization": value}) == {"authorization": value}


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "required", "password": "must not be empty", "secret": ""}',
        '{"error": {"code": "authorization_required", "message": "The token is invalid"}}',
        '{"grant_type": "authorization_code"}',
        "token_type=bearer&scope=read",
    ],
)
def test_words_are_no_secrets(text: str) -> None:
    """What errors say of fields that hold secrets stays, here and everywhere else."""
    standins = StandIns()
    assert standins.text(text) == text
    assert standins.text("required bearer authorization_required") == "required bearer authorization_required"


LEARNT: dict[str, tuple[Callable[[StandIns, str], object], str]] = {
    "a field of an answer": (lambda s, v: s.data(json.dumps({"data": {"apiKey": v}}).encode()), "k3J9x7Qm2Zr8Wt5Lb"),
    "a field in a string": (lambda s, v: s.text(json.dumps(json.dumps({"secret": v}))), "f00dbabe99887766f00d"),
    "a form": (lambda s, v: s.data(f"client_id=1&client_secret={v}".encode()), "Zx81-aabb-ccdd-9"),
    "an event of a stream": (
        lambda s, v: s.data(f'event: message\ndata: {{"token":"{v}"}}\n\n'.encode()),
        "t0k3n5t0k3n5",
    ),
    "a cookie": (lambda s, v: s.headers({"set-cookie": f"session={v}; Path=/; HttpOnly"}), "s%3Aq8w7e6r5t4z3"),
    "a credential": (lambda s, v: s.headers({"authorization": f"Bearer {v}"}), "4f9a8b7c6d5e4f9a8b7c"),
    "a header": (lambda s, v: s.headers({"x-api-key": v}), "9d8f7a6s5d4f3g2h1j"),
    "a web token": (lambda s, v: s.text(f"see {v}!"), "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4"),
    "a password in a URL": (lambda s, v: s.text(f"cannot reach https://me:{v}@host/path"), "hunter2hunter2"),
    "a code": (lambda s, v: s.data(f"grant_type=authorization_code&code={v}".encode()), "c0de-77-99-aa"),
    "a code of the door": (
        lambda s, v: s.reading("door POST /oauth/grants", {"said": {"data": {"code": v}}}),
        "9a8b7c6d",
    ),
    "a token of the door": (
        lambda s, v: s.reading("door POST /oauth/tokens", {"said": {"data": {"tokens": [v]}}}),
        "tok3n-9a8b",
    ),
    "a secret of the run": (lambda s, v: s.reading(SECRET, v), "00112233445566778899aabbccddeeff"),
}


@pytest.mark.parametrize("place", LEARNT)
def test_a_secret_is_learnt_where_it_appears(place: str) -> None:
    """It is replaced there and from then on everywhere, by the same stand-in."""
    appear, value = LEARNT[place]
    standins = StandIns()
    shown = str(appear(standins, value))
    again = standins.text(f"Authorization: {value}")
    assert value not in shown
    assert value not in again
    assert again.removeprefix("Authorization: ") in shown


def test_a_word_in_a_field_for_secrets_is_replaced_there_alone() -> None:
    """A weak password may be a word that is needed elsewhere; how it is escaped stays."""
    clean = StandIns().text('{"password": "sail\\"boat", "note": "sailboat"} password=sail%22boat')
    assert "sail\\" not in clean
    assert "sail%" not in clean
    assert '"note": "sailboat"' in clean
    assert json.loads(clean.partition(" password=")[0])["password"][4] == '"'


def test_fields_of_the_target_file_are_secrets_too() -> None:
    """`secrets_in` adds to the names that are known."""
    text = '{"joinLink": "abc-defg-hij1", "other": "abc-defg-hij2"}'
    assert StandIns().text(text) == text
    assert "abc-defg-hij1" not in StandIns(secrets_in=("joinLink",)).text(text)


def test_a_document_names_secrets_and_holds_none() -> None:
    """Bindings call a field secret; that is no secret."""
    document = {"name": "x", "bindings": {"objects": {"webhook": {"secret": "signing.secret9876543210"}}}}
    assert StandIns().document(document) == document
