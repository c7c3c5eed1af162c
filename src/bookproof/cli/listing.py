"""``bookproof list``: requirements, probes, defects and targets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import click

FORMATS = ("table", "json", "markdown")

EPILOG = """\b
Examples:
  bookproof list requirements --select 'slots.*'
  bookproof list requirements --format markdown > requirements.md
  bookproof list defects --format json
  bookproof list targets
"""


@dataclass(frozen=True)
class Listing:
    """Rows of plain data: ``columns`` are shown in tables, JSON shows all."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def requirements() -> Listing:
    """Every requirement of every dialect."""
    from bookproof.catalogue import Catalogue, dialects

    loaded = [Catalogue.load(dialect) for dialect in dialects()]
    rows = [{**vars(row), "dialect": catalogue.dialect} for catalogue in loaded for row in catalogue.rows.values()]
    columns = ("id", "level", "provenance", "safety", "text", "excluded_because")
    return Listing((*columns, "dialect") if len(loaded) > 1 else columns, rows)


def probes() -> Listing:
    """Every probe, in the order in which a run spends its requests."""
    from bookproof.contracts.documents import dialects
    from bookproof.probes.base import all_probes

    rows = [
        {
            "id": probe.id,
            "dialect": probe.dialect,
            "safety": str(probe.safety),
            "requests": probe.cost,
            "capability": probe.capability,
            "creates": probe.creates,
            "what": (probe.__doc__ or "").partition("\n")[0],
        }
        for dialect in dialects()
        for probe in all_probes(dialect).values()
    ]
    return Listing(("id", "dialect", "safety", "requests", "capability", "creates", "what"), rows)


def defects() -> Listing:
    """Every bug that can be planted in the mock."""
    from bookproof.mock.defects import all_defects

    rows = [
        {
            "id": found.name,
            "dialect": found.dialect,
            "area": found.area,
            "story": found.story,
            "breaks": list(found.breaks),
        }
        for found in all_defects().values()
    ]
    return Listing(("id", "story", "breaks"), rows)


def targets() -> Listing:
    """Every target that can be named without a path."""
    from bookproof.resources import fixtures_path
    from bookproof.targets.files import read_document
    from bookproof.targets.specs import target_names

    rows: list[dict[str, Any]] = []
    for name in target_names():
        path = fixtures_path("targets", f"{name}.toml")
        document = read_document(path)
        where = document.get("base_url") or f"${document.get('base_url_env')}"
        rows.append(
            {
                "id": name,
                "dialect": document["dialect"],
                "safety": document.get("safety", "destructive" if document.get("embedded") else "read"),
                "where": "embedded in the run" if document.get("embedded") else where,
                "file": str(path),
            }
        )
    return Listing(("id", "dialect", "safety", "where", "file"), rows)


KINDS: dict[str, Callable[[], Listing]] = {
    "requirements": requirements,
    "probes": probes,
    "defects": defects,
    "targets": targets,
}


@click.command("list", epilog=EPILOG)
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.option("--format", "style", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--select", multiple=True, metavar="PATTERN", help="Only ids that match. May be given several times.")
def list_(kind: str, style: str, select: tuple[str, ...]) -> None:
    """List what there is: requirements, probes, defects or targets."""
    listing = KINDS[kind]()
    rows = [row for row in listing.rows if not select or any(fnmatchcase(row["id"], pattern) for pattern in select)]
    if style == "json":
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif style == "markdown":
        click.echo(_markdown(listing.columns, rows))
    else:
        _print_table(listing.columns, rows)


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return "" if value is None else str(value)


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _markdown(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    lines = [f"| {' | '.join(map(_heading, columns))} |", f"|{' --- |' * len(columns)}"]
    for row in rows:
        cells = (_cell(row[column]).replace("|", "\\|").replace("\n", " ") for column in columns)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _print_table(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [column for column in columns if any(_cell(row[column]) for row in rows)]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for number, column in enumerate(shown):
        # The id is what one copies from here.
        table.add_column(_heading(column), no_wrap=number == 0, overflow="fold", style="bold" if number == 0 else "")
    for row in rows:
        table.add_row(*(Text(_cell(row[column])) for column in shown))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    console.print(table)
