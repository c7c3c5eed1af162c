"""The reader of an inbox: it sees its own run, waits without sleeping, and says what is wrong with an inbox."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from bookproof.errors import UsageError
from bookproof.inbox import Delivery
from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer

PATIENCE = 10.0


@pytest.fixture
def stranger() -> Iterator[Callable[[int, bytes], str]]:
    """Servers that are no inbox and answer everything alike; their URLs."""
    running: list[ThreadingHTTPServer] = []

    def serve(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server in running:
        server.shutdown()
        server.server_close()


def test_waiting_ends_with_the_delivery_that_is_waited_for(reader: Inbox, sender: httpx.Client) -> None:
    """The predicate sees all deliveries so far, in their order, and other deliveries do not end the wait."""
    url = reader.open_box("box")
    seen: list[list[int]] = []

    def third(so_far: list[Delivery]) -> bool:
        seen.append([each.number for each in so_far])
        # The next delivery is sent when the last one has been looked at, so that each wakes the reader anew.
        if len(so_far) < 3:
            assert sender.post(url).status_code == 200
        return len(so_far) >= 3

    assert reader.wait(third, PATIENCE)
    assert seen == [[], [1], [1, 2], [1, 2, 3]]
    assert [each.number for each in reader.deliveries()] == [1, 2, 3]


def test_waiting_wakes_for_what_comes_later(reader: Inbox, sender: httpx.Client) -> None:
    """A reader that already waits is woken by a delivery, whatever the rest of its time."""
    url = reader.open_box("box")
    asked = threading.Event()
    patience: list[float] = []
    original = reader._http.request

    def request(*words: object, **more: Any) -> httpx.Response:
        patience.append(more["timeout"].read)
        asked.set()
        return original(*words, **more)  # type: ignore[arg-type]

    reader._http.request = request  # type: ignore[method-assign]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.wait, bool, 600)
        assert asked.wait(PATIENCE)
        sender.post(url)
        assert waiting.result(PATIENCE)
    # The inbox may take as long as it was asked to wait, and then its usual time.
    assert patience[0] == 10 + 20


def test_waiting_ends_when_the_time_is_over(reader: Inbox, sender: httpx.Client) -> None:
    """A predicate that never holds is False in the end; what came meanwhile is read; without a wait it reads once."""
    url = reader.open_box("box")
    sender.post(url)
    assert not reader.wait(lambda all_: len(all_) == 2, 0.05)
    sender.post(url)
    assert reader.wait(lambda all_: len(all_) == 2, 0)
    assert not reader.wait(lambda all_: len(all_) == 3, 0)


def test_a_reader_without_a_box_waits_for_nothing(reader: Inbox) -> None:
    """Nothing can arrive where nothing is open, so nobody waits for it."""
    assert reader.deliveries() == []
    assert not reader.wait(bool, 600)
    assert reader.wait(lambda all_: not all_, 600)


def test_two_readers_do_not_see_each_other(server: InboxServer, sender: httpx.Client) -> None:
    """Boxes of one name in two runs are two boxes, with behaviours and deliveries of their own."""
    first, second = (Inbox(server.base_url, server.token) for _ in range(2))
    urls = [first.open_box("box"), second.open_box("box")]
    assert urls[0] != urls[1]
    for url in (*urls, urls[1]):
        sender.post(url, content=url.encode())
    assert [(each.number, each.body.decode()) for each in first.deliveries()] == [(1, urls[0])]
    assert [(each.number, each.body.decode()) for each in second.deliveries()] == [(2, urls[1]), (3, urls[1])]
    first.close()
    assert [sender.post(url).status_code for url in urls] == [404, 200]
    assert len(second.deliveries()) == 3
    second.close()


def test_a_target_may_reach_the_inbox_by_another_url(server: InboxServer, sender: httpx.Client) -> None:
    """The URL to subscribe lies below the public URL, deliveries to it are read at the base URL."""
    inbox = Inbox(f"{server.base_url}/", server.token, public_url="https://hooks.example.com/a/")
    url = inbox.open_box("box")
    assert url.startswith("https://hooks.example.com/a/hooks/")
    through_tunnel = server.base_url + urlsplit(url).path.removeprefix("/a")
    assert sender.post(through_tunnel).status_code == 200
    assert [each.box for each in inbox.deliveries()] == ["box"]
    inbox.close()


def test_what_lies_in_many_pages_is_read_whole(server: InboxServer, reader: Inbox, sender: httpx.Client) -> None:
    """The reader goes on until there is no more, even if its time is over."""
    url = reader.open_box("box")
    for _ in range(8):
        sender.post(url, content=b"x" * 1_000_000)
    assert reader.wait(lambda all_: len(all_) == 8, 0)
    second = Inbox(server.base_url, server.token)
    second._run, second._opened = reader._run, True
    assert [each.number for each in second.deliveries()] == list(range(1, 9))
    second.close()


def test_a_call_that_is_lost_is_sent_again(reader: Inbox, sender: httpx.Client) -> None:
    """One broken connection, or a proxy's 502, does not end a run; an inbox that stays away does."""
    url = reader.open_box("box")
    sender.post(url)
    original = reader._http.request
    troubles: list[Exception | int] = [httpx.ReadError("broken"), 502]

    def request(*words: object, **more: object) -> httpx.Response:
        trouble = troubles.pop(0) if troubles else 0
        if isinstance(trouble, Exception):
            raise trouble
        return httpx.Response(trouble) if trouble else original(*words, **more)  # type: ignore[arg-type]

    reader._http.request = request  # type: ignore[method-assign]
    assert len(reader.deliveries()) == 1
    troubles += [502, 503, 504]
    with pytest.raises(UsageError, match="answers 504"):
        reader.deliveries()


