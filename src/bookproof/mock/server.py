"""The mock on a real socket: uvicorn in a thread of this process."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp

from bookproof.mock.app import DOOR_PATH, Mock, compose
from bookproof.mock.defects import find_defects
from bookproof.mock.dialects.calcom_v2.target import calcom_document, calcom_environment, calcom_keys
from bookproof.mock.dialects.imatic_v1.mcp.server import MCP_PATH
from bookproof.mock.seed import (
    BERLIN,
    FOREIGN_EVENT_TYPE,
    RATE_LIMITED_PER_MINUTE,
    ROLES,
    event_type_data,
    key_of,
)

_KEEP_ALIVE_SECONDS = 75
_PATIENCE_SECONDS = 10.0
_VARIABLES = "BOOKPROOF_MOCK_"
_DOOR_VARIABLE = f"{_VARIABLES}DOOR_TOKEN"


class _PromptServer(uvicorn.Server):
    """A uvicorn server that stops at once instead of at its next poll, and without waiting for idle clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        while not self.should_exit:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1.0)
            await self.on_tick(0)  # keeps the Date header right

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - inherited
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()

    def stop(self) -> None:
        """Ask the server to end; may be called from any thread."""
        self.should_exit = True
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._stop.set)


class _ServerThread:
    """Runs an ASGI application on a listening socket."""

    def __init__(self, application: ASGIApp, listener: socket.socket) -> None:
        config = uvicorn.Config(
            application,
            http="httptools",
            ws="none",
            loop="asyncio",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="critical",
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._server = _PromptServer(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="bookproof-mock", daemon=True)

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._listener])
        finally:
            self._server.ready.set()

    def start(self) -> None:
        """Start and wait until requests are answered.

        Raises:
            RuntimeError: the server did not come up.
        """
        self._thread.start()
        if not self._server.ready.wait(_PATIENCE_SECONDS) or not self._server.started:
            raise RuntimeError("the mock server did not start")

    def stop(self) -> None:
        """Stop and wait until the thread has ended."""
        self._server.stop()
        self._thread.join(_PATIENCE_SECONDS)
        self._listener.close()


def _listen(host: str, port: int) -> socket.socket:
    # Without IPPROTO_TCP asyncio does not switch Nagle's algorithm off: 44 ms per answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


class MockServer:
    """A running mock. Use as a context manager or call `close`; see `start_mock`.

    Attributes:
        base_url: `http://127.0.0.1:<port>`, the API lies under `/v1`.
        mcp_url: address of the MCP server, which takes the same keys.
        door_url: base of the control door.
        door_token: bearer token of the door.
        keys: role ("full", "slots-read", …) to full API key.
        calcom_keys: role ("full", "foreign", …) to full API key of Cal.com API v2, which lies under `/v2`.
        environment: names of environment variables, as used in the two documents, to their values.
        target_document: what a target file would say about this mock; it holds no secrets.
        calcom_document: the same about its Cal.com side.
        mock: the parts behind the socket, for tests.
    """

    def __init__(self, mock: Mock, listener: socket.socket, base_url: str, rate_limit: int) -> None:
        self.mock = mock
        self.base_url = base_url
        self.mcp_url = f"{base_url}{MCP_PATH}"
        self.door_url = f"{base_url}{DOOR_PATH}"
        self.door_token = mock.door_token
        self.keys = {role: key_of(mock.domain.seed, role) for role in ROLES}
        self.calcom_keys = calcom_keys(mock.domain.seed)
        self.environment = {
            **{_variable(role): key for role, key in self.keys.items()},
            **calcom_environment(mock.domain.seed),
            _DOOR_VARIABLE: self.door_token,
        }
        door = {"base_url": self.door_url, "token_env": _DOOR_VARIABLE}
        self.calcom_document = calcom_document(mock.domain, mock.side, base_url, door, rate_limit)
        self.target_document: dict[str, Any] = {
            "name": "mock",
            "dialect": "imatic-v1",
            "base_url": base_url,
            "credentials": {role: _variable(role) for role in self.keys},
            "capabilities": {"book-by-link": True},
            "safety": "destructive",
            "limits": {"requests_per_minute": rate_limit, "roles": {"rate-limited": RATE_LIMITED_PER_MINUTE}},
            "door": door,
            # Whatever the mock delivers on loopback is there at once, or never.
            "inbox": {"wait": 2},
            "storm": {"allow": True},
            "data": {
                "time_zone": BERLIN,
                "event_types": event_type_data(mock.domain),
                "foreign_event_type": FOREIGN_EVENT_TYPE,
            },
        }
        self._closed = False
        self._thread = _ServerThread(mock.application(), listener)
        self._thread.start()

    def close(self) -> None:
        """Stop the server and let the store go; calling it again does nothing."""
        if not self._closed:
            self._closed = True
            self._thread.stop()
            self.mock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _variable(role: str) -> str:
    return f"{_VARIABLES}{role.upper().replace('-', '_')}_KEY"


def start(
    *,
    seed: int,
    defects: Iterable[str],
    now: datetime | None,
    file: Path | None,
    port: int,
    host: str,
    rate_limit: int,
    reschedule_mode: str,
    mcp: str,
    threads: bool,
) -> MockServer:
    """Compose a mock and serve it; see `bookproof.mock.start_mock`."""
    planted = find_defects(defects)
    listener = _listen(host, port)
    try:
        base_url = f"http://{host}:{listener.getsockname()[1]}"
        mock = compose(
            base_url,
            seed=seed,
            defects=planted,
            now=None if now is None else int(now.timestamp()),
            file=file,
            rate_limit=rate_limit,
            reschedule_mode=reschedule_mode,
            mcp=mcp,
            threads=threads,
        )
    except BaseException:
        listener.close()
        raise
    return MockServer(mock, listener, base_url, rate_limit)
