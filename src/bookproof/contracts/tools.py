"""The tools of a dialect's MCP server, read from its ``mcp-tools.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bookproof.contracts.documents import document_path


@dataclass(frozen=True)
class ContractTool:
    """One tool as the contract has it.

    Attributes:
        name: for example ``create_booking``.
        operation: id of the REST operation that it stands beside.
        scope: what that operation needs.
        kind: the kind of object in its results.
        writes: whether it changes anything.
        input_schema: JSON Schema of its arguments; their names are assumed.
    """

    name: str
    operation: str
    scope: str
    kind: str
    writes: bool
    input_schema: Mapping[str, Any]


@cache
def contract_tools(dialect: str) -> Mapping[str, ContractTool]:
    """The tools of a dialect by their names, in the order of the document; it is read once.

    Raises:
        UsageError: there is no such dialect.
    """
    document = json.loads(document_path(dialect, "mcp-tools.json").read_text("utf-8"))
    return {
        tool["name"]: ContractTool(
            name=tool["name"],
            operation=tool["operation"],
            scope=tool["scope"],
            kind=tool["result"]["kind"],
            writes=tool["safety"] != "read",
            input_schema=tool["inputSchema"],
        )
        for tool in document["tools"]
    }
