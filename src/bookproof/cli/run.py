"""``bookproof run``: judge targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bookproof.cli.judging import NothingSelected, loudness, loudness_options, report_options
from bookproof.errors import ExitCode
from bookproof.options import (
    DEFAULT_RACE_BATCHES,
    DEFAULT_TARGET,
    INBOX_TOKEN_VARIABLE,
    WEBHOOK_URL_VARIABLE,
    RunOptions,
)

if TYPE_CHECKING:
    from bookproof.targets.specs import TargetSpec

SAFETY_CLASSES = ("read", "write", "visible", "destructive")

EPILOG = """\b
Examples:
  bookproof run
      judge the embedded mock
  bookproof run --target imatic --allow read
      judge your server, changing nothing on it
  bookproof run --target staging.toml --target imatic -n 2
      judge two targets side by side
  bookproof run --select 'slots.*' --select bookings.create.taken -v
      judge some requirements only, and show every verdict
  bookproof run --target mock:defect=cancel-leaves-slot-blocked
      watch a planted defect being found
  bookproof run --target imatic --webhook-url https://hooks.example.com
      judge webhook deliveries, too, by a `bookproof inbox` that stands there
  bookproof run --offline
      judge what the mock once answered, without a request
  bookproof run --target imatic --record
      keep what your server answers, to be judged offline
  bookproof run -- -x
      hand arguments to pytest

\b
Exit codes:
  0  conforms                    4  nothing, or not enough, was judged
  1  violations                  5  our own error
  2  usage or configuration      6  a waiver has expired, is stale
  3  a target is unreachable        or matches nothing
