"""The controlling process' side of a run: gathers verdicts, shows progress, writes reports, decides the exit code."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import pytest

from bookproof import __version__
from bookproof.catalogue import Catalogue
from bookproof.errors import ExitCode
from bookproof.fuzz.findings import PROBE as FUZZ
from bookproof.fuzz.probing import FUZZING_IS_OFF
from bookproof.probes.base import with_shared
from bookproof.verdict import Outcome, TargetSummary, Verdict, merged

if TYPE_CHECKING:
    from bookproof.fuzz.profiles import Profile
    from bookproof.probes.base import Probe
    from bookproof.render.record import RunRecord


class Face(Protocol):
    """What shows a run while it goes on: ``render.console.ConsoleReporter``, or nobody under plain pytest."""

    def run_started(self, targets: list[str], planned_requests: int) -> None: ...
    def requests(self, target: str, count: int) -> None: ...
    def verdict(self, verdict: Verdict) -> None: ...
    def run_finished(self, record: RunRecord, folder: Path) -> None: ...


#: Names under which a face and the report are registered as pytest plugins.
FACE = "bookproof-face"
REPORT = "bookproof-report"


class RunReport:
    """Gathers what a run finds out.

    Args:
        config: pytest's.
        targets: name and dialect of each target.
        folder: of the run.
        fuzzed: how much the targets are fuzzed that are, by name.
    """

    def __init__(
        self,
        config: pytest.Config,
        targets: list[tuple[str, str]],
        folder: Path,
        fuzzed: Mapping[str, Profile] | None = None,
    ) -> None:
        self._fuzzed = fuzzed or {}
        self.folder = folder
        self._config = config
        self._targets = targets
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._held: set[tuple[str, str]] = set()
        self._summaries: dict[str, TargetSummary] = {}
        self._other_failures = 0
        self._started = datetime.now(UTC)
        self._face = cast("Face | None", config.pluginmanager.getplugin(FACE))
        self._planned = 0
        self.record: RunRecord | None = None

    def collected(self, plans: dict[str, list[Probe[Any]]]) -> None:
        """Tell the face what the run will cost at most; fuzzing that ends by the clock has no such bound."""
        self._planned = sum(probe.cost for plan in plans.values() for probe in with_shared(plan))
        self._planned += sum(profile.requests or 0 for profile in self._fuzzed.values())
        if self._face:
            self._face.run_started([name for name, _ in self._targets], self._planned)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Under xdist the controller collects nothing itself; its first worker tells it that the run begins."""
        if self._face and not self._planned:
            self._planned = 1
            self._face.run_started([name for name, _ in self._targets], 0)

    def requests(self, target: str, count: int) -> None:
        """Tell the face how many requests a target has been sent."""
        if self._face:
            self._face.requests(target, count)

    def target_finished(self, summary: dict[str, Any]) -> None:
        """Keep what a target has cost."""
        self._summaries[summary["name"]] = TargetSummary.from_dict(summary)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over the costs from a worker that has ended."""
        for summary in getattr(node, "workeroutput", {}).get("bookproof", ()):
            self.target_finished(summary)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the verdict out of a report."""
        data = getattr(report, "bookproof", None)
        if data is not None:
            for one in (data, *getattr(report, "bookproof_more", ())):
                self._take(Verdict.from_dict(one))
        elif report.failed:
            self._other_failures += 1

    def _take(self, verdict: Verdict) -> None:
        """Keep a verdict; what fuzzing says of a requirement in many tests becomes one."""
        key = (verdict.target, verdict.requirement)
        known = self._verdicts.get(key)
        self._verdicts[key] = merged(known, verdict) if known else verdict
        if self._face and not verdict.probe.startswith(FUZZ):
            self._face.verdict(verdict)
        elif self._face:
            self._held.add(key)

    def _tell_held(self) -> None:
        """Show the verdicts that fuzzing had a part in, now that all of its tests have been heard."""
        for key in sorted(self._held):
            verdict = self._verdicts[key]
            if self._face and (verdict.probe.startswith(FUZZ) or verdict.findings):
                self._face.verdict(verdict)
        self._held.clear()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports and decide the exit code."""
        self._tell_held()
        if not self._verdicts:
            if self._face and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                session.exitstatus = ExitCode.NOT_JUDGED
            return
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        record = self.record = self._finished_record(interrupted)
        from bookproof.render import write_reports

        self.folder.mkdir(parents=True, exist_ok=True)
        write_reports(record, self.folder, str(self._config.getoption("--formats")).split(","))
        if self._face:
            self._face.run_finished(record, self.folder)
        if interrupted or self._other_failures:
            return
        session.exitstatus = record.exit_code

    def _finished_record(self, interrupted: bool) -> RunRecord:
        from bookproof.render.exit import exit_code
        from bookproof.render.record import RunRecord

        verdicts = [*self._verdicts.values(), *self._unheard(interrupted)]
        problems: list[str] = []
        waivers = self._config.getoption("--waivers")
        if waivers:
            from bookproof.waivers import Waivers

            verdicts, problems = Waivers.load(Path(str(waivers))).apply(verdicts, datetime.now(UTC).date())
        record = RunRecord(
            run=self.folder.name,
            suite_version=__version__,
            python=platform.python_version(),
            command=shlex.join(["bookproof", *sys.argv[1:]]),
            started=self._started.isoformat(timespec="seconds"),
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=cast("int", self._config.getoption("--seed")),
            targets=[self._summaries.get(name) or TargetSummary(name, dialect, "") for name, dialect in self._targets],
            verdicts=sorted(verdicts, key=lambda verdict: (verdict.target, verdict.requirement)),
            requirements={
                dialect: [vars(row) for row in Catalogue.load(dialect).rows.values()]
                for dialect in sorted({dialect for _, dialect in self._targets})
            },
            waiver_problems=problems,
        )
        code, reason = exit_code(record, cast("int", self._config.getoption("--require-judged")) / 100)
        record.exit_code, record.exit_reason = int(code), reason
        return record

    def _unheard(self, interrupted: bool) -> list[Verdict]:
        """A verdict for each row that no check has reported, so that silence never looks like a pass."""
        cut_off = (Outcome.UNTESTABLE, "the run was interrupted before this was judged")
        return [
            Verdict(row.id, name, *(cut_off if interrupted else self._unjudged(name, row.id)))
            for name, dialect in self._targets
            for row in Catalogue.load(dialect).judged
            if (name, row.id) not in self._verdicts
        ]

    def _unjudged(self, target: str, row: str) -> tuple[Outcome, str]:
        patterns = cast("list[str]", self._config.getoption("--select"))
        if not row.startswith(FUZZ) or not any(fnmatchcase(row, pattern) for pattern in patterns or ("*",)):
            return Outcome.NOT_APPLICABLE, "selection: not selected in this run"
        if target not in self._fuzzed:
            return Outcome.NOT_APPLICABLE, FUZZING_IS_OFF
        return Outcome.UNTESTABLE, "fuzzing came to no such request: give it a larger budget (--fuzz)"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Under plain pytest, say what came out and where the reports are."""
        if self.record and not self._face:
            terminalreporter.section("bookproof")
            terminalreporter.line(self.record.exit_reason)
            terminalreporter.line(f"reports: {self.folder}")
