"""What the tools of the mock's MCP server do: the same as the REST API, over the same bookings."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from selftest_mcp import Agent

from bookproof.mock import MockServer, start_mock

START, LATER = "2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z"
NOW = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
DAY = {"start": "2027-01-13T00:00:00Z", "end": "2027-01-14T00:00:00Z"}
ATTENDEE = {"name": "Zoë Müller", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}


def test_lists_are_those_of_the_rest_api(shared_mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    """Whole bodies are equal: items, their order and the pagination."""
    rest = client_of(shared_mock)
    zone = {"timeZone": "Asia/Kolkata", "duration": 60}
    pairs: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
        ("list_event_types", {}, "/v1/event-types", {}),
        ("list_event_types", {"page": 2, "limit": 5}, "/v1/event-types", {"page": 2, "limit": 5}),
        ("list_bookings", {"limit": 100}, "/v1/bookings", {"limit": 100}),
        ("list_bookings", {"status": "cancelled"}, "/v1/bookings", {"status": "cancelled"}),
        ("list_slots", {"eventTypeCode": "intro"} | DAY, "/v1/event-types/intro/slots", DAY),
        ("list_slots", {"eventTypeCode": "workshop"} | DAY | zone, "/v1/event-types/workshop/slots", DAY | zone),
    ]
    with Agent(shared_mock) as agent:
        for tool, arguments, path, query in pairs:
            answer = rest.get(path, params=query).json()
            assert answer["data"], "an empty list would prove nothing"
            assert agent.call(tool, **arguments)["structuredContent"] == answer, tool


def test_a_booking_goes_through_both_doors(mock: MockServer, api: httpx.Client) -> None:
    """Made, read, moved and cancelled by tools, it is the same booking over REST at every step."""
    more = {"answers": {"topic": "x"}, "notes": "Ring twice."}
    with Agent(mock) as agent:
        made = agent.book(START, **more)["data"]
        assert (made["start"], made["attendee"], made["status"]) == (START, ATTENDEE, "confirmed")
        assert {name: made[name] for name in more} == more
        path = f"/v1/bookings/{made['code']}"
        assert api.get(path).json()["data"] == made
        assert agent.body("get_booking", bookingCode=made["code"])["data"] == made
        moved = agent.body("reschedule_booking", bookingCode=made["code"], start=LATER)["data"]
        assert moved["start"] == LATER
        assert api.get(path).json()["data"] == moved
        cancelled = agent.body("cancel_booking", bookingCode=made["code"], reason="Ill")["data"]
        assert (cancelled["status"], cancelled["cancelReason"]) == ("cancelled", "Ill")
        assert api.get(path).json()["data"] == cancelled


def test_a_link_is_used_up_by_a_tool(mock: MockServer, api: httpx.Client) -> None:
    """A single-use link books once, whichever door it is used at."""
    link = api.post("/v1/event-types/intro/links").json()["data"]["code"]
    with Agent(mock) as agent:
        assert agent.book(START, linkCode=link)["success"] is True
        assert agent.book(LATER, linkCode=link)["error"] == "link_used"


def test_results_keep_the_declared_schema(mock: MockServer, api: httpx.Client) -> None:
    """Every tool's, and the text says the same as the structure."""
    with Agent(mock) as agent:
        tools = agent.tools()
        code = agent.book(START)["data"]["code"]
        other = api.post("/v1/bookings", json={"eventTypeCode": "intro", "start": LATER, "attendee": ATTENDEE})
        calls: dict[str, dict[str, Any]] = {
            "list_event_types": {},
            "list_slots": {"eventTypeCode": "intro"} | DAY,
            "create_booking": {"eventTypeCode": "workshop", "start": START, "attendee": ATTENDEE},
            "cancel_booking": {"bookingCode": other.json()["data"]["code"], "reason": "x"},
            "reschedule_booking": {"bookingCode": code, "start": "2027-01-14T09:00:00Z"},
            "list_bookings": {},
            "get_booking": {"bookingCode": code},
        }
        assert calls.keys() == tools.keys()
        for name, arguments in calls.items():
            result = agent.call(name, **arguments)
            assert result["isError"] is False, result
            Draft202012Validator.check_schema(tools[name]["inputSchema"])
            Draft202012Validator.check_schema(tools[name]["outputSchema"])
            Draft202012Validator(tools[name]["outputSchema"]).validate(result["structuredContent"])
            assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_refusals_are_those_of_the_rest_api(mock: MockServer, api: httpx.Client) -> None:
    """The same envelope for the same cause, in a result that is marked as an error."""
    taken = api.post("/v1/bookings", json={"eventTypeCode": "intro", "start": START, "attendee": ATTENDEE})
    code = taken.json()["data"]["code"]
    other = api.post("/v1/bookings", json={"eventTypeCode": "intro", "start": LATER, "attendee": ATTENDEE})
    later, night = {"start": LATER}, {"eventTypeCode": "intro", "start": "2027-01-13T02:00:00Z", "attendee": ATTENDEE}
    pairs: list[tuple[str, dict[str, Any], str, dict[str, Any] | None]] = [
        ("create_booking", night | {"start": START}, "/v1/bookings", night | {"start": START}),
        ("create_booking", night, "/v1/bookings", night),
        ("create_booking", night | {"eventTypeCode": "x"}, "/v1/bookings", night | {"eventTypeCode": "x"}),
        ("reschedule_booking", {"bookingCode": code} | later, f"/v1/bookings/{code}/reschedule", later),
        ("reschedule_booking", {"bookingCode": "x"} | later, "/v1/bookings/x/reschedule", later),
        ("cancel_booking", {"bookingCode": "x"}, "/v1/bookings/x/cancel", {}),
        ("get_booking", {"bookingCode": "x"}, "/v1/bookings/x", None),
    ]
    assert other.status_code == 201
    with Agent(mock) as agent:
        for tool, arguments, path, body in pairs:
            answer = api.get(path) if body is None else api.post(path, json=body)
            assert answer.status_code in (400, 404, 409)
            result = agent.call(tool, **arguments)
            assert result["isError"] is True
            assert "structuredContent" not in result
            assert json.loads(result["content"][0]["text"]) == answer.json()


