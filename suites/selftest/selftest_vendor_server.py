"""Serves a vendor: a real HTTP server on a loopback port of the system's choice, with the mock behind it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from selftest_renaming import Renaming, Vendor

from bookproof.mock import MockServer, start_mock


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(renaming: Renaming) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def handle_one_request(self) -> None:
            with contextlib.suppress(ConnectionError):
                super().handle_one_request()

        def log_message(self, *_: Any) -> None:
            pass

        def reply(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = renaming.answer(self.command, self.path, headers, self.rfile.read(length))
            self.send_response_only(answer.status)
            self.send_header("date", renaming.date)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = reply  # noqa: N815 - names that the base class looks up

    return Handler


@contextlib.contextmanager
def vendor_server(vendor: Vendor, defects: Iterable[str] = (), now: datetime | None = None) -> Iterator[RunningVendor]:
    """Serve a vendor: the mock, with planted defects if wanted, behind the renaming layer.

    Args:
        vendor: whose choices.
        defects: of the mock.
        now: an instant at which its clock stands still.
    """
    with start_mock(defects=defects, now=now, reschedule_mode=vendor.reschedule_mode) as mock:
        server = _Server(("127.0.0.1", 0), _handler(Renaming(vendor, mock)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield RunningVendor(f"http://127.0.0.1:{server.server_address[1]}", mock)
        finally:
            server.shutdown()
            server.server_close()


@dataclass(frozen=True)
class RunningVendor:
    """A vendor that is being served, and the mock behind it."""

    base_url: str
    mock: MockServer
