"""Schedules: made, changed, read, listed; and what a change does to the slots that are offered.

The one whose life is gone through is moved about afterwards, with an event type that follows it, and deleted at last.

Source: Everything an AI agent can do with the Cal.com API, Schedules & availability; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bookproof.judge.slots import WEEKDAYS, local_day, midnight
from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.grounds import DAYS, FIRST_DAY, HOURS, Ground, grounds, list_slots, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import Begun, Shown, shown
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.targets.target import EventTypeRules
from bookproof.wire.exchange import Exchange

#: Days and hours of the first change, so that a week with dates that differ still has such a day.
FIRST_DAYS, FIRST_HOURS = ("Tuesday", "Thursday", "Saturday"), (("10:00", "15:00"),)
#: Hours that the next change brings: earlier, over the lunch break, and none in the afternoon.
CHANGED_HOURS = (("08:00", "13:00"),)
#: Hours of the dates that differ, outside those that the change brings.
SPECIAL_HOURS = (("14:00", "20:00"),)
_ONE_DAY = timedelta(days=1)


def weekly(days: Sequence[str], hours: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Weekly hours as a body says them."""
    return [{"days": list(days), "startTime": start, "endTime": end} for start, end in hours]


def rules_of(
    event_type: int,
    zone: str,
    hours: Sequence[tuple[str, str]],
    overrides: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
    days: Sequence[str] = WEEKDAYS,
) -> EventTypeRules:
    """What an event type of 30 minutes on a schedule promises that has the same hours on some days, or on all."""
    open_days = {day[:3].lower() for day in days}
    every_day = {weekday: tuple(hours) if weekday in open_days else () for weekday in WEEKDAYS}
    return EventTypeRules(
        str(event_type), zone, durations=(30,), interval=30, hours=every_day, overrides=dict(overrides or {})
    )


@dataclass(frozen=True)
class LifeCycle:
    """One schedule from its creation on.

    Attributes:
        sent: the body that made it, without hours.
        made: the answer.
        changes: what it was changed by.
        changed: the answer to the change.
        read: as read after it.
        listed: the list after it.
        items: schedules in that list, by id.
        others: the hours of the schedule of the run, by its id.
    """

    sent: Mapping[str, Any]
    made: Shown
    changes: Mapping[str, Any]
    changed: Shown
    read: Shown
    listed: Exchange
    items: Mapping[Any, Mapping[str, Any]]
    others: Mapping[Any, Sequence[tuple[str, str]]]

    @property
    def id(self) -> Any:
        """Of the schedule."""
        return self.made.get("id")


def _begin(session: Session) -> Begun:
    sent = {"name": session.unique("life"), "timeZone": "Europe/Berlin", "isDefault": False}
    made = session.create("createSchedule", body=sent, note="without hours")
    return Begun(sent, made, session.made(made, "id", "a schedule should be made"))


@probe("schedules.made", safety="write", cost=2, creates="a schedule", shared=True)
def begun(session: Session) -> Begun:
    """Make a schedule without hours."""
    return _begin(session)


@probe("schedules.life", safety="write", cost=5, creates="a schedule in place of one")
def life(session: Session) -> LifeCycle:
    """Give a schedule without hours some, read and list it."""
    run, own = session.need(grounds).schedule, session.need(begun)
    if own.touched:
        own = _begin(session)
    sent, made, one = own.sent, own.made, {"scheduleId": own.shown["id"]}
    changes = {
        "name": session.unique("changed"),
        "availability": weekly(FIRST_DAYS, FIRST_HOURS),
        "overrides": [_on(session.now().date() + 40 * _ONE_DAY, "07:00", "08:00")],
    }
    changed = session.api.call("updateSchedule", one, body=changes, note="a name, hours and a date that differs")
    read = shown(session, session.api.call("getSchedule", one, note="after the change"))
    listed = session.api.call("listSchedules")
    flat = session.api.many(listed) if isinstance(session.api.data(listed), list) else []
    return LifeCycle(
        sent=sent,
        made=shown(session, made),
        changes=changes,
        changed=shown(session, changed),
        read=read,
        listed=listed,
        items={item.get("id"): item for item in flat},
        others={run: HOURS},
    )


@dataclass(frozen=True)
class Movable:
    """A schedule that probes move about, with the event type that follows it."""

    schedule: int
    zone: str
    ground: Ground

    def change(self, session: Session, note: str, **changes: Any) -> Exchange:
        """Change the schedule.

        Raises:
            Blocked: it was refused.
        """
        exchange = session.api.call("updateSchedule", {"scheduleId": self.schedule}, body=changes, note=note)
        if not exchange.ok:
            raise Blocked("a schedule should be changed", exchange)
        return exchange


@probe("schedules.movable", safety="write", cost=2, creates="an event type", shared=True)
def movable(session: Session) -> Movable:
    """The schedule whose life was gone through, and an event type that follows it."""
    own = session.need(life)
    schedule = int(own.id)
    ground = make_event_type(session, "movable", {"scheduleId": schedule}, slots=False)
    return Movable(schedule, own.sent["timeZone"], ground)


@dataclass(frozen=True)
class Moved:
    """The slots after a schedule was given other hours, and dates that differ.

    Attributes:
        changed: the answer to the change.
        days: the slots of a week with those dates, by rules that know them.
        special: the dates with hours of their own.
        closed: the date without any; None where it was not taken.
        old: the hours before.
        plain: the hours after, dates that differ left aside.
    """

    changed: Exchange
    days: Asked
    special: Sequence[date]
    closed: date | None
    old: EventTypeRules
    plain: EventTypeRules


@probe("schedules.moved", safety="write", cost=3)
def moved(session: Session) -> Moved:
    """Give a schedule other hours, a date with hours of its own and a closed one; ask for the days around them."""
    own = session.need(movable)
    old = rules_of(own.ground.id, own.zone, FIRST_HOURS, days=FIRST_DAYS)
    first = local_day(old, session.now()) + FIRST_DAY * _ONE_DAY
    special, closed = (first + _ONE_DAY, first + 4 * _ONE_DAY), first + 2 * _ONE_DAY
    differing = [_on(day, *SPECIAL_HOURS[0]) for day in special]
    hours = weekly(DAYS, CHANGED_HOURS)
    try:
        # A date is closed by hours that end when they begin.
        overrides = [*differing, _on(closed, "00:00", "00:00")]
        changed = own.change(session, "other hours, and dates that differ", availability=hours, overrides=overrides)
    except Blocked:
        changed = own.change(session, "without the closed date", availability=hours, overrides=differing)
        closed = None
    known = {day.isoformat(): SPECIAL_HOURS for day in special} | ({closed.isoformat(): ()} if closed else {})
    rules = rules_of(own.ground.id, own.zone, CHANGED_HOURS, known)
    low, high = midnight(rules, first), midnight(rules, first + 7 * _ONE_DAY) - timedelta(minutes=1)
    exchange = list_slots(session, own.ground.id, low, high, note="after the change of its schedule")
    days = asked(session, rules, low, high, exchange)
    return Moved(changed, days, special, closed, old, rules_of(own.ground.id, own.zone, CHANGED_HOURS))


def _on(day: date, start: str, end: str) -> dict[str, str]:
    return {"date": day.isoformat(), "startTime": start, "endTime": end}
