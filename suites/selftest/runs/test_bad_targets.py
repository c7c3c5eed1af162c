"""Targets that are none: a clear word, exit 3, within the time-outs, and a report all the same."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selftest_runs import Ran

TARGET = """
name = "{name}"
dialect = "imatic-v1"
base_url = "{url}"
safety = "write"
credentials = {{ full = "BOOKPROOF_TEST_KEY" }}
timeouts = {{ connect = 1, read = 1 }}

[data]
time_zone = "Europe/Berlin"

[data.event_types.main]
code = "intro"
time_zone = "Europe/Berlin"
duration = 30
"""
KEY = {"BOOKPROOF_TEST_KEY": "cal_test.0123456789abcdef"}


@pytest.fixture
def target_file(tmp_path: Path) -> Callable[[str], str]:
    """Writes a target file for a URL and names it."""

    def write(url: str) -> str:
        path = tmp_path / "target.toml"
        path.write_text(TARGET.format(name="odd", url=url), encoding="utf-8")
        return str(path)

    return write


def _unreachable(ran: Ran, *words: str) -> None:
    assert ran.code == 3, ran.out + ran.err
    assert set(ran.outcomes("odd").values()) <= {"untestable", "not-applicable"}
    reason = ran.record["targets"][0]["unreachable"]
    for word in words:
        assert word in reason
    assert ran.folder is not None
    assert (ran.folder / "junit.xml").exists()
    assert (ran.folder / "report.html").exists()


def test_connection_refused(bookproof: Callable[..., Ran], target_file: Callable[[str], str]) -> None:
    """Nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ran = bookproof("run", "--target", target_file(f"http://127.0.0.1:{port}"), environment=KEY)
    _unreachable(ran, "does not answer")


def test_host_that_never_answers(bookproof: Callable[..., Ran], target_file: Callable[[str], str]) -> None:
    """Somebody listens and says nothing; the read time-out ends it."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ran = bookproof("run", "--target", target_file(url), environment=KEY, timeout=60)
    _unreachable(ran, "does not answer", "Timeout")


@contextmanager
def _server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Page(BaseHTTPRequestHandler):
    """A web page on every path."""

    status, body, kind = 200, b"<html><body>Welcome</body></html>", "text/html"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


class _NoKey(_Page):
    status, body, kind = 401, b'{"success":false,"error":"unauthorized","message":"no"}', "application/json"


def test_web_page_on_every_path(bookproof: Callable[..., Ran], target_file: Callable[[str], str]) -> None:
    """What answers is a site, not the API."""
    with _server(_Page) as url:
        ran = bookproof("run", "--target", target_file(url), environment=KEY)
    _unreachable(ran, "not this API", "text/html")


def test_key_that_is_refused(bookproof: Callable[..., Ran], target_file: Callable[[str], str]) -> None:
    """With a wrong full key nothing can be judged, and it is not the target's fault."""
    with _server(_NoKey) as url:
        ran = bookproof("run", "--target", target_file(url), environment=KEY)
    _unreachable(ran, "401", "key")


def test_target_that_goes_away(bookproof: Callable[..., Ran], target_file: Callable[[str], str]) -> None:
    """A target that stops answering in the middle ends the run soon, not after every time-out."""

    class Dying(_Page):
        left = 2
        body, kind = b'{"success":true,"data":{}}', "application/json"

        def do_GET(self) -> None:
            Dying.left -= 1
            if Dying.left < 0:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            super().do_GET()

        do_POST = do_GET  # noqa: N815  the handler's own naming

    with _server(Dying) as url:
        ran = bookproof("run", "--target", target_file(url), environment=KEY)
    assert ran.code == 3, ran.out + ran.err
