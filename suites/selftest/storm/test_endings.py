"""However a storm ends, what it made can be found: it is judged and cleaned up, or swept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result
from storm.conftest import Served, Stormed

from bookproof.cli import main

ENDLESS = ("--users", "10", "--seconds", "600", "--requests", "100000")


def begin(served: Served, folder: Path) -> subprocess.Popen[str]:
    """Start a storm in a process of its own and wait until it has booked something."""
    # Whatever started the tests may ignore interruptions, and a child inherits that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "bookproof",
            "storm",
            "--target",
            str(served.target),
            "--reports",
            str(folder),
            *ENDLESS,
        ],
        env={**os.environ, "NO_COLOR": "1", **served.server.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, before)
    deadline = time.monotonic() + 60
    while served.requests.count(("POST", "/v1/bookings")) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running.poll() is None
    return running


def quiet(served: Served) -> bool:
    """Whether no more requests arrive after a while."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        seen = len(served.requests)
        time.sleep(0.5)
        if len(served.requests) == seen:
            return True
    return False


def test_an_interrupted_storm_is_judged_and_cleaned_up(served: Served, tmp_path: Path) -> None:
    """What was done until then counts, and nothing is left."""
    before = served.live()
    running = begin(served, tmp_path)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    found = Stormed(running.returncode, out, err, tmp_path)
    assert found.code == 0, out + err
    assert found.record["stopped"] is True
    assert "ended early" in out
    assert served.live() == before


def sweep(served: Served, folder: Path) -> Result:
    """``bookproof sweep`` in this process."""
    environment = {"NO_COLOR": "1", **served.server.environment}
    return CliRunner(env=environment).invoke(main, ["sweep", "--target", str(served.target), str(folder)])


def test_a_killed_storm_ends_and_is_swept(served: Served, tmp_path: Path) -> None:
    """Its users stop when nobody leads them any more, and the ledger was written before the first request."""
    before = served.live()
    running = begin(served, tmp_path)
    running.kill()
    running.communicate()
    assert quiet(served), "the users went on without their leader"
    assert served.live() > before
    swept = sweep(served, tmp_path)
    assert swept.exit_code == 0, swept.output
    assert served.live() == before


def test_what_is_kept_can_be_swept(served: Served, storm: Callable[..., Stormed]) -> None:
    """--keep leaves the bookings to be looked at, and says how to remove them."""
    before = served.live()
    arguments = ("--seconds", "1", "--requests", "60", "--keep")
    found = storm("--target", str(served.target), *arguments, **served.server.environment)
    assert found.code == 0, found.out + found.err
    assert len(served.live() - before) == found.record["live_afterwards"] > 0
    assert f"bookproof sweep {found.folder}" in found.out
    swept = sweep(served, found.folder)
    assert swept.exit_code == 0, swept.output
    assert served.live() == before
