"""``bookproof serve``: the mock alone."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bookproof.errors import UsageError

if TYPE_CHECKING:
    from bookproof.mock import MockServer

EPILOG = """\b
Examples:
  bookproof serve --port 8080
      the same address each time
  bookproof serve --write-target mock.toml
      then, elsewhere: bookproof run --target mock.toml
  bookproof serve --write-target calcom.toml --dialect calcom-v2
      the same server, to be judged as Cal.com v2
  bookproof serve --defect cancel-leaves-slot-blocked
      a server with a bug, to see whether your own tests notice
  bookproof serve --file bookings.db --now 2027-03-27T22:30:00Z
      data that survives, and a clock that stands still

What it prints is a shell script: comments, exports and two curl lines.
Ctrl-C ends it. Exit codes: 0 ended, 2 usage.
"""


def read_instant(_: click.Context, __: click.Parameter, value: str | None) -> datetime | None:
    """Read an ISO-8601 instant with its zone, or fail with how to write it."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f"{value!r} is no instant with a zone; write one such as 2027-01-13T10:00:00Z")
    return moment


@click.command(epilog=EPILOG)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default, lets the system choose.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same data and keys.")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Keep the data in this SQLite file.")
@click.option(
    "--rate-limit", type=click.IntRange(min=1), default=6000, show_default=True, help="Requests a minute and key."
)
@click.option("--now", callback=read_instant, metavar="ISO", help="Let the clock stand still at this instant.")
@click.option(
    "--reschedule",
    type=click.Choice(("same-code", "new-code")),
    default="same-code",
    show_default=True,
    help="Whether a moved booking keeps its code.",
)
@click.option(
    "--mcp",
    type=click.Choice(("current", "sessions", "stateless-sse")),
    default="current",
    show_default=True,
    help="How the MCP server speaks: both generations of the protocol without sessions; the 2025 one with sessions and "
    "event streams; both without sessions and with event streams.",
)
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="Plant a bug; see `bookproof list defects`.")
@click.option(
    "--write-target",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write a target file for this server, for `bookproof run --target FILE`.",
)
@click.option(
    "--dialect",
    type=click.Choice(("imatic-v1", "calcom-v2")),
    default="imatic-v1",
    show_default=True,
    help="The dialect that the target file is for; the server speaks both.",
)
def serve(
    port: int,
    seed: int,
    file: Path | None,
    rate_limit: int,
    now: datetime | None,
    reschedule: str,
    mcp: str,
    defects: tuple[str, ...],
    write_target: Path | None,
    dialect: str,
) -> None:
    """Serve the mock on loopback, to build against.

    It speaks imatic Calendar v1 below /v1 and Cal.com v2 below /v2, over one store: accounts, event types, bookings and
    keys for every set of scopes, on a real socket. Webhooks are delivered to receivers on this machine, and an MCP
    server stands beside the API. A control door stands in for the dashboard: it issues and revokes keys, marks
    no-shows and sets the clock.
    """
    import tomli_w

    from bookproof.mock import start_mock
    from bookproof.mock.defects import UnknownDefect

    try:
        server = start_mock(
            seed=seed,
            defects=defects,
            now=now,
            file=file,
            port=port,
            rate_limit=rate_limit,
            reschedule_mode=reschedule,
            mcp=mcp,
        )
    except UnknownDefect as why:
        raise UsageError(str(why)) from why
    except OSError as why:
        raise UsageError(
            f"the mock cannot listen on port {port}: {why.strerror or why}; choose another --port"
        ) from why
    # Signals are taken from here on, so that the server is ended in order whatever ends us.
    ended = threading.Event()

    def end(_: int, __: object) -> None:
        ended.set()

    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, end)
    with server:
        if write_target:
            described = server.calcom_document if dialect == "calcom-v2" else server.target_document
            write_target.write_text(tomli_w.dumps(described), "utf-8")
        for line in introduction(server, defects, write_target):
            click.echo(line)
        while not ended.wait(3600):
            pass
    click.echo("# ended", err=True)


def introduction(server: MockServer, defects: tuple[str, ...], target_file: Path | None) -> Iterator[str]:
    """What a developer needs to know about a running mock, as a shell script."""
    from bookproof.mock.seed import ROLES

    yield f"# The mock speaks imatic Calendar v1 at {server.base_url}/v1, and Cal.com v2 at {server.base_url}/v2"
    yield f"# Its MCP server is at {server.mcp_url}"
    yield f"# Its control door is at {server.door_url}"
    if defects:
        yield f"# Planted: {', '.join(defects)}"
    yield ""
    variables: dict[str, str] = server.target_document["credentials"]
    width = max(len(f"export {name}={server.environment[name]}") for name in variables.values())
    for role, name in variables.items():
        account, scopes = ROLES[role]
        line = f"export {name}={shlex.quote(server.environment[name])}"
        said = [", ".join(scopes) or "no scope", *(["account foreign"] if account == "foreign" else [])]
        said += [role] if role in ("revoked", "rate-limited") else []
        yield f"{line:<{width}}  # {', '.join(said)}"
    token = server.target_document["door"]["token_env"]
    yield f"export {token}={shlex.quote(server.environment[token])}"
    yield ""
    yield "# Cal.com v2: keys of accounts, which have no scopes, and the clients of OAuth and of the platform."
    for name in sorted(name for name in server.environment if "_CALCOM_" in name):
        yield f"export {name}={shlex.quote(server.environment[name])}"
    yield ""
    yield "# Try it; these lines work as they are:"
    yield f"curl -sS {server.base_url}/v1/event-types -H 'Authorization: Bearer {server.keys['full']}'"
    yield f"curl -sS {server.base_url}/v2/me -H 'Authorization: Bearer {server.calcom_keys['full']}'"
    if target_file:
        yield ""
        yield "# Judge it, in a shell with the exports above:"
        yield f"# bookproof run --target {shlex.quote(str(target_file))}"
    yield ""
    yield "# Ctrl-C ends it."
