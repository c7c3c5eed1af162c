"""Subscribers of the mock's Cal.com webhooks, for tests of its deliveries."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
from selftest_mailbox import Received

from bookproof.contracts.openapi import Contract
from bookproof.mock import MockServer

CONTRACT = Contract.load("calcom-v2")
START, LATER, LAST = "2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z", "2027-01-13T11:00:00Z"
SCHEMAS = {
    "BOOKING_CREATED": "BookingCreatedDelivery",
    "BOOKING_REQUESTED": "BookingRequestedDelivery",
    "BOOKING_REJECTED": "BookingRejectedDelivery",
    "BOOKING_RESCHEDULED": "BookingRescheduledDelivery",
    "BOOKING_CANCELLED": "BookingCancelledDelivery",
    "BOOKING_NO_SHOW_UPDATED": "BookingNoShowUpdatedDelivery",
}


def client_of(server: MockServer, role: str | None = "full") -> httpx.Client:
    """A client of the Cal.com side with a role's key (None: without any) and without a date."""
    headers = {} if role is None else {"Authorization": f"Bearer {server.calcom_keys[role]}"}
    return httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False)


def listen(calcom: httpx.Client, url: str, **more: Any) -> dict[str, Any]:
    """A new subscription of a URL; to every trigger that bookings pull, if nothing else is said."""
    answer = calcom.post("/v2/webhooks", json={"active": True, "subscriberUrl": url, "triggers": list(SCHEMAS)} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def event_type(mock: MockServer, *, confirmed: bool = False) -> int:
    """The number of ada's half hour, which she has to confirm or not."""
    event_types = mock.mock.domain.event_types
    thirty = event_types.by_slug("acc_ada", "thirty")
    return event_types.put(replace(thirty, requires_confirmation=confirmed)).number


def booked(calcom: httpx.Client, number: int, start: str = START, **responses: Any) -> httpx.Response:
    """A booking by the first version's shapes."""
    return calcom.post(
        "/v2/bookings",
        json={
            "eventTypeId": number,
            "start": start,
            "timeZone": "Europe/Berlin",
            "language": "de",
            "metadata": {"from": "a test"},
            "responses": {"name": "Zoë", "email": "zoe@example.com", **responses},
        },
    )


def seconds(text: str) -> int:
    """The instant of a text."""
    return int(datetime.fromisoformat(text).timestamp())


def documents(received: list[Received]) -> list[dict[str, Any]]:
    """The bodies as JSON, each as the contract says."""
    found = [json.loads(item.body) for item in received]
    for document in found:
        assert list(document) == ["triggerEvent", "createdAt", "payload"]
        assert CONTRACT.explain(SCHEMAS[document["triggerEvent"]], document) == []
    return found


def triggers(received: list[Received]) -> list[str]:
    """What each delivery is called."""
    return [document["triggerEvent"] for document in documents(received)]
