"""How surely the races of a run see a check that is not one with the store, and that they see nothing else.

Runs the races alone, as often as asked, on mocks with a window between check and store, and on healthy ones; then once
more with a proxy in between that holds up each piece of data for 0 to 10 ms. Run it by hand, on a quiet machine:
``python suites/selftest/benchmarks/bench_races.py [RUNS]``.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import tomli_w
from selftest_proxy import uneven_way
from selftest_runs import Ran, run_bookproof

from bookproof.mock import start_mock

WINDOWS = ("race-check-then-insert", "race-window-5ms", "race-window-1ms", "race-window-200us", "race-window-yield")
HEALTHY = ("", "threads=yes")
#: Seconds by which the proxy holds up a piece of data at most.
DELAY = 0.01


def races_on(targets: list[str], environment: dict[str, str] | None = None) -> Ran:
    """Run the races on some targets."""
    given = [argument for target in targets for argument in ("--target", target)]
    with tempfile.TemporaryDirectory() as folder:
        ran = run_bookproof(
            "run", *given, "--select", "*.race.*", "--require-judged", "0",
            folder=Path(folder), environment=environment, timeout=3_600,
        )  # fmt: skip
        assert ran.record
    return ran


def embedded(what: str, runs: int) -> list[dict[str, Any]]:
    """The embedded mock, each time with other slots."""
    option = f"defect={what}," if what in WINDOWS else f"{what}," if what else ""
    return seen_in(races_on([f"mock:{option}seed={run}" for run in range(runs)]))


def by_an_uneven_way(what: str, runs: int) -> list[dict[str, Any]]:
    """A mock behind the proxy, each time another one."""
    found: list[dict[str, Any]] = []
    for run in range(runs):
        with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
            mock = stack.enter_context(start_mock(defects=[what] if what else [], seed=run, threads=True))
            port = stack.enter_context(uneven_way(int(mock.base_url.rpartition(":")[2]), DELAY, seed=run))
            there = f"http://127.0.0.1:{port}"
            document = {**mock.target_document, "base_url": there, "door": {**mock.target_document["door"]}}
            document["door"]["base_url"] = mock.target_document["door"]["base_url"].replace(mock.base_url, there)
            file = Path(folder) / "uneven.toml"
            file.write_text(tomli_w.dumps(document), "utf-8")
            found += seen_in(races_on([str(file)], dict(mock.environment)))
    return found


def seen_in(ran: Ran) -> list[dict[str, Any]]:
    """The targets of a run, each with the rows that something was found against."""
    return [{**target, "broken": ran.broken(target["name"])} for target in ran.record["targets"]]


def line(what: str, targets: list[dict[str, Any]]) -> str:
    """What came of some runs, as a line of the table."""
    races = [race for target in targets for race in target["races"]]
    spread, jitter = (median(race[name] for race in races) for name in ("spread", "jitter"))
    seen = sum(bool(target["broken"]) for target in targets)
    broken = sum(bool(race["unexplained"]) for race in races)
    requests = max(target["requests"] for target in targets)
    return (
        f"{what or 'healthy':<32} {seen:>3} of {len(targets):<4} {broken:>4} of {len(races):<5} "
        f"{spread:>7.0f} µs {jitter:>7.0f} µs {requests:>6}"
    )


def main(runs: int) -> None:
    """Print the table."""
    print(f"{'':<32} runs broken  races broken      spread     jitter  requests at most")
    for what in (*HEALTHY, *WINDOWS):
        print(line(what, embedded(what, runs)), flush=True)
    print(f"with up to {DELAY * 1000:.0f} ms for each piece of data")
    for what in ("", "race-window-1ms"):
        print(line(what, by_an_uneven_way(what, runs)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
