"""Cal.com's webhook deliveries in the mock: who hears of what, how it is signed, and what happens if it fails."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from selftest_calcom_subscribers import LAST, LATER, START, booked, client_of, event_type, listen, seconds, triggers
from selftest_mailbox import Mailbox, Received, Settled

from bookproof.mock import MockServer
from bookproof.mock.domain.errors import SlotTaken


@pytest.fixture
def calcom(mock: MockServer) -> Iterator[httpx.Client]:
    """The fresh mock's Cal.com side with the full key."""
    with client_of(mock) as client:
        yield client


# To whom


def test_only_active_subscriptions_of_the_trigger_hear_and_each_once(
    mock: MockServer, calcom: httpx.Client, mailboxes: Callable[[], Mailbox], settled: Settled
) -> None:
    """A repeated name does not multiply; another account hears nothing."""
    wanted, again, other, inactive, foreign = (mailboxes() for _ in range(5))
    listen(calcom, wanted.url, triggers=["BOOKING_CREATED"])
    repeated = listen(calcom, again.url, triggers=["BOOKING_CREATED", "BOOKING_CREATED"])
    listen(calcom, other.url, triggers=["BOOKING_CANCELLED", "MEETING_ENDED"])
    listen(calcom, inactive.url, active=False)
    with client_of(mock, "foreign") as stranger:
        listen(stranger, foreign.url)
    assert booked(calcom, event_type(mock)).status_code == 201
    assert settled.wait() == {"delivered": 2}
    assert [len(box.received()) for box in (wanted, again, other, inactive, foreign)] == [1, 1, 0, 0, 0]
    calcom.patch(f"/v2/webhooks/{repeated['id']}", json={"active": False})
    calcom.patch(f"/v2/webhooks/{repeated['id']}", json={"triggers": ["BOOKING_CANCELLED"]})
    assert booked(calcom, event_type(mock), LATER).status_code == 201
    settled.wait()
    assert [len(box.received()) for box in (wanted, again)] == [2, 1]


def test_what_is_refused_is_not_told(
    mock: MockServer, calcom: httpx.Client, mailbox: Mailbox, settled: Settled
) -> None:
    """A taken slot, a move onto it, a second cancellation, a field left out."""
    listen(calcom, mailbox.url)
    number = event_type(mock)
    uid = booked(calcom, number).json()["data"]["uid"]
    other = booked(calcom, number, LATER).json()["data"]["uid"]
    assert booked(calcom, number).status_code == 400
    assert booked(calcom, number, LAST, email="nobody").status_code == 400
    with pytest.raises(SlotTaken):
        mock.mock.domain.public_bookings.reschedule(other, seconds(START))
    assert calcom.post(f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "ill"}).status_code == 201
    assert calcom.post(f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "ill"}).status_code == 400
    assert settled.wait() == {"delivered": 3}
    assert triggers(mailbox.received()) == ["BOOKING_CREATED", "BOOKING_CREATED", "BOOKING_CANCELLED"]


# How


def signature_of(received: Received, secret: str) -> str:
    """What the signature over the bytes that came should be."""
    return hmac.new(secret.encode(), received.body, hashlib.sha256).hexdigest()


