"""How far bindings reach: what a dialect sends and reads under them, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from bookproof.contracts.openapi import Contract
from bookproof.targets.binding import MISSING
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.target import EventTypeRules, Target
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

DIALECT = "imatic-v1"
MONDAY = datetime(2027, 1, 18, tzinfo=UTC)


class Wire:
    """Stands in for the client: keeps what is sent and answers by a function."""

    def __init__(self, answers: Callable[[Request], tuple[int, Any]]) -> None:
        self.answers = answers
        self.sent: list[Request] = []

    def send(self, request: Request) -> Exchange:
        """Answer at once."""
        self.sent.append(request)
        status, body = self.answers(request)
        return Exchange(
            number=len(self.sent),
            probe="",
            operation=request.operation,
            role=request.role,
            note=request.note,
            method=request.method,
            url=f"{request.path}?{urlencode(request.query)}",
            request_headers=request.headers,
            request_body=request.body or b"",
            status=status,
            response_headers={"content-type": "application/json"},
            response_body=b"" if body is None else json.dumps(body).encode(),
            started=0.0,
            elapsed=0.0,
        )


def dialect(
    bindings: Mapping[str, Any], answers: Callable[[Request], tuple[int, Any]], **target: Any
) -> tuple[ImaticV1, Wire]:
    """The dialect on a target with some bindings, and the wire that it speaks over."""
    described = Target(
        name="t", dialect=DIALECT, base_url="http://t", credentials={"full": "k"}, binding=bindings, **target
    )
    wire = Wire(answers)
    return ImaticV1(described, wire, Contract.load(DIALECT)), wire  # type: ignore[arg-type]


def done(_: Request) -> tuple[int, Any]:
    """Answers everything with an empty success."""
    return 200, {"success": True, "data": {}}


def pages(total: int, *, refused_above: int = 1000, default: int = 20) -> Callable[[Request], tuple[int, Any]]:
    """Answers lists of so many numbered bookings or slots, and refuses limits above some number."""

    def answers(request: Request) -> tuple[int, Any]:
        limit, page = int(request.query.get("limit", default)), int(request.query.get("page", 1))
        if limit > refused_above:
            return 400, {"success": False, "error": "validation_failed", "message": "too many"}
        starts = [MONDAY + timedelta(hours=number) for number in range(total)]
        items = [{"code": f"b{n}", "start": start.isoformat()} for n, start in enumerate(starts)]
        pagination = {"page": page, "limit": limit, "total": total, "pages": -(-total // limit)}
        return 200, {"success": True, "data": items[(page - 1) * limit : page * limit], "pagination": pagination}

    return answers


def limits(wire: Wire) -> list[str | None]:
    """The limits that were asked for."""
    return [request.query.get("limit") for request in wire.sent]


def test_a_refused_page_size_is_lowered_and_remembered() -> None:
    """No document says how large a page may be: it is tried once, and then known."""
    api, wire = dialect({}, pages(50, refused_above=30))
    found = [booking.code for page in api.all_pages("listBookings") for booking in api.bookings(page)]
    assert found == [f"b{n}" for n in range(50)]
    assert limits(wire) == ["100", "50", "20", "20", "20"]
    assert api.page_size() == 20
    api.all_pages("listEventTypes")
    assert limits(wire)[5:] == ["20", "20", "20"], "another list is not asked for more than the first gave"


def test_a_page_size_that_is_clamped_needs_no_second_question() -> None:
    """A server that gives fewer than asked for says so in its pagination."""
    api, wire = dialect({}, lambda request: pages(50)(_at_most(request, 25)))
    assert [len(api.bookings(page)) for page in api.all_pages("listBookings")] == [25, 25]
    assert limits(wire) == ["100", "100"]


def _at_most(request: Request, most: int) -> Request:
    limit = min(int(request.query.get("limit", most)), most)
    return Request(**{**vars(request), "query": {**request.query, "limit": str(limit)}})


def test_another_refusal_is_not_taken_for_a_page_size() -> None:
    """A list that is refused for another reason teaches nothing about limits."""
    healthy = pages(5)
    broken = True
    api, wire = dialect({}, lambda request: (400, {"success": False}) if broken else healthy(request))
    assert api.all_pages("listBookings")[-1].status == 400
    broken = False
    wire.sent.clear()
    assert api.all_pages("listBookings")[-1].ok
    assert limits(wire) == ["100"]


def test_no_limit_where_the_api_takes_none() -> None:
    """An empty name in the binding keeps an argument out of every request."""
    bindings = {"operations": {"listBookings": {"query": {"limit": ""}}}}
    api, wire = dialect(bindings, pages(50))
    assert sum(len(api.bookings(page)) for page in api.all_pages("listBookings")) == 50
    assert limits(wire) == [None, None, None]


def test_slots_in_pages_are_read_together() -> None:
    """The first page's exchange stands for the whole answer."""
    api, wire = dialect({}, pages(45))
    exchange = api.list_slots({"eventTypeCode": "e", "start": MONDAY, "end": MONDAY + timedelta(days=2)})
    slots = api.slots(exchange, 30)
    assert exchange.number == 1
    assert slots is not None
    assert [slot.start for slot in slots] == [MONDAY + timedelta(hours=n) for n in range(45)]
    assert [request.query.get("page") for request in wire.sent] == [None, "2", "3"]


