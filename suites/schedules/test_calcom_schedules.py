"""Schedules of Cal.com: made, listed, read, changed, deleted; their hours are those of the slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.judge.slots import inside_hours, local_day, local_text
from bookproof.probes.calcom_v2 import schedule_ends, schedules
from bookproof.probes.calcom_v2.schedule_ends import Ended, Refused
from bookproof.probes.calcom_v2.schedules import LifeCycle, Moved

WORKING_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
NINE_TO_FIVE = {(day, "09:00", "17:00") for day in WORKING_DAYS}
_LISTS = ("availability", "overrides")
_BUSY_DAYS = 2


def week_of(availability: Any) -> set[tuple[Any, Any, Any]] | None:
    """Weekly hours as shown, day by day: how days are grouped is no difference; None if they are not shown."""
    if not isinstance(availability, list):
        return None
    found: set[tuple[Any, Any, Any]] = set()
    for item in cast("list[Any]", availability):
        hours = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        days = hours.get("days")
        for day in cast("list[Any]", days) if isinstance(days, list) else ():
            found.add((day, hours.get("startTime"), hours.get("endTime")))
    return found


def dates_of(overrides: Any) -> list[tuple[Any, Any, Any]] | None:
    """Dates that differ, as shown, in order; None if they are not shown."""
    if not isinstance(overrides, list):
        return None
    found = [cast("dict[str, Any]", item) for item in cast("list[Any]", overrides) if isinstance(item, dict)]
    return sorted((str(item.get("date")), str(item.get("startTime")), str(item.get("endTime"))) for item in found)


def told(name: str, value: Any) -> Any:
    """A member of a schedule in a form that compares."""
    readers = {"availability": week_of, "overrides": dates_of}
    return readers[name](value) if name in readers else value


@requirement("schedules.create.answers", schedules.life)
def test_answers_the_schedule(seen: LifeCycle, judge: Judge) -> None:
    """Creating answers a schedule with the name, the zone and the flag that were asked for."""
    for name, sent in seen.sent.items():
        shown = seen.made.get(name)
        judge.that(shown == sent, f"{name} {sent!r}, as asked for", f"{name} is {shown!r}", seen.made.exchange)


@requirement("schedules.create.default-hours", schedules.life)
def test_a_schedule_without_hours_gets_office_hours(seen: LifeCycle, judge: Judge) -> None:
    """A schedule that is made without hours is open from Monday to Friday, 09:00 to 17:00."""
    week = week_of(seen.made.get("availability"))
    judge.that(
        week == NINE_TO_FIVE, "Monday to Friday, 09:00 to 17:00", f"{seen.made.get('availability')}", seen.made.exchange
    )


@requirement("schedules.create.bad-hours", schedule_ends.refused)
def test_bad_hours_are_refused(seen: Refused, judge: Judge) -> None:
    """Hours with a time or a day that does not exist are refused as a bad request."""
    for wrong, exchange in seen.bad.items():
        judge.refused(exchange, {400, 422}, f"hours with {wrong}")


@requirement("schedules.create.default-flag", schedule_ends.refused)
def test_the_default_flag_must_be_said(seen: Refused, judge: Judge) -> None:
    """A new schedule must say whether it is to be the default."""
    judge.refused(seen.no_default, {400, 422}, "isDefault is required")


@requirement("schedules.read.agrees", schedules.life)
def test_reading_agrees_with_the_list(seen: LifeCycle, judge: Judge) -> None:
    """A schedule is the same in the list and when it is read by its id."""
    judge.accepted(seen.read.exchange, f"schedule {seen.id} is read")
    item = seen.items.get(seen.id)
    if item is None:
        raise judge.untestable(f"schedule {seen.id} is not listed; see schedules.list.own")
    for name in sorted(seen.read.fields.keys() & item.keys()):
        judge.that(
            told(name, seen.read.fields[name]) == told(name, item[name]),
            f"the same {name} read and listed",
            f"read {seen.read.fields[name]!r}, listed {item[name]!r}",
            seen.listed,
            seen.read.exchange,
        )


@requirement("schedules.list.own", schedules.life)
def test_all_schedules_are_listed(seen: LifeCycle, judge: Judge) -> None:
    """The list has every schedule of a user: that of the run and the one just made."""
    for schedule in (*seen.others, seen.id):
        judge.that(
            schedule in seen.items,
            f"schedule {schedule} is listed",
            f"the list shows {', '.join(map(str, seen.items)) or 'none'}" if seen.listed.ok else answer(seen.listed),
            seen.listed,
        )


@requirement("schedules.list.own-hours", schedules.life)
def test_each_schedule_has_its_own_hours(seen: LifeCycle, judge: Judge) -> None:
    """A user can have several schedules, each with hours of its own."""
    for schedule, hours in seen.others.items():
        if schedule in seen.items:
            week = week_of(seen.items[schedule].get("availability")) or set()
            shown = {(start, end) for _, start, end in week}
            judge.that(
                shown == set(hours),
                f"schedule {schedule} has the hours {_hours(hours)}, whatever others have",
                f"it has {_hours(sorted(shown, key=str))}",
                seen.listed,
            )
    if not judge.judgements:
        raise judge.untestable("the schedule of the run is not listed; see schedules.list.own")


@requirement("schedules.update.changes", schedules.life)
def test_a_change_changes_what_it_says(seen: LifeCycle, judge: Judge) -> None:
    """The name that a change says is answered, and is so when it is read; the zone, left out, stays."""
    judge.accepted(seen.changed.exchange, "a schedule is changed")
    expected = {"name": seen.changes["name"], "timeZone": seen.sent["timeZone"]}
    for found in (seen.changed, seen.read):
        for name, wanted in expected.items() if found.exchange.ok else ():
            shown = found.get(name)
            judge.that(shown == wanted, f"{name} is {wanted!r}", f"{name} is {shown!r}", found.exchange)


@requirement("schedules.update.replaces", schedules.life)
def test_hours_replace_those_before(seen: LifeCycle, judge: Judge) -> None:
    """Hours, and dates that differ, take the place of all those before."""
    if not seen.changed.exchange.ok:
        raise judge.untestable("the schedule could not be changed; see schedules.update.changes")
    for found in (seen.changed, seen.read):
        for name in _LISTS if found.exchange.ok else ():
            wanted, shown = seen.changes[name], found.get(name)
            judge.that(
                told(name, shown) == told(name, wanted), f"{name} {wanted}", f"{name} is {shown}", found.exchange
            )


@requirement("schedules.update.moves-slots", schedules.moved)
def test_slots_follow_changed_hours(seen: Moved, judge: Judge) -> None:
    """After a change of the weekly hours, slots are offered in the new hours, and no more in the old ones."""
    usual = [slot for slot in seen.days.slots if local_day(seen.plain, slot.start) not in (*seen.special, seen.closed)]
    known = [slot for slot in usual if inside_hours(seen.old, slot) or inside_hours(seen.plain, slot)]
    if not known:
        raise judge.untestable("no slot is listed in the hours before or after the change; see slots.hours.honoured")
    judge.each(
        known,
        lambda slot: inside_hours(seen.plain, slot),
        f"only the new hours, {_hours(schedules.CHANGED_HOURS)}",
        lambda slot: f"{local_text(seen.plain, slot)} is listed",
        seen.days.exchange,
    )
    # A host may be busy on one day or two, but not always when the new hours are.
    if len({local_day(seen.plain, slot.start) for slot in known}) > _BUSY_DAYS:
        fresh = [slot for slot in known if not inside_hours(seen.old, slot)]
        judge.that(
            bool(fresh), "slots in what the change has opened", "slots in the old hours only", seen.days.exchange
        )


@requirement("schedules.delete.gone", schedule_ends.ended)
def test_a_deleted_schedule_is_gone(seen: Ended, judge: Judge) -> None:
    """A deleted schedule cannot be read any more."""
    judge.accepted(seen.deleted, "a schedule is deleted")
    judge.refused(seen.read, {404}, f"schedule {seen.id} was deleted")


@requirement("schedules.unknown.not-found", schedule_ends.refused)
def test_an_unknown_schedule_is_not_found(seen: Refused, judge: Judge) -> None:
    """Reading or changing a schedule that does not exist is answered with 404."""
    for exchange in (seen.read, seen.changed):
        judge.refused(exchange, {404}, "no schedule has this id")


@requirement("schedules.unknown.delete", schedule_ends.refused)
def test_an_unknown_schedule_cannot_be_deleted(seen: Refused, judge: Judge) -> None:
    """Deleting a schedule that does not exist is refused, with 404 or, as real servers do, with 400."""
    judge.refused(seen.deleted, {400, 404}, "no schedule has this id")


def _hours(hours: Sequence[tuple[Any, Any]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in hours) or "none"
