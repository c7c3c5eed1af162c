"""Verdicts: what was found out about one requirement on one target."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from bookproof.race_record import RaceRecord


class Untestable(Exception):
    """A requirement could not be judged; the reason says what would make it testable."""


class NotApplicable(Exception):
    """A requirement does not concern this target or this run; the reason says why."""


class Outcome(StrEnum):
    """The closed set of verdicts, worst first."""

    ERROR = "error"
    VIOLATION = "violation"
    UNTESTABLE = "untestable"
    WARNING = "warning"
    WAIVED = "waived"
    NOT_APPLICABLE = "not-applicable"
    PASS = "pass"  # noqa: S105  not a password

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Outcome).index(self)


class Severity(StrEnum):
    """How much a finding weighs; it follows from the provenance and level of its requirement."""

    VIOLATION = "violation"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the requirement says.

    Attributes:
        severity: violation, warning or information.
        subject: what it is about, usually an operation id, for example ``createBooking``.
        expected: what the requirement asks, in one sentence.
        seen: what the target did, in one sentence.
        exchanges: numbers of the exchanges that show it, the telling one last.
        curl: a command line that repeats the telling exchange, with the key as an environment variable.
    """

    severity: Severity
    subject: str
    expected: str
    seen: str
    exchanges: tuple[int, ...] = ()
    curl: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was found out about one requirement on one target.

    Attributes:
        requirement: id of the row, for example ``bookings.create.taken``.
        target: name of the target.
        outcome: one of the closed set.
        reason: why it is untestable, waived, not applicable or an error; empty otherwise.
        findings: what was wrong, in the order it was seen (informations included, which leave a pass a pass).
        judgements: how many single comparisons were made.
        check: node id of the pytest test.
        probe: id of the probe whose evidence was judged.
    """

    requirement: str
    target: str
    outcome: Outcome
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    judgements: int = 0
    check: str = ""
    probe: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON and for the way between processes."""
        plain = asdict(self)
        plain["outcome"] = str(self.outcome)
        for finding in plain["findings"]:
            finding["severity"] = str(finding["severity"])
        return plain

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        """The inverse of :meth:`as_dict`."""
        fields: dict[str, Any] = dict(data)
        fields["outcome"] = Outcome(data["outcome"])
        fields["findings"] = tuple(_finding(finding) for finding in data["findings"])
        return cls(**fields)


def _finding(data: dict[str, Any]) -> Finding:
    fields: dict[str, Any] = dict(data)
    fields["severity"] = Severity(data["severity"])
    fields["exchanges"] = tuple(data["exchanges"])
    return Finding(**fields)


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """The verdict that a list of findings amounts to."""
    severities = {finding.severity for finding in findings}
    if Severity.VIOLATION in severities:
        return Outcome.VIOLATION
    if Severity.WARNING in severities:
        return Outcome.WARNING
    return Outcome.PASS


def merged(one: Verdict, other: Verdict) -> Verdict:
    """Two verdicts on one requirement and target as one.

    Findings are put together and judgements summed; the graver outcome counts, but one that does not apply counts
    only beside others of its kind. The check and the probe are those of the first that is not fuzzing's.
    """
    outcomes = [each for each in (one, other) if each.outcome is not Outcome.NOT_APPLICABLE] or [one, other]
    gravest = min(outcomes, key=lambda each: each.outcome.rank)
    first = other if one.probe.startswith("fuzz.") and not other.probe.startswith("fuzz.") else one
    findings = tuple(dict.fromkeys((*one.findings, *other.findings)))
    return replace(
        first,
        outcome=gravest.outcome,
        reason=gravest.reason,
        findings=findings,
        judgements=one.judgements + other.judgements,
    )


@dataclass
class TargetSummary:
    """What a run spent on one target.

    Attributes:
        name: the target's name.
        dialect: for example ``imatic-v1``.
        base_url: where it answered.
        requests: requests sent, the rate-limit probe and fuzzing aside.
        rate_limit_requests: requests of the rate-limit probe.
        fuzz_requests: requests of fuzzing.
        seconds: time spent waiting for the target, in seconds.
        planned: highest number of requests that the plan allowed for.
        left_behind: what could not be cleaned up, one line each.
        unreachable: why the target could not be judged at all; empty when it answered.
        races: the races that were run, in the order in which they were.
        recorded: when, where and by what it was recorded, in a few words, if nothing was sent to it; else empty.
    """

    name: str
    dialect: str
    base_url: str
    requests: int = 0
    rate_limit_requests: int = 0
    fuzz_requests: int = 0
    seconds: float = 0.0
    planned: int = 0
    left_behind: list[str] = field(default_factory=list[str])
    unreachable: str = ""
    races: list[RaceRecord] = field(default_factory=list[RaceRecord])
    recorded: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON and for the way between processes."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TargetSummary:
        """The inverse of :meth:`as_dict`; data without races, as they once were written, has none."""
        fields: dict[str, Any] = dict(data)
        fields["races"] = [RaceRecord.from_json(race) for race in data.get("races", ())]
        return cls(**fields)
