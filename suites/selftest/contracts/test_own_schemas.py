"""The schemas of our own files: valid, closed, described, and in step with the code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bookproof.catalogue import Catalogue, dialects
from bookproof.contracts.openapi import Contract
from bookproof.mock.defects import all_defects
from bookproof.resources import schema_path
from bookproof.targets.binding import default_binding
from bookproof.targets.door import OPERATIONS
from bookproof.targets.own_schemas import own_schema, own_validator
from bookproof.targets.target import ROLES, Safety

NAMES = sorted(path.name.removesuffix(".schema.json") for path in schema_path("own").glob("*.schema.json"))
MINE = ("defect", "requirement", "target", "vectors", "waivers")
TARGET = own_schema("target")["properties"]


def objects(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from objects(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner, path)


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_valid(name: str) -> None:
    """It is a JSON Schema of 2020-12 itself."""
    assert own_schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(own_schema(name))


@pytest.mark.parametrize("name", MINE)
def test_schema_is_closed_and_described(name: str) -> None:
    """A table says what it may hold, and every key what it is for."""
    for path, schema in objects(own_schema(name)):
        if schema.get("type") == "object" and not path.endswith("/constants"):
            assert "additionalProperties" in schema, path
        for key, rules in schema.get("properties", {}).items():
            named = isinstance(rules, dict) and ("description" in rules or "$ref" in rules or "const" in rules)
            assert named, f"{path}/{key}"


def test_target_schema_names_what_the_code_knows() -> None:
    """Roles, safety classes, dialects, door calls, capabilities, formats: no list is kept twice and differs."""
    assert tuple(TARGET["credentials"]["properties"]) == ROLES
    assert tuple(TARGET["limits"]["properties"]["roles"]["properties"]) == ROLES
    assert TARGET["safety"]["enum"] == [str(safety) for safety in Safety]
    assert TARGET["dialect"]["enum"] == list(dialects())
    assert TARGET["door"]["properties"]["supports"]["items"]["enum"] == list(OPERATIONS)
    offered = {op.capability for op in Contract.load("imatic-v1").operations.values() if op.capability}
    calcom = {"teams", "organizations", "oauth", "platform", "legacy"}
    assert set(TARGET["capabilities"]["properties"]) == offered | {"book-by-link", "mcp"} | calcom
    bindings = TARGET["bindings"]["properties"]
    defaults = default_binding("imatic-v1")
    assert set(bindings) == set(defaults)
    assert set(bindings["formats"]["properties"]) == set(defaults["formats"])
    for name, word in defaults["formats"].items():
        assert word in bindings["formats"]["properties"][name]["enum"]


@pytest.mark.parametrize("name", sorted(all_defects()))
def test_defect_is_valid(name: str) -> None:
    """A defect has a story and breaks rows that a check judges."""
    defect = all_defects()[name]
    names = ("name", "area", "dialect", "story")
    shown = {name: getattr(defect, name) for name in names} | {"breaks": list(defect.breaks)}
    assert [error.message for error in own_validator("defect").iter_errors(shown)] == []
    judged = {row.id for row in Catalogue.load(defect.dialect).judged}
    assert set(defect.breaks) <= judged
