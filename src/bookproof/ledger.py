"""The ledger: what a run is about to create, written down before it is sent, so that a crashed run can be swept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

#: Kinds of things that a run creates.
KINDS = ("booking", "link", "webhook", "event-type", "schedule", "reservation", "team", "organization-user")
#: The role whose key has made what says nothing else.
OWNER = "full"


@dataclass(frozen=True)
class Thing:
    """Something that a run created: its kind, the code that the API gave it, and the role whose key made it."""

    kind: str
    code: str
    role: str = field(default=OWNER, compare=False)


class Ledger:
    """An append-only file of JSON lines: ``about``, ``created``, ``refused`` and ``gone``.

    Args:
        path: the file; None keeps the ledger in memory only.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None
        self._open: dict[Thing, None] = {}

    def about_to_create(self, kind: str, marker: str) -> None:
        """Note that a thing is about to be created; ``marker`` helps to find it if its code never arrives."""
        self._write({"about": kind, "marker": marker})

    def created(self, kind: str, code: str, role: str = OWNER) -> None:
        """Note what was created, and with the key of which role."""
        self._open[Thing(kind, code, role)] = None
        self._write({"created": kind, "code": code, **({} if role == OWNER else {"role": role})})

    def refused(self, kind: str) -> None:
        """Note that nothing was created after all."""
        self._write({"refused": kind})

    def gone(self, kind: str, code: str) -> None:
        """Note that a thing was cancelled, revoked or deleted."""
        thing = Thing(kind, code)
        if thing in self._open:
            del self._open[thing]
            self._write({"gone": kind, "code": code})

    def left(self) -> list[Thing]:
        """What still has to be cleaned up, the newest first."""
        return list(reversed(self._open))

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _write(self, line: dict[str, str]) -> None:
        if self._file:
            self._file.write(json.dumps(line) + "\n")


@dataclass(frozen=True)
class LedgerContents:
    """What a ledger file says: things still there, and how many creations never got an answer."""

    left: list[Thing]
    unanswered: int
    markers: frozenset[str]


def read_ledger(path: Path) -> LedgerContents:
    """Read a ledger file; a line cut off by a crash is passed over."""
    left: dict[Thing, None] = {}
    unanswered, markers = 0, set[str]()
    for line in path.read_text("utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if "about" in entry:
            unanswered += 1
            markers.add(entry["marker"])
        elif "created" in entry:
            unanswered -= 1
            left[Thing(entry["created"], entry["code"], entry.get("role", OWNER))] = None
        elif "refused" in entry:
            unanswered -= 1
        elif "gone" in entry:
            left.pop(Thing(entry["gone"], entry["code"]), None)
    return LedgerContents(list(reversed(left)), max(unanswered, 0), frozenset(markers))
