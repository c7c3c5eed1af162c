"""Keeps secrets and people out of recordings, in a way in which they can still be played and judged.

What is written of a run for reading is masked (:mod:`bookproof.wire.redaction`); what is written to be judged again
holds stand-ins: the same value always becomes the same other value, wherever it appears.
"""

from __future__ import annotations

import json
import re
import secrets as randomness
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote_plus, unquote_plus

from bookproof.recording.disguise import Disguise, drawn, is_standin, public_part
from bookproof.recording.model import SECRET
from bookproof.recording.people import People
from bookproof.recording.signs import LEARNT_FROM, Signs
from bookproof.wire.redaction import (
    COOKIE_HEADERS,
    COOKIE_VALUE,
    CREDENTIAL_HEADERS,
    FIELDS,
    SECRET_HEADER,
    SHORTEST,
    TELLTALE_FIELDS,
    TELLTALES,
    WEB_TOKEN,
)

if TYPE_CHECKING:
    from bookproof.targets.target import Target
    from bookproof.wire.exchange import Exchange

#: Values that the suite makes up to be refused; they are no secrets, and a recording is only found with them as sent.
_INVENTED = re.compile(r"bookproof|foorpkoob|b00c9f0000|^no-dot-in-this-key$", re.IGNORECASE)
#: What an OAuth client exchanges, where it does so.
_OAUTH_FIELDS = (
    re.compile(r'("(?:code|code_verifier|codeVerifier)"\s*:\s*")([^"\\]+)(?=")'),
    re.compile(r"((?<![\w.-])(?:code|code_verifier)=)([^&\s\"'<>]+)"),
)
_URL_PASSWORD = re.compile(r"(://[^/@\s:\"']*:)([^/@\s\"']+)(?=@)")
_WORDS_OF_A_FIELD = re.compile(r"(?:secret|passw(?:or)?d|passphrase)\W*$", re.IGNORECASE)
#: A text of so many letters is no ordinary word, even if all of them are alike.
_LONG = 20
#: A digest of 128 bits or more, in hexadecimal digits or base64.
_MAY_SIGN = re.compile(r"[0-9a-fA-F]{16,}|[A-Za-z0-9+/_-]{43}")


