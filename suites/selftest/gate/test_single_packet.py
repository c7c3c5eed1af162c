"""The single packet: where a server speaks HTTP/2, the ends of all requests come to it in one read."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable
from typing import Any

import h2.connection
import h2.errors
import pytest
from selftest_http2 import Asked, Http2Server, echo

from bookproof.wire import http2
from bookproof.wire.client import Client, Request

AtRest = Callable[[Callable[[], None]], None]
MakeClient = Callable[..., Client]


def race(client: Client, count: int, *, body: Callable[[int], bytes | None] = lambda n: b"%d" % n, **more: Any) -> Any:
    """Race with requests to /0, /1 and so on, whose body tells the number, too."""

    def one(number: int) -> Callable[[], Any]:
        method = "POST" if body(number) is not None else "GET"
        return lambda: client.send(Request(method, f"/{number}", body=body(number), **more))

    return client.race([one(number) for number in range(count)], [""] * count, "test")


@pytest.mark.parametrize("racers", [1, 2, 8, 20])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_ends_come_in_one_read(
    method: str, racers: int, server_tls: ssl.SSLContext, at_rest: AtRest, make_client: MakeClient
) -> None:
    """At rest, every request is there without its end; then all of the ends are, at once; the answers are right."""

    def look() -> None:
        parts = [b"%d" % n for n in range(racers)] if method == "POST" else [b""] * racers
        server.wait_until(lambda: sorted(asked.body for asked in server.requests) == sorted(parts))
        assert not any(asked.ended for asked in server.requests)

    with Http2Server(server_tls) as server:
        client = make_client(server.base_url)
        at_rest(look)
        raced = race(client, racers, **({} if method == "POST" else {"body": lambda _: None}))
    assert [seen.ended_together for seen in server.connections] == [[racers]]
    said = [f"{method} /{n} {n if method == 'POST' else ''}" for n in range(racers)]
    assert [answer.text for answer in raced.answers] == said
    assert (raced.technique, raced.why_last_byte) == ("single packet", "")
    assert (raced.spread, raced.jitter) == (0, 0)


def test_a_further_race_uses_the_same_connection(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """One connection carries race after race."""
    with Http2Server(server_tls) as server:
        client = make_client(server.base_url)
        for _ in range(3):
            race(client, 5)
        assert [seen.ended_together for seen in server.connections] == [[5, 5, 5]]


def test_a_connection_is_renewed_before_its_server_ends_it(
    server_tls: ssl.SSLContext, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After so many requests the next race has a new connection, and no call is lost."""
    monkeypatch.setattr(http2, "MOST_REQUESTS", 8)
    with Http2Server(server_tls) as server:
        client = make_client(server.base_url)
        raced = [race(client, 5) for _ in range(3)]
        assert [seen.ended_together for seen in server.connections] == [[5, 5], [5]]
    assert all(answer.status == 200 for one in raced for answer in one.answers)


def test_a_server_that_takes_fewer_at_a_time_gets_last_bytes(
    server_tls: ssl.SSLContext, make_client: MakeClient
) -> None:
    """More racers than a connection may carry race on connections of their own."""
    with Http2Server(server_tls, at_a_time=4) as server:
        client = make_client(server.base_url)
        few, many = race(client, 4), race(client, 5, body=lambda _: None)
    assert few.technique == "single packet"
    assert many.technique == "last byte"
    assert [answer.text for answer in many.answers] == ["HTTP/1.1"] * 5
    assert "takes 4 requests at a time" in many.why_last_byte


