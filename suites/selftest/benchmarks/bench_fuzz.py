"""Fuzzing against the plain command line of schemathesis: how fast both are, and which planted defects each finds.

Run it with ``python suites/selftest/benchmarks/bench_fuzz.py [DIALECT [DEFECT …]]``. Both read the same document and
speak to equal, fresh mocks. The command line runs with all of its checks, and is given at least as many requests. What
it says of a mock without defects is no find; nor would it be one of ours.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookproof.fuzz.document import SEQUENCE, fuzz_document, fuzz_operations, why_left_out
from bookproof.fuzz.engine import Campaign
from bookproof.fuzz.profiles import Profile, profile_of
from bookproof.mock import start_mock
from bookproof.mock.defects import all_defects
from bookproof.sessions import OpenTarget, load_target
from bookproof.targets.files import target_from_document
from bookproof.targets.specs import resolve_targets

SEED = 1
DRAWN = 12
#: How often speeds are compared, one side after the other.
ROUNDS = 3
#: Areas of what a document says, and of who may call.
AREAS = ("auth", "envelopes", "errors", "exchange", "scopes")
#: Requests a minute that the mocks allow: more than either side can send.
RATE = 1_000_000


@dataclass
class Result:
    """What a side has found, as kinds and operations, with how many cases, in which time, and of which a processor."""

    found: set[tuple[str, str]]
    cases: int
    seconds: float
    busy: float


def ours(
    dialect: str, defect: str = "", requests: int | None = None, *, at: str = "", sequences: bool = True
) -> Result:
    """A campaign with all of our checks, on a mock in this process or on one that is served elsewhere."""
    mock = f"mock-{dialect.partition('-')[0]}"
    name = at or f"{mock}:rate-limit={RATE}" + (f",defect={defect}" if defect else "")
    plain = Profile("bench", None, None, covers=True, examples=DRAWN, scenarios=DRAWN)
    profile = profile_of(str(requests)) if requests else plain
    assert profile is not None
    opened = OpenTarget(next(spec for spec in resolve_targets([name]) if spec.dialect == dialect), None, seed=SEED)
    try:
        session = opened.session
        fuzzed = operations(dialect, session.target, session.ceiling)
        campaign = Campaign(session, profile, grounds(session, dialect), fuzzed, SEQUENCE if sequences else ())
        session.client.probe = "fuzz.bench"
        alarms: list[Any] = []
        _ = campaign._labels  # read before the clock starts, as the other side reads it
        started, busy, before = time.perf_counter(), time.process_time(), len(session.client.exchanges)
        for operation in fuzzed:
            alarms += campaign.operation(operation).alarms
        if sequences:
            alarms += campaign.sequences().alarms
        seconds, sent = time.perf_counter() - started, len(session.client.exchanges) - before
        found = {(type(a.failure).__name__, a.failure.operation or "") for a in alarms}
        return Result(found, sent, seconds, time.process_time() - busy)
    finally:
        opened.close()


def grounds(session: Any, dialect: str) -> Any:
    """What a campaign stands on."""
    if dialect == "imatic-v1":
        from bookproof.fuzz.imatic import ImaticGrounds

        return ImaticGrounds(session)
    from bookproof.fuzz.calcom import CalcomGrounds

    return CalcomGrounds(session)


def operations(dialect: str, target: Any, ceiling: Any) -> list[str]:
    """The operations that both sides are given."""
    from bookproof.contracts.openapi import Contract

    known = Contract.load(dialect).operations
    return [name for name in fuzz_operations(dialect) if not why_left_out(known[name], target, ceiling, dialect)]


def theirs(
    dialect: str, defect: str = "", *, at: str = "", phases: str = "", seed: int = SEED, only: str = ""
) -> Result:
    """``st run --checks all`` on the same document, or on one operation of it."""
    from bookproof.contracts.openapi import Contract

    with embedded(dialect, defect) if not at else elsewhere(at) as (target, folder):
        contract = Contract.load(dialect)
        document = fuzz_document(contract, target, operations(dialect, target, target.safety))
        (folder / "document.json").write_text(json.dumps(document))
        key = f"Authorization: Bearer {target.credentials['full']}"
        command = ["st", "run", "document.json", "--url", target.base_url, "-H", key, "-n", str(DRAWN)]
        command += ["--checks", "all", "--seed", str(seed), "--continue-on-failure", "--no-color"]
        command += ["--report", "json", "--report-json-path", "report.json", *(["--phases", phases] if phases else [])]
        command += ["--include-operation-id", only] if only else []
        before = children()
        subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=600)
        busy = children() - before
        report = json.loads((folder / "report.json").read_text())
    found = {(failure["type"], operation) for failure in report["failures"] for operation in labels(failure)}
    return Result(found, report["test_cases"]["generated"], report["running_time"], busy)


def children() -> float:
    """How many seconds of a processor ended child processes have taken."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def labels(failure: dict[str, Any]) -> list[str]:
    """The operations that a failure was seen at."""
    return [str(one.get("label", one)) if isinstance(one, dict) else str(one) for one in failure["operations"]]


