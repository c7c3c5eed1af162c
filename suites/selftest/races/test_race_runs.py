"""Races of a run: quiet on a healthy server however often it is raced, recorded as they were measured, and bounded."""

from __future__ import annotations

import json
from collections.abc import Callable

from selftest_runs import Ran

THREADS = "mock:threads=yes"


def test_a_healthy_server_is_green_in_200_races(bookproof: Callable[..., Ran]) -> None:
    """One winner each time, of eight callers whose requests the server handles on threads."""
    ran = bookproof(
        "run", "--target", THREADS, "--race-batches", "200", "--select", "bookings.race.one-winner", timeout=300
    )
    assert ran.outcomes(THREADS) == {**ran.outcomes(THREADS), "bookings.race.one-winner": "pass"}
    races = ran.record["targets"][0]["races"]
    assert len(races) == 201, "and a double click"
    assert {sum(call["outcome"] == "won" for call in race["calls"]) for race in races} == {1}
    assert all(race["explained"] and not race["unexplained"] for race in races)
    assert not ran.record["targets"][0]["left_behind"]


def test_races_are_recorded_with_what_was_measured(healthy: Ran) -> None:
    """Technique, spread, each call, and what was found, and the exchanges tell of them too."""
    assert healthy.folder is not None
    races = healthy.record["targets"][0]["races"]
    assert len(races) == 12
    assert {race["technique"] for race in races} == {"last byte"}
    assert all(race["spread"] > 0 and race["found"] for race in races)
    lines = (healthy.folder / "exchanges-mock-imatic.jsonl").read_text("utf-8").splitlines()
    raced = {exchange["number"]: exchange for exchange in map(json.loads, lines) if "race" in exchange}
    assert raced.keys() == {call["exchange"] for race in races for call in race["calls"]}


def test_a_race_of_one_kind_runs_alone(bookproof: Callable[..., Ran]) -> None:
    """Whoever selects the daily cap pays for that race only."""
    ran = bookproof("run", "--select", "bookings.race.cap")
    assert [race["name"] for race in ran.record["targets"][0]["races"]] == ["the last places of a day"]
    assert ran.outcomes()["bookings.race.cap"] == "pass"


def test_moves_race_with_bookings_of_their_own(bookproof: Callable[..., Ran]) -> None:
    """Without a race for a slot there are no winners to be moved or cancelled, so that bookings are made for it."""
    ran = bookproof("run", "--select", "bookings.race.moves", "--select", "bookings.race.cancels")
    assert {race["name"] for race in ran.record["targets"][0]["races"]} == {
        "move against bookings",
        "move against move",
        "cancellation against bookings",
        "cancellation against itself",
    }
    assert ran.code == 0, ran.out


def test_races_are_visible_to_others(bookproof: Callable[..., Ran]) -> None:
    """Below that ceiling nobody races, and the reason is said."""
    ran = bookproof("run", "--allow", "write", "--select", "*.race.*", "--select", "me.identity.shown")
    reasons = {v["reason"] for v in ran.record["verdicts"] if ".race." in v["requirement"]}
    assert reasons == {"safety: the probe is visible and the ceiling is write"}
    assert ran.record["targets"][0]["races"] == []


def test_what_does_not_even_work_in_turn_is_no_race(bookproof: Callable[..., Ran]) -> None:
    """A server that books every slot twice anyway is told so once, not again for each race."""
    target = "mock:defect=double-booking-accepted"
    ran = bookproof("run", "--target", target)
    assert not {row for row in ran.broken(target) if ".race." in row}
    assert ran.outcomes(target)["bookings.race.one-winner"] == "untestable"
    verdict = ran.verdicts[target, "bookings.race.one-winner"]
    assert "see bookings.create.taken" in verdict["reason"]
