"""Defects of the Cal.com dialect: slots."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request
from bookproof.mock.dialects.calcom_v2.moments import shown
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, MINUTE, local_date
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Opening
from bookproof.mock.http.exchange import Answer

Data = dict[str, Any]
_HOUR = 3_600

# The range


@defect(
    "calcom-slots-before-range",
    breaks=("slots.range.inside",),
    story="Asking for the afternoon also shows the end of the morning.",
)
def slots_before_range(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    window = slots.window

    def earlier(query: Data) -> Slot:
        asked = window(query)
        return Slot(asked.start - _HOUR, asked.end)

    slots.window = earlier


@defect(
    "calcom-end-date-left-out",
    breaks=("slots.range.whole-days",),
    story="Who asks for today is told that nothing is free.",
)
def end_date_left_out(mock: Mock) -> None:
    def exclusive(end: int) -> int:
        return end

    mock.calcom.resources.slots.closing = exclusive


@defect(
    "calcom-range-guessed",
    breaks=("slots.range.required",),
    story="An agent that forgets the range takes this week's slots for all there are.",
)
def range_guessed(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    index = slots.index

    def guessing(call: Call) -> Answer:
        if set(call.query) == {"eventTypeId"}:
            now = mock.domain.clock.now()
            call.query |= {"start": shown(now), "end": shown(now + 7 * DAY)}
        return index(call)

    slots.index = guessing


@defect(
    "calcom-skill-range-ignored",
    breaks=("slots.range.skill-names",),
    story="Who follows the skill document is told that nothing is free.",
)
def skill_range_ignored(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    index = slots.index

    def ignoring(call: Call) -> Answer:
        return mock.calcom.envelopes.slots(call, {}) if "startTime" in call.query else index(call)

    slots.index = ignoring


# How they are written


def _list_by(mock: Mock, change: Callable[[list[Opening]], list[Opening]]) -> None:
    """List what `change` makes of the openings."""
    slots = mock.calcom.resources.slots
    healthy = slots.openings

    def changed(event_type: EventType, query: Data) -> list[Opening]:
        return change(healthy(event_type, query))

    slots.openings = changed


@defect(
    "calcom-slots-listed-twice",
    breaks=("slots.starts.unique",),
    story="The first time of every answer can be chosen twice.",
)
def slots_listed_twice(mock: Mock) -> None:
    def doubled(openings: list[Opening]) -> list[Opening]:
        return openings[:1] + openings

    _list_by(mock, doubled)


@defect(
    "calcom-days-of-tokyo",
    breaks=("slots.days.grouped",),
    story="The evening's slots stand under tomorrow.",
)
def days_of_tokyo(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    day = slots.day

    def in_tokyo(opening: Opening, zone_name: str | None) -> str:
        return day(opening, zone_name or "Asia/Tokyo")

    slots.day = in_tokyo


@defect(
    "calcom-zone-grouped-by-utc",
    breaks=("slots.zone.grouped",),
    story="In Tokyo tomorrow morning's slots stand under today.",
)
def zone_grouped_by_utc(mock: Mock) -> None:
    def in_utc(opening: Opening, zone_name: str | None) -> str:
        return local_date(opening.start, "UTC").isoformat()

    mock.calcom.resources.slots.day = in_utc


@defect(
    "calcom-zone-not-applied",
    breaks=("slots.zone.presentation",),
    story="A page for Tokyo shows the times of London.",
)
def zone_not_applied(mock: Mock) -> None:
    def in_utc(instant: int, zone_name: str | None) -> str:
        return shown(instant)

    mock.calcom.resources.slots.time = in_utc


@defect(
    "calcom-range-ends-early",
    breaks=("slots.format.range",),
    story="Invitations end five minutes before the meeting does.",
)
def range_ends_early(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    healthy = slots.shown

    def shortened(event_type: EventType, opening: Opening, query: Data) -> Data:
        cut = 5 * MINUTE if len(event_type.rules.durations) == 1 else 0
        return healthy(event_type, replace(opening, end=opening.end - cut), query)

    slots.shown = shortened


# How the event type is named


@defect(
    "calcom-slug-of-anything",
    breaks=("slots.by-slug.agrees",),
    story="Every booking page of a user offers the times of the first one.",
)
def slug_of_anything(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    event_type = slots.event_type

    def first(query: Data) -> EventType:
        found = event_type(query)
        if "username" not in query:
            return found
        return mock.domain.event_types.of_account(found.account_id, with_hidden=False)[0]

    slots.event_type = first


@defect(
    "calcom-too-much-unsaid",
    breaks=("slots.by.one-way",),
    story="A developer searches for days what is wrong with a question that says too much.",
)
def too_much_unsaid(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    given = slots.given

    def silent(query: Call) -> Data:
        if {"eventTypeId", "eventTypeSlug"} <= set(query.query):
            raise bad_request("Bad Request")
        return given(query)

    slots.given = silent


@defect(
    "calcom-unknown-event-type-has-no-slots",
    breaks=("slots.unknown.not-found",),
    story="A page with a mistyped id says for ever that nothing is free.",
)
def unknown_event_type_has_no_slots(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    index = slots.index

    def nothing(call: Call) -> Answer:
        try:
            return index(call)
        except Refusal as failure:
            if failure.status != 404 or "eventTypeId" not in call.query:
                raise
            return mock.calcom.envelopes.slots(call, {})

    slots.index = nothing


# Settings


def _list_with_rules(mock: Mock, **changes: Any) -> None:
    """List slots as if event types had other rules; what can be booked stays right."""
    slots = mock.calcom.resources.slots
    healthy = slots.openings

    def changed(event_type: EventType, query: Data) -> list[Opening]:
        return healthy(replace(event_type, rules=replace(event_type.rules, **changes)), query)

    slots.openings = changed


@defect(
    "calcom-notice-not-listed",
    breaks=("slots.notice.minimum",),
    story="Clients choose times of today, and are refused at the last step.",
)
def notice_not_listed(mock: Mock) -> None:
    _list_with_rules(mock, minimum_notice=0)


@defect(
    "calcom-window-not-listed",
    breaks=("slots.window.kept",),
    story="Next year can be booked, although the host plans a month ahead.",
)
def window_not_listed(mock: Mock) -> None:
    _list_with_rules(mock, window=None)


@defect(
    "calcom-interval-not-listed",
    breaks=("slots.interval.kept",),
    story="Half of the times that a host offers cannot be chosen.",
)
def interval_not_listed(mock: Mock) -> None:
    _list_with_rules(mock, interval=None)


@defect(
    "calcom-buffers-not-listed",
    breaks=("slots.buffers.kept",),
    story="A host who needs half an hour between meetings has none.",
)
def buffers_not_listed(mock: Mock) -> None:
    _list_with_rules(mock, buffer_before=0, buffer_after=0)


@defect(
    "calcom-duration-ignored",
    breaks=("slots.lengths.selectable",),
    story="Whoever asks for an hour is offered half of one.",
)
def duration_ignored(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    healthy = slots.openings

    def usual(event_type: EventType, query: Data) -> list[Opening]:
        return healthy(event_type, {name: value for name, value in query.items() if name != "duration"})

    slots.openings = usual
