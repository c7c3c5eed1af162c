"""Slot engine, by properties: whatever the rules and bookings, every open slot keeps every rule."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bookproof.mock.domain.rules import Rules, TimeRange
from bookproof.mock.domain.slots import Busy, Slot, SlotEngine

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana")
# Days around the changes of these zones in 2027, and some without any.
DAYS = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 4, 4), date(2027, 10, 3), date(2027, 10, 31), date(2027, 7, 7)]


@st.composite
def ranges(draw: st.DrawFn) -> tuple[TimeRange, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    pairs = zip(bounds[::2], bounds[1::2], strict=False)
    return tuple(TimeRange(start * 15, end * 15) for start, end in pairs)


@st.composite
def rule_sets(draw: st.DrawFn) -> Rules:
    overrides = draw(st.dictionaries(st.sampled_from(DAYS), ranges(), max_size=2))
    return Rules(
        time_zone=draw(st.sampled_from(ZONES)),
        durations=(draw(st.sampled_from([5, 15, 30, 45, 60, 90])),),
        hours=tuple(draw(ranges()) for _ in range(7)),
        interval=draw(st.sampled_from([None, 5, 15, 20, 30, 60])),
        buffer_before=draw(st.sampled_from([0, 10, 60])),
        buffer_after=draw(st.sampled_from([0, 15, 45])),
        minimum_notice=draw(st.sampled_from([0, 60, 1_440])),
        maximum_notice=draw(st.sampled_from([1, 14, 400])),
        daily_cap=draw(st.sampled_from([None, 1, 3])),
        overrides=overrides,
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Rules, Slot, int, list[Busy]]:
    rules = draw(rule_sets())
    day = draw(st.sampled_from(DAYS))
    first = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + draw(st.integers(-86_400, 86_400))
    window = Slot(first, first + draw(st.integers(1, 3 * 86_400)))
    now = first + draw(st.integers(-5 * 86_400, 86_400))
    bookings: list[Busy] = []
    for offset in draw(st.lists(st.integers(-600, 4_000), max_size=6)):
        start = first + offset * 60
        buffers = draw(st.sampled_from([(0, 0), (600, 0), (0, 1_800)]))
        code = draw(st.sampled_from(["x", "other"]))
        bookings.append(Busy(start, start + draw(st.sampled_from([900, 1_800, 5_400])), *buffers, code))
    return rules, window, now, bookings


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_every_open_slot_keeps_every_rule(world: tuple[Rules, Slot, int, list[Busy]]) -> None:
    rules, window, now, bookings = world
    found = SlotEngine().open_slots(rules, "x", rules.duration * 60, window, now, bookings)
    tz = ZoneInfo(rules.time_zone)
    assert found == sorted(set(found), key=lambda slot: slot.start)
    for slot in found:
        assert slot.end - slot.start == rules.duration * 60
        assert window.start <= slot.start < slot.end <= window.end
        assert now + rules.minimum_notice * 60 <= slot.start <= now + rules.maximum_notice * 86_400
        assert_within_hours(rules, slot, tz)
        own = (rules.buffer_before * 60, rules.buffer_after * 60)
        for other in bookings:
            assert not overlaps(slot.start - own[0], slot.end + own[1], other.start, other.end)
            widened = (other.start - other.buffer_before, other.end + other.buffer_after)
            assert not overlaps(slot.start, slot.end, *widened)
        if rules.daily_cap is not None:
            day = datetime.fromtimestamp(slot.start, tz).date()
            same = [b for b in bookings if b.event_type_code == "x" and local_day(b, tz) == day]
            assert len(same) < rules.daily_cap


@settings(max_examples=75, deadline=None)
@given(worlds())
def test_a_start_is_open_exactly_if_it_is_offered_and_free(world: tuple[Rules, Slot, int, list[Busy]]) -> None:
    rules, window, now, bookings = world
    engine = SlotEngine()
    length = rules.duration * 60
    listed = {slot.start for slot in engine.open_slots(rules, "x", length, window, now, bookings)}
    blocked = engine.blocked_starts(rules, length, bookings)
    full = engine.full_dates(rules, "x", bookings)
    first = window.start - window.start % 900
    for start in range(first, window.end, 900):
        inside = window.start <= start and start + length <= window.end
        takeable = (
            engine.offers(rules, Slot(start, start + length), now)
            and not engine.is_blocked(start, blocked)
            and not engine.is_full(rules, start, full)
        )
        assert (start in listed) == (inside and takeable)


def assert_within_hours(rules: Rules, slot: Slot, tz: ZoneInfo) -> None:
    """Every minute of a slot is a wall time inside one range of its own local date."""
    first = datetime.fromtimestamp(slot.start, tz)
    last = datetime.fromtimestamp(slot.end - 60, tz)
    begin = first.hour * 60 + first.minute
    end = last.hour * 60 + last.minute + 1
    hours = rules.ranges_on(first.date())
    assert last.date() == first.date() or last.date() == first.date() + timedelta(days=1)
    assert any(item.start <= begin < item.end and item.start < end <= item.end for item in hours)


def overlaps(start: int, end: int, other_start: int, other_end: int) -> bool:
    return start < other_end and other_start < end


def local_day(booking: Busy, tz: ZoneInfo) -> date:
    return datetime.fromtimestamp(booking.start, tz).date()
