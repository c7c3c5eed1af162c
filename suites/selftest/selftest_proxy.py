"""A way that is uneven: a proxy on loopback that passes each piece of data on after a random delay."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator


@contextlib.contextmanager
def uneven_way(port: int, longest: float, seed: int = 0) -> Iterator[int]:
    """Lead to a port of this machine, each piece of data held up for 0 to ``longest`` seconds, in either direction.

    Args:
        port: where it leads to.
        longest: seconds.
        seed: of the delays.

    Yields:
        the port to connect to.
    """
    delays = random.Random(seed)
    opened: list[socket.socket] = []

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                time.sleep(delays.uniform(0, longest))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def listen() -> None:
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", port))
                for one in (client, server):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    opened.append(one)
                threading.Thread(target=pass_on, args=(client, server), daemon=True).start()
                threading.Thread(target=pass_on, args=(server, client), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(target=listen, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        for one in (listener, *opened):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
