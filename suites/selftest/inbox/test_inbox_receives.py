"""What an inbox keeps of a delivery: everything, and nothing is touched."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from bookproof.inbox import answer, hold
from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer
from bookproof.inbox.store import Limits

PATIENCE = 10.0


def test_a_delivery_is_kept_as_it_was_sent(reader: Inbox, sender: httpx.Client) -> None:
    """Method, path, query, headers, body and answer of a delivery are there, and when it came."""
    url = reader.open_box("created", answer(202))
    before = time.time()
    got = sender.post(f"{url}?a=b%20c&a=%2F", content=b'{"event":"x"}', headers={"X-Imatic-Signature": "t=1,v1=2"})
    (kept,) = reader.deliveries()
    assert (got.status_code, got.json()) == (202, {})
    assert (kept.number, kept.box, kept.method, kept.answered, kept.cut) == (1, "created", "POST", 202, False)
    assert kept.path == f"{urlsplit(url).path}?a=b%20c&a=%2F"
    assert kept.headers["x-imatic-signature"] == "t=1,v1=2"
    assert kept.headers["content-length"] == "13"
    assert kept.body == b'{"event":"x"}'
    assert before - 1 <= kept.received <= time.time() + 1


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00{", b"\r\n\r\n", bytes(range(256)) * 400, b'{"a": 1 }\n'])
def test_bodies_are_kept_byte_by_byte(reader: Inbox, sender: httpx.Client, body: bytes) -> None:
    """A body is kept raw, be it UTF-8 or not, JSON or not."""
    sender.post(reader.open_box("raw"), content=body, headers={"content-type": "application/json"})
    assert [kept.body for kept in reader.deliveries()] == [body]


def test_a_body_in_chunks_is_kept_whole(reader: Inbox, sender: httpx.Client) -> None:
    """The framing of a body is no part of it."""
    sender.post(reader.open_box("chunks"), content=iter([b"one,", b"two,", b"three"]))
    (kept,) = reader.deliveries()
    assert kept.body == b"one,two,three"
    assert kept.headers["transfer-encoding"] == "chunked"


def test_repeated_and_odd_headers_are_kept(reader: Inbox, desk: httpx.Client, raw: Callable[[bytes], bytes]) -> None:
    """Headers keep their order and repetitions on the wire; the reader joins what is repeated."""
    path = urlsplit(reader.open_box("headers")).path
    head = b"Host: x\r\nX-A: 1\r\nX-B: caf\xe9\r\nx-a: 2\r\nX-A:  3 \r\nConnection: close\r\n\r\n"
    assert raw(b"POST " + path.encode() + b" HTTP/1.1\r\n" + head).startswith(b"HTTP/1.1 200 ")
    (kept,) = reader.deliveries()
    assert dict(kept.headers) == {"host": "x", "x-a": "1, 2, 3", "x-b": "café", "connection": "close"}
    run = path.split("/")[2]
    (wired,) = desk.get(f"/_inbox/runs/{run}/deliveries").json()["deliveries"]
    assert wired["headers"] == [
        ["host", "x"],
        ["x-a", "1"],
        ["x-b", "café"],
        ["x-a", "2"],
        ["x-a", "3"],
        ["connection", "close"],
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_every_method_is_a_delivery(reader: Inbox, sender: httpx.Client, method: str) -> None:
    """The inbox receives by any method, and says by which."""
    assert sender.request(method, reader.open_box("any")).status_code == 200
    assert [kept.method for kept in reader.deliveries()] == [method]


def test_what_was_not_opened_is_not_received(server: InboxServer, reader: Inbox, sender: httpx.Client) -> None:
    """Other boxes, other runs, and paths around a box are 404, without a redirect, and leave nothing."""
    url = reader.open_box("open")
    run = urlsplit(url).path.split("/")[2]
    for path in (f"/hooks/{run}/other", "/hooks/AAAAAAAAAAAAAAAAAAAAAA/open", f"/hooks/{run}", "/hooks", "/"):
        assert sender.post(server.base_url + path, content=b"x" * 100_000).status_code == 404
    for around in ("/", "/more", "%2Fmore", "%00"):
        assert sender.post(url + around).status_code == 404
    assert reader.deliveries() == []


def test_a_body_that_is_too_long_is_cut_and_refused(reader: Inbox, sender: httpx.Client) -> None:
    """1 MiB is kept whole; a byte more is answered with 413 and noted as cut, and uses up no answer."""
    limit = 1024 * 1024
    url = reader.open_box("long", answer(201), answer(202))
    statuses = [sender.post(url, content=b"x" * size).status_code for size in (limit + 1, limit, 20 * limit, 1)]
    assert statuses == [413, 201, 413, 202]
    kept = reader.deliveries()
    assert [(len(each.body), each.cut, each.answered) for each in kept] == [
        (limit, True, 413),
        (limit, False, 201),
        (limit, True, 413),
        (1, False, 202),
    ]


def test_half_a_delivery_is_none(reader: Inbox, sender: httpx.Client, raw: Callable[[bytes], bytes]) -> None:
    """A sender that goes away in the middle of a body has delivered nothing."""
    url = reader.open_box("half", answer(201), answer(202))
    head = f"POST {urlsplit(url).path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    raw(head.encode() + b"only this")
    assert sender.post(url, content=b"whole").status_code == 201
    assert [kept.body for kept in reader.deliveries()] == [b"whole"]


def test_deliveries_at_the_same_time_are_all_kept(reader: Inbox, sender: httpx.Client) -> None:
    """Sixty deliveries over many connections have sixty numbers, and no body is lost or mixed up."""
    urls = [reader.open_box(f"box-{n}") for n in range(3)]
    bodies = [f"{n}:".encode() * 3_000 for n in range(60)]
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: sender.post(urls[n % 3], content=bodies[n]), range(60)))
    kept = reader.deliveries()
    assert [each.number for each in kept] == list(range(1, 61))
    assert sorted(each.body for each in kept) == sorted(bodies)
    assert {each.box: each.body.partition(b":")[0] for each in kept}.keys() == {"box-0", "box-1", "box-2"}
    assert all(int(each.body.partition(b":")[0]) % 3 == int(each.box[-1]) for each in kept)


def test_a_run_that_is_full_says_so(sender: httpx.Client) -> None:
    """Beyond the bounds of a run deliveries are refused, and the reader does not pass over that in silence."""
    for limits in (Limits(deliveries=2), Limits(run_bytes=25)):
        with InboxServer(limits=limits) as server:
            inbox = Inbox(server.base_url, server.token)
            url = inbox.open_box("full", hold(0))
            assert [sender.post(url, content=b"0123456789").status_code for _ in range(3)] == [200, 200, 507]
            with pytest.raises(Exception, match="could not keep 1 deliver"):
                inbox.wait(lambda _: False, 0)
            inbox.close()
