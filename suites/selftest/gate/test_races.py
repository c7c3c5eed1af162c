"""A race costs what it must, waits for its turns, and is recorded like everything else that is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from selftest_raw_server import RawServer, complete, echo, ok

from bookproof.errors import Unreachable, UsageError
from bookproof.mock import start_mock
from bookproof.recording.run_files import AsItIs, exchange_data
from bookproof.sessions import OpenTarget
from bookproof.targets.specs import resolve_targets
from bookproof.wire.client import CLEAN_UP, Client, Request
from bookproof.wire.exchange import Exchange
from bookproof.wire.gate import GatedStream, GateMissing, install_gate
from bookproof.wire.mcp import open_session

MakeClient = Callable[..., Client]
AtRest = Callable[[Callable[[], None]], None]


def get(client: Client, path: str = "/", **more: Any) -> Callable[[], Exchange]:
    """A call that sends one request."""
    return lambda: client.send(Request("GET", path, **more))


def test_exchanges_are_recorded_in_the_order_of_the_calls(make_client: MakeClient, at_rest: AtRest) -> None:
    """Numbers are given and the recorder told by the caller's own thread, when the race is over."""
    told: list[tuple[int, str, str]] = []
    before: list[int] = []
    at_rest(lambda: before.append(len(told)))
    with RawServer() as server:
        client = make_client(
            server.base_url,
            on_exchange=lambda one: told.append((one.number, one.url[-2:], threading.current_thread().name)),
        )
        client.probe = "races.test"
        client.send(Request("GET", "/x"))
        raced = client.race([get(client, f"/{n}", role="full", note="in a race") for n in range(4)], ["full"] * 4, "A")
        client.send(Request("GET", "/y"))
    name = threading.current_thread().name
    paths = ["/x", "/0", "/1", "/2", "/3", "/y"]
    assert told == [(number + 1, path, name) for number, path in enumerate(paths)]
    assert before == [1]
    assert raced.answers == raced.exchanges == client.exchanges[1:5]
    assert {(one.race, one.probe, one.role, one.note) for one in raced.exchanges} == {
        ("A", "races.test", "full", "in a race")
    }
    assert client.exchanges[0].race == client.exchanges[5].race == ""


def test_releases_are_measured(make_client: MakeClient) -> None:
    """The first release is the zero of the race, the last one its spread; each exchange starts at its own."""
    with RawServer() as server:
        client = make_client(server.base_url)
        raced = client.race([get(client) for _ in range(6)], [""] * 6, "A")
    released = [one.released for one in raced.exchanges]
    assert min(released) == 0
    assert max(released) == raced.spread
    assert len(set(released)) == 6
    first = min(one.started for one in raced.exchanges)
    assert [one.started - first for one in raced.exchanges] == pytest.approx(released, abs=0.001)
    assert 0 <= raced.jitter <= max(one.elapsed for one in raced.exchanges)


def test_an_exchange_of_a_race_says_so_in_the_record() -> None:
    """The record has the race and the microseconds of the release; other exchanges say nothing of races."""
    fields = ("probe", "operation", "role", "note", "method", "url")
    plain = Exchange(1, *("" for _ in fields), {}, b"", 200, {}, b"", 0.0, 0.0)
    raced = Exchange(1, *("" for _ in fields), {}, b"", 200, {}, b"", 0.0, 0.0, race="A", released=0.0000421)
    assert "race" not in exchange_data(plain, AsItIs())
    found = exchange_data(raced, AsItIs())
    assert (found["race"], found["released_us"]) == ("A", 42.1)


