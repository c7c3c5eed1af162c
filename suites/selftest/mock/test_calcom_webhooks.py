"""Cal.com's webhook subscriptions in the mock: who may have which, and how refusals are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from bookproof.contracts.openapi import Contract
from bookproof.mock import MockServer

CONTRACT = Contract.load("calcom-v2")
URL = "http://127.0.0.1:9/hook"
BODY: dict[str, Any] = {"active": True, "subscriberUrl": URL, "triggers": ["BOOKING_CREATED"]}
ACCEPTED = (
    *("BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REQUESTED", "BOOKING_REJECTED"),
    *("BOOKING_PAID", "BOOKING_PAYMENT_INITIATED", "BOOKING_NO_SHOW_UPDATED", "MEETING_STARTED", "MEETING_ENDED"),
    *("RECORDING_READY", "RECORDING_TRANSCRIPTION_GENERATED", "INSTANT_MEETING", "OOO_CREATED", "FORM_SUBMITTED"),
    *("FORM_SUBMITTED_NO_EVENT", "AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW"),
    "WRONG_ASSIGNMENT_REPORT",
)
ClientOf = Callable[..., httpx.Client]


@pytest.fixture
def calcom_of(mock: MockServer) -> Iterator[ClientOf]:
    """Clients by role; closed at the end of the test."""
    opened: list[httpx.Client] = []

    def make(role: str = "full") -> httpx.Client:
        headers = {"Authorization": f"Bearer {mock.calcom_keys[role]}"}
        opened.append(httpx.Client(base_url=mock.base_url, headers=headers, timeout=10, verify=False))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def calcom(calcom_of: ClientOf) -> httpx.Client:
    """The fresh mock's Cal.com side with the full key."""
    return calcom_of()


