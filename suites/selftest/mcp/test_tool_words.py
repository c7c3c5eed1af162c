"""The tools in the suite's words: arguments find their places, results are read in any shape."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bookproof.contracts.openapi import Contract
from bookproof.contracts.tools import contract_tools
from bookproof.judge.tool_arguments import argument_faults
from bookproof.judge.tool_calls import about_key, schema_error, schema_faults
from bookproof.targets.binding import Binding
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.target import Target
from bookproof.targets.tool_schemas import arguments_of
from bookproof.targets.tools import Tools
from bookproof.wire.client import Client
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import ToolAnswer

TEN = datetime(2027, 1, 13, 10, tzinfo=UTC)
BOOKING = {"code": "bk_1", "status": "confirmed", "start": "2027-01-13T10:00:00Z"}
SLOT = {"start": "2027-01-13T10:00:00Z", "end": "2027-01-13T10:30:00Z"}
CONTRACT = contract_tools("imatic-v1")


def tools(schemas: dict[str, dict[str, Any]] | None = None, **binding: Any) -> Tools:
    """The tools of a server: those of the contract, with some input schemas replaced."""
    target = Target("t", "imatic-v1", "http://127.0.0.1:9", {}, binding=binding)
    client = Client(target.base_url, requests_per_minute=60, role_limits={}, connect_timeout=1, read_timeout=1)
    client.close()
    api = ImaticV1(target, client, Contract.load("imatic-v1"))
    found = {name: tool.input_schema for name, tool in CONTRACT.items()} | (schemas or {})
    return Tools(api, [{"name": name, "inputSchema": schema} for name, schema in found.items()])


def answer(tool: str, data: Any, *, how: str = "answered", status: int = 200, structured: bool = True) -> ToolAnswer:
    """An answer that holds some JSON, structured or as text."""
    exchange = Exchange(1, "p", f"mcp.{tool}", "full", "", "POST", "http://x", {}, b"", status, {}, b"{}", 0, 0)
    blocks = [{"type": "text", "text": data if isinstance(data, str) else json.dumps(data)}]
    result = {"content": [] if structured else blocks, **({"structuredContent": data} if structured else {})}
    return ToolAnswer(tool, exchange, how, result)


def _schema(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


TEXT = {"type": "string"}


# Arguments


def test_arguments_go_where_the_binding_says() -> None:
    """Nested, and times as the binding writes them."""
    given = {"eventTypeCode": "intro", "start": TEN, "attendeeName": "Ann", "attendeeEmail": "ann@example.com"}
    assert tools().arguments("create_booking", given) == {
        "eventTypeCode": "intro",
        "start": "2027-01-13T10:00:00Z",
        "attendee": {"name": "Ann", "email": "ann@example.com"},
    }


def test_arguments_are_found_by_their_letters() -> None:
    """Snake case, flat instead of nested."""
    schema = _schema(["event_type_code"], event_type_code=TEXT, start=TEXT, attendee_name=TEXT, attendeeEmail=TEXT)
    given = {
        "eventTypeCode": "intro",
        "attendeeName": "Ann",
        "attendeeEmail": "a@example.com",
        "attendeeTimeZone": "UTC",
    }
    assert tools({"create_booking": schema}).arguments("create_booking", given) == {
        "event_type_code": "intro",
        "attendee_name": "Ann",
        "attendeeEmail": "a@example.com",
    }, "what a closed schema does not know and nobody needs is left out"


def test_the_only_required_argument_of_a_tool_that_needs_one_is_it() -> None:
    """Whatever it is called; but not where a tool needs two."""
    known = tools(
        {"get_booking": _schema(["id"], id=TEXT, verbose=TEXT), "reschedule_booking": _schema(["id"], id=TEXT)}
    )
    assert known.arguments("get_booking", {"bookingCode": "bk_1"}) == {"id": "bk_1"}
    assert known.place("reschedule_booking", "start") == "start"


def test_a_binding_wins_and_an_open_object_takes_anything() -> None:
    """A name that the schema has is never guessed about."""
    bound = {"tools": {"get_booking": {"arguments": {"bookingCode": "ref"}}}}
    assert tools({"get_booking": _schema(["ref", "code"], ref=TEXT, code=TEXT)}, **bound).place(
        "get_booking", "bookingCode"
    ) == ("ref")
    assert tools({"create_booking": {"type": "object"}}).place("create_booking", "attendeeName") == "attendee.name"
    half_open = tools({"create_booking": _schema(["attendee"], attendee={"type": "object"})})
    assert half_open.place("create_booking", "attendeeName") == "attendee.name"


def test_schemas_are_followed_through_references() -> None:
    """As generators write them: definitions, and null as one of two."""
    schema = {
        "$defs": {"Who": {"type": "object", "properties": {"name": TEXT}, "required": ["name"]}},
        "properties": {"who": {"$ref": "#/$defs/Who"}, "notes": {"anyOf": [TEXT, {"type": "null"}]}},
        "required": ["who"],
    }
    found = arguments_of(schema)
    assert {path: (set(a.types), a.required) for path, a in found.items()} == {
        "who.name": ({"string"}, True),
        "notes": ({"string"}, False),
    }


def test_a_schema_that_refers_to_itself_ends() -> None:
    """Nothing is followed for ever."""
    schema = {"$ref": "#", "properties": {"more": {"$ref": "#"}}}
    assert arguments_of(schema)


# The contract's arguments


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contracts_own_arguments_are_right(name: str) -> None:
    """Nothing is found where there is nothing."""
    assert argument_faults(CONTRACT[name], tools(), Binding("imatic-v1", {}), "imatic-v1") == []


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        (_schema(["bookingCode"], bookingCode=TEXT), "start is not declared"),
        (_schema(["bookingCode"], bookingCode=TEXT, start=TEXT), "start is not declared as required"),
        (
            _schema(["bookingCode", "start"], bookingCode=TEXT, start={"type": "integer"}),
            "start is declared as integer",
        ),
        (_schema(["bookingCode", "start", "why"], bookingCode=TEXT, start=TEXT, why=TEXT), "why is required"),
    ],
)
def test_wrong_arguments_are_found(schema: dict[str, Any], fault: str) -> None:
    """Missing, not required, of another type, and one too many."""
    known = tools({"reschedule_booking": schema})
    faults = argument_faults(CONTRACT["reschedule_booking"], known, Binding("imatic-v1", {}), "imatic-v1")
    assert [found for found in faults if found.startswith(fault)] == faults != []


def test_epoch_times_may_be_numbers() -> None:
    """Where the binding says that times are numbers, text would be wrong."""
    schema = _schema(["bookingCode", "start"], bookingCode=TEXT, start={"type": "integer"})
    binding = {"formats": {"time": "epoch-seconds"}}
    known = tools({"reschedule_booking": schema}, **binding)
    assert not argument_faults(CONTRACT["reschedule_booking"], known, Binding("imatic-v1", binding), "imatic-v1")


@pytest.mark.parametrize(
    ("schema", "wrong"),
    [
        ({"type": "object"}, False),
        ({"type": "objekt"}, True),
        ({"type": "string"}, True),
        (None, True),
        ({"type": "object", "properties": {"a": {"type": "strnig"}}}, True),
    ],
)
def test_input_schemas_are_schemas_of_objects(schema: Any, wrong: bool) -> None:
    """Valid, and of an object."""
    assert bool(schema_error(schema)) == wrong


def test_output_schemas_fetch_nothing() -> None:
    """A reference that leads outside is a fault of the schema and no request."""
    assert "wrong" in schema_faults({"$ref": "http://127.0.0.1:9/schema"}, {})[0]
    assert schema_faults({"type": "object", "required": ["code"]}, {}) == ["result: 'code' is a required property"]
    assert schema_faults({"type": "object"}, {}) == []


# Results


@pytest.mark.parametrize("structured", [True, False])
@pytest.mark.parametrize(
    "data", [BOOKING, {"data": BOOKING}, {"booking": BOOKING}, {"success": True, "result": {"item": BOOKING}}]
)
def test_a_booking_is_found_in_any_shape(data: Any, structured: bool) -> None:
    """The first object that has a code."""
    found = tools().booking(answer("get_booking", data, structured=structured))
    assert found is not None
    assert (found.code, found.start) == ("bk_1", TEN)


@pytest.mark.parametrize("data", ["Booked!", {"success": True}, [], None])
def test_prose_holds_no_booking(data: Any) -> None:
    """What is not JSON, or has no code, is not guessed about."""
    assert tools().booking(answer("get_booking", data, structured=not isinstance(data, str))) is None


@pytest.mark.parametrize(
    "data", [{"data": [BOOKING]}, {"result": [BOOKING]}, [BOOKING], {"bookings": {"items": [BOOKING]}}]
)
def test_a_list_is_found_in_any_shape(data: Any) -> None:
    """The first list of objects that have a code."""
    found = tools().bookings(answer("list_bookings", data))
    assert found is not None
    assert [booking.code for booking in found] == ["bk_1"]


def test_an_empty_list_is_a_list_and_prose_is_none() -> None:
    """Nothing found is not the same as nothing to be read."""
    assert tools().bookings(answer("list_bookings", {"result": []})) == []
    assert tools().bookings(answer("list_bookings", "No bookings.", structured=False)) is None


@pytest.mark.parametrize(
    "data", [{"data": [SLOT]}, {"result": [SLOT]}, [SLOT], {"2027-01-13": [SLOT]}, {"slots": ["2027-01-13T10:00:00Z"]}]
)
def test_slots_are_found_in_any_shape(data: Any) -> None:
    """Flat, grouped by day, wrapped, bare times."""
    found = tools().slots(answer("list_slots", data), 30)
    assert found is not None
    assert [slot.start for slot in found] == [TEN]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"success": False, "error": "slot_taken", "message": "Gone."}, "slot_taken"),
        ('Error executing tool create_booking: {"success": false, "error": "slot_taken"}', "slot_taken"),
        ({"error": {"code": "slot_taken"}}, "slot_taken"),
        ("The slot is taken.", None),
        ({"error": "The slot is taken."}, None),
    ],
)
def test_the_code_of_a_refusal_is_read_where_there_is_one(data: Any, code: str | None) -> None:
    """In the envelope, behind a few words, nested; prose has none."""
    told = answer("create_booking", data, how="result", structured=False)
    assert tools().refusal_code(told) == code


@pytest.mark.parametrize(
    ("text", "status", "about"),
    [
        ("No.", 401, True),
        ("No.", 403, True),
        ('{"error": "forbidden"}', 200, True),
        ("This key lacks the scope bookings:write", 200, True),
        ('{"error": "slot_taken"}', 200, False),
        ("That time is outside the hours in scope of the event type.", 200, False),
    ],
)
def test_refusals_of_keys_are_told_from_others(text: str, status: int, about: bool) -> None:
    """By the status, else by the words that servers use for it."""
    assert about_key(answer("create_booking", text, how="result", status=status, structured=False)) == about
