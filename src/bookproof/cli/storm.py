"""``bookproof storm``: load, then judgement of the state."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bookproof.errors import UsageError
from bookproof.options import DEFAULT_IMATIC_TARGET

if TYPE_CHECKING:
    from bookproof.storm.storm import StormOptions

DEFAULT_PORT = 5557

EPILOG = """\b
Examples:
  bookproof storm
      storm the embedded mock
  bookproof storm --target mock:defect=double-booking-accepted
      watch a planted defect being found
  bookproof storm --target staging.toml --users 50 --seconds 60 --requests 10000 --processes 2
      storm your server; its file must say that it may be

\b
From several machines (Locust's own protocol, which is neither encrypted nor authenticated: use a private network):
  bookproof storm --target staging.toml --master --workers 2 --bind 10.0.0.1:5557
      here; waits for the workers, judges and cleans up
  bookproof storm --target staging.toml --worker --master-host 10.0.0.1:5557
      on each of the others, with the same target file and the key in its environment

\b
The target file must have:
  safety = "visible"             # or "destructive"
  [storm]
  allow = true
  max_users = 50                 # optional
  requests_per_second = 20       # optional; limits.requests_per_minute is kept to in any case

\b
Exit codes:
  0  conforms                    3  the target is unreachable
  1  violations                  4  nothing was judged
  2  usage or configuration      5  our own error
"""


def read_address(_: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, int] | None:
    """Read ``HOST``, ``HOST:PORT`` or ``[IPv6]:PORT``."""
    if value is None:
        return None
    host, colon, port = value.rpartition(":") if value.count(":") == 1 or "]:" in value else (value, "", "")
    number = port if colon else str(DEFAULT_PORT)
    if not host or not number.isascii() or not number.isdigit() or not 0 <= int(number) <= 65535:
        raise click.BadParameter(f"{value!r} is no HOST:PORT, such as 10.0.0.1:{DEFAULT_PORT}", param=parameter)
    return host.strip("[]"), int(number)


@click.command(epilog=EPILOG, short_help="Load a server that allows it, then judge what is stored.")
@click.option(
    "--target", default=DEFAULT_IMATIC_TARGET, show_default=True, metavar="TARGET", help="As for run; one target."
)
@click.option("--users", type=click.IntRange(min=1), default=20, show_default=True, help="Users at a time.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, max=3600, min_open=True),
    default=20.0,
    show_default=True,
    help="For how long calls are begun.",
)
@click.option(
    "--requests", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="How many calls at most."
)
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="Chooses slots and what users do.")
@click.option(
    "--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes on this machine."
)
@click.option(
    "--reports",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder in which the storm's own folder is made.",
)
@click.option("--keep", is_flag=True, help="Leave the bookings on the target, to look at them; then sweep.")
@click.option("--master", is_flag=True, help="Wait for workers on other machines, and lead them.")
@click.option("--workers", type=click.IntRange(1, 1000), metavar="N", help="With --master: for how many to wait.")
@click.option(
    "--bind",
    callback=read_address,
    metavar="HOST:PORT",
    help=f"With --master: where to listen.  [default: 127.0.0.1:{DEFAULT_PORT}]",
)
@click.option("--worker", is_flag=True, help="Be a worker of a master on another machine.")
@click.option("--master-host", callback=read_address, metavar="HOST[:PORT]", help="With --worker: where the master is.")
@click.option(
    "--wait",
    "patience",
    type=click.FloatRange(min=1, max=3600),
    default=60.0,
    show_default=True,
    help="Seconds that master and workers wait for each other.",
)
@click.pass_context
def storm(
    ctx: click.Context,
    target: str,
    users: int,
    seconds: float,
    requests: int,
    seed: int,
    processes: int,
    reports: Path,
    keep: bool,
    master: bool,
    workers: int | None,
    bind: tuple[str, int] | None,
    worker: bool,
    master_host: tuple[str, int] | None,
    patience: float,
) -> None:
    """Let many users book, move and cancel at the same time for a while, then judge what is stored.

    All of them want the same few slots. Afterwards no two live bookings may overlap, everything that was acknowledged
    must be there, and nothing that was refused. What is left is cancelled. Only targets whose file allows it are
    stormed; the embedded mock always does. Needs Locust: pip install "bookproof[storm]".
    """
    _check_roles(master=master, workers=workers, bind=bind, worker=worker, master_host=master_host, processes=processes)
    for number, what in ((workers, "--workers"), (processes, "--processes")):
        if number is not None and number > min(users, requests):
            raise UsageError(f"{what} {number}: each needs a user and a request of its own; raise --users")
    from bookproof.storm.storm import StormOptions

    options = StormOptions(
        target=target,
        users=users,
        seconds=seconds,
        requests=requests,
        seed=seed,
        processes=processes,
        reports=reports,
        keep=keep,
        bind=(bind or ("127.0.0.1", DEFAULT_PORT)) if master else None,
        workers=workers or 0,
        patience=patience,
    )
    # Whoever ends us politely gets what an interruption gets: what was done is judged and cleaned up.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if master_host is not None:
            _work(options, master_host)
            return
        code = _lead(options)
    finally:
        signal.signal(signal.SIGTERM, before)
    ctx.exit(code)


def _check_roles(
    *,
    master: bool,
    workers: int | None,
    bind: tuple[str, int] | None,
    worker: bool,
    master_host: tuple[str, int] | None,
    processes: int,
) -> None:
    """Refuse options that do not go together.

    Raises:
        UsageError: they do not.
    """
    if master and worker:
        raise UsageError("--master and --worker exclude each other: one machine leads")
    if processes > 1 and (master or worker):
        raise UsageError("--processes is for one machine alone; start one --worker for each process instead")
    if master and workers is None:
        raise UsageError("--workers is missing: for how many workers does the master wait?")
    if not master and (workers is not None or bind is not None):
        raise UsageError("--workers and --bind need --master")
    if worker and master_host is None:
        raise UsageError("--master-host is missing: where is the master?")
    if master_host is not None and not worker:
        raise UsageError("--master-host needs --worker")


def _lead(options: StormOptions) -> int:
    from rich.console import Console

    from bookproof.storm import report
    from bookproof.storm.storm import storm as make

    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 160
    face = Face(console, options)
    try:
        result = make(options, face.hear)
    finally:
        face.end()
    report.write_files(result)
    report.print_report(console, result)
    return int(result.exit_code)


def _work(options: StormOptions, master: tuple[str, int]) -> None:
    from bookproof.storm.storm import work

    def hear(message: dict[str, Any]) -> None:
        kind = message["message"]
        if kind == "joined":
            click.echo(f"joined the master at {master[0]}:{master[1]}")
        elif kind == "part":
            click.echo(f"worker {message['worker']}: {message['users']} users, at most {message['requests']} requests")
        elif kind == "done":
            click.echo(f"{message['calls']} calls made; the master judges")

    click.echo(f"looking for the master at {master[0]}:{master[1]}")
    work(options, master, hear)


class Face:
    """Shows how far a storm is: a line on a terminal, or what happens line by line.

    Args:
        console: where to.
        options: of the storm.
    """

    def __init__(self, console: Any, options: StormOptions) -> None:
        self._console = console
        self._options = options
        self._status: Any = console.status("storming") if console.is_terminal else None
        self._calls = 0
        self._refused = 0

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what happens."""
        kind = message["message"]
        if kind == "plan":
            from bookproof.storm.report import plan_line

            self._say(plan_line(message["plan"], message["target"]))
            if self._status:
                self._status.start()
        elif kind == "listening" and self._options.bind:
            host = self._options.bind[0]
            self._say(f"Waiting for workers at {host}:{message['port']}; on each of the other machines:")
            where = "THIS-HOST" if host in ("0.0.0.0", "*", "::") else host  # noqa: S104  only compared
            self._say(
                f"  bookproof storm --target {self._options.target} --worker --master-host {where}:{message['port']}"
            )
        elif kind == "workers" and self._options.bind:
            self._say(f"{message['present']} of {message['wanted']} workers are there")
        elif kind == "calls":
            self._calls += len(message["calls"])
            self._refused += sum(call["status"] == 409 for call in message["calls"])
            if self._status:
                bound = f"of at most {self._options.requests:,} calls, {self._refused:,} refused as conflicts"
                self._status.update(f"storming: {self._calls:,} {bound}")
        elif kind in ("stopping", "waiting", "judging", "cleaning"):
            words = {
                "stopping": "stopping: waiting for what is under way",
                "waiting": f"waiting {message.get('seconds', 0):.0f} s, for the rate limit leaves no room for reading",
                "judging": "reading what is stored",
                "cleaning": "cancelling what is left",
            }[kind]
            if self._status:
                self._status.update(words)
            elif kind in ("stopping", "waiting"):
                self._say(words)

    def _say(self, line: str) -> None:
        self._console.print(line, soft_wrap=True, markup=False)

    def end(self) -> None:
        """Take the line away."""
        if self._status:
            self._status.stop()
