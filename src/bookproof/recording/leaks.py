"""Looks for secrets and people in what is written, by what they look like rather than by what was replaced."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_plus

from bookproof.recording.disguise import Disguise, drawn, is_standin, public_part
from bookproof.recording.people import People, addresses
from bookproof.recording.standins import is_invented
from bookproof.wire.exchange import Exchange
from bookproof.wire.redaction import COOKIE_HEADERS, CREDENTIAL_HEADERS, FIELDS, SHORTEST, WEB_TOKEN

# How vendors write keys and tokens, so that they can be found by scanners such as this one.
_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9_])(?:
        cal_(?:live_|test_)?[A-Za-z0-9]{16,} | cal_[A-Za-z0-9]{4,}\.[A-Za-z0-9_-]{8,} | ic_\w*\.?\w{16,}
        | whsec_[\w+/=-]{12,} | [srp]k_(?:live|test)_\w{12,} | gh[pousr]_\w{20,} | github_pat_\w{20,}
        | xox[abprs]-[\w-]{10,} | AKIA[0-9A-Z]{16} | AIza[\w-]{30,} | ya29\.[\w-]{20,} | door_\w{12,}
    )""",
    re.VERBOSE,
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_COOKIE = re.compile(r"=([^;]*)")
#: Shorter values of a field may be words.
_TELLING = 12


class Leak(NamedTuple):
    """Something that should have been replaced.

    Attributes:
        what: what it is, and where; never the value itself.
        value: as it is written, to be looked for.
    """

    what: str
    value: str


def leaks_in(exchange: Exchange) -> Iterator[Leak]:
    """What credentials and cookies an exchange shows in its headers."""
    for side, headers in (("request", exchange.request_headers), ("response", exchange.response_headers)):
        for name, value in headers.items():
            if name in CREDENTIAL_HEADERS:
                credential = value.partition(" ")[2] or value
                if not _is_harmless(credential):
                    yield Leak(f"{side} header {name} holds a credential that is no stand-in", credential)
            elif name in COOKIE_HEADERS:
                values = _COOKIE.findall(value)[: 1 if name == "set-cookie" else None]
                for cookie in values:
                    if not _is_harmless(cookie) and not cookie.isalpha():
                        yield Leak(f"{side} header {name} holds a value that is no stand-in", cookie)


def _is_harmless(value: str) -> bool:
    # What ends with a dot is a key without its secret; the words of a scheme are no credentials either.
    return (
        len(value) < SHORTEST
        or is_invented(value)
        or is_standin(value)
        or value.endswith(".")
        or value in ("Bearer", "Digest", "Basic")
    )


def leaks_of_text(text: str, people: People | None) -> Iterator[Leak]:
    """What a text shows of secrets in fields, of tokens by their form, and of people.

    Args:
        text: any text.
        people: knows whose addresses are nobody's; None if people may be shown.
    """
    for pattern in FIELDS:
        for found in pattern.finditer(text):
            value = _plain(found[1], found[2])
            harmless = _is_harmless(value) or len(value) < _TELLING or " " in value or value.isalpha()
            if not harmless and any(char.isdigit() for char in value):
                name = found[1].strip('\\"=: ')
                yield Leak(f"field {name} holds a value that is no stand-in", found[2])
    for pattern, what in ((_TOKENS, "a key or token"), (WEB_TOKEN, "a web token"), (_PRIVATE_KEY, "a private key")):
        for found in pattern.finditer(text):
            if not _is_harmless(found[0]):
                yield Leak(what, found[0])
    if people:
        for found in addresses(text):
            if people.find(found[0]):
                yield Leak("an e-mail address", found[0])


def _plain(name: str, written: str) -> str:
    if name.endswith("="):
        return unquote_plus(written)
    try:
        return str(json.loads(f'"{written}"'))
    except ValueError:
        return written


class Known:
    """Looks for secrets whose values are known, however they are written.

    Args:
        secrets: what each is called, to its value.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._disguises: dict[str, Disguise] = {}
        for name, value in secrets.items():
            if len(value) >= SHORTEST:
                public = public_part(value, is_key=True)
                self._disguises[name] = Disguise(value, drawn(value, b"", public), public)

    def found(self, text: str) -> Iterator[str]:
        """What is in a text."""
        for name, disguise in self._disguises.items():
            if disguise.replaced(text) != text:
                yield name
