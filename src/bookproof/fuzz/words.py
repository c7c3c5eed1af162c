"""What a document cannot say: which codes exist, which times are free, where letters may go.

A generated request is made meaningful before it is sent: whatever is valid in it is replaced by something that exists,
and whatever breaks the schema is left as it is. So valid requests get further than "not found", a broken one is broken
in the one way that it is meant to be, and nothing is ever sent to an address that belongs to somebody.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, unquote, urlsplit
from zlib import crc32

from bookproof.contracts.openapi import Contract
from bookproof.fuzz.calendar import Calendar

if TYPE_CHECKING:
    from jsonschema_rs import Validator

    from bookproof.ledger import Thing
    from bookproof.probes.session import BaseSession
    from bookproof.wire.exchange import Exchange

T = TypeVar("T")

#: A value to take instead of a valid one; a table of them, for an object; or a function that makes one of the old one.
Words = Mapping[str, Any]


class _Drop:
    def __repr__(self) -> str:
        return "<dropped>"


#: Stands for a member that is left out: the document does not say what it may be.
DROP: Any = _Drop()
#: No host has a name in this domain (RFC 2606).
NOWHERE = "bookproof.test"
_URL = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*:/{1,3})[^/?#]*")
_EMAIL = re.compile(r"@[^@\s]+$")
#: Sequences book so few different slots, that they often want the same.
WANTED = 2
#: Nothing has this id.
NOBODY = "bookproof-nobody"
#: Names that are longer may be refused as such.
_LONGEST_NAME = 64
#: The operations after which two bookings may take the same time.
BOOKING = ("createBooking", "rescheduleBooking")


class Grounds(ABC):
    """What a campaign stands on in one dialect: its own things, and the words for them.

    Args:
        session: of the target.

    Attributes:
        ours: kinds and ids of what the campaign has made itself; nothing else is changed or removed.
        sequences: whether calls follow each other now, so that one keeps what it was given by another.
        needs_live: whether what a path names must be live now, for a broken call that names what is over is refused
            for that, whatever it is broken by.
        calendar: what it has booked.
    """

    def __init__(self, session: BaseSession) -> None:
        self.ours: set[tuple[str, str]] = set()
        self.sequences = False
        self.needs_live = False
        self.calendar = Calendar()
        self._live: dict[str, list[str]] = defaultdict(list)
        self._over: dict[str, list[str]] = defaultdict(list)
        self._asked_in_vain: set[str] = set()
        self._contract: Contract = session.contract
        self._ledger = session.ledger
        self._valid: dict[tuple[str, str], Validator | None] = {}

    @abstractmethod
    def kind_of(self, name: str) -> str:
        """The kind of things that a path parameter names, or ""."""

    def is_ours(self, name: str, value: Any) -> bool:
        """Whether a path parameter names something that the campaign has made."""
        return (self.kind_of(name), str(value)) in self.ours

    @abstractmethod
    def path_word(self, operation: str, name: str, value: Any) -> Any:
        """What stands in a path where the document knows a type only; the value itself where that will do."""

    def name_of_nothing(self, operation: str, name: str, value: Any) -> str:
        """What a read asks for that nobody has; "" for most: one in four does, so that odd names are asked for, too.

        It is made of letters and digits of any alphabet. Others may be refused before a server has looked.
        """
        if self.sequences or self.changes(operation) or not isinstance(value, str) or self.is_ours(name, value):
            return ""
        odd = "".join(filter(str.isalnum, unquote(value)))[:_LONGEST_NAME]
        if not odd or not one_of((True, False, False, False), value):
            return ""
        self._asked_in_vain.add(odd)
        return quote(odd)

    def was_asked_in_vain(self, exchange: Exchange) -> bool:
        """Whether a call asked for what nobody has."""
        path = urlsplit(exchange.url).path
        return not self._asked_in_vain.isdisjoint(map(unquote, path.split("/")))

    @abstractmethod
    def query_words(self, operation: str) -> Words:
        """What stands in a query."""

    @abstractmethod
    def body_words(self, operation: str) -> Words:
        """What stands in a body."""

    @abstractmethod
    def remove(self, thing: Thing) -> None:
        """Remove something that the campaign has made."""

    def owed(self) -> int:
        """How many things of the campaign's own are still to be removed."""
        return sum((thing.kind, thing.code) in self.ours for thing in self._ledger.left())

    def tidy(self, spare: int) -> None:
        """Remove what the campaign has made, but for the newest things of each kind."""
        kept: Counter[str] = Counter()
        for thing in self._ledger.left():
            if (thing.kind, thing.code) not in self.ours:
                continue
            kept[thing.kind] += 1
            if kept[thing.kind] > spare:
                self.remove(thing)

    def _gone(self, kind: str, code: str) -> None:
        """Take note that something of ours is removed."""
        if code in self._live[kind]:
            self._live[kind].remove(code)
            self._over[kind].append(code)
            if kind == "booking":
                self.calendar.ended(code)
            self._ledger.gone(kind, code)

    def _code_in(self, exchange: Exchange, kind: str) -> str:
        """The thing of ours, of one kind, that a path names, or ""."""
        parts = exchange.url.partition("?")[0].split("/")
        return next((part for part in reversed(parts) if (kind, part) in self.ours), "")

    def headers(self, operation: str) -> Mapping[str, str]:  # noqa: ARG002  a dialect may need it
        """Headers that every call of an operation carries, whatever is tried with it."""
        return {}

    def pins(self) -> Mapping[str, str]:
        """Path parameters that sequences have said from the beginning."""
        return {}

    def needed_query(self, operation: str) -> Words:  # noqa: ARG002  a dialect may need it
        """What a query must have that its document does not ask for."""
        return {}

    def needed_body(self, operation: str) -> dict[str, Any] | None:  # noqa: ARG002  a dialect may need it
        """The body of a call that its document lets go without one; None where it may."""
        return None

    def mended(
        self,
        operation: str,  # noqa: ARG002  a dialect may need it
        given: Mapping[str, Any],  # noqa: ARG002  a dialect may need it
        body: dict[str, Any],
    ) -> dict[str, Any]:
        """A body whose words are said, with what else it needs; ``given`` is what it was before."""
        return body

    def depends_on_state(self, exchange: Exchange) -> bool:  # noqa: ARG002  a dialect may need it
        """Whether a valid call may have been refused for how things stand, which no document can say."""
        return False

    @abstractmethod
    def about_to_send(self, operation: str) -> None:
        """Write down what a call may create, before it is sent."""

    @abstractmethod
    def answered(self, exchange: Exchange) -> None:
        """Write down what a call has created, removed or moved."""

    @abstractmethod
    def changes(self, operation: str) -> bool:
        """Whether an operation changes or removes what its path names."""

    @abstractmethod
    def booked_by(self, exchange: Exchange) -> list[str]:
        """The bookings that an answer shows, if it is one to a booking or a move."""

    def entered(self, exchange: Exchange) -> list[str]:
        """Those of them of which it is known when they are; without any, nothing can be said of overlap."""
        return [code for code in self.booked_by(exchange) if self.calendar.knows(code)]

    @abstractmethod
    def listed_again(self, exchange: Exchange) -> tuple[Exchange, bool] | None:
        """After a cancellation, the slots and whether the one that it freed is among them; None after other calls."""

    @abstractmethod
    def page_faults(self, exchange: Exchange) -> Iterator[tuple[str, str, str]]:
        """What is wrong with a page of a list: requirement, what was expected, and what was seen."""

    @abstractmethod
    def without_scope(self, operation: str) -> tuple[str, str, str] | None:
        """Who may not call an operation, the requirement that says so, and his key or token; None if unknown."""

    def tolerates(self, exchange: Exchange) -> bool:  # noqa: ARG002  a dialect may need it
        """Whether a correct server may answer so to a request that breaks the document."""
        return False

    def body(self, operation: str, body: Any) -> Any:
        """A body with its valid members made meaningful."""
        name = self._contract.operations[operation].request_schema
        if not isinstance(body, dict) or name is None:
            return harmless(body)
        schema = self._contract.schema(name)
        given = cast("dict[str, Any]", body)
        filled = self._filled(given, name, schema, self.body_words(operation))
        return harmless(self.mended(operation, given, filled))

    def _filled(self, body: dict[str, Any], at: str, schema: Mapping[str, Any], words: Words) -> dict[str, Any]:
        known = properties(schema)
        filled: dict[str, Any] = {}
        for name, value in body.items():
            word = words.get(name, value)
            if name not in words or name not in known:
                filled[name] = value
            elif isinstance(word, Mapping) and isinstance(value, dict):
                # An object that is broken inside is mended around its fault.
                inner, deeper = cast("dict[str, Any]", value), cast("Words", word)
                filled[name] = self._filled(inner, f"{at}.{name}", known[name], deeper)
            elif not self._is_valid(at, name, known[name], value):
                filled[name] = value
            elif word is not DROP:
                filled[name] = said(word, value)
        return filled

    def _is_valid(self, at: str, name: str, schema: Mapping[str, Any], value: Any) -> bool:
        key = (at, name)
        if key not in self._valid:
            import jsonschema_rs

            self._valid[key] = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)
        validator = self._valid[key]
        return validator is not None and validator.is_valid(value)


