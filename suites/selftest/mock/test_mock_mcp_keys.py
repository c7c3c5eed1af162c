"""The door of the mock's MCP server: keys, scopes, limits and revocation are those of the REST API."""

from collections.abc import Callable

import httpx
import pytest
from selftest_mcp import HELLO, Agent, spoken

from bookproof.mock import MockServer, start_mock

SCOPELESS = ("slots-read", "bookings-read", "bookings-write", "read-only", "no-scope")


@pytest.mark.parametrize("mode", ["current", "sessions", "stateless-sse"])
def test_bad_keys_are_refused_as_over_rest(mode: str) -> None:
    """Status, header and body are the same as those of the REST API."""
    with start_mock(mcp=mode) as server, httpx.Client(base_url=server.base_url, verify=False) as client:
        good = server.keys["full"]
        for key in ("", "nonsense", good[:-1], f"cal_nobody.{good.partition('.')[2]}", server.keys["revoked"]):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            rest = client.get("/v1/users/me", headers=headers)
            for method in ("POST", "GET", "DELETE"):
                agent = client.request(method, "/mcp", headers=headers)
                assert agent.status_code == rest.status_code == 401
                assert agent.headers["WWW-Authenticate"] == "Bearer"
                assert agent.json() == rest.json()


@pytest.mark.parametrize("role", SCOPELESS)
def test_a_key_without_the_scope_mcp_stays_outside(shared_mock: MockServer, role: str) -> None:
    """Whatever else it may do; the refusal names the scope."""
    with Agent(shared_mock, role) as agent:
        for answer in (agent.post("initialize", HELLO), agent.post("tools/list"), agent.ask("list_event_types")):
            assert answer.status_code == 403
            assert answer.json() == {
                "success": False,
                "error": "forbidden",
                "message": "The API key lacks the scope mcp.",
            }


def test_the_scope_mcp_is_enough_for_every_tool(mock: MockServer) -> None:
    """The umbrella covers reading and writing."""
    with Agent(mock, "mcp") as agent:
        code = agent.book("2027-01-13T09:00:00Z")["data"]["code"]
        slots = {"start": "2027-01-13T00:00:00Z", "end": "2027-01-14T00:00:00Z"}
        for tool, arguments in (
            ("list_event_types", {}),
            ("list_slots", {"eventTypeCode": "intro"} | slots),
            ("list_bookings", {}),
            ("get_booking", {"bookingCode": code}),
            ("reschedule_booking", {"bookingCode": code, "start": "2027-01-13T10:00:00Z"}),
            ("cancel_booking", {"bookingCode": code}),
        ):
            assert agent.call(tool, **arguments)["isError"] is False, tool


def test_a_revoked_key_is_out_at_once(mock: MockServer, door: httpx.Client) -> None:
    """Also in the middle of its work."""
    issued = door.post("/keys", json={"scopes": ["mcp"]}).json()["data"]
    with Agent(mock, key=issued["key"]) as agent:
        assert agent.ask("list_event_types").status_code == 200
        assert door.delete(f"/keys/{issued['prefix']}").status_code == 200
        assert agent.ask("list_event_types").status_code == 401


def test_both_doors_count_towards_one_limit(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    """Ten a minute for the limited key, whichever door they come by."""
    rest = client_of(mock, "rate-limited")
    with Agent(mock, "rate-limited") as agent:
        assert [rest.get("/v1/users/me").status_code for _ in range(5)] == [200] * 5
        assert [agent.post("ping").status_code for _ in range(5)] == [200] * 5
        refused = agent.post("ping")
    assert refused.status_code == 429
    assert refused.json()["error"] == "rate_limited"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert rest.get("/v1/users/me").status_code == 429


def test_a_session_belongs_to_the_key_that_opened_it() -> None:
    """With another key it does not exist, even if both are of one account."""
    with start_mock(mcp="sessions") as server, Agent(server, "mcp") as agent, Agent(server, "full") as other:
        other.http.headers["Mcp-Session-Id"] = agent.open().headers["mcp-session-id"]
        assert other.post("tools/list").status_code == 404
        assert len(agent.tools()) == 7


def test_accounts_are_apart(mock: MockServer) -> None:
    """A foreign booking does not exist, and no list shows it."""
    with Agent(mock, "foreign") as stranger, Agent(mock, "mcp") as agent:
        [code, *_] = [booking["code"] for booking in stranger.body("list_bookings")["data"]]
        start = "2027-01-13T09:00:00Z"
        for tool, more in (("get_booking", {}), ("cancel_booking", {}), ("reschedule_booking", {"start": start})):
            assert agent.body(tool, bookingCode=code, **more)["error"] == "not_found"
        assert code not in {booking["code"] for booking in agent.body("list_bookings", limit=100)["data"]}
        assert agent.book(start, "intro-foreign")["error"] == "not_found"
        assert stranger.body("get_booking", bookingCode=code)["data"]["status"] == "confirmed"


def test_a_fault_at_the_door_tells_nothing(mock: MockServer) -> None:
    """It is a 500 in the error envelope, without a stack trace."""

    def fall(key: object) -> None:
        raise RuntimeError("secret detail")

    mock.mock.imatic.mcp.door.gate.spend = fall
    with Agent(mock) as agent:
        answer = agent.post("ping")
    assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
    assert "secret detail" not in answer.text


def test_a_fault_in_a_tool_tells_nothing(mock: MockServer) -> None:
    """It is a refused result with the code internal_error."""

    def fall(call: object, given: object) -> None:
        raise RuntimeError("secret detail")

    mock.mock.imatic.mcp.calls.performers["get_booking"] = fall
    with Agent(mock) as agent:
        answer = agent.ask("get_booking", bookingCode="x")
    assert spoken(answer)["result"]["isError"] is True
    assert "internal_error" in answer.text
    assert "secret detail" not in answer.text
