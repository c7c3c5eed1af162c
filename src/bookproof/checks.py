"""What a check needs: the decorator that binds a test to a requirement and to the probe whose evidence it judges."""

from __future__ import annotations

from typing import Any

import pytest

from bookproof.judge.judge import Judge
from bookproof.probes.base import Probe

__all__ = ["Judge", "fuzz", "requirement"]


def requirement(identity: str, probe: Probe[Any]) -> pytest.MarkDecorator:
    """Bind a test to one requirement.

    The test takes ``seen``, the evidence of the probe, and ``judge``, which collects its judgements.

    A check of what several dialects share carries the decorator once for each of them.

    Args:
        identity: id of a row of ``requirements.yaml``.
        probe: the probe whose evidence is judged; its dialect is the row's.
    """
    return pytest.mark.requirement(identity, probe)


def fuzz(*rows: str, by: str) -> pytest.MarkDecorator:
    """Bind a test to what fuzzing finds out, in every dialect.

    The test takes ``seen``, and ``judge_of``, which gives the judge of a requirement.

    Args:
        rows: ids of the requirements that it always judges; whatever else it judges is known when it has.
        by: ``operation`` for a test of each operation of the contract, ``target`` for one.
    """
    return pytest.mark.fuzz(*rows, by=by)
