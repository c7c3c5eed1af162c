"""The kill matrix: each planted defect breaks exactly the requirements that it declares, and every check is killed.

Each dialect has a test file of its own, so that two workers judge them at once while a third runs the rest.
"""

from __future__ import annotations

from pathlib import Path

from selftest_runs import QUIET_MOMENT, Ran, run_bookproof

from bookproof.catalogue import Catalogue
from bookproof.mock.defects import all_defects


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

    def judge(self, folder: Path) -> Ran:
        """Plant every defect in turn, and judge."""
        targets = [word for defect in self.defects for word in ("--target", self.target(defect))]
        return run_bookproof("run", "-q", *targets, "--format", "json", folder=folder, timeout=1_500)

    def expect_exact(self, ran: Ran, defect: str) -> None:
        """No survivor, no bystander."""
        assert ran.broken(self.target(defect)) == set(self.defects[defect].breaks)

    def expect_no_error(self, ran: Ran) -> None:
        """However broken the target is, the suite itself does not break."""
        assert {name for name, _ in ran.verdicts} == {self.target(defect) for defect in self.defects}
        assert not {key: verdict["reason"] for key, verdict in ran.verdicts.items() if verdict["outcome"] == "error"}

    def expect_every_check_killed(self) -> None:
        """A check that no defect can break proves nothing; and there are enough defects.

        What fuzzing judges is proven where it is fuzzed, in ``suites/selftest/fuzz/test_fuzz_kill.py``.
        """
        killed = {row for defect in self.defects.values() for row in defect.breaks}
        assert {row.id for row in Catalogue.load(self.dialect).judged if row.area != "fuzz"} == killed
        assert len(self.defects) >= self.enough
