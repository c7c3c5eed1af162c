"""How long the reports of a large run take, as a multiple of writing its record as plain JSON.

Run it by hand: ``python suites/selftest/benchmarks/bench_report.py [VERDICTS]``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bookproof.render.html import write_html
from bookproof.render.junit import write_junit
from bookproof.render.record import Exchanges, RunRecord, write_record
from bookproof.verdict import Finding, Outcome, Severity, TargetSummary, Verdict

ROUNDS = 3


def large_record(count: int) -> RunRecord:
    """A run of many verdicts, a tenth of them with findings that quote answers."""
    rows = [
        {
            "id": f"area{number % 20}.rule.number-{number}",
            "text": f"Rule {number} is kept by every operation that the contract lists.",
            "level": "MUST",
            "provenance": "documented",
            "source": ["calendar § Authentication & API keys", "platform § Error handling"],
            "safety": "write",
            "capability": None,
            "excluded_because": None,
        }
        for number in range(count)
    ]
    findings = tuple(
        Finding(
            Severity.VIOLATION,
            f"operation{n}",
            f"role {n}: refused with 403",
            '200 {"success":true,"data":{"code":"bk_1"}}' * 3,
            (2 * n + 1, 2 * n + 2),
            "curl -sS -i 'http://127.0.0.1:1/v1/bookings' -H \"Authorization: Bearer $KEY\"",
        )
        for n in range(4)
    )
    verdicts = [
        Verdict(
            row["id"],
            "mock",
            Outcome.VIOLATION if number % 10 == 0 else Outcome.PASS,
            findings=findings if number % 10 == 0 else (),
            judgements=12,
            check="suites/area/test_rule.py::test_rule[mock]",
            probe="area.rule",
        )
        for number, row in enumerate(rows)
    ]
    target = TargetSummary("mock", "imatic-v1", "http://127.0.0.1:1", requests=300, seconds=1.0, planned=400)
    moment = "2027-01-11T08:00:00+00:00"
    return RunRecord(
        run="large",
        suite_version="0.1.0",
        python="3.11",
        command="bookproof run",
        started=moment,
        finished=moment,
        seed=0,
        targets=[target],
        verdicts=verdicts,
        requirements={"imatic-v1": rows},
        exit_code=1,
        exit_reason="mock does not conform.",
    )


def best(action: Callable[[], object]) -> float:
    """The shortest of some rounds, in seconds."""
    times: list[float] = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        action()
        times.append(perf_counter() - begun)
    return min(times)


def main() -> None:
    """Print the ratios."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    record = large_record(count)
    plain = best(lambda: json.dumps(record.to_json()))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = {
            "run.json": best(lambda: write_record(record, folder)),
            "junit.xml": best(lambda: write_junit(record, folder)),
            "report.html": best(lambda: write_html(record, Exchanges(folder), folder)),
        }
    lines = [f"{count} verdicts; json.dumps of the record: {plain * 1000:.0f} ms"]
    for report, seconds in (*reports.items(), ("all", sum(reports.values()))):
        lines.append(f"  {report:<12} {seconds / plain:5.1f} x  ({seconds:.2f} s)")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
