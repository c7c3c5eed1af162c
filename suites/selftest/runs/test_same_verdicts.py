"""The same target gets the same verdicts, however and whenever it is judged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, Ran, run_side_by_side

GREEN = {"pass", "not-applicable"}
MOMENTS = (
    QUIET_MOMENT,
    "2027-03-27T22:30:00Z",  # the evening before clocks go forward in Europe
    "2027-03-28T01:30:00Z",
    "2026-10-24T23:59:30Z",  # the night in which they go back
    "2026-10-25T00:45:00Z",
    "2027-03-14T06:59:59Z",  # New York goes forward
    "2027-04-03T14:59:00Z",  # Lord Howe Island goes back by half an hour
    "2026-12-31T22:59:59Z",
    "2028-02-28T12:00:00Z",
)
#: Other servers that keep the same contract.
SAME = ("reschedule=new-code", "threads=yes")
MCP = ("mcp=sessions", "mcp=stateless-sse")
#: What is compared; Cal.com at other moments and seeds has tests of its own.
IMATIC = ("--target", "mock-imatic")
DEFECTIVE = "mock:defect=cancel-leaves-slot-blocked"

SHUFFLE = """
import random
import pytest

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    random.Random(SEED).shuffle(items)
"""


def test_healthy_mock_is_green(healthy: Ran) -> None:
    """Everything passes, or does not apply for a reason that is given."""
    assert healthy.code == 0, healthy.out + healthy.err
    odd = {row: outcome for row, outcome in healthy.outcomes().items() if outcome not in GREEN}
    assert not odd
    reasons = [v["reason"] for v in healthy.record["verdicts"] if v["outcome"] == "not-applicable"]
    assert all(reasons)
    assert not healthy.broken("mock-imatic"), "a healthy mock gives no information finding either"


def test_second_run_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """Straight after the first."""
    assert bookproof("run", *IMATIC).outcomes() == healthy.outcomes()


def test_workers_give_the_same(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """With two workers."""
    assert bookproof("run", "-n", "2").outcomes() == healthy.outcomes()


@pytest.mark.parametrize("seed", [1, 2])
def test_random_order_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran], tmp_path: Path, seed: int) -> None:
    """With the checks in any order; the requests keep theirs."""
    (tmp_path / "shuffle_checks.py").write_text(SHUFFLE.replace("SEED", str(seed)))
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ran = bookproof("run", *IMATIC, "--", "-p", "shuffle_checks", environment={"PYTHONPATH": path})
    assert ran.outcomes() == healthy.outcomes()


@pytest.fixture(scope="session")
def ways(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    """The healthy mock at many moments, and in many ways that are as good, each judged once."""
    targets = [f"mock:{option}" for option in (*(f"now={moment}" for moment in MOMENTS), *SAME, *MCP)]
    return run_side_by_side([*targets, DEFECTIVE], tmp_path_factory.mktemp("ways"), timeout=600, formats=("json",))


def of(ways: list[Ran], target: str) -> Ran:
    """The run that a target was part of."""
    return next(ran for ran in ways if ran.outcomes(target))


@pytest.mark.parametrize("option", [*(f"now={moment}" for moment in MOMENTS), *SAME])
def test_other_ways_give_the_same(healthy: Ran, ways: list[Ran], option: str) -> None:
    """At any moment; with new codes for moved bookings; with requests handled on threads."""
    name = f"mock:{option}"
    assert of(ways, name).outcomes(name) == healthy.outcomes()


@pytest.mark.parametrize("option", MCP)
def test_every_way_to_speak_mcp_is_as_good(healthy: Ran, ways: list[Ran], option: str) -> None:
    """With sessions or without, the older protocol alone or both, answers as JSON or as event streams."""
    name = f"mock:{option}"
    ran = of(ways, name)
    odd = {row: outcome for row, outcome in ran.outcomes(name).items() if outcome not in GREEN}
    assert not odd
    assert not ran.broken(name)
    differing = {row for row, outcome in ran.outcomes(name).items() if outcome != healthy.outcomes()[row]}
    assert differing <= {"mcp.session.not-a-key"}, "only where there are sessions"


def test_a_broken_target_harms_no_other(ways: list[Ran]) -> None:
    """Each target of a run gets its own verdicts; one that is broken fails the run."""
    ran = of(ways, DEFECTIVE)
    assert ran.code == 1
    assert ran.broken(DEFECTIVE) == {"bookings.cancel.frees", "parity.cancelled"}
    assert sorted(other.code for other in ways) == [0, 1]


@pytest.mark.parametrize("seed", [7, 333])
def test_any_seed_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran], seed: int) -> None:
    """Whichever free slots are booked; and another seed books others."""
    ran = bookproof("run", *IMATIC, "--seed", str(seed))
    assert ran.outcomes() == healthy.outcomes()
    assert starts(ran) != starts(healthy)


def starts(ran: Ran) -> list[str]:
    """The bodies of the bookings that a run tried to make."""
    assert ran.folder is not None
    lines = (ran.folder / "exchanges-mock-imatic.jsonl").read_text("utf-8").splitlines()
    return [line.split('"body"')[1] for line in lines if '"operation": "createBooking"' in line]