def test_the_signature_is_of_the_bytes_and_of_the_secret_of_now(
    mock: MockServer, calcom: httpx.Client, mailbox: Mailbox
) -> None:
    """Bare hexadecimal; a new secret counts at once, and without one a word says so."""
    webhook, number = listen(calcom, mailbox.url, secret="sécret"), event_type(mock)
    for start, secret in ((START, "sécret"), (LATER, "another"), (LAST, "")):
        calcom.patch(f"/v2/webhooks/{webhook['id']}", json={"secret": secret})
        assert booked(calcom, number, start, notes="für Zoë 🎉").status_code == 201
        mailbox.wait(1)
    first, second, third = mailbox.wait(3)
    assert first.headers["x-cal-signature-256"] == signature_of(first, "sécret")
    assert second.headers["x-cal-signature-256"] == signature_of(second, "another")
    assert third.headers["x-cal-signature-256"] == "no-secret-provided"
    for item in (first, second, third):
        assert (item.method, item.headers["content-type"]) == ("POST", "application/json")
        assert item.headers["x-cal-webhook-version"] == "2021-10-20"
        assert "🎉".encode() in item.body
        assert item.body == json.dumps(json.loads(item.body), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("template", "media_type", "body"),
    [
        (
            '{"event": "{{triggerEvent}}", "who": "{{attendees.0.name}}"}',
            "application/json",
            '{"event":"BOOKING_CREATED","who":"Zoë"}',
        ),
        (
            "{{title}} with {{organizer.name}}",
            "application/x-www-form-urlencoded",
            "Thirty minutes between Ada Byron and Zoë with Ada Byron",
        ),
    ],
)
def test_a_template_is_sent_in_place_of_the_body_and_signed(
    mock: MockServer,
    calcom: httpx.Client,
    mailbox: Mailbox,
    template: str,
    media_type: str,
    body: str,
) -> None:
    """JSON stays JSON; anything else goes as a form."""
    listen(calcom, mailbox.url, secret="key", payloadTemplate=template)
    booked(calcom, event_type(mock))
    (delivery,) = mailbox.wait(1)
    assert (delivery.headers["content-type"], delivery.body.decode()) == (media_type, body)
    assert delivery.headers["x-cal-signature-256"] == signature_of(delivery, "key")


@pytest.mark.parametrize("answer", [500, 307, 404])
def test_a_failed_delivery_harms_no_booking_and_is_not_repeated(
    mock: MockServer,
    calcom: httpx.Client,
    mailboxes: Callable[[], Mailbox],
    settled: Settled,
    answer: int,
) -> None:
    """Nor is a redirect followed; the next event comes all the same."""
    mailbox, elsewhere, gone = (mailboxes() for _ in range(3))
    mock.mock.sender.pauses = (0.01, 0.01)
    gone.close()
    mailbox.extra_headers = {"Location": elsewhere.url}
    mailbox.answers.append(answer)
    listen(calcom, mailbox.url)
    listen(calcom, gone.url)
    number = event_type(mock)
    assert booked(calcom, number).status_code == 201
    assert settled.wait() == {"failed": 2}
    assert booked(calcom, number, LATER).status_code == 201
    assert settled.wait() == {"failed": 3, "delivered": 1}
    assert len(mailbox.received()) == 2
    assert elsewhere.received() == []


def test_a_slow_receiver_holds_up_no_booking(
    mock: MockServer, calcom: httpx.Client, mailboxes: Callable[[], Mailbox]
) -> None:
    """It is answered while the receiver has not answered."""
    slow, prompt = mailboxes(), mailboxes()
    slow.hold()
    for box in (slow, prompt):
        listen(calcom, box.url)
    number = event_type(mock)
    for start in (START, LATER):
        assert booked(calcom, number, start).status_code == 201
    assert triggers(prompt.wait(2)) == ["BOOKING_CREATED"] * 2
    assert len(slow.wait(1)) == 1
    slow.release()
    slow.wait(2)


def test_each_dialect_is_told_in_its_own_words(
    mock: MockServer,
    calcom: httpx.Client,
    subscribe: Callable[..., dict[str, Any]],
    book: Callable[..., httpx.Response],
    mailboxes: Callable[[], Mailbox],
    settled: Settled,
) -> None:
    """And hears of nothing of the other's."""
    theirs, ours = mailboxes(), mailboxes()
    subscribe(theirs.url)
    listen(calcom, ours.url)
    assert book("intro", START).status_code == 201
    assert booked(calcom, event_type(mock)).status_code == 201
    assert settled.wait() == {"delivered": 2}
    (imatic,), (cal) = theirs.received(), ours.received()
    assert json.loads(imatic.body).keys() == {"event", "data"}
    assert "x-cal-signature-256" not in imatic.headers
    assert triggers(cal) == ["BOOKING_CREATED"]
    assert "x-imatic-signature" not in cal[0].headers
