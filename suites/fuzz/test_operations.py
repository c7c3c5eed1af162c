"""Requests that schemathesis makes out of the contract, judged by our requirements."""

from __future__ import annotations

from collections.abc import Callable

from bookproof.checks import Judge, fuzz
from bookproof.fuzz.findings import Fuzzed, judge_fuzzed


@fuzz("fuzz.valid.accepted", "fuzz.invalid.refused", by="operation")
def test_operation(seen: Fuzzed, judge_of: Callable[[str], Judge]) -> None:
    """What is valid by the contract is accepted, what breaks it is refused, and no invariant is broken by either."""
    judge_fuzzed(seen, judge_of)


@fuzz("fuzz.sequences.no-overlap", "fuzz.sequences.cancelled-free", by="target")
def test_sequences(seen: Fuzzed, judge_of: Callable[[str], Judge]) -> None:
    """Whatever is booked, moved and cancelled in turn, nothing is booked twice, and what is cancelled is free."""
    judge_fuzzed(seen, judge_of)
