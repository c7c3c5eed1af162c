"""``bookproof inbox``: the inbox alone, on a host that a target can reach."""

from __future__ import annotations

import os
import re
import shlex
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import click

from bookproof.errors import UsageError

if TYPE_CHECKING:
    from bookproof.inbox.server import InboxServer

TOKEN_VARIABLE = "BOOKPROOF_INBOX_TOKEN"  # noqa: S105  the name of a variable, not a token
_SHORTEST_TOKEN = 16

EPILOG = """\b
Examples:
  bookproof inbox --port 8090 --public-url https://hooks.example.com
      behind a proxy or a tunnel that ends TLS for hooks.example.com
  bookproof inbox --host 0.0.0.0 --port 8090 --keep inbox.jsonl
      on all addresses of this machine; with a token of your own, a run does not
      even notice that it was started again

It prints what the run needs: an export, and the [inbox] of the target file.
Then it prints a line for each delivery, never what is in it.

\b
BOOKPROOF_INBOX_TOKEN holds the token that a run must show, 16 characters or
more. If it is not set, a random token is made and printed.

Only boxes that a run has opened take anything in; the rest is answered 404.
Ctrl-C ends it. Exit codes: 0 ended, 2 usage.
"""


def read_url(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Read the address of a host, or fail with how to write it."""
    if value is not None and not re.fullmatch(r"https?://[^\s?#]+", value):
        raise click.BadParameter(f"{value!r} is no address; write one such as https://hooks.example.com")
    return value.rstrip("/") if value else None


@click.command(epilog=EPILOG)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. An inbox is a receiver, so it may be one that others reach, such as 0.0.0.0.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0, the default, lets the system choose.")
@click.option(
    "--public-url",
    callback=read_url,
    metavar="URL",
    help="Where the target and the run reach it, if a proxy or a tunnel stands before it.",
)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append what is received to this file, and take it back from there at the next start.",
)
def inbox(host: str, port: int, public_url: str | None, keep: Path | None) -> None:
    """Receive webhook deliveries, for a run that reads them.

    A run on your own machine starts its inbox by itself. A target elsewhere needs one that it can reach: start this on
    a public host, or let a tunnel lead to it, and name it under [inbox] in the target file.
    """
    from bookproof.inbox.delivery import is_token
    from bookproof.inbox.server import InboxServer

    token = os.environ.get(TOKEN_VARIABLE, "")
    if token and len(token) < _SHORTEST_TOKEN:
        raise UsageError(f"{TOKEN_VARIABLE} has {len(token)} characters; give it {_SHORTEST_TOKEN} or more")
    if token and not is_token(token):
        raise UsageError(f"{TOKEN_VARIABLE} has a character that no header carries; use printable ASCII, no spaces")
    # Deliveries are printed here and not where they arrive: an output that nobody reads must not hold them up.
    arrived: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
    try:
        server = InboxServer(host, port, token or None, keep=keep, on_delivery=arrived.put)
    except OSError as why:
        raise UsageError(_cannot_start(why, host, port, keep)) from why

    def end(_: int, __: object) -> None:
        arrived.put(None)

    for wanted in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wanted, end)
    with server:
        for line in introduction(server, public_url, printed_token="" if token else server.token):
            click.echo(line)
        told = False
        while (delivery := arrived.get()) is not None:
            click.echo(line_of(delivery))
            if server.keep_failure and not told:
                click.echo(f"{keep} is not written any more: {server.keep_failure}", err=True)
                told = True
    click.echo("ended", err=True)


def _cannot_start(why: OSError, host: str, port: int, keep: Path | None) -> str:
    said = why.strerror or str(why)
    if keep and str(why.filename) == str(keep):
        return f"{keep} cannot be written: {said}; choose another --keep"
    return f"the inbox cannot listen on {host}, port {port}: {said}; choose another --host or --port"


def introduction(server: InboxServer, public_url: str | None, printed_token: str) -> Iterator[str]:
    """What to do with a running inbox.

    Args:
        server: the inbox.
        public_url: where it is reached; None if not told.
        printed_token: the token if it has to be made known, or an empty text.
    """
    yield f"The inbox listens at {server.base_url}"
    yield ""
    if printed_token:
        yield "In the shell of the run:"
        yield f"  export {TOKEN_VARIABLE}={shlex.quote(printed_token)}"
    else:
        yield f"In the shell of the run, {TOKEN_VARIABLE} has to hold the token that it holds here."
    yield ""
    yield "In the target file:"
    yield "  [inbox]"
    yield f'  url = "{public_url or server.base_url}"'
    yield f'  token_env = "{TOKEN_VARIABLE}"'
    yield ""
    if public_url is None:
        yield "Write there what the target reaches it by; --public-url says it here. Before a public"
        yield "host stands a proxy or a tunnel that ends TLS."
        yield ""
    yield "Ctrl-C ends it. Deliveries:"


def line_of(delivery: dict[str, Any]) -> str:
    """A delivery in one line: when, where, how, how it was answered and how much it was; nothing of what it said."""
    moment = datetime.fromtimestamp(delivery["received"]).astimezone()
    body = len(delivery["body"]) * 3 // 4 - delivery["body"][-2:].count("=")
    size = sum(len(name) + len(value) for name, value in delivery["headers"])
    return (
        f"{moment:%H:%M:%S}  {delivery['box']}  {delivery['method']}  {delivery['answered'] or 'dropped'}  "
        f"{body} bytes{', cut' if delivery['cut'] else ''}, {len(delivery['headers'])} headers of {size} bytes"
    )
