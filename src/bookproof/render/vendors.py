"""What vendors share, side by side: the core rows, and what came out for each on every target of a run."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.catalogue import core_rows
from bookproof.render.record import RunRecord
from bookproof.verdict import Outcome

#: So many targets fit beside each other on a page.
MOST_TARGETS = 8


@dataclass(frozen=True)
class SharedRow:
    """A core row: its id, what it says whoever the vendor is, and its outcome on each target, in their order."""

    id: str
    text: str
    outcomes: tuple[Outcome | None, ...]


@dataclass(frozen=True)
class SideBySide:
    """The core rows of a run: the names of the targets, and the rows."""

    targets: tuple[str, ...]
    rows: tuple[SharedRow, ...]

    @classmethod
    def of(cls, record: RunRecord) -> SideBySide | None:
        """The comparison; None for a run on targets of one dialect, or on too many to stand side by side."""
        dialects = {target.dialect for target in record.targets}
        if len(dialects) < 2 or len(record.targets) > MOST_TARGETS:
            return None
        found = {(verdict.target, verdict.requirement): verdict.outcome for verdict in record.verdicts}
        names = tuple(target.name for target in record.targets)
        rows = tuple(
            SharedRow(identity, text, tuple(found.get((name, identity)) for name in names))
            for identity, text in core_rows().items()
        )
        return cls(names, rows)
