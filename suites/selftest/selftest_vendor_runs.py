"""Serves vendors who chose otherwise where the documents are silent, and judges them by their target files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from selftest_runs import QUIET_MOMENT, Ran, run_bookproof
from selftest_vendor_server import vendor_server
from selftest_vendors import VENDORS

_FILES = Path(__file__).parent / "vendors"


def name_of(vendor: str, defect: str) -> str:
    """What the target of a vendor with a defect is called."""
    return f"{vendor}-{defect}" if defect else vendor


def _target_file(vendor: str, defect: str, folder: Path) -> Path:
    """The vendor's file; for a defective copy of the vendor the same file with another name and address."""
    file = _FILES / f"{vendor}.toml"
    if not defect:
        return file
    name = name_of(vendor, defect)
    text = file.read_text("utf-8").replace(f'name = "{vendor}"', f'name = "{name}"')
    copy = folder / f"{name}.toml"
    copy.write_text(text.replace(f'"{_variable(vendor)}_', f'"{_variable(name)}_'), encoding="utf-8")
    return copy


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")


def judge_vendors(which: Iterable[tuple[str, str]], folder: Path, *how: str) -> Ran:
    """Serve vendors, each with a defect or none (""), and judge them all in one run; ``how`` are further options."""
    targets: list[str] = []
    environment: dict[str, str] = {}
    with ExitStack() as stack:
        for vendor, defect in which:
            defects = [defect] if defect else []
            server = vendor_server(VENDORS[vendor], defects, datetime.fromisoformat(QUIET_MOMENT))
            running = stack.enter_context(server)
            variable = _variable(name_of(vendor, defect))
            environment |= running.mock.environment
            environment[f"{variable}_URL"] = running.base_url
            environment[f"{variable}_DOOR_URL"] = f"{running.base_url}/_door"
            targets += ["--target", str(_target_file(vendor, defect, folder))]
        return run_bookproof(
            "run", *targets, "--format", "json", *how, folder=folder, environment=environment, timeout=600
        )
