"""How a digest was made: tries what senders are known to do instead of what is documented, and does it again."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, product
from typing import Any, cast

from bookproof.judge.signature_causes import Cause, Explanation

#: Bodies longer than this are not tried in every spelling with every key.
LONGEST_FOR_PAIRS = 64 * 1024
#: So many bytes of a digest have to be there before its beginning counts.
SHORTEST_PREFIX = 8


@dataclass(frozen=True)
class Construction:
    """How a digest was made, told apart from what it was made of.

    Attributes:
        message: which message was signed, "" for the documented one.
        key: which key was used, "" for the documented one.
        way: how the two made a digest.
    """

    message: str = ""
    key: str = ""
    way: str = "HMAC sha256"

    def digest(self, seconds: str | None, body: bytes, secret: str, other_secrets: Mapping[str, str]) -> bytes | None:
        """The digest that is made in this way of something else, told as for :func:`explain`; None if none can be."""
        message = next((each for each in _messages(seconds, body) if each.name == self.message), None)
        key = next((each for each in _keys(secret, other_secrets) if each.name == self.key), None)
        return _WAYS[self.way](key.data, message.data) if message and key else None


@dataclass(frozen=True)
class _Try:
    """A key or a message that a sender may have used.

    The documented one has neither an explanation nor a name; others that are made alike have the same name.
    """

    data: bytes
    explanation: Explanation | None = None
    name: str = ""


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
    found = _search(digest, seconds, body, secret, other_secrets)
    return found[0] if found else None


def is_documented(digest: bytes, seconds: str | None, body: bytes, secret: str) -> bool:
    """Whether a digest was made as documented; the arguments are those of :func:`explain`."""
    right = Construction().digest(seconds, body, secret, {})
    return right is not None and len(digest) >= SHORTEST_PREFIX and right.startswith(digest)


def construction_of(
    digest: bytes, seconds: str | None, body: bytes, secret: str, other_secrets: Mapping[str, str]
) -> Construction | None:
    """How a digest was made, be it as documented or not; the arguments are those of :func:`explain`."""
    if is_documented(digest, seconds, body, secret):
        return Construction()
    found = _search(digest, seconds, body, secret, other_secrets)
    return found[1] if found else None


def _search(
    digest: bytes, seconds: str | None, body: bytes, secret: str, other_secrets: Mapping[str, str]
) -> tuple[Explanation, Construction] | None:
    if len(digest) < SHORTEST_PREFIX:
        return None
    return _explained(digest, seconds, body, secret, tuple(sorted(other_secrets.items())))


# Each check of signatures looks at the same deliveries.
@lru_cache(maxsize=512)
def _explained(
    digest: bytes, seconds: str | None, body: bytes, secret: str, other_secrets: tuple[tuple[str, str], ...]
) -> tuple[Explanation, Construction] | None:
    messages, keys = _different(_messages(seconds, body)), _different(_keys(secret, dict(other_secrets)))
    tries = [
        *((keys[0], message) for message in messages[1:]),
        *((other, messages[0]) for other in keys[1:]),
    ]
    if len(body) <= LONGEST_FOR_PAIRS:
        tries += product(keys[1:], messages[1:])
    for used, message in tries:
        if hmac.digest(used.data, message.data, "sha256").startswith(digest):
            return _both(message.explanation, used.explanation), Construction(message.name, used.name)
    bodily = [message for message in messages[1:] if message.data == body]
    return _hashes(digest, keys[0].data, messages[:1] + bodily)


def _different(tries: Iterable[_Try]) -> list[_Try]:
    """Those that differ from all before them."""
    found: dict[bytes, _Try] = {}
    for each in tries:
        found.setdefault(each.data, each)
    return list(found.values())


def secret_bytes(secret: str) -> bytes:
    """A secret as the key of an HMAC: its characters in UTF-8 (odd bytes of an environment variable stay as they are).

    Args:
        secret: as it was handed out.
    """
    return secret.encode("utf-8", "surrogateescape")


def _both(message: Explanation | None, key: Explanation | None) -> Explanation:
    told = [explanation for explanation in (message, key) if explanation]
    return Explanation(told[0].cause, ", and ".join(explanation.words for explanation in told))


def _named(documented: bytes, others: Iterable[tuple[bytes, Explanation]]) -> Iterator[_Try]:
    yield _Try(documented)
    told: Counter[str] = Counter()
    for data, explanation in others:
        told[explanation.words] += 1
        yield _Try(data, explanation, f"{explanation.words} #{told[explanation.words]}")


def _messages(seconds: str | None, body: bytes) -> Iterator[_Try]:
    """What may have been signed, the documented message first."""
    right = body if seconds is None else seconds.encode("utf-8", "replace") + b"." + body
    return _named(right, _spellings(body) if seconds is None else _with_time(seconds, body))


def _with_time(seconds: str, body: bytes) -> Iterator[tuple[bytes, Explanation]]:
    spellings = list(_spellings(body))
    t = seconds.encode("utf-8", "replace")
    yield body, Explanation(Cause.BODY_ONLY, "the body alone was signed, without t and the dot")
    for other, words in _times(seconds):
        told = f"t was signed {words} ({other}), which is not how the header writes it"
        yield other.encode() + b"." + body, Explanation(Cause.OTHER_TIME, told)
    for separator, words in _SEPARATORS.items():
        told = f"t and the body were joined {words} instead of a dot"
        yield t + separator + body, Explanation(Cause.SEPARATOR, told)
    for before, words in ((b"t=", "'t='"), (b"v1.", "'v1.'"), (b"v1:", "'v1:'")):
        yield before + t + b"." + body, Explanation(Cause.SEPARATOR, f"{words} was signed before t")
    for separator in (b".", b""):
        told = "the body was signed before t instead of behind the dot"
        yield body + separator + t, Explanation(Cause.ORDER, told)
    for data, explanation in spellings:
        yield t + b"." + data, explanation
    for data, explanation in spellings:
        yield data, Explanation(Cause.BODY_ONLY, f"{explanation.words}, and t and the dot were left out")


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


def _spellings(body: bytes) -> Iterator[tuple[bytes, Explanation]]:
    """Bodies that a sender may have signed instead of the one it sent."""
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
    """What may have been the key, the documented one first."""
    others = (
        (secret_bytes(other), Explanation(Cause.OTHER_SUBSCRIPTION, f"the key was the secret of {name}"))
        for name, other in other_secrets.items()
    )
    forms = ((data, Explanation(Cause.SECRET_FORM, f"the key was {words}")) for data, words in _secret_forms(secret))
    return _named(secret_bytes(secret), chain(others, forms))


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


def _hashes(digest: bytes, key: bytes, messages: Iterable[_Try]) -> tuple[Explanation, Construction] | None:
    """Other hashes under HMAC, and hashes without it."""
    for message in messages:
        of = " of the body alone" if message.name else ""
        for way, make in _WAYS.items():
            if not make(key, message.data).startswith(digest):
                continue
            kind, name = way.split()[:2]
            hashed = _HASHES[name] + of
            if kind == "HMAC":
                explanation = Explanation(Cause.OTHER_HASH, f"it is HMAC with {hashed} instead of SHA-256")
            else:
                explanation = Explanation(Cause.PLAIN_HASH, f"it is a plain {hashed} instead of an HMAC")
            return explanation, Construction(message.name, "", way)
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


def _by_hmac(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda key, message: hmac.digest(key, message, name)


def _plainly(name: str, joined: Callable[[bytes, bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda key, message: hashlib.new(name, joined(key, message), usedforsecurity=False).digest()


_JOINED: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "message": lambda _, message: message,
    "key+message": lambda key, message: key + message,
    "message+key": lambda key, message: message + key,
    "key.message": lambda key, message: key + b"." + message,
    "message.key": lambda key, message: message + b"." + key,
}
#: How a key and a message may make a digest: ``HMAC <hash>``, or ``plain <hash> <what is hashed>``.
_WAYS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    **{f"HMAC {name}": _by_hmac(name) for name in ("sha256", "sha1", "sha512", "md5", "sha384", "sha224", "sha3_256")},
    **{
        f"plain {name} {what}": _plainly(name, joined)
        for name in ("sha256", "sha1", "sha512", "md5")
        for what, joined in _JOINED.items()
    },
}