class StandIns:
    """Replaces the secrets and the people of one recording.

    Known secrets are replaced wherever they stand, however they are written (see :class:`Disguise`). Further ones are
    learnt where they appear first: in fields called secret, token, password or like a key, in credential headers,
    cookies, passwords in URLs, web tokens and what OAuth exchanges.

    Args:
        secrets: name, as reports show it, to value. Values shorter than :data:`SHORTEST` are no secrets.
        keep_people: whether e-mail addresses and names stay.
        attendee: the address of the suite's attendee, which is nobody's.
        names: further names of people to be replaced.
        secrets_in: further names of fields that hold secrets.
        common: words that are no names; see :class:`People`.
        earlier: secret to what stood in for it in an earlier recording, and shall again.
    """

    def __init__(
        self,
        secrets: Mapping[str, str] | None = None,
        *,
        keep_people: bool = False,
        attendee: str = "",
        names: tuple[str, ...] = (),
        secrets_in: tuple[str, ...] = (),
        common: Callable[[], frozenset[str]] = frozenset,
        earlier: Mapping[str, str] | None = None,
    ) -> None:
        self._key = randomness.token_bytes(32)
        self._earlier = dict(earlier or {})
        self._disguises: dict[str, Disguise] = {}
        self._signs = Signs()
        self._taken: set[str] = set()
        self._signers: list[str] = []
        self._told_with: dict[str, str] = {}
        self._body_before = ""
        self._known_headers: dict[tuple[str, str], str] = {}
        self._people = None if keep_people else People(attendee, names, common)
        self._own_fields = _patterns_of(secrets_in)
        for name, value in (secrets or {}).items():
            self.learn(name, value)

    @classmethod
    def of(
        cls,
        target: Target,
        document: Mapping[str, Any],
        secrets: Mapping[str, str],
        earlier: Mapping[str, str] | None = None,
    ) -> StandIns:
        """The stand-ins of a recording of a target.

        Args:
            target: the target.
            document: its file as data; its table ``recording`` says what is replaced.
            secrets: name to value.
            earlier: see above.
        """
        settings = cast("Mapping[str, Any]", document.get("recording", {}))
        return cls(
            secrets,
            keep_people=settings.get("people") == "keep",
            attendee=target.attendee_email,
            names=tuple(settings.get("names", ())),
            secrets_in=tuple(settings.get("secrets_in", ())),
            common=partial(_contract_words, target.dialect),
            earlier=earlier,
        )

    def learn(self, name: str, value: str) -> str:
        """Add a secret; returns what stands in for it.

        Args:
            name: what it is. ``key …`` is an API key, whose prefix is no secret; ``… secret`` may sign deliveries.
            value: the secret. One that is too short, or that the suite has made up, stands for itself.
        """
        if value in self._disguises:
            return self._disguises[value].standin
        if len(value) < SHORTEST or value in self._taken or is_invented(value) or is_standin(value):
            return value
        public = public_part(value, is_key=name.startswith("key "))
        standin = self._earlier.get(value, "")
        if not _fits(standin, value, public):
            standin = self._draw(value, public)
        # A key without its secret is none.
        self._taken |= {standin, standin[len(public) :], public}
        self._disguises[value] = Disguise(value, standin, public)
        self._signs.add(self._disguises[value])
        self._known_headers.clear()
        if name.endswith("secret"):
            self._signers.append(value)
        return standin

    def _draw(self, value: str, public: str = "") -> str:
        for turn in range(256):
            standin = drawn(value, self._key, public, turn)
            if standin != value and standin not in self._taken:
                return standin
        return value  # nothing in it can be replaced: it is all punctuation

    # What is written

    def text(self, text: str) -> str:
        """A text without secrets and people."""
        text = self._without_known(text)
        lowered = text.lower()
        if any(word in lowered for word in TELLTALES) and any(field in lowered for field in TELLTALE_FIELDS):
            for pattern in FIELDS:
                text = pattern.sub(self._field, text)
        for pattern in self._own_fields:
            text = pattern.sub(self._field, text)
        if "grant_type" in text:
            for pattern in _OAUTH_FIELDS:
                text = pattern.sub(self._field, text)
        if "eyJ" in text:
            text = WEB_TOKEN.sub(lambda found: self.learn("token", found[0]), text)
        if "://" in text and "@" in text:
            text = _URL_PASSWORD.sub(lambda found: found[1] + self._learnt_or_drawn("password", found[2]), text)
        return self._people.text(text) if self._people else text

    def data(self, body: bytes) -> bytes:
        """A body without secrets and people; one that is not UTF-8 is searched byte by byte."""
        try:
            text, encoding = body.decode(), "utf-8"
        except UnicodeDecodeError:
            text, encoding = body.decode("latin-1"), "latin-1"
        if self._people and self._people.find(text):
            with suppress(ValueError, RecursionError):
                self._people.learn(json.loads(text))
        clean = self.text(text)
        self._note_subscription(text)
        return body if clean == text else clean.encode(encoding, "replace")

    def _note_subscription(self, text: str) -> None:
        """Note which signing secrets are told together with an address, be it in a request and its answer."""
        both = self._body_before + text
        self._body_before = text
        if self._signers and "ecret" in both and "http" in both:
            for disguise in self._signs.found(both):
                if disguise.value in self._signers:
                    before = self._told_with.get(disguise.value, "")
                    self._told_with[disguise.value] = before + both.replace("\\/", "/")

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers without secrets and people; names are in lower case."""
        return {name: self._cached_header(name, value) for name, value in headers.items()}

    def json(self, value: Any) -> Any:
        """Plain data without secrets and people."""
        if self._people:
            self._people.learn(value)
        written = json.dumps(value, ensure_ascii=False)
        clean = self.text(written)
        return value if clean == written else json.loads(clean)

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document of a target file; its fields hold names of secrets rather than secrets."""
        written = json.dumps(document, ensure_ascii=False, default=str)
        clean = self._without_known(written)
        return json.loads(self._people.text(clean) if self._people else clean)

    def reading(self, kind: str, value: Any) -> Any:
        """The value of a reading; a secret is learnt, and so are codes and tokens that a control door gives."""
        if kind == SECRET and isinstance(value, str):
            return self.learn("webhook secret", value)
        if kind.startswith("door ") and kind.endswith("/grants"):
            for code in re.findall(r'"code": "([^"\\\\]+)"', json.dumps(value)):
                self.learn("code", code)
        if kind.startswith("door ") and kind.endswith("/tokens"):
            for listed in re.findall(r'"tokens": \[([^\]]*)\]', json.dumps(value)):
                for token in re.findall(r'"([^"\\\\]+)"', listed):
                    self.learn("token", token)
        return self.json(value)

    def delivery(self, exchange: Exchange) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery without secrets and people, signed again in the way in which it was."""
        body = self.data(exchange.request_body)
        headers = self.headers(exchange.request_headers)
        if len(body) != len(exchange.request_body) and "content-length" in headers:
            headers["content-length"] = str(len(body))
        from bookproof.judge.signature_again import sign_again

        # The likeliest are those of subscriptions of this address; else those that were learnt last.
        latest = self._signers[::-1]
        likely = [value for value in latest if exchange.url in self._told_with.get(value, "")]
        secrets = list(dict.fromkeys((*likely, *latest)))
        others = {value: self._disguises[value].standin for value in secrets}
        for name, value in exchange.request_headers.items():
            if _MAY_SIGN.search(value):
                again = sign_again(value, exchange.request_body, secrets, len(likely) or 3, body, others)
                headers[name] = again or headers[name]
        return headers, body

    # How it is found

    def _without_known(self, text: str) -> str:
        for disguise in self._signs.found(text):
            text = disguise.replaced(text)
        return text

    def _field(self, found: re.Match[str]) -> str:
        name, written = found[1], found[2]
        value = written
        if name.endswith('"'):
            with suppress(ValueError):
                value = json.loads(f'"{written}"') if not name.endswith('\\"') else written
        elif name.endswith("="):
            value = unquote_plus(written)
        standin = self._learnt_or_drawn(name, value)
        if standin == value:
            return found[0]
        if value == written:
            return name + standin
        return name + (quote_plus(standin) if name.endswith("=") else json.dumps(standin, ensure_ascii=False)[1:-1])

    def _learnt_or_drawn(self, field: str, value: str) -> str:
        if value in self._disguises or is_standin(value) or value in self._taken:
            return self._disguises[value].standin if value in self._disguises else value
        scheme, space, credential = value.partition(" ")
        if space and " " not in credential and _is_telling(credential):
            return f"{scheme} {self.learn('credential', credential)}"
        if " " in value:
            return value
        if _is_telling(value):
            signs = _WORDS_OF_A_FIELD.search(field) is not None
            return self.learn("field secret" if signs else "field", value)
        if _WORDS_OF_A_FIELD.search(field) and len(value) >= SHORTEST and not is_invented(value):
            # It may be a word, which must stay elsewhere.
            standin = self._draw(value)
            self._taken.add(standin)
            return standin
        return value

    def _cached_header(self, name: str, value: str) -> str:
        known = self._known_headers.get((name, value))
        if known is None:
            known = self._header(name.lower(), value)
            self._known_headers[name, value] = known
        return known

    def _header(self, name: str, value: str) -> str:
        clean = self.text(value)
        if name in CREDENTIAL_HEADERS:
            scheme, space, credential = clean.partition(" ")
            if not space:
                # A scheme without a credential is no secret, and must not be taken out of all other headers.
                return clean if len(clean) < SHORTEST + 2 else self._credential(clean)
            return f"{scheme} {self._credential(credential)}"
        if name in COOKIE_HEADERS:
            return COOKIE_VALUE.sub(
                lambda found: "=" + self._cookie(found[0][1:]), clean, count=1 if name == "set-cookie" else 0
            )
        if clean == value and SECRET_HEADER.search(name) and " " not in value and _is_telling(value):
            return self.learn("header secret", value)
        return clean

    def _credential(self, value: str) -> str:
        return self.learn("credential", value) if not is_standin(value) else value

    def _cookie(self, value: str) -> str:
        if len(value) < SHORTEST or is_standin(value):
            return value
        return self.learn("cookie", value) if _is_telling(value) else self._draw(value)


def is_invented(value: str) -> bool:
    """Whether a value is one that the suite has made up to be refused."""
    return _INVENTED.search(value) is not None


def _is_telling(value: str) -> bool:
    """Whether a value can be nothing but a secret: it is no ordinary word."""
    if is_invented(value):
        return False
    mixed = any(char.isdigit() for char in value) or (value != value.lower() and not value.isalpha())
    return (len(value) >= LEARNT_FROM and mixed) or len(value) >= _LONG


def _fits(standin: str, value: str, public: str) -> bool:
    return len(standin) == len(value) and standin.startswith(public) and standin != value and is_standin(standin)


def _patterns_of(names: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    if not names:
        return ()
    name = f"(?:{'|'.join(map(re.escape, names))})"
    return (
        re.compile(rf'("{name}"\s*:\s*")((?:[^"\\]|\\.)+)(?=")'),
        re.compile(rf'(\\"{name}\\"\s*:\s*\\")([^"\\]+)(?=\\")'),
        re.compile(rf"((?<![\w.-]){name}=)([^&\s\"'<>$;,]+)"),
    )


def _contract_words(dialect: str) -> frozenset[str]:
    """Words of a contract's paths and names of properties, in lower case."""
    from bookproof.contracts.openapi import Contract

    document = Contract.load(dialect).document
    found: set[str] = set()

    def read(node: Any) -> None:
        if isinstance(node, dict):
            for key, member in cast("dict[Any, Any]", node).items():
                found.update(re.findall(r"[A-Za-z]{4,}", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(key)).lower()))
                found.add(str(key).lower())
                read(member)
        elif isinstance(node, list):
            for item in cast("list[Any]", node):
                read(item) if not isinstance(item, str) else found.add(item.lower())

    read(document)
    return frozenset(found)
