"""Defects of the signature of webhook deliveries."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import base64
import hashlib
import hmac
import json
from collections.abc import Callable

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.imatic_v1.deliveries import SIGNATURE_HEADER
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.domain.webhooks import Webhook

_SAMPLE = "deliveries.test-action.signed"
_HEADER = ("deliveries.signature.header", _SAMPLE)
_HEX = ("deliveries.signature.hex", _SAMPLE)
_BODY = ("deliveries.signature.body", _SAMPLE)
_FRESH = ("deliveries.signature.fresh", _SAMPLE)


def _sign_if(mock: Mock, is_signed: Callable[[Delivery], bool]) -> None:
    """Sign only the deliveries that `is_signed` names."""
    letters = mock.imatic.letters
    sign = letters.signature_headers

    def signed(delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        return sign(delivery, webhook, body) if is_signed(delivery) else {}

    letters.signature_headers = signed


@defect(
    "signature-missing",
    breaks=_HEADER,
    story="A receiver that checks signatures refuses every event, and one that does not takes forged ones.",
)
def signature_missing(mock: Mock) -> None:
    _sign_if(mock, lambda delivery: False)


@defect(
    "test-action-unsigned",
    breaks=(_SAMPLE,),
    story="A correct handler refuses the sample, and its developer looks for a mistake that is not there.",
)
def test_action_unsigned(mock: Mock) -> None:
    _sign_if(mock, lambda delivery: not delivery.is_test)


@defect(
    "retry-unsigned",
    breaks=("deliveries.signature.header",),
    story="An event that missed its receiver once is refused when it comes again.",
)
def retry_unsigned(mock: Mock) -> None:
    _sign_if(mock, lambda delivery: delivery.attempt == 1)


@defect(
    "signature-header-renamed",
    breaks=_HEADER,
    story="Receivers look for the documented header, find none and refuse.",
)
def signature_header_renamed(mock: Mock) -> None:
    letters = mock.imatic.letters
    sign = letters.signature_headers

    def renamed(delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
        return {"X-Webhook-Signature": sign(delivery, webhook, body)[SIGNATURE_HEADER]}

    letters.signature_headers = renamed


@defect(
    "signature-scheme-other",
    breaks=_HEADER,
    story="Receivers find no v1 in the header and refuse every event.",
)
def signature_scheme_other(mock: Mock) -> None:
    def other(moment: int, digest: str) -> str:
        return f"t={moment},v0={digest}"

    mock.imatic.letters.signature = other


# What is signed


@defect(
    "signature-body-only",
    breaks=_BODY,
    story="A delivery that was overheard can be sent again with any time.",
)
def signature_body_only(mock: Mock) -> None:
    def untimed(moment: int, body: bytes) -> bytes:
        return body

    mock.imatic.letters.signed_text = untimed


def _sign_text(mock: Mock, write: Callable[[bytes], str]) -> None:
    """Sign what `write` makes of the body instead of the body."""

    def signed_text(moment: int, body: bytes) -> bytes:
        return b"%d.%b" % (moment, write(body).encode())

    mock.imatic.letters.signed_text = signed_text


@defect(
    "signature-reserialised",
    breaks=_BODY,
    story="The signature is of JSON that looks alike, and no receiver can verify the bytes it got.",
)
def signature_reserialised(mock: Mock) -> None:
    _sign_text(mock, lambda body: json.dumps(json.loads(body), ensure_ascii=False))


@defect(
    "signature-ascii-only",
    breaks=("deliveries.signature.body",),
    story="Bookings of everybody whose name has an umlaut are refused as forged.",
)
def signature_ascii_only(mock: Mock) -> None:
    _sign_text(mock, lambda body: json.dumps(json.loads(body), separators=(",", ":")))


# What it is signed with


@defect(
    "signature-wrong-secret",
    breaks=_BODY,
    story="All receivers share one secret that none of them was told.",
)
def signature_wrong_secret(mock: Mock) -> None:
    def shared(webhook: Webhook) -> bytes:
        return b"whsec_of_the_platform"

    mock.imatic.letters.key = shared


@defect(
    "signature-of-string-secret-prefix",
    breaks=_BODY,
    story="The secret that was shown does not verify, only a part of it that nobody tells of.",
)
def signature_of_string_secret_prefix(mock: Mock) -> None:
    def bare(webhook: Webhook) -> bytes:
        return webhook.secret.removeprefix("whsec_").encode()

    mock.imatic.letters.key = bare


@defect(
    "signature-plain-hash",
    breaks=_BODY,
    story="Receivers that use HMAC as documented refuse every event.",
)
def signature_plain_hash(mock: Mock) -> None:
    def plain(key: bytes, text: bytes) -> str:
        return hashlib.sha256(key + text).hexdigest()

    mock.imatic.letters.digest = plain


# How it is written


@defect(
    "signature-base64",
    breaks=_HEX,
    story="A right signature in base64 never equals the hexadecimal one that receivers compute.",
)
def signature_base64(mock: Mock) -> None:
    def in_base64(key: bytes, text: bytes) -> str:
        return base64.b64encode(hmac.digest(key, text, "sha256")).decode()

    mock.imatic.letters.digest = in_base64


@defect(
    "signature-upper-case",
    breaks=_HEX,
    story="Receivers compare texts, and capital letters are other texts.",
)
def signature_upper_case(mock: Mock) -> None:
    letters = mock.imatic.letters
    digest = letters.digest

    def loud(key: bytes, text: bytes) -> str:
        return digest(key, text).upper()

    letters.digest = loud


@defect(
    "signature-sha512",
    breaks=("deliveries.signature.hex", *_BODY),
    story="A stronger hash than the documented one locks every receiver out.",
)
def signature_sha512(mock: Mock) -> None:
    def longer(key: bytes, text: bytes) -> str:
        return hmac.new(key, text, hashlib.sha512).hexdigest()

    mock.imatic.letters.digest = longer


# When


@defect(
    "signature-milliseconds",
    breaks=("deliveries.signature.seconds", _SAMPLE),
    story="Receivers that refuse old deliveries take each for one of the far future.",
)
def signature_milliseconds(mock: Mock) -> None:
    letters = mock.imatic.letters
    moment = letters.moment

    def in_milliseconds() -> int:
        return moment() * 1000

    letters.moment = in_milliseconds


def _shift_time(mock: Mock, seconds: int) -> None:
    letters = mock.imatic.letters
    moment = letters.moment

    def shifted() -> int:
        return moment() + seconds

    letters.moment = shifted


@defect(
    "signature-stale",
    breaks=_FRESH,
    story="Receivers that guard against replay refuse every event as too old.",
)
def signature_stale(mock: Mock) -> None:
    _shift_time(mock, -600)


@defect(
    "signature-local-time",
    breaks=_FRESH,
    story="The time is the wall clock's of the sender's office, an hour off for everybody who checks it.",
)
def signature_local_time(mock: Mock) -> None:
    _shift_time(mock, 3_600)
