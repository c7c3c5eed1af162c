"""Several machines: a master and its workers, on loopback here."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable

from storm.conftest import Served, Stormed

Storm = Callable[..., Stormed]


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def start_worker(served: Served, port: int, **more: str) -> subprocess.Popen[str]:
    """The command of another machine."""
    arguments = ("storm", "--target", str(served.target), "--worker", "--master-host", f"127.0.0.1:{port}")
    return subprocess.Popen(
        [sys.executable, "-m", "bookproof", *arguments, "--wait", "20"],
        env={**os.environ, "NO_COLOR": "1", **served.server.environment, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_master_leads_two_workers(served: Served, storm: Storm) -> None:
    """Each has its part, the records of both come back, and the master judges and cleans up."""
    before, port = served.live(), free_port()
    workers = [start_worker(served, port) for _ in range(2)]
    arguments = ("--master", "--workers", "2", "--bind", f"127.0.0.1:{port}", "--wait", "20")
    found = storm(
        *("--target", str(served.target), *arguments, "--users", "8", "--seconds", "10", "--requests", "101"),
        **served.server.environment,
    )
    said = [worker.communicate(timeout=30) for worker in workers]
    assert found.code == 0, found.out + found.err
    assert "2 of 2 workers are there" in found.out
    assert f"--worker --master-host 127.0.0.1:{port}" in found.out
    record = found.record
    assert record["calls"] == 101
    assert record["incomplete_processes"] == []
    lines = (found.folder / "storm-calls.jsonl").read_text("utf-8").splitlines()
    users = {json.loads(line)["user"].partition("-")[0] for line in lines}
    assert users == {"0", "1"}, "both workers took part"
    assert served.live() == before
    for worker, (out, err) in zip(workers, said, strict=True):
        assert worker.returncode == 0, out + err
        assert "4 users, at most 5" in out
        assert "the master judges" in out
    key = served.server.keys["full"].partition(".")[2]
    assert all(key not in text for pair in said for text in pair)
    assert key not in found.out


def test_workers_that_do_not_come_are_not_waited_for_forever(served: Served, storm: Storm) -> None:
    """Exit 2, how many came, and nothing was booked."""
    arguments = ("--master", "--workers", "1", "--bind", f"127.0.0.1:{free_port()}", "--wait", "1")
    found = storm("--target", str(served.target), *arguments, **served.server.environment)
    assert found.code == 2, found.out + found.err
    assert "0 of 1 workers came within 1 seconds" in found.err
    assert ("POST", "/v1/bookings") not in served.requests


def test_a_worker_without_a_master_ends(served: Served, storm: Storm) -> None:
    """Exit 2, and what to look at."""
    arguments = ("--worker", "--master-host", f"127.0.0.1:{free_port()}", "--wait", "1")
    found = storm("--target", str(served.target), *arguments, **served.server.environment)
    assert found.code == 2, found.out + found.err
    assert "no master answers" in found.err
