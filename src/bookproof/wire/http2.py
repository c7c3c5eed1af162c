"""One HTTP/2 connection over TLS on which the ends of several requests can be held back and sent in one write.

The ``h2`` library speaks the protocol; here are the socket, TLS, and the threads. A thread of its own reads, so that
answers to several callers, windows and pings are dealt with as they come. Source: RFC 9113.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import httpx

#: What a connection speaks, as it is agreed on in the TLS handshake.
HTTP2, HTTP11 = "h2", "http/1.1"
#: A connection is renewed before it has carried this many requests: servers end one after a thousand or so.
MOST_REQUESTS = 500

_READ_AT_ONCE = 65_536
_FRAME_HEAD, _GOAWAY = 9, 0x7
_END_PATIENCE = 5.0
# These are about a connection of HTTP/1.1. Source: RFC 9113, section 8.2.2.
_NOT_CARRIED = frozenset({"host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})


class NotHttp2(Exception):
    """There is no such connection; says why not."""


@dataclass
class Stream:
    """A request on its way and its answer, as far as it has come.

    Attributes:
        number: of the stream on its connection.
        head: status and headers, or None as long as there are none.
        parts: of the body, not yet taken.
        ended: whether the answer is complete.
        failure: why there will be no more of it; "" while nothing is wrong.
    """

    number: int
    head: tuple[int, list[tuple[bytes, bytes]]] | None = None
    parts: deque[bytes] = field(default_factory=deque[bytes])
    ended: bool = False
    failure: str = ""


class Tls:
    """TLS over a socket that one thread reads from while others write to it, which OpenSSL alone does not allow."""

    def __init__(self, context: ssl.SSLContext, hostname: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=hostname)

    def shake_hands(self, connection: socket.socket) -> str:
        """Do the handshake; returns the protocol that was agreed on.

        Raises:
            OSError: it failed; ``ssl.SSLError`` is one.
        """
        while True:
            wanting = False
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                wanting = True
            connection.sendall(self._outgoing.read())
            if not wanting:
                return self._tls.selected_alpn_protocol() or HTTP11
            received = connection.recv(_READ_AT_ONCE)
            if not received:
                raise ConnectionResetError("the server hung up during the TLS handshake")
            self._incoming.write(received)

    def encrypted(self, data: bytes) -> bytes:
        """What to send for some data."""
        self._tls.write(data)
        return self._outgoing.read()

    def decrypted(self, received: bytes) -> bytes:
        """The data in what was received, as far as it is complete."""
        self._incoming.write(received)
        found: list[bytes] = []
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while data := self._tls.read(_READ_AT_ONCE):
                found.append(data)
        return b"".join(found)


class Frames:
    """Cuts what is received into frames. ``h2`` takes nothing more after a GOAWAY, though answers may follow one."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, data: bytes) -> Iterator[bytes]:
        """The frames that are complete."""
        self._rest += data
        while len(self._rest) >= _FRAME_HEAD:
            size = _FRAME_HEAD + int.from_bytes(self._rest[:3])
            if len(self._rest) < size:
                return
            frame, self._rest = self._rest[:size], self._rest[size:]
            yield frame