WRONG: list[dict[str, Any]] = [
    {"eventTypeCode": None},
    {"eventTypeCode": 7},
    {"start": None},
    {"start": "tomorrow"},
    {"start": "2027-01-13"},
    {"start": "2027-01-13T09:00:00"},
    {"start": 1_800_000_000},
    {"attendee": None},
    {"attendee": "Zoë"},
    {"attendee": {"name": "Zoë"}},
    {"attendee": ATTENDEE | {"email": "zoe"}},
    {"attendee": ATTENDEE | {"name": " "}},
    {"attendee": ATTENDEE | {"timeZone": "Europe/Nowhere"}},
    {"attendee": ATTENDEE | {"phone": "1"}},
    {"duration": 0},
    {"duration": "30"},
    {"duration": 31},
    {"answers": {"topic": 1}},
    {"notes": 1},
    {"linkCode": ""},
    {"starts": START},
]


def test_wrong_arguments_are_refused_and_nothing_is_done(mock: MockServer, door: httpx.Client) -> None:
    """Each wrong argument alone is named in the refusal, and no booking is made."""
    before = door.get("/state").json()["data"]["bookings"]
    with Agent(mock) as agent:
        for wrong in WRONG:
            given = {"eventTypeCode": "intro", "start": START, "attendee": ATTENDEE} | wrong
            result = agent.call("create_booking", **{name: value for name, value in given.items() if value is not None})
            assert result["isError"] is True, wrong
            refused = json.loads(result["content"][0]["text"])
            assert refused["error"] == "validation_failed", wrong
            assert next(iter(wrong)) in refused["message"], wrong
        for tool, arguments in (
            ("list_event_types", {"limit": 101}),
            ("list_event_types", {"page": 0}),
            ("list_event_types", {"page": "1"}),
            ("list_bookings", {"status": "gone"}),
            ("list_bookings", {"from": START}),
            ("list_slots", {"eventTypeCode": "intro"}),
            ("list_slots", {"eventTypeCode": "intro"} | DAY | {"timeZone": "x"}),
            ("list_slots", {"eventTypeCode": "intro"} | DAY | {"end": DAY["start"]}),
            ("get_booking", {}),
            ("cancel_booking", {"bookingCode": "x", "reason": 1}),
            ("reschedule_booking", {"bookingCode": "x", "start": "soon"}),
        ):
            assert agent.body(tool, **arguments)["error"] == "validation_failed", (tool, arguments)
        assert agent.body("delete_event_type", eventTypeCode="intro")["error"] == "unknown_tool"
    assert door.get("/state").json()["data"]["bookings"] == before


def test_a_refused_move_moves_nothing(mock: MockServer) -> None:
    """The booking stays where it was."""
    with Agent(mock) as agent:
        code = agent.book(START)["data"]["code"]
        assert agent.book(LATER)["success"] is True
        for start in (LATER, "2027-01-13T02:00:00Z", "soon"):
            assert agent.body("reschedule_booking", bookingCode=code, start=start)["success"] is False
        assert agent.body("get_booking", bookingCode=code)["data"]["start"] == START


@pytest.mark.parametrize("with_file", [False, True])
def test_a_race_through_both_doors_has_one_winner(
    tmp_path: Path, with_file: bool, client_of: Callable[..., httpx.Client]
) -> None:
    """Of many agents and clients for one slot, one books; all others are told that it is taken."""
    with start_mock(now=NOW, file=tmp_path / "mock.sqlite" if with_file else None) as server:
        wanted = {"eventTypeCode": "intro", "start": START, "attendee": ATTENDEE}
        agents, clients = [Agent(server) for _ in range(6)], [client_of(server) for _ in range(6)]
        agents[0].post("ping")
        together, bodies = threading.Barrier(12), []

        def by_tool(agent: Agent) -> None:
            together.wait(20)
            bodies.append(agent.body("create_booking", **wanted))

        def by_rest(client: httpx.Client) -> None:
            together.wait(20)
            bodies.append(client.post("/v1/bookings", json=wanted).json())

        threads = [threading.Thread(target=by_tool, args=(agent,)) for agent in agents]
        threads += [threading.Thread(target=by_rest, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        for agent in agents:
            agent.http.close()
        assert len(bodies) == 12
        assert sum(body["success"] for body in bodies) == 1
        assert {body["error"] for body in bodies if not body["success"]} == {"slot_taken"}
