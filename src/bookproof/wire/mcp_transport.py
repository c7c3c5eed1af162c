"""Carries what the MCP SDK sends over the suite's HTTP client. Imports the SDK: import this only where it is used."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

import httpx2
from mcp import Client as SdkClient
from mcp.client.streamable_http import streamable_http_client
from mcp_types import Implementation

from bookproof import __version__
from bookproof.errors import BookproofError
from bookproof.verdict import Untestable
from bookproof.wire.client import Request
from bookproof.wire.mcp import events_in

if TYPE_CHECKING:
    from bookproof.wire.client import Client
    from bookproof.wire.exchange import Exchange

#: Names a session, in the revisions that begin with a handshake. Source: Model Context Protocol, Transports.
SESSION_ID = "mcp-session-id"
#: A stream that is kept open without an answer is left after this many seconds.
LONGEST_STREAM = 60.0

# The suite's client and the connection set these themselves.
_NOT_CARRIED = frozenset({"host", "content-length", "connection", "accept-encoding", "user-agent", "transfer-encoding"})
# Gone once a body has been read and decoded.
_NOT_RETURNED = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection"})

for _name in ("mcp", "client"):
    # What the SDK logs about odd answers is evidence of ours already.
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Carrier(httpx2.AsyncBaseTransport):
    """Sends each request of the SDK as one of ours, and nothing else.

    Errors of ours do not pass through the SDK, which would wrap them: they are kept, the SDK is told of a failure, and
    :meth:`raise_failure` raises them when its call has ended.

    Args:
        client: sends and keeps the exchanges.
        url: of the server.
        who: whose key is carried, for the record.
        authorization: the Authorization header, or None for none.

    Attributes:
        last: the last exchange, or None before the first.
        silent: whether nothing more may be sent.
    """

    def __init__(self, client: Client, url: str, who: str, authorization: str | None) -> None:
        self._client = client
        self._who = who
        self._note = ""
        self._failure: BookproofError | Untestable | None = None
        self.url = url
        self.headers = {} if authorization is None else {"authorization": authorization}
        self.last: Exchange | None = None
        self.silent = False

    def begin(self, note: str) -> None:
        """Note what the next requests try."""
        self._note = note

    def telling(self) -> Exchange:
        """The exchange that tells how the call ended."""
        assert self.last is not None, "nothing was sent"
        return self.last

    def raise_failure(self) -> None:
        """Raise the error that stopped a request, once.

        Raises:
            UsageError, Unreachable, Untestable: as :meth:`Client.send` does.
        """
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request of the SDK.

        The standing stream for messages of the server's own is declined here: the suite does not listen to it.
        """
        resumes = "last-event-id" in request.headers
        if request.method == "GET" and not resumes:
            return httpx2.Response(405, request=request)
        if self.silent or self._failure is not None:
            return httpx2.Response(503, request=request)
        body = await request.aread()
        message = _message(body)
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_CARRIED}
        try:
            exchange = self._client.send(
                Request(
                    method=request.method,
                    path=str(request.url),
                    headers=headers,
                    body=body if request.method == "POST" else None,
                    operation=_operation(request.method, message),
                    role=self._who,
                    note=self._note,
                    enough=_answered(message.get("id")) if "id" in message or resumes else None,
                )
            )
        except (BookproofError, Untestable) as failure:
            self._failure = failure
            return httpx2.Response(503, request=request)
        self.last = exchange if message.get("method") != "notifications/initialized" else self.last or exchange
        kept = {n: v for n, v in exchange.response_headers.items() if n not in _NOT_RETURNED}
        # An answer that never came is told as one that could not be given.
        return httpx2.Response(exchange.status or 503, headers=kept, content=exchange.response_body, request=request)

    def resend_without_key(self, tool: str, arguments: Mapping[str, Any], note: str) -> Exchange | None:
        """Call a tool with the headers of the last request but its key; None if they name no session."""
        headers = dict(self.last.request_headers) if self.last else {}
        if SESSION_ID not in headers:
            return None
        kept = (SESSION_ID, "accept", "content-type", "mcp-protocol-version")
        params = {"name": tool, "arguments": dict(arguments)}
        body = {"jsonrpc": "2.0", "id": note, "method": "tools/call", "params": params}
        return self._client.send(
            Request(
                method="POST",
                path=self.url,
                headers={name: headers[name] for name in kept if name in headers},
                body=json.dumps(body).encode(),
                operation=f"mcp.{tool}",
                role="no key",
                note=note,
                enough=_answered(note),
            )
        )


async def hold(carrier: Carrier, mode: str, ready: asyncio.Future[SdkClient], end: asyncio.Event) -> None:
    """Open a session, hand the SDK's client over, and keep it open until it is to end."""
    who = Implementation(name="bookproof", version=__version__)
    async with (
        httpx2.AsyncClient(transport=carrier, headers=carrier.headers, trust_env=False) as http,
        # Nothing may be answered from memory: what is judged is what the server says now.
        SdkClient(
            streamable_http_client(carrier.url, http_client=http), mode=mode, cache=None, client_info=who
        ) as client,
    ):
        ready.set_result(client)
        await end.wait()


def _message(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _operation(method: str, message: Mapping[str, Any]) -> str:
    """What the record calls a message: ``mcp.<tool>`` or ``mcp.<method>``."""
    if method != "POST":
        return "mcp.session.end" if method == "DELETE" else "mcp.resume"
    asked = str(message.get("method", ""))
    name = message.get("params", {}).get("name", "") if asked == "tools/call" else asked.replace("/", ".")
    return f"mcp.{name}"


def _answered(identity: Any) -> Callable[[Mapping[str, str], bytes], bool]:
    """Whether a stream holds the answer to a request already; see :class:`Request`."""
    deadline = time.monotonic() + LONGEST_STREAM

    def enough(headers: Mapping[str, str], body: bytes) -> bool:
        if not headers.get("content-type", "").lower().startswith("text/event-stream"):
            return False
        if time.monotonic() > deadline:
            return True
        for data in events_in(body.decode("utf-8", "replace")):
            message = _message(data.encode())
            if ("result" in message or "error" in message) and identity in (None, message.get("id")):
                return True
        return False

    return enough
