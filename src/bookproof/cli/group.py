"""The top command: finds its subcommands by name, and turns our errors into a sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from difflib import get_close_matches
from typing import Any

import click

from bookproof import __version__
from bookproof.errors import BookproofError, ExitCode

DEBUG_VARIABLE = "BOOKPROOF_DEBUG"
_INTERRUPTED = 130

#: Command to its module and the function in it, in the order of the help.
COMMANDS = {
    "run": "bookproof.cli.run:run",
    "judge": "bookproof.cli.judge:judge",
    "cassettes": "bookproof.cli.cassettes:cassettes",
    "doctor": "bookproof.cli.doctor:doctor",
    "gate-check": "bookproof.cli.gate_check:gate_check",
    "serve": "bookproof.cli.serve:serve",
    "inbox": "bookproof.cli.inbox:inbox",
    "verify-signature": "bookproof.cli.verify_signature:verify_signature",
    "receiver": "bookproof.cli.receiver:receiver",
    "storm": "bookproof.cli.storm:storm",
    "explain": "bookproof.cli.explain:explain",
    "list": "bookproof.cli.listing:list_",
    "sweep": "bookproof.cli.sweep:sweep",
}

EPILOG = """\b
Start here:
  bookproof run                       judge the mock that comes with the suite
  bookproof serve                     run the mock alone, to build against
  bookproof doctor --target imatic    see what a run on your server would do
  bookproof run --target imatic       judge your server

\b
Exit codes:
  0  conforms                    4  nothing, or not enough, was judged
  1  violations                  5  our own error
  2  usage or configuration      6  a waiver has expired, is stale
  3  a target is unreachable        or matches nothing

BOOKPROOF_DEBUG=1 shows where an error comes from. NO_COLOR is respected.
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click hands it in
        """The names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the same
        """A command by its name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        return getattr(importlib.import_module(module), attribute)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with a near match for a name that it does not know."""
        near = get_close_matches(args[0], COMMANDS, n=1) if args and args[0] not in COMMANDS else []
        if near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what goes wrong becomes one line and an exit code, without a traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            # Whoever read our output has seen enough. What is still buffered must not fail at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            ctx.exit(_INTERRUPTED)
        except Exception as why:
            if os.environ.get(DEBUG_VARIABLE):
                raise
            ctx.exit(_say(why))


def _say(why: Exception) -> int:
    expected = isinstance(why, BookproofError)
    said = str(why) if expected else f"{type(why).__name__}: {why}"
    colour = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('error:', fg='red', bold=True)} {said}", err=True, color=colour)
    if not expected:
        click.echo(f"This is a mistake of ours; {DEBUG_VARIABLE}=1 shows where it happens.", err=True)
    return int(why.exit_code) if isinstance(why, BookproofError) else int(ExitCode.OWN_ERROR)


@click.group(
    cls=LazyGroup,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="bookproof")
def main() -> None:
    """Prove, over the wire, whether a scheduling API keeps its contract.

    Bookproof sends requests to a running server (a target), judges the answers against numbered requirements, and
    shows for everything that is broken what was expected, what was seen, and the curl line that repeats it.
    """
