"""``bookproof cassettes``: look after what was recorded."""

from __future__ import annotations

from pathlib import Path

import click

from bookproof.errors import UsageError

EPILOG = """\b
Examples:
  bookproof run --target imatic --record
      record what a server answers
  bookproof cassettes check
      all cassettes in fixtures/cassettes
  bookproof cassettes check imatic --max-age 30
      those of one target, which must not be older than a month
  bookproof cassettes check imatic --refresh
      ask the server again, keep what is as it was, and show what has changed

\b
Exit codes:
  0  nothing was found      2  usage or configuration
  1  something was found    3  the target is unreachable (--refresh)
"""


@click.group(epilog=EPILOG)
def cassettes() -> None:
    """Look after recorded answers.

    `bookproof run --record` keeps what a target answers as cassettes, one file for each probe, and
    `bookproof run --offline` judges them again. They are files of vcrpy, with their provenance inside.
    """


@cassettes.command(epilog=EPILOG)
@click.argument("places", nargs=-1, metavar="[TARGET | FOLDER]...")
@click.option(
    "--cassettes",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the folders of cassettes are.  [default: fixtures/cassettes here, else those of the suite]",
)
@click.option(
    "--max-age",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="How old cassettes of a server may be.  [default: 180]",
)
@click.option(
    "--max-size",
    type=click.IntRange(min=1),
    metavar="KB",
    help="How much the cassettes of one target may take.  [default: 2048]",
)
@click.option(
    "--refresh",
    is_flag=True,
    help="Run the targets first, live and as they were recorded, and rewrite the cassettes that have changed.",
)
@click.pass_context
def check(
    ctx: click.Context,
    places: tuple[str, ...],
    folder: Path | None,
    max_age: int | None,
    max_size: int | None,
    refresh: bool,
) -> None:
    """Find secrets and people in cassettes, and cassettes that are damaged, old, large or behind the contract.

    Secrets are looked for by their form, and by the values that the environment holds now. What answers otherwise than
    today's contract says (an operation that is gone, an undocumented status, other members) is told once for each kind.
    """
    from bookproof.recording import check as checking

    found = 0
    for place in checking.folders_of(places, folder):
        if refresh:
            _refresh(place, places)
        faults = checking.check(
            place,
            max_age=checking.MAX_AGE if max_age is None else max_age,
            max_size=checking.MAX_SIZE_KB if max_size is None else max_size,
        )
        for fault in faults:
            click.echo(str(fault))
        found += len(faults)
        click.echo(f"{place}: {len(faults) or 'nothing'} found")
    ctx.exit(1 if found else 0)


def _refresh(folder: Path, places: tuple[str, ...]) -> None:
    from bookproof.recording.cassettes import read_header
    from bookproof.recording.offline import name_of
    from bookproof.recording.refresh import refresh
    from bookproof.targets.specs import target_names

    name = read_header(folder).target
    # A target may be named by the path of its file, which its cassettes do not know.
    text = next((place for place in places if place.endswith(".toml") and name_of(place) == name), name)
    if text == name and name not in target_names() and not name.startswith("mock:"):
        raise UsageError(f"{folder}: no target file is called {name}; name it by its path to record it anew")
    click.echo(f"{folder}: recording {name} anew")
    for line in refresh(text, folder).lines():
        click.echo(line)