def test_turns_are_waited_for_before_anything_is_sent(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller's own thread waits for the turn of each call's key, and only then do connections open."""
    waited: list[tuple[str, int]] = []
    with RawServer() as server:
        client = make_client(server.base_url)
        monkeypatch.setattr(client, "_wait_for_turn", lambda role: waited.append((role, len(server.connections))))
        client.race([get(client, role="full"), get(client, role="foreign")], ["full", "foreign"], "A")
    assert waited == [("full", 0), ("foreign", 0)]


def test_a_race_that_the_budget_does_not_allow_sends_nothing(make_client: MakeClient) -> None:
    """A race is sent whole or not at all; cleaning up is never saved on."""
    with RawServer() as server:
        client = make_client(server.base_url, max_requests=3)
        with pytest.raises(UsageError, match="budget of 3"):
            client.race([get(client)] * 4, [""] * 4, "A")
        assert not server.connections
        assert len(client.race([get(client)] * 3, [""] * 3, "A").exchanges) == 3
        client.probe = CLEAN_UP
        assert len(client.race([get(client)] * 2, [""] * 2, "A").exchanges) == 2


def test_a_429_is_an_answer_like_others(make_client: MakeClient) -> None:
    """Nothing is sent again in a race: it would be none any more."""
    with RawServer(lambda data: ok(status="429 Too Many Requests\r\nretry-after: 1") if complete(data) else None) as (
        server
    ):
        client = make_client(server.base_url)
        raced = client.race([get(client)] * 3, [""] * 3, "A")
        assert [one.status for one in raced.exchanges] == [429] * 3
        assert len(server.requests) == 3


def test_what_a_call_raises_is_its_answer(make_client: MakeClient) -> None:
    """A call that fails before or after its request spoils nobody else's, and has its exchange if it sent one."""
    with RawServer() as server:
        client = make_client(server.base_url)

        def before() -> Exchange:
            raise LookupError("before")

        def after() -> Exchange:
            get(client)()
            raise LookupError("after")

        raced = client.race([before, after, get(client)], [""] * 3, "A")
    assert [str(answer) for answer in raced.answers[:2]] == ["before", "after"]
    assert raced.exchanges[0] is None
    assert [one.number for one in raced.exchanges[1:] if one] == [1, 2]
    assert raced.answers[2].status == 200


def test_an_error_of_ours_is_raised_when_all_have_ended(make_client: MakeClient) -> None:
    """A call's own UsageError, and what the recorder raises, come out at the end; everything is kept before."""

    def broken() -> Exchange:
        raise UsageError("wrong")

    def lose(exchange: Exchange) -> None:
        if exchange.number == 1:
            raise Unreachable("gone")

    with RawServer() as server:
        client = make_client(server.base_url)
        with pytest.raises(UsageError, match="wrong"):
            client.race([broken, get(client), get(client)], [""] * 3, "A")
        losing = make_client(server.base_url, on_exchange=lose)
        with pytest.raises(Unreachable, match="gone"):
            losing.race([get(losing), get(losing)], [""] * 2, "A")
    assert [one.number for one in client.exchanges] == [1, 2]
    assert [one.number for one in losing.exchanges] == [1, 2]


def test_a_race_of_nobody_is_one(make_client: MakeClient) -> None:
    """Without calls nothing is sent, and nothing fails."""
    with RawServer() as server:
        raced = make_client(server.base_url).race([], [], "A")
        assert not server.connections
    assert (raced.answers, raced.exchanges, raced.spread) == ([], [], 0)


def test_each_call_has_a_role(make_client: MakeClient) -> None:
    """A list of roles that does not fit the calls is a mistake, and nothing is sent."""
    with RawServer() as server:
        client = make_client(server.base_url)
        with pytest.raises(ValueError, match="argument"):
            client.race([get(client), get(client)], ["full"], "A")
        assert not server.connections


def test_unanswered_calls_of_a_race_do_not_make_a_target_lost(tmp_path: Path) -> None:
    """Three requests in a row without an answer mean that a target has gone, but not those of a race."""
    opened = OpenTarget(resolve_targets(["mock-imatic"])[0], tmp_path)
    try:
        client = opened.session.client
        with socket.create_server(("127.0.0.1", 0)) as taken:
            nobody = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        raced = client.race([get(client, nobody) for _ in range(5)], ["full"] * 5, "A")
        assert [one.status for one in raced.exchanges] == [0] * 5
        client.send(Request("GET", nobody))
        client.send(Request("GET", nobody))
        with pytest.raises(Unreachable, match="3 requests in a row"):
            client.send(Request("GET", nobody))
    finally:
        opened.close()


@pytest.mark.parametrize("mode", ["current", "sessions", "stateless-sse"])
def test_tools_race_with_the_rest_api(mode: str, make_client: MakeClient, at_rest: AtRest) -> None:
    """A tool called by the SDK races like any other request, whichever way its server speaks."""
    at_rest(lambda: None)
    with start_mock(mcp=mode) as mock:
        client = make_client(mock.base_url)
        key = f"Bearer {mock.keys['full']}"
        session = open_session(client, mock.mcp_url, who="full", authorization=key)
        calls: list[Callable[[], Any]] = [
            get(client, "/v1/users/me", headers={"authorization": key}),
            lambda: session.call("list_event_types", {}),
            get(client, "/v1/users/me", headers={"authorization": key}),
        ]
        raced = client.race(calls, ["full"] * 3, "A")
        session.close()
    assert [one.status for one in raced.exchanges if one] == [200, 200, 200]
    assert raced.answers[1].ok, raced.answers[1]
    assert raced.answers[1].exchange is raced.exchanges[1]
    assert raced.exchanges[1].operation == "mcp.list_event_types"
    assert all(one and one.race == "A" for one in raced.exchanges)


def test_httpx_still_has_a_place_for_the_gate() -> None:
    """Every pool of a client, those of proxies too, opens its connections through the gate."""
    with RawServer(echo) as server, httpx.Client(mounts={"all://proxied": httpx.HTTPTransport()}) as client:
        install_gate(client)
        streams: list[Any] = []
        for transport in (client._transport, *client._mounts.values()):
            streams.append(transport._pool._network_backend.connect_tcp("127.0.0.1", server.port))
            streams[-1].close()
    assert [type(stream) for stream in streams] == [GatedStream, GatedStream]


@pytest.mark.parametrize("gone", ["_transport", "_mounts", "_pool", "_network_backend"])
def test_a_version_of_httpx_without_that_place_is_refused(gone: str) -> None:
    """A race that would hold nothing back must not look like one."""
    pool = SimpleNamespace(_network_backend=None)
    transport = SimpleNamespace(_pool=pool)
    client = SimpleNamespace(_transport=transport, _mounts={})
    for holder in (client, transport, pool):
        vars(holder).pop(gone, None)
    with pytest.raises(GateMissing, match=gone):
        install_gate(client)
