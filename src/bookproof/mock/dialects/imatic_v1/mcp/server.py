"""The MCP server put together: parts, routes and the ASGI endpoint."""

import asyncio
import importlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bookproof.mock.components import Domain
from bookproof.mock.dialects.imatic_v1.envelopes import Envelopes
from bookproof.mock.dialects.imatic_v1.gate import Gate
from bookproof.mock.dialects.imatic_v1.mcp.calls import ToolCalls
from bookproof.mock.dialects.imatic_v1.mcp.door import MODES, McpDoor
from bookproof.mock.dialects.imatic_v1.mcp.results import Results
from bookproof.mock.dialects.imatic_v1.mcp.tools import Catalogue
from bookproof.mock.dialects.imatic_v1.presenter import Presenter
from bookproof.mock.dialects.imatic_v1.resources import Resources, compose_resources
from bookproof.mock.http.endpoint import Serving, call_of, read_body, response_of, stamped

if TYPE_CHECKING:
    from bookproof.mock.dialects.imatic_v1.mcp.protocol import Protocol

MCP_PATH = "/mcp"
_PROTOCOL = "bookproof.mock.dialects.imatic_v1.mcp.protocol"


@dataclass
class Mcp:
    """The parts of the MCP server; `authority` is host and port that it is served at."""

    authority: str
    door: McpDoor
    resources: Resources
    catalogue: Catalogue
    calls: ToolCalls
    results: Results

    def routes(self, serving: Serving) -> Iterator[Route]:
        """The path, with and without a slash at its end; neither redirects."""
        endpoint = McpEndpoint(self, serving)
        yield Route(MCP_PATH, endpoint)
        yield Route(f"{MCP_PATH}/", endpoint)


class McpEndpoint:
    """Answers /mcp: the door first, then the protocol, which is loaded by the first request that it is needed for."""

    def __init__(self, mcp: Mcp, serving: Serving) -> None:
        self.mcp = mcp
        self.serving = serving
        self._loading = asyncio.Lock()
        self._protocol: Protocol | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if body is None:
            return
        told = stamped(send, time.monotonic_ns())
        call = call_of(scope, body)
        answer = await self.serving.run(self.mcp.door.first_answer, call)
        if answer is None:
            protocol = await self._loaded()
            answer = await protocol.serve(call, scope, receive, told)
        if answer is not None:
            await response_of(answer)(scope, receive, told)

    async def _loaded(self) -> "Protocol":
        async with self._loading:
            if self._protocol is None:
                # On a thread: other requests are answered while the SDK is imported, which takes most of a second.
                loop = asyncio.get_running_loop()
                module = await loop.run_in_executor(None, importlib.import_module, _PROTOCOL)
                protocol: Protocol = module.Protocol(self.mcp, self.serving)
                await protocol.start()
                self._protocol = protocol
            return self._protocol


def compose_mcp(domain: Domain, base_url: str, mode: str) -> Mcp:
    """Wire the MCP server over a domain.

    Parameters:
        domain: what it speaks for.
        base_url: of the server, without a path.
        mode: "current" speaks both generations of the protocol, without sessions, and answers in JSON; "sessions"
            only the 2025 generation, with sessions, and answers in event streams; "stateless-sse" both, without
            sessions, in event streams. The protocol allows all three.

    Raises:
        ValueError: another mode.
    """
    if mode not in MODES:
        raise ValueError(f"mcp is one of {', '.join(MODES)}, not {mode!r}")
    envelopes, catalogue = Envelopes(), Catalogue()
    resources = compose_resources(domain, envelopes, Presenter(base_url))
    return Mcp(
        authority=urlsplit(base_url).netloc,
        door=McpDoor(Gate(domain.keys, domain.limits), envelopes, mode),
        resources=resources,
        catalogue=catalogue,
        calls=ToolCalls(catalogue, resources),
        results=Results(),
    )
