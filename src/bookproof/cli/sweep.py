"""``bookproof sweep``: clean up after a run that crashed."""

from __future__ import annotations

from pathlib import Path

import click

from bookproof.errors import UsageError

EPILOG = """\b
Examples:
  bookproof sweep --target imatic
      everything that any run below reports/ has left on imatic
  bookproof sweep reports/20270111-080000-imatic-0a1b --target imatic
      what one run has left

\b
Exit codes:
  0  nothing is left      2  usage or configuration
  1  something is left    3  the target is unreachable
"""


@click.command(epilog=EPILOG)
@click.argument("places", nargs=-1, type=click.Path(path_type=Path), metavar="[LEDGER | RUN FOLDER]...")
@click.option("--target", required=True, metavar="TARGET", help="The target that the runs were on.")
@click.pass_context
def sweep(ctx: click.Context, places: tuple[Path, ...], target: str) -> None:
    """Remove what runs have left on a target.

    A run writes down what it is about to create before it sends the request, so that even a run that was killed can be
    cleaned up after. Without a place, every ledger below reports/ is used that belongs to the target.
    """
    from bookproof.run_folder import file_name
    from bookproof.sweep import sweep as clean
    from bookproof.targets.specs import resolve_targets

    specs = resolve_targets([target])
    if len(specs) != 1:
        raise UsageError(f"{target} names {len(specs)} targets; sweep one at a time")
    found = list(places) or sorted(Path("reports").glob(f"*/ledger-{file_name(specs[0].name)}.jsonl"))
    if not found:
        click.echo(f"no ledger of {specs[0].name} below reports/: nothing to sweep")
        return
    swept = clean(specs[0], found)
    for thing in swept.removed:
        click.echo(f"removed  {thing.kind} {thing.code}")
    for line in swept.left:
        click.echo(f"left     {line}")
    if swept.found:
        click.echo(f"{swept.found} of them found by their attendee: their codes had never reached the ledger")
    click.echo(f"{len(swept.removed)} removed, {len(swept.left)} left on {specs[0].name}")
    ctx.exit(1 if swept.left else 0)
