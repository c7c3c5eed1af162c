"""The kill matrix: each planted defect breaks exactly the requirements that it declares, and every check is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, Ran, run_side_by_side

from bookproof.catalogue import Catalogue
from bookproof.mock.defects import all_defects

DEFECTS = all_defects()
#: Rows that no defect of the mock can break, and why.
UNKILLED: dict[str, str] = {}


def target(defect: str) -> str:
    """The target that has a defect planted."""
    return f"mock:defect={defect},now={QUIET_MOMENT}"


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """Every defect in turn planted in the mock, and judged."""
    folder: Path = tmp_path_factory.mktemp("kill-matrix")
    return run_side_by_side([target(defect) for defect in DEFECTS], folder, timeout=1_500)


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_defect_breaks_exactly_what_it_declares(matrix: list[Ran], defect: str) -> None:
    """No survivor, no bystander."""
    broken = set().union(*(half.broken(target(defect)) for half in matrix))
    assert broken == set(DEFECTS[defect].breaks)


def test_no_check_errs_on_a_defect(matrix: list[Ran]) -> None:
    """However broken the target is, the suite itself does not break."""
    verdicts = {key: verdict for half in matrix for key, verdict in half.verdicts.items()}
    assert {name for name, _ in verdicts} == {target(defect) for defect in DEFECTS}
    assert not {key: verdict["reason"] for key, verdict in verdicts.items() if verdict["outcome"] == "error"}


def test_every_check_is_killed() -> None:
    """A check that no defect can break proves nothing."""
    killed = {row for defect in DEFECTS.values() for row in defect.breaks}
    judged = {row.id for row in Catalogue.load("imatic-v1").judged}
    assert judged - killed == set(UNKILLED)


def test_there_are_enough_defects() -> None:
    """The quiet ones included."""
    assert len(DEFECTS) >= 60
