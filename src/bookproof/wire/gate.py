"""The gate: lets requests of several threads through to their last byte, and sends those last bytes together.

A caller that is to race runs in a thread of its own, as a :class:`Racer`. It uses an ordinary ``httpx.Client`` whose
connections go through :class:`GatedBackend`: whatever a racer sends, its final byte is held back. The first time that
it waits for an answer, its request is complete but for that byte, and it waits at the :class:`Gate` instead. A server
acts on a request when it is complete, so that opening the gate starts all of them at once.
"""

from __future__ import annotations

import ctypes
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, Self

import httpcore
import httpx

if TYPE_CHECKING:
    from bookproof.wire.exchange import Exchange

#: How the ends of requests are sent together: a byte on a connection each, or all in one write on one connection.
LAST_BYTE, SINGLE_PACKET = "last byte", "single packet"
#: Seconds between the last arrival and the release: what was sent before must have come to rest by then.
PAUSE = 0.005
#: Seconds that an idle connection is kept for the next race; one that the server has closed is noticed.
KEPT_FOR = 600.0

_here = threading.local()


def come_to_rest() -> None:
    """Let what has been sent before arrive before the release."""
    time.sleep(PAUSE)


class Lane(Protocol):
    """A connection on which the end of one request or of several is held back."""

    def ready(self) -> Callable[[], object]:
        """What sends that which is held back, with as little as possible left to do."""
        ...


class Racer:
    """One call of a race, in a thread of its own; its first request goes through the gate.

    Args:
        gate: where it waits.
        race: name of the race.
        client_for: which HTTP client sends to a URL.
        handicap: seconds that it is released after the others; without effect on a connection that it shares.
        place: which call of the race it is, from 0.

    Attributes:
        exchanges: what it has sent; the first one is raced.
        released: when the end of its request was sent (``time.perf_counter``), or None.
        lane: the connection that it was released on, or None.
    """

    def __init__(
        self,
        gate: Gate,
        race: str,
        client_for: Callable[[Racer, httpx.URL], httpx.Client],
        handicap: float = 0.0,
        place: int = 0,
    ) -> None:
        self._gate = gate
        self.place = place
        self.handicap = handicap
        self._client_for = client_for
        self.race = race
        self.exchanges: list[Exchange] = []
        self.released: float | None = None
        self.lane: Lane | None = None

    def client_for(self, url: httpx.URL) -> httpx.Client:
        """The HTTP client that sends to a URL."""
        return self._client_for(self, url)

    @property
    def at_start(self) -> bool:
        """Whether the end of its request is still to be held back."""
        return self.released is None and not self.exchanges

    def wait(self, lane: Lane) -> None:
        """Wait at the gate until the end of the request has been sent.

        Raises:
            httpcore.ReadError: the race was called off, and the end was not sent.
        """
        self.lane = lane
        self._gate.wait(self)

    def __enter__(self) -> Self:
        _here.racer = self
        return self

    def __exit__(self, *_: object) -> None:
        _here.racer = None
        self._gate.ended(self)


def racer_here() -> Racer | None:
    """The racer whose thread this is, or None."""
    return getattr(_here, "racer", None)


class Gate:
    """Where racers wait, each with a request that lacks its end.

    Args:
        racers: how many are to come.
    """

    def __init__(self, racers: int) -> None:
        self._to_come = racers
        self._waiting: list[Racer] = []
        self._settled: set[Racer] = set()
        self._changed = threading.Condition()
        self._open = False
        self._decided = threading.Event()
        self._called_off = False

    def wait(self, racer: Racer) -> None:
        """Wait until the gate opens; who comes too late is let through at once. See :meth:`Racer.wait`."""
        with self._changed:
            late = self._open
            if not late:
                self._waiting.append(racer)
                self._settle(racer)
        self._decided.wait()
        if self._called_off:
            raise httpcore.ReadError("the race was called off before this request was complete")
        if late:
            _release([racer])

    def ended(self, racer: Racer) -> None:
        """Take note that a racer has come to its end; one that did not arrive holds up nobody."""
        with self._changed:
            self._settle(racer)

    def _settle(self, racer: Racer) -> None:
        if racer not in self._settled:
            self._settled.add(racer)
            self._to_come -= 1
            self._changed.notify_all()

    def open(self, patience: float) -> None:
        """Wait for all racers, then release those that are there, in a tight loop.

        Args:
            patience: seconds to wait for them at most.
        """
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._to_come <= 0, patience)
            come_to_rest()
            with self._changed:
                self._open = True
                _release(self._waiting)
        except BaseException:
            # Whoever is interrupted here must not leave half of a race behind.
            self._called_off = True
            raise
        finally:
            with self._changed:
                self._open = True
            self._decided.set()


#: A broken connection shows when the answer is read.
_QUIETLY = suppress(OSError, httpcore.NetworkError, httpcore.TimeoutException)


