"""A healthy mock on a real socket, and clients for its API and its control door."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from selftest_mailbox import Mailbox, Settled

from bookproof.mock import MockServer, start_mock

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)  # a Monday, 09:00 in Berlin


@pytest.fixture(scope="module")
def shared_mock() -> Iterator[MockServer]:
    """One mock for tests that do not change what others see."""
    with start_mock(now=NOW) as server:
        yield server


@pytest.fixture
def mock() -> Iterator[MockServer]:
    """A fresh mock at a frozen instant."""
    with start_mock(now=NOW) as server:
        yield server


@pytest.fixture
def client_of() -> Iterator[Callable[..., httpx.Client]]:
    """Clients by mock and role; closed at the end of the test."""
    opened: list[httpx.Client] = []

    def make(server: MockServer, role: str = "full") -> httpx.Client:
        headers = {"Authorization": f"Bearer {server.keys[role]}"}
        client = httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def api(mock: MockServer, client_of: Callable[..., httpx.Client]) -> httpx.Client:
    """The fresh mock's API with the full key."""
    return client_of(mock)


@pytest.fixture
def door(mock: MockServer) -> Iterator[httpx.Client]:
    """The fresh mock's control door."""
    headers = {"Authorization": f"Bearer {mock.door_token}"}
    with httpx.Client(base_url=mock.door_url, headers=headers, timeout=10, verify=False) as client:
        yield client


Book = Callable[..., httpx.Response]


@pytest.fixture
def book(api: httpx.Client) -> Book:
    """Books a start of an event type with the full key."""

    def send(code: str, start: str, /, **more: object) -> httpx.Response:
        attendee = {"name": "Zoë Müller", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}
        return api.post("/v1/bookings", json={"eventTypeCode": code, "start": start, "attendee": attendee} | more)

    return send


EVERY_EVENT = ("booking.created", "booking.rescheduled", "booking.cancelled", "booking.no_show")


@pytest.fixture
def mailboxes() -> Iterator[Callable[[], Mailbox]]:
    """Opens receivers; closed at the end of the test."""
    opened: list[Mailbox] = []

    def open_one() -> Mailbox:
        opened.append(Mailbox())
        return opened[-1]

    yield open_one
    for mailbox in opened:
        mailbox.close()


@pytest.fixture
def mailbox(mailboxes: Callable[[], Mailbox]) -> Mailbox:
    """One receiver."""
    return mailboxes()


@pytest.fixture
def settled(mock: MockServer) -> Settled:
    """Waits until the fresh mock has nothing left to send."""
    return Settled(mock.mock.domain.outbox)


Subscribe = Callable[..., dict[str, Any]]


@pytest.fixture
def subscribe(api: httpx.Client) -> Subscribe:
    """Subscribes a URL with the full key; to every event, if none is named."""

    def send(url: str, *events: str, active: bool = True) -> dict[str, Any]:
        body = {"url": url, "events": events or EVERY_EVENT, "active": active}
        answer = api.post("/v1/webhooks", json=body)
        assert answer.status_code == 201
        return answer.json()["data"]

    return send
