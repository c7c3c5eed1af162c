"""One run of both dialects, healthy and broken, and the same judged again; shared by the tests of the tape."""

from __future__ import annotations

import pytest
from selftest_judged_again import TARGETS, judge_later
from selftest_runs import Ran, run_bookproof


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The run, in two processes."""
    named = [word for target in TARGETS for word in ("--target", target)]
    folder = tmp_path_factory.mktemp("recorded")
    return run_bookproof("run", *named, "-n", "2", "--fuzz", "off", "--format", "json", folder=folder)


@pytest.fixture(scope="session")
def judged(recorded: Ran, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The run judged again, seven years later and without a network."""
    assert recorded.folder is not None
    return judge_later(recorded.folder, tmp_path_factory.mktemp("judged"))
