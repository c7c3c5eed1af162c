"""A server that shows which bytes have reached it: HTTP/1.1 at its barest, a thread for each connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 20.0


@dataclass
class Received:
    """What has come over one connection.

    Attributes:
        data: of the request that is being received.
        requests: those that were complete, whole.
    """

    data: bytes = b""
    requests: list[bytes] = field(default_factory=list[bytes])


#: Told what a connection has received of a request, returns an answer, b"" to hang up, or None to go on reading.
Answer = Callable[[bytes], bytes | None]


def ok(body: bytes = b"{}", status: str = "200 OK") -> bytes:
    """An answer."""
    return b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
        status.encode(),
        len(body),
        body,
    )


def body_of(request: bytes) -> bytes:
    """The body of a request, as far as it has come."""
    return request.partition(b"\r\n\r\n")[2]


def complete(request: bytes) -> bool:
    """Whether a request has come to its end."""
    head, empty_line, body = request.partition(b"\r\n\r\n")
    sizes = [line.partition(b":")[2] for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    return bool(empty_line) and len(body) >= int(sizes[0] if sizes else 0)


def echo(request: bytes) -> bytes | None:
    """Answers with the body, or the first line where there is none."""
    return ok(body_of(request) or request.splitlines()[0]) if complete(request) else None


class RawServer:
    """Listens on loopback. Use as a context manager.

    Args:
        answer: see :data:`Answer`.
        tls: a context if it speaks TLS.

    Attributes:
        base_url: where it listens; with the scheme.
        connections: what has come over each of them.
    """

    def __init__(self, answer: Answer = echo, tls: ssl.SSLContext | None = None) -> None:
        self._answer, self._tls = answer, tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.base_url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"
        self.connections: list[Received] = []
        self._changed = threading.Condition()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain = self._listener.accept()[0]
                self._open.append(plain)
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            received = Received()
            with self._changed:
                self.connections.append(received)
            while data := connection.recv(65_536):
                with self._changed:
                    received.data += data
                    said = self._answer(received.data)
                    if complete(received.data):
                        received.requests.append(received.data)
                    if said is not None:
                        received.data = b""
                    self._changed.notify_all()
                if said == b"":
                    break
                if said:
                    connection.sendall(said)
            # What was sent may be read to its end, even if the other side has not done sending.
            connection.shutdown(socket.SHUT_WR)
            connection.close()

    def wait_until(self, there: Callable[[], object]) -> None:
        """Wait until something has come."""
        with self._changed:
            assert self._changed.wait_for(there, PATIENCE), [one.data for one in self.connections]

    @property
    def requests(self) -> list[bytes]:
        """All complete requests."""
        return [request for connection in self.connections for request in connection.requests]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextlib.contextmanager
def tunnel_proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that opens tunnels to loopback, whatever host it is asked for: its URL, and what it was asked."""
    asked: list[bytes] = []
    opened: list[socket.socket] = []

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += client.recv(65_536)
            asked.append(request)
            server = socket.create_connection(("127.0.0.1", int(request.split()[1].rpartition(b":")[2])))
            opened.append(server)
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            threading.Thread(target=pass_on, args=(server, client), daemon=True).start()
            pass_on(client, server)

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                opened.append(client)
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    finally:
        for one in (listener, *opened):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
