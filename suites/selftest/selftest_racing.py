"""Racing on a mock: requests of one moment, each complete but for its last byte before all are completed."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Self

import httpx
from selftest_mcp import BOTH, Agent, message

from bookproof.mock import MockServer

#: A Monday; the calendar of the main event type is free for weeks.
NOW = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Request:
    """A POST; `body` None sends none."""

    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def booking_of(name: str, start: str, **more: Any) -> dict[str, Any]:
    """The body that books a slot, of the main event type unless said otherwise."""
    attendee = {"name": name, "email": "racer@example.com", "timeZone": "Europe/Berlin"}
    return {"eventTypeCode": "intro", "start": start, "attendee": attendee} | more


def released_together(base_url: str, key: str, requests: Sequence[Request]) -> list[httpx.Response]:
    """The answers, in the order of the requests."""
    address = base_url.removeprefix("http://")
    host, _, port = address.partition(":")
    lanes = [socket.create_connection((host, int(port)), timeout=10) for _ in requests]
    try:
        texts = [_text(address, key, request) for request in requests]
        for lane, text in zip(lanes, texts, strict=True):
            lane.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            lane.sendall(text[:-1])
        # The server reads in turn: when it answers this, it has read what was sent before.
        ping = HTTPConnection(address, timeout=10)
        ping.request("GET", "/v1/nothing")
        ping.getresponse().read()
        ping.close()
        for lane, text in zip(lanes, texts, strict=True):
            lane.sendall(text[-1:])
        with ThreadPoolExecutor(len(lanes)) as threads:
            return list(threads.map(_answer, lanes))
    finally:
        for lane in lanes:
            lane.close()


def _text(host: str, key: str, request: Request) -> bytes:
    body = b"" if request.body is None else json.dumps(request.body).encode()
    headers = {"Host": host, "Authorization": f"Bearer {key}", "Content-Length": str(len(body)), **request.headers}
    if body:
        headers["Content-Type"] = "application/json"
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {request.path} HTTP/1.1\r\n{head}\r\n".encode() + body


def _answer(lane: socket.socket) -> httpx.Response:
    response = HTTPResponse(lane)
    response.begin()
    return httpx.Response(response.status, headers=response.getheaders(), content=response.read())


def _free_starts() -> Iterator[str]:
    day = datetime(2027, 1, 12, tzinfo=UTC)
    while True:
        for half_hours in (*range(14, 22), *range(24, 38)):
            yield f"{day + timedelta(minutes=30 * half_hours):%Y-%m-%dT%H:%M:%SZ}"
        day += timedelta(days=1)


class Track:
    """A mock as racers use it; every start is a free one of the main event type until somebody races for it."""

    def __init__(self, server: MockServer) -> None:
        self.server = server
        self.agent = Agent(server)
        self.rest = httpx.Client(base_url=server.base_url, timeout=10, verify=False)
        self.rest.headers["Authorization"] = f"Bearer {server.keys['full']}"
        self._starts = _free_starts()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.http.close()
        self.rest.close()

    def starts(self, number: int) -> list[str]:
        """Starts that nobody has had yet."""
        return [next(self._starts) for _ in range(number)]

    def start(self) -> str:
        """One such start."""
        return next(self._starts)

    # Requests to be released

    def creates(self, *starts: str, **more: Any) -> list[Request]:
        """One booking for each start, by attendees of their own."""
        return [
            Request("/v1/bookings", booking_of(f"Caller {number}", start, **more))
            for number, start in enumerate(starts, 1)
        ]

    def move(self, code: str, start: str) -> Request:
        """The move of a booking."""
        return Request(f"/v1/bookings/{code}/reschedule", {"start": start})

    def cancel(self, code: str) -> Request:
        """The cancellation of a booking."""
        return Request(f"/v1/bookings/{code}/cancel")

    def create_by_tool(self, start: str) -> Request:
        """A booking by the MCP server."""
        told = message("tools/call", {"name": "create_booking", "arguments": booking_of("Agent", start)})
        key = self.server.keys["mcp"]
        return Request("/mcp", told, {"Accept": BOTH, "Authorization": f"Bearer {key}"})

    def race(self, *requests: Request) -> list[httpx.Response]:
        """Release requests together."""
        return released_together(self.server.base_url, self.server.keys["full"], requests)

    def statuses(self, *requests: Request) -> list[int]:
        """Release requests together; the statuses of the answers."""
        return [answer.status_code for answer in self.race(*requests)]

    # One after the other

    def book(self, start: str, **more: Any) -> httpx.Response:
        """Book alone."""
        return self.rest.post("/v1/bookings", json=booking_of("Zoë", start, **more))

    def booked(self, start: str) -> str:
        """The code of a booking that was made alone."""
        answer = self.book(start)
        assert answer.status_code == 201
        return answer.json()["data"]["code"]

    def send(self, request: Request) -> httpx.Response:
        """Send a request alone."""
        return self.rest.post(request.path, json=request.body)

    def link(self) -> str:
        """A single-use link to the main event type."""
        return self.rest.post("/v1/event-types/intro/links").json()["data"]["code"]

    def subscribe(self, event: str = "booking.created") -> None:
        """Have new bookings announced, or another event, though nobody receives it."""
        hook = {"url": "https://hooks.example.com/x", "events": [event]}
        assert self.rest.post("/v1/webhooks", json=hook).status_code == 201

    # What is found

    def live(self) -> Counter[str]:
        """How many live bookings begin when."""
        answer = self.rest.get("/v1/bookings", params={"status": "confirmed", "limit": 100})
        return Counter(booking["start"] for booking in answer.json()["data"])

    def status(self, code: str) -> str:
        """How a booking is found."""
        return self.rest.get(f"/v1/bookings/{code}").json()["data"]["status"]

    def listed(self, start: str) -> bool:
        """Whether a start is among the open slots."""
        window = {"start": start, "end": f"{start[:11]}23:00:00Z"}
        slots = self.rest.get("/v1/event-types/intro/slots", params=window).json()["data"]
        return start in {slot["start"] for slot in slots}

    def announced(self) -> int:
        """How many deliveries were queued."""
        return sum(self.server.mock.domain.outbox.count_by_state().values())
