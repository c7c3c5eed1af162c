"""The kill matrix: each planted defect breaks exactly the requirements that it declares, and every check is killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, Ran, run_bookproof

from bookproof.catalogue import Catalogue
from bookproof.mock.defects import all_defects

DEFECTS = all_defects()
#: Rows that no defect of the mock can break, and why.
UNKILLED: dict[str, str] = {}


def target(defect: str) -> str:
    """The target that has a defect planted."""
    return f"mock:defect={defect},now={QUIET_MOMENT}"


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run over the mock with every defect in turn."""
    folder: Path = tmp_path_factory.mktemp("kill-matrix")
    targets = [argument for defect in DEFECTS for argument in ("--target", target(defect))]
    return run_bookproof("run", *targets, "-n", "2", folder=folder, timeout=1_500)


@pytest.mark.parametrize("defect", sorted(DEFECTS))
def test_defect_breaks_exactly_what_it_declares(matrix: Ran, defect: str) -> None:
    """No survivor, no bystander."""
    assert matrix.broken(target(defect)) == set(DEFECTS[defect].breaks)


def test_no_check_errs_on_a_defect(matrix: Ran) -> None:
    """However broken the target is, the suite itself does not break."""
    errors = {key: verdict["reason"] for key, verdict in matrix.verdicts.items() if verdict["outcome"] == "error"}
    assert not errors


def test_every_check_is_killed() -> None:
    """A check that no defect can break proves nothing."""
    killed = {row for defect in DEFECTS.values() for row in defect.breaks}
    judged = {row.id for row in Catalogue.load("imatic-v1").judged}
    assert judged - killed == set(UNKILLED)


def test_there_are_enough_defects() -> None:
    """The quiet ones included."""
    assert len(DEFECTS) >= 60
