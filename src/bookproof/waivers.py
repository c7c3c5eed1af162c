"""Waivers: findings that somebody has decided to live with until a date, and what is wrong with the waivers themselves.

A waiver turns the violations and warnings that it matches into ``waived``. One that has expired, matches nothing or
matches only what passes is a problem, so that no waiver outlives its cause unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bookproof.targets.toml_files import Problems, read_toml
from bookproof.verdict import Outcome, Verdict

_WAIVABLE = (Outcome.VIOLATION, Outcome.WARNING)


@dataclass(frozen=True)
class Waiver:
    """One waiver.

    Attributes:
        requirement: id of a requirement, or a pattern of ids.
        target: name of a target, or a pattern of names; ``*`` for all.
        reason: why it is accepted.
        owner: who sees to it that it ends.
        issue: where that is tracked.
        until: the last day on which it holds.
    """

    requirement: str
    target: str
    reason: str
    owner: str
    issue: str
    until: date

    def matches(self, verdict: Verdict) -> bool:
        """Whether a verdict is about what is waived, whatever its outcome."""
        # A target's name may hold brackets or stars itself, so it also matches as it stands.
        target = verdict.target == self.target or fnmatchcase(verdict.target, self.target)
        return target and fnmatchcase(verdict.requirement, self.requirement)

    def __str__(self) -> str:
        return self.requirement if self.target == "*" else f"{self.requirement} on {self.target}"


@dataclass(frozen=True)
class Waivers:
    """The waivers of one file, in its order."""

    waivers: tuple[Waiver, ...]
    source: str = ""

    @classmethod
    def load(cls, path: Path) -> Waivers:
        """Read a waiver file.

        Args:
            path: TOML in the shape of ``schemas/own/waivers.schema.json``.

        Raises:
            UsageError: ``path:line: key: what is wrong; remedy``, a line for each problem.
        """
        document = read_toml(path, "waiver file")
        problems = Problems(document, str(path))
        problems.check_schema("waivers", dates=True)
        problems.raise_if_any()
        return cls(tuple(_waiver(table) for table in document["waiver"]), str(path))

    def apply(self, verdicts: Sequence[Verdict], today: date) -> tuple[list[Verdict], list[str]]:
        """Waive what is waived.

        Args:
            verdicts: of one run.
            today: decides which waivers have expired.

        Returns:
            the verdicts in their order, waived ones with the reason; and a sentence for each waiver that has expired,
            matches nothing or is stale. A waiver whose requirements could not be judged in this run is none of these.
        """
        valid = [waiver for waiver in self.waivers if waiver.until >= today]
        applied: list[Verdict] = []
        for verdict in verdicts:
            match = next((w for w in valid if verdict.outcome in _WAIVABLE and w.matches(verdict)), None)
            applied.append(verdict if match is None else _waived(verdict, match))
        problems = [self._problem(waiver, verdicts, today) for waiver in self.waivers]
        return applied, [problem for problem in problems if problem]

    def _problem(self, waiver: Waiver, verdicts: Sequence[Verdict], today: date) -> str:
        outcomes = {verdict.outcome for verdict in verdicts if waiver.matches(verdict)}
        remedy = f"see {waiver.issue} or ask {waiver.owner}"
        if waiver.until < today:
            return f"the waiver of {waiver} has expired on {waiver.until}; {remedy}"
        if not outcomes:
            return f"the waiver of {waiver} matches no requirement of this run; correct or remove it in {self.source}"
        if outcomes == {Outcome.PASS}:
            return f"the waiver of {waiver} is stale: all that it matches passes; remove it from {self.source}"
        return ""


def _waiver(table: dict[str, Any]) -> Waiver:
    until = table["until"]
    return Waiver(
        requirement=table["requirement"],
        target=table.get("target", "*"),
        reason=table["reason"].strip(),
        owner=table["owner"].strip(),
        issue=table["issue"].strip(),
        until=until if type(until) is date else date.fromisoformat(str(until)[:10]),
    )


def _waived(verdict: Verdict, waiver: Waiver) -> Verdict:
    reason = f"{waiver.reason} (was a {verdict.outcome}; {waiver.issue}, {waiver.owner}, until {waiver.until})"
    return replace(verdict, outcome=Outcome.WAIVED, reason=reason)
