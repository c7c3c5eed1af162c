"""The file in which an inbox keeps what it receives: JSON lines, only ever appended to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bookproof.errors import UsageError

if TYPE_CHECKING:
    from bookproof.inbox.store import Store

_FIRST_LINE = b'{"file": "bookproof-inbox", "version": 1}\n'


class Keeper:
    """Appends the changes of an inbox to a file, each before anybody is told of it.

    Args:
        path: the file; it is made if it is not there, readable by its owner alone: deliveries may hold personal data.

    Raises:
        OSError: it cannot be read or written.
        UsageError: it holds something else.

    Attributes:
        failure: why nothing is kept any more, for example a full disk; empty while all is well.
    """

    failure = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0)
        self._read = self._file.readall()
        if not self._read:
            self._file.write(_FIRST_LINE)
        elif not self._read.startswith(_FIRST_LINE):
            self._file.close()
            raise UsageError(f"{path} is not the file of an inbox; name a new one with --keep")
        elif not self._read.endswith(b"\n"):
            self._file.write(b"\n")  # a crash has torn the last line

    def replay(self, store: Store) -> None:
        """Give a store everything that the file holds. A line that a crash has torn is passed over."""
        for line in self._read.splitlines()[1:]:
            try:
                change = json.loads(line)
            except ValueError:
                continue
            try:
                store.replay(change)
            except ValueError as why:
                raise UsageError(
                    f"{self._path} is not the file of an inbox: {why}; name a new one with --keep"
                ) from why
        self._read = b""

    def note(self, change: dict[str, Any]) -> None:
        """Append a change. What cannot be kept is still received: a target is not to blame for our disk."""
        if self.failure:
            return
        try:
            self._file.write(json.dumps(change).encode() + b"\n")
        except OSError as why:
            self.failure = why.strerror or str(why)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
