"""Defects of event types."""

from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.imatic_v1.operations import Operation
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.keys import BOOKINGS_WRITE
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.seed import EVENT_TYPE_ROLES

_MAIN = EVENT_TYPE_ROLES["main"]


@defect(
    "main-event-type-hidden",
    breaks=("event-types.list.shows",),
    story="The most important event type is missing from every integration's menu.",
)
def main_event_type_hidden(mock: Mock) -> None:
    event_types = mock.domain.event_types
    find, count = event_types.find, event_types.count

    def without(account_id: str, offset: int, limit: int) -> list[EventType]:
        shown = [item for item in find(account_id, 0, -1) if item.code != _MAIN]
        return shown[offset : offset + limit]

    def count_without(account_id: str) -> int:
        return count(account_id) - any(item.code == _MAIN for item in find(account_id, 0, -1))

    event_types.find = without
    event_types.count = count_without


@defect(
    "read-other-title",
    breaks=("event-types.read.agrees",),
    story="A booking page is headed differently from the menu that led to it.",
)
def read_other_title(mock: Mock) -> None:
    event_types = mock.imatic.resources.event_types
    show = event_types.show

    def retitled(call: Call) -> Answer:
        answer = show(call)
        shown: dict[str, Any] = answer.value["data"]
        shown["title"] += " (draft)"
        return answer

    event_types.show = retitled


@defect(
    "duplicate-returns-original",
    breaks=("event-types.duplicate.new",),
    story="Whoever edits the duplicate edits the original.",
)
def duplicate_returns_original(mock: Mock) -> None:
    mock.domain.event_types.duplicate = mock.domain.event_types.get


@defect(
    "duplicate-forgets-rules",
    breaks=("event-types.duplicate.same-rules",),
    story="The duplicate of an hour's consultation books a quarter of an hour.",
)
def duplicate_forgets_rules(mock: Mock) -> None:
    event_types = mock.domain.event_types
    copy_of = event_types.copy_of

    def forgetful(original: EventType) -> EventType:
        copy = copy_of(original)
        return replace(copy, rules=replace(copy.rules, durations=(15,), buffer_before=0, buffer_after=0))

    event_types.copy_of = forgetful


@defect(
    "event-type-deletable",
    breaks=("event-types.api.read-only",),
    story="A script with a booking key takes an event type off the page for good.",
)
def event_type_deletable(mock: Mock) -> None:
    dispatcher = mock.imatic.dispatcher
    wrong_method = dispatcher.wrong_method
    operation = Operation(
        "deleteEventType", "DELETE", "/v1/event-types/{eventTypeCode}", BOOKINGS_WRITE, "event_types.delete"
    )

    def delete(call: Call) -> Answer:
        event_type = mock.domain.event_types.get(call.account_id, call.params["eventTypeCode"])
        mock.domain.event_types.delete(event_type.code)
        return mock.imatic.envelopes.success(call, mock.imatic.presenter.event_type(event_type))

    def offered(call: Call, allowed: list[str]) -> Answer:
        is_one = call.path.startswith("/v1/event-types/") and call.path.count("/") == 3
        return dispatcher.answer(operation, call) if call.method == "DELETE" and is_one else wrong_method(call, allowed)

    # The dispatcher looks handlers up by name; this one is not part of the healthy resource.
    vars(mock.imatic.resources.event_types)["delete"] = delete
    dispatcher.wrong_method = offered
