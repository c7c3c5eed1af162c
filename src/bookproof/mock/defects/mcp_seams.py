"""What several defects of the MCP server need: what a request asks for, tools told otherwise, a domain of its own."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.components import Domain
from bookproof.mock.dialects.imatic_v1.mcp.calls import Performer
from bookproof.mock.dialects.imatic_v1.mcp.tools import Tool
from bookproof.mock.http.exchange import Call

# What a client sends before it uses a tool, in either generation of the protocol.
OPENING = frozenset({"initialize", "notifications/initialized", "server/discover", "tools/list", "ping"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A JSON-RPC message: its method and id, and for a call of a tool its name ("" otherwise) and arguments."""

    method: str
    id: Any
    tool: str
    arguments: dict[str, Any]


def asked(call: Call) -> Asked:
    """The message that a request carries; everything is empty where it carries none."""
    try:
        message: Any = json.loads(call.body)
        method, params = str(message.get("method", "")), _members(message.get("params"))
        tool = str(params.get("name", "")) if method == "tools/call" else ""
        return Asked(method, message.get("id"), tool, _members(params.get("arguments")))
    except (ValueError, AttributeError):
        return Asked("", None, "", {})


def _members(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def change_tool(mock: Mock, name: str, change: Callable[[Tool], Tool | None]) -> None:
    """List the tool as `change` makes it, or not at all."""
    catalogue = mock.imatic.mcp.catalogue
    tools = catalogue.tools

    def changed() -> list[Tool]:
        told = (change(tool) if tool.name == name else tool for tool in tools())
        return [tool for tool in told if tool is not None]

    catalogue.tools = changed


def add_tool(mock: Mock, tool: Tool, perform: Performer) -> None:
    """Offer one more tool."""
    mcp = mock.imatic.mcp
    tools = mcp.catalogue.tools
    mcp.catalogue.tools = lambda: [*tools(), tool]
    mcp.calls.performers[tool.name] = perform


def domain_of_tools(mock: Mock) -> Domain:
    """Give the tools their own copies of the parts that book, over the same store; the REST API keeps the others."""
    shared = mock.domain
    availability, bookings = copy(shared.availability), copy(shared.bookings)
    event_types, records = copy(shared.event_types), copy(shared.records)
    bookings.availability, bookings.records = availability, records
    own = replace(shared, availability=availability, bookings=bookings, event_types=event_types, records=records)
    mock.imatic.mcp.resources.tools.domain = own
    return own
