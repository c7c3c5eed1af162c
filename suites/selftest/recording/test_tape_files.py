"""Recordings in the folder of a run: written as they come, read as far as they can be read, refused in words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from selftest_judged_again import IMATIC
from selftest_runs import Ran, run_bookproof

from bookproof.errors import UsageError
from bookproof.recording.model import Header, Origin, Reading
from bookproof.recording.run_files import AsItIs, RunFiles, read_run_files, recorded_targets
from bookproof.wire.exchange import Arrival, Exchange

HEADER = Header(
    target="mine",
    dialect="imatic-v1",
    origin=Origin.LIVE,
    recorded="2027-01-13T10:07:23+00:00",
    suite_version="0.1.0",
    api_version="1",
    seed=7,
    race_batches=2,
    ceiling="write",
    document={"name": "mine", "data": {"time_zone": "Europe/Berlin"}},
    document_digest="00",
    environment={"MINE_KEY": "cal_standin"},
    plan=["one", "two"],
    select=["me.*"],
)


def exchange(number: int, probe: str, **more: object) -> Exchange:
    """An exchange with something of everything."""
    plain: dict[str, object] = {
        "number": number,
        "probe": probe,
        "operation": "getMe",
        "role": "full",
        "note": "who?",
        "method": "POST",
        "url": "http://127.0.0.1:1/v1/users/me?zone=Asia%2FTokyo",
        "request_headers": {"accept": "application/json"},
        "request_body": b'{"name": "\xc3\x84"}',
        "status": 200,
        "response_headers": {"content-type": "application/json"},
        "response_body": b"\xff\x00binary",
        "started": 1_800_000_000.123457,
        "elapsed": 0.123456789,
    }
    return Exchange(**{**plain, **more})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a small run."""
    files = RunFiles(tmp_path, HEADER, AsItIs())
    for number, probe in enumerate(("one", "one", "two", "two"), start=1):
        files.exchange(exchange(number, probe))
        files.reading(Reading(probe, "clock", 1_800_000_000.1234567 + number))
    files.close()
    return tmp_path


def test_what_is_written_is_read_to_the_last_digit(tmp_path: Path) -> None:
    given = [
        exchange(1, "one"),
        exchange(2, "one", race="A", released=0.000042123, racer=3, status=0, failure="ReadTimeout: gone"),
        exchange(3, "two", inbound=True, arrival=Arrival("all", 12, "/hooks/x/all", cut=True)),
    ]
    readings = [Reading("one", "clock", 1_800_000_000.1234567), Reading("two", "door GET /clock", {"a": [1, None]})]
    files = RunFiles(tmp_path, HEADER, AsItIs())
    for each in given:
        files.exchange(each)
    for each in readings:
        files.reading(each)
    files.close()
    found = read_run_files(tmp_path, "mine")
    assert found.exchanges == given
    assert found.readings == readings
    assert not found.problems
    assert set(found.header.zones) == {"Europe/Berlin", "Asia/Tokyo"}
    assert Header(**{**vars(found.header), "zones": {}}) == HEADER


def test_one_line_is_one_exchange_for_every_reader(tmp_path: Path) -> None:
    """Some take other characters than line feeds for the end of a line; fuzzing sends those, too."""
    odd = "a\x85b\u2028c\u2029d\x0be\x1cf\r\n"
    given = exchange(1, "one", note=odd, request_body=odd.encode(), response_body=odd.encode())
    files = RunFiles(tmp_path, HEADER, AsItIs())
    files.exchange(given)
    files.close()
    assert len((tmp_path / "exchanges-mine.jsonl").read_text("utf-8").splitlines()) == 1
    assert read_run_files(tmp_path, "mine").exchanges == [given]


def test_files_are_complete_while_the_run_goes_on(tmp_path: Path) -> None:
    """A run that is killed has lost nothing that it had seen."""
    files = RunFiles(tmp_path, HEADER, AsItIs())
    files.exchange(exchange(1, "one"))
    files.reading(Reading("one", "number", 2))
    found = read_run_files(tmp_path, "mine")
    files.close()
    assert (len(found.exchanges), len(found.readings)) == (1, 1)


@pytest.mark.parametrize(
    ("name", "line", "kept"),
    [("exchanges-mine.jsonl", 3, (2, 4)), ("exchanges-mine.jsonl", 1, (2, 4)), ("readings-mine.jsonl", -1, (4, 3))],
    ids=("exchange", "first", "last reading"),
)
@pytest.mark.parametrize("end", [60, 5], ids=("names its probe", "names nothing"))
def test_a_cut_line_is_named_and_costs_its_probe_alone(
    name: str, line: int, kept: tuple[int, int], end: int, folder: Path
) -> None:
    path = folder / name
    lines = path.read_text("utf-8").splitlines()
    at = line - 1 if line > 0 else len(lines) - 1
    owner = json.loads(lines[at])["probe"]
    path.write_text("\n".join([*lines[:at], lines[at][:end], *lines[at + 1 :]]), "utf-8")
    found = read_run_files(folder, "mine")
    assert found.problems[owner].startswith(f"{path}:{at + 1}: ")
    assert (len(found.exchanges), len(found.readings)) in (kept, (3, 4))
    other = "one" if owner == "two" else "two"
    assert [each.number for each in found.exchanges if each.probe == other] == ([1, 2] if other == "one" else [3, 4])


def test_each_target_of_a_run_is_found(recorded: Ran) -> None:
    assert recorded.folder is not None
    found = {spec.name: spec for spec in recorded_targets(recorded.folder)}
    assert len(found) == 4
    assert found["mock-calcom"].dialect == "calcom-v2"
    assert [spec.name for spec in recorded_targets(recorded.folder, (IMATIC,))] == [IMATIC]


def broken(folder: Path, how: str) -> Path:
    """A folder that cannot be judged."""
    header = folder / "readings-mine.jsonl"
    if how == "older":
        (folder / "readings-mine.jsonl").unlink()
    elif how == "format":
        header.write_text(header.read_text("utf-8").replace('"format": 1', '"format": 99'), "utf-8")
    elif how == "header":
        header.write_text("{\n", "utf-8")
    elif how == "other":
        shutil.rmtree(folder)
        folder.mkdir()
    elif how == "missing":
        return folder / "nowhere"
    return folder


@pytest.mark.parametrize(
    ("how", "names", "said"),
    [
        ("older", (), "no readings-<target>.jsonl"),
        ("format", (), "readings-mine.jsonl:1: a recording of format 99"),
        ("header", (), "readings-mine.jsonl:1: not the header of a recording"),
        ("other", (), "not the folder of a run"),
        ("missing", (), "there is no such folder"),
        ("whole", ("yours",), "target 'yours' is not in this run; it has mine"),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_remedy(
    how: str, names: tuple[str, ...], said: str, folder: Path
) -> None:
    with pytest.raises(UsageError) as refused:
        recorded_targets(broken(folder, how), names)
    assert said in str(refused.value)
    assert any(word in str(refused.value) for word in ("run it again", "reports/<run>", "it has mine"))


def test_the_command_refuses_in_one_line(folder: Path, bookproof: Callable[..., Ran]) -> None:
    refused = run_bookproof("judge", str(broken(folder, "older")), folder=folder)
    assert refused.code == 2
    assert refused.err.startswith("error: ")
    assert "run it again" in refused.err
