"""One run, recorded; shared by the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from selftest_cassettes import BROKEN, TARGETS, Recorded
from selftest_runs import run_bookproof


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A run of the mock that speaks Cal.com, and of a broken one that speaks imatic."""
    reports, cassettes = tmp_path_factory.mktemp("recorded"), tmp_path_factory.mktemp("cassettes")
    more = ("--format", "json", "--record", "--cassettes", str(cassettes))
    return Recorded(run_bookproof("run", "-q", *TARGETS, *more, folder=reports), cassettes, reports)


@pytest.fixture(scope="session")
def imatic(recorded: Recorded) -> Path:
    """The cassettes of the mock that speaks imatic."""
    return recorded.of(BROKEN)
