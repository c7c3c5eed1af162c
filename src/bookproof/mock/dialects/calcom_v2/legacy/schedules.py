"""Schedules of the first version: hours in minutes, days from Sunday = 0.

Source: Cal.com API v2, Schedules, 2024-04-15.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, forbidden, not_found
from bookproof.mock.dialects.calcom_v2.legacy.common import now_text
from bookproof.mock.dialects.calcom_v2.moments import shown
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Rule,
    Shape,
    checked,
    filled,
    flag,
    is_iso,
    iso_moment,
    one_of,
    text,
    zone_name,
)
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.rules import Ranges, TimeRange, merged_ranges
from bookproof.mock.domain.schedules import OFFICE_HOURS, Schedule
from bookproof.mock.http.exchange import Answer

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)?", re.ASCII)
_WEEK = 7


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and (_CLOCK.fullmatch(value) is not None or ("T" in value and is_iso(value)))


def minute_of(value: str) -> int:
    """Minutes since midnight of `09:00` or of the clock in `1970-01-01T09:00:00.000Z`."""
    clock = _CLOCK.fullmatch(value)
    if clock is not None:
        return int(clock[1]) * 60 + int(clock[2])
    moment = iso_moment(value)
    assert moment is not None, "checked before"
    return moment.hour * 60 + moment.minute


class LegacyScheduleHandlers:
    """Handlers of /v2/schedules."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        time = Rule("isDate", "{} must be a Date instance", _is_time)
        days = [one_of(*range(_WEEK))]
        hours = Shape({"days": Member(items=days), "startTime": Member(time), "endTime": Member(time)})
        self.create_shape = Shape(self.members(hours, required=True))
        self.update_shape = Shape(self.members(hours, required=False))

    def members(self, hours: Shape, *, required: bool) -> dict[str, Member]:
        """The members of a body."""
        return {
            "name": Member(text(), filled(), required=required),
            "timeZone": Member(zone_name(), required=required),
            "isDefault": Member(flag(), required=required),
            "availabilities": Member(item_shape=hours, required=False),
        }

    # Reading

    def index(self, call: Call) -> Answer:
        """listSchedules"""
        found = self.tools.domain.schedules.find(call.account_id)
        return self.tools.envelopes.success(call, [self.shown(item, len(found)) for item in found])

    def default(self, call: Call) -> Answer:
        """getDefaultSchedule: null if there is none."""
        schedule = self.tools.domain.schedules.default_of(call.account_id)
        return self.tools.envelopes.success(call, None if schedule is None else self.shown(schedule))

    def show(self, call: Call) -> Answer:
        """getSchedule"""
        return self.tools.envelopes.success(call, self.shown(self.owned(call)))

    def owned(self, call: Call) -> Schedule:
        """The caller's schedule that the path names.

        Raises:
            Refusal: 404 if there is none, 403 if it is another account's.
        """
        number = call.number("scheduleId")
        try:
            schedule = self.tools.domain.schedules.get(number)
        except NotFound as failure:
            raise not_found(f"Schedule with ID={number} does not exist.") from failure
        if schedule.account_id != call.account_id:
            raise forbidden(f"User does not own schedule with ID={number}")
        return schedule

    # Changing

    def create(self, call: Call) -> Answer:
        """createSchedule: Mondays to Fridays, nine to five, if nothing else is said."""
        body = checked(self.create_shape, call.body)
        hours = self.hours(body.get("availabilities") or [])
        made = self.tools.domain.schedules.create(
            Schedule(0, call.account_id, body["name"], body["timeZone"], hours, is_default=body["isDefault"])
        )
        return self.tools.envelopes.success(call, self.shown(made))

    def update(self, call: Call) -> Answer:
        """updateSchedule: what the body leaves out stays."""
        body = checked(self.update_shape, call.body)
        schedule = self.tools.domain.schedules.change(self.owned(call).number, self.changes(body))
        return self.tools.envelopes.success(call, self.shown(schedule))

    def delete(self, call: Call) -> Answer:
        """deleteSchedule"""
        self.tools.domain.schedules.delete(self.owned(call).number)
        return self.tools.envelopes.done(call)

    def changes(self, body: dict[str, Any]) -> dict[str, Any]:
        """The members of the schedule that the body sets."""
        names = {"name": "name", "timeZone": "time_zone", "isDefault": "is_default"}
        changes = {ours: body[theirs] for theirs, ours in names.items() if body.get(theirs) is not None}
        if body.get("availabilities") is not None:
            changes["hours"] = self.hours(body["availabilities"])
        return changes

    def hours(self, given: list[dict[str, Any]]) -> tuple[Ranges, ...]:
        """The weekly hours, Monday first; an empty list means the usual ones.

        Raises:
            Refusal: 400, hours that end before they begin.
        """
        week: list[list[TimeRange]] = [[] for _ in range(_WEEK)]
        for item in given:
            start, end = minute_of(item["startTime"]), minute_of(item["endTime"])
            if end <= start:
                raise bad_request("endTime must be after startTime")
            days: list[int] = item["days"]
            for day in days:
                week[(day - 1) % _WEEK].append(TimeRange(start, end))
        return tuple(merged_ranges(ranges) for ranges in week) if given else OFFICE_HOURS

    # Showing

    def shown(self, schedule: Schedule, count: int | None = None) -> dict[str, Any]:
        """A schedule.

        Parameters:
            schedule: what is shown.
            count: how many its owner has, if that is known.
        """
        if count is None:
            count = len(self.tools.domain.schedules.find(schedule.account_id))
        return {
            "id": schedule.number,
            "name": schedule.name,
            "isManaged": False,
            "workingHours": self.working_hours(schedule),
            "schedule": list(self.rows(schedule)),
            "availability": self.availability(schedule),
            "timeZone": schedule.time_zone,
            "dateOverrides": [self.override(day, ranges) for day, ranges in sorted(schedule.overrides.items())],
            "isDefault": schedule.is_default,
            "isLastSchedule": count <= 1,
            "readOnly": False,
        }

    def working_hours(self, schedule: Schedule) -> list[dict[str, Any]]:
        """Hours that some days have in common, in minutes since midnight."""
        user = self.tools.domain.people.of_account(schedule.account_id).number
        return [
            {"days": days, "startTime": hours.start, "endTime": hours.end, "userId": user}
            for hours, days in self.common(schedule)
        ]

    def common(self, schedule: Schedule) -> list[tuple[TimeRange, list[int]]]:
        """Each range of hours with the days that have it, Sunday = 0."""
        found: dict[TimeRange, list[int]] = {}
        for day in range(_WEEK):
            for hours in schedule.hours[(day - 1) % _WEEK]:
                found.setdefault(hours, []).append(day)
        return sorted(found.items(), key=lambda item: (item[1][0], item[0].start))

    def rows(self, schedule: Schedule) -> Iterator[dict[str, Any]]:
        """The hours as they are stored, overrides included."""
        user = self.tools.domain.people.of_account(schedule.account_id).number
        for hours, days in self.common(schedule):
            yield self.row(schedule, user, hours, days=days)
        for day, ranges in sorted(schedule.overrides.items()):
            for hours in ranges or (TimeRange(0, 0),):
                yield self.row(schedule, user, hours, day=day)

    def row(
        self, schedule: Schedule, user: int, hours: TimeRange, days: list[int] | None = None, day: date | None = None
    ) -> dict[str, Any]:
        """One row of stored hours: of weekdays, or of one date."""
        return {
            "userId": user,
            "eventTypeId": None,
            "days": days or [],
            "startTime": shown(hours.start * 60),
            "endTime": shown(hours.end * 60),
            "date": None if day is None else f"{day}T00:00:00.000Z",
            "scheduleId": schedule.number,
        }

    def availability(self, schedule: Schedule) -> list[list[dict[str, str]]]:
        """The hours of each weekday from Sunday on, on the present date."""
        now = self.tools.domain.clock.now()
        return [
            [
                {"start": now_text(now, hours.start), "end": now_text(now, hours.end)}
                for hours in schedule.hours[(day - 1) % _WEEK]
            ]
            for day in range(_WEEK)
        ]

    def override(self, day: date, ranges: Ranges) -> dict[str, Any]:
        """One date that differs; a closed one has a range without length."""
        return {
            "ranges": [
                {"start": f"{day}T{_clock(hours.start)}:00.000Z", "end": f"{day}T{_clock(hours.end)}:00.000Z"}
                for hours in ranges or (TimeRange(0, 0),)
            ]
        }


def _clock(minute: int) -> str:
    # There is no 24:00 in an instant; the last minute stands for it.
    minute = min(minute, 24 * 60 - 1)
    return f"{minute // 60:02}:{minute % 60:02}"
