"""Slot engine across daylight-saving changes: both directions, half an hour, midnight, zones without any."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bookproof.mock.domain.instants import wall_instant, zone
from bookproof.mock.domain.rules import WEEKDAYS, Rules, parse_hours
from bookproof.mock.domain.slots import Slot, SlotEngine

LONG_AGO = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())


def night(zone_name: str, hours: str, minutes: int = 30, interval: int | None = None) -> Rules:
    table = parse_hours({name: [hours] for name in WEEKDAYS})
    return Rules(zone_name, (minutes,), table, interval=interval, maximum_notice=36_500)


def local_starts(rules: Rules, day: date) -> list[str]:
    """The starts of one local date with their offsets."""
    tz = ZoneInfo(rules.time_zone)
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=tz).timestamp())
    window = Slot(noon - 86_400, noon + 86_400)
    found = SlotEngine().open_slots(rules, "x", rules.duration * 60, window, LONG_AGO, [])
    local = [datetime.fromtimestamp(slot.start, tz) for slot in found]
    return [moment.strftime("%H:%M%z") for moment in local if moment.date() == day]


SPRING = [
    ("Europe/Berlin", date(2027, 3, 28), ["01:00+0100", "01:30+0100", "03:00+0200", "03:30+0200"]),
    ("America/New_York", date(2027, 3, 14), ["01:00-0500", "01:30-0500", "03:00-0400", "03:30-0400"]),
    ("Australia/Lord_Howe", date(2027, 10, 3), ["01:00+1030", "01:30+1030", "02:30+1100", "03:00+1100", "03:30+1100"]),
]


@pytest.mark.parametrize(("zone_name", "day", "expected"), SPRING)
def test_skipped_wall_times_are_not_offered(zone_name: str, day: date, expected: list[str]) -> None:
    assert local_starts(night(zone_name, "01:00-04:00"), day) == expected


AUTUMN = [
    (
        "Europe/Berlin",
        date(2027, 10, 31),
        ["01:00+0200", "01:30+0200", "02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100", "03:00+0100"],
    ),
    (
        "America/New_York",
        date(2027, 11, 7),
        ["01:00-0400", "01:30-0400", "01:00-0500", "01:30-0500", "02:00-0500", "02:30-0500", "03:00-0500"],
    ),
    (
        "Australia/Lord_Howe",
        date(2027, 4, 4),
        ["01:00+1100", "01:30+1100", "01:30+1030", "02:00+1030", "02:30+1030", "03:00+1030"],
    ),
]


@pytest.mark.parametrize(("zone_name", "day", "expected"), AUTUMN)
def test_a_repeated_hour_is_offered_twice(zone_name: str, day: date, expected: list[str]) -> None:
    assert local_starts(night(zone_name, "01:00-03:30"), day) == expected


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 6, 1), date(2027, 10, 31)])
def test_a_zone_without_changes_is_always_the_same(day: date) -> None:
    assert local_starts(night("Asia/Kolkata", "01:00-02:30"), day) == ["01:00+0530", "01:30+0530", "02:00+0530"]


def test_the_hours_of_a_day_are_23_or_25_when_the_clocks_change() -> None:
    whole_day = night("Europe/Berlin", "00:00-24:00", 60)
    assert len(local_starts(whole_day, date(2027, 3, 28))) == 23
    assert len(local_starts(whole_day, date(2027, 10, 31))) == 25
    assert len(local_starts(whole_day, date(2027, 7, 1))) == 24


def test_working_hours_keep_their_wall_time_on_both_sides_of_a_change() -> None:
    office = night("Europe/Berlin", "09:00-10:00")
    assert local_starts(office, date(2027, 3, 27)) == ["09:00+0100", "09:30+0100"]
    assert local_starts(office, date(2027, 3, 29)) == ["09:00+0200", "09:30+0200"]


@pytest.mark.parametrize(
    ("day", "minute", "closing", "expected"),
    [
        (date(2027, 3, 28), 120, False, "2027-03-28T01:00Z"),  # the gap begins
        (date(2027, 3, 28), 150, False, "2027-03-28T01:00Z"),  # inside the gap
        (date(2027, 3, 28), 150, True, "2027-03-28T01:00Z"),
        (date(2027, 3, 28), 180, False, "2027-03-28T01:00Z"),
        (date(2027, 10, 31), 150, False, "2027-10-31T00:30Z"),  # opens at the first 02:30
        (date(2027, 10, 31), 150, True, "2027-10-31T01:30Z"),  # closes at the second
        (date(2027, 10, 31), 1_440, True, "2027-10-31T23:00Z"),
    ],
)
def test_boundaries_in_gaps_and_repeated_hours(day: date, minute: int, closing: bool, expected: str) -> None:
    expected_instant = int(datetime.fromisoformat(expected).timestamp())
    assert wall_instant("Europe/Berlin", day, minute, closing) == expected_instant


def test_a_midnight_that_occurs_twice_ends_the_day_once() -> None:
    # Havana repeats 00:00-01:00; the day before must not run into the repetition.
    whole_day = night("America/Havana", "00:00-24:00", 60)
    change = date(2026, 11, 1)
    assert len(local_starts(whole_day, change)) == 25
    assert len(local_starts(whole_day, date(2026, 10, 31))) == 24


def test_no_slot_is_listed_twice_around_a_repeated_midnight() -> None:
    rules = night("America/Havana", "00:00-24:00", 60)
    start = int(datetime(2026, 10, 30, tzinfo=UTC).timestamp())
    found = SlotEngine().open_slots(rules, "x", 3_600, Slot(start, start + 4 * 86_400), LONG_AGO, [])
    assert [slot.start for slot in found] == list(range(found[0].start, found[-1].start + 1, 3_600))


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "/etc/localtime", "Europe", "posix/UTC", "é"])
def test_names_that_are_no_zones(name: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)
