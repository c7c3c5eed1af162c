"""Deliveries are signed anew over what a recording holds, right or wrong in the very way in which they were."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable

import pytest

from bookproof.judge.signature import NO_SECRET, Scheme, examine, sign
from bookproof.judge.signature_causes import Cause
from bookproof.recording.standins import StandIns
from bookproof.wire.exchange import Exchange

SECRET, OTHER = "whsec_4f9a8b7c6d5e4f9a8b7c6d5e", "whsec_0a1b2c3d4e5f60718293a4b5"
KEY = "cal_7hq2mz4x.b7r2k9wq4tz8xnv3gh6dc5mf"
SENT = 1_800_000_000
BODY = json.dumps(
    {"event": "booking.created", "data": {"host": {"name": "Zoë Müller", "email": "zoe@clinic.de"}, "leak": KEY}},
    ensure_ascii=False,
).encode()


def mac(message: bytes, key: bytes = SECRET.encode(), name: str = "sha256") -> bytes:
    """An HMAC."""
    return hmac.digest(key, message, name)


def stamped(digest: bytes | str) -> str:
    """A header of imatic's form."""
    return f"t={SENT},v1={digest if isinstance(digest, str) else digest.hex()}"


DOTTED = f"{SENT}.".encode() + BODY
AGAIN = json.dumps(json.loads(BODY), separators=(",", ":")).encode()
HEADERS: dict[str, Callable[[], str]] = {
    "right": lambda: sign(BODY, SECRET, SENT),
    "in capitals": lambda: stamped(mac(DOTTED).hex().upper()),
    "in base64": lambda: stamped(b64encode(mac(DOTTED)).decode()),
    "in base64 for URLs": lambda: stamped(urlsafe_b64encode(mac(DOTTED)).decode().rstrip("=")),
    "prefixed": lambda: stamped(f"sha256={mac(DOTTED).hex()}"),
    "cut": lambda: stamped(mac(DOTTED).hex()[:32]),
    "the body alone": lambda: stamped(mac(BODY)),
    "the body alone, bare": lambda: mac(BODY).hex(),
    "written again": lambda: stamped(mac(f"{SENT}.".encode() + AGAIN)),
    "escaped": lambda: stamped(mac(f"{SENT}.".encode() + json.dumps(json.loads(BODY)).encode())),
    "in Latin-1": lambda: stamped(mac(f"{SENT}.".encode() + BODY.decode().encode("latin-1"))),
    "in milliseconds": lambda: stamped(mac(f"{SENT}000.".encode() + BODY)),
    "with a colon": lambda: stamped(mac(f"{SENT}:".encode() + BODY)),
    "the other way round": lambda: stamped(mac(BODY + f".{SENT}".encode())),
    "its data alone": lambda: stamped(mac(f"{SENT}.".encode() + json.dumps(json.loads(BODY)["data"]).encode())),
    "with another's secret": lambda: sign(BODY, OTHER, SENT),
    "with the bare secret": lambda: stamped(mac(DOTTED, SECRET.removeprefix("whsec_").encode())),
    "with the decoded secret": lambda: stamped(mac(DOTTED, bytes.fromhex(SECRET.removeprefix("whsec_")))),
    "with a hash of the secret": lambda: stamped(mac(DOTTED, hashlib.sha256(SECRET.encode()).digest())),
    "without a secret": lambda: stamped(mac(DOTTED, b"")),
    "by SHA-512": lambda: stamped(mac(DOTTED, name="sha512")),
    "by MD5": lambda: stamped(mac(DOTTED, name="md5")),
    "by a plain hash": lambda: stamped(hashlib.sha256(SECRET.encode() + DOTTED).hexdigest()),
    "with two digests": lambda: f"{stamped('00' * 32)},v1={mac(DOTTED).hex()}",
    "with spaces": lambda: stamped(mac(DOTTED)).replace(",", ", "),
    "by nobody": lambda: stamped(hashlib.sha256(b"anything").digest()),
    "as text": lambda: "signed",
    "not at all": lambda: NO_SECRET,
}


def delivery(header: str, name: str = "x-imatic-signature", body: bytes = BODY) -> Exchange:
    """A delivery that came with a signature."""
    headers = {"content-length": str(len(body)), name: header, "authorization": "Bearer 9a8b7c6d5e4f3a2b1c0d"}
    url = "http://127.0.0.1:1/all"
    return Exchange(1, "x", "", "target", "", "POST", url, headers, body, 200, {}, b"", SENT, 0.0, inbound=True)


def recorder() -> StandIns:
    """Knows a key and two signing secrets."""
    return StandIns({"key of role full": KEY, "webhook secret": OTHER, "signing secret": SECRET})


@pytest.mark.parametrize("how", HEADERS)
@pytest.mark.parametrize("scheme", Scheme)
def test_the_verdict_is_the_same(how: str, scheme: Scheme) -> None:
    """Causes and words of the examination are those of the delivery that came, but for the digest."""
    standins, header = recorder(), HEADERS[how]()
    headers, body = standins.delivery(delivery(header))
    secret, other = (standins.learn("", each) for each in (SECRET, OTHER))
    said = [
        examine(header, BODY, SECRET, scheme=scheme, moment=SENT, other_secrets={"other": OTHER}),
        examine(
            headers["x-imatic-signature"], body, secret, scheme=scheme, moment=SENT, other_secrets={"other": other}
        ),
    ]
    if how == "in base64 for URLs":
        # Which of the two alphabets it is shows in some digests only.
        assert bool(said[0].hex_fault) == bool(said[1].hex_fault)
        assert said[0].match_fault == said[1].match_fault
        return
    assert said[0].causes == said[1].causes
    assert said[0].faults == said[1].faults
    assert said[0].verifies == said[1].verifies


def test_most_of_them_are_told_apart() -> None:
    """The table above holds many faults, and not one fault many times."""
    found = {examine(make(), BODY, SECRET, other_secrets={"other": OTHER}).cause for make in HEADERS.values()}
    assert len(found - {Cause.UNKNOWN, None}) > 12


def test_cal_com_signs_the_body() -> None:
    """Its header holds the bare digest."""
    standins = recorder()
    header = sign(BODY, SECRET, scheme=Scheme.CALCOM)
    headers, body = standins.delivery(delivery(header, "x-cal-signature-256"))
    found = examine(headers["x-cal-signature-256"], body, standins.learn("", SECRET), scheme=Scheme.CALCOM)
    assert found.right
    assert headers["x-cal-signature-256"] != header


def test_nothing_of_the_delivery_is_left() -> None:
    """Neither the secrets nor the person; and the header of the length is right."""
    headers, body = recorder().delivery(delivery(HEADERS["right"]()))
    for gone in (KEY, "Zoë", "Müller", "zoe@clinic.de", "9a8b7c6d5e4f3a2b1c0d"):
        assert gone.encode() not in body
        assert gone not in str(headers)
    assert headers["content-length"] == str(len(body))
    assert "Persön 1".encode() in body


def test_a_right_signature_is_not_the_one_that_came() -> None:
    """With the old one over a known body, secrets could be tried out."""
    body = b'{"event":"booking.created"}'
    header = sign(body, SECRET, SENT)
    headers, same = recorder().delivery(delivery(header, body=body))
    assert same == body
    assert headers["x-imatic-signature"] != header
