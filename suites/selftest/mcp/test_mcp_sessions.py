"""The MCP client: the SDK's messages are exchanges of ours, and errors of ours come out as themselves."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable

import pytest

from bookproof.errors import Unreachable, UsageError
from bookproof.mock import MockServer, start_mock
from bookproof.wire.client import Client
from bookproof.wire.exchange import Exchange
from bookproof.wire.mcp import HANDSHAKE, McpRefused, McpSession, open_session

MakeClient = Callable[..., Client]


def _open(client: Client, mock: MockServer, role: str = "mcp", **more: str) -> McpSession:
    key = f"Bearer {mock.keys[role]}"
    return open_session(client, f"{mock.base_url}/mcp", who=role, authorization=key, **more)


def test_every_message_is_an_exchange(mock: MockServer, make_client: MakeClient) -> None:
    """Numbered, with the tool or the method as operation, the role and the note; and nothing is sent beside them."""
    client = make_client(mock.base_url)
    session = _open(client, mock, note="begins")
    tools, lists = session.tools("which?")
    answer = session.call("list_event_types", {"limit": 1}, "a call")
    session.close()
    operations = [exchange.operation for exchange in client.exchanges]
    begin = operations.index("mcp.tools.list")
    end = ["mcp.session.end"] if session.mode == HANDSHAKE else []
    assert operations[0] == "mcp.server.discover"
    assert operations[begin:] == ["mcp.tools.list", "mcp.list_event_types", *end]
    assert [exchange.number for exchange in client.exchanges] == list(range(1, len(operations) + 1))
    assert {exchange.role for exchange in client.exchanges} == {"mcp"}
    assert [exchange.note for exchange in client.exchanges[begin : begin + 2]] == ["which?", "a call"]
    assert (len(tools), lists[0].exchange.operation) == (7, "mcp.tools.list")
    assert answer.ok
    assert answer.exchange is client.exchanges[begin + 1]
    assert answer.data["data"][0]["code"]


def test_a_further_session_of_a_known_revision_needs_no_negotiation(mock: MockServer, make_client: MakeClient) -> None:
    """The newest revision has no handshake; the older ones have one and no more."""
    client = make_client(mock.base_url)
    mode = _open(client, mock).mode
    before = len(client.exchanges)
    again = _open(client, mock, mode=mode)
    sent = [exchange.operation for exchange in client.exchanges[before:]]
    assert sent == (["mcp.initialize", "mcp.notifications.initialized"] if mode == HANDSHAKE else [])
    assert again.mode == mode


def test_a_handshake_session_answers_a_ping(mock: MockServer, make_client: MakeClient) -> None:
    """The older revisions have a ping."""
    session = _open(make_client(mock.base_url), mock, mode=HANDSHAKE)
    assert session.revision.startswith("2025-")
    assert session.ping().ok


@pytest.mark.parametrize("role", ["no-scope", "revoked"])
def test_a_key_that_is_not_let_in_is_told_by_its_status(mock: MockServer, make_client: MakeClient, role: str) -> None:
    """The SDK hides 401 and 403 behind one error; the exchange does not."""
    client = make_client(mock.base_url)
    with pytest.raises(McpRefused) as refusal:
        _open(client, mock, role)
    answer = refusal.value.answer
    assert (answer.how, answer.exchange.status) == ("http", {"no-scope": 403, "revoked": 401}[role])
    assert answer.data["success"] is False


def test_refusals_tell_how(mock: MockServer, make_client: MakeClient) -> None:
    """A refused call is told in the result, with the envelope of the REST API."""
    session = _open(make_client(mock.base_url), mock)
    answer = session.call("get_booking", {"bookingCode": "bk_nobody"})
    assert (answer.ok, answer.refused, answer.how) == (False, True, "result")
    assert answer.data["error"] == "not_found"
    assert "refused in the result" in str(answer)


def test_no_mcp_server_is_told_by_its_status(make_client: MakeClient) -> None:
    """A path that nothing is at."""
    with start_mock() as mock:
        client = make_client(mock.base_url)
        with pytest.raises(McpRefused) as refusal:
            open_session(client, f"{mock.base_url}/nothing", who="full", authorization=None)
    assert refusal.value.answer.exchange.status == 404


def test_a_spent_budget_comes_out_as_itself(make_client: MakeClient) -> None:
    """Neither wrapped by the SDK nor asked about again, in the opening and in a call."""
    with start_mock() as mock:
        with pytest.raises(UsageError, match="budget"):
            _open(make_client(mock.base_url, max_requests=0), mock)
        client = make_client(mock.base_url, max_requests=1)
        session = _open(client, mock)
        with pytest.raises(UsageError, match="budget"):
            session.call("list_bookings", {})
        assert len(client.exchanges) == 1


def test_a_lost_target_comes_out_as_itself(make_client: MakeClient) -> None:
    """What the recorder raises passes through the SDK unharmed."""

    def lost(_: Exchange) -> None:
        raise Unreachable("it has gone")

    with start_mock() as mock, pytest.raises(Unreachable, match="it has gone"):
        _open(make_client(mock.base_url, on_exchange=lost), mock)


def test_a_server_that_is_gone_fails_and_does_not_hang(make_client: MakeClient) -> None:
    """A call that gets no answer is an answer that says so."""
    with start_mock() as mock:
        client = make_client(mock.base_url)
        session = _open(client, mock)
    answer = session.call("list_bookings", {})
    assert (answer.ok, answer.refused, answer.exchange.status) == (False, False, 0)
    assert str(answer).startswith("no answer")


def test_a_session_that_nobody_closes_says_nothing_more(mock: MockServer, make_client: MakeClient) -> None:
    """Its end is silent: the run may be over by then."""
    client = make_client(mock.base_url)
    session = _open(client, mock)
    sent = len(client.exchanges)
    del session
    gc.collect()
    assert len(client.exchanges) == sent


def test_a_session_may_be_closed_twice(mock: MockServer, make_client: MakeClient) -> None:
    """The second time nothing happens."""
    client = make_client(mock.base_url)
    session = _open(client, mock)
    session.close()
    sent = len(client.exchanges)
    session.close()
    assert len(client.exchanges) == sent


def test_the_sdk_is_imported_by_the_first_session_only() -> None:
    """A run that needs no MCP does not pay for it."""
    code = (
        "import sys, bookproof.probes.base as base; base.all_probes('imatic-v1'); "
        "sys.exit(any(name in sys.modules for name in ('mcp', 'httpx2', 'mcp_types')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
