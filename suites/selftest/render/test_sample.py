"""The committed sample report tells the truth of today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from selftest_sample import KEPT, SAMPLE, make

AGAIN = "make it again: python suites/selftest/selftest_sample.py"


def test_sample_is_what_a_run_says_today(tmp_path: Path) -> None:
    """Same rows, same verdicts, same findings, same cost; only times and ports may differ."""
    today, kept = make(tmp_path), SAMPLE
    assert said(today) == said(kept), AGAIN


def test_sample_is_whole() -> None:
    """All that is shown of it is there, and shows no key."""
    for name in KEPT:
        text = (SAMPLE / name).read_text("utf-8")
        assert text, AGAIN
        assert "cal_full" not in text


def said(folder: Path) -> dict[str, Any]:
    """What a run says, apart from when and where."""
    record = json.loads((folder / "run.json").read_text("utf-8"))
    return {
        "requirements": record["requirements"],
        "exit": record["exit"],
        "requests": [target["requests"] for target in record["targets"]],
        "verdicts": {
            verdict["requirement"]: (
                verdict["outcome"],
                verdict["reason"],
                [(finding["subject"], finding["severity"], finding["expected"]) for finding in verdict["findings"]],
            )
            for verdict in record["verdicts"]
        },
    }
