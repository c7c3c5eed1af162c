"""Spreads a run over pytest-xdist's workers: all checks of a target go to one of them."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling


class ByTarget(LoadScopeScheduling):
    """Gives each worker whole targets, and the project's own tests file by file."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, test = nodeid.partition("::")
        if "selftest" in path or "[" not in test:
            return path
        name, _, parameters = test.rstrip("]").partition("[")
        # Tests of fuzzing are of a target and an operation.
        return parameters.rpartition("-")[0] if name == "test_operation" else parameters
