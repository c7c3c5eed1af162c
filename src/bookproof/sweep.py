"""Sweeping: removing from a target what a crashed run has left there, by its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bookproof.errors import UsageError
from bookproof.ledger import Thing, read_ledger
from bookproof.sessions import OpenTarget
from bookproof.targets.specs import TargetSpec


@dataclass
class Swept:
    """What a sweep did.

    Attributes:
        removed: what was cancelled, revoked or deleted.
        left: a line for each thing that is still there.
        found: bookings found by their attendee, whose codes never reached the ledger.
    """

    removed: list[Thing] = field(default_factory=list[Thing])
    left: list[str] = field(default_factory=list[str])
    found: int = 0


def ledgers(places: Sequence[Path]) -> list[Path]:
    """The ledger files that some paths name: files themselves, or folders of runs.

    Raises:
        UsageError: a path is neither.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += sorted(place.rglob("ledger-*.jsonl"))
        elif place.is_file():
            found.append(place)
        else:
            raise UsageError(f"{place}: no such ledger or run folder; runs keep theirs below reports/")
    return found


def sweep(spec: TargetSpec, places: Sequence[Path]) -> Swept:
    """Remove from a target what ledgers say is still there.

    Bookings whose codes never arrived are looked for by the attendee that the suite books for.

    Args:
        spec: the target; never an embedded mock, which takes everything with it when it ends.
        places: ledger files or run folders.

    Raises:
        UsageError: the target is an embedded mock, or a path is wrong.
        Unreachable: the target does not answer.
    """
    if spec.embedded:
        raise UsageError("an embedded mock leaves nothing behind; name the target that the run was on")
    contents = [read_ledger(path) for path in ledgers(places)]
    swept = Swept()
    opened = OpenTarget(spec, None)
    try:
        session = opened.session
        session.require_reachable()
        for content in contents:
            for thing in content.left:
                session.ledger.created(thing.kind, thing.code, thing.role)
        if any(content.unanswered for content in contents):
            swept.found = session.find_lost()
        before = session.ledger.left()
        session.clean_up()
        swept.left = session.left_behind
        after = set(session.ledger.left())
        swept.removed = [thing for thing in before if thing not in after]
    finally:
        opened.close()
    return swept