"""


@click.command(epilog=EPILOG)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help="What to judge: a name (see `bookproof list targets`), the path of a target file, or the mock with options "
    f"(mock:defect=…,now=…,seed=…). May be given several times.  [default: {DEFAULT_TARGET}]",
)
@click.option(
    "--allow",
    type=click.Choice(SAFETY_CLASSES),
    help="How far the run may go, instead of what the target file says: only read; write and take back; do what "
    "others see (mail, webhooks); exhaust limits and revoke keys.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="PATTERN",
    help="Judge only requirements whose id matches, for example 'slots.*'. May be given several times.",
)
@report_options
@click.option("--max-requests", type=click.IntRange(min=1), metavar="N", help="Send no more than this to a target.")
@click.option(
    "--seed", type=int, default=0, show_default=True, metavar="N", help="Chooses which free slots are booked."
)
@click.option(
    "--race-batches",
    type=click.IntRange(min=1),
    default=DEFAULT_RACE_BATCHES,
    show_default=True,
    metavar="N",
    help="How often 8 callers race for one slot. More see narrower windows; one more costs 9 requests.",
)
@click.option(
    "--fuzz",
    metavar="HOW-MUCH",
    help="Send requests that are made from the contract, valid, broken and in sequences: quick, standard, deep, a "
    "number of requests (500) or of minutes (10m), or off.  [default: quick on the embedded mock, off elsewhere]",
)
@click.option(
    "--fuzz-save",
    is_flag=True,
    help="Save what fuzzing finds into the target's own file in fixtures/regressions; it is tried first next time.",
)
@click.option(
    "--webhook-url",
    metavar="URL",
    envvar=WEBHOOK_URL_VARIABLE,
    help="Where targets can deliver webhooks to: a `bookproof inbox` on a public host (its token in "
    f"{INBOX_TOKEN_VARIABLE}), or a tunnel that leads to --inbox-port. A target on this machine needs neither.  "
    f"[env: {WEBHOOK_URL_VARIABLE}]",
)
@click.option(
    "--inbox-port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Port of the run's own inbox, for a tunnel to lead to.",
)
@click.option(
    "--offline",
    is_flag=True,
    help="Judge targets from their cassettes, without a request: those of the mock come with the suite.",
)
@click.option(
    "--record",
    is_flag=True,
    help="Keep what is sent and heard as cassettes, in place of those of the same target. Secrets and people are "
    "replaced. A run that is recorded does not fuzz.",
)
@click.option(
    "--cassettes",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the folders of cassettes are.  [default: fixtures/cassettes here; offline then those of the suite]",
)
@click.option(
    "-n",
    "workers",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Processes; each judges whole targets.",
)
@loudness_options
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST ARGS]")
@click.pass_context
def run(
    ctx: click.Context,
    targets: tuple[str, ...],
    allow: str | None,
    select: tuple[str, ...],
    reports: Path,
    formats: tuple[str, ...],
    waivers: Path | None,
    require_judged: int,
    max_requests: int | None,
    seed: int,
    race_batches: int,
    fuzz: str | None,
    fuzz_save: bool,
    webhook_url: str | None,
    inbox_port: int | None,
    offline: bool,
    record: bool,
    cassettes: Path | None,
    workers: int,
    verbose: bool,
    quiet: bool,
    pytest_args: tuple[str, ...],
) -> None:
    """Judge running servers and write reports.

    The requests are sent once, the answers judged against every requirement of the target's dialect, and everything
    that was created is removed again. Reports go to a folder of their own: report.html to read, junit.xml for build
    servers, run.json for programs, and every exchange with its secrets taken out.
    """
    if offline and record:
        raise click.UsageError("--offline and --record exclude each other")
    options = RunOptions(
        targets=targets or (DEFAULT_TARGET,),
        allow=allow,
        select=select,
        reports=reports,
        formats=formats,
        waivers=waivers,
        require_judged=require_judged,
        max_requests=max_requests,
        seed=seed,
        race_batches=race_batches,
        fuzz="off" if offline or record else fuzz,
        fuzz_save=fuzz_save,
        webhook_url=webhook_url,
        inbox_port=inbox_port,
        workers=workers,
        verbosity=loudness(verbose=verbose, quiet=quiet),
        pytest_args=pytest_args,
        offline=offline,
        record=record,
        cassettes=cassettes,
    )
    from bookproof.fuzz.profiles import profile_of
    from bookproof.targets.specs import resolve_targets

    profile_of(fuzz or "off")
    specs, damage = _recorded(options) if offline else (resolve_targets(options.targets), [])
    expected = expected_verdicts(specs, select)
    if record:
        from bookproof.recording.offline import FOLDER, check_before_recording

        check_before_recording(specs, select, cassettes or FOLDER)
    from bookproof.render.console import ConsoleReporter
    from bookproof.run import run as judge

    face = ConsoleReporter(options.verbosity, expected)
    try:
        code = judge(options, face)
    finally:
        face.stop()
    if code == ExitCode.NOT_JUDGED and not face.finished:
        raise NothingSelected("nothing was judged: no check was left to run")
    if record and face.record and face.folder:
        from bookproof.recording.offline import FOLDER, keep_cassettes

        for line in keep_cassettes(face.record, face.folder, cassettes or FOLDER):
            click.echo(line)
    for problem in damage:
        click.echo(f"damaged  {problem}")
    ctx.exit(int(ExitCode.USAGE) if damage else code)


def _recorded(options: RunOptions) -> tuple[list[TargetSpec], list[str]]:
    """The targets that have cassettes, and what cannot be read of these."""
    from bookproof.recording.offline import offline_targets, read_recording

    specs = offline_targets(options.targets, options.cassettes)
    recordings = [read_recording(spec) for spec in specs]
    return specs, [problem for found in recordings if found for problem in found.problems.values()]


def expected_verdicts(specs: list[TargetSpec], select: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """How many verdicts a run will give, by target and area.

    Raises:
        NothingSelected: no requirement of any target matches.
    """
    from collections import Counter
    from difflib import get_close_matches
    from fnmatch import fnmatchcase

    from bookproof.catalogue import Catalogue

    expected = {
        spec.name: dict(
            Counter(
                row.area
                for row in Catalogue.load(spec.dialect).judged
                if not select or any(fnmatchcase(row.id, pattern) for pattern in select)
            )
        )
        for spec in specs
    }
    if not any(expected.values()):
        ids = {row for spec in specs for row in Catalogue.load(spec.dialect).rows}
        near = [match for pattern in select for match in get_close_matches(pattern, ids, n=2, cutoff=0.5)]
        hint = f"did you mean {' or '.join(near)}?" if near else "see `bookproof list requirements`"
        raise NothingSelected(f"no judged requirement matches --select {' '.join(select)}; {hint}")
    return expected
