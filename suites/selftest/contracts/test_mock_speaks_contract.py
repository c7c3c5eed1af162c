"""The mock speaks the contract: each answer has a listed status and the schema that belongs to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bookproof.contracts.openapi import Contract
from bookproof.mock import MockServer, start_mock
from bookproof.mock.dialects.imatic_v1.operations import OPERATIONS

CONTRACT = Contract.load("imatic-v1")
START, OTHER_START = "2027-01-13T09:00:00Z", "2027-01-14T09:00:00Z"
BODIES: dict[str, dict[str, Any]] = {
    "createBooking": {
        "eventTypeCode": "intro",
        "start": START,
        "attendee": {"name": "Zoë", "email": "zoe@example.com", "timeZone": "Europe/Berlin"},
    },
    "rescheduleBooking": {"start": OTHER_START},
    "cancelBooking": {"reason": "Plans changed"},
    "createWebhook": {"url": "https://hooks.example.com/in", "events": ["booking.created"]},
    "updateWebhook": {"active": False},
}
# Things are made before they are read, changed and removed.
IN_ORDER = (
    *("createBooking", "createEventLink", "createWebhook"),
    *sorted(op.id for op in CONTRACT.operations.values() if op.method == "GET"),
    *("rescheduleBooking", "cancelBooking", "updateWebhook", "testWebhook", "duplicateEventType"),
    *("revokeEventLink", "deleteWebhook"),
)


@pytest.fixture(scope="module")
def mock() -> Iterator[MockServer]:
    """A mock at a fixed time, on a Monday morning."""
    with start_mock(now=datetime(2027, 1, 11, 8, 0, tzinfo=UTC)) as server:
        yield server


def schema_of(operation: str, status: int) -> str | None:
    """The name of the schema for a status of an operation; None where there is no body."""
    found = CONTRACT.operations[operation]
    response = CONTRACT.document["paths"][found.path][found.method.lower()]["responses"][str(status)]
    content = CONTRACT.document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]].get("content")
    return content and content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]


def agrees(operation: str, answer: httpx.Response) -> None:
    """Assert that an answer is one of the contract's."""
    assert answer.status_code in CONTRACT.operations[operation].statuses, answer.text
    schema = schema_of(operation, answer.status_code)
    assert schema is not None
    assert CONTRACT.explain(schema, answer.json()) == []


def test_mock_and_contract_offer_the_same_operations() -> None:
    """Method, path and scope: two independent readings of the documents agree."""
    mock_side = {(op.id, op.method, op.path, op.scope) for op in OPERATIONS}
    assert mock_side == {(op.id, op.method, op.path, op.scope) for op in CONTRACT.operations.values()}


def test_successes_have_their_schemas(mock: MockServer) -> None:
    """Every operation once, with a valid request."""
    assert set(IN_ORDER) == set(CONTRACT.operations)
    codes = {"eventTypeCode": "intro"}
    headers = {"authorization": f"Bearer {mock.keys['full']}"}
    with httpx.Client(base_url=mock.base_url, headers=headers, trust_env=False) as client:
        for name in IN_ORDER:
            found = CONTRACT.operations[name]
            query = {"start": START, "end": OTHER_START} if name == "listSlots" else None
            answer = client.request(found.method, found.path.format(**codes), params=query, json=BODIES.get(name))
            assert answer.is_success, f"{name}: {answer.text}"
            agrees(name, answer)
            data = answer.json()["data"]
            if name == "createBooking":
                codes["bookingCode"] = data["code"]
            elif name == "createEventLink":
                codes["linkCode"] = data["code"]
            elif name == "createWebhook":
                codes["webhookId"] = data["id"]


@pytest.mark.parametrize("operation", sorted(CONTRACT.operations))
def test_refusals_have_their_schemas(mock: MockServer, operation: str) -> None:
    """Without a key, without a scope, and for things that do not exist."""
    found = CONTRACT.operations[operation]
    path = found.path.format(eventTypeCode="none", bookingCode="none", linkCode="none", webhookId="none")
    body = b"{" if found.method in {"POST", "PATCH"} else None
    with httpx.Client(base_url=mock.base_url, trust_env=False) as client:
        for role in (None, "revoked", "no-scope", "full"):
            headers = {"content-type": "application/json"} if body else {}
            if role:
                headers["authorization"] = f"Bearer {mock.keys[role]}"
            agrees(operation, client.request(found.method, path, headers=headers, content=body))
