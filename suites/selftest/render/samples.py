"""Hand-made runs: small ones of every kind, and one with an answer for each row of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bookproof.catalogue import Catalogue
from bookproof.render.exit import exit_code
from bookproof.render.record import RunRecord
from bookproof.verdict import Finding, Outcome, Severity, TargetSummary, Verdict

DIALECT = "imatic-v1"
REASONS = {
    Outcome.ERROR: "KeyError: 'start'\nTraceback: judge.py line 12",
    Outcome.UNTESTABLE: "no key of role foreign: environment variable BOOKPROOF_IMATIC_FOREIGN_KEY is not set",
    Outcome.WAIVED: "known until 2027-03-01: the vendor is on it",
    Outcome.NOT_APPLICABLE: "safety: the probe is visible and the ceiling is write",
}


def finding(severity: Severity = Severity.VIOLATION, **changes: Any) -> Finding:
    """A finding about a taken slot."""
    given: dict[str, Any] = {
        "severity": severity,
        "subject": "createBooking",
        "expected": "a taken slot: refused with 409",
        "seen": '201 {"success":true,"data":{"code":"bk_7"}}',
        "exchanges": (1, 2),
        "curl": "curl -sS -i 'http://127.0.0.1:1/v1/bookings' -H \"Authorization: Bearer $BOOKPROOF_MOCK_FULL_KEY\"",
    }
    return Finding(**{**given, **changes})


def verdict(requirement: str, outcome: Outcome = Outcome.PASS, target: str = "mock", **changes: Any) -> Verdict:
    """A verdict with what its outcome needs."""
    findings: tuple[Finding, ...] = ()
    if outcome in (Outcome.VIOLATION, Outcome.WARNING):
        findings = (finding(Severity(outcome.value)),)
    given: dict[str, Any] = {
        "reason": REASONS.get(outcome, ""),
        "findings": findings,
        "judgements": 0 if outcome in (Outcome.UNTESTABLE, Outcome.NOT_APPLICABLE) else 7,
        "check": "suites/bookings/test_create.py::test_taken[mock]",
        "probe": "bookings.create",
    }
    return Verdict(requirement, target, outcome, **{**given, **changes})


def make_record(*verdicts: Verdict, targets: list[TargetSummary] | None = None, **changes: Any) -> RunRecord:
    """A finished run of some verdicts."""
    names = dict.fromkeys(v.target for v in verdicts) or {"mock": None}
    summaries = targets or [
        TargetSummary(
            name, DIALECT, "http://127.0.0.1:1", requests=210, rate_limit_requests=12, seconds=0.8, planned=260
        )
        for name in names
    ]
    given: dict[str, Any] = {
        "run": "20270111-080000-mock-0a1b",
        "suite_version": "0.1.0",
        "python": "3.11.7",
        "command": "bookproof run --target mock",
        "started": "2027-01-11T08:00:00+00:00",
        "finished": "2027-01-11T08:00:03+00:00",
        "seed": 0,
        "targets": summaries,
        "verdicts": list(verdicts),
        "requirements": {DIALECT: [vars(row) for row in Catalogue.load(DIALECT).rows.values()]},
    }
    record = RunRecord(**{**given, **changes})
    if "exit_code" not in changes:
        code, record.exit_reason = exit_code(record)
        record.exit_code = int(code)
    return record


def write_exchanges(folder: Path, target: str = "mock", numbers: tuple[int, ...] = (1, 2), **changes: Any) -> None:
    """Recorded exchanges beside a run."""
    lines: list[str] = []
    for number in numbers:
        exchange: dict[str, Any] = {
            "number": number,
            "probe": "bookings.create",
            "operation": "createBooking",
            "role": "full",
            "note": "a taken slot",
            "method": "POST",
            "url": "http://127.0.0.1:1/v1/bookings",
            "request": {"headers": {"authorization": "Bearer <key of role full>"}, "body": '{"eventTypeCode":"intro"}'},
            "status": 201,
            "response": {
                "headers": {"content-type": "application/json"},
                "body": '{"success":true,"data":{"code":"bk_7","attendee":{"name":"Jürgen"}}}',
            },
            "started": 1.0,
            "elapsed_ms": 2.5,
            "failure": "",
        }
        lines.append(json.dumps({**exchange, **changes}, ensure_ascii=False))
    (folder / f"exchanges-{target}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def judged_rows() -> list[str]:
    """The ids of all rows that a check judges."""
    return [row.id for row in Catalogue.load(DIALECT).judged]
