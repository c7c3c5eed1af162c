"""The sender of deliveries: again after a failure, past whoever is slow, never off this machine, and to the end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from selftest_mailbox import Mailbox, Settled

from bookproof.mock import MockServer, start_mock
from bookproof.mock.http.delivery_client import DeliveryClient

START, LATER, LAST = (f"2027-01-13T{hour:02}:00:00Z" for hour in (9, 10, 13))
Book = Callable[..., httpx.Response]
Subscribe = Callable[..., dict[str, Any]]


@pytest.fixture
def hasty(mock: MockServer) -> MockServer:
    """The fresh mock, trying again almost at once."""
    mock.mock.sender.pauses = (0.01, 0.01, 0.01)
    return mock


@pytest.mark.parametrize("answer", [500, 404, 302, 301, 418])
def test_what_is_not_acknowledged_is_sent_again(
    hasty: MockServer, book: Book, subscribe: Subscribe, mailboxes: Callable[[], Mailbox], settled: Settled, answer: int
) -> None:
    """The same body; a redirect is no acknowledgement and is not followed."""
    mailbox, elsewhere = mailboxes(), mailboxes()
    mailbox.extra_headers = {"Location": elsewhere.url}
    mailbox.answers.extend([answer, answer])
    subscribe(mailbox.url)
    book("intro", START)
    assert settled.wait() == {"delivered": 1}
    first, second, third = mailbox.received()
    assert first.body == second.body == third.body
    assert elsewhere.received() == []


def test_each_attempt_is_signed_at_its_own_time(
    hasty: MockServer, door: httpx.Client, book: Book, subscribe: Subscribe, mailbox: Mailbox
) -> None:
    """A receiver that refuses an old t accepts the later attempt."""
    mailbox.answers.append(503)
    mailbox.hold()
    subscribe(mailbox.url)
    book("intro", START)
    mailbox.wait(1)
    door.put("/clock", json={"now": "2027-01-11T08:10:00Z"})
    mailbox.release()
    times = [item.headers["x-imatic-signature"].split(",")[0] for item in mailbox.wait(2)]
    assert int(times[1][2:]) - int(times[0][2:]) == 600
    assert len({item.headers["x-imatic-signature"] for item in mailbox.received()}) == 2


def test_a_delivery_is_given_up_after_the_last_pause(
    hasty: MockServer, book: Book, subscribe: Subscribe, mailbox: Mailbox, settled: Settled
) -> None:
    """Four attempts, and later events come through all the same."""
    mailbox.answers.extend([500] * 4)
    subscribe(mailbox.url)
    book("intro", START)
    assert settled.wait() == {"failed": 1}
    assert len(mailbox.received()) == 4
    book("intro", LATER)
    assert settled.wait() == {"failed": 1, "delivered": 1}


def test_a_refused_connection_and_a_late_answer_are_failures(
    hasty: MockServer, book: Book, subscribe: Subscribe, mailboxes: Callable[[], Mailbox], settled: Settled
) -> None:
    """Both are tried as often as any other."""
    gone, silent = mailboxes(), mailboxes()
    gone.close()
    silent.hold()
    hasty.mock.sender.client.timeout = 0.25
    subscribe(gone.url)
    subscribe(silent.url)
    book("intro", START)
    assert settled.wait() == {"failed": 2}
    assert len(silent.received()) == 4


def test_the_pauses_grow() -> None:
    """As they stand in the documentation of the mock."""
    with start_mock() as server:
        pauses = [server.mock.sender.pause(attempt) for attempt in (1, 2, 3, 4)]
    assert pauses == [0.1, 0.5, 2.0, None]


@pytest.mark.parametrize("change", ["delete", "switch off"])
def test_the_subscription_is_looked_up_again_before_each_attempt(
    mock: MockServer,
    api: httpx.Client,
    book: Book,
    subscribe: Subscribe,
    mailbox: Mailbox,
    settled: Settled,
    change: str,
) -> None:
    """Who has been unsubscribed or switched off is sent nothing more, not even what was queued before."""
    webhook = subscribe(mailbox.url)
    mailbox.hold()
    book("intro", START)
    mailbox.wait(1)
    book("intro", LATER)
    path = f"/v1/webhooks/{webhook['id']}"
    assert (api.delete(path) if change == "delete" else api.patch(path, json={"active": False})).status_code == 200
    mailbox.release()
    assert settled.wait() == {"delivered": 1, "withheld": 1}
    assert len(mailbox.received()) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://192.0.2.1/",
        "http://127.0.0.1@example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1:80",
        "http://0.0.0.0:80",
        "http://[2001:db8::1]/",
        "ftp://127.0.0.1/",
        "http://127.1/",
        "//127.0.0.1/",
        "http://[/",
        "",
    ],
)
def test_nothing_leaves_this_machine(url: str) -> None:
    """Whatever a subscription names."""
    assert not DeliveryClient().may_reach(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x?y", "http://127.8.9.1/", "http://[::1]:80/", "https://localhost/", "HTTP://LOCALHOST"]
)
def test_loopback_is_reached_by_all_its_names(url: str) -> None:
    """The names that the sender knows."""
    assert DeliveryClient().may_reach(url)


def test_a_foreign_address_is_marked_as_not_sent(
    mock: MockServer, book: Book, subscribe: Subscribe, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is not even asked."""
    asked: list[object] = []
    monkeypatch.setattr(mock.mock.sender.client, "send", lambda *given: asked.append(given))
    subscribe("https://example.com/hook")
    book("intro", START)
    assert settled.wait() == {"withheld": 1}
    assert asked == []


