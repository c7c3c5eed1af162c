"""A real receiver of webhook deliveries on loopback, for tests of the mock's sender."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Received:
    """One request as it came in; names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Mailbox:
    """Keeps what it receives and answers as told; 200 unless `answers` holds something else."""

    def __init__(self) -> None:
        self.answers: deque[int] = deque()
        self.extra_headers: dict[str, str] = {}
        self._received: list[Received] = []
        self._changed = threading.Condition()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def hold(self) -> None:
        """Receive, but answer nobody until `release`."""
        self._may_answer.clear()

    def release(self) -> None:
        """Answer all who wait, and everybody from now on."""
        self._may_answer.set()

    def received(self) -> list[Received]:
        """What has come in so far."""
        with self._changed:
            return list(self._received)

    def wait(self, count: int) -> list[Received]:
        """What has come in once there are at least `count`; fails the test if they do not come."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self._received) >= count, PATIENCE_SECONDS)
            assert came, f"{len(self._received)} of {count} deliveries came"
            return list(self._received)

    def close(self) -> None:
        """End the server and whoever waits in it."""
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mailbox = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with mailbox._changed:
                    mailbox._received.append(Received(self.command, self.path, headers, body))
                    status = mailbox.answers.popleft() if mailbox.answers else 200
                    mailbox._changed.notify_all()
                mailbox._may_answer.wait(PATIENCE_SECONDS)
                try:
                    self.send_response(status)
                    for name, value in mailbox.extra_headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:  # the sender has given up
                    self.close_connection = True

            do_GET = do_POST = answer  # noqa: N815 - named by http.server

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        return Handler


class Settled:
    """Tells when no delivery of a mock is left to send.

    Parameters:
        outbox: the mock's.
    """

    def __init__(self, outbox: object) -> None:
        self._outbox = outbox
        self._changed = threading.Condition()
        settle: Callable[..., None] = outbox.settle  # type: ignore[attr-defined]

        def note(*arguments: object) -> None:
            settle(*arguments)
            with self._changed:
                self._changed.notify_all()

        outbox.settle = note  # type: ignore[attr-defined]

    def wait(self) -> dict[str, int]:
        """The deliveries by state once none is pending, without states that none is in."""
        count = self._outbox.count_by_state  # type: ignore[attr-defined]
        with self._changed:
            assert self._changed.wait_for(lambda: count()["pending"] == 0, PATIENCE_SECONDS), count()
        return {state: number for state, number in count().items() if number}
