"""``bookproof judge``: judge a run again, from what it has recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bookproof.cli.judging import NothingSelected, loudness, loudness_options, report_options
from bookproof.cli.run import expected_verdicts
from bookproof.errors import ExitCode
from bookproof.options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bookproof.render.record import RunRecord
    from bookproof.verdict import Verdict

EPILOG = """\b
Examples:
  bookproof judge reports/20270111-080000-imatic-0a1b
      what does this version of the suite say of that run?
  bookproof judge reports/20270111-080000-imatic-0a1b --select 'slots.*' -v
      judge some requirements only, and show every verdict
  bookproof judge reports/nightly --target imatic --waivers known.toml
      judge one of several targets, with known violations

\b
Exit codes:
  0  conforms                    4  nothing, or not enough, was judged
  1  violations                  5  our own error
  2  usage, or damaged files     6  a waiver has expired, is stale
  3  a target was unreachable       or matches nothing
"""


@click.command(epilog=EPILOG)
@click.argument("run", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Judge this target of the run only. May be given several times.  [default: all of them]",
)
@click.option(
    "--select",
    multiple=True,
    metavar="PATTERN",
    help="Judge only requirements whose id matches, for example 'slots.*'. May be given several times.  "
    "[default: those that the run judged]",
)
@report_options
@loudness_options
@click.pass_context
def judge(
    ctx: click.Context,
    run: Path,
    targets: tuple[str, ...],
    select: tuple[str, ...],
    reports: Path,
    formats: tuple[str, ...],
    waivers: Path | None,
    require_judged: int,
    verbose: bool,
    quiet: bool,
) -> None:
    """Judge a run again, by the requirements of this version, without one request.

    RUN is the folder that a run has written. Its requests are asked again, and answered from its exchanges; times and
    random values are its own. So a newer suite can judge an old run, and its reports show what it thinks otherwise.
    What the run did not record is untestable. Reports go to a folder of their own.
    """
    level = loudness(verbose=verbose, quiet=quiet)
    from bookproof.recording.run_files import read_run_files, recorded_targets

    specs = recorded_targets(run, targets)
    recordings = [read_run_files(run, spec.name) for spec in specs]
    damage = [problem for recording in recordings for problem in recording.problems.values()]
    select = select or tuple(recordings[0].header.select)
    expected = expected_verdicts(specs, select)
    from bookproof.render.console import ConsoleReporter
    from bookproof.run import run as judge_again

    class Face(ConsoleReporter):
        """Keeps the record, to be compared."""

        record: RunRecord | None = None

        def run_started(self, targets: list[str], planned_requests: int) -> None:  # noqa: ARG002  none are sent
            super().run_started(targets, 0)

        def run_finished(self, record: RunRecord, folder: Path) -> None:
            self.record = record
            super().run_finished(record, folder)

    face = Face(level, expected)
    options = RunOptions(
        targets=targets,
        select=select,
        reports=reports,
        formats=formats,
        waivers=waivers,
        require_judged=require_judged,
        judge=run,
    )
    try:
        code = judge_again(options, face)
    finally:
        face.stop()
    if face.record is None:
        if code == ExitCode.NOT_JUDGED:
            raise NothingSelected("nothing was judged: no check was left to run")
        ctx.exit(code)
    for line in (*_compared(run, face.record, [spec.name for spec in specs], select), *_damaged(damage)):
        click.echo(line)
    ctx.exit(int(ExitCode.USAGE) if damage else code)


def _damaged(damage: list[str]) -> Iterator[str]:
    for problem in dict.fromkeys(damage):
        yield f"damaged  {problem}"


def _compared(run: Path, now: RunRecord, targets: list[str], select: tuple[str, ...]) -> Iterator[str]:
    """What has become of each verdict of the run, in lines."""
    from fnmatch import fnmatchcase

    from bookproof.fuzz.probing import FUZZING_IS_OFF
    from bookproof.render.record import UnknownFormat, read_record

    try:
        before = read_record(run)
    except (OSError, ValueError) as why:
        said = str(why) if isinstance(why, UnknownFormat) else "it has none that can be read"
        yield f"compared with nothing: {run / 'run.json'}: {said}"
        return

    def judged(record: RunRecord) -> Mapping[tuple[str, str], Verdict]:
        return {
            (verdict.target, verdict.requirement): verdict
            for verdict in record.verdicts
            if verdict.target in targets
            and (not select or any(fnmatchcase(verdict.requirement, pattern) for pattern in select))
        }

    was, is_now = judged(before), judged(now)
    fuzzed = {key for key, verdict in is_now.items() if verdict.reason == FUZZING_IS_OFF and key in was}
    if any(was[key].reason != FUZZING_IS_OFF for key in fuzzed):
        yield f"what fuzzing found out is not judged again: {len(fuzzed)} verdicts"
    differing = 0
    for key in sorted({*was, *is_now} - fuzzed):
        lines = list(_difference(was.get(key), is_now.get(key)))
        differing += bool(lines)
        yield from (f"changed  {key[1]} on {key[0]}: {line}" for line in lines[:1])
    if differing:
        yield f"{differing} of {len(is_now)} verdicts differ from those of {run}"
    else:
        yield f"no verdict differs from those of {run}"


def _difference(was: Verdict | None, now: Verdict | None) -> Iterator[str]:
    if was is None or now is None:
        yield f"{was.outcome if was else 'not there'} -> {now.outcome if now else 'not there any more'}"
    elif was.outcome != now.outcome:
        why = next((finding.seen for finding in now.findings), now.reason).partition("\n")[0]
        yield f"{was.outcome} -> {now.outcome}" + (f": {why}" if why else "")
    elif was.findings != now.findings or (was.reason != now.reason and was.outcome != "error"):
        yield f"{now.outcome} as before, in other words"
