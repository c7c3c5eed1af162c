"""Runs the command line as a user does, in a process of its own, and reads what it recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

#: A Wednesday in winter, in the middle of a minute, far from any change of clocks.
QUIET_MOMENT = "2027-01-13T10:07:23Z"


@dataclass
class Ran:
    """What a run of the command line came to: exit code, output, and the record that it wrote, if any."""

    code: int
    out: str
    err: str
    folder: Path | None

    @cached_property
    def record(self) -> dict[str, Any]:
        """run.json."""
        assert self.folder is not None, f"no report was written\n{self.out}\n{self.err}"
        return json.loads((self.folder / "run.json").read_text("utf-8"))

    @cached_property
    def verdicts(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Target and requirement to its verdict."""
        return {(verdict["target"], verdict["requirement"]): verdict for verdict in self.record["verdicts"]}

    def outcomes(self, target: str = "mock-imatic") -> dict[str, str]:
        """Requirement to outcome, on one target."""
        return {row: verdict["outcome"] for (name, row), verdict in self.verdicts.items() if name == target}

    def judged(self, target: str) -> bool:
        """Whether a target was part of the run."""
        return any(summary["name"] == target for summary in self.record["targets"])

    def broken(self, target: str) -> set[str]:
        """The requirements that something was found against, whatever its weight."""
        return self._broken.get(target, set())

    @cached_property
    def _broken(self) -> dict[str, set[str]]:
        broken: dict[str, set[str]] = {}
        for (name, row), verdict in self.verdicts.items():
            if verdict["findings"]:
                broken.setdefault(name, set()).add(row)
        return broken


def run_side_by_side(targets: list[str], folder: Path, timeout: int, formats: tuple[str, ...] = ()) -> list[Ran]:
    """Run ``bookproof`` on half of the targets each in two processes, which costs less than workers of one run do."""
    halves = [[word for target in targets[at::2] for word in ("--target", target)] for at in (0, 1)]
    written = [word for name in formats for word in ("--format", name)]
    with ThreadPoolExecutor() as pool:
        running = [
            pool.submit(run_bookproof, "run", "-q", *half, *written, folder=folder / str(at), timeout=timeout)
            for at, half in enumerate(halves)
        ]
        return [each.result() for each in running]


def run_bookproof(*arguments: str, folder: Path, environment: dict[str, str] | None = None, timeout: int = 300) -> Ran:
    """Run ``bookproof`` with some arguments; a run writes its reports below ``folder``, and fuzzes if it is told to."""
    reports = ["--reports", str(folder)] if arguments[0] == "run" else []
    if arguments[0] == "run" and "--fuzz" not in arguments:
        reports += ["--fuzz", "off"]
    done = subprocess.run(
        [sys.executable, "-m", "bookproof", *arguments[:1], *reports, *arguments[1:]],
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120", **(environment or {})},
    )
    runs = sorted(folder.glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    return Ran(done.returncode, done.stdout, done.stderr, runs[-1].parent if runs else None)