class Connection:
    """An HTTP/2 connection; a :class:`bookproof.wire.gate.Lane`.

    Args:
        host, port: of the server.
        context: of TLS.
        connect_timeout: seconds for each step until it is ready.
        write_timeout: seconds for a write.

    Raises:
        NotHttp2: there is no connection, or the server speaks HTTP/1.1 only.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext, *, connect_timeout: float, write_timeout: float
    ) -> None:
        context.set_alpn_protocols([HTTP2, HTTP11])
        self._tls = Tls(context, host)
        self._frames = Frames()
        try:
            self._socket = socket.create_connection((host, port), connect_timeout)
        except OSError as why:
            raise NotHttp2(f"no connection: {why}") from why
        try:
            agreed = self._tls.shake_hands(self._socket)
        except OSError as why:
            self._socket.close()
            raise NotHttp2(f"no TLS connection: {why}") from why
        if agreed != HTTP2:
            self._socket.close()
            raise NotHttp2("the server does not offer HTTP/2")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(write_timeout)
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
        self._changed = threading.Condition(threading.RLock())
        self._streams: dict[int, Stream] = {}
        self._unfinished: list[int] = []
        self._requests = 0
        self._greeted = False
        self._leaving = ""
        self._closed = ""
        self._reader = threading.Thread(target=self._read, name="bookproof-http2", daemon=True)
        with self._changed:
            self._h2.initiate_connection()
            self._h2.update_settings({h2.settings.SettingCodes.ENABLE_PUSH: 0})
            self._flush()
        self._reader.start()
        with self._changed:
            # How many requests it takes at a time, a server says first.
            self._changed.wait_for(lambda: self._greeted or self._closed, connect_timeout)
        if not self._greeted:
            self.close()
            raise NotHttp2(f"the server agreed on HTTP/2 and did not begin it ({self._closed or 'nothing came'})")

    @property
    def usable(self) -> bool:
        """Whether it takes further requests at all, and is not to be renewed."""
        return not self._closed and not self._leaving and self._requests < MOST_REQUESTS

    @property
    def at_a_time(self) -> int:
        """How many requests the server takes at a time."""
        return self._h2.remote_settings.max_concurrent_streams

    # Sending

    def begin(self, request: httpx.Request, timeout: float | None) -> Stream:
        """Send a request but for its end.

        Args:
            request: with its whole body read.
            timeout: seconds for the server to make room for the body.

        Raises:
            httpx.ConnectError: the connection takes no more requests.
            httpx.WriteError, httpx.WriteTimeout: it could not be sent.
        """
        with self._changed:
            if self._closed or self._leaving:
                raise httpx.ConnectError(self._closed or self._leaving)
            number = self._h2.get_next_available_stream_id()
            stream = self._streams[number] = Stream(number)
            self._requests += 1
            try:
                self._h2.send_headers(number, _head(request))
                self._flush()
                self._send_body(stream, request.content, timeout)
            except (OSError, h2.exceptions.ProtocolError) as why:
                if not stream.head and not stream.failure:
                    self._streams.pop(number)
                    raise httpx.WriteError(str(why) or type(why).__name__) from why
                # A server may answer, or reset the stream, before it has everything; then that is to be read.
            else:
                self._unfinished.append(number)
            return stream

    def _send_body(self, stream: Stream, body: bytes, timeout: float | None) -> None:
        window = self._h2.local_flow_control_window
        while body and not stream.failure:
            if not self._changed.wait_for(lambda: window(stream.number) > 0 or stream.failure or self._closed, timeout):
                raise httpx.WriteTimeout("the server made no room for the body")
            size = min(window(stream.number), self._h2.max_outbound_frame_size)
            self._h2.send_data(stream.number, body[:size])
            self._flush()
            body = body[size:]

    def ready(self) -> Callable[[], object]:
        """What sends the ends of all requests in one write."""
        return self._finish

    def _finish(self) -> None:
        with self._changed:
            for number in self._unfinished:
                # One that the server has closed already needs no end.
                with suppress(h2.exceptions.ProtocolError):
                    self._h2.send_data(number, b"", end_stream=True)
            self._unfinished.clear()
            self._flush()

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data:
            self._socket.sendall(self._tls.encrypted(data))

    # Receiving

    def wait_for(self, stream: Stream, there: Callable[[], object], timeout: float | None) -> None:
        """Wait until something of an answer is there.

        Raises:
            httpx.ReadTimeout: it did not come in time.
            httpx.RemoteProtocolError: it will not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: there() or stream.failure, timeout):
                raise httpx.ReadTimeout("timed out")
            if not there():
                raise httpx.RemoteProtocolError(stream.failure)

    def leave(self, stream: Stream) -> None:
        """Let go of a stream, whether or not its answer is complete."""
        with self._changed:
            self._streams.pop(stream.number, None)
            if stream.number in self._unfinished:
                self._unfinished.remove(stream.number)
            if not stream.ended and not stream.failure and not self._closed:
                with suppress(OSError, h2.exceptions.ProtocolError):
                    self._h2.reset_stream(stream.number, h2.errors.ErrorCodes.CANCEL)
                    self._flush()

    def _read(self) -> None:
        why = "the server closed the connection"
        try:
            while received := self._received():
                with self._changed:
                    for frame in self._frames.cut(self._tls.decrypted(received)):
                        self._take(frame)
                    self._flush()
                    self._changed.notify_all()
        except (OSError, h2.exceptions.ProtocolError) as error:
            why = f"the connection broke: {error}"
        with self._changed:
            self._closed = self._closed or why
            for stream in self._streams.values():
                self._fail(stream, why)
            self._changed.notify_all()

    def _received(self) -> bytes:
        while True:
            # An idle connection is none that has failed.
            with suppress(TimeoutError):
                return self._socket.recv(_READ_AT_ONCE)

    def _take(self, frame: bytes) -> None:
        if frame[3] == _GOAWAY:
            last = int.from_bytes(frame[_FRAME_HEAD : _FRAME_HEAD + 4]) & 0x7FFF_FFFF
            self._leaving = "the server takes no more requests on this connection"
            for stream in self._streams.values():
                if stream.number > last:
                    self._fail(stream, self._leaving)
            return
        for event in self._h2.receive_data(frame):
            if isinstance(event, h2.events.RemoteSettingsChanged):
                self._greeted = True
                continue
            stream = self._streams.get(getattr(event, "stream_id", None) or 0)
            if isinstance(event, h2.events.DataReceived) and event.flow_controlled_length:
                # A stream that is gone counts against the window of the connection, too.
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if stream:
                self._note(stream, event)

    def _note(self, stream: Stream, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            fields = [(_raw(name), _raw(value)) for name, value in event.headers]
            status = next((value for name, value in fields if name == b":status"), b"0")
            stream.head = int(status), [each for each in fields if not each[0].startswith(b":")]
        elif isinstance(event, h2.events.DataReceived):
            stream.parts.append(event.data)
        elif isinstance(event, h2.events.StreamEnded):
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset):
            self._fail(stream, f"the server reset the stream (error code {int(event.error_code)})")

    def _fail(self, stream: Stream, why: str) -> None:
        if not stream.ended:
            stream.failure = stream.failure or why

    def close(self) -> None:
        """Close the connection; answers that are not there yet will not come."""
        with self._changed:
            self._closed = self._closed or "the connection was closed"
            with suppress(OSError, h2.exceptions.ProtocolError):
                self._h2.close_connection()
                self._flush()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._reader.is_alive():
            self._reader.join(_END_PATIENCE)
        self._socket.close()


def _head(request: httpx.Request) -> list[tuple[bytes, bytes]]:
    carried = [(name.lower(), value) for name, value in request.headers.raw]
    return [
        (b":method", request.method.encode()),
        (b":scheme", request.url.raw_scheme),
        (b":authority", request.headers["host"].encode()),
        (b":path", request.url.raw_path),
        *(each for each in carried if each[0].decode("latin-1") not in _NOT_CARRIED),
    ]


def _raw(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
