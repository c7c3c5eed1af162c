"""The mock's MCP server as a server: transports, generations of the protocol, sessions, start and end."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from selftest_mcp import BOTH, HELLO, NEWEST, REVISION, Agent, message, spoken, through_sdk

import bookproof
from bookproof.mock import MockServer, start_mock

CONTRACT = json.loads((Path(__file__).parents[3] / "schemas/imatic/v1/mcp-tools.json").read_text("utf-8"))
MODES = ("current", "sessions", "stateless-sse")


@pytest.fixture(scope="module", params=MODES)
def server(request: pytest.FixtureRequest) -> Any:
    """A mock in each mode of its MCP server."""
    with start_mock(mcp=request.param) as mock:
        yield mock


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdk_client_finds_the_tools_of_the_contract(server: MockServer, mode: str) -> None:
    """Names, titles, descriptions and arguments are those of the contract, whichever generation is spoken."""

    async def listed(client: Any) -> tuple[str, list[Any]]:
        return client.protocol_version, (await client.list_tools()).tools

    revision, tools = through_sdk(server, mode, listed)
    newest = mode == "auto" and server.mock.imatic.mcp.door.mode != "sessions"
    assert revision == (NEWEST if newest else REVISION)
    told = [(tool.name, tool.title, tool.description, tool.input_schema) for tool in tools]
    assert told == [
        (tool["name"], tool["title"], tool["description"], tool["inputSchema"]) for tool in CONTRACT["tools"]
    ]
    for tool, expected in zip(tools, CONTRACT["tools"], strict=True):
        assert tool.annotations.read_only_hint is (expected["safety"] == "read")
        assert tool.output_schema["type"] == "object"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdk_client_calls_tools(server: MockServer, mode: str) -> None:
    """Results and refusals come through, and results keep the declared schema, which the client checks."""

    async def call(client: Any) -> Any:
        found = await client.call_tool("list_event_types", {"limit": 2})
        return found, await client.call_tool("get_booking", {"bookingCode": "bk_none"})

    found, refused = through_sdk(server, mode, call)
    assert not found.is_error
    assert found.structured_content["pagination"]["limit"] == len(found.structured_content["data"]) == 2
    assert refused.is_error
    assert json.loads(refused.content[0].text)["error"] == "not_found"


def test_a_ping_is_answered(server: MockServer) -> None:
    """By the generation that has it."""
    with Agent(server) as agent:
        agent.open()
        assert spoken(agent.post("ping"))["result"] == {}


def test_answers_are_json_or_event_streams(server: MockServer) -> None:
    """JSON in mode current, event streams in the others; notifications have no answer."""
    with Agent(server) as agent:
        kind = agent.open().headers["content-type"]
        assert kind == ("application/json" if server.mock.imatic.mcp.door.mode == "current" else "text/event-stream")
        assert agent.post("notifications/initialized", number=None).status_code == 202


def test_a_slash_at_the_end_makes_no_difference(server: MockServer) -> None:
    """Neither address redirects."""
    with Agent(server) as agent:
        for path in ("/mcp", "/mcp/"):
            answer = agent.http.post(path, json=message("initialize", HELLO))
            assert answer.status_code == 200
            assert spoken(answer)["result"]["serverInfo"]["name"] == "imatic-calendar"


def test_broken_messages_are_refused_without_a_server_error(server: MockServer) -> None:
    """Whatever is sent, the answer is a refusal of the client's fault."""
    with Agent(server) as agent:
        agent.open()
        call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_booking","arguments":'
        for body in ("", "{", "[]", "1", "[" * 30_000, call + '{"bookingCode":"\\ud800"}}}', "x" * 70_000):
            answer = agent.http.post("/mcp", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400, body[:40]
        assert agent.http.post("/mcp", data={"a": "b"}).status_code == 400
        assert (
            agent.http.post("/mcp", json=message("ping"), headers={"Origin": "http://evil.example"}).status_code == 403
        )
        assert spoken(agent.post("tools/call", {"name": "get_booking", "arguments": [1]}))["error"]["code"] == -32602
        assert spoken(agent.post("nothing"))["error"]["code"] == -32601
        assert spoken(agent.post("tools/list", {"cursor": "x"}))["error"]["code"] == -32602


@pytest.mark.parametrize("mode", ["current", "stateless-sse"])
def test_without_sessions_every_request_stands_alone(mode: str) -> None:
    """No session id is given or needed, and there is no standing stream."""
    with start_mock(mcp=mode) as server, Agent(server) as agent:
        assert len(agent.tools()) == 7
        assert "mcp-session-id" not in agent.open().headers
        for method in ("GET", "DELETE"):
            refused = agent.http.request(method, "/mcp")
            assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_sessions_are_opened_kept_and_ended() -> None:
    """A request without a session is refused, and so is one with a session that was ended."""
    with start_mock(mcp="sessions") as server, Agent(server) as agent, Agent(server) as second:
        assert agent.post("tools/list").status_code == 400
        assert agent.open().headers["mcp-session-id"] != second.open().headers["mcp-session-id"]
        assert len(agent.tools()) == 7
        assert agent.http.delete("/mcp").status_code == 200
        assert agent.post("tools/list").status_code == 404
        assert len(second.tools()) == 7


def test_the_older_server_has_not_heard_of_the_newest_revision() -> None:
    """In mode sessions a request of the 2026 generation is a bad request."""
    newest = {"MCP-Protocol-Version": NEWEST, "Mcp-Method": "server/discover"}
    with start_mock(mcp="sessions") as server, Agent(server) as agent:
        answer = agent.http.post("/mcp", json=message("server/discover", {}), headers=newest)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == -32600


def test_an_unknown_mode_is_an_error() -> None:
    """It names the modes that there are."""
    with pytest.raises(ValueError, match="current, sessions, stateless-sse"):
        start_mock(mcp="stdio")


def _python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    source = str(Path(bookproof.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys; sys.path.insert(0, {source!r})\n{script}", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


LAZY = """
import httpx
from bookproof.mock import start_mock
with start_mock() as server:
    assert httpx.get(server.base_url + "/v1/users/me").status_code == 401
    assert httpx.post(server.mcp_url).status_code == 401
    assert "mcp" not in sys.modules and "pydantic" not in sys.modules
    headers = {"Authorization": "Bearer " + server.keys["mcp"], "Accept": "application/json, text/event-stream"}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx.post(server.mcp_url, headers=headers, json=ping).json()["result"] == {}
    assert "mcp" in sys.modules
"""


def test_the_sdk_is_loaded_by_the_first_request_that_needs_it() -> None:
    """A mock whose MCP server is not used starts and runs without it."""
    done = _python(LAZY)
    assert (done.returncode, done.stderr) == (0, "")


END = """
import gc, json, threading, httpx
from bookproof.mock import start_mock
accept, hello = json.loads(sys.argv[1])
for mode in ("current", "sessions", "stateless-sse"):
    with start_mock(mcp=mode) as server, httpx.Client(base_url=server.base_url) as client:
        client.headers = {"Authorization": "Bearer " + server.keys["mcp"], "Accept": accept}
        answer = client.post("/mcp", json=hello)
        assert answer.status_code == 200
        if mode == "sessions":
            client.headers["Mcp-Session-Id"] = answer.headers["mcp-session-id"]
            with client.stream("GET", "/mcp") as stream:
                assert stream.status_code == 200
                server.close()
    gc.collect()
    assert threading.enumerate() == [threading.main_thread()], threading.enumerate()
"""


def test_the_end_leaves_nothing_behind() -> None:
    """Also with an open session and a standing stream: no thread, no pending task, no warning."""
    done = _python(END, json.dumps([BOTH, message("initialize", HELLO)]))
    assert (done.returncode, done.stderr) == (0, "")


def test_other_requests_are_answered_while_the_sdk_is_loaded(mock: MockServer) -> None:
    """Many first requests at once load it once, and each is answered."""
    answers: list[int] = []

    def ping() -> None:
        with Agent(mock) as agent:
            answers.append(agent.post("ping").status_code)

    threads = [threading.Thread(target=ping) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert httpx.get(f"{mock.base_url}/v1/users/me").status_code == 401
    for thread in threads:
        thread.join(20)
    assert answers == [200] * 8
