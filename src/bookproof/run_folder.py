"""Names of a run's folder and of the files in it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path


def file_name(target: str) -> str:
    """A target's name as a part of a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in target)


def new_run_folder(reports: Path, target: str) -> Path:
    """A name for a run's folder, made of the time and the first target; the folder is made when it is first needed."""
    return reports / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{file_name(target)[:40]}-{secrets.token_hex(2)}"
