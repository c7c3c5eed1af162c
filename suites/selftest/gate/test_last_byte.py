"""The last byte of every racer's request is held back until all are there; what goes wrong with one stays with it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest
from selftest_raw_server import RawServer, body_of, complete, echo, ok, tunnel_proxy

from bookproof.wire.client import Client, Request

AtRest = Callable[[Callable[[], None]], None]
MakeClient = Callable[..., Client]


def senders(client: Client, count: int, method: str = "POST", **more: Any) -> list[Callable[[], Any]]:
    """Calls that send a request each, told apart by their paths and bodies."""

    def one(number: int) -> Callable[[], Any]:
        body = b'{"racer": %d}' % number if method == "POST" else None
        return lambda: client.send(Request(method, f"/{number}", body=body, **more))

    return [one(number) for number in range(count)]


def race(client: Client, calls: list[Callable[[], Any]], name: str = "test") -> Any:
    """Race with some calls of nobody in particular."""
    return client.race(calls, [""] * len(calls), name)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("racers", [1, 2, 8, 20])
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_all_but_the_last_byte_is_there_before_the_release(
    secure: bool, racers: int, method: str, server_tls: ssl.SSLContext, at_rest: AtRest, make_client: MakeClient
) -> None:
    """When the racers have come to rest, every request is there but for one byte; then all are answered."""
    before: list[bytes] = []

    def look() -> None:
        # Each lacks one byte of an end that is known: of the body, or of the empty line.
        lacking = b'{"racer": ' if method == "POST" else b"\r\n\r"
        server.wait_until(lambda: sum(lacking in each.data[-15:] for each in server.connections) == racers)
        # Over TLS there is one more connection, which asked for HTTP/2 and was closed.
        before.extend(each.data for each in server.connections if each.data)
        assert not server.requests

    with RawServer(tls=server_tls if secure else None) as server:
        client = make_client(server.base_url)
        at_rest(look)
        raced = race(client, senders(client, racers, method))
    after = [request for each in server.connections for request in each.requests]
    assert sorted(after) == sorted(part + (b"}" if method == "POST" else b"\n") for part in before)
    assert [answer.status for answer in raced.answers] == [200] * racers
    shown = [b'{"racer": %d}' % n if method == "POST" else b"GET /%d HTTP/1.1" % n for n in range(racers)]
    assert [answer.response_body for answer in raced.answers] == shown
    assert raced.technique == "last byte"
    assert "HTTP/2" in raced.why_last_byte


def test_a_further_race_uses_the_same_connections(make_client: MakeClient) -> None:
    """Connections stay open for the next race, and are not those of the ordinary requests."""
    with RawServer() as server:
        client = make_client(server.base_url)
        client.send(Request("GET", "/before"))
        for _ in range(3):
            race(client, senders(client, 4))
        client.send(Request("GET", "/after"))
        assert [len(connection.requests) for connection in server.connections] == [2, 3, 3, 3, 3]


def test_a_racer_that_is_refused_holds_up_nobody(make_client: MakeClient) -> None:
    """A connection that cannot be made is a failure of that call; the others race."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with RawServer() as server:
        client = make_client(server.base_url)
        calls = [*senders(client, 3), lambda: client.send(Request("GET", nobody))]
        raced = race(client, calls)
    assert [answer.status for answer in raced.answers] == [200, 200, 200, 0]
    assert "ConnectError" in raced.answers[3].failure
    assert raced.answers[3].released == 0


def test_a_racer_that_gets_no_answer_in_time_is_the_only_one(make_client: MakeClient) -> None:
    """Who waits in vain has status 0 and a reason; the others have their answers."""
    with RawServer(lambda request: None if b" /1 " in request else echo(request)) as server:
        client = make_client(server.base_url, read_timeout=0.5)
        raced = race(client, senders(client, 3))
    assert [answer.status for answer in raced.answers] == [200, 0, 200]
    assert "ReadTimeout" in raced.answers[1].failure


def test_a_server_that_hangs_up_at_the_end_is_a_failure_of_that_call(make_client: MakeClient) -> None:
    """A connection that is closed instead of an answer is unknown to us, and nothing is sent twice."""

    def hang_up(request: bytes) -> bytes | None:
        return b"" if complete(request) and b" /0 " in request else echo(request)

    with RawServer(hang_up) as server:
        client = make_client(server.base_url)
        raced = race(client, senders(client, 2))
        assert len(server.requests) == 2
    assert [answer.status for answer in raced.answers] == [0, 200]
    assert raced.answers[0].failure


