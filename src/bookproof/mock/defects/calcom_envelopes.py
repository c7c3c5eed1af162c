"""Defects of the Cal.com dialect: envelopes, and what every answer has."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.http.exchange import Answer
from bookproof.mock.http.exchange import Call as HttpCall


def _change_not_found(mock: Mock, change: Callable[[dict[str, Any]], Any]) -> None:
    """Change the bodies of all 404 in place, or answer what `change` returns instead."""
    envelopes = mock.calcom.envelopes
    healthy = envelopes.error_body

    def changed(path: str, failure: Refusal) -> dict[str, Any]:
        body = healthy(path, failure)
        return (change(body) or body) if failure.status == 404 and "error" in body else body

    envelopes.error_body = changed


def _change_finished(mock: Mock, change: Callable[[HttpCall, Answer], Any]) -> None:
    """Change answers in place, as they go out."""
    frame = mock.calcom.frame
    healthy = frame.finished

    def changed(call: HttpCall, answer: Answer, request_id: str | None) -> Answer:
        finished = healthy(call, answer, request_id)
        change(call, finished)
        return finished

    frame.finished = changed


@defect(
    "calcom-done-without-status",
    breaks=("envelopes.success.shape",),
    story="Clients that look at status take every schedule that they delete for one that is still there.",
)
def done_without_status(mock: Mock) -> None:
    def done(call: Call) -> Answer:
        return Answer(call.operation.status, {"deleted": True})

    mock.calcom.envelopes.done = done


@defect(
    "calcom-done-says-error",
    breaks=("envelopes.status.agrees",),
    story="A client tells its user that the schedule could not be deleted, and it is gone.",
)
def done_says_error(mock: Mock) -> None:
    def done(call: Call) -> Answer:
        return Answer(call.operation.status, {"status": "error"})

    mock.calcom.envelopes.done = done


@defect(
    "calcom-error-code-in-words",
    breaks=("envelopes.error.code",),
    story="Programs cannot switch on an error code that is a sentence.",
)
def error_code_in_words(mock: Mock) -> None:
    _change_not_found(mock, lambda body: body["error"].update(code="Sorry, it is not there"))


@defect(
    "calcom-error-without-time",
    breaks=("envelopes.error.place",),
    story="Nobody finds the refusal in the logs.",
)
def error_without_time(mock: Mock) -> None:
    def drop(body: dict[str, Any]) -> None:
        del body["timestamp"]

    _change_not_found(mock, drop)


@defect(
    "calcom-stack-trace-in-details",
    breaks=("exchange.no-stack-trace",),
    story="Attackers learn which libraries to look up.",
)
def stack_trace_in_details(mock: Mock) -> None:
    trace = "Error: not found\n    at BookingsService.getBooking (/app/dist/bookings.service.js:212:19)"
    _change_not_found(mock, lambda body: body["error"].update(details={"stack": trace}))


@defect(
    "calcom-unknown-paths-as-html",
    breaks=("exchange.json", "envelopes.error.shape"),
    story="A client that reads JSON crashes on the page that a mistyped path brings up.",
)
def unknown_paths_as_html(mock: Mock) -> None:
    def page(call: HttpCall, answer: Answer) -> None:
        if answer.status == 404 and '"Cannot ' in answer.value:
            answer.value = "<!doctype html><html><body><h1>Not Found</h1></body></html>"
            answer.media_type = "text/html"

    _change_finished(mock, page)


@defect(
    "calcom-request-ids-repeat",
    breaks=("exchange.request-id",),
    story="Support looks up a request and finds thousands.",
)
def request_ids_repeat(mock: Mock) -> None:
    def same() -> str:
        return "00000000-0000-4000-8000-000000000001"

    mock.calcom.frame.request_id = same


@defect(
    "calcom-key-echoed",
    breaks=("exchange.no-secret",),
    story="Whoever sees a log of answers can act as the account.",
)
def key_echoed(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    index = webhooks.index

    def echo(call: Call) -> Answer:
        answer = index(call)
        for item in answer.value["data"]:
            item["createdWith"] = call.http.headers.get("authorization")
        return answer

    webhooks.index = echo


@defect(
    "calcom-times-without-zone",
    breaks=("exchange.times-zoned", "exchange.object-schema"),
    story="Clients read the times in their own zone, and are hours off.",
)
def times_without_zone(mock: Mock) -> None:
    for name in ("bookings", "booking_changes"):
        presenter = getattr(mock.calcom.resources, name).presenter
        presenter.common = _without_zone(presenter.common)


def _without_zone(common: Callable[[Booking, EventType | None], dict[str, Any]]) -> Any:
    def changed(booking: Booking, event_type: EventType | None) -> dict[str, Any]:
        told = common(booking, event_type)
        return told | {"createdAt": told["createdAt"].removesuffix("Z")}

    return changed


@defect(
    "calcom-deleted-webhook-202",
    breaks=("exchange.documented-status",),
    story="Clients that wait for 200 try to delete again and again.",
)
def deleted_webhook_202(mock: Mock) -> None:
    webhooks = mock.calcom.resources.webhooks
    delete = webhooks.delete

    def accepted(call: Call) -> Answer:
        answer = delete(call)
        answer.status = 202
        return answer

    webhooks.delete = accepted
