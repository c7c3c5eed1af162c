"""Slot engine: hours, overrides, intervals, durations, days of 24 hours."""

from datetime import UTC, datetime

import pytest

from bookproof.mock.domain.errors import Invalid
from bookproof.mock.domain.rules import WEEKDAYS, Rules, changed_rules, parse_hours, parse_ranges, rules_document
from bookproof.mock.domain.slots import Slot, SlotEngine

ENGINE = SlotEngine()
LONG_AGO = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def rules(**changes: object) -> Rules:
    base = Rules("Europe/Berlin", (30,), parse_hours({}), maximum_notice=3_650)
    return changed_rules(base, {"hours": {name: ["09:00-17:00"] for name in WEEKDAYS}} | changes)


def starts(given: Rules, first: str, last: str, *, minutes: int | None = None) -> list[str]:
    duration = (minutes or given.duration) * 60
    found = ENGINE.open_slots(given, "x", duration, Slot(at(first), at(last)), LONG_AGO, [])
    assert all(slot.end - slot.start == duration for slot in found)
    return [datetime.fromtimestamp(slot.start, UTC).strftime("%d %H:%M") for slot in found]


def test_a_day_of_half_hours() -> None:
    found = starts(rules(), "2027-01-13T00:00+01:00", "2027-01-14T00:00+01:00")
    assert found[0] == "13 08:00"
    assert found[-1] == "13 15:30"
    assert len(found) == 16


@pytest.mark.parametrize(
    ("interval", "minutes", "expected"),
    [
        (None, 30, ["08:00", "08:30", "09:00"]),
        (15, 30, ["08:00", "08:15", "08:30", "08:45", "09:00"]),
        (60, 30, ["08:00", "09:00"]),
        (45, 30, ["08:00", "08:45"]),
        (30, 90, ["08:00"]),
        (30, 120, []),
    ],
)
def test_starts_follow_the_interval_and_slots_end_within_the_range(
    interval: int | None, minutes: int, expected: list[str]
) -> None:
    given = rules(hours={"wed": ["09:00-10:30"]}, interval=interval, durations=[30, 90, 120])
    found = starts(given, "2027-01-13T00:00Z", "2027-01-14T00:00Z", minutes=minutes)
    assert found == [f"13 {start}" for start in expected]


def test_several_ranges_begin_their_grids_anew() -> None:
    given = rules(hours={"wed": ["09:00-09:50", "10:10-11:00"]})
    assert starts(given, "2027-01-13T00:00Z", "2027-01-14T00:00Z") == ["13 08:00", "13 09:10"]


def test_closed_weekdays_have_no_slots() -> None:
    given = rules(hours={"mon": ["09:00-10:00"]})
    assert starts(given, "2027-01-12T00:00Z", "2027-01-18T00:00Z") == []
    assert starts(given, "2027-01-12T00:00Z", "2027-01-19T00:00Z") == ["18 08:00", "18 08:30"]


def test_only_slots_wholly_inside_the_window() -> None:
    found = starts(rules(), "2027-01-13T08:01Z", "2027-01-13T09:59Z")
    assert found == ["13 08:30", "13 09:00"]
    assert starts(rules(), "2027-01-13T08:00Z", "2027-01-13T08:30Z") == ["13 08:00"]
    assert starts(rules(), "2027-01-13T08:00Z", "2027-01-13T08:29Z") == []


def test_a_range_to_midnight_and_a_whole_day() -> None:
    given = rules(hours={"wed": ["23:00-24:00"], "thu": ["00:00-24:00"]}, duration=60)
    found = starts(given, "2027-01-13T00:00+01:00", "2027-01-15T12:00+01:00")
    assert found[0] == "13 22:00"
    assert found[1] == "13 23:00"  # Thursday's midnight
    assert len(found) == 25


def test_overrides_replace_the_weekly_hours() -> None:
    given = rules(overrides={"2027-01-13": [], "2027-01-14": ["06:00-07:00", "20:00-21:30"]})
    assert starts(given, "2027-01-13T00:00+01:00", "2027-01-14T00:00+01:00") == []
    expected = ["14 05:00", "14 05:30", "14 19:00", "14 19:30", "14 20:00"]
    assert starts(given, "2027-01-14T00:00+01:00", "2027-01-15T00:00+01:00") == expected
    assert len(starts(given, "2027-01-15T00:00+01:00", "2027-01-16T00:00+01:00")) == 16


def test_an_override_opens_a_closed_weekday() -> None:
    given = rules(hours={}, overrides={"2027-01-13": ["10:00-11:00"]})
    assert starts(given, "2027-01-11T00:00Z", "2027-01-18T00:00Z") == ["13 09:00", "13 09:30"]


def test_days_are_those_of_the_event_types_zone() -> None:
    given = rules(time_zone="Pacific/Auckland", hours={"wed": ["08:00-09:00"]})
    assert starts(given, "2027-01-11T00:00Z", "2027-01-15T00:00Z") == ["12 19:00", "12 19:30"]


@pytest.mark.parametrize(
    ("start", "expected"), [("09:00", True), ("16:30", True), ("16:45", False), ("09:10", False), ("08:30", False)]
)
def test_offers_knows_grid_and_hours(start: str, expected: bool) -> None:
    instant = at(f"2027-01-13T{start}+01:00")
    assert ENGINE.offers(rules(), Slot(instant, instant + 1_800), LONG_AGO) is expected


def test_offers_agrees_with_the_list() -> None:
    given = rules(hours={"wed": ["08:00-12:00", "13:00-24:00"], "thu": ["00:00-02:00"]}, interval=20)
    first, last = at("2027-01-13T00:00+01:00"), at("2027-01-15T00:00+01:00")
    listed = {slot.start for slot in ENGINE.open_slots(given, "x", 1_800, Slot(first, last), LONG_AGO, [])}
    offered = {start for start in range(first, last, 300) if ENGINE.offers(given, Slot(start, start + 1_800), LONG_AGO)}
    assert listed == offered


@pytest.mark.parametrize(
    "texts",
    [["9:00-10:00"], ["09:00-09:00"], ["10:00-09:00"], ["09:00-24:30"], ["09:00-11:00", "10:00-12:00"], [9], "09:00"],
)
def test_wrong_ranges_are_refused(texts: object) -> None:
    with pytest.raises(Invalid):
        parse_ranges(texts)


@pytest.mark.parametrize(
    "changes",
    [
        {"time_zone": "Mars/Base"},
        {"time_zone": "../etc/passwd"},
        {"durations": []},
        {"duration": 0},
        {"interval": "30"},
        {"buffer_before": -1},
        {"daily_cap": True},
        {"hours": {"monday": []}},
        {"overrides": {"2027-02-30": []}},
        {"colour": "red"},
    ],
)
def test_wrong_rules_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        changed_rules(rules(), changes)


def test_rules_survive_their_document() -> None:
    given = rules(durations=[60, 30], interval=30, daily_cap=2, overrides={"2027-01-13": []}, buffer_after=5)
    assert changed_rules(rules(), rules_document(given)) == given
