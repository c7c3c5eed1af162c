"""Why a signature does not match: tries what senders are known to do instead of what is documented."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import Any, cast

#: Bodies longer than this are not tried in every spelling with every key.
LONGEST_FOR_PAIRS = 64 * 1024
#: So many bytes of a digest have to be there before its beginning counts.
SHORTEST_PREFIX = 8


class Cause(StrEnum):
    """What is wrong with a signature, in one word for machines."""

    MISSING = "missing"
    EMPTY = "empty"
    NO_SECRET = "no-secret"  # noqa: S105  words for causes, no secrets
    MALFORMED = "malformed"
    SPACES = "spaces"
    FIELD_MISSING = "field-missing"
    OTHER_SCHEME = "other-scheme"
    MILLISECONDS = "milliseconds"
    NOT_SECONDS = "not-seconds"
    UPPER_CASE = "upper-case"
    BASE64 = "base64"
    BASE64URL = "base64url"
    PREFIXED = "prefixed"
    WRONG_LENGTH = "wrong-length"
    NOT_A_DIGEST = "not-a-digest"
    BODY_ONLY = "body-only"
    RE_SERIALISED = "re-serialised"
    PART_OF_BODY = "part-of-body"
    BODY_DIGEST = "body-digest"
    OTHER_ENCODING = "other-encoding"
    OTHER_TIME = "other-time"
    SEPARATOR = "separator"
    ORDER = "order"
    OTHER_SUBSCRIPTION = "other-subscription"
    SECRET_FORM = "secret-form"  # noqa: S105  the same
    OTHER_HASH = "other-hash"
    PLAIN_HASH = "plain-hash"
    UNKNOWN = "unknown"
    STALE = "stale"
    FUTURE = "future"


#: What to do about a cause, for the person who can change the sender.
REMEDIES: Mapping[Cause, str] = {
    Cause.MISSING: "Send the signature header with every delivery, test deliveries and retries included.",
    Cause.EMPTY: "Make the signature before the headers are written, and fail rather than send an empty one.",
    Cause.NO_SECRET: "Give the subscription a secret, so that its deliveries are signed.",
    Cause.MALFORMED: "Write the header in the documented form.",
    Cause.SPACES: "Write the header without spaces: a receiver that splits it at commas does not find ' v1'.",
    Cause.FIELD_MISSING: "Send both fields, t and v1, in lower case and with a value.",
    Cause.OTHER_SCHEME: "Sign with the scheme of this API; the header holds another one's.",
    Cause.MILLISECONDS: "Divide by 1000 and drop the rest before t is written and signed.",
    Cause.NOT_SECONDS: "Write t as a whole number of seconds since 1970 in UTC.",
    Cause.UPPER_CASE: "Write the digest in lower case; receivers compare the text.",
    Cause.BASE64: "Write the digest in hexadecimal instead of base64.",
    Cause.BASE64URL: "Write the digest in hexadecimal instead of base64url.",
    Cause.PREFIXED: "Write the bare hexadecimal digest, without a prefix.",
    Cause.WRONG_LENGTH: "Write the whole digest of HMAC-SHA256: 64 hexadecimal digits.",
    Cause.NOT_A_DIGEST: "Write the HMAC-SHA256 in hexadecimal.",
    Cause.BODY_ONLY: "Sign t, a literal dot and the body, not the body alone.",
    Cause.RE_SERIALISED: "Turn the payload into bytes once; sign those bytes and send those bytes.",
    Cause.PART_OF_BODY: "Sign the whole body, not a part of it.",
    Cause.BODY_DIGEST: "Sign the body itself, not a digest of it.",
    Cause.OTHER_ENCODING: "Sign the bytes that are sent, in the encoding in which they are sent.",
    Cause.OTHER_TIME: "Sign t exactly as it is written in the header: take the time once and use it twice.",
    Cause.SEPARATOR: "Join t and the body with a single dot and nothing else.",
    Cause.ORDER: "Put t first, then the dot, then the body.",
    Cause.OTHER_SUBSCRIPTION: "Look up the secret of the subscription that the delivery goes to.",
    Cause.SECRET_FORM: "Use the secret as it was handed out, character by character, as the key.",
    Cause.OTHER_HASH: "Use SHA-256.",
    Cause.PLAIN_HASH: "Use HMAC (RFC 2104) keyed with the secret; a plain hash is no signature.",
    Cause.UNKNOWN: "Compare the secrets of both sides first, then the bytes that are signed with those that arrive.",
    Cause.STALE: "Take the time and sign anew for every attempt, retries included, and check the sender's clock.",
    Cause.FUTURE: "Check the clocks of the sender and the receiver.",
}


@dataclass(frozen=True)
class Explanation:
    """Why a digest is not the documented one.

    Attributes:
        cause: the word for it.
        words: what the sender did, as a clause: ``the body alone was signed``.
    """

    cause: Cause
    words: str


@dataclass(frozen=True)
class _Try:
    """A key or a message that a sender may have used; without an explanation it is the documented one."""

    data: bytes
    explanation: Explanation | None


def explain(
    digest: bytes, seconds: str | None, body: bytes, secret: str, other_secrets: Mapping[str, str]
) -> Explanation | None:
    """Find out how a digest came about.

    Args:
        digest: the raw bytes of a digest that is not the documented one; the beginning of one is enough.
        seconds: t as written, or None where the scheme signs the body alone.
        body: the raw body of the delivery.
        secret: the secret that should have been the key.
        other_secrets: name of another subscription to its secret.

    Returns:
        the simplest explanation that makes this very digest, or None if none is known.
    """
    if len(digest) < SHORTEST_PREFIX:
        return None
    return _explained(digest, seconds, body, secret, tuple(sorted(other_secrets.items())))


# Each check of signatures looks at the same deliveries.
@lru_cache(maxsize=512)
def _explained(
    digest: bytes, seconds: str | None, body: bytes, secret: str, other_secrets: tuple[tuple[str, str], ...]
) -> Explanation | None:
    key, right = secret_bytes(secret), _joined(seconds, body)
    documented = _Try(key, None)
    messages = [_Try(right, None), *_messages(seconds, body)]
    keys = [documented, *_keys(secret, dict(other_secrets))]
    tries = [
        *((documented, message) for message in messages[1:]),
        *((other, messages[0]) for other in keys[1:]),
    ]
    if len(body) <= LONGEST_FOR_PAIRS:
        tries += product(keys[1:], messages[1:])
    for used, message in tries:
        if hmac.digest(used.data, message.data, "sha256").startswith(digest):
            return _both(message.explanation, used.explanation)
    return _hashes(digest, key, ((right, ""), (body, " of the body alone")))


def secret_bytes(secret: str) -> bytes:
    """A secret as the key of an HMAC: its characters in UTF-8 (odd bytes of an environment variable stay as they are).

    Args:
        secret: as it was handed out.
    """
    return secret.encode("utf-8", "surrogateescape")


def _joined(seconds: str | None, body: bytes) -> bytes:
    return body if seconds is None else seconds.encode("utf-8", "replace") + b"." + body


def _both(message: Explanation | None, key: Explanation | None) -> Explanation:
    told = [explanation for explanation in (message, key) if explanation]
    return Explanation(told[0].cause, ", and ".join(explanation.words for explanation in told))


def _messages(seconds: str | None, body: bytes) -> Iterator[_Try]:
    spellings = list(_bodies(body))
    if seconds is None:
        for spelling in spellings:
            yield spelling
        return
    t = seconds.encode("utf-8", "replace")
    yield _Try(body, Explanation(Cause.BODY_ONLY, "the body alone was signed, without t and the dot"))
    for other, words in _times(seconds):
        yield _Try(
            other.encode() + b"." + body,
            Explanation(Cause.OTHER_TIME, f"t was signed {words} ({other}), which is not how the header writes it"),
        )
    for separator, words in _SEPARATORS.items():
        yield _Try(
            t + separator + body, Explanation(Cause.SEPARATOR, f"t and the body were joined {words} instead of a dot")
        )
    for before, words in ((b"t=", "'t='"), (b"v1.", "'v1.'"), (b"v1:", "'v1:'")):
        yield _Try(before + t + b"." + body, Explanation(Cause.SEPARATOR, f"{words} was signed before t"))
    for separator in (b".", b""):
        yield _Try(
            body + separator + t, Explanation(Cause.ORDER, "the body was signed before t instead of behind the dot")
        )
    for spelling in spellings:
        yield _Try(t + b"." + spelling.data, spelling.explanation)
    for spelling in spellings:
        if spelling.explanation:
            words = f"{spelling.explanation.words}, and t and the dot were left out"
            yield _Try(spelling.data, Explanation(Cause.BODY_ONLY, words))


_SEPARATORS = {
    b"": "with nothing",
    b":": "with a colon",
    b",": "with a comma",
    b"\n": "with a newline",
    b" ": "with a space",
    b"|": "with a bar",
    b"-": "with a hyphen",
    b"_": "with an underscore",
    b". ": "with a dot and a space",
    b"..": "with two dots",
}


def _times(seconds: str) -> Iterator[tuple[str, str]]:
    """Other spellings of the moment that t tells, each with words for it."""
    try:
        moment = float(seconds)
    except ValueError:
        try:
            moment = datetime.fromisoformat(seconds).timestamp()
        except (ValueError, OverflowError):
            return
    if moment > 1e11:
        moment /= 1000
    if not 0 < moment < 1e11:
        return
    whole = datetime.fromtimestamp(int(moment), UTC)
    yield from (
        (f"{int(moment)}", "in seconds"),
        (f"{round(moment * 1000)}", "in milliseconds"),
        (f"{moment}", "in seconds with a fraction"),
        (whole.strftime("%Y-%m-%dT%H:%M:%SZ"), "as text"),
        (whole.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "as text"),
        (whole.isoformat(), "as text"),
    )


def _bodies(body: bytes) -> Iterator[_Try]:
    """Bodies that a sender may have signed instead of the one it sent."""
    seen = {body}
    for data, explanation in _spellings(body):
        if data not in seen:
            seen.add(data)
            yield _Try(data, explanation)


def _spellings(body: bytes) -> Iterator[tuple[bytes, Explanation]]:
    for data, words in (
        (body.strip(), "without the white space around it"),
        (body + b"\n", "with a newline at its end"),
        (body.replace(b"\r\n", b"\n"), "with line feeds alone"),
        (body.replace(b"\n", b"\r\n"), "with CR LF at the ends of lines"),
        (b"\xef\xbb\xbf" + body, "with a byte order mark"),
    ):
        yield data, Explanation(Cause.RE_SERIALISED, f"the body was signed {words}")
    yield b"", Explanation(Cause.PART_OF_BODY, "an empty body was signed")
    for data in (hashlib.sha256(body).hexdigest().encode(), hashlib.sha256(body).digest()):
        yield data, Explanation(Cause.BODY_DIGEST, "a digest of the body was signed instead of the body")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    for encoding in ("latin-1", "utf-16-le", "utf-16"):
        # What an encoding cannot say becomes a question mark, as it does in many languages.
        data = text.encode(encoding, "replace")
        yield data, Explanation(Cause.OTHER_ENCODING, f"the body was signed in {encoding.upper()}, and sent in UTF-8")
    # A body that is no JSON, or is nested beyond sense, is written in one way only.
    with suppress(ValueError, RecursionError):
        yield from _json_spellings(text)


def _json_spellings(text: str) -> Iterator[tuple[bytes, Explanation]]:
    value = json.loads(text)
    rounded = json.loads(text, parse_float=_whole)
    for data, words in (*_written(value), *_written(rounded)):
        yield data, Explanation(Cause.RE_SERIALISED, f"the body was signed as JSON written again {words}")
    again = json.dumps(text, ensure_ascii=False).encode()
    yield again, Explanation(Cause.RE_SERIALISED, "the body was signed as a JSON string that holds it")
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for name in ("data", "payload", "event", "triggerEvent"):
        part = members.get(name)
        explanation = Explanation(Cause.PART_OF_BODY, f"only the member {name} of the body was signed")
        if isinstance(part, str):
            yield part.encode("utf-8", "replace"), explanation
        for data, _ in _written(part) if part is not None else ():
            yield data, explanation


def _whole(text: str) -> int | float:
    """A number as JavaScript writes it again: 1.0 becomes 1."""
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


_LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "without spaces": {"separators": (",", ":")},
    "with spaces behind commas and colons": {},
    "indented by 2": {"indent": 2},
    "indented by 4": {"indent": 4},
    "indented by a tab": {"indent": "\t"},
}
_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "": lambda text: text,
    "slashes escaped": lambda text: text.replace("/", "\\/"),
    "<, > and & escaped": lambda text: re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", text),
}


def _written(value: Any) -> Iterator[tuple[bytes, str]]:
    """A value as JSON in the ways in which libraries write it."""
    for (layout, options), ascii_only, by_name in product(_LAYOUTS.items(), (False, True), (False, True)):
        text = json.dumps(value, ensure_ascii=ascii_only, sort_keys=by_name, **options)
        for escaped, change in _ESCAPES.items():
            words = [layout, "keys sorted" * by_name, "everything beyond ASCII escaped" * ascii_only, escaped]
            yield change(text).encode("utf-8", "surrogatepass"), ", ".join(filter(None, words))


def _keys(secret: str, other_secrets: Mapping[str, str]) -> Iterator[_Try]:
    seen = {secret_bytes(secret)}
    for name, other in other_secrets.items():
        data = secret_bytes(other)
        if data not in seen:
            seen.add(data)
            yield _Try(data, Explanation(Cause.OTHER_SUBSCRIPTION, f"the key was the secret of {name}"))
    for data, words in _secret_forms(secret):
        if data not in seen:
            seen.add(data)
            yield _Try(data, Explanation(Cause.SECRET_FORM, f"the key was {words}"))


def _secret_forms(secret: str) -> Iterator[tuple[bytes, str]]:
    bare = re.sub(r"^[a-z]+(?:_[a-z]+)*_", "", secret)
    yield secret_bytes(bare), "the secret without its prefix"
    yield secret_bytes(f"whsec_{secret}"), "the secret with whsec_ before it"
    yield secret_bytes(secret.strip()), "the secret without the white space around it"
    yield secret_bytes(secret + "\n"), "the secret with a newline behind it"
    yield secret_bytes(secret.lower()), "the secret in lower case"
    yield secret_bytes(secret.upper()), "the secret in upper case"
    for text, part in ((secret, "the secret"), (bare, "the secret without its prefix,")):
        for decode, words in _DECODERS:
            try:
                yield decode(text), f"{part} decoded from {words}"
            except ValueError:
                continue
    hashed = hashlib.sha256(secret_bytes(secret))
    yield hashed.hexdigest().encode(), "a hash of the secret, as it may be stored"
    yield hashed.digest(), "a hash of the secret, as it may be stored"
    yield b"", "empty"


_DECODERS: tuple[tuple[Callable[[str], bytes], str], ...] = (
    (bytes.fromhex, "hexadecimal"),
    (lambda text: b64decode(text + "=" * (-len(text) % 4), validate=True), "base64"),
    (lambda text: urlsafe_b64decode(text + "=" * (-len(text) % 4)), "base64url"),
)


def _hashes(digest: bytes, key: bytes, messages: Iterable[tuple[bytes, str]]) -> Explanation | None:
    """Other hashes under HMAC, and hashes without it."""
    for message, of in messages:
        for name in ("sha1", "sha512", "md5", "sha384", "sha224", "sha3_256"):
            if hmac.digest(key, message, name).startswith(digest):
                return Explanation(Cause.OTHER_HASH, f"it is HMAC with {_HASHES[name]}{of} instead of SHA-256")
        for name in ("sha256", "sha1", "sha512", "md5"):
            for hashed in (message, key + message, message + key, key + b"." + message, message + b"." + key):
                if hashlib.new(name, hashed, usedforsecurity=False).digest().startswith(digest):
                    return Explanation(Cause.PLAIN_HASH, f"it is a plain {_HASHES[name]}{of} instead of an HMAC")
    return None


_HASHES = {
    "sha1": "SHA-1",
    "sha224": "SHA-224",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "sha3_256": "SHA3-256",
    "md5": "MD5",
}
