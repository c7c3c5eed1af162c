"""What the input schema of a tool says about its arguments, however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

#: Objects are followed to this depth; nothing asks for more, and schemas may refer to themselves.
_DEEPEST = 4


@dataclass(frozen=True)
class Argument:
    """An argument that is no object of named members.

    Attributes:
        path: dotted, from the arguments.
        types: the JSON types that it may have; empty where the schema does not say.
        required: whether it, and every object that it lies in, must be given.
    """

    path: str
    types: frozenset[str]
    required: bool

    @property
    def open(self) -> bool:
        """Whether it may be an object, of which the schema does not say what is in it."""
        return not self.types or "object" in self.types


def arguments_of(schema: Mapping[str, Any]) -> dict[str, Argument]:
    """The arguments of a tool by their paths; objects with named members are told by these."""
    return {argument.path: argument for argument in _members(schema, schema, "", required=True, depth=0)}


def same_letters(name: str) -> str:
    """A name without what spelling adds to it: ``attendee.timeZone`` and ``attendee_time_zone`` become one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _members(
    whole: Mapping[str, Any], node: Mapping[str, Any], path: str, *, required: bool, depth: int
) -> Iterator[Argument]:
    properties: dict[str, Any] = {}
    needed: set[str] = set()
    for part in _parts(whole, node, 0):
        properties |= _table(part.get("properties"))
        names = part.get("required")
        needed |= {str(name) for name in cast("list[Any]", names)} if isinstance(names, list) else set[str]()
    if path and (not properties or depth >= _DEEPEST):
        types = {name for part in _parts(whole, node, 0) for name in _types(part)}
        yield Argument(path, frozenset(types - {"null"}), required)
        return
    for name, below in properties.items():
        inner = f"{path}.{name}" if path else name
        yield from _members(whole, _table(below), inner, required=required and name in needed, depth=depth + 1)


def _parts(whole: Mapping[str, Any], node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """A schema and those that it refers to or is put together from."""
    yield node
    if depth >= _DEEPEST:
        return
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        found: Any = whole
        for step in reference[2:].split("/"):
            found = _table(found).get(step.replace("~1", "/").replace("~0", "~"))
        yield from _parts(whole, _table(found), depth + 1)
    for name in ("allOf", "anyOf", "oneOf"):
        branches = node.get(name)
        for branch in cast("list[Any]", branches) if isinstance(branches, list) else ():
            yield from _parts(whole, _table(branch), depth + 1)


def _types(part: Mapping[str, Any]) -> Iterator[str]:
    stated = part.get("type")
    if isinstance(stated, str):
        yield stated
    elif isinstance(stated, list):
        yield from (str(name) for name in cast("list[Any]", stated))


def _table(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
