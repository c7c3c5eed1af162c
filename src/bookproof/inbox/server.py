"""The inbox on a real socket: uvicorn in a thread of this process."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bookproof.errors import UsageError
from bookproof.inbox.app import CLOSE, make_app
from bookproof.inbox.delivery import is_token
from bookproof.inbox.keep import Keeper
from bookproof.inbox.store import Limits, Store

_PATIENCE_SECONDS = 10.0
_ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  not bound here, only put into words


class _Protocol(H11Protocol):
    """HTTP/1.1 that tells the application how to close its connection.

    It is the slower of uvicorn's two, and the one that takes any method and bounds what headers it reads.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def with_close(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {**scope.get("extensions", {}), CLOSE: self.transport.close}
            await inner(scope, receive, send)  # type: ignore[arg-type]  # two names for the ASGI types

        self.app = with_close  # type: ignore[assignment]


class _Server(uvicorn.Server):
    """Uvicorn that is ended from another thread and keeps nobody waiting: neither who ends it nor who starts it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self.end: Callable[[], object] = lambda: None

    async def main_loop(self) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        self.end = lambda: loop.call_soon_threadsafe(ended.set)
        await self.on_tick(0)
        self.up.set()
        while not ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await ended.wait()
            await self.on_tick(0)  # the Date header

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for each in [*self.servers, *(sockets or [])]:
            each.close()
        # Answers that are held and readers that wait must not hold up the end; their tasks end with the loop.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class InboxServer:
    """A running inbox. Use as a context manager or call :meth:`close`.

    Args:
        host: name or address to listen on. An inbox is a receiver, so it may be one that others can reach.
        port: 0 lets the system choose.
        token: what the reader has to show; a random one if it is left out.
        keep: a file in which everything received is kept, and taken back from when the inbox starts again.
        limits, clock: see :class:`bookproof.inbox.store.Store`.
        on_delivery: called with every delivery, as the wire has it, in the thread of the server; must return at once.

    Attributes:
        base_url: ``http://<host>:<port>``, as this machine reaches it.
        token: the token.

    Raises:
        OSError: the port is taken, the host unknown or the file out of reach.
        UsageError: the file is not one of an inbox, or the token cannot be sent in a header.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str | None = None,
        *,
        keep: Path | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        on_delivery: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.token = token or secrets.token_urlsafe(32)
        if not is_token(self.token):
            raise UsageError("the inbox's token has a character that no header carries; use printable ASCII, no spaces")
        self._listener = _listen(host, port)
        self._keeper: Keeper | None = None
        store = Store(limits, clock, self._note, on_delivery)
        try:
            if keep:
                self._keeper = Keeper(keep)
                self._keeper.replay(store)
        except BaseException:
            self._listener.close()
            if self._keeper:
                self._keeper.close()
            raise
        shown = _ANY_HOST.get(host, host)
        shown = f"[{shown}]" if ":" in shown else shown
        self.base_url = f"http://{shown}:{self._listener.getsockname()[1]}"
        self._server = _Server(
            uvicorn.Config(
                make_app(store, self.token),
                http=_Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                timeout_keep_alive=75,
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="bookproof-inbox", daemon=True)
        self._thread.start()
        if not self._server.up.wait(_PATIENCE_SECONDS) or not self._server.started:
            raise RuntimeError("the inbox did not start")

    @property
    def keep_failure(self) -> str:
        """Why nothing is kept in the file any more; empty while all is well."""
        return self._keeper.failure if self._keeper else ""

    def _note(self, change: dict[str, Any]) -> None:
        if self._keeper:
            self._keeper.note(change)

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._server.up.set()

    def close(self) -> None:
        """End the server at once; calling it again does nothing."""
        with contextlib.suppress(RuntimeError):  # its loop has ended already
            self._server.end()
        self._thread.join(_PATIENCE_SECONDS)
        self._listener.close()
        if self._keeper:
            self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _listen(host: str, port: int) -> socket.socket:
    family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # With the protocol named, asyncio sends small answers at once; without it each waits for an acknowledgement.
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener
