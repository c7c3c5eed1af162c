"""Reports: every one is a pure function of the record of a run. Nothing here sends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookproof.render.record import RunRecord


def write_reports(record: RunRecord, folder: Path) -> list[Path]:
    """Write all reports of a run into its folder, which exists; returns their paths."""
    from bookproof.render.html import write_html
    from bookproof.render.junit import write_junit
    from bookproof.render.record import Exchanges, write_record

    return [write_record(record, folder), write_junit(record, folder), write_html(record, Exchanges(folder), folder)]
