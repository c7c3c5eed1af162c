"""What a trial of a consumer came to: for the console, as JSON and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bookproof.receiver.cases import Case
from bookproof.receiver.judgement import Result, expected
from bookproof.render.text import counted, cut, one_line, printable
from bookproof.verdict import Finding, Outcome, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from bookproof.receiver.session import Trial

_LONGEST = 8_000


def plan(cases: Sequence[Case], url: str, what: str) -> str:
    """What is about to be sent, in one line.

    Args:
        cases: that are sent.
        url: where to.
        what: the events that the consumer will see, in words.
    """
    number = sum(case.times for case in cases)
    return f"Sending at most {counted(number, 'delivery', 'deliveries')} to {url}; the consumer will see {what}."


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many cases are violations, informations only, passes, and not sent."""
    found = Counter(_word(result) for result in results)
    return {word: found[word] for word in ("violation", "information", "pass", "not sent")}


def _word(result: Result) -> str:
    if result.reason:
        return "not sent"
    if result.outcome is Outcome.VIOLATION:
        return "violation"
    return "information" if result.findings else "pass"


def print_report(console: Console, trial: Trial) -> None:
    """A table of the cases, then every finding with the line that repeats it, then the sum."""
    from rich.table import Table
    from rich.text import Text

    style = {"violation": "bold red", "information": "yellow", "pass": "green", "not sent": "dim"}
    symbol = {"violation": "x", "information": "i", "pass": ".", "not sent": "-"}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "case", "sends", "should be", "was", "ms"):
        table.add_column(heading, justify="right" if heading == "ms" else "left", no_wrap=heading in ("", "case"))
    for result in trial.results:
        word, case = _word(result), result.case
        was = ", ".join(str(answer.status or "no answer") for answer in result.answers)
        spent = ", ".join(f"{answer.seconds * 1000:.0f}" for answer in result.answers)
        cells = (symbol[word], case.id, case.sends, should_be(case), was or "not sent", spent)
        table.add_row(*(Text(cell, style[word] if place in (0, 4) else "") for place, cell in enumerate(cells)))
    console.print(table)
    # What matters most stands last, where the eye is.
    for severity in (Severity.INFORMATION, Severity.VIOLATION):
        for result in trial.results:
            for finding in result.findings:
                if finding.severity is severity:
                    _print_finding(console, finding, style[severity])
    for reason in dict.fromkeys(result.reason for result in trial.results if result.reason):
        ids = [result.case.id for result in trial.results if result.reason == reason]
        console.print()
        line = f"{counted(len(ids), 'case')} not sent ({', '.join(ids[:3])}{', …' if len(ids) > 3 else ''}): {reason}"
        console.print(Text(one_line(line, 600)), soft_wrap=True)
    said = " · ".join(f"{number} {word}" for word, number in counts(trial.results).items() if number)
    console.print()
    console.print(Text(said), soft_wrap=True)


def should_be(case: Case) -> str:
    """The expectation in a word or two: what is optional is marked."""
    optional = case.weight is Severity.INFORMATION
    return {"accept": "accepted", "refuse": "refused"}.get(case.expect, "either") + (" (optional)" if optional else "")


def _print_finding(console: Console, finding: Finding, style: str) -> None:
    from rich.text import Text

    console.print()
    console.print(Text.assemble((finding.severity, style), f"  {finding.subject}"), soft_wrap=True)
    for name, text in (("expected", one_line(finding.expected)), ("seen", one_line(finding.seen))):
        console.print(Text(f"  {name:<9} {text}"), soft_wrap=True)
    console.print(Text(f"  repeat    {printable(finding.curl)}"), soft_wrap=True)


def as_data(trial: Trial, url: str, exit_code: int) -> dict[str, Any]:
    """Everything as plain data for JSON.

    Args:
        trial: what was tried.
        url: where, as it may be shown.
        exit_code: of the process.
    """
    return {
        "url": url,
        "scheme": trial.scheme,
        "exit_code": exit_code,
        "stopped": trial.stopped,
        "counts": counts(trial.results),
        "cases": [
            {
                "id": result.case.id,
                "sends": result.case.sends,
                "expect": result.case.expect,
                "weight": result.case.weight,
                "outcome": result.outcome,
                "reason": result.reason,
                "answers": [
                    {"status": answer.status, "ms": round(answer.seconds * 1000, 1), "failure": answer.failure}
                    for answer in result.answers
                ],
                "findings": [
                    {"severity": found.severity, "expected": found.expected, "seen": found.seen, "curl": found.curl}
                    for found in result.findings
                ],
            }
            for result in trial.results
        ],
    }


def render_junit(trial: Trial, url: str) -> bytes:
    """The trial as JUnit XML in UTF-8: a violation is a failure; informations are in a case's output."""
    from junitparser import Failure, JUnitXml, Skipped, SystemOut, TestCase, TestSuite

    report: Any = JUnitXml(name="bookproof receiver")
    suite: Any = TestSuite("receiver")
    suite.hostname = printable(url)
    suite.add_property("scheme", str(trial.scheme))
    cases: list[Any] = []
    for result in trial.results:
        spent = round(sum(answer.seconds for answer in result.answers), 3)
        case: Any = TestCase(result.case.id, classname=f"receiver.{trial.scheme}", time=spent)
        text = cut(printable("\n\n".join(map(_written, result.findings))), _LONGEST)
        if result.outcome is Outcome.VIOLATION:
            failure: Any = Failure(cut(printable(result.findings[0].seen), 400), "violation")
            failure.text = text
            case.result = [failure]
        elif result.reason:
            word = "untestable" if result.outcome is Outcome.UNTESTABLE else "not applicable"
            case.result = [Skipped(cut(printable(f"{word}: {result.reason}"), 400), str(result.outcome))]
        elif text:
            output: Any = SystemOut(text)
            case.append(output)
        cases.append(case)
    suite.extend(cases)
    report.extend([suite])
    report.update_statistics()
    return report.tostring()


def _written(finding: Finding) -> str:
    said = (f"{finding.severity}: {finding.subject}", f"expected  {finding.expected}", f"seen      {finding.seen}")
    return "\n".join((*said, f"repeat    {finding.curl}"))


def listing(cases: Sequence[Case]) -> list[str]:
    """The cases a line each, for ``--list``."""
    width = max(len(case.id) for case in cases)
    return [f"{case.id:<{width}}  {should_be(case):<19}  {expected(case)}" for case in cases]
