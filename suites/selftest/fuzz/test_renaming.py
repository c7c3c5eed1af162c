"""Targets whose files bind other names are fuzzed in their own words, and nothing is asked that they do not take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bookproof.contracts.openapi import Contract
from bookproof.fuzz.document import fuzz_document
from bookproof.fuzz.renaming import Renaming
from bookproof.targets.target import Target
from bookproof.targets.views import utc

DIALECT = "imatic-v1"
BOUND: dict[str, Any] = {
    "operations": {
        "listSlots": {"path": "/v1/openings", "query": {"eventTypeCode": "service", "start": "from", "timeZone": ""}},
        "listBookings": {"query": {"status": "state"}},
        "createBooking": {
            "at": "appointment",
            "constants": {"channel": "api"},
            "body": {
                "eventTypeCode": "appointment.service",
                "start": "appointment.from",
                "attendeeName": "appointment.guest.name",
                "attendeeEmail": "appointment.guest.mail.address",
                "attendeeTimeZone": "",
                "answers": "",
            },
        },
        "cancelBooking": {"body": {"reason": ""}},
    },
    "lists": {"listSlots": "result.free"},
    "objects": {"booking": {"at": "result", "code": "ref.code"}, "slot": {"start": "from"}},
    "values": {"status": {"confirmed": ["BOOKED"]}},
}
TARGET = Target("t", DIALECT, "http://127.0.0.1:1", {"full": "key"}, binding=BOUND)


def _words(_: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: int(moment.timestamp()) for name, moment in arguments.items()}


RENAMING = Renaming(DIALECT, TARGET, _words)
WHOLE = {
    "eventTypeCode": "intro",
    "start": "2027-01-13T10:00:00Z",
    "attendee": {"name": "Zoë", "email": "zoe@example.com", "timeZone": "Europe/Berlin"},
    "answers": {"q": "a"},
}


def _operations(*names: str) -> dict[str, dict[str, Any]]:
    document = fuzz_document(Contract.load(DIALECT), TARGET, names, RENAMING)
    found = (item[method] for item in document["paths"].values() for method in item if method != "parameters")
    return {operation["operationId"]: operation for operation in found}


def test_a_body_is_written_as_the_target_takes_it() -> None:
    """With what every body has, and without what it does not take."""
    guest = {"name": "Zoë", "mail": {"address": "zoe@example.com"}}
    appointment = {"service": "intro", "from": 1799834400, "guest": guest}
    assert RENAMING.body("createBooking", WHOLE) == {"channel": "api", "appointment": appointment}
    assert WHOLE["answers"] == {"q": "a"}


@pytest.mark.parametrize(
    ("broken", "written"),
    [
        ({"attendee": "nobody"}, {"channel": "api", "appointment": {"guest": "nobody"}}),
        ({"start": 7, "extra": None}, {"channel": "api", "appointment": {"from": 7}, "extra": None}),
        ({"attendee": {}}, {"channel": "api", "appointment": {"guest": {}}}),
        ({"attendee": {"name": "Zoë", "x": 1}}, {"channel": "api", "appointment": {"guest": {"name": "Zoë", "x": 1}}}),
        ([1], [1]),
        ("text", "text"),
    ],
)
def test_what_is_broken_stays_broken(broken: Any, written: Any) -> None:
    """In the place where the target looks for it."""
    assert RENAMING.body("createBooking", broken) == written


def test_queries_have_other_names_and_words() -> None:
    """Unknown words stay as they are."""
    assert RENAMING.query("listBookings", {"status": "confirmed", "page": 2}) == {"state": "BOOKED", "page": 2}
    assert RENAMING.query("listBookings", {"status": "odd"}) == {"state": "odd"}


def test_the_document_asks_for_nothing_that_the_target_does_not_take() -> None:
    """Neither in bodies nor in queries; what has left the path is asked for in the query."""
    found = _operations("createBooking", "cancelBooking", "listSlots")
    body = found["createBooking"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"eventTypeCode", "start", "duration", "attendee", "linkCode"}
    assert set(body["properties"]["attendee"]["properties"]) == {"name", "email"}
    assert "timeZone" not in body["properties"]["attendee"]["required"]
    assert "requestBody" not in found["cancelBooking"]
    slots = {(each["in"], each["name"]): each for each in found["listSlots"]["parameters"]}
    assert slots["query", "eventTypeCode"]["required"]
    assert ("query", "timeZone") not in slots


def test_links_lead_through_what_the_target_shows() -> None:
    """The code of a booking, and the start of a slot in a list."""
    found = _operations("createBooking", "cancelBooking", "listSlots", "getBooking")
    created = next(answer for answer in found["createBooking"]["responses"].values() if "links" in answer)
    assert created["links"]["read"]["parameters"] == {"bookingCode": "$response.body#/appointment/ref/code"}
    listed = next(answer for answer in found["listSlots"]["responses"].values() if "links" in answer)
    assert listed["links"]["bookFirst"]["requestBody"]["start"] == "$response.body#/result/free/0/from"


def test_a_target_that_binds_nothing_is_fuzzed_by_the_contract() -> None:
    """Its document is the same."""
    plain = Target("t", DIALECT, "http://127.0.0.1:1", {"full": "key"})
    contract = Contract.load(DIALECT)
    renaming = Renaming(DIALECT, plain, lambda _, given: {name: utc(moment) for name, moment in given.items()})
    names = ["createBooking", "listBookings"]
    assert fuzz_document(contract, plain, names, renaming) == fuzz_document(contract, plain, names)
    assert renaming.body("createBooking", WHOLE) == WHOLE
