"""The catalogue: every row is well-formed, has known sources, and weighs what its provenance allows."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from bookproof.catalogue import Catalogue, Requirement, dialects, document_of
from bookproof.contracts.documents import document_path, read_yaml
from bookproof.contracts.openapi import Contract
from bookproof.errors import UsageError
from bookproof.targets.own_schemas import own_validator
from bookproof.verdict import Severity

DOCUMENT: dict[str, Any] = read_yaml(document_path("imatic-v1", "requirements.yaml"))
ROWS: list[dict[str, Any]] = DOCUMENT["requirements"]
CATALOGUE = Catalogue.load("imatic-v1")


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_row_is_valid(row: dict[str, Any]) -> None:
    """Each row on its own keeps to the schema of requirements."""
    assert [error.message for error in own_validator("requirement").iter_errors(row)] == []


def test_ids_are_unique() -> None:
    """A row is named once."""
    assert [name for name, count in Counter(row["id"] for row in ROWS).items() if count > 1] == []


def test_sources_are_known_and_all_used() -> None:
    """A row names documents that the file introduces, and each of these is named by some row."""
    assert DOCUMENT["dialect"] == "imatic-v1"
    assert {document_of(source) for row in ROWS for source in row["source"]} == set(DOCUMENT["documents"])


def test_every_section_of_the_documents_has_a_row() -> None:
    """Whatever the two documents speak about, some row answers for it."""
    sections = {source for row in ROWS for source in row["source"]}
    assert sections >= {
        "calendar § Authentication & API keys",
        "calendar § REST API v1",
        "calendar § Webhooks",
        "calendar § MCP server",
        "calendar § Next steps",
        "platform § REST API",
        "platform § Examples are illustrative",
        "platform § Authentication",
        "platform § Sending an API key",
        "platform § How API keys work",
        "platform § Webhooks",
        "platform § Verifying the signature",
        "platform § Respond fast, process later",
        "platform § Pagination",
        "platform § Rate limiting",
        "platform § Error handling",
        "platform § Resources by product",
    }


def test_capabilities_are_those_of_the_contract() -> None:
    """A row asks for nothing that no operation has."""
    offered = {op.capability for op in Contract.load("imatic-v1").operations.values() if op.capability}
    assert {row.capability for row in CATALOGUE.rows.values() if row.capability} <= offered | {"book-by-link", "mcp"}


def test_judged_and_excluded_are_the_whole() -> None:
    """Every row is one or the other."""
    assert len(CATALOGUE.judged) + len(CATALOGUE.excluded) == len(CATALOGUE.rows) == len(ROWS)
    assert all(row.excluded_because for row in CATALOGUE.excluded)


@pytest.mark.parametrize(
    ("level", "provenance", "severity"),
    [
        ("MUST", "documented", Severity.VIOLATION),
        ("SHOULD", "documented", Severity.WARNING),
        ("MAY", "documented", Severity.INFORMATION),
        ("MUST", "observed", Severity.WARNING),
        ("MUST", "assumed", Severity.INFORMATION),
        ("SHOULD", "assumed", Severity.INFORMATION),
    ],
)
def test_severity(level: str, provenance: str, severity: Severity) -> None:
    """Only what a document says can be a violation."""
    row = Requirement("area.topic.point", "A sentence.", level, provenance, ("calendar § Webhooks",))
    assert row.severity is severity
    assert row.area == "area"


def test_unknown_row_names_near_matches() -> None:
    """A slip of the pen is answered with what was probably meant."""
    assert CATALOGUE.get("bookings.create.taken").level == "MUST"
    with pytest.raises(UsageError, match=re.escape("did you mean bookings.create.taken")):
        CATALOGUE.get("bookings.create.take")
    with pytest.raises(UsageError, match="bookproof list requirements"):
        CATALOGUE.get("zzz")


def test_catalogue_is_loaded_once() -> None:
    """Every part of a run sees the same rows."""
    assert Catalogue.load("imatic-v1") is CATALOGUE
    assert "imatic-v1" in dialects()
    with pytest.raises(UsageError, match="no dialect"):
        Catalogue.load("imatic-v9")
