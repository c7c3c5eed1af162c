"""Schedules: create, list, read, change, delete. Source: Cal.com API v2, Schedules; behaviour of a running server."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, forbidden, not_found
from bookproof.mock.dialects.calcom_v2.profiles import WEEK_DAYS
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Problem,
    Rule,
    Shape,
    checked,
    filled,
    flag,
    listed,
    matching,
    one_of,
    text,
    zone_name,
)
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.rules import Ranges, TimeRange, merged_ranges
from bookproof.mock.domain.schedules import OFFICE_HOURS, Schedule
from bookproof.mock.http.exchange import Answer

_DEFAULT_HOURS = ({"days": [*WEEK_DAYS[:5]], "startTime": "09:00", "endTime": "17:00"},)
_MIDNIGHT = 24 * 60


def _clock() -> Rule:
    return matching(r"([01]\d|2[0-3]):[0-5]\d", "{} must be a valid time format HH:MM")


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _members(*, changing: bool) -> dict[str, Member]:
    hours = Shape(
        {"days": Member(items=(one_of(*WEEK_DAYS),)), "startTime": Member(_clock()), "endTime": Member(_clock())}
    )
    day = Rule("matches", "{} must be a date in the format YYYY-MM-DD", _is_day)
    overrides = Shape({"date": Member(day), "startTime": Member(_clock()), "endTime": Member(_clock())})
    return {
        "name": Member(text(), filled(), required=not changing),
        "timeZone": Member(zone_name(), required=not changing),
        "isDefault": Member(flag(), required=not changing),
        "availability": Member(item_shape=hours, required=False),
        "overrides": Member(item_shape=overrides, required=False),
    }


class ScheduleHandlers:
    """Handlers of /v2/schedules."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.create_shape = Shape(_members(changing=False))
        self.update_shape = Shape(_members(changing=True))

    def create(self, call: Call) -> Answer:
        """createSchedule: without hours it is Monday to Friday, nine to five."""
        body = self.given(call, self.create_shape)
        changes = self.changes({}, body)
        changes.setdefault("hours", self.default_hours())
        made = self.tools.domain.schedules.create(Schedule(0, call.account_id, **changes))
        return self.tools.envelopes.success(call, self.shown(made))

    def default_hours(self) -> tuple[Ranges, ...]:
        """The week of a schedule that says none."""
        return OFFICE_HOURS

    def given(self, call: Call, shape: Shape) -> dict[str, Any]:
        """The members of the body, checked.

        Raises:
            Refusal: 400 with `details.errors`.
        """
        body = checked(shape, call.body)
        self.check_order(body)
        return body

    def check_order(self, body: dict[str, Any]) -> None:
        """Refuse hours that end before they begin; a date may be closed by an end that is its start.

        Raises:
            Refusal: 400.
        """
        for hours in body.get("availability") or ():
            if hours["endTime"] <= hours["startTime"] and hours["endTime"] != "00:00":
                raise self.disordered(body, "availability")
        for hours in body.get("overrides") or ():
            if hours["endTime"] < hours["startTime"] and hours["endTime"] != "00:00":
                raise self.disordered(body, "overrides")

    def disordered(self, body: dict[str, Any], name: str) -> Refusal:
        """The refusal of hours in the wrong order."""
        sentence = {"isAfter": f"{name} must have an endTime that is later than its startTime"}
        return listed([Problem(body, name, body[name], sentence)])

    def changes(self, details: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        """The members of `Schedule` that a body sets; lists replace what was there."""
        names = {"name": "name", "timeZone": "time_zone", "isDefault": "is_default"}
        changes = {ours: body[theirs] for theirs, ours in names.items() if body.get(theirs) is not None}
        said = {name: body[name] for name in ("availability", "overrides") if body.get(name) is not None}
        if "availability" in said:
            changes["hours"] = hours_of(said["availability"])
        if "overrides" in said:
            changes["overrides"] = overrides_of(said["overrides"])
        return changes | {"details": {**details, **said}}

    def index(self, call: Call) -> Answer:
        """listSchedules"""
        found = self.tools.domain.schedules.find(call.account_id)
        return self.tools.envelopes.success(call, [self.shown(schedule) for schedule in found])

    def default(self, call: Call) -> Answer:
        """getDefaultSchedule: null if there is none."""
        found = self.tools.domain.schedules.default_of(call.account_id)
        return self.tools.envelopes.success(call, None if found is None else self.shown(found))

    def show(self, call: Call) -> Answer:
        """getSchedule"""
        return self.tools.envelopes.success(call, self.shown(self.own(call)))

    def own(self, call: Call) -> Schedule:
        """The schedule of the path, if it is the caller's.

        Raises:
            Refusal: 404 unknown, 403 somebody else's.
        """
        number = call.number("scheduleId")
        try:
            schedule = self.tools.domain.schedules.get(number)
        except NotFound:
            raise not_found(f"Schedule with id={number} not found.") from None
        self.check_owner(call, schedule)
        return schedule

    def check_owner(self, call: Call, schedule: Schedule) -> None:
        """Refuse somebody else's schedule.

        Raises:
            Refusal: 403.
        """
        if not self.is_own(call, schedule):
            raise forbidden(f"User does not own schedule with ID={schedule.number}.")

    def is_own(self, call: Call, schedule: Schedule) -> bool:
        """Whether the schedule is the caller's."""
        return call.is_by(schedule.account_id)

    def update(self, call: Call) -> Answer:
        """updateSchedule: what the body leaves out stays."""
        schedule = self.own(call)
        changes = self.changes(schedule.details, self.given(call, self.update_shape))
        if not changes.get("is_default", True):
            # There is always a default one: another takes its place, nothing else ends it.
            del changes["is_default"]
        changed = self.tools.domain.schedules.change(schedule.number, changes)
        return self.tools.envelopes.success(call, self.shown(changed))

    def delete(self, call: Call) -> Answer:
        """deleteSchedule: any of them, the last and the default one too."""
        number = call.number("scheduleId")
        try:
            schedule = self.tools.domain.schedules.get(number)
        except NotFound:
            raise bad_request(f"Schedule with ID={number} does not exist.") from None
        self.check_owner(call, schedule)
        self.tools.domain.schedules.delete(number)
        return self.tools.envelopes.done(call)

    # Showing

    def shown(self, schedule: Schedule) -> dict[str, Any]:
        """A schedule as told to its owner."""
        return {
            "id": schedule.number,
            "ownerId": self.tools.domain.people.of_account(schedule.account_id).number,
            "name": schedule.name,
            "timeZone": schedule.time_zone,
            "availability": self.availability(schedule),
            "isDefault": schedule.is_default,
            "overrides": self.overrides(schedule),
        }

    def availability(self, schedule: Schedule) -> list[dict[str, Any]]:
        """The week, in the words in which it was said."""
        said = schedule.details.get("availability")
        if said is not None and hours_of(said) == schedule.hours:
            return [{"days": item["days"], "startTime": item["startTime"], "endTime": item["endTime"]} for item in said]
        if schedule.hours == OFFICE_HOURS:
            return [dict(item) for item in _DEFAULT_HOURS]
        grouped: dict[TimeRange, list[str]] = {}
        for name, ranges in zip(WEEK_DAYS, schedule.hours, strict=True):
            for item in ranges:
                grouped.setdefault(item, []).append(name)
        return [{"days": days, **_times(item)} for item, days in grouped.items()]

    def overrides(self, schedule: Schedule) -> list[dict[str, Any]]:
        """The dates that differ, in the words in which they were said."""
        said = schedule.details.get("overrides")
        if said is not None and overrides_of(said) == dict(schedule.overrides):
            return [{"date": item["date"], "startTime": item["startTime"], "endTime": item["endTime"]} for item in said]
        closed = (TimeRange(0, 0),)
        return [
            {"date": day.isoformat(), **_times(item)}
            for day, ranges in sorted(schedule.overrides.items())
            for item in ranges or closed
        ]


def hours_of(availability: Sequence[Mapping[str, Any]]) -> tuple[Ranges, ...]:
    """The week of a checked `availability`."""
    return tuple(
        merged_ranges(_range(item["startTime"], item["endTime"]) for item in availability if name in item["days"])
        for name in WEEK_DAYS
    )


def overrides_of(overrides: Sequence[Mapping[str, Any]]) -> dict[date, Ranges]:
    """The dates of checked `overrides`; several of one date add up, and one that is empty closes it."""
    found: dict[date, list[TimeRange]] = {}
    for item in overrides:
        range_of_day = _range(item["startTime"], item["endTime"])
        if item["startTime"] == item["endTime"]:
            range_of_day = TimeRange(0, 0)
        found.setdefault(date.fromisoformat(item["date"]), []).append(range_of_day)
    return {day: merged_ranges(ranges) for day, ranges in found.items()}


def _range(start: str, end: str) -> TimeRange:
    """Two wall clock times; an end of 00:00 is the end of the day."""
    return TimeRange(_minutes(start), _minutes(end) or _MIDNIGHT)


def _minutes(clock: str) -> int:
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _times(item: TimeRange) -> dict[str, str]:
    start, end = divmod(item.start, 60), divmod(item.end % _MIDNIGHT, 60)
    return {"startTime": f"{start[0]:02}:{start[1]:02}", "endTime": f"{end[0]:02}:{end[1]:02}"}
