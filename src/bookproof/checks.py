"""What a check needs: the decorator that binds a test to a requirement and to the probe whose evidence it judges."""

from __future__ import annotations

from typing import Any

import pytest

from bookproof.judge.judge import Judge
from bookproof.probes.base import Probe

__all__ = ["Judge", "requirement"]


def requirement(identity: str, probe: Probe[Any]) -> pytest.MarkDecorator:
    """Bind a test to one requirement.

    The test takes ``seen``, the evidence of the probe, and ``judge``, which collects its judgements.

    A check of what several dialects share carries the decorator once for each of them.

    Args:
        identity: id of a row of ``requirements.yaml``.
        probe: the probe whose evidence is judged; its dialect is the row's.
    """
    return pytest.mark.requirement(identity, probe)
