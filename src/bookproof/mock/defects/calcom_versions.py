"""Defects of the Cal.com dialect: dated versions."""

from collections.abc import Callable, Mapping
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.routes import Found
from bookproof.mock.dialects.calcom_v2.versions import (
    HEADER,
    V2024_04_15,
    V2024_06_11,
    V2024_06_14,
    V2024_08_13,
    V2024_09_04,
    V2026_02_25,
)
from bookproof.mock.http.exchange import Answer


def _dated(mock: Mock, date: str, stray: Callable[[Mapping[str, str]], bool]) -> None:
    """Answer requests whose headers are `stray` at a date."""
    versions = mock.calcom.versions
    requested = versions.requested

    def strayed(headers: Mapping[str, str]) -> str:
        return date if stray(headers) else requested(headers)

    versions.requested = strayed


@defect(
    "calcom-version-absent-is-newest",
    breaks=("versions.header.absent",),
    story="A client that sends no date gets new shapes on the day that the server is updated.",
)
def version_absent_is_newest(mock: Mock) -> None:
    _dated(mock, V2026_02_25, lambda headers: HEADER not in headers)


@defect(
    "calcom-version-unknown-is-newest",
    breaks=("versions.header.unknown",),
    story="A mistyped date is answered in shapes that nobody asked for.",
)
def version_unknown_is_newest(mock: Mock) -> None:
    known = mock.calcom.versions.known()
    _dated(mock, V2024_08_13, lambda headers: headers.get(HEADER, V2024_04_15) not in (*known, ""))


@defect(
    "calcom-version-first-is-retired",
    breaks=("versions.first.shape",),
    story="The first date is answered as the newest: who pinned it years ago reads new shapes.",
)
def version_first_is_retired(mock: Mock) -> None:
    _dated(mock, V2026_02_25, lambda headers: headers.get(HEADER) == V2024_04_15)


def _found_at(mock: Mock, place: str, dates: Mapping[str, str]) -> None:
    """Let a path be found at dates at which it is not: date to the one whose operation answers."""
    routes = mock.calcom.routes
    find = routes.find

    def lenient(method: str, path: str, version: str) -> Found | None:
        other = dates.get(version, version) if routes.normal(path) == place else version
        return find(method, path, other)

    routes.find = lenient


@defect(
    "calcom-version-of-bookings-reaches-event-types",
    breaks=("versions.known.elsewhere",),
    story="A client that sends the date of bookings everywhere works, until the server means it.",
)
def version_of_bookings_reaches_event_types(mock: Mock) -> None:
    _found_at(mock, "/v2/event-types", {V2024_08_13: V2024_06_14})


@defect(
    "calcom-version-slots-undated",
    breaks=("versions.slots.dated",),
    story="Slots without a date hide that the client forgot it, and its other calls get old shapes.",
)
def version_slots_undated(mock: Mock) -> None:
    _found_at(mock, "/v2/slots", {V2024_04_15: V2024_09_04})


@defect(
    "calcom-version-schedules-differ",
    breaks=("versions.schedules.alike", "exchange.object-schema"),
    story="Schedules at 2024-06-14 are still told in minutes since midnight.",
)
def version_schedules_differ(mock: Mock) -> None:
    _found_at(mock, "/v2/schedules", {V2024_06_14: V2024_04_15})


@defect(
    "calcom-version-bookings-differ",
    breaks=("versions.bookings.alike", "exchange.object-schema"),
    story="A booking at 2024-08-13 is still the raw row of the first version.",
)
def version_bookings_differ(mock: Mock) -> None:
    resources = mock.calcom.resources
    show = resources.bookings.show

    def dated(call: Call) -> Answer:
        return resources.legacy_bookings.show(call) if call.version == V2024_08_13 else show(call)

    resources.bookings.show = dated


@defect(
    "calcom-version-bookings-old-names",
    breaks=("versions.bookings.shape", "bookings.read.agrees", "exchange.object-schema"),
    story="Lists of bookings at 2026-02-25 say startTime, and clients find no start.",
)
def version_bookings_old_names(mock: Mock) -> None:
    lists = mock.calcom.resources.booking_lists
    page = lists.page

    def renamed(call: Call, *asked: Any) -> list[dict[str, Any]]:
        shown = page(call, *asked)
        for booking in shown if call.version == V2026_02_25 else ():
            booking["startTime"], booking["endTime"] = booking.pop("start"), booking.pop("end")
        return shown

    lists.page = renamed


@defect(
    "calcom-version-event-types-old-names",
    breaks=("versions.event-types.shape", "event-types.list.flat", "exchange.object-schema"),
    story="Lists of event types at 2024-06-14 say length, and clients find no lengthInMinutes.",
)
def version_event_types_old_names(mock: Mock) -> None:
    event_types = mock.calcom.resources.event_types
    index = event_types.index

    def renamed(call: Call) -> Answer:
        answer = index(call)
        for shown in answer.value["data"]:
            shown["length"] = shown.pop("lengthInMinutes")
        return answer

    event_types.index = renamed


@defect(
    "calcom-version-schedules-old-names",
    breaks=("versions.schedules.shape", "exchange.object-schema"),
    story="Schedules at 2024-06-11 have dateOverrides, and clients think that there are no exceptions.",
)
def version_schedules_old_names(mock: Mock) -> None:
    schedules = mock.calcom.resources.schedules
    index = schedules.index

    def renamed(call: Call) -> Answer:
        answer = index(call)
        for shown in answer.value["data"] if call.version == V2024_06_11 else ():
            shown["dateOverrides"], shown["workingHours"] = shown.pop("overrides"), []
        return answer

    schedules.index = renamed


@defect(
    "calcom-version-slots-old-names",
    breaks=("versions.slots.shape", "exchange.object-schema"),
    story="Every day has one more item, a time without a start as in the first version, and clients choke on it.",
)
def version_slots_old_names(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    by_day = slots.by_day

    def renamed(event_type: Any, openings: Any, query: dict[str, Any]) -> dict[str, Any]:
        days = by_day(event_type, openings, query)
        for items in days.values():
            items.append({"time": items[-1]["start"]})
        return days

    slots.by_day = renamed


@defect(
    "calcom-version-webhooks-wrapped",
    breaks=("versions.webhooks.any", "exchange.object-schema"),
    story="Without a date the list of webhooks is wrapped once more, and looks empty.",
)
def version_webhooks_wrapped(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    index = webhooks.index

    def wrapped(call: Call) -> Answer:
        answer = index(call)
        if HEADER not in call.http.headers:
            answer.value["data"] = {"webhooks": answer.value["data"]}
        return answer

    webhooks.index = wrapped


@defect(
    "calcom-version-profile-wrapped",
    breaks=("versions.me.any", "exchange.object-schema"),
    story="With a date of bookings the profile is wrapped once more, and nobody knows who calls.",
)
def version_profile_wrapped(mock: Mock) -> None:
    profile = mock.calcom.resources.me
    show = profile.show

    def wrapped(call: Call) -> Answer:
        answer = show(call)
        if call.version == V2026_02_25:
            answer.value["data"] = {"user": answer.value["data"]}
        return answer

    profile.show = wrapped
