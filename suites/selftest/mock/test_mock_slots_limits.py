"""Slot engine: notice, caps, buffers and other bookings."""

from datetime import UTC, datetime

import pytest

from bookproof.mock.domain.rules import WEEKDAYS, Rules, parse_hours
from bookproof.mock.domain.slots import Busy, Slot, SlotEngine

ENGINE = SlotEngine()
HOURS = parse_hours({name: ["09:00-12:00"] for name in WEEKDAYS})


def at(clock: str, day: int = 13) -> int:
    return int(datetime.fromisoformat(f"2027-01-{day:02}T{clock}Z").timestamp())


def rules(**more: int | None) -> Rules:
    return Rules("UTC", (30,), HOURS, **{"interval": 15, "maximum_notice": 30} | more)  # type: ignore[arg-type]


def busy(start: str, end: str, before: int = 0, after: int = 0, code: str = "x", day: int = 13) -> Busy:
    return Busy(at(start, day), at(end, day), before * 60, after * 60, code)


def starts(given: Rules, bookings: list[Busy], now: int | None = None) -> list[str]:
    now = at("00:00", 12) if now is None else now
    found = ENGINE.open_slots(given, "x", 1_800, Slot(at("00:00"), at("23:59")), now, bookings)
    return [datetime.fromtimestamp(slot.start, UTC).strftime("%H:%M") for slot in found]


ALL = starts(rules(), [])


def test_the_free_morning() -> None:
    assert ALL[0] == "09:00"
    assert ALL[-1] == "11:30"
    assert len(ALL) == 11


def test_a_booking_takes_every_slot_that_touches_it() -> None:
    assert starts(rules(), [busy("10:00", "10:30")]) == [s for s in ALL if s not in ("09:45", "10:00", "10:15")]


@pytest.mark.parametrize(
    ("own", "others", "missing"),
    [
        ((0, 0), (0, 0), ("09:45", "10:00", "10:15")),
        ((15, 0), (0, 0), ("09:45", "10:00", "10:15", "10:30")),
        ((0, 30), (0, 0), ("09:15", "09:30", "09:45", "10:00", "10:15")),
        ((0, 0), (15, 0), ("09:30", "09:45", "10:00", "10:15")),
        ((0, 0), (0, 30), ("09:45", "10:00", "10:15", "10:30", "10:45")),
        # The gap is the larger of the two buffers that meet, not their sum.
        ((15, 0), (0, 30), ("09:45", "10:00", "10:15", "10:30", "10:45")),
        ((0, 15), (30, 0), ("09:15", "09:30", "09:45", "10:00", "10:15")),
    ],
)
def test_buffers(own: tuple[int, int], others: tuple[int, int], missing: tuple[str, ...]) -> None:
    given = rules(buffer_before=own[0], buffer_after=own[1])
    assert starts(given, [busy("10:00", "10:30", *others)]) == [s for s in ALL if s not in missing]


def test_buffers_do_not_narrow_the_opening_hours() -> None:
    assert starts(rules(buffer_before=60, buffer_after=60), []) == ALL


def test_overlapping_blocks_are_merged_and_touching_ones_keep_their_seam() -> None:
    overlapping = [busy("09:30", "10:30"), busy("10:00", "11:00")]
    assert starts(rules(), overlapping) == ["09:00", "11:00", "11:15", "11:30"]
    seam = [busy("09:30", "10:00"), busy("10:30", "11:00")]
    assert starts(rules(), seam) == ["09:00", "10:00", "11:00", "11:15", "11:30"]


def test_a_booking_of_another_event_type_blocks_but_does_not_count_towards_the_cap() -> None:
    other = busy("09:00", "09:30", code="other")
    assert starts(rules(daily_cap=1), [other]) == [s for s in ALL if s not in ("09:00", "09:15")]
    assert starts(rules(daily_cap=1), [busy("09:00", "09:30")]) == []


def test_the_cap_counts_each_date_by_itself() -> None:
    assert starts(rules(daily_cap=2), [busy("09:00", "09:30"), busy("09:00", "09:30", day=14)]) != []
    assert starts(rules(daily_cap=2), [busy("09:00", "09:30"), busy("11:00", "11:30")]) == []
    assert starts(rules(daily_cap=0), []) == []


def test_the_cap_counts_local_dates() -> None:
    given = Rules("Asia/Kolkata", (30,), HOURS, daily_cap=1, maximum_notice=30)
    late_evening_before = Busy(at("18:00", 12), at("18:15", 12), 0, 0, "x")  # 23:30 in Kolkata
    after_midnight = Busy(at("19:00", 12), at("19:15", 12), 0, 0, "x")  # 00:30 on the 13th
    assert starts(given, [late_evening_before]) != []
    assert starts(given, [after_midnight]) == []


def test_minimum_notice() -> None:
    given = rules(minimum_notice=60)
    assert starts(given, [], at("09:00"))[0] == "10:00"
    assert starts(given, [], at("09:00") + 1)[0] == "10:15"
    assert starts(given, [], at("11:00")) == []


def test_maximum_notice() -> None:
    given = rules(maximum_notice=1)
    assert starts(given, [], at("10:00", 12)) == ALL[: ALL.index("10:00") + 1]
    assert starts(given, [], at("08:00", 12)) == []


def test_what_is_listed_is_offered_and_the_rest_is_not() -> None:
    given, now = rules(minimum_notice=60, maximum_notice=1), at("10:20", 12)
    offered = [
        start
        for start in range(at("08:00", 12), at("13:00", 13), 300)
        if ENGINE.offers(given, Slot(start, start + 1_800), now)
    ]
    window = Slot(at("00:00", 12), at("23:00", 13))
    assert offered == [slot.start for slot in ENGINE.open_slots(given, "x", 1_800, window, now, [])]