@contextmanager
def elsewhere(file: str) -> Iterator[tuple[Any, Path]]:
    """A mock that is served in a process of its own, and a folder."""
    target, _ = load_target(resolve_targets([file])[0])
    with tempfile.TemporaryDirectory() as folder:
        yield target, Path(folder)


@contextmanager
def embedded(dialect: str, defect: str) -> Iterator[tuple[Any, Path]]:
    """A fresh mock, and a folder."""
    planted = [defect] if defect else []
    with start_mock(rate_limit=RATE, defects=planted) as server, tempfile.TemporaryDirectory() as folder:
        document = server.target_document if dialect == "imatic-v1" else server.calcom_document
        yield target_from_document(document, server.environment, "bench"), Path(folder)


@contextmanager
def served(dialect: str) -> Iterator[str]:
    """A mock in a process of its own: its target file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "served.toml"
        command = [sys.executable, "-m", "bookproof", "serve", "--write-target", str(file), "--dialect", dialect]
        with subprocess.Popen([*command, "--rate-limit", str(RATE)], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = ""
            while "bookproof run --target" not in said:
                said += process.stdout.readline()
            os.environ.update(re.findall(r"^export (\w+)=(\S+)", said, re.MULTILINE))
            try:
                yield str(file)
            finally:
                process.terminate()


def speed(dialect: str) -> str:
    """How fast both sides are, on mocks in processes of their own: as one judges a server."""
    with served(dialect) as file:
        we = ours(dialect, at=file, sequences=False)
    with served(dialect) as file:
        # A run of next to nothing says what its start takes; ours has started.
        start = theirs(dialect, at=file, phases="coverage", only="getMe")
        they = theirs(dialect, at=file, phases="coverage,fuzzing")
    theirs_each = (they.busy - start.busy) / (they.cases - start.cases)
    return (
        f"we {we.cases} in {we.seconds:.1f} s, they {they.cases} in {they.seconds:.1f} s: "
        f"x{we.cases / we.seconds * they.seconds / they.cases:.2f}; of a processor, a request "
        f"{we.busy / we.cases * 1e3:.1f} and {theirs_each * 1e3:.1f} ms: x{theirs_each * we.cases / we.busy:.2f}"
    )


def main() -> None:
    """Print the ratios, then the table."""
    dialect = sys.argv[1] if len(sys.argv) > 1 else "imatic-v1"
    ours(dialect, requests=50)  # what is imported once is left out on both sides
    for _ in range(ROUNDS):
        print(speed(dialect), flush=True)
    calm_we = ours(dialect).found
    # Its false alarms depend on the seed.
    calm_they = set[tuple[str, str]]().union(*(theirs(dialect, seed=seed).found for seed in range(SEED, SEED + 3)))
    print(f"without defects: we {len(calm_we)} alarms, they {len(calm_they)}\n")
    print(f"{'defect':40} {'we':>5} {'requests':>9} {'they':>5} {'requests':>9}")
    totals = [0, 0]
    named = [d for d in all_defects().values() if d.dialect == dialect and d.name in sys.argv[2:]]
    by_area = [
        d for d in all_defects().values() if d.dialect == dialect and {b.split(".")[0] for b in d.breaks} <= {*AREAS}
    ]
    wanted = named or by_area
    for defect in wanted:
        they = theirs(dialect, defect.name)
        we = ours(dialect, defect.name, requests=they.cases)
        shown_by = they.found - calm_they
        # Some of its alarms come and go on any server: a find is found twice.
        twice = shown_by & theirs(dialect, defect.name).found if shown_by else shown_by
        hits = (bool(we.found - calm_we), bool(twice))
        totals = [total + hit for total, hit in zip(totals, hits, strict=True)]
        shown = ["yes" if hit else "-" for hit in hits]
        print(f"{defect.name:40} {shown[0]:>5} {we.cases:>9} {shown[1]:>5} {they.cases:>9}", flush=True)
    print(f"\n{len(wanted)} defects: we find {totals[0]}, they find {totals[1]}")


if __name__ == "__main__":
    main()
