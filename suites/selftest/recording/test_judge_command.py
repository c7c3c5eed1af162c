"""``bookproof judge``: what was recorded comes to the same verdicts, whenever and wherever it is judged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from selftest_judged_again import CALCOM, IMATIC, TARGETS, judge_later
from selftest_runs import Ran, run_bookproof

#: Requirements that the planted defects break.
BROKEN = {
    IMATIC: {"links.race.once", "pagination.walk.complete", "deliveries.signature.fresh"},
    CALCOM: {"seats.race.last", "oauth.token.expires"},
}


def telling(verdict: dict[str, Any]) -> dict[str, Any]:
    """All of a verdict but where its check stands."""
    return {name: value for name, value in verdict.items() if name != "check"}


@pytest.mark.parametrize("target", TARGETS, ids=("imatic", "calcom", "broken-imatic", "broken-calcom"))
def test_verdicts_findings_numbers_and_curl_lines_are_those_of_the_run(target: str, recorded: Ran, judged: Ran) -> None:
    """Seven years later and without a network, nothing comes out otherwise, to the letter."""
    was = {row: telling(verdict) for (name, row), verdict in recorded.verdicts.items() if name == target}
    now = {row: telling(verdict) for (name, row), verdict in judged.verdicts.items() if name == target}
    assert now == was
    assert sum(verdict["judgements"] for verdict in now.values()) > 5_000
    if target in BROKEN:
        assert BROKEN[target] <= recorded.broken(target)
        curls = [finding["curl"] for verdict in now.values() for finding in verdict["findings"]]
        assert sum(map(bool, curls)) > 3
    else:
        assert not recorded.broken(target)


def test_it_says_that_nothing_differs_and_ends_as_the_run_did(recorded: Ran, judged: Ran) -> None:
    assert judged.code == recorded.code == 1, judged.err
    assert f"no verdict differs from those of {recorded.folder}" in judged.out


@pytest.mark.parametrize("target", TARGETS, ids=("imatic", "calcom", "broken-imatic", "broken-calcom"))
def test_races_and_costs_are_those_of_the_run(target: str, recorded: Ran, judged: Ran) -> None:
    """What was measured of races is in the recording; so is what was spent."""
    was, now = (next(each for each in ran.record["targets"] if each["name"] == target) for ran in (recorded, judged))
    assert now["races"] == was["races"]
    assert len(was["races"]) > 3
    for name in ("requests", "rate_limit_requests", "planned", "left_behind", "unreachable"):
        assert now[name] == was[name], name


def test_what_was_judged_again_can_be_judged_again(judged: Ran, tmp_path: Path) -> None:
    """Some requirements, of one target: the other probes are played, too, since the judged ones build on them."""
    assert judged.folder is not None
    again = judge_later(judged.folder, tmp_path, "--target", IMATIC, "--select", "*.race.*", "-q")
    assert again.code == 1, again.err
    assert f"no verdict differs from those of {judged.folder}" in again.out
    assert {target for target, _ in again.verdicts} == {IMATIC}
    was = {row: telling(verdict) for (name, row), verdict in judged.verdicts.items() if name == IMATIC}
    races = {row: telling(verdict) for (_, row), verdict in again.verdicts.items() if ".race." in row}
    assert races == {row: verdict for row, verdict in was.items() if row in races}
    assert races["links.race.once"]["outcome"] == "violation"


def test_a_damaged_line_costs_the_probe_that_it_belongs_to(recorded: Ran, tmp_path: Path) -> None:
    """It is named by file and line; what other probes have seen is judged as before."""
    assert recorded.folder is not None
    run = tmp_path / "run"
    shutil.copytree(recorded.folder, run)
    path = run / "exchanges-mock-imatic.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    place = next(at for at, line in enumerate(lines) if json.loads(line)["probe"] == "bookings.create") + 1
    lines[place] = lines[place][:100] + b"\n"
    path.write_bytes(b"".join(lines))
    judged = judge_later(run, tmp_path / "reports", "--target", "mock-imatic", "-q")
    assert judged.code == 2, judged.err
    where = f"{path}:{place + 1}: "
    assert f"damaged  {where}" in judged.out
    changed = {row: verdict for (_, row), verdict in judged.verdicts.items() if verdict["outcome"] != "pass"}
    lost = {row: verdict for row, verdict in changed.items() if verdict["outcome"] == "untestable"}
    assert {"bookings.create.taken", "bookings.create.stored"} & set(lost)
    assert all(where in lost[row]["reason"] for row in lost if lost[row]["probe"] == "bookings.create")
    assert {verdict["outcome"] for verdict in changed.values()} <= {"untestable", "not-applicable"}
    assert len(lost) < 25


def test_a_target_that_could_not_be_reached_still_cannot(tmp_path: Path) -> None:
    file = tmp_path / "gone.toml"
    file.write_text(
        'name = "gone"\ndialect = "calcom-v2"\nbase_url = "http://127.0.0.1:9"\n[credentials]\nfull = "GONE_KEY"\n'
    )
    environment = {"GONE_KEY": "cal_live_0123456789abcdef"}
    select = ("--select", "me.*", "-q", "--format", "json")
    ran = run_bookproof("run", "--target", str(file), *select, folder=tmp_path / "run", environment=environment)
    assert ran.folder is not None
    assert ran.code == 3, ran.err
    file.unlink()
    judged = judge_later(ran.folder, tmp_path / "judged", "-q")
    assert judged.code == 3, judged.err
    assert "no verdict differs" in judged.out
    texts = [path.read_text("utf-8") for each in (ran, judged) for path in (each.folder or tmp_path).iterdir()]
    assert not any("0123456789abcdef" in text for text in texts)
