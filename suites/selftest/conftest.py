"""Fixtures of the project's own tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selftest_runs import Ran, run_bookproof


@pytest.fixture
def bookproof(tmp_path: Path) -> Callable[..., Ran]:
    """``bookproof("run", "--target", …)``; every call has a folder of its own."""
    count = 0

    def run(*arguments: str, **more: Any) -> Ran:
        nonlocal count
        count += 1
        return run_bookproof(*arguments, folder=tmp_path / f"reports-{count}", **more)

    return run


@pytest.fixture(scope="session")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run on the healthy mock, shared by the tests that only look at it."""
    return run_bookproof("run", folder=tmp_path_factory.mktemp("healthy"))