def test_a_slow_receiver_holds_up_neither_calls_nor_others(
    api: httpx.Client, book: Book, subscribe: Subscribe, mailboxes: Callable[[], Mailbox], settled: Settled
) -> None:
    """Calls are answered and others served while it has answered nothing."""
    slow, failing, prompt = (mailboxes() for _ in range(3))
    slow.hold()
    failing.answers.extend([500] * 50)
    for box in (slow, failing, prompt):
        subscribe(box.url)
    for start in (START, LATER, LAST):
        assert book("intro", start).status_code == 201
    assert len(prompt.wait(3)) == 3
    assert len(slow.wait(1)) == 1
    failing.wait(3)
    slow.release()
    slow.wait(3)


def test_many_slow_receivers_are_served_at_once(
    book: Book, subscribe: Subscribe, mailboxes: Callable[[], Mailbox], settled: Settled
) -> None:
    """All have theirs before any has answered."""
    boxes = [mailboxes() for _ in range(10)]
    for box in boxes:
        box.hold()
        subscribe(box.url)
    book("intro", START)
    assert [len(box.wait(1)) for box in boxes] == [1] * 10
    for box in boxes:
        box.release()
    assert settled.wait() == {"delivered": 10}


def test_a_failed_delivery_lets_later_ones_pass(
    mock: MockServer, book: Book, subscribe: Subscribe, mailbox: Mailbox
) -> None:
    """The retry waits for its pause, the others do not wait for the retry."""
    mock.mock.sender.pauses = (600.0,)
    mailbox.answers.append(500)
    subscribe(mailbox.url)
    for start in (START, LATER, LAST):
        assert book("intro", start).status_code == 201
    starts = [json.loads(item.body)["data"]["start"] for item in mailbox.wait(3)]
    assert starts == [START, LATER, LAST]


def test_a_receiver_is_not_told_what_another_has_set(
    book: Book, subscribe: Subscribe, mailboxes: Callable[[], Mailbox], settled: Settled
) -> None:
    """No cookies, no credentials."""
    boxes = mailboxes(), mailboxes()
    for box in boxes:
        box.extra_headers = {"Set-Cookie": "session=1"}
        subscribe(box.url)
    for start in (START, LATER):
        book("intro", start)
    assert settled.wait() == {"delivered": 4}
    headers = {name for box in boxes for item in box.received() for name in item.headers}
    assert not headers & {"cookie", "authorization"}


def test_threads_begin_with_the_first_delivery_and_end_with_the_mock(mailbox: Mailbox) -> None:
    """Also while a receiver keeps one of them waiting."""
    mailbox.hold()
    server = start_mock()
    sender = server.mock.sender
    try:
        headers = {"Authorization": f"Bearer {server.keys['full']}"}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            made = client.post("/v1/webhooks", json={"url": mailbox.url, "events": ["booking.created"]}).json()["data"]
            assert sender._threads == []
            sender.client.timeout = 600.0
            client.post(f"/v1/webhooks/{made['id']}/test")
        mailbox.wait(1)
        assert [thread.is_alive() for thread in sender._threads] == [True]
    finally:
        server.close()
    assert [thread.is_alive() for thread in sender._threads] == [False]


def test_what_was_not_sent_is_sent_by_the_next_mock_of_the_file(tmp_path: Path, mailbox: Mailbox) -> None:
    """One was broken off, one was never begun; both come, in order."""
    file = tmp_path / "mock.sqlite"
    mailbox.hold()
    with start_mock(file=file) as server:
        headers = {"Authorization": f"Bearer {server.keys['full']}"}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            client.post("/v1/webhooks", json={"url": mailbox.url, "events": ["booking.cancelled"]})
            bookings = client.get("/v1/bookings", params={"status": "confirmed"}).json()["data"]
            codes = [booking["code"] for booking in bookings[-2:]]
            for code in codes:
                assert client.post(f"/v1/bookings/{code}/cancel").status_code == 200
        mailbox.wait(1)
        assert server.mock.domain.outbox.count_by_state()["pending"] == 2
    assert len(mailbox.received()) == 1
    mailbox.release()
    with start_mock(file=file) as server:
        settled = Settled(server.mock.domain.outbox)
        received = mailbox.wait(3)
        told = [json.loads(item.body)["data"]["code"] for item in received]
        assert told == [codes[0], *codes]
        # A mock that ends before it has read the answer sends once more.
        assert settled.wait() == {"delivered": 2}
    with start_mock(file=file) as server:
        assert server.mock.domain.outbox.count_by_state() == {"pending": 0, "delivered": 2, "failed": 0, "withheld": 0}


def test_a_file_with_an_outbox_of_old_is_taken_up(tmp_path: Path, mailbox: Mailbox) -> None:
    """What it has queued cannot be sent; what happens from now on is."""
    file = tmp_path / "mock.sqlite"
    start_mock(file=file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE deliveries")
        connection.execute(
            "CREATE TABLE deliveries (number INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL, event TEXT NOT NULL,"
            " booking_code TEXT, is_test INTEGER NOT NULL, queued INTEGER NOT NULL)"
        )
        connection.execute("INSERT INTO deliveries VALUES (7, 'wh_x', 'booking.created', NULL, 1, 0)")
    connection.close()
    with start_mock(file=file) as server:
        headers = {"Authorization": f"Bearer {server.keys['full']}"}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as client:
            made = client.post("/v1/webhooks", json={"url": mailbox.url, "events": ["booking.created"]}).json()["data"]
            assert client.post(f"/v1/webhooks/{made['id']}/test").status_code == 202
        mailbox.wait(1)
