"""MCP over our own HTTP client: the official SDK speaks the protocol, and every message it sends is an exchange.

Source: Model Context Protocol, Transports (Streamable HTTP) and Tools. The SDK is imported by the first session that is
opened; a run that needs no MCP does not pay for it.
"""

from __future__ import annotations

import asyncio
import json
import weakref
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bookproof.wire.exchange import NOT_JSON, Exchange

if TYPE_CHECKING:
    from mcp import Client as SdkClient

    from bookproof.wire.client import Client
    from bookproof.wire.mcp_transport import Carrier

T = TypeVar("T")

#: Lets the SDK find out which revision a server speaks, the newest first.
AUTO = "auto"
#: Begins with the handshake of the revisions up to 2025.
HANDSHAKE = "legacy"

# How a call ended.
ANSWERED, IN_RESULT, BY_PROTOCOL, BY_HTTP, FAILED, UNREADABLE = (
    "answered",
    "result",
    "protocol",
    "http",
    "failed",
    "odd",
)


class McpRefused(Exception):
    """A session could not be opened.

    Attributes:
        answer: what ended the attempt, as the answer to any tool of that session.
    """

    def __init__(self, answer: ToolAnswer) -> None:
        super().__init__(str(answer))
        self.answer = answer


@dataclass(frozen=True)
class ToolAnswer:
    """What came of calling a tool.

    Attributes:
        tool: its name.
        exchange: the one that tells.
        how: how it ended: ``answered``; refused in the ``result`` (isError), by the ``protocol`` (a JSON-RPC error) or
            by ``http`` (4xx); ``failed`` (5xx, or no answer); or ``odd``, neither a result nor an error.
        result: the result as it was sent, or the JSON-RPC error; empty if there is neither.
        fault: what is wrong with the answer, in words of the SDK; "" if nothing is.
    """

    tool: str
    exchange: Exchange
    how: str
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether the tool did what it was asked to, by its own account."""
        return self.how == ANSWERED

    @property
    def refused(self) -> bool:
        """Whether the call was refused, in whatever way."""
        return self.how in (IN_RESULT, BY_PROTOCOL, BY_HTTP)

    @property
    def structured(self) -> Any:
        """The structured content of a result, or None."""
        return self.result.get("structuredContent")

    @cached_property
    def texts(self) -> list[str]:
        """The text of a result block by block; of an error its message; of a refusal by HTTP its body."""
        if self.how in (BY_HTTP, FAILED) and not self.result:
            return [self.exchange.text]
        if "message" in self.result:
            return [str(self.result["message"])]
        content = self.result.get("content")
        blocks = cast("list[Any]", content) if isinstance(content, list) else []
        return [str(cast("dict[str, Any]", block)["text"]) for block in blocks if _is_text(block)]

    @property
    def text(self) -> str:
        """All of the text."""
        return "\n".join(self.texts)

    @cached_property
    def data(self) -> Any:
        """The JSON of an answer: its structured content, else text that is JSON, else None."""
        if self.structured is not None:
            return self.structured
        if isinstance(self.result.get("data"), dict | list):
            return self.result["data"]
        found = [_json_in(text) for text in self.texts]
        if not found or NOT_JSON in found:
            return None
        # A list may come as a block for each of its items.
        return found[0] if len(found) == 1 else found

    def __str__(self) -> str:
        if not self.exchange.status:
            return f"no answer ({self.exchange.failure})"
        told = " ".join((self.text or self.fault or self.exchange.text).split())
        shown = told if len(told) <= 200 else told[:200] + "…"
        how = {
            ANSWERED: "answered",
            IN_RESULT: "refused in the result",
            BY_PROTOCOL: f"refused with a JSON-RPC error, HTTP {self.exchange.status}",
            BY_HTTP: f"refused with HTTP {self.exchange.status}",
            FAILED: f"failed with HTTP {self.exchange.status}",
            UNREADABLE: f"neither a result nor an error, HTTP {self.exchange.status}",
        }[self.how]
        return f"{how}: {shown}" if shown else how


class McpSession:
    """A client's session with an MCP server. Opened by :func:`open_session`.

    Runs the SDK in an event loop of its own, in the thread of the caller and only while a call lasts.

    Attributes:
        revision: the protocol revision that was agreed on.
        server: name and version of the server as it says, or "".
        opened: the exchange by which it was opened; None where nothing had to be sent.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        host: asyncio.Task[None],
        end: asyncio.Event,
        sdk: SdkClient,
        wire: Carrier,
    ) -> None:
        self._loop, self._host, self._end, self._sdk, self._wire = loop, host, end, sdk, wire
        self.opened = wire.last
        self.revision = sdk.protocol_version
        named = sdk.server_info
        self.server = f"{named.name} {named.version}" if named else ""
        self._abandon = weakref.finalize(self, _abandon, loop, host, wire)

    @property
    def modern(self) -> bool:
        """Whether the revision is one without a handshake."""
        from mcp_types.version import MODERN_PROTOCOL_VERSIONS

        return self.revision in MODERN_PROTOCOL_VERSIONS

    @property
    def mode(self) -> str:
        """What opens further sessions of the same revision."""
        return self.revision if self.modern else HANDSHAKE

    def tools(self, note: str = "") -> tuple[list[dict[str, Any]], list[ToolAnswer]]:
        """All tools as the server describes them, and the answers that list them."""
        import mcp_types as types

        found: list[dict[str, Any]] = []
        answers: list[ToolAnswer] = []
        cursor: str | None = None
        while len(answers) < _MOST_PAGES:
            request = types.ListToolsRequest(params=types.PaginatedRequestParams(cursor=cursor))
            answer = self._ask("tools/list", request, types.ListToolsResult, note)
            answers.append(answer)
            listed = answer.result.get("tools")
            items = cast("list[Any]", listed) if isinstance(listed, list) else []
            found += [cast("dict[str, Any]", tool) for tool in items if isinstance(tool, dict)]
            cursor = answer.result.get("nextCursor")
            if not isinstance(cursor, str):
                break
        return found, answers

    def call(self, name: str, arguments: Mapping[str, Any], note: str = "") -> ToolAnswer:
        """Call a tool.

        Args:
            name: of the tool.
            arguments: in the tool's own words.
            note: what the call tries, for the record.

        Raises:
            UsageError: the request budget of the run is spent.
            Unreachable: the target has gone.
        """
        import mcp_types as types

        params = types.CallToolRequestParams(name=name, arguments=dict(arguments))
        return self._ask(name, types.CallToolRequest(params=params), types.CallToolResult, note)

    def ping(self, note: str = "") -> ToolAnswer:
        """Ask whether the server is there, in the revisions that have it."""
        import mcp_types as types

        return self._ask("ping", types.PingRequest(), types.EmptyResult, note)

    def without_key(self, name: str, arguments: Mapping[str, Any], note: str = "") -> ToolAnswer | None:
        """Call a tool in this session, but without a key; None where the server keeps no sessions."""
        exchange = self._wire.resend_without_key(name, arguments, note)
        return None if exchange is None else _answer(name, exchange, "")

    def close(self) -> None:
        """End the session, on the server too if it keeps one. May be called again."""
        if self._abandon.detach() is None:
            return
        self._end.set()
        try:
            with suppress(Exception):  # what a server says to a client that leaves does not matter
                self._loop.run_until_complete(self._host)
        finally:
            _close(self._loop)
        self._wire.raise_failure()

    def _ask(self, tool: str, request: Any, result: Any, note: str) -> ToolAnswer:
        self._wire.begin(note)
        fault = ""
        try:
            self._until(self._sdk.session.send_request(request, result))
        except Exception as why:  # noqa: BLE001  whatever the SDK says of an answer belongs to the answer
            fault = _innermost(why)
        self._wire.raise_failure()
        return _answer(tool, self._wire.telling(), fault)

    def _until(self, asked: Coroutine[Any, Any, T]) -> T:
        async def run() -> T:
            task = asyncio.ensure_future(asked)
            await asyncio.wait({task, self._host}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                # The SDK's own tasks have ended, so nobody is left to answer.
                task.cancel()
                await asyncio.wait({task})
                self._host.result()
            return task.result()

        return self._loop.run_until_complete(run())


#: Tools are listed over at most this many pages.
_MOST_PAGES = 10


def open_session(
    client: Client, url: str, *, who: str, authorization: str | None, mode: str = AUTO, note: str = ""
) -> McpSession:
    """Open a session with an MCP server.

    Args:
        client: sends the requests and keeps the exchanges.
        url: whole address of the server.
        who: whose key it carries, for the record.
        authorization: the Authorization header, or None for none.
        mode: :data:`AUTO`, :data:`HANDSHAKE`, or a revision without a handshake, for which nothing is sent.
        note: what this tries, for the record.

    Raises:
        McpRefused: the server does not open one.
        UsageError: the request budget of the run is spent.
        Unreachable: the target has gone.
    """
    from bookproof.wire.mcp_transport import Carrier, hold

    wire = Carrier(client, url, who, authorization)
    wire.begin(note)
    loop = asyncio.new_event_loop()
    ready: asyncio.Future[SdkClient] = loop.create_future()
    end = asyncio.Event()
    host = loop.create_task(hold(wire, mode, ready, end))
    try:
        loop.run_until_complete(asyncio.wait({host, ready}, return_when=asyncio.FIRST_COMPLETED))
    except BaseException:
        _abandon(loop, host, wire)
        raise
    if ready.done():
        return McpSession(loop, host, end, ready.result(), wire)
    fault = _innermost(host.exception())
    _close(loop)
    wire.raise_failure()
    raise McpRefused(_answer("", wire.telling(), fault))


def messages_of(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """The JSON-RPC messages of an answer, whether it is JSON or a stream of events."""
    if exchange.media_type != "text/event-stream":
        found = exchange.json
        if isinstance(found, dict):
            yield cast("dict[str, Any]", found)
        return
    for data in events_in(exchange.text):
        with suppress(ValueError):
            found = json.loads(data)
            if isinstance(found, dict):
                yield cast("dict[str, Any]", found)


def events_in(stream: str) -> Iterator[str]:
    """The data of each complete event of a stream (Source: WHATWG, Server-sent events)."""
    lines: list[str] = []
    for line in stream.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []


def _answer(tool: str, exchange: Exchange, fault: str) -> ToolAnswer:
    told = next((m for m in messages_of(exchange) if "result" in m or "error" in m), dict[str, Any]())
    error, result = told.get("error"), told.get("result")
    if not exchange.status or exchange.status >= 500:
        return ToolAnswer(tool, exchange, FAILED, _table(error), fault)
    if isinstance(error, dict):
        return ToolAnswer(tool, exchange, BY_PROTOCOL, _table(error))
    if exchange.status >= 400:
        return ToolAnswer(tool, exchange, BY_HTTP)
    if isinstance(result, dict):
        refused = cast("dict[str, Any]", result).get("isError") is True
        how = IN_RESULT if refused else UNREADABLE if fault else ANSWERED
        return ToolAnswer(tool, exchange, how, _table(result), fault)
    return ToolAnswer(tool, exchange, UNREADABLE, fault=fault)


def _table(value: Any) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _is_text(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(cast("dict[str, Any]", block).get("text"), str)


def _json_in(text: str) -> Any:
    """The JSON object or list that a text is or, behind a few words, ends with; or :data:`NOT_JSON`."""
    for start in sorted(at for at in (text.find("{"), text.find("[")) if at >= 0):
        with suppress(ValueError):
            return json.loads(text[start:])
    return NOT_JSON


def _innermost(error: BaseException | None) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return "" if error is None else str(error) or type(error).__name__


def _abandon(loop: asyncio.AbstractEventLoop, host: asyncio.Task[None], wire: Carrier) -> None:
    """Let go of a session that nobody has closed, without another word to the server."""
    if loop.is_closed() or loop.is_running():
        return
    wire.silent = True
    host.cancel()
    with suppress(BaseException):
        loop.run_until_complete(host)
    _close(loop)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
