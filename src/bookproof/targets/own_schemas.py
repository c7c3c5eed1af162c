"""The JSON Schemas of our own files, and what they say about a place in such a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from bookproof.resources import schema_path
from bookproof.targets.formats import FORMATS
from bookproof.targets.toml_lines import KeyPath

if TYPE_CHECKING:
    from jsonschema_rs import Validator


@cache
def own_schema(name: str) -> dict[str, Any]:
    """A schema below ``schemas/own``, for example ``target``."""
    return json.loads(schema_path("own", f"{name}.schema.json").read_text("utf-8"))


@cache
def own_validator(name: str) -> Validator:
    """A compiled validator of one of our schemas; formats are checked, our own too."""
    import jsonschema_rs

    checks = cast("dict[str, Callable[[str], bool]]", FORMATS)
    return jsonschema_rs.Draft202012Validator(own_schema(name), validate_formats=True, formats=checks)


class SchemaPlace:
    """What a schema says about a path of a document.

    Attributes:
        schema: the whole schema.
        path: keys and list indexes.
        rules: the subschema for that path, references followed; empty where the schema knows no such path.
        description: what it is, in words for a message.
    """

    def __init__(self, schema: Mapping[str, Any], path: KeyPath) -> None:
        self.schema = schema
        self.path = path
        self.rules: dict[str, Any] = dict(schema)
        self.description: str = ""
        for step in path:
            below = self._below(step)
            self.description = below.get("description", "")
            if "$ref" in below:
                named = at(schema, below["$ref"].removeprefix("#/").split("/"))
                self.description = self.description or named.get("description", "")
                below = named
            self.rules = below

    def _below(self, step: str | int) -> dict[str, Any]:
        if isinstance(step, int):
            return self.rules.get("items", {})
        known = self.rules.get("properties", {})
        if step in known:
            return known[step]
        for pattern, rules in self.rules.get("patternProperties", {}).items():
            if re.search(pattern, step):
                return rules
        more = self.rules.get("additionalProperties")
        return cast("dict[str, Any]", more) if isinstance(more, dict) else {}


def at(value: Any, path: Iterable[str | int]) -> Any:
    """What lies at a path of keys and list indexes."""
    for step in path:
        value = value[step]
    return value
