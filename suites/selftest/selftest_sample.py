"""The sample report: what it is made of, and how it is made again.

``python suites/selftest/selftest_sample.py`` writes ``reports/sample`` anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

#: A violation, warnings and an information, on a day that does not move.
TARGET = (
    "mock:defect=cancel-leaves-slot-blocked+pages-off-by-one+error-code-in-words+links-ignore-scope"
    "+signature-body-only+mcp-hides-event-type"
    ",now=2027-01-13T10:07:23Z"
)
SAMPLE = Path(__file__).resolve().parents[2] / "reports" / "sample"
KEPT = ("report.html", "junit.xml", "run.json")


def make(folder: Path) -> Path:
    """Run on the sample's target below a folder; returns the run's own folder."""
    # From inside the folder, so that no path of this machine is in the sample.
    command = [sys.executable, "-m", "bookproof", "run", "--target", TARGET, "--allow", "write"]
    subprocess.run(command, check=False, capture_output=True, cwd=folder, env={**os.environ, "NO_COLOR": "1"})
    return next(folder.glob("reports/*/run.json")).parent


def main() -> None:
    """Write the sample anew."""
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder))
        SAMPLE.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            shutil.copy(made / name, SAMPLE / name)
    print(f"{SAMPLE}: {', '.join(KEPT)}")


if __name__ == "__main__":
    main()
