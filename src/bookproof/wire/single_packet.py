"""The single packet: requests on one HTTP/2 connection, whose ends go out in one write.

Whatever the way does to a packet, it does to all of the ends in it, so that they arrive together. All else of the
requests, headers and bodies, has been sent before.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

from bookproof.wire.gate import racer_here
from bookproof.wire.http2 import Connection, NotHttp2, Stream

#: Scheme, host and port.
Origin = tuple[str, str, int]


def origin_of(url: httpx.URL) -> Origin:
    """Where a URL leads to."""
    return url.scheme, url.raw_host.decode("ascii").strip("[]"), url.port or (443 if url.scheme == "https" else 80)


class SinglePackets(httpx.BaseTransport):
    """Carries requests of racers, on one connection for each origin, which is kept for later races.

    Args:
        verify_tls: whether certificates are checked.
        connect_timeout, write_timeout: seconds.
    """

    def __init__(self, *, verify_tls: bool, connect_timeout: float, write_timeout: float) -> None:
        self._context = ssl.create_default_context()
        if not verify_tls:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE
        self._connect_timeout = connect_timeout
        self._write_timeout = write_timeout
        self._connections: dict[Origin, Connection] = {}
        self._never: dict[Origin, str] = {}

    def why_not(self, url: httpx.URL, racers: int) -> str:
        """Why requests for a URL cannot go this way; "" if they can. Asked once before each race.

        Connects, or connects anew where the connection that is there will not do for another race.

        Args:
            url: of a request.
            racers: how many must fit.
        """
        if url.scheme != "https":
            return "HTTP/2 is spoken over TLS only, and this is http"
        origin = origin_of(url)
        if origin in self._never:
            return self._never[origin]
        try:
            connection = self._connection(origin)
        except NotHttp2 as why:
            if why.__cause__ is None:
                # That is what the server said, and not an accident of the moment.
                self._never[origin] = str(why)
            return str(why)
        if connection.at_a_time < racers:
            return f"the server takes {connection.at_a_time} requests at a time on a connection, and these are {racers}"
        return ""

    def _connection(self, origin: Origin) -> Connection:
        known = self._connections.get(origin)
        if known and known.usable:
            return known
        if known:
            self._connections.pop(origin).close()
        made = self._connections[origin] = Connection(
            origin[1],
            origin[2],
            self._context,
            connect_timeout=self._connect_timeout,
            write_timeout=self._write_timeout,
        )
        return made

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a racer's request up to its end, wait at the gate, and read the answer.

        Raises:
            httpx.TransportError: there is no answer.
        """
        racer = racer_here()
        assert racer is not None, "only racers' requests come here"
        connection = self._connections[origin_of(request.url)]
        timeouts: dict[str, Any] = request.extensions.get("timeout", {})
        stream = connection.begin(request, timeouts.get("write"))
        body = _Body(connection, stream, timeouts.get("read"))
        try:
            racer.wait(connection)
            status, headers = body.head()
        except httpcore.ReadError as why:
            body.close()
            raise httpx.ReadError(str(why)) from why
        except BaseException:
            body.close()
            raise
        return httpx.Response(status, headers=headers, stream=body, extensions={"http_version": b"HTTP/2"})

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()


class _Body(httpx.SyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, connection: Connection, stream: Stream, timeout: float | None) -> None:
        self._connection, self._stream, self._timeout = connection, stream, timeout

    def head(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Status and headers, waited for."""
        stream = self._stream
        self._connection.wait_for(stream, lambda: stream.head, self._timeout)
        assert stream.head is not None, "it was waited for"
        return stream.head

    def __iter__(self) -> Iterator[bytes]:
        stream = self._stream
        while True:
            self._connection.wait_for(stream, lambda: stream.parts or stream.ended, self._timeout)
            if not stream.parts:
                return
            yield stream.parts.popleft()

    def close(self) -> None:
        """Leave the rest unread."""
        self._connection.leave(self._stream)
