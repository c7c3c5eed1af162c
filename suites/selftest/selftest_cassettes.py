"""What tests of cassettes share: the targets that they run, and what a recorded run is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selftest_runs import Ran

from bookproof.run_folder import file_name

#: A server that signs, lists, races and keeps secrets badly.
BROKEN = "mock:defect=signature-base64+list-without-success+race-double-click-books-twice+naive-times"
TARGETS = ("--target", "mock-calcom", "--target", BROKEN)


@dataclass(frozen=True)
class Recorded:
    """A run, the folder in which it was kept as cassettes, and where its reports are."""

    ran: Ran
    cassettes: Path
    reports: Path

    def of(self, target: str) -> Path:
        """The cassettes of one target."""
        return self.cassettes / file_name(target)
