"""Webhook deliveries: which events, to whom, and what they say."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from selftest_mailbox import Mailbox, Received, Settled

from bookproof.mock import MockServer, start_mock

START, LATER = "2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z"
NOW = int(datetime(2027, 1, 11, 8, tzinfo=UTC).timestamp())
Book = Callable[..., httpx.Response]
Subscribe = Callable[..., dict[str, Any]]


def told(received: list[Received]) -> list[tuple[str, str]]:
    """Event and status of each delivery."""
    documents = [json.loads(item.body) for item in received]
    return [(document["event"], document["data"]["status"]) for document in documents]


def documents(received: list[Received]) -> list[dict[str, Any]]:
    """The bodies as JSON."""
    return [json.loads(item.body) for item in received]


def signed(item: Received, secret: str) -> str:
    """The time in the signature, once it has been verified by hand over the bytes that came."""
    first, second = item.headers["x-imatic-signature"].split(",")
    assert (first[:2], second[:3]) == ("t=", "v1=")
    expected = hmac.new(secret.encode(), first[2:].encode() + b"." + item.body, hashlib.sha256).hexdigest()
    assert second[3:] == expected
    return first[2:]


def test_each_event_is_pushed_in_order_with_the_booking_as_rest_answered(
    api: httpx.Client, door: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox
) -> None:
    """All four events, one after the other, and nothing else."""
    subscribe(mailbox.url)
    created = book("intro", START, notes="bring papers").json()["data"]
    path = f"/v1/bookings/{created['code']}"
    moved = api.post(f"{path}/reschedule", json={"start": LATER}).json()["data"]
    cancelled = api.post(f"{path}/cancel", json={"reason": "ill"}).json()["data"]
    missed = book("intro", START).json()["data"]
    door.post(f"/bookings/{missed['code']}/no-show")
    noted = api.get(f"/v1/bookings/{missed['code']}").json()["data"]
    assert documents(mailbox.wait(5)) == [
        {"event": "booking.created", "data": created},
        {"event": "booking.rescheduled", "data": moved},
        {"event": "booking.cancelled", "data": cancelled},
        {"event": "booking.created", "data": missed},
        {"event": "booking.no_show", "data": noted},
    ]


def test_a_delivery_is_compact_json_in_utf_8_signed_over_its_bytes(
    book: Book, subscribe: Subscribe, mailbox: Mailbox
) -> None:
    """Umlauts as they are, the mock's own time in the signature."""
    secret = subscribe(mailbox.url, "booking.created")["secret"]
    booking = book("intro", START, notes="für Zoë 🎉").json()["data"]
    (delivery,) = mailbox.wait(1)
    document = {"event": "booking.created", "data": booking}
    assert delivery.body == json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    assert "🎉".encode() in delivery.body
    assert (delivery.method, delivery.path) == ("POST", "/hook")
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["user-agent"]
    assert signed(delivery, secret) == str(NOW)
    assert secret not in str(delivery.headers)


def test_the_data_are_those_of_the_moment_of_the_event(
    api: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox
) -> None:
    """What is sent late is not what has become of the booking since."""
    subscribe(mailbox.url)
    mailbox.hold()
    book("intro", LATER)
    mailbox.wait(1)
    code = book("intro", START).json()["data"]["code"]
    api.post(f"/v1/bookings/{code}/cancel")
    assert len(mailbox.received()) == 1
    mailbox.release()
    expected = [("booking.created", "confirmed"), ("booking.created", "confirmed"), ("booking.cancelled", "cancelled")]
    assert told(mailbox.wait(3)) == expected


