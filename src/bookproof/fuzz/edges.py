"""Values at the edges of schemas: which an operation has, and which of them are tried where a budget is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from bookproof.fuzz.cases import edge_of, is_valid

if TYPE_CHECKING:
    from schemathesis.engine.context import EngineContext
    from schemathesis.generation.case import Case


@dataclass(frozen=True)
class Edge:
    """A case at an edge of a schema.

    Attributes:
        kind: which edge; several cases may be at one.
        cost: about how many requests it takes. What a valid call makes is removed again.
    """

    kind: str
    cost: int


def edges_of(context: EngineContext) -> dict[str, list[Edge]]:
    """Operation to its cases at edges, in the order in which they come.

    Schemathesis keeps what it has worked out for a schema, so that the cases cost next to nothing when they are sent.
    """
    found: dict[str, list[Edge]] = {}
    for result in cast("Any", context.schema).get_all_operations():
        operation = result.ok()
        generation = cast("Any", context.config).generation_for(operation=operation, phase="coverage")
        cases = operation.schema.iter_coverage_cases(
            operation, generation_modes=generation.modes, generation_config=generation, session=context.coverage_session
        )
        writes = str(operation.method).upper() != "GET"
        found[str(operation.definition.raw["operationId"])] = [
            Edge(edge_of(case), 2 if writes and is_valid(case) else 1) for case in cases
        ]
    return found


def needed(edges: Sequence[Edge], of_a_kind: int | None = None) -> int:
    """About how many requests it takes to try all cases, or so many of each kind."""
    counts = Counter(edge.kind for edge in edges)
    costs = {edge.kind: edge.cost for edge in edges}
    return sum(costs[kind] * min(count, of_a_kind or count) for kind, count in counts.items())


class Edges:
    """Of the cases at the edges of one operation, those that are sent: of each kind one before any kind has two.

    Args:
        edges: all of its cases, in their order.
        requests: how many requests they may take.
        seed: which of them.
    """

    def __init__(self, edges: Sequence[Edge], requests: int, seed: int) -> None:
        def drawn(kind: str, number: int) -> int:
            return crc32(f"{seed} {kind} {number}".encode("utf-8", "replace"))

        of_kind: dict[str, list[int]] = {}
        for edge in edges:
            numbers = of_kind.setdefault(edge.kind, [])
            numbers.append(len(numbers))
        turns = {
            (kind, number): (turn, drawn(kind, number))
            for kind, numbers in of_kind.items()
            for turn, number in enumerate(sorted(numbers, key=partial(drawn, kind)))
        }
        costs = {edge.kind: edge.cost for edge in edges}
        ordered = sorted(turns, key=turns.__getitem__)
        spent = accumulate(costs[kind] for kind, _ in ordered)
        self._sent = frozenset(case for case, so_far in zip(ordered, spent, strict=True) if so_far <= requests)
        self._met: Counter[str] = Counter()

    def keeps(self, case: Case[Any]) -> bool:
        """Whether the next case is sent."""
        return self.takes(edge_of(case))

    def takes(self, kind: str) -> bool:
        """Whether the next case of a kind is sent."""
        number = self._met[kind]
        self._met[kind] += 1
        return (kind, number) in self._sent
