"""The protocol itself, by the official SDK. Imported by the first request that gets as far; see `server`."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    Tool,
)
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from bookproof.mock.dialects.imatic_v1.mcp.door import CURRENT, SESSIONS
from bookproof.mock.dialects.imatic_v1.mcp.results import ProtocolError
from bookproof.mock.http.endpoint import Serving
from bookproof.mock.http.exchange import Answer, Call

if TYPE_CHECKING:
    from bookproof.mock.dialects.imatic_v1.mcp.server import Mcp

_LOG = logging.getLogger("bookproof.mock")
for _name in ("mcp.server", "sse_starlette"):
    logging.getLogger(_name).addHandler(logging.NullHandler())  # silent unless the embedding program listens

_CALL = "bookproof.call"

Context = ServerRequestContext[Any, Request]


class Protocol:
    """Speaks MCP for the parts of one server, in one event loop.

    Parameters:
        mcp: the parts.
        serving: where tools run.
    """

    def __init__(self, mcp: "Mcp", serving: Serving) -> None:
        self._mcp = mcp
        self._serving = serving
        server: Server[Any] = Server(
            "imatic-calendar",
            version="1",
            title="imatic Calendar",
            instructions="Find slots with list_slots, then book one with create_booking.",
            get_tool_input_schema=self._input_schema,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )
        mode = mcp.door.mode
        hosts = [mcp.authority, "127.0.0.1:*", "localhost:*"]
        self._manager = StreamableHTTPSessionManager(
            server,
            json_response=mode == CURRENT,
            stateless=mode != SESSIONS,
            security_settings=TransportSecuritySettings(
                allowed_hosts=hosts, allowed_origins=[f"http://{host}" for host in hosts]
            ),
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start what sessions and requests run in; it ends with the event loop, which cancels it."""
        started = asyncio.Event()
        self._task = asyncio.create_task(self._run(started), name="bookproof-mock-mcp")
        await started.wait()

    async def _run(self, started: asyncio.Event) -> None:
        async with self._manager.run():
            started.set()
            await asyncio.get_running_loop().create_future()

    async def serve(self, call: Call, scope: Scope, receive: Receive, send: Send) -> Answer | None:
        """Answer a request whose body has been read; an answer that is returned is still to be sent."""
        assert call.key is not None, "the door comes first"
        # A session belongs to the key that opened it; to others it does not exist.
        token = AccessToken(token="", client_id=call.key.prefix, scopes=sorted(call.key.scopes))
        inner = dict(scope) | {"user": AuthenticatedUser(token), _CALL: call}
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._manager.handle_request(inner, _again(call.body, receive), watched)
        except Exception:
            if begun:
                raise
            _LOG.exception("%s %s failed", call.method, call.path)
            return self._mcp.door.failed(call)
        return None

    async def _list_tools(self, context: Context, params: PaginatedRequestParams | None) -> ListToolsResult:  # noqa: ARG002 - the SDK's signature
        if params is not None and params.cursor is not None:
            raise MCPError(INVALID_PARAMS, "There is one page of tools.")
        return ListToolsResult(tools=[Tool.model_validate(tool) for tool in self._mcp.catalogue.listed()])

    async def _call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        assert context.request is not None, "Streamable HTTP tells the request"
        call: Call = context.request.scope[_CALL]
        arguments = params.arguments or {}
        answer = await self._serving.run(lambda found: self._mcp.calls.answer(params.name, found, arguments), call)
        try:
            return CallToolResult.model_validate(self._mcp.results.of(call, answer))
        except ProtocolError as failure:
            raise MCPError(failure.code, failure.message) from failure

    def _input_schema(self, name: str) -> dict[str, Any] | None:
        tool = self._mcp.catalogue.find(name)
        return None if tool is None else tool.takes


def _again(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands the body out once more, then waits for the client to go."""
    unread = [body]

    async def replay() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replay
