"""Offline runs: the verdicts of the run that was recorded, from its cassettes alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from selftest_cassettes import BROKEN, TARGETS, Recorded
from selftest_runs import Ran, run_bookproof

from bookproof.recording.cassettes import read_cassettes
from bookproof.resources import fixtures_path

SHIPPED = ("mock-imatic", "mock-calcom")


@pytest.fixture(scope="module")
def offline(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The recorded run, judged offline."""
    more = ("--format", "json", "--offline", "--cassettes", str(recorded.cassettes))
    return run_bookproof("run", "-q", *TARGETS, *more, folder=tmp_path_factory.mktemp("offline"))


def judged(ran: Ran) -> dict[tuple[str, str], dict[str, Any]]:
    """Every verdict of a run."""
    assert len(ran.verdicts) > 500
    return ran.verdicts


def test_verdicts_are_those_of_the_run(recorded: Recorded, offline: Ran) -> None:
    """To the word, the number of each exchange and the curl line; also where much is broken."""
    assert judged(offline) == judged(recorded.ran)
    assert len(recorded.ran.broken(BROKEN)) > 3
    assert (recorded.ran.code, offline.code) == (1, 1)


def test_the_run_says_where_it_was_recorded(recorded: Recorded) -> None:
    """A line for each target."""
    for name in ("mock-calcom", BROKEN):
        assert f"recorded {recorded.of(name)}" in recorded.ran.out.replace("\n", "")


def test_nothing_was_created(offline: Ran) -> None:
    """An offline run has no ledger."""
    assert offline.folder is not None
    assert not list(offline.folder.glob("ledger-*"))


def test_a_damaged_cassette_costs_its_own_probe_only(tmp_path: Path) -> None:
    """What it would have shown is untestable, and says why; the run ends with 2; all else is judged."""
    copy = shutil.copytree(fixtures_path("cassettes", "mock-imatic"), tmp_path / "cassettes" / "mock-imatic")
    damaged = copy / "account.calendars.yaml"
    damaged.write_text(damaged.read_text("utf-8")[:-40], "utf-8")
    more = ("--offline", "--cassettes", str(copy.parent), "--target", "mock-imatic", "--select", "[ci]*")
    ran = run_bookproof("run", "-q", "--format", "json", *more, folder=tmp_path)
    assert ran.code == 2
    assert re.search(rf"damaged +{re.escape(str(damaged))}:\d+: ", ran.out.replace("\n", ""))
    assert set(ran.outcomes().values()) >= {"pass", "untestable"}
    for verdict in ran.verdicts.values():
        if verdict["outcome"] == "untestable":
            assert str(damaged) in verdict["reason"]
            assert verdict["probe"] == damaged.stem
        elif verdict["probe"]:
            assert verdict["outcome"] == "pass"
            assert verdict["probe"] != damaged.stem


def test_a_part_does_not_take_the_place_of_all(recorded: Recorded, tmp_path: Path) -> None:
    """Recording some requirements would lose the cassettes of the others."""
    more = ("--record", "--cassettes", str(recorded.cassettes), "--target", "mock-calcom", "--select", "slots.*")
    ran = run_bookproof("run", *more, folder=tmp_path)
    assert ran.code == 2
    assert "another folder with --cassettes" in ran.err


@pytest.mark.parametrize("options", [("--offline", "--record"), ("--offline", "--target", "imatic")])
def test_what_cannot_be_is_said(options: tuple[str, ...], tmp_path: Path) -> None:
    """Both at once; and a target that nobody has recorded, with the remedy. Its variables need not be set."""
    ran = run_bookproof("run", *options, folder=tmp_path)
    assert ran.code == 2
    assert "exclude each other" in ran.err or "bookproof run --record --target imatic" in ran.err


def test_what_comes_with_the_suite_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any folder, without a file; if probes send something else now, `bookproof run --record` helps."""
    monkeypatch.chdir(tmp_path)
    ran = run_bookproof("run", "-q", "--format", "json", "--offline", folder=tmp_path)
    lacking = [verdict["reason"] for verdict in ran.verdicts.values() if verdict["outcome"] == "untestable"]
    assert not [reason for reason in lacking if "recorded" in reason], "record again: bookproof run --record"
    assert ran.code == 0, ran.out + ran.err


def test_what_comes_with_the_suite_is_small_and_labelled() -> None:
    """As answers of the mock."""
    size = 0
    for name in SHIPPED:
        folder = fixtures_path("cassettes", name)
        assert read_cassettes(folder).header.origin == "mock"
        size += sum(path.stat().st_size for path in folder.iterdir())
    assert size <= 3_000_000
