"""An inbox on a real socket, its reader, and a sender of deliveries."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer

TOKEN = "token-of-the-self-tests"
PATIENCE = 10.0


@pytest.fixture
def server() -> Iterator[InboxServer]:
    """A fresh inbox on loopback."""
    with InboxServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def reader(server: InboxServer) -> Iterator[Inbox]:
    """A reader of the fresh inbox."""
    inbox = Inbox(server.base_url, server.token)
    yield inbox
    inbox.close()


@pytest.fixture
def sender() -> Iterator[httpx.Client]:
    """Sends deliveries, and obeys no redirect."""
    with httpx.Client(timeout=PATIENCE, verify=False, trust_env=False) as client:
        yield client


@pytest.fixture
def desk(server: InboxServer) -> Iterator[httpx.Client]:
    """Calls the part of the inbox that wants the token."""
    headers = {"authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.base_url, headers=headers, timeout=PATIENCE, verify=False) as client:
        yield client


@pytest.fixture
def meanwhile() -> Iterator[Callable[..., Future[httpx.Response]]]:
    """Sends a request in a thread of its own; the test goes on."""
    with contextlib.ExitStack() as opened, ThreadPoolExecutor(8) as pool:

        def send(method: str, url: str, **more: object) -> Future[httpx.Response]:
            client = opened.enter_context(httpx.Client(timeout=PATIENCE, verify=False, trust_env=False))
            return pool.submit(client.request, method, url, **more)  # type: ignore[arg-type]

        yield send


@pytest.fixture
def polling(server: InboxServer) -> Iterator[Callable[[str], socket.socket]]:
    """Sends a call to the desk and does not wait for its answer; the connection to read it from.

    The request is with the server when this returns, so whatever is sent afterwards comes after it.
    """
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    with contextlib.ExitStack() as opened:

        def send(path: str) -> socket.socket:
            connection = opened.enter_context(socket.create_connection((host, int(port)), PATIENCE))
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            return connection

        yield send


@pytest.fixture
def raw(server: InboxServer) -> Callable[[bytes], bytes]:
    """Sends bytes as they are, ends the sending side, and returns all that comes back."""

    def send(data: bytes) -> bytes:
        host, _, port = server.base_url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), PATIENCE) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer

    return send