def test_a_move_to_a_new_code_is_one_event_about_the_new_booking(mailbox: Mailbox) -> None:
    """The old booking is named in it and tells nothing of its own."""
    with start_mock(reschedule_mode="new-code") as server:
        headers = {"Authorization": f"Bearer {server.keys['full']}"}
        settled = Settled(server.mock.domain.outbox)
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            client.post("/v1/webhooks", json={"url": mailbox.url, "events": ["booking.created", "booking.rescheduled"]})
            code = client.get("/v1/bookings", params={"status": "confirmed"}).json()["data"][-1]["code"]
            booking = client.get(f"/v1/bookings/{code}").json()["data"]
            start = booking["start"].replace("T09", "T10")
            moved = client.post(f"/v1/bookings/{code}/reschedule", json={"start": start}).json()["data"]
        assert settled.wait() == {"delivered": 1}
    assert moved["rescheduledFrom"] == code
    assert documents(mailbox.received()) == [{"event": "booking.rescheduled", "data": moved}]


def test_only_who_asked_and_is_active_hears_of_an_event(
    mock: MockServer,
    client_of: Callable[..., httpx.Client],
    book: Book,
    subscribe: Subscribe,
    mailboxes: Callable[[], Mailbox],
    settled: Settled,
) -> None:
    """Not who asked for other events, is switched off, or belongs to another account."""
    wanted, other, inactive, foreign = (mailboxes() for _ in range(4))
    subscribe(wanted.url, "booking.created")
    subscribe(other.url, "booking.cancelled")
    subscribe(inactive.url, active=False)
    body = {"url": foreign.url, "events": ["booking.created"]}
    assert client_of(mock, "foreign").post("/v1/webhooks", json=body).status_code == 201
    assert book("intro", START).status_code == 201
    assert settled.wait() == {"delivered": 1}
    assert [len(box.received()) for box in (wanted, other, inactive, foreign)] == [1, 0, 0, 0]


def test_what_is_refused_is_not_told(
    api: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox, settled: Settled
) -> None:
    """A taken slot, a move onto it, a second cancellation."""
    subscribe(mailbox.url)
    code = book("intro", START).json()["data"]["code"]
    other = book("intro", LATER).json()["data"]["code"]
    assert book("intro", START).status_code == 409
    assert api.post(f"/v1/bookings/{other}/reschedule", json={"start": START}).status_code == 409
    assert api.post(f"/v1/bookings/{code}/cancel").status_code == 200
    assert api.post(f"/v1/bookings/{code}/cancel").status_code == 409
    assert settled.wait() == {"delivered": 3}
    assert [event for event, _ in told(mailbox.received())] == [
        "booking.created",
        "booking.created",
        "booking.cancelled",
    ]


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("booking.created", "confirmed"),
        ("booking.rescheduled", "confirmed"),
        ("booking.cancelled", "cancelled"),
        ("booking.no_show", "no_show"),
    ],
)
@pytest.mark.parametrize("active", [True, False])
def test_the_test_action_sends_a_signed_sample_of_the_first_event(
    api: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox, event: str, status: str, active: bool
) -> None:
    """Also to a subscription that is not switched on yet; the sample has every field of a booking."""
    webhook = subscribe(mailbox.url, event, "booking.created", active=active)
    assert api.post(f"/v1/webhooks/{webhook['id']}/test").status_code == 202
    (delivery,) = mailbox.wait(1)
    signed(delivery, webhook["secret"])
    assert delivery.body.isascii()
    sample = json.loads(delivery.body)
    assert (sample["event"], sample["data"]["status"]) == (event, status)
    assert sample["data"].keys() >= book("workshop", START).json()["data"].keys()
    assert api.get(f"/v1/bookings/{sample['data']['code']}").status_code == 404


def test_the_state_counts_deliveries(
    door: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox, settled: Settled
) -> None:
    """By what has become of them."""
    subscribe(mailbox.url)
    subscribe("https://example.com/hook")
    assert book("intro", START).status_code == 201
    settled.wait()
    state = door.get("/state").json()["data"]
    assert state["deliveries"] == 2
    assert state["deliveries_by_state"] == {"pending": 0, "delivered": 1, "failed": 0, "withheld": 1}
