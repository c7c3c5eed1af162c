"""JUnit XML: what build servers read. A suite for each target, a case for each requirement."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, SystemOut, TestCase, TestSuite

from bookproof.render.record import Row, RunRecord, area_of
from bookproof.render.text import cut, printable
from bookproof.verdict import Finding, Outcome, TargetSummary, Verdict

_LONGEST = 8_000
_NOT_JUDGED = {
    Outcome.UNTESTABLE: "untestable",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.WAIVED: "waived",
}


def write_junit(record: RunRecord, folder: Path) -> Path:
    """Write ``junit.xml`` into a folder; returns its path."""
    path = folder / "junit.xml"
    path.write_bytes(render_junit(record))
    return path


def render_junit(record: RunRecord) -> bytes:
    """A run as JUnit XML in UTF-8.

    A violation is a failure and a mistake of ours an error. What was not judged is skipped, with a message that begins
    with ``untestable:``, ``not applicable:`` or ``waived:``. Warnings and informations leave a case passed; they are in
    its output, and warnings also in its properties.
    """
    report: Any = JUnitXml(name=printable(f"bookproof {record.suite_version}"))
    suites = [_suite(record, target) for target in record.targets]
    report.extend(suites)
    report.update_statistics()
    # A requirement has no time of its own, because probes are shared: only a target has.
    for suite, target in zip(suites, record.targets, strict=True):
        suite.time = target.seconds
    report.time = round(sum(target.seconds for target in record.targets), 3)
    return report.tostring()


def _suite(record: RunRecord, target: TargetSummary) -> Any:
    suite: Any = TestSuite(printable(target.name))
    suite.timestamp = record.started[:19]
    suite.hostname = printable(target.base_url)
    for name, value in (
        ("dialect", target.dialect),
        ("run", record.run),
        ("requests", target.requests),
        ("rate_limit_requests", target.rate_limit_requests),
        ("fuzz_requests", target.fuzz_requests),
        ("recorded", target.recorded),
        ("seconds_waited", target.seconds),
        ("exit_code", int(record.exit_code)),
        ("exit_reason", record.exit_reason),
    ):
        suite.add_property(name, printable(str(value)))
    # One by one, the library would count all cases again for each.
    suite.extend([_case(verdict, record.row(verdict)) for verdict in record.of(target.name)])
    return suite


def _case(verdict: Verdict, row: Row) -> Any:
    case: Any = TestCase(verdict.requirement, classname=area_of(verdict.requirement))
    _add_properties(case, verdict, row)
    text = "\n\n".join(_finding(finding) for finding in verdict.findings)
    if verdict.outcome is Outcome.VIOLATION:
        first = verdict.findings[0] if verdict.findings else None
        message = f"{first.subject}: {first.seen}" if first else verdict.reason
        case.result = [_result(Failure, row["text"] + "\n\n" + text, message, "violation")]
    elif verdict.outcome is Outcome.ERROR:
        head, _, trace = verdict.reason.partition("\n")
        case.result = [_result(Error, trace or head, head, "error")]
    elif verdict.outcome in _NOT_JUDGED:
        message = f"{_NOT_JUDGED[verdict.outcome]}: {verdict.reason}"
        case.result = [_result(Skipped, "", message, verdict.outcome)]
    if text and verdict.outcome is not Outcome.VIOLATION:
        output: Any = SystemOut(cut(printable(text), _LONGEST))
        case.append(output)
    return case


def _add_properties(case: Any, verdict: Verdict, row: Row) -> None:
    numbers = {number for finding in verdict.findings for number in finding.exchanges}
    properties = [
        ("outcome", verdict.outcome),
        ("requirement", row["text"]),
        ("level", row["level"]),
        ("provenance", row["provenance"]),
        ("source", "; ".join(row["source"])),
        ("disputed", row.get("disputed")),
        ("judgements", verdict.judgements),
        ("probe", verdict.probe),
        ("requests", ", ".join(map(str, sorted(numbers)))),
    ]
    if verdict.outcome is Outcome.WARNING:
        properties.append(("warning", "; ".join(finding.seen for finding in verdict.findings)))
    holder: Any = Properties()
    for name, value in properties:
        if value not in ("", None):
            holder.add_property(Property(name, cut(printable(str(value)), _LONGEST)))
    case.append(holder)


def _result(kind: Any, text: str, message: str, what: str) -> Any:
    made = kind(cut(printable(message), 400), what)
    if text:
        made.text = cut(printable(text), _LONGEST)
    return made


def _finding(finding: Finding) -> str:
    lines = [f"{finding.severity}: {finding.subject}", f"expected  {finding.expected}", f"seen      {finding.seen}"]
    if finding.exchanges:
        lines.append(f"exchanges {', '.join(map(str, finding.exchanges))}")
    if finding.curl:
        lines.append(f"repeat    {finding.curl}")
    return "\n".join(lines)
