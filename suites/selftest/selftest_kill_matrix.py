"""The kill matrix: each planted defect breaks exactly the requirements that it declares, and every check is killed.

Each dialect has a test file of its own, so that two workers have them judged at once, in two processes each (one alone
leaves a part of a core idle), while a third runs the rest.
"""

from __future__ import annotations

from pathlib import Path

from selftest_runs import QUIET_MOMENT, Ran, run_bookproof, run_side_by_side

from bookproof.catalogue import Catalogue
from bookproof.mock.defects import all_defects

#: So many defects of a dialect may differ by accident, and are judged once more.
MOST_ACCIDENTS = 3


class KillMatrix:
    """The defects of one dialect, and what a run finds with each of them planted.

    Args:
        dialect: whose defects.
        enough: the least number of them, the quiet ones included.
    """

    def __init__(self, dialect: str, enough: int) -> None:
        self.dialect = dialect
        self.enough = enough
        self.defects = {name: defect for name, defect in all_defects().items() if defect.dialect == dialect}

    @staticmethod
    def target(defect: str) -> str:
        """The target that has a defect planted; it speaks the dialect of the defect."""
        return f"mock:defect={defect},now={QUIET_MOMENT}"

    def judge(self, folder: Path) -> list[Ran]:
        """Plant every defect in turn, and judge.

        A busy machine may delay a delivery, or let racers miss each other. So a few that differ are judged once more,
        when it is quieter; more than a few are no accident.
        """
        runs = run_side_by_side([self.target(defect) for defect in self.defects], folder / "all", 1_500, ("json",))
        differing = [self.target(d) for d in self.defects if self._broken(runs, d) != set(self.defects[d].breaks)]
        if 0 < len(differing) <= MOST_ACCIDENTS:
            again = [word for target in differing for word in ("--target", target)]
            runs.append(run_bookproof("run", "-q", *again, "--format", "json", folder=folder / "again"))
        return runs

    def _broken(self, runs: list[Ran], defect: str) -> set[str]:
        """What the last run that judged a defect has found."""
        target = self.target(defect)
        return next((ran.broken(target) for ran in reversed(runs) if ran.judged(target)), set[str]())

    def expect_exact(self, runs: list[Ran], defect: str) -> None:
        """No survivor, no bystander."""
        broken, declared = self._broken(runs, defect), set(self.defects[defect].breaks)
        assert broken == declared, f"survived: {sorted(declared - broken)}; broken besides: {sorted(broken - declared)}"

    def expect_no_error(self, runs: list[Ran]) -> None:
        """However broken the target is, the suite itself does not break."""
        verdicts = {key: verdict for ran in runs for key, verdict in ran.verdicts.items()}
        assert {name for name, _ in verdicts} == {self.target(defect) for defect in self.defects}
        assert not {key: verdict["reason"] for key, verdict in verdicts.items() if verdict["outcome"] == "error"}

    def expect_every_check_killed(self) -> None:
        """A check that no defect can break proves nothing; and there are enough defects.

        What fuzzing judges is proven where it is fuzzed, in ``suites/selftest/fuzz/test_fuzz_kill.py``.
        """
        killed = {row for defect in self.defects.values() for row in defect.breaks}
        assert {row.id for row in Catalogue.load(self.dialect).judged if row.area != "fuzz"} == killed
        assert len(self.defects) >= self.enough
