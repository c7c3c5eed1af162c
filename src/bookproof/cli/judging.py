"""What the commands that judge have in common: their options, and what they say when nothing was selected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from bookproof.errors import BookproofError, ExitCode
from bookproof.options import DEFAULT_REQUIRE_JUDGED, FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])

#: The shared options, in the order in which `--help` shows them.
_OPTIONS = (
    click.option(
        "--reports",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("reports"),
        show_default=True,
        help="Folder in which a folder for the reports is made.",
    ),
    click.option(
        "--format",
        "formats",
        type=click.Choice((*FORMATS, "json")),
        multiple=True,
        default=FORMATS,
        help="Report to write beside run.json, which is always written: html, junit, or json for that alone. May be "
        "given several times.  [default: html and junit]",
    ),
    click.option(
        "--waivers",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File of known violations, each with a reason and a date.",
    ),
    click.option(
        "--require-judged",
        type=click.IntRange(0, 100),
        default=DEFAULT_REQUIRE_JUDGED,
        show_default=True,
        metavar="PERCENT",
        help="Part of the applicable requirements that must be judged for the run to count.",
    ),
)


class NothingSelected(BookproofError):
    """No requirement matches what was selected."""

    exit_code = ExitCode.NOT_JUDGED


def report_options(command: Command) -> Command:
    """Add the options that say what is reported where, and what counts."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def loudness_options(command: Command) -> Command:
    """Add --verbose and --quiet."""
    command = click.option("-q", "--quiet", is_flag=True, help="Show the end only.")(command)
    verbose = "Show every verdict, every reason and every information."
    return click.option("-v", "--verbose", is_flag=True, help=verbose)(command)


def loudness(*, verbose: bool, quiet: bool) -> int:
    """What both come to: 1, 0 or -1.

    Raises:
        click.UsageError: both were given.
    """
    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other")
    return 1 if verbose else -1 if quiet else 0
