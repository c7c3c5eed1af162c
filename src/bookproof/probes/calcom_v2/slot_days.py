"""Slots on the days around clock changes, in zones with odd offsets, and in zones whose rules changed lately.

Source: reports of users of the API, whose hours moved by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bookproof.judge.clock_changes import ClockChange, clock_changes, offset_at
from bookproof.judge.slots import local_day, midnight
from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.grounds import DAYS, FIRST_DAY, HOURS, list_slots
from bookproof.probes.calcom_v2.schedules import movable, rules_of, weekly
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.verdict import Untestable

#: A zone of whole hours whose clock changes twice a year.
WHOLE_HOURS = "America/New_York"
#: A zone half an hour off, whose clock changes, too.
HALF_HOURS = "Australia/Adelaide"
#: A zone that took another offset for good in March 2024, and what it is since then.
CHANGED_LATELY, SINCE_THEN = "Asia/Almaty", timedelta(hours=5)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ZoneDays:
    """Three days of slots on a schedule in some zone; ``change`` is the clock change of the second of them, if any."""

    change: ClockChange | None
    asked: Asked


@dataclass(frozen=True)
class Zones:
    """What the schedule offers in one zone."""

    zone: str
    days: Sequence[ZoneDays]

    @property
    def reason(self) -> str:
        """Why there may be nothing to judge."""
        return f"no slots of {self.zone} were asked for that could be judged; see slots.hours.honoured"


def ask_in(session: Session, zone: str, *, changes: int) -> Zones:
    """Move the schedule to a zone and ask for its slots.

    Args:
        session: of the target.
        zone: IANA name.
        changes: around how many of the zone's next clock changes; 0 asks for days without one.

    Raises:
        Blocked: the schedule cannot be moved, or slots are not listed.
    """
    own = session.need(movable)
    hours = weekly(DAYS, HOURS)
    own.change(session, f"hours in {zone}", timeZone=zone, availability=hours, overrides=[])
    earliest = session.now() + 2 * _ONE_DAY
    rules = rules_of(own.ground.id, zone, HOURS)
    found: list[ClockChange | None] = list(clock_changes(ZoneInfo(zone), earliest, earliest + 366 * _ONE_DAY)[:changes])
    if not changes:
        found = [None]
    days: list[ZoneDays] = []
    for change in found:
        first = change.day - _ONE_DAY if change else local_day(rules, session.now()) + FIRST_DAY * _ONE_DAY
        # The end is not quite midnight, which could mean that day's end.
        low, high = midnight(rules, first), midnight(rules, first + 3 * _ONE_DAY) - timedelta(minutes=1)
        note = f"{zone} around the clock change of {change.day}" if change else f"days in {zone}"
        exchange = list_slots(session, own.ground.id, low, high, note=note)
        days.append(ZoneDays(change, asked(session, rules, low, high, exchange)))
    return Zones(zone, days)


@probe("slots.clock-changes", safety="write", cost=3)
def clock_change_days(session: Session) -> Zones:
    """The days around the next two clock changes of a zone of whole hours."""
    return ask_in(session, WHOLE_HOURS, changes=2)


@probe("slots.half-hours", safety="write", cost=2)
def half_hour_days(session: Session) -> Zones:
    """The days around the next clock change of a zone half an hour off."""
    return ask_in(session, HALF_HOURS, changes=1)


@probe("slots.changed-zone", safety="write", cost=2)
def changed_zone_days(session: Session) -> Zones:
    """Days in a zone whose offset changed lately."""
    if offset_at(ZoneInfo(CHANGED_LATELY), datetime.fromtimestamp(session.tape.clock(), UTC)) != SINCE_THEN:
        raise Untestable(
            f"the time zone data of this machine does not know of the change of {CHANGED_LATELY}: update it"
        )
    return ask_in(session, CHANGED_LATELY, changes=0)
