"""MCP servers that made other choices are judged, and not accused."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import tomli_w
from selftest_mcp_vendor import Choices, mcp_vendor, serve
from selftest_runs import Ran
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bookproof.mock import MockServer, start_mock

ROWS = ("--select", "mcp.*", "--select", "parity.*", "--select", "exchange.*")


def _judged(bookproof: Callable[..., Ran], mock: MockServer, file: Path, **changes: object) -> Ran:
    file.write_text(tomli_w.dumps({**mock.target_document, **changes}), encoding="utf-8")
    return bookproof("run", "--target", str(file), *ROWS, environment=dict(mock.environment))


def _outcomes(ran: Ran) -> dict[str, str]:
    judged = {"mcp", "parity", "exchange"}
    return {row: out for (_, row), out in _by_row(ran).items() if row.partition(".")[0] in judged and out != "pass"}


def _by_row(ran: Ran) -> dict[tuple[str, str], str]:
    return {key: str(verdict["outcome"]) for key, verdict in ran.verdicts.items()}


@pytest.mark.parametrize("mode", ["sessions", "stateless-sse"])
def test_the_mock_in_other_modes_conforms(bookproof: Callable[..., Ran], tmp_path: Path, mode: str) -> None:
    """Sessions of the older revisions, and streams of events, are as right as JSON without sessions."""
    with start_mock(mcp=mode) as mock:
        ran = _judged(bookproof, mock, tmp_path / "target.toml")
    assert set(_outcomes(ran)) <= {"mcp.session.not-a-key"}, _outcomes(ran)


@pytest.mark.parametrize(
    ("choices", "silent"),
    [
        (Choices(), set()),
        (
            Choices(revisions="newest", structured=False),
            {"mcp.session.ping", "mcp.session.not-a-key", "mcp.results.schema"},
        ),
        (Choices(revisions="handshake", structured=False, json_answers=True), {"mcp.results.schema"}),
    ],
)
def test_a_vendors_server_conforms(
    bookproof: Callable[..., Ran], tmp_path: Path, choices: Choices, silent: set[str]
) -> None:
    """Flat arguments in snake case, bare objects, JSON as text, one generation of the protocol: nothing is found."""
    with start_mock() as mock, mcp_vendor(mock, choices) as url:
        ran = _judged(bookproof, mock, tmp_path / "target.toml", mcp={"url": url})
    outcomes = _outcomes(ran)
    assert {row for row in outcomes if row != "parity.deliveries"} == silent, outcomes
    assert {outcomes[row] for row in silent} <= {"not-applicable"}


def test_a_server_that_speaks_prose_is_not_accused(bookproof: Callable[..., Ran], tmp_path: Path) -> None:
    """What cannot be read is untestable; what the REST API shows of its doings is judged all the same."""
    choices = Choices(structured=False, prose=True)
    with start_mock() as mock, mcp_vendor(mock, choices) as url:
        ran = _judged(bookproof, mock, tmp_path / "target.toml", mcp={"url": url})
    outcomes = _outcomes(ran)
    unread = {"parity.event-types", "parity.slots", "parity.read", "parity.cancelled.read", "mcp.results.objects"}
    assert {row for row, outcome in outcomes.items() if outcome == "untestable"} - {"parity.deliveries"} == unread
    assert set(outcomes.values()) <= {"untestable", "not-applicable"}, outcomes


@contextlib.contextmanager
def _page() -> Iterator[str]:
    async def page(_: Request) -> Response:
        return HTMLResponse("<h1>Calendar</h1>")

    with serve(Starlette(routes=[Route("/mcp", page, methods=["GET", "POST"])])) as base_url:
        yield f"{base_url}/mcp"


@contextlib.contextmanager
def _closed_port() -> Iterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"


@contextlib.contextmanager
def _refusing() -> Iterator[str]:
    async def refuse(_: Request) -> Response:
        return HTMLResponse("no", 405)

    with serve(Starlette(routes=[Route("/mcp", refuse, methods=["GET", "POST"])])) as base_url:
        yield f"{base_url}/mcp"


@pytest.mark.parametrize("elsewhere", [_page, _closed_port, _refusing])
def test_where_there_is_no_mcp_server_nothing_is_judged(
    bookproof: Callable[..., Ran], tmp_path: Path, elsewhere: Callable[[], AbstractContextManager[str]]
) -> None:
    """A page, nobody, or a path that takes no such request: the rows are untestable and say what to add."""
    with start_mock() as mock, elsewhere() as url:
        ran = _judged(bookproof, mock, tmp_path / "target.toml", mcp={"url": url})
    verdicts = [v for (_, row), v in ran.verdicts.items() if row.startswith(("mcp.session", "parity.created"))]
    assert {verdict["outcome"] for verdict in verdicts} == {"untestable"}
    assert all("[bindings.mcp]" in verdict["reason"] for verdict in verdicts), verdicts
    assert not ran.record["targets"][0].get("unreachable"), "the target itself was not taken for lost"
