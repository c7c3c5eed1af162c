"""What the calls of a storm came to in numbers; for information, no verdict depends on them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from bookproof.judge.race_model import CANCEL, CREATE, MOVE, UNKNOWN
from bookproof.storm.calls import StormCall


def collisions(calls: Iterable[StormCall]) -> tuple[int, int]:
    """How many creates and moves were refused as conflicts, and how many were made."""
    tried = [call for call in calls if call.action in (CREATE, MOVE)]
    return sum(call.status == 409 for call in tried), len(tried)


def statuses(calls: Iterable[StormCall]) -> dict[str, dict[int, int]]:
    """Action to status to how often it was answered so; 0 stands for no answer."""
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for call in calls:
        found[call.action][call.status] += 1
    return {action: dict(sorted(found[action].items())) for action in sorted(found)}


def latencies(calls: Iterable[StormCall]) -> dict[str, dict[str, float]]:
    """Action to the 50th, 95th and 99th percentile of its answers' times, in milliseconds."""
    found: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if call.status:
            found[call.action].append(call.seconds * 1000)
    return {
        action: {f"p{percent}": round(_percentile(sorted(found[action]), percent), 2) for percent in (50, 95, 99)}
        for action in sorted(found)
    }


def unknown(calls: Iterable[StormCall]) -> int:
    """How many creates, moves and cancels nobody knows the outcome of."""
    return sum(call.outcome == UNKNOWN and call.action in (CREATE, MOVE, CANCEL) for call in calls)


def _percentile(values: list[float], percent: int) -> float:
    return values[min(len(values) - 1, max(0, -(-len(values) * percent // 100) - 1))]
