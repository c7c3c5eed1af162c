"""The catalogue: every requirement of a dialect, read from ``schemas/<vendor>/<version>/requirements.yaml``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, cast

from bookproof.contracts.documents import dialects, document_path, read_yaml
from bookproof.errors import BookproofError, UsageError
from bookproof.resources import schema_path
from bookproof.verdict import Severity

__all__ = ["BrokenCatalogue", "Catalogue", "Requirement", "dialects", "document_of"]

_BY_LEVEL = {"MUST": Severity.VIOLATION, "SHOULD": Severity.WARNING, "MAY": Severity.INFORMATION}
_BY_PROVENANCE = {"observed": Severity.WARNING, "assumed": Severity.INFORMATION}


class BrokenCatalogue(BookproofError):
    """A requirements file of ours is wrong."""


@dataclass(frozen=True)
class Requirement:
    """One sentence that an API must, should or may keep.

    Attributes:
        id: for example ``bookings.create.taken``.
        text: the sentence, in our words.
        level: ``MUST``, ``SHOULD`` or ``MAY``.
        provenance: ``documented``, ``observed`` or ``assumed``.
        source: where it is said, each ``<document> § <section>``.
        safety: the least safety class that can judge it.
        capability: what a target must have for it, or None.
        excluded_because: why no check judges it, or None.
        disputed: what real servers do instead, where the source says otherwise, or None. Then a finding is a warning.
        core: whether the row is one of ``schemas/core/requirements.yaml``, which every dialect is judged by.
    """

    id: str
    text: str
    level: str
    provenance: str
    source: tuple[str, ...]
    safety: str = "read"
    capability: str | None = None
    excluded_because: str | None = None
    disputed: str | None = None
    core: bool = False

    @property
    def severity(self) -> Severity:
        """How much a finding weighs: the level decides what is documented; only that can be a violation."""
        if self.disputed:
            return Severity.WARNING
        return _BY_PROVENANCE.get(self.provenance) or _BY_LEVEL[self.level]

    @property
    def area(self) -> str:
        """The first segment of the id."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Catalogue:
    """The requirements of one dialect.

    Attributes:
        dialect: for example ``imatic-v1``.
        documents: short name of a source document to its title.
        rows: requirement by id, in the order of the file.
    """

    dialect: str
    documents: Mapping[str, str]
    rows: Mapping[str, Requirement] = field(repr=False)

    @classmethod
    def load(cls, dialect: str) -> Catalogue:
        """The catalogue of a dialect; it is read once.

        Raises:
            UsageError: there is no such dialect.
        """
        return _load(dialect)

    @cached_property
    def judged(self) -> Sequence[Requirement]:
        """The rows that a check judges."""
        return [row for row in self.rows.values() if not row.excluded_because]

    @cached_property
    def excluded(self) -> Sequence[Requirement]:
        """The rows that no check judges, each with its reason."""
        return [row for row in self.rows.values() if row.excluded_because]

    def get(self, identity: str) -> Requirement:
        """A row by its id.

        Raises:
            UsageError: there is no such row; names near matches.
        """
        if identity in self.rows:
            return self.rows[identity]
        near = difflib.get_close_matches(identity, self.rows, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `bookproof list requirements`"
        raise UsageError(f"{self.dialect} has no requirement {identity!r}; {hint}")


@cache
def _load(dialect: str) -> Catalogue:
    path = document_path(dialect, "requirements.yaml")
    document = cast("dict[str, Any]", read_yaml(path))
    documents = cast("dict[str, str]", document["documents"])
    rows: dict[str, Requirement] = {}
    core = core_rows()
    for raw in cast("list[dict[str, Any]]", document["requirements"]):
        row = _row({**raw, "core": raw.get("id") in core}, path.name)
        if row.id in rows:
            raise BrokenCatalogue(f"{path.name}: two requirements are called {row.id}")
        for source in row.source:
            if document_of(source) not in documents:
                raise BrokenCatalogue(f"{path.name}: {row.id}: unknown document in source {source!r}")
        rows[row.id] = row
    return Catalogue(dialect, documents, rows)


@cache
def core_rows() -> Mapping[str, str]:
    """The rows that all dialects share: id to what they say, whoever the vendor is."""
    rows = cast("list[dict[str, str]]", read_yaml(schema_path("core", "requirements.yaml"))["requirements"])
    return {row["id"]: row["text"] for row in rows}


def document_of(source: str) -> str:
    """The document that a source names: the part before ``§``, or before a remark in brackets."""
    return source.partition(" § ")[0].partition(" (")[0]


def _row(raw: dict[str, Any], file: str) -> Requirement:
    try:
        values: dict[str, Any] = {**raw, "source": tuple(raw["source"])}
        row = Requirement(**values)
        known = row.level in _BY_LEVEL and row.provenance in (*_BY_PROVENANCE, "documented")
    except (TypeError, KeyError) as error:
        raise BrokenCatalogue(f"{file}: {raw.get('id', 'a row')}: {error}") from error
    if not known:
        raise BrokenCatalogue(f"{file}: {row.id}: unknown level {row.level} or provenance {row.provenance}")
    return row
