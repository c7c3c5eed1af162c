"""Bindings: how the suite's words become an API's paths and fields, and back.

The defaults lie in ``schemas/<vendor>/<version>/binding.toml``; a target file overrides single lines of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, cast
from urllib.parse import quote

from bookproof.resources import schema_path

_DOCUMENTS = {"imatic-v1": ("imatic", "v1")}


def has_binding(dialect: str) -> bool:
    """Whether a dialect leaves names open, which a target file may then bind."""
    return dialect in _DOCUMENTS


class _Missing:
    """Stands for a field that an answer does not have."""

    def __repr__(self) -> str:
        return "<missing>"

    def __bool__(self) -> bool:
        return False


#: Stands for a field that an answer does not have.
MISSING: Any = _Missing()


@dataclass(frozen=True)
class Call:
    """A call in the API's own words: method, path, query and JSON body (None: no body)."""

    method: str
    path: str
    query: Mapping[str, str]
    body: dict[str, Any] | None


@dataclass(frozen=True)
class Form:
    """How requests of an operation are written.

    Attributes:
        in_path: the arguments that stand in the path.
        query, body: argument to the name of its parameter, or to its dotted path; "" where the API does not take it.
        params, constants: what every query, and every body, has besides.
    """

    in_path: frozenset[str]
    query: Mapping[str, str]
    body: Mapping[str, str]
    params: Mapping[str, Any]
    constants: Mapping[str, Any]


@cache
def default_binding(dialect: str) -> Mapping[str, Any]:
    """The binding of a dialect as its own documents suggest it."""
    return tomllib.loads(default_binding_path(dialect).read_text("utf-8"))


def default_binding_path(dialect: str) -> Path:
    """The file that holds the default binding of a dialect."""
    return schema_path(*_DOCUMENTS[dialect], "binding.toml")


def dig(value: Any, path: str) -> Any:
    """What lies at a dotted path (numbers index lists), or :data:`MISSING`. An empty path is the value itself."""
    for step in _steps(path):
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get(step, MISSING)
        elif isinstance(value, list) and step.lstrip("-").isdigit():
            items = cast("list[Any]", value)
            value = items[int(step)] if -len(items) <= int(step) < len(items) else MISSING
        else:
            return MISSING
    return value


@cache
def _names_in(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split(".")) if path else ()


def plant(body: dict[str, Any], path: str, value: Any) -> None:
    """Set a value at a dotted path, making the objects on the way."""
    *way, last = path.split(".")
    for step in way:
        body = body.setdefault(step, {})
    body[last] = value


