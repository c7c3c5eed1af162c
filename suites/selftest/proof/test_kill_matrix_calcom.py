"""The kill matrix of calcom-v2."""

from __future__ import annotations

import pytest
from selftest_kill_matrix import KillMatrix
from selftest_runs import Ran

MATRIX = KillMatrix("calcom-v2", enough=90)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """Every defect in turn planted in the mock, and judged."""
    return MATRIX.judge(tmp_path_factory.mktemp("kill-matrix"))


@pytest.mark.parametrize("defect", sorted(MATRIX.defects))
def test_defect_breaks_exactly_what_it_declares(runs: list[Ran], defect: str) -> None:
    """No survivor, no bystander."""
    MATRIX.expect_exact(runs, defect)


def test_no_check_errs_on_a_defect(runs: list[Ran]) -> None:
    """However broken the target is, the suite itself does not break."""
    MATRIX.expect_no_error(runs)


def test_every_check_is_killed() -> None:
    """A check that no defect can break proves nothing."""
    MATRIX.expect_every_check_killed()
