"""Defects of envelopes and of what holds for every exchange."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import json
from collections.abc import Callable
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import changed_answer, owner
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call

_TRACE = """
Traceback (most recent call last):
  File "/srv/calendar/app/bookings.py", line 214, in create
    start = parse(body["start"])
ValueError: invalid value"""


def _change_errors(mock: Mock, status: int, change: Callable[[Answer, ApiError], Any]) -> None:
    """Have `change(answer, failure)` alter every refusal with this status."""
    error = mock.imatic.envelopes.error

    def altered(call: Call, failure: ApiError) -> Answer:
        answer = error(call, failure)
        if failure.status == status:
            change(answer, failure)
        return answer

    mock.imatic.envelopes.error = altered


@defect(
    "list-without-success",
    breaks=("envelopes.list.shape",),
    story="Clients that look at success treat every list of bookings as failed.",
)
def list_without_success(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    bookings.index = changed_answer(bookings.index, lambda answer: answer.value.pop("success"))


@defect(
    "pages-as-text",
    breaks=("envelopes.pagination.fields",),
    story="A typed client fails to read the number of pages.",
)
def pages_as_text(mock: Mock) -> None:
    def change(answer: Answer) -> None:
        pagination = answer.value["pagination"]
        pagination |= {"total": str(pagination["total"]), "pages": str(pagination["pages"])}

    event_types = mock.imatic.resources.event_types
    event_types.index = changed_answer(event_types.index, change)


@defect(
    "links-not-paginated",
    breaks=("envelopes.other-lists.shape",),
    story="A client's common list code fails on links.",
)
def links_not_paginated(mock: Mock) -> None:
    links = mock.imatic.resources.links
    links.index = changed_answer(links.index, lambda answer: answer.value.pop("pagination"))


@defect(
    "single-without-success",
    breaks=("envelopes.single.shape",),
    story="Clients that look at success treat every booking they read as failed.",
)
def single_without_success(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    bookings.show = changed_answer(bookings.show, lambda answer: answer.value.pop("success"))


@defect(
    "error-without-message",
    breaks=("envelopes.error.shape",),
    story="Users see an empty error box.",
)
def error_without_message(mock: Mock) -> None:
    _change_errors(mock, 404, lambda answer, failure: answer.value.pop("message"))


@defect(
    "errors-nested",
    breaks=("envelopes.error.shape",),
    story="Clients look for the error code where the documents put it, and find an object.",
)
def errors_nested(mock: Mock) -> None:
    def nest(answer: Answer, failure: ApiError) -> None:
        answer.value = {"error": {"code": failure.code, "message": failure.message}}

    _change_errors(mock, 400, nest)


@defect(
    "error-code-in-words",
    breaks=("envelopes.error.code",),
    story="Clients cannot switch on an error code that is a sentence.",
)
def error_code_in_words(mock: Mock) -> None:
    def put_in_words(answer: Answer, failure: ApiError) -> None:
        answer.value["error"] = failure.code.replace("_", " ").capitalize()

    _change_errors(mock, 400, put_in_words)


@defect(
    "success-true-on-conflict",
    breaks=("envelopes.status.agrees", "envelopes.error.shape"),
    story="A client that looks at success tells its user that the taken slot is booked.",
)
def success_true_on_conflict(mock: Mock) -> None:
    _change_errors(mock, 409, lambda answer, failure: answer.value.update(success=True))


@defect(
    "unknown-booking-200",
    breaks=("errors.not-found.booking", "envelopes.status.agrees"),
    story="A client that looks at the status treats a missing booking as found.",
)
def unknown_booking_200(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    show = bookings.show

    def polite(call: Call) -> Answer:
        if owner(mock, "bookings", "code", call.params["bookingCode"]) is None:
            return Answer(200, {"success": False, "error": "not_found", "message": "No such booking."})
        return show(call)

    bookings.show = polite


@defect(
    "errors-as-html",
    breaks=("exchange.json", "envelopes.error.shape"),
    story="A client that reads JSON crashes on the page that a wrong request brings up.",
)
def errors_as_html(mock: Mock) -> None:
    def page(answer: Answer, failure: ApiError) -> None:
        answer.value = "<!doctype html><html><body><h1>Bad Request</h1></body></html>"
        answer.media_type = "text/html"

    _change_errors(mock, 400, page)


@defect(
    "json-as-text",
    breaks=("exchange.json",),
    story="Clients that go by the content type hand slots on as a text.",
)
def json_as_text(mock: Mock) -> None:
    def relabel(answer: Answer) -> None:
        answer.value, answer.media_type = json.dumps(answer.value), "text/plain"

    slots = mock.imatic.resources.slots
    slots.index = changed_answer(slots.index, relabel)


@defect(
    "traceback-in-400",
    breaks=("exchange.no-stack-trace",),
    story="A wrong request shows a stranger the paths and lines of the server's code.",
)
def traceback_in_400(mock: Mock) -> None:
    def append(answer: Answer, failure: ApiError) -> None:
        answer.value["message"] += _TRACE

    _change_errors(mock, 400, append)


def _change_bookings(mock: Mock, change: Callable[[dict[str, Any]], Any]) -> None:
    """Have `change(shown)` alter every booking that is shown."""
    presenter = mock.imatic.presenter
    shown = presenter.booking

    def altered(booking: Booking) -> dict[str, Any]:
        document = shown(booking)
        change(document)
        return document

    presenter.booking = altered


@defect(
    "naive-times",
    breaks=("exchange.times-zoned",),
    story="Clients elsewhere take the server's hours for their own and come an hour late.",
)
def naive_times(mock: Mock) -> None:
    def strip(document: dict[str, Any]) -> None:
        for name in ("start", "end", "createdAt", "updatedAt"):
            document[name] = document[name].removesuffix("Z")

    _change_bookings(mock, strip)


@defect(
    "create-answers-202",
    breaks=("exchange.documented-status",),
    story="Clients that wait for 201 book a second time.",
)
def create_answers_202(mock: Mock) -> None:
    def accept(answer: Answer) -> None:
        answer.status = 202

    bookings = mock.imatic.resources.bookings
    bookings.create = changed_answer(bookings.create, accept)


@defect(
    "duration-as-text",
    breaks=("exchange.object-schema",),
    story="Clients that add minutes to a start append a text instead.",
)
def duration_as_text(mock: Mock) -> None:
    presenter = mock.imatic.presenter
    shown = presenter.event_type

    def altered(event_type: EventType) -> dict[str, Any]:
        return shown(event_type) | {"duration": str(event_type.rules.duration)}

    presenter.event_type = altered


@defect(
    "booking-without-end",
    breaks=("exchange.object-schema",),
    story="Calendars cannot draw a booking that has no end.",
)
def booking_without_end(mock: Mock) -> None:
    _change_bookings(mock, lambda document: document.pop("end"))
