"""How closely requests arrive, and how often a double booking is seen, by the way in which they are sent together.

Run it by hand: ``python suites/selftest/benchmarks/bench_gate.py [BATCHES] [CALLERS]``. The servers are processes of
their own: uvicorn, and hypercorn with TLS for HTTP/2. Each slot is booked by several callers at once; the server looks
whether it is taken, waits for the window, and writes, either on its event loop or on threads. What is printed is the
share of the batches in which more than one caller was told 201. All of it is measured a second time through a proxy
that holds up each piece of data for 0 to 10 ms. What counts is how the techniques compare; times depend on the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

# Found beside the tests, wherever this is started from.
sys.path.insert(0, str(Path(__file__).parents[1]))

WINDOWS = (0.0, 0.0002, 0.001, 0.005)
KINDS = ("loop", "threads")
HOLD_UP = 0.01
_slots = itertools.count()


# The server


def application() -> Any:
    """An ASGI application with a fault: ``POST /<kind>/<window>/<slot>``."""
    taken: set[str] = set()

    async def wait(window: float) -> None:
        end = time.perf_counter() + window
        await asyncio.sleep(0)
        # The timer of an event loop is too coarse for windows below a millisecond.
        while time.perf_counter() < end:  # noqa: ASYNC110  there is nothing to be told by
            await asyncio.sleep(0)

    def book(slot: str, window: float) -> int:
        free = slot not in taken
        time.sleep(window)
        taken.add(slot)
        return 201 if free else 409

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        while (await receive())["more_body"]:
            pass
        arrived = time.monotonic_ns()
        _, kind, window, slot = scope["path"].split("/")
        if kind == "threads":
            status = await asyncio.get_running_loop().run_in_executor(None, book, slot, float(window))
        else:
            free = slot not in taken
            await wait(float(window))
            taken.add(slot)
            status = 201 if free else 409
        headers = [(b"content-length", b"2"), (b"x-arrived-ns", str(arrived).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


def serve(kind: str, descriptor: int, certificate: str) -> None:
    """Serve until standard input ends."""
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    if kind == "uvicorn":
        import uvicorn

        server = uvicorn.Server(uvicorn.Config(application(), log_level="critical", timeout_keep_alive=600))
        # Asyncio switches Nagle's algorithm off for sockets that say that they are TCP only.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, descriptor)
        server.run(sockets=[listener])
        return
    from hypercorn.asyncio import serve as run
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{descriptor}"]
    config.certfile = config.keyfile = certificate
    config.alpn_protocols = ["h2", "http/1.1"]
    config.errorlog = config.accesslog = None
    asyncio.run(run(application(), config))


@contextlib.contextmanager
def server(kind: str) -> Iterator[int]:
    """A server in a process of its own: its port."""
    import trustme

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    with tempfile.TemporaryDirectory() as folder, listener:
        certificate = Path(folder) / "server.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        command = [sys.executable, __file__, "--serve", kind, str(listener.fileno()), str(certificate)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listener.fileno()]) as process:
            yield listener.getsockname()[1]
            assert process.stdin is not None
            process.stdin.close()


# The techniques

#: Status and arrival, in nanoseconds, of every caller.
Answers = list[tuple[int, int]]
#: Books a path by several callers at once.
Technique = Callable[[str, int], Answers]


def told(answer: Any) -> tuple[int, int]:
    """What an answer of httpx says."""
    return answer.status_code, int(answer.headers["x-arrived-ns"])


@contextlib.contextmanager
def gate(url: str) -> Iterator[Technique]:
    """The gate, by whichever technique the server allows for."""
    from bookproof.wire.client import Client, Request

    client = Client(
        url, requests_per_minute=10**9, role_limits={}, connect_timeout=10, read_timeout=10, verify_tls=False
    )

    def book(path: str, callers: int) -> Answers:
        race = client.race([lambda: client.send(Request("POST", path, body=b"{}"))] * callers, [""] * callers, "bench")
        return [(one.status, int(one.response_headers["x-arrived-ns"])) for one in race.exchanges if one]

    yield book
    client.close()


@contextlib.contextmanager
def threads(url: str) -> Iterator[Technique]:
    """Threads that wait at a barrier and then send by a client of httpx each, its connection open."""
    clients: list[httpx.Client] = []

    def book(path: str, callers: int) -> Answers:
        while len(clients) < callers:
            clients.append(httpx.Client(base_url=url, verify=_unchecked()))
        for client in clients:
            client.post("/loop/0/warm")
        barrier, answers = threading.Barrier(callers), list[Any](range(callers))

        def one(number: int) -> None:
            barrier.wait()
            answers[number] = told(clients[number].post(path, content=b"{}"))

        running = [threading.Thread(target=one, args=(number,)) for number in range(callers)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        return answers

    yield book
    for client in clients:
        client.close()


@contextlib.contextmanager
def gathered(url: str) -> Iterator[Technique]:
    """asyncio.gather over one asynchronous client, its connections open."""
    loop = asyncio.new_event_loop()
    client = httpx.AsyncClient(base_url=url, verify=_unchecked(), limits=httpx.Limits(keepalive_expiry=600))

    async def together(path: str, callers: int) -> list[httpx.Response]:
        return await asyncio.gather(*(client.post(path, content=b"{}") for _ in range(callers)))

    def book(path: str, callers: int) -> Answers:
        loop.run_until_complete(together("/loop/0/warm", callers))
        return [told(answer) for answer in loop.run_until_complete(together(path, callers))]

    yield book
    loop.run_until_complete(client.aclose())
    loop.close()


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# Measuring


@dataclass
class Row:
    """What a technique came to: spreads of the arrivals in seconds, and shares of batches that saw the fault."""

    name: str
    spreads: list[float] = field(default_factory=list[float])
    seconds: list[float] = field(default_factory=list[float])
    seen: dict[tuple[str, float], float] = field(default_factory=dict[tuple[str, float], float])


def measured(name: str, book: Technique, batches: int, callers: int) -> Row:
    """Measure one technique."""
    row = Row(name)
    book(f"/loop/0/{next(_slots)}", callers)
    for kind, window in itertools.product(KINDS, WINDOWS):
        seen = 0
        for _ in range(batches):
            answers = book(f"/{kind}/{window}/{next(_slots)}", callers)
            arrived = sorted(moment for _, moment in answers)
            row.spreads.append((arrived[-1] - arrived[0]) / 1e9)
            row.seconds.append((arrived[1] - arrived[0]) / 1e9)
            seen += sum(status == 201 for status, _ in answers) > 1
        row.seen[kind, window] = seen / batches
    return row


def main(batches: int, callers: int) -> None:
    """Measure everything and print it."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from selftest_proxy import uneven_way

    ways: list[tuple[str, Callable[[str], Any], str]] = [
        ("gate, last byte", gate, "http"),
        ("gate, single packet", gate, "https"),
        ("threads and a barrier", threads, "http"),
        ("asyncio.gather", gathered, "http"),
    ]
    with server("uvicorn") as plain, server("hypercorn") as secure, contextlib.ExitStack() as stack:
        ports = {"http": plain, "https": secure}
        uneven = {scheme: stack.enter_context(uneven_way(port, HOLD_UP)) for scheme, port in ports.items()}
        for title, where in (("straight", ports), (f"each piece held up for 0 to {HOLD_UP * 1000:.0f} ms", uneven)):
            table = Table(title=f"{callers} callers, {batches} batches a cell, {title}", box=box.SIMPLE_HEAD)
            for heading in ("technique", "arrivals, ms", "second, ms"):
                table.add_column(heading, justify="left" if heading == "technique" else "right")
            for kind, window in itertools.product(KINDS, WINDOWS):
                table.add_column(f"{kind}\n{f'{window * 1000:g} ms' if window else 'yield'}", justify="right")
            for name, technique, scheme in ways:
                with technique(f"{scheme}://127.0.0.1:{where[scheme]}") as book:
                    row = measured(name, book, batches, callers)
                table.add_row(
                    name,
                    f"{statistics.median(row.spreads) * 1000:.2f}",
                    f"{statistics.median(row.seconds) * 1000:.2f}",
                    *(f"{share:.0%}" for share in row.seen.values()),
                )
            Console(width=140).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, int(sys.argv[2]) if len(sys.argv) > 2 else 8)
