"""Schemas of the contract: what is right passes, what is wrong does not, and the words say what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from bookproof.contracts.openapi import Contract

CONTRACT = Contract.load("imatic-v1")
BOOKING: dict[str, Any] = {
    "code": "bk_1",
    "eventTypeCode": "intro",
    "status": "confirmed",
    "start": "2027-01-13T09:00:00Z",
    "end": "2027-01-13T10:30:00+01:00",
    "attendee": {"name": "Zoë", "email": "zoe@example.com", "timeZone": None},
    "somethingElse": [1, 2],
}


def test_right_booking_passes() -> None:
    """Members that the contract does not know are allowed."""
    assert CONTRACT.validator("Booking").is_valid(BOOKING)
    assert CONTRACT.explain("Booking", BOOKING) == []


@pytest.mark.parametrize(
    "start",
    [
        "2027-01-13",
        "2027-01-13T09:00:00",
        "2027-02-30T09:00:00Z",
        "2027-01-13T25:00:00Z",
        "tomorrow",
        "",
        1_800_000_000,
        None,
    ],
)
def test_bad_date_time_fails(start: object) -> None:
    """Both validators really check the format, which many set-ups silently do not."""
    wrong = BOOKING | {"start": start}
    assert not CONTRACT.validator("Booking").is_valid(wrong)
    [fault] = CONTRACT.explain("Booking", wrong)
    assert fault.startswith("start: ")


@pytest.mark.parametrize(
    ("schema", "instance", "where"),
    [
        ("Booking", BOOKING | {"status": "no-show"}, "status"),
        ("Booking", {key: value for key, value in BOOKING.items() if key != "end"}, "the answer"),
        ("Booking", BOOKING | {"attendee": {"name": "", "email": "zoe@example.com"}}, "attendee.name"),
        ("EventType", {"code": "intro", "duration": "30"}, "duration"),
        ("EventType", {"code": "intro", "durations": [30, 0]}, "durations[1]"),
        ("EventLink", {"code": "lnk_1", "url": "no address"}, "url"),
        ("Pagination", {"page": 1, "limit": 20, "total": "3", "pages": 1}, "total"),
        ("Pagination", {"page": 1, "limit": 20, "total": True, "pages": 1}, "total"),
        ("Error", {"success": False, "error": "Not Found", "message": "No."}, "error"),
        ("Error", {"success": True, "error": "not_found", "message": "No."}, "success"),
        ("ListOfBookings", {"success": True, "data": []}, "the answer"),
        ("ListOfSlots", {"success": True, "data": [{"start": "2027-01-13T09:00:00Z", "end": "x"}]}, "data[0].end"),
        ("WebhookSubscription", {"id": "wh", "url": "https://h.example", "events": ["booking.made"]}, "events[0]"),
        ("Delivery", {"event": "booking.created"}, "the answer"),
    ],
)
def test_wrong_instance_fails(schema: str, instance: object, where: str) -> None:
    """The quick validator and the explaining one agree, and the explanation names the place."""
    assert not CONTRACT.validator(schema).is_valid(instance)
    [fault] = CONTRACT.explain(schema, instance)
    assert fault.startswith(f"{where}: ")


def test_explanation_of_a_long_value_stays_short() -> None:
    """A page of HTML in place of an object does not flood a report."""
    [fault] = CONTRACT.explain("Booking", "<html>" * 1_000)
    assert len(fault) < 400


@pytest.mark.parametrize("name", sorted(CONTRACT.document["components"]["schemas"]))
def test_every_schema_compiles_without_references(name: str) -> None:
    """Resolved schemas stand for themselves, and are made once."""
    assert "$ref" not in str(CONTRACT.schema(name))
    assert CONTRACT.schema(name) is CONTRACT.schema(name)
    assert CONTRACT.validator(name) is CONTRACT.validator(name)


def test_contract_is_loaded_once() -> None:
    """Checks of a run share one contract."""
    assert Contract.load("imatic-v1") is CONTRACT
