"""Slots on special days: date overrides, notice, clock changes, zones with odd offsets."""

from __future__ import annotations

from datetime import datetime, timedelta

from bookproof.checks import Judge, requirement
from bookproof.judge.clock_changes import across_change, keeps_day
from bookproof.judge.slots import hours_on, inside_hours, local_day, local_text, midnight, slots_on
from bookproof.probes.calcom_v2 import slot_days
from bookproof.probes.calcom_v2.slot_days import Zones as OneZone
from bookproof.probes.imatic_v1 import slots
from bookproof.probes.imatic_v1.slots import Asked, Notice, Zones
from bookproof.targets.views import utc

#: How far the target's clock and ours may be apart.
CLOCKS = timedelta(minutes=5)


@requirement("slots.overrides.win", slots.overrides)
def test_an_override_replaces_the_hours_of_its_date(seen: Asked, judge: Judge) -> None:
    """On the date of an override only its hours are offered, and nothing if it closes the date."""
    rules = seen.rules
    if not seen.slots:
        raise judge.untestable(f"event type {rules.code} lists no slot on the days around its overrides")
    special = found = 0
    for text in sorted(rules.overrides):
        day = datetime.fromisoformat(text).date()
        if not seen.start <= midnight(rules, day) or midnight(rules, day + timedelta(days=1)) > seen.end:
            continue
        listed = slots_on(rules, seen.slots, day)
        hours = hours_on(rules, day)
        special += bool(hours)
        if not hours:
            judge.that(not listed, f"{day} is closed", f"{len(listed)} slots are listed on it", seen.exchange)
            continue
        for slot in listed:
            inside = inside_hours(rules, slot)
            found += inside
            judge.that(
                inside,
                f"on {day} only {', '.join(map(str, hours))} is offered",
                f"{local_text(rules, slot)} is listed",
                seen.exchange,
            )
    if special:
        judge.that(found > 0, "the special hours are offered", "no slot lies within them", seen.exchange)


@requirement("slots.notice.minimum", slots.notice)
def test_no_slot_is_sooner_than_the_minimum_notice(seen: Notice, judge: Judge) -> None:
    """No slot starts before the minimum notice has passed."""
    if seen.rules.minimum_notice is None:
        raise judge.untestable("nothing says the notice: add minimum_notice to [data.event_types.notice]")
    if not seen.near.slots:
        raise judge.untestable(f"event type {seen.rules.code} lists no slot in the days after its minimum notice")
    earliest = seen.now + timedelta(minutes=seen.rules.minimum_notice)
    judge.each(
        seen.near.slots,
        lambda slot: slot.start >= earliest - CLOCKS,
        f"no slot is sooner than {seen.rules.minimum_notice} minutes, that is {utc(earliest)}",
        lambda slot: f"{slot} is listed",
        seen.near.exchange,
    )


@requirement("slots.notice.maximum", slots.notice)
def test_no_slot_is_later_than_the_maximum_notice(seen: Notice, judge: Judge) -> None:
    """No slot starts on a local date beyond the maximum notice."""
    if seen.rules.maximum_notice is None:
        raise judge.untestable("nothing says the notice: add maximum_notice to [data.event_types.notice]")
    if not seen.far.slots:
        raise judge.untestable(f"event type {seen.rules.code} lists no slot in the last days of its maximum notice")
    last = local_day(seen.rules, seen.now + timedelta(days=seen.rules.maximum_notice) + CLOCKS)
    judge.each(
        seen.far.slots,
        lambda slot: local_day(seen.rules, slot.start) <= last,
        f"no slot is later than {seen.rules.maximum_notice} days, that is {last}",
        lambda slot: f"{local_text(seen.rules, slot)} is listed",
        seen.far.exchange,
    )


@requirement("slots.dst.spring", slots.clock_change_days)
@requirement("slots.dst.spring", slot_days.clock_change_days)
def test_slots_keep_their_hours_when_the_clock_goes_forward(seen: Zones | OneZone, judge: Judge) -> None:
    """Where daylight saving begins, slots keep to the same local hours before, on and after that day."""
    judge_changes(seen, judge, forward=True)


@requirement("slots.dst.autumn", slots.clock_change_days)
@requirement("slots.dst.autumn", slot_days.clock_change_days)
def test_slots_keep_their_hours_when_the_clock_goes_back(seen: Zones | OneZone, judge: Judge) -> None:
    """Where daylight saving ends, slots keep to the same local hours before, on and after that day."""
    judge_changes(seen, judge, forward=False)


def judge_changes(seen: Zones | OneZone, judge: Judge, *, forward: bool) -> None:
    """Judge the clock changes of one direction."""
    for days in seen.days:
        if days.change and days.change.forward == forward:
            for statement in across_change(days.asked.rules, days.change, days.asked.slots):
                judge.that(*statement, days.asked.exchange)
    if not judge.judgements:
        raise judge.untestable(f"no slots are listed on both sides of such a clock change: {seen.reason}")


@requirement("slots.zones.half-hour", slots.odd_zone_days)
@requirement("slots.zones.half-hour", slot_days.half_hour_days)
def test_zones_with_odd_offsets_keep_their_hours(seen: Zones | OneZone, judge: Judge) -> None:
    """Where the clock is a fraction of an hour from UTC, or changes by one, slots keep to the local hours."""
    for days in seen.days:
        for statement in keeps_day(days.asked.rules, days.asked.slots):
            judge.that(*statement, days.asked.exchange)
    if not judge.judgements:
        raise judge.untestable(f"no event type lists slots in a zone with an odd offset: {seen.reason}")
