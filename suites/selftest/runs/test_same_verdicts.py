"""The same target gets the same verdicts, however and whenever it is judged."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from selftest_runs import QUIET_MOMENT, Ran

GREEN = {"pass", "not-applicable"}

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
    assert not healthy.broken("mock"), "a healthy mock gives no information finding either"


def test_second_run_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """Straight after the first."""
    assert bookproof("run").outcomes() == healthy.outcomes()


def test_workers_give_the_same(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """With two workers."""
    assert bookproof("run", "-n", "2").outcomes() == healthy.outcomes()


@pytest.mark.parametrize("seed", [1, 2])
def test_random_order_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran], tmp_path: Path, seed: int) -> None:
    """With the checks in any order; the requests keep theirs."""
    (tmp_path / "shuffle_checks.py").write_text(SHUFFLE.replace("SEED", str(seed)))
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    ran = bookproof("run", "--", "-p", "shuffle_checks", environment={"PYTHONPATH": path})
    assert ran.outcomes() == healthy.outcomes()


@pytest.mark.parametrize(
    "moment",
    [
        QUIET_MOMENT,
        "2027-03-27T22:30:00Z",  # the evening before clocks go forward in Europe
        "2027-03-28T01:30:00Z",
        "2026-10-24T23:59:30Z",  # the night in which they go back
        "2026-10-25T00:45:00Z",
        "2027-03-14T06:59:59Z",  # New York goes forward
        "2027-04-03T14:59:00Z",  # Lord Howe Island goes back by half an hour
        "2026-12-31T22:59:59Z",
        "2028-02-28T12:00:00Z",
    ],
)
def test_any_moment_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran], moment: str) -> None:
    """Around changes of clocks, at the turn of the year, before a leap day."""
    name = f"mock:now={moment}"
    assert bookproof("run", "--target", name).outcomes(name) == healthy.outcomes()


@pytest.mark.parametrize("seed", [7, 333])
def test_any_seed_gives_the_same(healthy: Ran, bookproof: Callable[..., Ran], seed: int) -> None:
    """Whichever free slots are booked; and another seed books others."""
    ran = bookproof("run", "--seed", str(seed))
    assert ran.outcomes() == healthy.outcomes()
    assert starts(ran) != starts(healthy)


def starts(ran: Ran) -> list[str]:
    """The bodies of the bookings that a run tried to make."""
    assert ran.folder is not None
    lines = (ran.folder / "exchanges-mock.jsonl").read_text("utf-8").splitlines()
    return [line.split('"body"')[1] for line in lines if '"operation": "createBooking"' in line]


def test_new_codes_on_reschedule_are_as_good(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """A server that gives a moved booking a new code keeps the same contract."""
    name = "mock:reschedule=new-code"
    assert bookproof("run", "--target", name).outcomes(name) == healthy.outcomes()


@pytest.mark.parametrize("mode", ["sessions", "stateless-sse"])
def test_every_way_to_speak_mcp_is_as_good(healthy: Ran, bookproof: Callable[..., Ran], mode: str) -> None:
    """With sessions or without, the older protocol alone or both, answers as JSON or as event streams."""
    name = f"mock:mcp={mode}"
    ran = bookproof("run", "--target", name)
    odd = {row: outcome for row, outcome in ran.outcomes(name).items() if outcome not in GREEN}
    assert not odd
    assert not ran.broken(name)
    differing = {row for row, outcome in ran.outcomes(name).items() if outcome != healthy.outcomes()[row]}
    assert differing <= {"mcp.session.not-a-key"}, "only where there are sessions"


def test_several_targets_in_one_run(healthy: Ran, bookproof: Callable[..., Ran]) -> None:
    """Each gets its own verdicts."""
    ran = bookproof("run", "--target", "mock", "--target", "mock:defect=cancel-leaves-slot-blocked")
    assert ran.code == 1
    assert ran.outcomes("mock") == healthy.outcomes()
    assert ran.broken("mock:defect=cancel-leaves-slot-blocked") == {"bookings.cancel.frees", "parity.cancelled"}