def test_an_answer_before_the_request_is_complete_is_read(make_client: MakeClient, at_rest: AtRest) -> None:
    """A server may refuse before it has everything; that is an answer, and the others race on."""

    def refuse(request: bytes) -> bytes | None:
        early = b" /0 " in request and b"\r\n\r\n" in request
        return ok(b'{"early": true}', "400 Bad Request\r\nconnection: close") if early else echo(request)

    def look() -> None:
        server.wait_until(lambda: sum(not each.data for each in server.connections) == 1)

    with RawServer(refuse) as server:
        client = make_client(server.base_url)
        at_rest(look)
        raced = race(client, senders(client, 3))
    assert [answer.status for answer in raced.answers] == [400, 200, 200]
    assert raced.answers[0].json == {"early": True}


def test_a_body_of_many_packets_is_held_back_too(make_client: MakeClient, at_rest: AtRest) -> None:
    """A body that does not fit a packet arrives whole, but for its last byte."""
    body = b"x" * 300_000

    def look() -> None:
        server.wait_until(lambda: [len(body_of(each.data)) for each in server.connections] == [len(body) - 1] * 2)

    with RawServer() as server:
        client = make_client(server.base_url)
        at_rest(look)
        raced = race(client, [lambda: client.send(Request("POST", "/", body=body))] * 2)
    assert [answer.response_body for answer in raced.answers] == [body, body]


def test_a_stream_is_read_as_far_as_is_enough(make_client: MakeClient) -> None:
    """A stream that stays open is left when the caller has what it wants."""

    def stream(request: bytes) -> bytes | None:
        opened = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        return opened + b"9\r\ndata: 1\n\n\r\n" if complete(request) else None

    with RawServer(stream) as server:
        client = make_client(server.base_url)
        raced = race(client, senders(client, 3, enough=lambda _, body: b"\n\n" in body))
    assert [answer.response_body for answer in raced.answers] == [b"data: 1\n\n"] * 3


def test_what_a_call_sends_besides_is_not_held_back(make_client: MakeClient) -> None:
    """Only the first request of a call races; another one has its number behind all that raced."""
    with RawServer() as server:
        client = make_client(server.base_url)

        def twice() -> int:
            client.send(Request("GET", "/first"))
            return client.send(Request("GET", "/second")).status

        raced = race(client, [twice, *senders(client, 2)])
    assert raced.answers[0] == 200
    assert [exchange.number for exchange in raced.exchanges] == [1, 2, 3]
    assert [exchange.url.rpartition("/")[2] for exchange in client.exchanges] == ["first", "0", "1", "second"]


def test_a_proxy_of_the_environment_is_used(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain requests go to the proxy of the environment, and race there."""
    with RawServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.base_url)
        monkeypatch.setenv("NO_PROXY", "")
        client = make_client("http://calendar.example")
        raced = race(client, senders(client, 3, "GET"))
    assert sorted(answer.response_body for answer in raced.answers) == [
        b"GET http://calendar.example/%d HTTP/1.1" % number for number in range(3)
    ]


def test_a_tunnel_through_a_proxy_is_opened_before_anything_is_held_back(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, at_rest: AtRest
) -> None:
    """The request for the tunnel goes out whole; what goes through it lacks its last byte, within TLS."""

    def look() -> None:
        server.wait_until(lambda: sum(each.data.endswith(b"\r\n\r") for each in server.connections) == 3)

    with RawServer(tls=server_tls) as server, tunnel_proxy() as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "")
        at_rest(look)
        client = make_client(f"https://calendar.example:{server.port}")
        raced = race(client, senders(client, 3, "GET"))
    assert [answer.status for answer in raced.answers] == [200] * 3, [answer.failure for answer in raced.answers]
    assert [request.split()[0] for request in asked] == [b"CONNECT"] * 3
    assert "proxy" in raced.why_last_byte


def test_an_interrupted_race_completes_no_request(make_client: MakeClient, at_rest: AtRest) -> None:
    """Ctrl-C before the release leaves nothing behind that a server would act on."""

    def interrupt() -> None:
        server.wait_until(lambda: sum(b'{"racer": ' in each.data for each in server.connections) == 3)
        raise KeyboardInterrupt

    with RawServer() as server:
        client = make_client(server.base_url)
        at_rest(interrupt)
        with pytest.raises(KeyboardInterrupt):
            race(client, senders(client, 3))
        for thread in [each for each in threading.enumerate() if each.name.startswith("bookproof-racer")]:
            thread.join(10)
        assert not server.requests
