"""Values at the edges of schemas: which an operation has, and which of them are tried where a budget is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from bookproof.fuzz.cases import edge_of

if TYPE_CHECKING:
    from schemathesis.engine.context import EngineContext
    from schemathesis.generation.case import Case


def edges_of(context: EngineContext) -> dict[str, list[str]]:
    """Operation to the edges of its schema in the order in which they come, one for each case; see ``edge_of``.

    Schemathesis keeps what it has worked out for a schema, so that the cases cost next to nothing when they are sent.
    """
    found: dict[str, list[str]] = {}
    for result in cast("Any", context.schema).get_all_operations():
        operation = result.ok()
        generation = cast("Any", context.config).generation_for(operation=operation, phase="coverage")
        cases = operation.schema.iter_coverage_cases(
            operation, generation_modes=generation.modes, generation_config=generation, session=context.coverage_session
        )
        found[str(operation.definition.raw["operationId"])] = [edge_of(case) for case in cases]
    return found


class Edges:
    """Of the cases at the edges of one operation, those that are sent: of each kind one before any kind has two.

    Args:
        labels: of all of its cases, in their order; those with one label are of a kind.
        most: how many are sent.
        seed: which of them.
    """

    def __init__(self, labels: Sequence[str], most: int, seed: int) -> None:
        def drawn(case: tuple[str, int]) -> int:
            return crc32(f"{seed} {case}".encode("utf-8", "replace"))

        of_kind: dict[str, list[tuple[str, int]]] = {}
        for label in labels:
            kind = of_kind.setdefault(label, [])
            kind.append((label, len(kind)))
        turns = [(turn, case) for kind in of_kind.values() for turn, case in enumerate(sorted(kind, key=drawn))]
        turns.sort(key=lambda each: (each[0], drawn(each[1])))
        self._sent = frozenset(case for _, case in turns[:most])
        self._met: Counter[str] = Counter()

    def keeps(self, case: Case[Any]) -> bool:
        """Whether the next case is sent."""
        label = edge_of(case)
        number = self._met[label]
        self._met[label] += 1
        return (label, number) in self._sent
