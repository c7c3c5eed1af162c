"""The kill matrix: each planted defect breaks exactly the requirements that it declares, and every check is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, Ran, run_side_by_side

from bookproof.catalogue import Catalogue, dialects
from bookproof.mock.defects import all_defects

DEFECTS = all_defects()
#: Dialect to the least number of defects that it has, the quiet ones included.
ENOUGH = {"imatic-v1": 60, "calcom-v2": 90}


def target(defect: str) -> str:
    """The target that has a defect planted; it speaks the dialect of the defect."""
    return f"mock:defect={defect},now={QUIET_MOMENT}"


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """Every defect in turn planted in the mock, and judged."""
    folder: Path = tmp_path_factory.mktemp("kill-matrix")
    return run_side_by_side([target(defect) for defect in DEFECTS], folder, timeout=1_500, formats=("json",))


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


@pytest.mark.parametrize("dialect", dialects())
def test_every_check_is_killed(dialect: str) -> None:
    """A check that no defect can break proves nothing."""
    killed = {row for defect in DEFECTS.values() if defect.dialect == dialect for row in defect.breaks}
    assert {row.id for row in Catalogue.load(dialect).judged} == killed


@pytest.mark.parametrize("dialect", dialects())
def test_there_are_enough_defects(dialect: str) -> None:
    """The quiet ones included."""
    assert sum(defect.dialect == dialect for defect in DEFECTS.values()) >= ENOUGH[dialect]
