"""The face of a run on the console: progress while it goes on, the summary at its end."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from bookproof.render.record import RunRecord, area_of
from bookproof.render.summary import STYLE, SYMBOL, counts_text, print_summary
from bookproof.render.text import counted, one_line
from bookproof.verdict import Outcome, Verdict

QUIET, NORMAL, VERBOSE = -1, 0, 1

_SHOWN = frozenset({Outcome.ERROR, Outcome.VIOLATION, Outcome.UNTESTABLE, Outcome.WARNING})


class _Console(Console):
    """A console that says nothing more when whoever read it has gone; the run goes on, for its verdicts count."""

    def on_broken_pipe(self) -> None:
        """Leave what is still buffered nowhere."""
        self.quiet = True
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class ConsoleReporter:
    """Shows a run while it goes on.

    On a terminal a progress line says how many requests are spent and which probe has just been judged; elsewhere each
    area gets a line when its last verdict is in. Either way a verdict that needs eyes gets a line of its own.
    Colour and terminal are found out by rich, which respects ``NO_COLOR``.

    Args:
        verbosity: :data:`QUIET` shows the end only, :data:`VERBOSE` every verdict and every information.
        expected: target to area to the number of verdicts to come, so that an area's last one is known; an area that
            is not named gets its line at the end.
        stream: where to; standard output as it is now, because a run redirects it later.
    """

    def __init__(
        self,
        verbosity: int = NORMAL,
        expected: Mapping[str, Mapping[str, int]] | None = None,
        stream: TextIO | None = None,
    ) -> None:
        self.console = _Console(file=stream or sys.stdout, highlight=False, emoji=False)
        self._verbosity = verbosity
        self._expected = {(target, area): n for target, areas in (expected or {}).items() for area, n in areas.items()}
        self._seen: dict[tuple[str, str], Counter[Outcome]] = {}
        self._told: set[tuple[str, str]] = set()
        self._reasons: set[tuple[str, str]] = set()
        self._requests: dict[str, int] = {}
        self._several = False
        self.finished = False
        self.record: RunRecord | None = None
        self.folder: Path | None = None
        self._progress: Progress | None = None
        self._task = TaskID(0)

    def run_started(self, targets: list[str], planned_requests: int) -> None:
        """The plan is made; nothing has been sent."""
        self._several = len(targets) > 1
        if self._verbosity <= QUIET:
            return
        planned = f", at most {counted(planned_requests, 'request')}" if planned_requests else ""
        self.console.print(Text(f"Judging {', '.join(map(one_line, targets))}{planned}"), soft_wrap=True)
        if self.console.is_terminal:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.completed} requests"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[counts]}"),
                TimeElapsedColumn(),
                TextColumn("[dim]{task.fields[probe]}"),
                console=self.console,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                refresh_per_second=8,
            )
            self._task = self._progress.add_task("", total=planned_requests or None, counts="", probe="")
            self._progress.start()

    def requests(self, target: str, count: int) -> None:
        """A target has been sent this many requests so far."""
        self._requests[target] = count
        if self._progress:
            self._progress.update(self._task, completed=sum(self._requests.values()))

    def verdict(self, verdict: Verdict) -> None:
        """A requirement was judged."""
        if self._verbosity <= QUIET:
            return
        key = (verdict.target, area_of(verdict.requirement))
        counts = self._seen.setdefault(key, Counter())
        counts[verdict.outcome] += 1
        if self._worth_a_line(verdict):
            self._print(self._line(verdict))
        if self._progress:
            total = Counter[Outcome]()
            for seen in self._seen.values():
                total += seen
            probe = f"{verdict.target} {verdict.probe}" if self._several else verdict.probe
            self._progress.update(self._task, counts=counts_text(total).plain, probe=one_line(probe, 60))
        elif counts.total() == self._expected.get(key):
            self._tell(key)

    def run_finished(self, record: RunRecord, folder: Path) -> None:
        """All verdicts are in and the reports are written."""
        self.stop()
        self.finished = True
        self.record, self.folder = record, folder
        if self._verbosity > QUIET and not self.console.is_terminal:
            for key in self._seen:
                self._tell(key)
        print_summary(self.console, record, folder, self._verbosity)

    def stop(self) -> None:
        """Take the progress line away; also when a run ends early."""
        if self._progress:
            self._progress.stop()
            self._progress = None

    def _worth_a_line(self, verdict: Verdict) -> bool:
        if self._verbosity >= VERBOSE:
            return True
        if verdict.outcome in (Outcome.UNTESTABLE, Outcome.ERROR):
            # One line for each reason: a missing key, a lost target or a mistake of ours would fill the screen.
            reason = (verdict.target, verdict.reason.partition("\n")[0])
            first = reason not in self._reasons
            self._reasons.add(reason)
            return first
        return verdict.outcome in _SHOWN

    def _line(self, verdict: Verdict) -> Text:
        line = Text("  ")
        line.append(f"{SYMBOL[verdict.outcome]} {verdict.outcome:<14}", STYLE[verdict.outcome])
        line.append(f" {one_line(verdict.requirement)}")
        if self._several:
            line.append(f"  on {one_line(verdict.target)}")
        first = verdict.findings[0] if verdict.findings else None
        said = verdict.reason.partition("\n")[0] or (f"{first.subject}: {first.seen}" if first else "")
        line.append(f"  {one_line(said, 160)}" if said else "", "dim")
        return line

    def _tell(self, key: tuple[str, str]) -> None:
        if key in self._told:
            return
        self._told.add(key)
        target, area = key
        line = Text(f"{one_line(target)}  " if self._several else "")
        line.append(f"{area:<14} ")
        self._print(line + counts_text(self._seen[key]))

    def _print(self, text: Text) -> None:
        if self.console.is_terminal:
            text.truncate(self.console.width, overflow="ellipsis")
        self.console.print(text, soft_wrap=True)