def test_a_server_without_http2_is_asked_once(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """A server that offers HTTP/1.1 only gets last bytes, and the reason is told."""
    with Http2Server(server_tls, protocols=("http/1.1",)) as server:
        client = make_client(server.base_url)
        raced = [race(client, 2, body=lambda _: None) for _ in range(2)]
    assert [one.technique for one in raced] == ["last byte"] * 2
    assert "does not offer HTTP/2" in raced[0].why_last_byte


def test_a_stream_that_is_reset_is_a_failure_of_that_call(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """The others have their answers, and the connection stays."""

    def reset_one(server: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        if asked.path == "/1":
            speaker.reset_stream(asked.stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        else:
            echo(server, speaker, asked)

    with Http2Server(server_tls, reset_one) as server:
        client = make_client(server.base_url)
        raced = [race(client, 3) for _ in range(2)]
        assert len(server.connections) == 1
    for one in raced:
        assert [answer.status for answer in one.answers] == [200, 0, 200]
        assert "reset" in one.answers[1].failure


def test_after_a_goaway_what_was_taken_is_answered(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """A server that leaves names the last request that it takes; later ones fail, and the next race connects anew."""

    def leave(server: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        if len(server.connections) == 1 and asked.stream == 1:
            # The library would send nothing more, so that the frame is written by hand: it takes streams 1 and 3.
            speaker._data_to_send += bytearray(b"\0\0\x08\x07\0\0\0\0\0" + b"\0\0\0\x03" + b"\0\0\0\0")
        if len(server.connections) > 1 or asked.stream <= 3:
            echo(server, speaker, asked)

    with Http2Server(server_tls, leave) as server:
        client = make_client(server.base_url)
        first, second = race(client, 4), race(client, 4)
        assert len(server.connections) == 2
    assert sorted(answer.status for answer in first.answers) == [0, 0, 200, 200]
    assert all("no more requests" in answer.failure for answer in first.answers if not answer.status)
    assert [answer.status for answer in second.answers] == [200] * 4


def test_a_connection_that_breaks_fails_all_of_its_calls(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """No answer is unknown, for every call on it; the next race connects anew."""

    def hang_up(server: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        if len(server.connections) > 1:
            echo(server, speaker, asked)
        elif asked.stream == 1:
            speaker.close_connection()

    with Http2Server(server_tls, hang_up) as server:
        client = make_client(server.base_url)
        first, second = race(client, 3), race(client, 3)
    assert [answer.status for answer in first.answers] == [0, 0, 0]
    assert all(answer.failure for answer in first.answers)
    assert [answer.status for answer in second.answers] == [200] * 3


def test_a_call_without_an_answer_times_out_alone(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """Who waits in vain has status 0; its stream is left, and the server told."""

    def silent(server: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        if asked.path != "/1":
            echo(server, speaker, asked)

    with Http2Server(server_tls, silent) as server:
        client = make_client(server.base_url, read_timeout=0.5)
        raced = race(client, 3)
        server.wait_until(lambda: server.resets)
    assert [answer.status for answer in raced.answers] == [200, 0, 200]
    assert "ReadTimeout" in raced.answers[1].failure


def test_bodies_wait_for_room(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """Bodies larger than the server's window are sent as it makes room, and large answers are read to their ends."""
    bodies = [bytes([65 + n]) * 100_000 for n in range(3)]

    def count(_: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        speaker.send_headers(asked.stream, [(":status", "200")])
        speaker.send_data(asked.stream, f"{asked.body[:1].decode()}{len(asked.body)}".encode(), end_stream=True)

    with Http2Server(server_tls, count, window=20_000) as server:
        client = make_client(server.base_url)
        raced = race(client, 3, body=lambda n: bodies[n])
        assert [seen.ended_together for seen in server.connections] == [[3]]
    assert [answer.text for answer in raced.answers] == ["A100000", "B100000", "C100000"]


def test_encoded_answers_and_trailers_are_understood(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """An answer is decoded as any other; what comes behind its body is no part of it."""

    def packed(_: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        speaker.send_headers(asked.stream, [(":status", "100")])
        speaker.send_headers(asked.stream, [(":status", "201"), ("content-encoding", "gzip"), ("x-kept", "yes")])
        speaker.send_data(asked.stream, gzip.compress(b"told by " + asked.path.encode()))
        speaker.send_headers(asked.stream, [("x-checksum", "1")], end_stream=True)

    with Http2Server(server_tls, packed) as server:
        raced = race(make_client(server.base_url), 2)
    assert [(answer.status, answer.text) for answer in raced.answers] == [(201, "told by /0"), (201, "told by /1")]
    assert raced.answers[0].response_headers["x-kept"] == "yes"


def test_a_stream_is_left_when_it_has_told_enough(server_tls: ssl.SSLContext, make_client: MakeClient) -> None:
    """A stream of events that stays open is left, and the server told so."""

    def stream(_: Http2Server, speaker: h2.connection.H2Connection, asked: Asked) -> None:
        speaker.send_headers(asked.stream, [(":status", "200"), ("content-type", "text/event-stream")])
        speaker.send_data(asked.stream, b"data: 1\n\n")

    with Http2Server(server_tls, stream) as server:
        raced = race(make_client(server.base_url), 2, enough=lambda _, body: b"\n\n" in body)
        server.wait_until(lambda: len(server.resets) == 2)
    assert [answer.response_body for answer in raced.answers] == [b"data: 1\n\n"] * 2


def test_an_answer_before_the_end_is_read(server_tls: ssl.SSLContext, make_client: MakeClient, at_rest: AtRest) -> None:
    """A server may refuse a request before it is complete."""

    class Hasty(Http2Server):
        def _take(self, speaker: h2.connection.H2Connection, seen: Any, events: Any) -> None:
            super()._take(speaker, seen, events)
            early = next((asked for asked in seen.requests.values() if asked.path == "/0" and not asked.ended), None)
            if early and early.method == "POST":
                early.method = "refused"
                speaker.send_headers(early.stream, [(":status", "413")], end_stream=True)

    with Hasty(server_tls, lambda *parts: None if parts[2].method == "refused" else echo(*parts)) as server:
        at_rest(lambda: server.wait_until(lambda: any(asked.method == "refused" for asked in server.requests)))
        raced = race(make_client(server.base_url), 3)
    assert [answer.status for answer in raced.answers] == [413, 200, 200]


def test_a_certificate_that_nobody_vouches_for_is_refused(
    server_tls: ssl.SSLContext, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates are checked as for all other requests, and not checked where the target says so."""
    monkeypatch.delenv("SSL_CERT_FILE")
    with Http2Server(server_tls) as server:
        strict, lenient = make_client(server.base_url), make_client(server.base_url, verify_tls=False)
        refused, taken = race(strict, 2), race(lenient, 2)
    assert [answer.status for answer in refused.answers] == [0, 0]
    assert "certificate" in refused.answers[0].failure
    assert [answer.status for answer in taken.answers] == [200, 200]
