"""Defects of the Cal.com dialect: schedules."""

from collections.abc import Mapping
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_body, change_data
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.rules import Ranges, TimeRange
from bookproof.mock.domain.schedules import Schedule
from bookproof.mock.http.exchange import Answer

Data = dict[str, Any]


@defect(
    "calcom-schedule-answers-utc",
    breaks=("schedules.create.answers",),
    story="A calendar shows the new hours two hours late.",
)
def schedule_answers_utc(mock: Mock) -> None:
    def in_utc(data: Data) -> None:
        data["timeZone"] = "UTC"

    change_data(mock, "schedules", "create", in_utc)


@defect(
    "calcom-default-hours-all-week",
    breaks=("schedules.create.default-hours",),
    story="Whoever says no hours is booked on Sundays.",
)
def default_hours_all_week(mock: Mock) -> None:
    def all_week() -> tuple[Ranges, ...]:
        return ((TimeRange(9 * 60, 17 * 60),),) * 7

    mock.calcom.resources.schedules.default_hours = all_week


@defect(
    "calcom-bad-time-accepted",
    breaks=("schedules.create.bad-hours",),
    story="Somebody who mistypes an hour is open at some other one.",
)
def bad_time_accepted(mock: Mock) -> None:
    def repaired(body: Data) -> None:
        for hours in body.get("availability") or ():
            if hours.get("startTime") == "25:00":
                hours |= {"startTime": "09:00", "endTime": "17:00"}

    change_body(mock, "schedules", "create", repaired)


@defect(
    "calcom-default-flag-guessed",
    breaks=("schedules.create.default-flag",),
    story="A script that forgets the flag learns nothing of it.",
)
def default_flag_guessed(mock: Mock) -> None:
    def guessed(body: Data) -> None:
        if "name" in body and "timeZone" in body:
            body.setdefault("isDefault", False)

    change_body(mock, "schedules", "create", guessed)


@defect(
    "calcom-schedule-read-as-default",
    breaks=("schedules.read.agrees",),
    story="Every schedule that is looked at says that it is the default one.",
)
def schedule_read_as_default(mock: Mock) -> None:
    def as_default(data: Data) -> None:
        data["isDefault"] = True

    change_data(mock, "schedules", "show", as_default)


@defect(
    "calcom-newest-schedule-unlisted",
    breaks=("schedules.list.own",),
    story="The schedule that was just made cannot be chosen.",
)
def newest_schedule_unlisted(mock: Mock) -> None:
    def without_newest(data: list[Data]) -> None:
        if len(data) > 1:
            del data[-1]

    change_data(mock, "schedules", "index", without_newest)


@defect(
    "calcom-schedules-share-hours",
    breaks=("schedules.list.own-hours", "versions.schedules.alike"),
    story="The list shows the same hours for the summer and for the winter schedule.",
)
def schedules_share_hours(mock: Mock) -> None:
    def shared(data: list[Data]) -> None:
        for item in data:
            item["availability"] = data[-1]["availability"]

    change_data(mock, "schedules", "index", shared)


@defect(
    "calcom-schedule-name-unchangeable",
    breaks=("schedules.update.changes",),
    story="A schedule keeps its old name, and the answer says nothing of it.",
)
def schedule_name_unchangeable(mock: Mock) -> None:
    def without_name(body: Data) -> None:
        body.pop("name", None)

    change_body(mock, "schedules", "update", without_name)


def _change_hours(mock: Mock, change: Any) -> None:
    """Store what `change(schedule, hours)` makes of new weekly hours."""
    schedules = mock.domain.schedules
    healthy = schedules.change

    def changed(number: int, changes: Mapping[str, Any]) -> Schedule:
        if "hours" in changes:
            schedule = schedules.get(number)
            changes = {**changes, "hours": change(schedule, changes["hours"])}
        return healthy(number, changes)

    schedules.change = changed


@defect(
    "calcom-left-out-days-stay-open",
    breaks=("schedules.update.replaces",),
    story="Whoever takes Mondays out of the hours is still booked on Mondays.",
)
def left_out_days_stay_open(mock: Mock) -> None:
    def added(schedule: Schedule, hours: tuple[Ranges, ...]) -> tuple[Ranges, ...]:
        return tuple(new or old for new, old in zip(hours, schedule.hours, strict=True))

    _change_hours(mock, added)


@defect(
    "calcom-slots-keep-old-hours",
    breaks=("schedules.update.moves-slots",),
    story="A host who leaves earlier from now on is booked in the evening all the same.",
)
def slots_keep_old_hours(mock: Mock) -> None:
    def kept(schedule: Schedule, hours: tuple[Ranges, ...]) -> tuple[Ranges, ...]:
        followers = mock.domain.event_types.of_account(schedule.account_id, with_hidden=True)
        followed = any(event_type.schedule_number == schedule.number for event_type in followers)
        return schedule.hours if followed else hours

    _change_hours(mock, kept)


@defect(
    "calcom-deleted-schedule-stays",
    breaks=("schedules.delete.gone",),
    story="Schedules that were deleted come back in every list.",
)
def deleted_schedule_stays(mock: Mock) -> None:
    mock.domain.schedules.delete = mock.domain.schedules.get


@defect(
    "calcom-unknown-schedule-is-bad-request",
    breaks=("schedules.unknown.not-found",),
    story="A script takes a schedule that is gone for a mistake of its own, and stops.",
)
def unknown_schedule_is_bad_request(mock: Mock) -> None:
    schedules = mock.calcom.resources.schedules
    update = schedules.update

    def confused(call: Call) -> Answer:
        try:
            mock.domain.schedules.get(call.number("scheduleId"))
        except NotFound:
            raise bad_request("Invalid schedule") from None
        return update(call)

    schedules.update = confused


@defect(
    "calcom-unknown-schedule-deleted",
    breaks=("schedules.unknown.delete",),
    story="A mistyped id is reported as deleted, and the schedule that was meant goes on.",
)
def unknown_schedule_deleted(mock: Mock) -> None:
    schedules = mock.calcom.resources.schedules
    delete = schedules.delete

    def always(call: Call) -> Answer:
        try:
            mock.domain.schedules.get(call.number("scheduleId"))
        except NotFound:
            return mock.calcom.envelopes.done(call)
        return delete(call)

    schedules.delete = always
