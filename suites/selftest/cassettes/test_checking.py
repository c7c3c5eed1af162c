"""What ``bookproof cassettes check`` says, and what a new recording keeps of an old one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from click.testing import CliRunner
from selftest_cassettes import BROKEN, Recorded
from selftest_runs import run_bookproof

from bookproof.cli.group import main
from bookproof.contracts.openapi import Contract
from bookproof.mock import MockServer, start_mock
from bookproof.recording.cassettes import TARGET, cassette_paths, read_cassettes, write_cassettes
from bookproof.recording.check import Fault, check, drift, folders_of
from bookproof.recording.model import Header, Origin, Reading, Recording
from bookproof.recording.refresh import merged
from bookproof.recording.shapes import differences
from bookproof.wire.exchange import Exchange

NOW = datetime(2027, 1, 13, 10, tzinfo=UTC)
VERSION = str(Contract.load("imatic-v1").document["info"]["version"])
HEADER = Header(
    "staging", "imatic-v1", Origin.LIVE, "2027-01-01T00:00:00+00:00", "0.1.0", VERSION, 0, 2, "write", {}, "", {}
)


def answer(number: int, body: object, probe: str = "a.b", **more: Any) -> Exchange:
    """An exchange with a JSON answer."""
    made = Exchange(
        number, probe, "getMe", "full", "", "GET", f"https://h/v1/me?{probe}", {}, b"", 200,
        {"content-type": "application/json"}, json.dumps(body).encode(), 1.0, 0.1,
    )  # fmt: skip
    return replace(made, **more)


def faults(tmp_path: Path, header: Header, *exchanges: Exchange, **options: Any) -> list[Fault]:
    """What is found in a recording."""
    write_cassettes(Recording(header, list(exchanges)), tmp_path / "staging")
    return check(tmp_path / "staging", now=NOW, environment={}, **options)


def test_nothing_is_wrong_with_what_a_run_records(recorded: Recorded) -> None:
    """No leak, nothing stale, nothing large, and no answer that the contract does not know."""
    assert [str(fault) for fault in check(recorded.of("mock-calcom"), environment={})] == []
    assert {fault.kind for fault in check(recorded.of(BROKEN), environment={})} == {"drift"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"recorded": "2025-01-01T00:00:00+00:00"}, "recorded 742 days ago, and 180 are allowed"),
        ({"recorded": "yesterday"}, "which is no time"),
        ({"suite_version": "0.0.1"}, "recorded by bookproof 0.0.1"),
        ({"api_version": "0"}, "for version 0 of the contract"),
        ({"target": "imatic", "document_digest": "0"}, "imatic.toml has been changed since"),
    ],
)
def test_what_is_stale_is_told(tmp_path: Path, change: dict[str, str], told: str) -> None:
    """By age, by version, by the target file."""
    [fault] = faults(tmp_path, replace(HEADER, **change))
    assert fault.kind == "stale"
    assert told in fault.what


def test_what_is_large_is_told(tmp_path: Path) -> None:
    """With the largest files."""
    [fault] = faults(tmp_path, HEADER, answer(1, "x" * 4_000, operation=""), max_size=2)
    assert fault.kind == "size"
    assert "a.b.yaml 4" in fault.what


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    """As an offline run tells it."""
    write_cassettes(Recording(HEADER, [answer(1, {}, operation="")]), tmp_path / "staging")
    (tmp_path / "staging" / "a.b.yaml").write_text("x: ]")
    [fault] = check(tmp_path / "staging", now=NOW, environment={})
    assert (fault.kind, fault.where) == ("damaged", f"{tmp_path}/staging/a.b.yaml:1")


def test_what_the_contract_does_not_say_any_more_is_told(tmp_path: Path, recorded: Recorded) -> None:
    """Operations that are gone, undocumented statuses, members of another type; each kind once."""
    recording = read_cassettes(recorded.of(BROKEN))
    exchanges = [each for each in recording.exchanges if each.operation == "getMe" and each.ok][:3]
    gone = [replace(each, operation="getMeNoMore") for each in exchanges]
    odd = [replace(each, status=299) for each in exchanges]
    broken = [replace(each, response_body=b'{"success": "yes"}') for each in exchanges]
    assert drift(tmp_path, Recording(recording.header, exchanges)) == []
    told = [str(fault) for fault in drift(tmp_path, Recording(recording.header, [*gone, *odd, *broken]))]
    assert len(told) == 3
    assert "getMeNoMore is no operation of the contract any more (3 times" in told[0]
    assert "getMe answered 299, which is not documented (3 times" in told[1]
    assert "getMe 200: " in told[2]


def test_shapes_are_compared() -> None:
    """Members that come and go, types that change; days and ids as names are one member."""
    before = [answer(1, {"data": {"attendees": [{"name": "x"}], "2027-01-01": [1], "gone": {"deep": 1}}})]
    after = [answer(1, {"data": {"attendees": [{"name": None}, {"name": "x", "phone": "1"}], "2027-01-02": [2]}})]
    assert differences(before, after) == [
        "getMe 200: data.attendees[].name  string -> null or string",
        "getMe 200: data.attendees[].phone  absent -> string",
        "getMe 200: data.gone  object -> absent",
    ]
    assert differences(before, before) == []
    assert differences(before, []) == ["getMe 200: not answered any more"]


def keep(
    tmp_path: Path, before: list[Exchange], after: list[Exchange], *readings: Reading
) -> tuple[set[str], list[str]]:
    """Which probes are kept of two recordings, and what has changed."""
    old, new = Recording(HEADER, before), Recording(replace(HEADER, recorded="2027-01-13"), after, list(readings))
    write_cassettes(old, tmp_path / "staging")
    texts, found = merged(tmp_path / "staging", old, new)
    for probe in found.kept:
        assert texts[f"{probe}.yaml"] == (tmp_path / "staging" / f"{probe}.yaml").read_text("utf-8")
    assert {*texts} == {TARGET, *(f"{probe}.yaml" for probe in (*found.kept, *found.rewritten))}
    return {*found.kept}, list(found.changes)


def test_what_is_the_same_is_kept(tmp_path: Path) -> None:
    """Other values of the same shape are no reason to write a file anew."""
    before = [answer(1, {"id": "old-id"}), answer(2, {"n": 1}, "c.d")]
    after = [answer(1, {"id": "new-id"}), answer(2, {"n": "1"}, "c.d")]
    assert keep(tmp_path, before, after) == ({"a.b"}, ["getMe 200: n  number -> string"])


@pytest.mark.parametrize("how", ["url", "response_body"])
def test_a_value_that_others_use_is_not_kept(tmp_path: Path, how: str) -> None:
    """Or the kept answer would lead to requests that nobody has recorded."""
    uses: dict[str, Any] = {"url": "https://h/v1/new-id", "response_body": b'{"of": ["new-id"]}'}
    before = [answer(1, {"id": "old-id"}), answer(2, {"of": "old-id"}, "c.d")]
    after = [answer(1, {"id": "new-id"}), replace(answer(2, {}, "c.d"), **{how: uses[how]})]
    assert keep(tmp_path, before, after)[0] == set()


def test_other_readings_and_numbers_are_not_kept(tmp_path: Path) -> None:
    """A clock stands elsewhere, an earlier probe has sent one more: then nothing fits together any more."""
    one = [answer(1, {"a": 1}), answer(2, {"a": 1}, "c.d")]
    assert keep(tmp_path, one, one)[0] == {"a.b", "c.d"}
    assert keep(tmp_path, one, one, Reading("a.b", "clock", 1.0))[0] == {"c.d"}
    assert keep(tmp_path, one, [answer(2, {"a": 1}), answer(3, {"a": 1}, "c.d")])[0] == set()


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    """A server with an address of its own, as a target file describes one."""
    with start_mock() as started:
        yield started


def test_refreshing_keeps_what_has_not_changed(server: MockServer, tmp_path: Path) -> None:
    """Reads of a server that has not changed are kept; offline, the mixture has the verdicts of the new recording."""
    target = tmp_path / "staging.toml"
    target.write_text(tomli_w.dumps({**server.target_document, "name": "staging", "safety": "read"}), "utf-8")
    place, environment = ("--cassettes", str(tmp_path / "kept")), server.environment
    run = ("run", "-q", "--format", "json", *place, "--require-judged", "0", "--target")
    some = ("--select", "[ai]*.*", "--select", "calendars.*", "--select", "event-types.*")
    first = run_bookproof(*run, str(target), *some, "--record", folder=tmp_path / "one", environment=environment)
    folder = tmp_path / "kept" / "staging"
    before = {path.name: path.read_bytes() for path in cassette_paths(folder)}
    again = run_bookproof(
        "cassettes", "check", str(target), "--refresh", *place, folder=tmp_path, environment=environment
    )
    assert again.code == 0, again.out + again.err
    assert "no answer has changed its shape" in again.out
    after = {path.name: path.read_bytes() for path in cassette_paths(folder)}
    same = [name for name, raw in after.items() if before.get(name) == raw]
    assert len(same) > len(after) / 4
    assert f"{len(same)} of {len(after)} cassettes are as they were" in again.out
    offline = run_bookproof(*run, "staging", *some, "--offline", folder=tmp_path / "two")
    assert offline.outcomes("staging") == first.outcomes("staging")
    assert offline.code == first.code


def told(*arguments: str) -> tuple[int, str]:
    """What the command says."""
    ran = CliRunner().invoke(main, ["cassettes", "check", *arguments])
    return ran.exit_code, ran.output


def test_the_command_says_what_it_has_found(tmp_path: Path) -> None:
    """A line for each fault; 1 if there is one, 0 if there is none, 2 if there are no cassettes."""
    fresh = replace(HEADER, recorded=datetime.now(UTC).isoformat())
    write_cassettes(Recording(fresh, [answer(1, {}, operation="")]), tmp_path / "staging")
    assert told(str(tmp_path / "staging")) == (0, f"{tmp_path}/staging: nothing found\n")
    code, said = told("staging", "--cassettes", str(tmp_path), "--max-age", "0")
    assert code == 1
    assert "stale" in said
    assert "1 found" in said
    code, said = told("nobody")
    assert code == 2
    assert "run --record" in said


def test_a_folder_of_folders_is_all_of_them(recorded: Recorded) -> None:
    """As fixtures/cassettes is, which is the default."""
    assert folders_of([str(recorded.cassettes)]) == sorted(map(recorded.of, ("mock-calcom", BROKEN)))
    assert {path.name for path in folders_of([])} >= {"mock-imatic", "mock-calcom"}