def said(word: Any, value: Any) -> Any:
    """The word for a value: itself, or what it makes of the value."""
    return cast("Callable[[Any], Any]", word)(value) if callable(word) else word


def properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The members that an object schema describes, those of its ``allOf`` included."""
    found: dict[str, Any] = {}
    for part in schema.get("allOf", ()):
        found |= properties(part)
    return found | schema.get("properties", {})


def harmless(value: Any) -> Any:
    """A value whose addresses belong to nobody: hosts of URLs and domains of e-mail addresses are reserved ones."""
    if isinstance(value, str):
        if NOWHERE in value or "127.0.0.1" in value or value.endswith("@example.com"):
            return value
        bare = _URL.sub(lambda found: f"{found.group(1)}{NOWHERE}", value)
        return _EMAIL.sub("@example.com", bare) if "@" in bare and ":" not in bare else bare
    if isinstance(value, list):
        return [harmless(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {key: harmless(item) for key, item in cast("dict[str, Any]", value).items()}
    return value


def one_of(wanted: Sequence[T], given: Any) -> T:
    """One of a few things, always the same for one generated value: so a sequence that is sent again is the same."""
    return wanted[crc32(str(given).encode("utf-8", "replace")) % len(wanted)]


def named(name: Any) -> Any:
    """A name that has something to read in it: blank ones are refused where a length alone is asked for."""
    return name if any(letter.isalnum() for letter in str(name)) else "Zoë Example"


def countable(number: Any) -> Any:
    """A number of something that a server can count; a larger one may be refused whatever the document allows."""
    return number if len(str(number)) <= 9 else 999_999_999
