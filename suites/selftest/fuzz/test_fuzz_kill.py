"""Each requirement that fuzzing judges is broken by a defect, with a fixed seed and a small budget."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from selftest_runs import QUIET_MOMENT, Ran, run_bookproof

from bookproof.catalogue import Catalogue

#: Dialect to the seed, the tests of fuzzing that are run, and requirement to a defect that breaks it.
KILLED = {
    "imatic-v1": (
        1,
        "createBooking or createWebhook or sequences",
        {
            "fuzz.valid.accepted": "no-show-not-subscribable",
            "fuzz.invalid.refused": "wrong-type-accepted",
            "fuzz.sequences.no-overlap": "double-booking-accepted",
            "fuzz.sequences.cancelled-free": "cancel-leaves-slot-blocked",
        },
    ),
    "calcom-v2": (
        1,
        "createBooking or sequences",
        {
            "fuzz.valid.accepted": "calcom-moved-from-slot-refused",
            "fuzz.invalid.refused": "calcom-attendee-not-required",
            "fuzz.sequences.no-overlap": "calcom-double-booking-accepted",
            "fuzz.sequences.cancelled-free": "calcom-cancel-leaves-slot-blocked",
        },
    ),
}


def _target(defect: str) -> str:
    return f"mock:defect={defect},now={QUIET_MOMENT}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Both dialects, fuzzed side by side with one defect planted at a time."""
    folder = tmp_path_factory.mktemp("fuzz-kill")

    def judge(dialect: str) -> Ran:
        seed, tests, killed = KILLED[dialect]
        targets = [word for defect in killed.values() for word in ("--target", _target(defect))]
        budget = ["--fuzz", "200", "--seed", str(seed), "--select", "fuzz.*", "--format", "json"]
        return run_bookproof("run", "-q", *targets, *budget, "--", "-k", tests, folder=folder / dialect)

    with ThreadPoolExecutor() as pool:
        return dict(zip(KILLED, pool.map(judge, KILLED), strict=True))


@pytest.mark.parametrize(
    ("dialect", "row"), [(dialect, row) for dialect, (_, _, rows) in KILLED.items() for row in rows]
)
def test_a_defect_breaks_the_row(runs: dict[str, Ran], dialect: str, row: str) -> None:
    """Something is found against it, whatever its weight."""
    assert row in runs[dialect].broken(_target(KILLED[dialect][2][row]))


@pytest.mark.parametrize("dialect", KILLED)
def test_every_row_is_proven_here(dialect: str) -> None:
    """The kill matrix leaves the rows of fuzzing to this file."""
    rows = {row.id for row in Catalogue.load(dialect).judged if row.area == "fuzz"}
    assert rows == set(KILLED[dialect][2])
