"""The slots of the main event type: where they lie, how long they are, and that each is listed once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bookproof.checks import Judge, requirement
from bookproof.judge.slots import (
    aligned,
    hours_on,
    inside_hours,
    local_day,
    local_text,
    ranges_shown,
    whole_days,
)
from bookproof.probes.imatic_v1 import slots
from bookproof.probes.imatic_v1.slots import Durations, Listed, Presentation
from bookproof.targets.views import Slot, utc

MINUTE = timedelta(minutes=1)


def minutes(slot: Slot) -> int:
    """The length of a slot."""
    return (slot.end - slot.start) // MINUTE


@requirement("slots.range.inside", slots.listed)
def test_slots_start_within_the_asked_range(seen: Listed, judge: Judge) -> None:
    """Every slot starts within the range that was asked for, be it many days or a few hours."""
    for asked in (seen.wide, seen.narrow):
        if asked is None:
            continue
        # A binding that asks by date can only be answered by date, in whichever zone.
        slack = timedelta(hours=38) if asked.by_date else timedelta()
        low, high = asked.start - slack, asked.end + slack
        judge.each(
            asked.slots,
            lambda slot: low <= slot.start < high,
            f"slots from {utc(asked.start)} to {utc(asked.end)} were asked for",
            lambda slot: f"{slot} is listed",
            asked.exchange,
        )


@requirement("slots.length.right", slots.listed)
def test_slots_are_as_long_as_the_event_type(seen: Listed, judge: Judge) -> None:
    """Every slot is as long as the event type's default duration."""
    rules = seen.wide.rules
    if not rules.durations:
        raise judge.untestable("nothing says how long the event type is: add duration to [data.event_types.main]")
    if not seen.wide.ends_shown:
        raise judge.untestable("the slots do not show when they end")
    for asked in filter(None, (seen.wide, seen.narrow)):
        judge.each(
            asked.slots,
            lambda slot: minutes(slot) == rules.durations[0],
            f"slots of event type {rules.code} take {rules.durations[0]} minutes",
            lambda slot: f"{slot} takes {minutes(slot)}",
            asked.exchange,
        )


@requirement("slots.starts.unique", slots.listed)
def test_no_slot_is_listed_twice(seen: Listed, judge: Judge) -> None:
    """No start is listed twice in one answer."""
    for asked in filter(None, (seen.wide, seen.narrow)):
        times = Counter(slot.start for slot in asked.slots)
        judge.each(
            times,
            lambda start: times[start] == 1,
            "each start is listed once",
            lambda start: f"{utc(start)} is listed {times[start]} times",
            asked.exchange,
        )


@requirement("slots.hours.honoured", slots.listed)
def test_slots_keep_to_the_weekly_hours(seen: Listed, judge: Judge) -> None:
    """Every slot lies inside the hours of its local day; over the asked days each range of the hours has slots."""
    asked = seen.wide
    rules = asked.rules
    if rules.hours is None:
        raise judge.untestable("nothing says the weekly hours: add hours to [data.event_types.main]")

    def expected(slot: Slot) -> str:
        hours = ", ".join(map(str, hours_on(rules, local_day(rules, slot.start)))) or "closed"
        return f"event type {rules.code} is open {hours} that day"

    judge.each(
        asked.slots,
        lambda slot: inside_hours(rules, slot),
        expected,
        lambda slot: f"{local_text(rules, slot)} is listed",
        asked.exchange,
    )
    days = whole_days(rules, asked.start, asked.end)
    length = rules.durations[0] if rules.durations else 0
    for shown in ranges_shown(rules, days, asked.slots, length):
        if shown.telling:
            judge.that(
                shown.slots > 0,
                f"event type {rules.code} is open {shown.hours} on {shown.weekday}",
                f"none of {shown.days} asked days lists a slot in that time",
                asked.exchange,
            )


@requirement("slots.interval.aligned", slots.listed)
def test_slots_start_at_the_interval(seen: Listed, judge: Judge) -> None:
    """Slots start a whole number of intervals after their range of hours opens."""
    rules = seen.wide.rules
    if rules.hours is None or not rules.interval:
        raise judge.untestable("nothing says the grid: add hours and interval to [data.event_types.main]")
    for slot in seen.wide.slots:
        on_grid = aligned(rules, slot, rules.interval)
        if on_grid is not None:
            judge.that(
                on_grid,
                f"slots start every {rules.interval} minutes from the opening of their hours",
                f"{local_text(rules, slot)} is listed",
                seen.wide.exchange,
            )
    if not judge.judgements:
        raise judge.untestable("no slot lies within the hours; see slots.hours.honoured")


@requirement("slots.durations.selectable", slots.durations)
def test_each_duration_can_be_selected(seen: Durations, judge: Judge) -> None:
    """Asked with a duration, slots are that long; asked without one, they are as long as the first."""
    code, first = seen.rules.code, seen.rules.durations[0]
    if not seen.default.ends_shown:
        raise judge.untestable("the slots do not show when they end")
    for slot in seen.default.slots:
        judge.that(
            minutes(slot) == first,
            f"the default of event type {code} is {first} minutes",
            f"{slot} takes {minutes(slot)}",
            seen.default.exchange,
        )
    for wanted, (exchange, listed) in seen.chosen.items():
        judge.accepted(exchange, f"slots of {wanted} minutes are listed")
        for slot in listed or ():
            judge.that(minutes(slot) == wanted, f"slots of {wanted} minutes", f"{slot} takes {minutes(slot)}", exchange)


@requirement("slots.zone.presentation", slots.presentation)
def test_another_zone_shows_the_same_instants(seen: Presentation, judge: Judge) -> None:
    """Asked in another time zone, the same instants are listed."""
    plain = {slot.start for slot in seen.plain.slots}
    zoned = {slot.start for slot in seen.zoned.slots}
    for start in sorted(plain | zoned):
        judge.that(
            start in plain and start in zoned,
            f"the same starts with timeZone={seen.zone} and without",
            f"{utc(start)} is listed only {'without' if start in plain else 'with'} it",
            seen.plain.exchange,
            seen.zoned.exchange,
        )
