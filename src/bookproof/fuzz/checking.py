"""Runs one test of what fuzzing finds out: a verdict for every requirement that it has judged, in one report."""

from __future__ import annotations

import time
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from bookproof.catalogue import Catalogue
from bookproof.checking import conclusion, report_of
from bookproof.judge.judge import Judge
from bookproof.verdict import NotApplicable, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bookproof.probes.base import Probe
    from bookproof.sessions import OpenTarget


def run_fuzz(
    item: pytest.Function, rows: Sequence[str], probe: Probe[Any], opened: OpenTarget, select: Sequence[str]
) -> pytest.TestReport:
    """Call a test with what fuzzing found out.

    Args:
        item: the test, a function of ``seen`` and ``judge_of``.
        rows: the requirements that it judges in any case.
        probe: whose evidence it judges; runs now if it has not yet.
        opened: the target.
        select: patterns of requirement ids; without any, all are told.

    Returns:
        a report with the gravest verdict as its attribute ``bookproof`` and the others as ``bookproof_more``.
    """
    started = time.time()
    catalogue = Catalogue.load(opened.target.dialect)
    judges: dict[str, Judge] = {}

    def judge_of(row: str) -> Judge:
        return judges.setdefault(row, Judge(catalogue.get(row), opened.curl))

    raised: Exception | None = None
    try:
        item.obj(seen=opened.session.evidence(probe), judge_of=judge_of)
    except Exception as why:  # noqa: BLE001  whatever it is becomes the verdict
        raised = why
    told = [row for row in (rows if raised else judges) if not select or any(fnmatchcase(row, one) for one in select)]
    verdicts = [_verdict(item, judge_of(row), raised, probe, opened) for row in told]
    if not verdicts:
        # Nothing was sent that this row is about, as where an operation takes nothing that could be wrong.
        reason = NotApplicable("no request of this kind can be made for it")
        verdicts = [_verdict(item, judge_of(rows[0]), reason, probe, opened)]
    verdicts.sort(key=lambda verdict: verdict.outcome.rank)
    report = report_of(item, verdicts[0], started)
    report.__dict__["bookproof_more"] = [verdict.as_dict() for verdict in verdicts[1:]]
    return report


def _verdict(
    item: pytest.Item, judge: Judge, raised: Exception | None, probe: Probe[Any], opened: OpenTarget
) -> Verdict:
    outcome, reason = conclusion(judge, raised)
    text = opened.redactor.text
    return Verdict(
        requirement=judge.requirement.id,
        target=opened.target.name,
        outcome=outcome,
        reason=text(reason),
        findings=tuple(
            replace(found, seen=text(found.seen), expected=text(found.expected)) for found in judge.findings
        ),
        judgements=judge.judgements,
        check=item.nodeid,
        probe=probe.id,
    )
