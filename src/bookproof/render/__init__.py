"""Reports: every one is a pure function of the record of a run. Nothing here sends."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookproof.render.record import RunRecord


def write_reports(record: RunRecord, folder: Path, formats: Collection[str] = ("html", "junit")) -> list[Path]:
    """Write the record of a run into its folder, which exists, and its reports; returns their paths."""
    from bookproof.render.record import Exchanges, write_record

    written = [write_record(record, folder)]
    if "junit" in formats:
        from bookproof.render.junit import write_junit

        written.append(write_junit(record, folder))
    if "html" in formats:
        from bookproof.render.html import write_html

        written.append(write_html(record, Exchanges(folder), folder))
    return written
