"""Runs one check on one target: from the evidence of its probe to a verdict, and to the report that pytest shows."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from traceback import format_exception
from typing import TYPE_CHECKING, Any, Literal

import pytest

from bookproof.catalogue import Catalogue
from bookproof.errors import UsageError
from bookproof.fuzz.findings import PROBE, distinct
from bookproof.judge.judge import Judge
from bookproof.verdict import Finding, NotApplicable, Outcome, Untestable, Verdict, outcome_of

if TYPE_CHECKING:
    from bookproof.probes.base import Probe
    from bookproof.sessions import OpenTarget


def run_check(item: pytest.Function, requirement: str, probe: Probe[Any], opened: OpenTarget) -> pytest.TestReport:
    """Call a check with the evidence that it judges and with its judge.

    Args:
        item: the check, a function of ``seen`` and ``judge``.
        requirement: id of its row.
        probe: whose evidence it judges; runs now if it has not yet.
        opened: the target.

    Returns:
        a report with the verdict, free of secrets, as its attribute ``bookproof``.
    """
    started = time.time()
    judge = Judge(Catalogue.load(opened.target.dialect).get(requirement), opened.curl)
    raised: Exception | None = None
    try:
        item.obj(seen=opened.session.evidence(probe), judge=judge)
    except Exception as why:  # noqa: BLE001  whatever it is becomes the verdict
        raised = why
    outcome, reason = conclusion(judge, raised)
    text = opened.redactor.text
    verdict = Verdict(
        requirement=requirement,
        target=opened.target.name,
        outcome=outcome,
        reason=text(reason),
        findings=tuple(replace(f, seen=text(f.seen), expected=text(f.expected)) for f in _told(judge, opened)),
        judgements=judge.judgements,
        check=item.nodeid,
        probe=probe.id,
    )
    return report_of(item, verdict, started)


def _told(judge: Judge, opened: OpenTarget) -> Iterable[Finding]:
    """What a check has found, without what fuzzing showed over and over."""
    if not judge.findings:
        return ()
    sent = opened.session.client.exchanges
    return distinct(judge.findings, frozenset(each.number for each in sent if each.probe.startswith(PROBE)))


def conclusion(judge: Judge, raised: Exception | None) -> tuple[Outcome, str]:
    """What the judgements of a check, and how it ended, come to: the outcome and its reason."""
    if isinstance(raised, NotApplicable):
        return Outcome.NOT_APPLICABLE, str(raised)
    # A check that cannot go on after it has found something has found it.
    if isinstance(raised, Untestable | UsageError) and not judge.findings:
        return Outcome.UNTESTABLE, str(raised)
    if raised is not None and not isinstance(raised, Untestable | UsageError):
        return Outcome.ERROR, f"{type(raised).__name__}: {raised}\n{''.join(format_exception(raised)).strip()}"
    if not judge.judgements:
        # A green that judged nothing would mean nothing.
        return Outcome.ERROR, "the check made no judgement"
    return outcome_of(tuple(judge.findings)), ""


def report_of(item: pytest.Item, verdict: Verdict, started: float) -> pytest.TestReport:
    """The report of a check: failed for a violation or an error, skipped where nothing could be judged."""
    outcome: Literal["passed", "failed", "skipped"] = "passed"
    longrepr: Any = None
    if verdict.outcome in (Outcome.VIOLATION, Outcome.ERROR):
        outcome, longrepr = "failed", explain(verdict)
    elif verdict.outcome in (Outcome.UNTESTABLE, Outcome.NOT_APPLICABLE):
        path, line, _ = item.location
        outcome, longrepr = "skipped", (path, line or 0, f"{verdict.outcome}: {verdict.reason}")
    ended = time.time()
    report = pytest.TestReport(
        item.nodeid, item.location, {}, outcome, longrepr, "call", duration=ended - started, start=started, stop=ended
    )
    report.__dict__["bookproof"] = verdict.as_dict()
    return report


def explain(verdict: Verdict) -> str:
    """A verdict as pytest shows it below a failed test."""
    lines = [f"{verdict.outcome}: {verdict.requirement} on {verdict.target}"]
    if verdict.reason:
        lines.append(verdict.reason)
    for finding in verdict.findings:
        lines += ["", f"{finding.subject}: {finding.severity}", f"  expected  {finding.expected}"]
        lines.append(f"  seen      {finding.seen}")
        if finding.curl:
            lines.append(f"  repeat    {finding.curl}")
    return "\n".join(lines)
