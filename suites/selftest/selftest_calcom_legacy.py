"""The first version of the mock's Cal.com side, for tests: what its answers are held against."""

from __future__ import annotations

from typing import Any

import httpx

from bookproof.contracts.openapi import Contract
from bookproof.mock import MockServer

CONTRACT = Contract.load("calcom-v2", "legacy.yaml")
START, LATER = "2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z"
DAY = {"startTime": "2027-01-13T00:00:00Z", "endTime": "2027-01-14T00:00:00Z"}


def data(answer: httpx.Response, status: int, schema: str) -> Any:
    """The data of a success, once status and shape are as expected."""
    assert answer.status_code == status, answer.text
    assert CONTRACT.explain(schema, answer.json()) == []
    return answer.json()["data"]


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a refusal, once status and code are as expected."""
    assert answer.status_code == status, answer.text
    assert CONTRACT.explain("Error", answer.json()) == []
    assert answer.json()["error"]["code"] == code
    return answer.json()["error"]


def thirty(mock: MockServer) -> int:
    """The number of ada's half hour."""
    return mock.mock.domain.event_types.by_slug("acc_ada", "thirty").number


def wish(number: int, start: str = START, **more: Any) -> dict[str, Any]:
    """The body that books."""
    responses = {"name": "Zoë", "email": "zoe@example.com"}
    body = {"eventTypeId": number, "start": start, "timeZone": "Europe/Berlin", "language": "de", "metadata": {}}
    return body | {"responses": responses} | more
