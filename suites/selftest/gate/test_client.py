"""The client carries nothing from one request to the next but what it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bookproof.wire.client import Client, Request


class _SettingCookies(BaseHTTPRequestHandler):
    """Opens a session for whoever asks, and shows which one was sent."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.headers.get("cookie", "none").encode()
        self.send_response(200)
        self.send_header("set-cookie", "session=abc; Path=/")
        self.send_header("X-Twice", "one")
        self.send_header("X-Twice", "two")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of a server that opens sessions."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _SettingCookies)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Client(
        f"http://127.0.0.1:{server.server_port}",
        requests_per_minute=600,
        role_limits={},
        connect_timeout=10,
        read_timeout=10,
    )
    yield made
    made.close()
    server.shutdown()
    server.server_close()


def test_no_session_is_kept(client: Client) -> None:
    """With one that was opened by a key, a request without any key would be let in."""
    seen = [client.send(Request("GET", "/")) for _ in range(2)]
    assert [exchange.text for exchange in seen] == ["none", "none"]
    assert seen[0].response_headers["set-cookie"].startswith("session=")


def test_headers_of_one_name_are_joined(client: Client) -> None:
    """Names are told in lower case."""
    assert client.send(Request("GET", "/")).response_headers["x-twice"] == "one, two"