def made(client: httpx.Client, **more: Any) -> dict[str, Any]:
    """A new subscription."""
    answer = client.post("/v2/webhooks", json=BODY | more)
    assert answer.status_code == 201, answer.text
    assert CONTRACT.explain("WebhookAnswer", answer.json()) == []
    return answer.json()["data"]


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of a refusal with details, once status and code are as expected."""
    assert answer.status_code == status, answer.text
    assert CONTRACT.explain("ErrorWithDetails", answer.json()) == []
    error = answer.json()["error"]
    assert error["code"] == code
    return error


def test_a_subscription_is_made_read_changed_and_deleted(calcom: httpx.Client) -> None:
    """Its life, as it is told at each step."""
    webhook = made(calcom, secret="a secret")
    assert webhook.keys() == {
        *("id", "payloadTemplate", "triggers", "subscriberUrl", "active", "secret", "userId"),
    }
    assert (webhook["payloadTemplate"], webhook["secret"]) == (None, "a secret")
    path = f"/v2/webhooks/{webhook['id']}"
    full = calcom.get(path).json()["data"]
    assert full.items() >= webhook.items()
    assert full["version"] == "2021-10-20"
    assert full["createdAt"] == "2027-01-11T08:00:00.000Z"
    changed = calcom.patch(path, json={"active": False, "secret": None}).json()["data"]
    assert changed == webhook | {"active": False, "secret": None}
    assert calcom.get("/v2/webhooks").json() == {"status": "success", "data": [changed]}
    deleted = calcom.delete(path)
    assert (deleted.status_code, deleted.json()["data"]) == (200, changed)
    refused(calcom.delete(path), 404, "NotFoundException")
    assert calcom.get("/v2/webhooks").json()["data"] == []


def test_an_empty_change_changes_nothing(calcom: httpx.Client) -> None:
    """And is no mistake."""
    webhook = made(calcom, payloadTemplate="{{title}}")
    answer = calcom.patch(f"/v2/webhooks/{webhook['id']}", json={})
    assert (answer.status_code, answer.json()["data"]) == (200, webhook)


@pytest.mark.parametrize("trigger", ACCEPTED)
def test_accepted_triggers_are_subscribed_to(calcom: httpx.Client, trigger: str) -> None:
    """Also those that nothing in the mock pulls."""
    assert made(calcom, triggers=[trigger])["triggers"] == [trigger]


@pytest.mark.parametrize(
    "wrong",
    [
        {"active": None},
        {"active": "true"},
        {"triggers": "BOOKING_CREATED"},
        {"triggers": ["BOOKING_CONFIRMED"]},
        {"triggers": ["BOOKING_CREATED", "PING"]},
        {"triggers": ["BOOKING_LOCATION_UPDATED"]},
        {"version": "2024-08-13"},
        {"subscriberUrl": 7},
        {"secret": 7},
        {"payloadTemplate": {}},
        {"timeUnit": "WEEK"},
    ],
    ids=str,
)
def test_a_wrong_member_is_named(calcom: httpx.Client, wrong: dict[str, Any]) -> None:
    """In the list of errors."""
    error = refused(calcom.post("/v2/webhooks", json=BODY | wrong), 400, "BadRequestException")
    assert [item["property"] for item in error["details"]["errors"]] == list(wrong)
    assert calcom.get("/v2/webhooks").json()["data"] == []


def test_what_a_body_needs_is_asked_for(calcom: httpx.Client) -> None:
    """The switch, the URL and the triggers."""
    error = refused(calcom.post("/v2/webhooks", json={}), 400, "BadRequestException")
    assert {item["property"] for item in error["details"]["errors"]} == {"active", "subscriberUrl", "triggers"}


def test_unknown_members_are_dropped_and_no_triggers_are_allowed(calcom: httpx.Client) -> None:
    """Neither is a mistake here."""
    webhook = made(calcom, triggers=[], colour="red")
    assert webhook["triggers"] == []
    assert "colour" not in webhook


def test_a_trigger_of_organizations_is_refused(calcom: httpx.Client) -> None:
    """Though its name is known."""
    body = BODY | {"triggers": ["DELEGATION_CREDENTIAL_ERROR"]}
    refused(calcom.post("/v2/webhooks", json=body), 400, "BadRequestException")


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
        "https://[fd00:ec2::254]/",
        "ftp://127.0.0.1/",
        "nowhere",
    ],
)
def test_urls_that_lead_astray_are_refused(calcom: httpx.Client, url: str) -> None:
    """Where clouds keep secrets, and what is no web address."""
    error = refused(calcom.post("/v2/webhooks", json=BODY | {"subscriberUrl": url}), 400, "BadRequestException")
    assert error["message"].startswith("Webhook URL is not allowed")


def test_a_url_is_subscribed_once_by_each_account(calcom: httpx.Client, calcom_of: ClientOf) -> None:
    """Whether it comes with a new subscription or a change; another account may have it too."""
    made(calcom)
    other = made(calcom, subscriberUrl=f"{URL}/2")
    refused(calcom.post("/v2/webhooks", json=BODY), 409, "ConflictException")
    path = f"/v2/webhooks/{other['id']}"
    refused(calcom.patch(path, json={"subscriberUrl": URL}), 409, "ConflictException")
    assert calcom.patch(path, json={"subscriberUrl": other["subscriberUrl"]}).status_code == 200
    made(calcom_of("foreign"))


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_strangers_subscription_is_forbidden(calcom: httpx.Client, calcom_of: ClientOf, method: str) -> None:
    """While one that does not exist is not found; nothing has changed, and no list shows it."""
    webhook = made(calcom)
    foreign, path = calcom_of("foreign"), f"/v2/webhooks/{webhook['id']}"
    body = {"json": {"active": False}} if method == "PATCH" else {}
    refused(foreign.request(method, path, **body), 403, "ForbiddenException")
    refused(foreign.request(method, f"{path}0", **body), 404, "NotFoundException")
    assert foreign.get("/v2/webhooks").json()["data"] == []
    assert calcom.get("/v2/webhooks").json()["data"] == [webhook]


def test_credentials_come_before_body_and_existence(mock: MockServer) -> None:
    """Without any, everything is 401."""
    with httpx.Client(base_url=mock.base_url, timeout=10, verify=False) as nobody:
        refused(nobody.post("/v2/webhooks", json={}), 401, "UnauthorizedException")
        refused(nobody.get("/v2/webhooks/none"), 401, "UnauthorizedException")


def test_subscriptions_of_the_other_dialect_are_out_of_sight(
    mock: MockServer, calcom: httpx.Client, client_of: ClientOf
) -> None:
    """Both are in one table."""
    imatic = client_of(mock)
    theirs = imatic.post("/v1/webhooks", json={"url": URL, "events": ["booking.created"]}).json()["data"]
    ours = made(calcom)
    refused(calcom.get(f"/v2/webhooks/{theirs['id']}"), 404, "NotFoundException")
    assert imatic.get(f"/v1/webhooks/{ours['id']}").status_code == 404


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [0, 1, 2]),
        ("take=2", [0, 1]),
        ("take=1.5", [0]),
        ("take=", [0, 1, 2]),
        ("take=1&take=3", [0]),
        ("skip=1", [1, 2]),
        ("take=1&skip=1", [1]),
        ("skip=99999999999999", []),
        ("take=250", [0, 1, 2]),
    ],
)
def test_lists_are_cut_by_take_and_skip(mock: MockServer, calcom: httpx.Client, query: str, numbers: list[int]) -> None:
    """In the order of making, without a word of where the part stands."""
    ids: list[str] = []
    for number in range(3):
        ids.append(made(calcom, subscriberUrl=f"{URL}/{number}")["id"])
        mock.mock.domain.clock.advance(1)
    answer = calcom.get(f"/v2/webhooks?{query}")
    assert answer.json().keys() == {"status", "data"}
    assert [item["id"] for item in answer.json()["data"]] == [ids[number] for number in numbers]


@pytest.mark.parametrize("query", ["take=0", "take=-1", "take=251", "take=abc", "skip=-1", "skip=abc"])
def test_a_wrong_cut_is_refused(calcom: httpx.Client, query: str) -> None:
    """With the parameter's name."""
    error = refused(calcom.get(f"/v2/webhooks?{query}"), 400, "BadRequestException")
    assert [item["property"] for item in error["details"]["errors"]] == [query.partition("=")[0]]
