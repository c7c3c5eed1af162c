"""What several reports show together: findings that are alike, verdicts that share a reason, and areas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bookproof.render.record import Row, RunRecord, area_of
from bookproof.verdict import Finding, Outcome, Severity, Verdict

_NUMBER = re.compile(r"\d+")
_SEVERITIES = list(Severity)


@dataclass
class Alike:
    """Findings of one requirement that say the same: the first in full, the subjects of the others."""

    finding: Finding
    others: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """How many findings there are."""
        return 1 + len(self.others)


@dataclass(frozen=True)
class Trouble:
    """A verdict that needs eyes, with its row and its findings."""

    verdict: Verdict
    row: Row
    findings: list[Alike]


@dataclass(frozen=True)
class SameReason:
    """Verdicts of one target and outcome that share a reason."""

    target: str
    outcome: Outcome
    reason: str
    requirements: list[str]


def alike(findings: Iterable[Finding]) -> list[Alike]:
    """Collapse findings that expect the same and saw the same, numbers aside; the gravest come first."""
    groups: dict[tuple[str, str, str], Alike] = {}
    for finding in sorted(findings, key=lambda found: _SEVERITIES.index(found.severity)):
        key = (finding.severity, _shape(finding.expected), _kind(finding.seen))
        if key in groups:
            groups[key].others.append(finding.subject)
        else:
            groups[key] = Alike(finding)
    return list(groups.values())


def _shape(text: str) -> str:
    # "full: keys are bearer tokens" and "mcp: keys are bearer tokens" differ in who tried only.
    _, colon, rest = text.partition(": ")
    return _NUMBER.sub("0", rest if colon else text)


def _kind(seen: str) -> str:
    # What was seen often quotes a whole answer; its status and beginning tell its kind.
    status = seen[:3] if seen[:3].isdigit() else ""
    return status + _NUMBER.sub("0", seen[len(status) : 24])


def troubles(
    record: RunRecord, outcomes: Iterable[Outcome] = (Outcome.ERROR, Outcome.VIOLATION, Outcome.WARNING)
) -> list[Trouble]:
    """The verdicts of some outcomes, worst first, then in the order of targets and catalogue."""
    wanted = set(outcomes)
    found = [verdict for target in record.targets for verdict in record.of(target.name) if verdict.outcome in wanted]
    found.sort(key=lambda verdict: verdict.outcome.rank)
    return [Trouble(verdict, record.row(verdict), alike(verdict.findings)) for verdict in found]


def by_reason(record: RunRecord, outcome: Outcome) -> list[SameReason]:
    """The verdicts of one outcome by target and reason, the most frequent reason first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for target in record.targets:
        for verdict in record.of(target.name):
            if verdict.outcome is outcome:
                # The first line tells the reason; below it, an error has its traceback.
                reason = verdict.reason.partition("\n")[0]
                groups.setdefault((target.name, reason), []).append(verdict.requirement)
    found = [SameReason(target, outcome, reason, names) for (target, reason), names in groups.items()]
    return sorted(found, key=lambda group: -len(group.requirements))


def by_area(verdicts: Iterable[Verdict]) -> dict[str, Counter[Outcome]]:
    """Area to its count of outcomes, in the order in which the areas appear."""
    areas: dict[str, Counter[Outcome]] = {}
    for verdict in verdicts:
        areas.setdefault(area_of(verdict.requirement), Counter())[verdict.outcome] += 1
    return areas


def unselected(verdict: Verdict) -> bool:
    """Whether a verdict only says that its requirement was not selected."""
    return verdict.outcome is Outcome.NOT_APPLICABLE and verdict.reason.startswith("selection:")


def informations(record: RunRecord) -> list[Trouble]:
    """The verdicts that pass and still carry findings of severity information."""
    return [trouble for trouble in troubles(record, [Outcome.PASS]) if trouble.findings]
