"""A vendor's own MCP server in front of the mock's REST API: other arguments, other results, other revisions.

It is right in every way that the documents leave open, so the suite must find nothing.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.types import ASGIApp, Receive, Scope, Send

from bookproof.mock import MockServer

NEWEST = b"2026-07-28"
#: Roles whose keys carry the mcp scope; the server asks for it.
LET_IN = ("full", "mcp", "foreign")


@dataclass(frozen=True)
class Choices:
    """What a vendor may choose.

    Attributes:
        revisions: ``both``, ``newest`` or ``handshake``.
        structured: whether results have structured content; text otherwise.
        prose: whether that text is for people and not JSON.
        json_answers: whether answers are JSON and not streams of events.
    """

    revisions: str = "both"
    structured: bool = True
    prose: bool = False
    json_answers: bool = False


class _Rest:
    """The mock's REST API as the vendor's tools call it, with the key of the agent."""

    def __init__(self, mock: MockServer, choices: Choices) -> None:
        self._mock = mock
        self.choices = choices

    def data(self, context: Context[Any, Any], method: str, path: str, **more: Any) -> Any:
        """The data of an answer; a refusal becomes an error of the tool."""
        key = (context.headers or {})["authorization"]
        url = f"{self._mock.base_url}/v1/{path}"
        answer = httpx.request(method, url, headers={"authorization": key}, verify=False, **more)
        if answer.status_code >= 400:
            raise ToolError(answer.text)
        return answer.json()["data"]

    def told(self, context: Context[Any, Any], method: str, path: str, **more: Any) -> Any:
        """The data of an answer as a result."""
        return self._result(self.data(context, method, path, **more))

    def everything(self, context: Context[Any, Any], path: str) -> Any:
        """A whole list as a result."""
        pages = (self.data(context, "GET", path, params={"limit": 100, "page": page}) for page in (1, 2))
        return self._result([item for page in pages for item in page])

    def _result(self, value: Any) -> Any:
        if self.choices.prose:
            return f"Done. This is what there is: {value!r}"
        return value if self.choices.structured else json.dumps(value)


def _offer(server: MCPServer, rest: _Rest, kind: Any, *functions: Callable[..., Any]) -> None:
    """Make tools of functions whose results are of a kind, or text."""
    for function in functions:
        function.__annotations__["return"] = kind if rest.choices.structured else str
        server.tool(structured_output=rest.choices.structured)(function)


def _lists(server: MCPServer, rest: _Rest) -> None:
    def list_event_types(ctx: Context[Any, Any]) -> Any:
        """List event types."""
        return rest.everything(ctx, "event-types")

    def list_slots(ctx: Context[Any, Any], event_type_code: str, start: str, end: str) -> Any:
        """List free slots."""
        return rest.told(ctx, "GET", f"event-types/{event_type_code}/slots", params={"start": start, "end": end})

    def list_bookings(ctx: Context[Any, Any]) -> Any:
        """List bookings."""
        return rest.everything(ctx, "bookings")

    _offer(server, rest, list[dict[str, Any]], list_event_types, list_slots, list_bookings)


def _singles(server: MCPServer, rest: _Rest) -> None:
    def create_booking(
        ctx: Context[Any, Any], event_type_code: str, start: str, attendee_name: str, attendee_email: str
    ) -> Any:
        """Book a slot."""
        attendee = {"name": attendee_name, "email": attendee_email}
        body = {"eventTypeCode": event_type_code, "start": start, "attendee": attendee}
        return rest.told(ctx, "POST", "bookings", json=body)

    def cancel_booking(ctx: Context[Any, Any], code: str, why: str | None = None) -> Any:
        """Cancel a booking."""
        return rest.told(ctx, "POST", f"bookings/{code}/cancel", json={"reason": why} if why else {})

    def reschedule_booking(ctx: Context[Any, Any], booking_code: str, start: str) -> Any:
        """Move a booking."""
        return rest.told(ctx, "POST", f"bookings/{booking_code}/reschedule", json={"start": start})

    def get_booking(ctx: Context[Any, Any], code: str) -> Any:
        """Read a booking."""
        return rest.told(ctx, "GET", f"bookings/{code}")

    _offer(server, rest, dict[str, Any], create_booking, cancel_booking, reschedule_booking, get_booking)


def _gate(app: ASGIApp, mock: MockServer, choices: Choices) -> ASGIApp:
    """Asks for a key with the mcp scope, and for a revision that the server knows."""
    accepted = {f"Bearer {mock.keys[role]}" for role in LET_IN}
    known = {f"Bearer {key}" for role, key in mock.keys.items() if role != "revoked"}

    async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    async def gate(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        key = headers.get(b"authorization", b"").decode()
        newest = headers.get(b"mcp-protocol-version") == NEWEST
        if key not in accepted:
            status = 403 if key in known else 401
            await answer(send, status, {"success": False, "error": "refused", "message": "No."})
        elif choices.revisions == "handshake" and newest:
            await answer(send, 400, {"detail": "unknown protocol version"})
        elif choices.revisions == "newest" and not newest:
            data = {"supported": [NEWEST.decode()], "requested": "2025-11-25"}
            error = {"code": -32022, "message": "unsupported protocol version", "data": data}
            await answer(send, 400, {"jsonrpc": "2.0", "id": None, "error": error})
        else:
            await app(scope, receive, send)

    return gate


@contextlib.contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a loopback port of the system's choice; yields its base URL."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(64)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="auto", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@contextlib.contextmanager
def mcp_vendor(mock: MockServer, choices: Choices) -> Iterator[str]:
    """Serve a vendor's MCP server in front of a mock; yields its address."""
    server = MCPServer("vendor", log_level="CRITICAL")
    rest = _Rest(mock, choices)
    _lists(server, rest)
    _singles(server, rest)
    app = server.streamable_http_app(
        streamable_http_path="/agents", json_response=choices.json_answers, stateless_http=choices.revisions == "newest"
    )
    with serve(_gate(app, mock, choices)) as base_url:
        yield f"{base_url}/agents"
