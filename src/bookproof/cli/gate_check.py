"""``bookproof gate-check``: what a green race is worth on this network."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from bookproof.errors import ExitCode, Unreachable, UsageError
from bookproof.options import DEFAULT_RACE_BATCHES

if TYPE_CHECKING:
    from rich.console import Console

    from bookproof.wire.client import Client
    from bookproof.wire.exchange import Exchange
    from bookproof.wire.gate_measure import Measured, Window

#: It takes several requests at a time, as a server under a race must.
_DEFAULT_TARGET = "mock:threads=yes"
#: A URL says nothing of its limits, so that no more requests a minute are sent to it.
_URL_REQUESTS_PER_MINUTE = 120
_URL_TIMEOUT = 10.0
#: A window that a check and a write to a database of its own take at least; what a race must see to be worth something.
_ORDINARY_WINDOW = 0.001
#: More batches than this in a run are no advice.
_MOST_BATCHES = 50

EPILOG = """\b
Examples:
  bookproof gate-check
      the gate itself, on the mock; it shares this process with its callers
  bookproof gate-check --target imatic
      the way to your server; reads who the key is, and changes nothing
  bookproof gate-check --url https://staging.example.com/health --requests 20
      the way to any server, by an address that may be read without a key
  bookproof gate-check --target imatic --json
      the same for programs

\b
How to read it: a server that checks, and writes a moment later, has a window
between the two. A race sees the fault only if a second request comes within
that window of the first. A local check and write take about 0.2 ms, with a
database on another machine 1 ms or more, with a call to another service 5 ms.

\b
Exit codes:
  0  measured     2  usage or configuration     3  unreachable
