"""Clients of a mock's MCP server: plain JSON-RPC over httpx, and the official SDK's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

import httpx
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from bookproof.mock import MockServer

REVISION = "2025-11-25"
NEWEST = "2026-07-28"
BOTH = "application/json, text/event-stream"
HELLO = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "selftest", "version": "1"}}


def message(method: str, params: dict[str, Any] | None = None, number: int | None = 1) -> dict[str, Any]:
    """A JSON-RPC request, or a notification without a number."""
    told: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    return told | ({} if number is None else {"id": number}) | ({} if params is None else {"params": params})


def spoken(answer: httpx.Response) -> dict[str, Any]:
    """The JSON-RPC message of an answer, be it JSON or an event stream of one event."""
    if answer.headers["content-type"].startswith("text/event-stream"):
        return json.loads(next(line for line in answer.text.splitlines() if line.startswith("data: "))[6:])
    return answer.json()


class Agent:
    """Uses the tools by plain JSON-RPC of the 2025 generation; opens a session where the server has them."""

    def __init__(self, server: MockServer, role: str = "mcp", *, key: str | None = None) -> None:
        headers = {"Accept": BOTH, "Authorization": f"Bearer {key or server.keys[role]}"}
        self.http = httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, method: str, params: dict[str, Any] | None = None, number: int | None = 1) -> httpx.Response:
        """Send one message."""
        return self.http.post("/mcp", json=message(method, params, number))

    def open(self) -> httpx.Response:
        """Open a session by the handshake."""
        answer = self.post("initialize", HELLO)
        if session := answer.headers.get("mcp-session-id"):
            self.http.headers["Mcp-Session-Id"] = session
        self.http.headers["MCP-Protocol-Version"] = REVISION
        self.post("notifications/initialized", number=None)
        return answer

    def tools(self) -> dict[str, dict[str, Any]]:
        """The tools that are listed, by name."""
        return {tool["name"]: tool for tool in spoken(self.post("tools/list"))["result"]["tools"]}

    def ask(self, tool: str, **arguments: Any) -> httpx.Response:
        """Call a tool."""
        return self.post("tools/call", {"name": tool, "arguments": arguments})

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a call."""
        return spoken(self.ask(tool, **arguments))["result"]

    def body(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The body that a call results in, refusals included."""
        return json.loads(self.call(tool, **arguments)["content"][0]["text"])

    def book(self, start: str, code: str = "intro", **more: Any) -> dict[str, Any]:
        """The body that a booking results in."""
        attendee = {"name": "Zoë Müller", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}
        return self.body("create_booking", **({"eventTypeCode": code, "start": start, "attendee": attendee} | more))


def through_sdk(server: MockServer, mode: str, work: Callable[[Client], Awaitable[Any]], role: str = "mcp") -> Any:
    """What ``work`` does with the SDK's client; ``mode`` is "auto" or "legacy"."""

    async def run() -> Any:
        headers = {"Authorization": f"Bearer {server.keys[role]}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=10) as http,
            Client(streamable_http_client(server.mcp_url, http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return asyncio.run(run())