class Binding:
    """The binding of one target: the dialect's defaults with the file's overrides laid over them."""

    def __init__(self, dialect: str, overrides: Mapping[str, Any]) -> None:
        self._tables = cast("dict[str, Any]", _overlay(default_binding(dialect), overrides))
        self.status_words = {
            raw.lower(): word for word, raws in self._tables["values"]["status"].items() for raw in raws
        }

    def call(self, operation: str, arguments: Mapping[str, Any]) -> Call:
        """Say an operation in the API's words.

        Args:
            operation: operation id, for example ``createBooking``.
            arguments: argument name, in the suite's words, to a JSON value.

        Raises:
            KeyError: the binding has no place for an argument, which is a mistake of the suite.
        """
        table = self._tables["operations"][operation]
        template = table["path"]
        in_path = _names_in(template)
        path = template.format(**{name: quote(str(arguments[name]), safe="") for name in in_path})
        query: dict[str, str] = {name: str(value) for name, value in table.get("params", {}).items()}
        constants = table.get("constants")
        body: dict[str, Any] = deepcopy(constants) if constants else {}
        has_body = any(table.get("body", {}).values()) or bool(body)
        for name, value in arguments.items():
            if name in in_path:
                continue
            place = table.get("query", {}).get(name)
            if place is not None:
                if place:
                    query[place] = str(value)
                continue
            place = table.get("body", {})[name]
            if place:
                plant(body, place, value)
        return Call(table["method"], path, query, body if has_body else None)

    def form(self, operation: str) -> Form:
        """How requests of an operation are written."""
        table = self._tables["operations"][operation]
        parts = (table.get(part, {}) for part in ("query", "body", "params", "constants"))
        return Form(_names_in(table["path"]), *parts)

    def takes(self, operation: str, argument: str) -> bool:
        """Whether the API takes an argument at all."""
        table = self._tables["operations"][operation]
        in_path = "{" + argument + "}" in table["path"]
        return in_path or bool(table.get("query", {}).get(argument) or table.get("body", {}).get(argument))

    def body_place(self, operation: str, argument: str) -> str:
        """The dotted path of an argument in the request body, or ""."""
        return self._tables["operations"][operation].get("body", {}).get(argument, "")

    def statuses(self, operation: str) -> frozenset[int]:
        """Success statuses that the target file adds to those of the contract."""
        return frozenset(self._tables["operations"][operation].get("statuses", ()))

    def at(self, operation: str, kind: str) -> str:
        """Where the object of a kind lies in the answer to an operation; "" where the answer is the object."""
        return self._tables["operations"].get(operation, {}).get("at", self._tables["objects"][kind]["at"])

    def single(self, operation: str, kind: str, answer: Any) -> Any:
        """The object of a kind in the answer to a single read or write, or :data:`MISSING`."""
        at = self.at(operation, kind)
        # An error in the documented envelope is not an object, whatever its status.
        return MISSING if not at and dig(answer, "success") is False else dig(answer, at)

    def items(self, operation: str, answer: Any) -> Any:
        """The items in the answer to a list, or :data:`MISSING`."""
        return dig(answer, self.list_path(operation))

    def list_path(self, operation: str) -> str:
        """Where the items lie in the answer to a list, as a dotted path."""
        return self._tables["lists"][operation]

    def field(self, kind: str, name: str, obj: Any) -> Any:
        """A field of an object, in the suite's words, or :data:`MISSING`."""
        path = self._tables["objects"][kind].get(name, "")
        return dig(obj, path) if path else MISSING

    def field_path(self, kind: str, name: str) -> str:
        """The dotted path of a field, or "" where the API does not show it."""
        return self._tables["objects"][kind].get(name, "")

    def field_names(self, kind: str) -> list[str]:
        """The fields of a kind that the API shows, in the suite's words."""
        return [name for name, path in self._tables["objects"][kind].items() if name != "at" and path]

    def status_out(self, word: str) -> str:
        """How the API writes a status in a query."""
        return self._tables["values"]["status"][word][0]

    def knows_status(self, word: Any) -> bool:
        """Whether this is a status in the suite's words."""
        return isinstance(word, str) and word in self._tables["values"]["status"]

    def learn_live_status(self, shown: str | None) -> None:
        """Take an unknown word, with which a booking that was just made is shown, as one for confirmed."""
        if shown and shown not in self._tables["values"]["status"]:
            self.status_words[shown.lower()] = "confirmed"

    def format(self, name: str) -> str:
        """One of the ``[formats]``."""
        return self._tables["formats"][name]

    def delivery(self, name: str) -> str:
        """One of the ``[deliveries]``: a dotted path in the body of a delivery, or the name of its signature header."""
        return self._tables["deliveries"][name]

    @property
    def mcp_path(self) -> str:
        """Where the MCP server listens below the base URL."""
        return self._tables["mcp"]["path"]

    def tool_arguments(self, tool: str) -> Mapping[str, str]:
        """Argument of an MCP tool, in the suite's words, to its dotted path; "" where the tool does not take it."""
        return self._tables["tools"][tool]["arguments"]


def _overlay(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        lower, upper = cast("Mapping[str, Any]", below), cast("Mapping[str, Any]", above)
        return {
            key: _overlay(lower[key], upper[key]) if key in lower and key in upper else upper.get(key, lower.get(key))
            for key in {**lower, **upper}
        }
    return above
