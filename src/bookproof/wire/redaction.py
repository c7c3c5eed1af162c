"""Keeps secrets out of everything that a run writes down.

Source: Calendar API & MCP, Authentication & API keys (a key's secret is never stored in the open).
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

#: Shorter values are no secrets: replacing them would spoil ordinary text.
SHORTEST = 6
MASK = "<masked>"
#: Ends what is shown of a longer text.
CUT = "…"

CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization"})
COOKIE_HEADERS = frozenset({"cookie", "set-cookie"})
SECRET_HEADER = re.compile(r"secret|token|password|api-?key", re.IGNORECASE)

_NAME = (
    r"(?:[\w.-]*(?:secret|password|passwd|passphrase|token|authorization)"
    r"|[\w.-]*(?:api|access|private|signing|auth)[_-]?key)"
)
# Plain searches are far cheaper than the patterns, so they decide whether the patterns are worth their time.
TELLTALES = ("key", "secret", "token", "passw", "passphrase", "authorization")
TELLTALE_FIELDS = tuple(
    word + end
    for word in ("key", "secret", "token", "password", "passwd", "passphrase", "authorization")
    for end in ('"', '\\"', "=")
)
FIELDS = (
    # "secret": "…", with whatever escapes the value has
    re.compile(rf'("{_NAME}"\s*:\s*")(?!<)((?:[^"\\]|\\.)+)(?=")', re.IGNORECASE),
    # the same inside a JSON string
    re.compile(rf'(\\"{_NAME}\\"\s*:\s*\\")(?!<)([^"\\]+)(?=\\")', re.IGNORECASE),
    # a plain "key" is masked only if its value looks like one
    re.compile(r'(\\?"key\\?"\s*:\s*\\?")([A-Za-z0-9._~+/=-]{16,})(?=\\?")', re.IGNORECASE),
    # a form or a query; a shell variable is no secret
    re.compile(rf"((?<![\w.-]){_NAME}=)([^&\s\"'<>$;,]+)", re.IGNORECASE),
)
WEB_TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")
COOKIE_VALUE = re.compile(r"(=)[^;]*")


class Redactor:
    """Replaces secrets in text, headers and bodies.

    A known secret becomes ``<its name>``, whether it stands there as it is, URL-encoded, JSON-escaped or in base64,
    whole or without its public prefix; the beginning of one becomes ``<part of its name>``. Values that are not known
    are masked where their place says what they are: credential headers, cookies, fields called secret, token,
    password or like a key.

    Args:
        secrets: name, as reports show it, to value. Values shorter than :data:`SHORTEST` are passed over.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._needles: list[tuple[str, str]] = []
        self._values: list[tuple[str, str]] = []
        self._known_headers: dict[tuple[str, str], str] = {}
        for name, value in (secrets or {}).items():
            self.learn(name, value)

    def learn(self, name: str, value: str) -> None:
        """Add a secret that has appeared later, for example that of a new webhook."""
        if len(value) < SHORTEST:
            return
        self._known_headers.clear()
        self._values.append((name, value))
        # Two secrets may bear one name: the pattern of both is kept under different keys.
        key = name
        while key in self._patterns:
            key += "\0"
        forms = sorted(set(_forms(value)), key=len, reverse=True)
        head = head_of(value.partition(".")[2] or value)
        branches = [re.escape(form) for form in forms]
        if head:
            branches.append(rf"(?P<part>{re.escape(head)}[\w~+/=-]*)")
        self._patterns[key] = re.compile("|".join(branches))
        for form in (*forms, *([head] if head else [])):
            if not any(other in form for other in (*forms, head) if other and other != form):
                self._needles.append((form, key))

    def text(self, text: str) -> str:
        """A text without secrets."""
        hit = [key for needle, key in self._needles if needle in text]
        for key in dict.fromkeys(hit):
            text = self._replace(key, text)
        if CUT in text:
            text = self._without_cut_ones(text)
        lowered = text.lower()
        if any(word in lowered for word in TELLTALES) and any(field in lowered for field in TELLTALE_FIELDS):
            for field in FIELDS:
                text = field.sub(rf"\g<1>{MASK}", text)
        return WEB_TOKEN.sub(MASK, text) if "eyJ" in text else text

    def _without_cut_ones(self, text: str) -> str:
        """A text that was cut within a secret, without the beginning of it."""
        for name, value in self._values:
            for end in range(len(value) - 1, SHORTEST - 1, -1):
                text = text.replace(f"{value[:end]}{CUT}", f"<part of {name}>{CUT}")
        return text

    def _replace(self, key: str, text: str) -> str:
        name = key.rstrip("\0")

        def shown(match: re.Match[str]) -> str:
            return f"<part of {name}>" if match.groupdict().get("part") else f"<{name}>"

        return self._patterns[key].sub(shown, text)

    def data(self, data: bytes) -> bytes:
        """A body without secrets; one that is not UTF-8 is searched byte by byte."""
        try:
            text, encoding = data.decode(), "utf-8"
        except UnicodeDecodeError:
            text, encoding = data.decode("latin-1"), "latin-1"
        clean = self.text(text)
        return data if clean is text or clean == text else clean.encode(encoding, "replace")

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secrets; a credential that is not known keeps its scheme only."""
        return {name: self._cached_header(name, value) for name, value in headers.items()}

    def _cached_header(self, name: str, value: str) -> str:
        # Most headers of a run are the same in every exchange.
        known = self._known_headers.get((name, value))
        if known is None:
            known = self._known_headers[name, value] = self._header(name.lower(), value)
        return known

    def _header(self, name: str, value: str) -> str:
        if name in CREDENTIAL_HEADERS:
            scheme, _, credential = self.text(value).partition(" ")
            if credential:
                known = credential.startswith("<") and credential.endswith(">")
                return f"{scheme} {credential if known else MASK}"
            return scheme if len(scheme) < SHORTEST + 2 else MASK
        if name in COOKIE_HEADERS:
            return COOKIE_VALUE.sub(rf"\g<1>{MASK}", value, count=1 if name == "set-cookie" else 0)
        clean = self.text(value)
        if clean == value and value and SECRET_HEADER.search(name):
            return MASK
        return clean


def head_of(secret: str) -> str:
    """The beginning of a secret that already gives too much away; empty for a short one."""
    return secret[: max(8, len(secret) // 2)] if len(secret) >= 16 else ""


def _forms(value: str) -> Iterator[str]:
    """The ways in which a secret may be written, its secret part after the dot included."""
    secret = value.partition(".")[2]
    for part in (value, secret):
        if len(part) < SHORTEST:
            continue
        yield from text_forms(part)
        for _, form in base64_forms(part.encode()):
            yield form


def text_forms(text: str) -> Iterator[str]:
    """A text as it is, and as URLs and JSON write it."""
    yield text
    for encoded in (quote(text, safe=""), quote_plus(text)):
        yield encoded
        yield re.sub("%..", lambda match: match[0].lower(), encoded)
    yield json.dumps(text)[1:-1]
    yield text.replace("/", "\\/")


def base64_forms(raw: bytes) -> Iterator[tuple[int, str]]:
    """What base64 of a longer text shows of some bytes, each with the characters that are left out before it.

    There are three ways, by where in that text the bytes begin.
    """
    for offset, lost in ((0, 0), (1, 2), (2, 3)):
        whole = (offset + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            form = encode(b"\0" * offset + raw).decode()[lost:whole]
            if len(form) >= 8:
                yield lost, form
