"""Fixtures for the tests of the MCP client: a mock, clients that are closed, and small servers of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bookproof.mock import MockServer, start_mock
from bookproof.wire.client import Client

MakeClient = Callable[..., Client]


@pytest.fixture
def make_client() -> Iterator[MakeClient]:
    """Makes clients; they are closed at the end of the test."""
    made: list[Client] = []

    def make(base_url: str, **more: Any) -> Client:
        settings = {"requests_per_minute": 6000, "role_limits": {}, "connect_timeout": 5.0, "read_timeout": 5.0}
        made.append(Client(base_url, **{**settings, **more}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(params=["current", "sessions", "stateless-sse"])
def mock(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """A mock in each of the modes of its MCP server."""
    with start_mock(mcp=request.param) as server:
        yield server