def test_a_missing_page_of_slots_is_no_answer() -> None:
    """Half a list of slots must not be taken for all of it."""
    api, _ = dialect({}, lambda request: (500, None) if request.query.get("page") == "2" else pages(45)(request))
    exchange = api.list_slots({"eventTypeCode": "e", "start": MONDAY, "end": MONDAY + timedelta(days=2)})
    assert api.slots(exchange, 30) is None


@pytest.mark.parametrize(
    ("zone", "days", "expected"),
    [
        ("Europe/Berlin", 1, ("2027-01-18", "2027-01-18")),
        ("America/New_York", 1, ("2027-01-18", "2027-01-18")),
        ("Asia/Kolkata", 7, ("2027-01-18", "2027-01-24")),
    ],
)
def test_dates_are_local_and_inclusive(zone: str, days: int, expected: tuple[str, str]) -> None:
    """A range of whole local days names exactly these days, in the zone of the event type."""
    rules = EventTypeRules("e", zone)
    bindings = {"formats": {"slot_range": "date"}}
    api, wire = dialect(bindings, done, event_types={"main": rules}, time_zone="Europe/London")
    start = datetime(2027, 1, 18, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    api.list_slots({"eventTypeCode": "e", "start": start, "end": start + timedelta(days=days)})
    assert (wire.sent[0].query["start"], wire.sent[0].query["end"]) == expected


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("utc", "2027-01-18T09:00:00Z"),
        ("offset", "2027-01-18T04:00:00-05:00"),
        ("epoch-seconds", 1800262800),
        ("epoch-milliseconds", 1800262800000),
    ],
)
def test_times_are_written_as_the_api_takes_them(style: str, expected: str | int) -> None:
    """In bodies; offsets are those of the event type's zone."""
    rules = EventTypeRules("e", "America/New_York")
    api, _ = dialect({"formats": {"time": style}}, done, event_types={"main": rules})
    body = api.body_of("createBooking", {"eventTypeCode": "e", "start": MONDAY + timedelta(hours=9)})
    assert body["start"] == expected


def test_no_body_where_none_is_bound() -> None:
    """A DELETE that takes nothing is sent without a body."""
    cancel = {"method": "DELETE", "path": "/v1/bookings/{bookingCode}", "body": {"reason": ""}}
    api, wire = dialect({"operations": {"cancelBooking": cancel}}, lambda _: (204, None))
    exchange = api.call("cancelBooking", {"bookingCode": "b"})
    assert (wire.sent[0].method, wire.sent[0].body) == ("DELETE", None)
    assert api.booking(exchange) is None


def test_an_operation_may_answer_its_object_elsewhere() -> None:
    """The place of one operation's object overrides that of its kind; an empty place is the answer itself."""
    bindings = {
        "operations": {"rescheduleBooking": {"at": "moved.to"}, "getMe": {"at": ""}},
        "objects": {"me": {"account": "account"}},
    }
    answer = {"moved": {"to": {"code": "new"}}, "data": {"code": "old"}, "account": "a"}
    api, _ = dialect(bindings, lambda _: (200, answer))
    moved = api.booking(api.call("rescheduleBooking", {"bookingCode": "b", "start": MONDAY}))
    read = api.booking(api.call("getBooking", {"bookingCode": "b"}))
    assert moved is not None
    assert read is not None
    assert (moved.code, read.code) == ("new", "old")
    me = api.single("me", api.call("getMe"))
    assert api.field("me", "account", me) == "a"
    assert api.field("me", "organisation", me) is MISSING