@pytest.mark.parametrize("token", ["wrong", "", "wrong\ntoken", "wörng"])
def test_a_wrong_token_is_a_usage_error(server: InboxServer, token: str) -> None:
    """The message names the URL and the remedy, and neither the right token nor the wrong one."""
    with pytest.raises(UsageError) as told:
        Inbox(server.base_url, token)
    assert server.base_url in str(told.value)
    assert "token_env" in str(told.value)
    assert server.token not in str(told.value)
    assert "wrong" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>hello</html>"),
        (200, b"{}"),
        (200, b"[]"),
        (404, b'{"message": "Not Found"}'),
        (302, b""),
        (500, b"oops"),
    ],
)
def test_something_else_at_the_url_is_a_usage_error(
    stranger: Callable[[int, bytes], str], status: int, body: bytes
) -> None:
    """A server that is no inbox is called that."""
    url = stranger(status, body)
    with pytest.raises(UsageError, match="is no inbox; start `bookproof inbox` there") as told:
        Inbox(url, "token")
    assert url in str(told.value)


def test_another_version_is_a_usage_error(stranger: Callable[[int, bytes], str]) -> None:
    """An inbox of another bookproof is not read as if it were ours."""
    with pytest.raises(UsageError, match="speaks version 2"):
        Inbox(stranger(200, b'{"name": "bookproof-inbox", "api": 2}'), "token")


@pytest.mark.parametrize("form", ["http://127.0.0.1:{port}", "http://[::1]:{port}", "http://[1:2/"])
def test_an_inbox_that_is_not_there_is_a_usage_error(form: str) -> None:
    """The message says where nobody answers, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = form.format(port=free.getsockname()[1])
    with pytest.raises(UsageError, match="cannot be reached") as told:
        Inbox(url, "token")
    assert url.rstrip("/") in str(told.value)


def test_a_run_that_the_inbox_has_forgotten_is_a_usage_error(server: InboxServer, reader: Inbox) -> None:
    """A reader whose run is gone says so, instead of calling deliveries missing."""
    reader.open_box("box")
    headers = {"authorization": f"Bearer {server.token}"}
    httpx.delete(f"{server.base_url}/_inbox/runs/{reader._run}", headers=headers, trust_env=False)
    with pytest.raises(UsageError, match="has forgotten this run"):
        reader.wait(bool, 600)


def test_a_wrong_name_of_a_box_is_a_usage_error(reader: Inbox) -> None:
    """The inbox's own words are passed on."""
    with pytest.raises(UsageError, match="'Box' is no name of a box"):
        reader.open_box("Box")


def test_closing_forgets_the_run_and_never_fails(server: InboxServer, sender: httpx.Client) -> None:
    """Nothing of a run stays; an inbox that is gone already is no trouble."""
    inbox = Inbox(server.base_url, server.token)
    url = inbox.open_box("box")
    inbox.close()
    assert sender.post(url).status_code == 404
    late = Inbox(server.base_url, server.token)
    late.open_box("box")
    server.close()
    late.close()
