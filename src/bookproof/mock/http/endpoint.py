"""ASGI endpoints: one per path, from raw messages to a handler's answer and back."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from bookproof.mock.http.exchange import BODY_LIMIT, Answer, Call

Handler = Callable[[Call], Answer]
Answered = TypeVar("Answered")
_WORKERS = 32
#: Says when a request was complete, in nanoseconds of a clock that only ever grows; `bookproof gate-check` reads it.
ARRIVED_HEADER = "x-arrived-ns"


class Serving:
    """Where handlers run: on the event loop (in memory they take well under a millisecond) or on threads."""

    def __init__(self, *, threads: bool = False) -> None:
        self.threads = threads
        self._executor: ThreadPoolExecutor | None = None

    async def run(self, handler: Callable[[Call], Answered], call: Call) -> Answered:
        """The handler's answer."""
        if not self.threads:
            return handler(call)
        if self._executor is None:
            self._executor = ThreadPoolExecutor(_WORKERS, "bookproof-mock")
        return await asyncio.get_running_loop().run_in_executor(self._executor, handler, call)

    def close(self) -> None:
        """Let the threads end."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)


class Endpoint:
    """Answers one path (or, as a fallback, every unknown one).

    Parameters:
        handlers: by method; each answers and never raises.
        otherwise: answers any other method.
        serving: where they run.
        body_limit: largest body in bytes; of a larger one handlers get one byte more.
    """

    def __init__(
        self, handlers: Mapping[str, Handler], otherwise: Handler, serving: Serving, body_limit: int = BODY_LIMIT
    ) -> None:
        self.handlers = handlers
        self.otherwise = otherwise
        self.serving = serving
        self.body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await read_body(receive, self.body_limit)
        if body is None:
            return
        told = stamped(send, time.monotonic_ns())
        call = call_of(scope, body)
        answer = await self.serving.run(self.handlers.get(call.method, self.otherwise), call)
        await response_of(answer)(scope, receive, told)


def call_of(scope: Scope, body: bytes) -> Call:
    """The request of an ASGI scope."""
    request = Request(scope)
    return Call(
        method=scope["method"],
        path=scope["path"],
        params=scope.get("path_params") or {},
        query=request.query_params,
        headers=request.headers,
        body=body,
        client=(scope.get("client") or ("",))[0],
        query_text=scope.get("query_string", b"").decode("latin-1"),
    )


async def read_body(receive: Receive, limit: int = BODY_LIMIT) -> bytes | None:
    """The body, cut one byte after its limit; None if the client has gone."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        # What is beyond the limit is read, so that the connection stays usable, and thrown away.
        if chunk and size <= limit:
            chunks.append(chunk)
            size += len(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)[: limit + 1]


def stamped(send: Send, arrived: int) -> Send:
    """A `send` that adds to the answer when its request was complete.

    Parameters:
        send: of the connection.
        arrived: nanoseconds of `time.monotonic_ns`.
    """

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            header = (ARRIVED_HEADER.encode(), str(arrived).encode())
            message = {**message, "headers": [*message.get("headers", ()), header]}
        await send(message)

    return told


def response_of(answer: Answer) -> Response:
    """The response that says the answer."""
    if answer.media_type == "application/json" or not isinstance(answer.value, str):
        content = json.dumps(answer.value, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        content = answer.value.encode()
    return Response(content, answer.status, answer.headers, answer.media_type)
