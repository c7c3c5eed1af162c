"""Slots of Cal.com on special days: dates that differ, zones with new offsets. Clock changes: see test_days."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.clock_changes import keeps_day
from bookproof.judge.slots import inside_hours, local_text, slots_on
from bookproof.probes.calcom_v2 import schedules, slot_days
from bookproof.probes.calcom_v2.schedules import SPECIAL_HOURS, Moved
from bookproof.probes.calcom_v2.slot_days import Zones


@requirement("slots.overrides.win", schedules.moved)
def test_an_override_replaces_the_hours_of_its_date(seen: Moved, judge: Judge) -> None:
    """On a date that differs only its own hours are offered, and nothing if it is closed."""
    rules = seen.days.rules
    if not seen.days.slots:
        raise judge.untestable("no slot is listed in the week of the dates that differ; see slots.hours.honoured")
    if seen.closed is not None:
        judge.each(
            slots_on(rules, seen.days.slots, seen.closed),
            lambda _: False,
            f"{seen.closed} is closed",
            lambda slot: f"{local_text(rules, slot)} is listed",
            seen.days.exchange,
        )
    hours = ", ".join(f"{start}-{end}" for start, end in SPECIAL_HOURS)
    special = [slot for day in seen.special for slot in slots_on(rules, seen.days.slots, day)]
    judge.each(
        special,
        lambda slot: inside_hours(rules, slot),
        f"on dates that differ only {hours} is offered",
        lambda slot: f"{local_text(rules, slot)} is listed",
        seen.days.exchange,
    )
    found = [slot for slot in special if inside_hours(rules, slot)]
    dates = " and ".join(map(str, seen.special))
    judge.that(bool(found), f"the special hours of {dates} are offered", "no slot lies in them", seen.days.exchange)


@requirement("slots.zones.changed-lately", slot_days.changed_zone_days)
def test_zones_with_new_rules_keep_their_hours(seen: Zones, judge: Judge) -> None:
    """In a zone whose offset changed lately, slots keep to the local hours of today's offset."""
    for days in seen.days:
        for statement in keeps_day(days.asked.rules, days.asked.slots):
            judge.that(*statement, days.asked.exchange)
    if not judge.judgements:
        raise judge.untestable(f"no slots are listed in {seen.zone}")
