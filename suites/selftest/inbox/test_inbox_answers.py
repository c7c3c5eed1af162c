"""How an inbox answers: as it was told, one delivery after the other."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from urllib.parse import urlsplit

import httpx
import pytest

from bookproof.inbox import Answer, answer, delay, drop, hold, redirect
from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer

PATIENCE = 10.0


def test_answers_come_in_turn_and_the_last_one_for_ever(reader: Inbox, sender: httpx.Client) -> None:
    """Each delivery takes the next answer of its box; what it took is told."""
    url = reader.open_box("turns", answer(500), redirect("https://example.com/else?where=1"), answer(204), answer(418))
    other = reader.open_box("other")
    got = [sender.post(url) for _ in range(5)]
    assert [each.status_code for each in got] == [500, 302, 204, 418, 418]
    assert got[1].headers["location"] == "https://example.com/else?where=1"
    assert [each.content for each in got] == [b"{}", b"", b"", b"{}", b"{}"]
    assert got[0].headers["content-type"] == "application/json"
    assert sender.post(other).status_code == 200
    assert [kept.answered for kept in reader.deliveries()] == [500, 302, 204, 418, 418, 200]


@pytest.mark.parametrize("status", [204, 205, 304])
def test_an_answer_without_a_body_leaves_the_connection_usable(
    reader: Inbox, raw: Callable[[bytes], bytes], status: int
) -> None:
    """A status that has no body is sent without one, and the next delivery on the connection is answered too."""
    path = urlsplit(reader.open_box("empty", answer(status), answer(202))).path
    answers = raw(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode() * 2)
    assert answers.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\n\r\nHTTP/1.1 202 " in answers
    assert answers.count(b"{}") == 1


def test_behaviour_changes_from_the_next_delivery_on(reader: Inbox, sender: httpx.Client) -> None:
    """A new list of answers begins at its beginning, on the same URL."""
    url = reader.open_box("changing", answer(500), answer(501))
    seen = [sender.post(url).status_code]
    reader.behave("changing", answer(400), answer(202))
    seen += [sender.post(url).status_code for _ in range(3)]
    reader.behave("changing")
    seen += [sender.post(url).status_code]
    assert seen == [500, 400, 202, 202, 200]


def test_held_answers_go_when_they_are_released(
    reader: Inbox, meanwhile: Callable[..., Future[httpx.Response]]
) -> None:
    """A held delivery can be read before it is answered; a release answers all that are held, and no later one."""
    url = reader.open_box("held", hold(600, 201), hold(600, 202), answer(200))
    waiting = [meanwhile("POST", url, content=b"1")]
    assert reader.wait(lambda all_: len(all_) == 1, PATIENCE)
    waiting.append(meanwhile("POST", url, content=b"2"))
    assert reader.wait(lambda all_: len(all_) == 2, PATIENCE)
    assert [kept.answered for kept in reader.deliveries()] == [201, 202]
    assert not any(each.done() for each in waiting)
    reader.release("held")
    assert [each.result(PATIENCE).status_code for each in waiting] == [201, 202]
    reader.behave("held", hold(600, 203))
    late = meanwhile("POST", url)
    assert reader.wait(lambda all_: len(all_) == 3, PATIENCE)
    assert not late.done()
    reader.release("held")
    assert late.result(PATIENCE).status_code == 203


def test_a_hold_ends_by_itself(reader: Inbox, sender: httpx.Client) -> None:
    """When its seconds are over, a held answer goes."""
    assert sender.post(reader.open_box("short", hold(0.05, 503))).status_code == 503


def test_held_answers_do_not_hold_up_others(
    reader: Inbox, sender: httpx.Client, meanwhile: Callable[..., Future[httpx.Response]]
) -> None:
    """While one box holds its answer, others answer, and so does the same one when it behaves differently."""
    held = meanwhile("POST", reader.open_box("held", hold(600)))
    assert reader.wait(bool, PATIENCE)
    assert sender.post(reader.open_box("other", answer(202))).status_code == 202
    url = reader.open_box("held", answer(203))
    assert sender.post(url).status_code == 203
    assert not held.done()
    reader.release("other")
    assert sender.post(url).status_code == 203
    assert not held.done()
    reader.release("held")
    assert held.result(PATIENCE).status_code == 200


def test_a_delayed_answer_goes_when_its_time_has_come(reader: Inbox, sender: httpx.Client) -> None:
    """A delay ends in the answer that was asked for."""
    url = reader.open_box("late", delay(0.05, 500), delay(0.05))
    assert [sender.post(url).status_code for _ in range(2)] == [500, 200]


def test_a_release_does_not_hurry_a_delay(
    server: InboxServer, reader: Inbox, sender: httpx.Client, meanwhile: Callable[..., Future[httpx.Response]]
) -> None:
    """A delay is not a hold: nothing but time ends it, or the end of the inbox."""
    url = reader.open_box("late", delay(600), answer(200))
    late = meanwhile("POST", url)
    assert reader.wait(bool, PATIENCE)
    reader.release("late")
    assert sender.post(url).status_code == 200
    assert not late.done()
    server.close()
    with pytest.raises(httpx.TransportError):
        late.result(PATIENCE)


def test_a_dropped_delivery_gets_no_byte(reader: Inbox, sender: httpx.Client, raw: Callable[[bytes], bytes]) -> None:
    """The connection closes without an answer, the delivery is kept, and the next one is served as usual."""
    url = reader.open_box("dropped", drop(), drop(), answer(202))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        sender.post(url, content=b"gone")
    path = urlsplit(url).path
    assert raw(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\ngone".encode()) == b""
    assert sender.post(url).status_code == 202
    assert [(kept.answered, kept.body) for kept in reader.deliveries()] == [(0, b"gone"), (0, b"gone"), (202, b"")]


@pytest.mark.parametrize(
    "given", [answer(404), redirect("http://a.example/b"), hold(3.5), hold(2, 500), drop(), delay(1), delay(1, 503)]
)
def test_answers_survive_the_wire(given: Answer) -> None:
    """An answer reads back as it was written."""
    assert Answer.from_json(given.to_json()) == given


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: answer(199), "from 200 to 599"),
        (lambda: answer(600), "from 200 to 599"),
        (lambda: redirect("ftp://a.example"), "http or https URL"),
        (lambda: redirect("https://a.example/\r\nx: y"), "http or https URL"),
        (lambda: hold(601), "seconds from 0 to 600"),
        (lambda: delay(-1), "seconds from 0 to 600"),
        (lambda: delay(float("nan")), "seconds from 0 to 600"),
        (lambda: Answer(hold=1, delay=1), "not both"),
        (lambda: Answer(drop=True, redirect="https://a.example"), "not both"),
        (lambda: Answer.from_json([]), "an object such as"),
        (lambda: Answer.from_json({"code": 200}), "'code' is nothing that an answer has"),
        (lambda: Answer.from_json({"status": "200"}), "wrong kind"),
        (lambda: Answer.from_json({"status": True}), "wrong kind"),
        (lambda: Answer.from_json({"drop": 1}), "wrong kind"),
    ],
)
def test_wrong_answers_are_refused_with_a_reason(make: Callable[[], Answer], words: str) -> None:
    """What cannot be answered is refused where it is made, and the message says why."""
    with pytest.raises(ValueError, match=words):
        make()
