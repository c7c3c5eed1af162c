"""Judges a run again as the command line does, years later and without a network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from selftest_runs import Ran

#: Defects that break lists, races, tools, signatures, clocks, webhooks and what is told in deliveries.
IMATIC = (
    "mock:defect=page-two-skips-one+race-link-marked-after-booking+mcp-traceback-in-result+signature-stale+secret-in-delivery"
    "+dst-autumn-only+webhook-delete-does-nothing"
)
CALCOM = (
    "mock:defect=calcom-signature-over-ascii+calcom-race-last-seat-twice+calcom-dst-spring-only"
    "+calcom-pages-count-from-zero+calcom-token-never-ends+calcom-delivery-without-time"
)
#: The mock in both dialects, healthy and broken.
TARGETS = ("mock-imatic", "mock-calcom", IMATIC, CALCOM)


def judge_later(run: Path, reports: Path, *arguments: str) -> Ran:
    """Judge a run seven years later, without a network."""
    done = subprocess.run(
        [
            *(sys.executable, str(Path(__file__).with_name("selftest_years_later.py"))),
            *("judge", str(run), "--reports", str(reports), "--format", "json", *arguments),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"},
    )
    runs = sorted(reports.glob("*/run.json"))
    return Ran(done.returncode, done.stdout, done.stderr, runs[-1].parent if runs else None)