def _release(racers: Iterable[Racer]) -> None:
    lanes: dict[Lane, list[Racer]] = {}
    # Who has a handicap comes after the others; a lane that several share goes with the first of them.
    for racer in sorted(racers, key=lambda racer: racer.handicap):
        assert racer.lane is not None, "who waits has a lane"
        lanes.setdefault(racer.lane, []).append(racer)
    sends = [(lane.ready(), released[0].handicap) for lane, released in lanes.items()]
    clock, moments = time.perf_counter, list[float]()
    for send, handicap in sends:
        if handicap and moments:
            time.sleep(max(moments[0] + handicap - clock(), 0))
        moments.append(clock())
        with _QUIETLY:
            send()
    for moment, released in zip(moments, lanes.values(), strict=True):
        for racer in released:
            racer.released = moment


def _send_byte(connection: socket.socket, number: int, byte: bytes) -> None:
    """Send a byte without letting any other thread of this process run meanwhile, as ``socket.send`` does.

    A server in this process, such as the mock, would take the first byte as its turn, and the others would be late.
    """
    if _SEND is None or _SEND(number, byte, 1, 0) != 1:
        connection.send(byte)


def _system_send() -> Callable[[int, bytes, int, int], int] | None:
    if os.name != "posix":
        return None
    send = ctypes.PyDLL(None).send
    send.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    send.restype = ctypes.c_ssize_t
    return send


_SEND = _system_send()


class GatedStream(httpcore.NetworkStream):
    """A connection that holds back the final byte of a racer's request.

    Args:
        stream: the connection itself.
        connect_time: seconds that it took to connect.
    """

    def __init__(self, stream: httpcore.NetworkStream, connect_time: float) -> None:
        self._stream = stream
        self._held = b""
        self._timeout: float | None = None
        self.connect_time = connect_time

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, the final byte excepted where a racer has not been released yet."""
        racer = racer_here()
        # What asks a proxy for a tunnel is not the request yet.
        if racer is None or not racer.at_start or buffer.startswith(b"CONNECT "):
            self._stream.write(buffer, timeout)
            return
        data = self._held + buffer
        # Noted before it is sent: if the server has hung up, its answer may still be read, and that is an arrival too.
        self._held, self._timeout = data[-1:], timeout
        self._stream.write(data[:-1], timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read; a racer that begins to wait for its answer has arrived at the gate."""
        if self._held:
            racer = racer_here()
            if racer is not None:
                racer.wait(self)
        return self._stream.read(max_bytes, timeout)

    def ready(self) -> Callable[[], object]:
        """What sends the byte that is held back: the socket's own method where that does, for it is the quickest."""
        held, self._held = self._held, b""
        if isinstance(self._stream.get_extra_info("ssl_object"), ssl.SSLObject):
            # TLS within TLS, as through a proxy that is spoken to by TLS: it has no socket of its own.
            return partial(self._stream.write, held, self._timeout)
        connection: socket.socket = self._stream.get_extra_info("socket")
        with _QUIETLY:
            connection.settimeout(self._timeout)
        if isinstance(connection, ssl.SSLSocket):
            return partial(connection.send, held)
        return partial(_send_byte, connection, connection.fileno(), held)

    def close(self) -> None:
        """Close the connection; what is held back is never sent."""
        self._held = b""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> GatedStream:
        """Go on in TLS: what is held back is then the last byte of what is to be encrypted."""
        return GatedStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self.connect_time)

    def get_extra_info(self, info: str) -> Any:
        """What the connection itself says."""
        return self._stream.get_extra_info(info)


class GatedBackend(httpcore.NetworkBackend):
    """Opens connections that hold back the final byte of a racer's request."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> GatedStream:
        """Connect as the usual backend does."""
        clock = time.perf_counter()
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return GatedStream(stream, time.perf_counter() - clock)


class GateMissing(RuntimeError):
    """This version of httpx has no place for the gate."""


def install_gate(client: httpx.Client) -> None:
    """Let all connections of a client go through the gate.

    httpx has no public place for a network backend. Its private ones are found here and nowhere else, and a version
    without them is refused.

    Raises:
        GateMissing: the attributes that this needs are gone.
    """
    backend = GatedBackend()
    try:
        inside = vars(client)
        transports: list[Any] = [inside["_transport"], *inside["_mounts"].values()]
        pools: list[Any] = [vars(transport)["_pool"] for transport in transports if transport]
    except (KeyError, TypeError, AttributeError) as why:
        raise GateMissing(_no_place(f"attribute {why}")) from why
    for pool in pools:
        if not hasattr(pool, "_network_backend"):
            raise GateMissing(_no_place("attribute '_network_backend'"))
        pool._network_backend = backend  # noqa: SLF001  the one place; see above


def goes_straight(client: httpx.Client, url: httpx.URL) -> bool:
    """Whether a client speaks to the server of a URL itself, and not through a proxy of the environment.

    Raises:
        GateMissing: the attributes that this needs are gone.
    """
    inside = vars(client)
    try:
        return all(proxy is None or not pattern.matches(url) for pattern, proxy in inside["_mounts"].items())
    except (KeyError, AttributeError) as why:
        raise GateMissing(_no_place(f"attribute {why}")) from why


def _no_place(what: str) -> str:
    return f"httpx {httpx.__version__} has no {what} any more, through which requests are held back; use httpx 0.28"
