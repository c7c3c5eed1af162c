"""A server of HTTP/2 over TLS that shows what comes in each read, and does what a test asks it to."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings

PATIENCE = 20.0


@dataclass
class Asked:
    """A request: its path, its method, its body as far as it has come, and whether it is complete."""

    stream: int
    path: str
    method: str
    body: bytes = b""
    ended: bool = False


#: Answers a request that is complete, or does something else with its connection.
Respond = Callable[["Http2Server", h2.connection.H2Connection, Asked], None]


def echo(_: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
    """Answers with the method, the path and the body."""
    speaker.send_headers(asked.stream, [(":status", "200"), ("content-type", "text/plain")])
    speaker.send_data(asked.stream, f"{asked.method} {asked.path} ".encode() + asked.body, end_stream=True)


@dataclass
class Seen:
    """What a connection has brought.

    Attributes:
        requests: by stream.
        ended_together: of each read in which requests became complete, how many.
    """

    requests: dict[int, Asked] = field(default_factory=dict[int, Asked])
    ended_together: list[int] = field(default_factory=list[int])


class Http2Server:
    """Listens on loopback. Use as a context manager.

    Args:
        tls: the context, with a certificate.
        respond: see :data:`Respond`.
        at_a_time: how many requests it takes at a time on a connection.
        protocols: what it offers.
        window: initial window of a stream, in bytes.

    Attributes:
        connections: what each has brought, those without a request left out.
        resets: streams that the client has left.
    """

    def __init__(
        self,
        tls: ssl.SSLContext,
        respond: Respond = echo,
        *,
        at_a_time: int = 100,
        protocols: tuple[str, ...] = ("h2", "http/1.1"),
        window: int = 65_535,
    ) -> None:
        tls.set_alpn_protocols(list(protocols))
        self._tls, self._respond = tls, respond
        self._settings = {
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: at_a_time,
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window,
        }
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.base_url = f"https://127.0.0.1:{self.port}"
        self._seen: list[Seen] = []
        self.resets: list[int] = []
        self._open: list[socket.socket] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def connections(self) -> list[Seen]:
        """See the class."""
        return [seen for seen in self._seen if seen.requests]

    @property
    def requests(self) -> list[Asked]:
        """All requests."""
        return [asked for seen in self._seen for asked in seen.requests.values()]

    def wait_until(self, there: Callable[[], object]) -> None:
        """Wait until something has come."""
        with self._changed:
            assert self._changed.wait_for(there, PATIENCE), self._seen

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain = self._listener.accept()[0]
                self._open.append(plain)
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            connection = self._tls.wrap_socket(plain, server_side=True)
            self._open.append(connection)
            if connection.selected_alpn_protocol() != "h2":
                self._serve_http11(connection)
                return
            speaker = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
            speaker.local_settings = h2.settings.Settings(client=False, initial_values=self._settings)
            speaker.initiate_connection()
            connection.sendall(speaker.data_to_send())
            seen = Seen()
            self._seen.append(seen)
            while data := connection.recv(65_536):
                with self._changed:
                    self._take(speaker, seen, speaker.receive_data(data))
                    self._changed.notify_all()
                connection.sendall(speaker.data_to_send())
                if speaker.state_machine.state is h2.connection.ConnectionState.CLOSED:
                    break
            connection.shutdown(socket.SHUT_RDWR)

    def _serve_http11(self, connection: ssl.SSLSocket) -> None:
        data = b""
        while more := connection.recv(65_536):
            data += more
            if b"\r\n\r\n" in data:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nHTTP/1.1")
                data = b""

    def _take(self, speaker: h2.connection.H2Connection, seen: Seen, events: list[h2.events.Event]) -> None:
        complete: list[Asked] = []
        for event in events:
            if isinstance(event, h2.events.RequestReceived):
                head = dict(event.headers)
                seen.requests[event.stream_id] = Asked(event.stream_id, head[":path"], head[":method"])
            elif isinstance(event, h2.events.DataReceived):
                seen.requests[event.stream_id].body += event.data
                if event.flow_controlled_length:
                    speaker.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                seen.requests[event.stream_id].ended = True
                complete.append(seen.requests[event.stream_id])
            elif isinstance(event, h2.events.StreamReset):
                self.resets.append(event.stream_id)
        if complete:
            seen.ended_together.append(len(complete))
        for asked in complete:
            self._respond(self, speaker, asked)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
