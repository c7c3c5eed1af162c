"""``bookproof explain``: one requirement, or everything that can be done with an API."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bookproof.errors import UsageError

if TYPE_CHECKING:
    from bookproof.catalogue import Catalogue, Requirement
    from bookproof.contracts.capabilities import Capability, CapabilityMap

FORMATS = ("table", "markdown", "json")

EPILOG = """\b
Examples:
  bookproof explain bookings.create.taken        what a requirement asks
  bookproof explain calcom                       what can be done with Cal.com v2
  bookproof explain calcom --format markdown > calcom.md
  bookproof explain imatic-v1 --format json

\b
Exit codes:
  0  explained     2  there is no such requirement or API
"""

_WEIGHT = {"violation": "a violation", "warning": "a warning", "information": "information only"}
_PROVENANCE = {
    "documented": "a source document says it",
    "observed": "seen on a real server; the documents are silent or say otherwise",
    "assumed": "the documents are silent; a target file may bind it otherwise",
}
_COLUMNS = ("operation", "method", "path", "what it does", "access", "permission", "version", "webhook event")
_WIDTH_OF_FILES = 240


@click.command(epilog=EPILOG, short_help="Say what a requirement asks, or what an API can do.")
@click.argument("name", metavar="REQUIREMENT|API")
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    default="table",
    show_default=True,
    help="How to write the operations of an API.",
)
def explain(name: str, style: str) -> None:
    """Say what a requirement asks, who says so, how it is judged, and what a server that breaks it looks like.

    Of an API (imatic, calcom, or a dialect such as calcom-v2) say what can be done with it: every operation with what
    it does, whether it reads or writes, the permission it needs, its version and the webhook event it sets off.
    """
    from bookproof.contracts.capabilities import CapabilityMap, described_dialect

    dialect = described_dialect(name)
    if dialect:
        _show(CapabilityMap.load(dialect), style)
        return
    if style != "table":
        raise UsageError(f"--format {style} writes the operations of an API; {name!r} is no API")
    for number, catalogue in enumerate(find(name)):
        if number:
            click.echo()
        for line in lines(catalogue, catalogue.get(name)):
            click.echo(line)


def find(requirement_id: str) -> list[Catalogue]:
    """The catalogues that have a requirement.

    Raises:
        UsageError: none has; names near matches, and requirements whose id contains what was asked for.
    """
    from difflib import get_close_matches

    from bookproof.catalogue import Catalogue, dialects
    from bookproof.contracts.documents import dialects as with_document

    loaded = [Catalogue.load(dialect) for dialect in dialects()]
    found = [catalogue for catalogue in loaded if requirement_id in catalogue.rows]
    if found:
        return found
    ids = list(dict.fromkeys(identity for catalogue in loaded for identity in catalogue.rows))
    near = [identity for identity in ids if requirement_id.lower() in identity][:5]
    near = near or get_close_matches(requirement_id, [*ids, *with_document("openapi.yaml")], n=3, cutoff=0.5)
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
    if row.disputed:
        yield "disputed"
        yield f"  {row.disputed}"
    yield "needs"
    yield f"  safety {row.safety}" + (f", capability {row.capability}" if row.capability else "")
    for check in check_sources():
        if check.requirement == row.id and check.dialect == catalogue.dialect:
            yield "judged by"
            yield f"  suites/{check.node}"
            for line in check.docstring.splitlines():
                yield f"    {line}".rstrip()
            yield f"  on the evidence of probe {check.probe}"
    broken_by = [
        defect for defect in all_defects().values() if row.id in defect.breaks and defect.dialect == catalogue.dialect
    ]
    if broken_by:
        yield "broken by"
        for defect in broken_by:
            yield f"  {defect.name}: {defect.story}"
    yield "judge it"
    yield f"  bookproof run --select {shlex.quote(row.id)}"
    if broken_by:
        yield f"  bookproof run --target mock:defect={broken_by[0].name} --select {shlex.quote(row.id)}"


def _show(found: CapabilityMap, style: str) -> None:
    if style == "json":
        click.echo(json.dumps(found.as_data(), indent=2, ensure_ascii=False))
    elif style == "markdown":
        click.echo("\n".join(_markdown(found)))
    else:
        _print_table(found)


def _markdown(found: CapabilityMap) -> Iterator[str]:
    columns = _used_columns(found)
    yield f"# {found.title}"
    for group, capabilities in found.groups.items():
        yield ""
        yield f"## {group}"
        yield ""
        yield f"| {' | '.join(columns)} |"
        yield f"|{' --- |' * len(columns)}"
        for capability in capabilities:
            cells = _cells(found, capability)
            yield f"| {' | '.join(cells[column] for column in columns)} |"
    yield ""
    yield " ".join(_totals(found))


def _print_table(found: CapabilityMap) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns = _used_columns(found)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        table.add_column(column, no_wrap=column == _COLUMNS[0], overflow="fold")
    for number, (group, capabilities) in enumerate(found.groups.items()):
        if number:
            table.add_row()
        table.add_row(Text(group, style="bold"))
        for capability in capabilities:
            cells = _cells(found, capability)
            table.add_row(*(Text(cells[column]) for column in columns))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDTH_OF_FILES
    console.print(Text(found.title, style="bold"))
    console.print()
    console.print(table)
    console.print()
    for line in _totals(found):
        console.print(line)


def _used_columns(found: CapabilityMap) -> list[str]:
    """The columns that say something for at least one operation."""
    cells = [_cells(found, capability) for capability in found.capabilities]
    return [column for column in _COLUMNS if any(row[column] for row in cells)]


def _cells(found: CapabilityMap, capability: Capability) -> dict[str, str]:
    versioned = any(each.documented_version for each in found.capabilities)
    values = (
        f"{'+' if capability.extra else ''}{capability.operation}",
        capability.method,
        capability.path,
        capability.summary,
        capability.access,
        _permission(capability),
        _version(capability) if versioned else "",
        _event(capability),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _permission(capability: Capability) -> str:
    remarks: list[str] = []
    if capability.observed_permission != capability.permission:
        remarks.append(capability.observed_permission or "none")
    if capability.public:
        remarks.append("public")
    if _is_assumed(capability):
        remarks.append("assumed")
    return _with_remarks(capability.permission or "none", remarks)


def _version(capability: Capability) -> str:
    if capability.versions:
        return ", ".join(capability.versions)
    return _with_remarks(capability.documented_version, ["any"]) if capability.documented_version else "any"


def _event(capability: Capability) -> str:
    if capability.observed_webhook_event == capability.webhook_event:
        return capability.webhook_event or ""
    return _with_remarks(capability.webhook_event or "none", [capability.observed_webhook_event or "none"])


def _with_remarks(documented: str, remarks: list[str]) -> str:
    return f"{documented} ({', '.join(remarks)})" if remarks else documented


def _totals(found: CapabilityMap) -> Iterator[str]:
    from bookproof.render.text import counted

    totals = found.totals
    parts = (
        counted(totals.operations, "operation"),
        f"{totals.read} read",
        f"{totals.write} write",
        counted(totals.permissions, "permission"),
    )
    yield f"{', '.join(parts)}."
    if totals.extra:
        yield f"+ {totals.extra} more, which the documents do not count."
    remarks = (
        ("seen on a real server", any(_differs(capability) for capability in found.capabilities)),
        ("public, where no credentials are needed", any(capability.public for capability in found.capabilities)),
        ("assumed, where the documents are silent", any(_is_assumed(capability) for capability in found.capabilities)),
    )
    shown = [remark for remark, holds in remarks if holds]
    if shown:
        yield f"In brackets: {'; '.join(shown)}."


def _differs(capability: Capability) -> bool:
    documented = (capability.permission, capability.webhook_event)
    return documented != (capability.observed_permission, capability.observed_webhook_event)


def _is_assumed(capability: Capability) -> bool:
    return bool(capability.permission) and capability.permission_provenance == "assumed"