"""


@dataclass(frozen=True)
class _Place:
    """What is measured: a client, a call that reads something, whose key it carries, and what to call it all."""

    client: Client
    call: Callable[[], Exchange]
    role: str
    name: str
    read: str
    per_minute: int
    embedded: bool = False


@click.command("gate-check", epilog=EPILOG, short_help="Measure what a green race is worth on this network.")
@click.option("--target", metavar="TARGET", help=f"As for run; its key is used.  [default: {_DEFAULT_TARGET}]")
@click.option("--url", metavar="URL", help="Any address instead that is read by GET, without a key.")
@click.option(
    "--requests",
    type=click.IntRange(2, 50),
    default=10,
    show_default=True,
    metavar="N",
    help="How many are released together.",
)
@click.option(
    "--batches", type=click.IntRange(1, 200), default=10, show_default=True, metavar="N", help="How often that is done."
)
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
@click.pass_context
def gate_check(
    ctx: click.Context, target: str | None, url: str | None, requests: int, batches: int, as_json: bool
) -> None:
    """Measure how closely requests are released together, and arrive, and what a race can therefore see.

    Races find a double booking only if two requests reach the server within its window. Where the way is long and
    uneven, a race that finds nothing says little; this says how much. It reads, and changes nothing.
    """
    if target and url:
        raise UsageError(
            "--target and --url exclude each other: one says where to go by a file, the other by an address"
        )
    from bookproof.probes.imatic_v1.races import CALLERS
    from bookproof.wire.gate_measure import measure

    with _url_place(url) if url else _target_place(target or _DEFAULT_TARGET) as place:
        # Where standard output is for a program, people read the other one.
        for line in plan(place.name, place.read, requests, batches, place.per_minute):
            click.echo(line, err=as_json)
        with click.progressbar(length=batches, label="releasing", file=sys.stderr) as bar:
            measured = measure(
                place.client,
                place.call,
                role=place.role,
                requests=requests,
                batches=batches,
                callers=CALLERS,
                run_batches=DEFAULT_RACE_BATCHES,
                on_batch=lambda: bar.update(1),
            )
    if measured.unanswered == requests * batches:
        raise Unreachable(f"{place.read}: no request of any batch got an answer")
    advised = advice(measured, embedded=place.embedded)
    if as_json:
        data = as_data(place.name, place.read, requests, measured, advised)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        from rich.console import Console

        print_report(Console(highlight=False, emoji=False), measured, min(CALLERS, requests), advised)
    ctx.exit(int(ExitCode.CONFORMS))


def plan(name: str, read: str, requests: int, batches: int, per_minute: int) -> Iterator[str]:
    """What will be sent.

    Args:
        name: of the place.
        read: method and URL.
        requests: in a batch.
        batches: how many.
        per_minute: requests that the place takes in a minute.
    """
    sent = requests * batches
    yield f"{name}  {read}"
    yield (
        f"sends {sent} requests, {batches} batches of {requests}, after one that asks whether anybody is there; "
        "they read, and change nothing"
    )
    if sent >= per_minute:
        yield f"at {per_minute} a minute that takes {sent / per_minute:.0f} minutes or so"


@contextmanager
def _target_place(text: str) -> Generator[_Place]:
    from bookproof.sessions import OpenTarget
    from bookproof.targets.specs import resolve_targets

    specs = resolve_targets([text])
    if len(specs) != 1:
        raise UsageError(f"--target {text} names {len(specs)} targets; name one")
    opened = OpenTarget(specs[0], None)
    try:
        session = opened.session
        session.require_reachable()
        yield _Place(
            session.client,
            lambda: session.api.call("getMe", note="gate check"),
            "full",
            opened.target.name,
            f"{session.client.exchanges[0].method} {session.client.exchanges[0].url}",
            opened.target.requests_per_minute,
            specs[0].embedded,
        )
    finally:
        opened.close()


@contextmanager
def _url_place(url: str) -> Generator[_Place]:
    from bookproof.wire.client import Client, Request

    check_url(url)
    client = Client(
        url,
        requests_per_minute=_URL_REQUESTS_PER_MINUTE,
        role_limits={},
        connect_timeout=_URL_TIMEOUT,
        read_timeout=_URL_TIMEOUT,
    )

    def call() -> Exchange:
        return client.send(Request("GET", url, note="gate check", limited=False))

    try:
        first = call()
        if not first.status:
            raise Unreachable(f"{url} does not answer ({first.failure})")
        if first.status == 429:
            raise Unreachable(f"{url} answers 429: it wants no requests now; try again later")
        yield _Place(client, call, "", "url", f"GET {url}", _URL_REQUESTS_PER_MINUTE)
    finally:
        client.close()


def check_url(url: str) -> None:
    """Let an http or https URL pass.

    Raises:
        UsageError: it is none, or holds credentials, which are not repeated.
    """
    from bookproof.targets.formats import is_base_url

    if "@" in url:
        raise UsageError("--url holds a name or a password (not repeated here); secrets do not go on a command line")
    if not is_base_url(url.partition("?")[0]) or "#" in url or any(not ("!" <= letter <= "~") for letter in url):
        raise UsageError(f"--url {url!r} is no http or https URL, such as https://staging.example.com/health")


def as_data(name: str, read: str, requests: int, measured: Measured, advised: str) -> dict[str, Any]:
    """What was measured as plain data; times are in microseconds."""
    from bookproof.wire.gate_measure import WINDOWS

    windows = [measured.window(seconds) for seconds in WINDOWS]
    return {
        "name": name,
        "read": read,
        "technique": measured.technique,
        "why_last_byte": measured.why_last_byte,
        "requests": requests,
        "unanswered": measured.unanswered,
        "arrivals": "measured" if measured.stamped else "estimated",
        "batches": [
            {
                "release_us": _us(batch.race.spread),
                "arrival_us": None if batch.arrival_spread is None else _us(batch.arrival_spread),
                "second_us": None if batch.second is None else _us(batch.second),
                "jitter_us": _us(batch.race.jitter),
            }
            for batch in measured.batches
        ],
        "windows": [
            {
                "window_us": _us(window.seconds),
                "seen_in_batch": round(window.in_batch, 4),
                "seen_in_run": round(window.in_run, 4),
                "batches_to_be_sure": window.batches,
            }
            for window in windows
        ],
        "next": advised,
    }


def print_report(console: Console, measured: Measured, callers: int, advised: str) -> None:
    """Print what was measured, what a race can see, and what to do next."""
    from rich import box
    from rich.table import Table

    from bookproof.wire.gate_measure import SURE, WINDOWS, summary

    batches = measured.batches
    console.print(f"\ntechnique: {measured.technique}" + _aside(measured), soft_wrap=True)
    if measured.unanswered:
        console.print(f"{measured.unanswered} requests got no answer")
    spreads = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("from first to last, in ms", "best", "median", "95 %", "worst"):
        spreads.add_column(heading, justify="left" if "," in heading else "right")
    spreads.add_row("release", *_ms(summary([batch.race.spread for batch in batches])))
    if measured.stamped:
        spreads.add_row("arrival", *_ms(summary([batch.arrival_spread or 0.0 for batch in batches])))
    else:
        # The server's own work is in it.
        spreads.add_row("what the way may add, at most", *_ms(summary([batch.race.jitter for batch in batches])))
    console.print(spreads)
    how = (
        "as its arrivals were measured"
        if measured.stamped
        else "estimated: this server does not tell when requests arrive"
    )
    console.print(f"How surely {callers} callers for one slot find a double booking, {how}:", soft_wrap=True)
    sure = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("window", "one batch", f"a run ({measured.run_batches} batches)", f"batches for {SURE:.0%}"):
        sure.add_column(heading, justify="right")
    for seconds in WINDOWS:
        sure.add_row(*_row(measured.window(seconds)))
    console.print(sure)
    console.print(advised, soft_wrap=True)


def _aside(measured: Measured) -> str:
    return f" (no single packet: {measured.why_last_byte})" if measured.why_last_byte else ""


def _row(window: Window) -> tuple[str, ...]:
    return (
        f"{window.seconds * 1000:g} ms",
        f"{window.in_batch:.0%}",
        f"{window.in_run:.0%}",
        "hardly any number" if window.batches is None else str(window.batches),
    )


def _ms(values: tuple[float, ...]) -> Iterator[str]:
    return (f"{value * 1000:.2f}" for value in values)


def _us(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def advice(measured: Measured, *, embedded: bool = False) -> str:
    """What to do next, in one sentence.

    Args:
        measured: what was measured.
        embedded: whether it was the mock in this process.
    """
    if embedded:
        return "Next: bookproof gate-check --target NAME, from the machine that will run the races of your server."
    ordinary = measured.window(_ORDINARY_WINDOW)
    needed = ordinary.batches
    if needed is not None and needed <= measured.run_batches:
        return "Next: bookproof run; a green race means something here, for windows of 1 ms and more."
    nearer = "from a machine nearer to the server"
    if "HTTP/2" in measured.why_last_byte:
        nearer += ", or over HTTP/2, which this server does not speak"
    if needed is not None and needed <= _MOST_BATCHES:
        return (
            f"Next: bookproof run --race-batches {needed}, which finds windows of 1 ms almost surely, or run {nearer}."
        )
    return f"Next: run {nearer}; from here a green race says little about windows of 1 ms."
