"""How much sooner a run is judged again than it was run: both dialects of the mock, whole processes, in turns.

Run it with ``python suites/selftest/benchmarks/bench_judge.py``. Fuzzing is left out, for it is not judged again. What
counts is the ratio; the times depend on the machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5


def timed(*arguments: str, reports: Path) -> float:
    """Seconds that a command takes, the start of Python among it."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "bookproof", *arguments, "-q", "--reports", str(reports)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - begin


def main() -> None:
    """Measure and print."""
    runs: list[float] = []
    judgements: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for turn in range(ROUNDS):
            recorded = Path(place, f"run-{turn}")
            runs.append(timed("run", "--fuzz", "off", reports=recorded))
            (folder,) = recorded.iterdir()
            judgements.append(timed("judge", str(folder), reports=Path(place, f"judged-{turn}")))
    run, again = statistics.median(runs), statistics.median(judgements)
    ratio = statistics.median(b / a for a, b in zip(runs, judgements, strict=True))
    print(f"run {run:.2f} s, judged again {again:.2f} s: ratio {ratio:.2f}, medians of {ROUNDS}")


if __name__ == "__main__":
    main()
