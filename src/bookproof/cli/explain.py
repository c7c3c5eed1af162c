"""``bookproof explain``: one requirement."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bookproof.errors import UsageError

if TYPE_CHECKING:
    from bookproof.catalogue import Catalogue, Requirement

EPILOG = """\b
Example:
  bookproof explain bookings.create.taken

\b
Exit codes:
  0  explained     2  there is no such requirement
"""

_WEIGHT = {"violation": "a violation", "warning": "a warning", "information": "information only"}
_PROVENANCE = {
    "documented": "a source document says it",
    "observed": "seen on a real server; the documents are silent or say otherwise",
    "assumed": "the documents are silent; a target file may bind it otherwise",
}


@click.command(epilog=EPILOG, short_help="Say what a requirement asks and how it is judged.")
@click.argument("requirement_id")
def explain(requirement_id: str) -> None:
    """Say what a requirement asks, who says so, how it is judged, and what a server that breaks it looks like."""
    catalogue = find(requirement_id)
    for line in lines(catalogue, catalogue.get(requirement_id)):
        click.echo(line)


def find(requirement_id: str) -> Catalogue:
    """The catalogue that has a requirement.

    Raises:
        UsageError: none has; names near matches, and requirements whose id contains what was asked for.
    """
    from difflib import get_close_matches

    from bookproof.catalogue import Catalogue, dialects

    loaded = [Catalogue.load(dialect) for dialect in dialects()]
    for catalogue in loaded:
        if requirement_id in catalogue.rows:
            return catalogue
    ids = [identity for catalogue in loaded for identity in catalogue.rows]
    near = [identity for identity in ids if requirement_id.lower() in identity][:5]
    near = near or get_close_matches(requirement_id, ids, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "see `bookproof list requirements`"
    raise UsageError(f"there is no requirement {requirement_id!r}; {hint}")


def lines(catalogue: Catalogue, row: Requirement) -> Iterator[str]:
    """Everything that is known about a requirement, for the console."""
    from bookproof.catalogue import document_of
    from bookproof.mock.defects import all_defects
    from bookproof.plan import check_sources

    yield f"{row.id}  ({catalogue.dialect})"
    yield f"  {row.text}"
    yield ""
    yield f"{row.level}, {row.provenance}: {_PROVENANCE[row.provenance]}"
    yield f"  breaking it is {_WEIGHT[row.severity]}"
    yield "source"
    for source in row.source:
        title = catalogue.documents[document_of(source)]
        yield f"  {title}{source.removeprefix(document_of(source))}"
    if row.excluded_because:
        yield "not judged"
        yield f"  {row.excluded_because}"
        return
    yield "needs"
    yield f"  safety {row.safety}" + (f", capability {row.capability}" if row.capability else "")
    for check in check_sources():
        if check.requirement == row.id:
            yield "judged by"
            yield f"  suites/{check.node}"
            for line in check.docstring.splitlines():
                yield f"    {line}".rstrip()
            yield f"  on the evidence of probe {check.probe}"
    broken_by = [defect for defect in all_defects().values() if row.id in defect.breaks]
    if broken_by:
        yield "broken by"
        for defect in broken_by:
            yield f"  {defect.name}: {defect.story}"
    yield "judge it"
    yield f"  bookproof run --select {shlex.quote(row.id)}"
    if broken_by:
        yield f"  bookproof run --target mock:defect={broken_by[0].name} --select {shlex.quote(row.id)}"
