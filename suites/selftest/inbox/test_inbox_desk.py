"""The part of an inbox that is for the one who reads: the token, long polls, bounds and forgetting."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future

import httpx
import pytest

from bookproof.errors import UsageError
from bookproof.inbox.server import InboxServer
from bookproof.inbox.store import Limits

PATIENCE = 10.0
RUN = "run-of-the-self-test"
AUTHORISED = {"authorization": "Bearer token-of-the-self-tests"}

CALLS = [
    ("GET", "/_inbox"),
    ("GET", "/_inbox/"),
    ("PUT", f"/_inbox/runs/{RUN}/boxes/box"),
    ("POST", f"/_inbox/runs/{RUN}/boxes/box/release"),
    ("GET", f"/_inbox/runs/{RUN}/deliveries"),
    ("DELETE", f"/_inbox/runs/{RUN}"),
    ("GET", "/_inbox/there/is/no/such/call"),
    ("GET", "/_inbox%2Fruns"),
]


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", "bearer token-of-the-self-tests"])
def test_without_the_token_nothing_is_told(server: InboxServer, given: str | None) -> None:
    """Every call with a wrong token gets one and the same 401, whether it exists or not, and does nothing."""
    headers = {} if given is None else {"authorization": given}
    with httpx.Client(base_url=server.base_url, verify=False) as client:
        client.put(f"/_inbox/runs/{RUN}/boxes/box", headers=AUTHORISED).raise_for_status()
        answers = [client.request(method, path, headers=headers) for method, path in CALLS]
        assert {(each.status_code, each.content) for each in answers} == {(401, answers[0].content)}
        assert client.get("/_inbox", headers=AUTHORISED).json()["runs"] == 1


@pytest.mark.parametrize("end", ["x", "\xff", " "])
def test_a_token_with_something_added_is_wrong(server: InboxServer, end: str) -> None:
    """Neither a longer token nor bytes that are no ASCII pass, and two tokens are none."""
    right = AUTHORISED["authorization"].encode()
    wrong = [("authorization", right + end.encode("latin-1") + b"x")]
    twice = [("authorization", right), ("authorization", right)]
    with httpx.Client(base_url=server.base_url, verify=False) as client:
        for headers in (wrong, twice):
            assert client.get("/_inbox", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_it_says_what_it_is(desk: httpx.Client) -> None:
    """Its name, the version of its calls, its clock and the number of runs."""
    about = desk.get("/_inbox").json()
    assert (about["name"], about["api"], about["runs"]) == ("bookproof-inbox", 1, 0)
    assert about["now"] > 1_700_000_000


@pytest.mark.parametrize(
    ("run", "box", "body", "words"),
    [
        ("short", "box", b"{}", "16 to 128"),
        ("a" * 129, "box", b"{}", "16 to 128"),
        (RUN + "!", "box", b"{}", "16 to 128"),
        (RUN, "Box", b"{}", "small letters"),
        (RUN, "b" * 65, b"{}", "small letters"),
        (RUN, "-box", b"{}", "small letters"),
        (RUN, "box", b"[]", "the body is an object"),
        (RUN, "box", b'{"answers": {}}', "the body is an object"),
        (RUN, "box", b"{", "Expecting"),
        (RUN, "box", b"\xff", "decode"),
        (RUN, "box", b'{"answers": [{"status": 99}]}', "from 200 to 599"),
        (RUN, "box", b'{"answers": [{"sleep": 1}]}', "'sleep'"),
    ],
)
def test_a_box_that_cannot_be_opened_is_refused(
    desk: httpx.Client, run: str, box: str, body: bytes, words: str
) -> None:
    """400 with the reason, and nothing is opened."""
    refused = desk.put(f"/_inbox/runs/{run}/boxes/{box}", content=body)
    assert refused.status_code == 400
    assert words in refused.json()["message"]
    assert desk.get("/_inbox").json()["runs"] == 0


def test_calls_that_make_no_sense_are_refused(desk: httpx.Client) -> None:
    """Unknown runs, boxes and calls are 404, wrong methods 405, wrong numbers 400; never a 5xx."""
    desk.put(f"/_inbox/runs/{RUN}/boxes/box").raise_for_status()
    assert desk.get("/_inbox/runs/another-run-of-nobody/deliveries").status_code == 404
    assert desk.post(f"/_inbox/runs/{RUN}/boxes/other/release").status_code == 404
    assert desk.get("/_inbox/more").status_code == 404
    assert desk.post("/_inbox").status_code == 405
    for query in ("after=x", "wait=x", "after=1.5"):
        assert desk.get(f"/_inbox/runs/{RUN}/deliveries?{query}").status_code == 400
    assert desk.get(f"/_inbox/runs/{RUN}/deliveries?wait=nan&after=-5").json()["deliveries"] == []


def test_a_long_poll_wakes_at_an_arrival(desk: httpx.Client, polling: Callable[[str], socket.socket]) -> None:
    """Who waits for half a minute is told of a delivery long before that, and of that of its own run only."""
    other = "another-run-of-the-test"
    for run in (RUN, other):
        desk.put(f"/_inbox/runs/{run}/boxes/box").raise_for_status()
    polls = [polling(f"/_inbox/runs/{RUN}/deliveries?after=0&wait=30") for _ in range(3)]
    for _ in range(20):
        desk.post(f"/hooks/{other}/box").raise_for_status()
    desk.post(f"/hooks/{RUN}/box", content=b"!").raise_for_status()
    for connection in polls:
        with connection.makefile("rb") as answer:
            told = json.loads(answer.read().partition(b"\r\n\r\n")[2])
        assert [(each["number"], each["body"]) for each in told["deliveries"]] == [(21, "IQ==")]


def test_what_is_there_is_told_at_once(desk: httpx.Client) -> None:
    """A call with a wait does not wait for more than what is already newer."""
    desk.put(f"/_inbox/runs/{RUN}/boxes/box").raise_for_status()
    for _ in range(3):
        desk.post(f"/hooks/{RUN}/box").raise_for_status()
    for after, numbers in ((0, [1, 2, 3]), (1, [2, 3]), (2, [3])):
        told = desk.get(f"/_inbox/runs/{RUN}/deliveries?after={after}&wait=30").json()
        assert [each["number"] for each in told["deliveries"]] == numbers
    assert desk.get(f"/_inbox/runs/{RUN}/deliveries?after=3&wait=0.05").json()["deliveries"] == []


def test_much_is_told_in_pages(desk: httpx.Client) -> None:
    """A page ends after a few megabytes and says that there is more."""
    desk.put(f"/_inbox/runs/{RUN}/boxes/box").raise_for_status()
    for _ in range(8):
        desk.post(f"/hooks/{RUN}/box", content=b"x" * 1_000_000).raise_for_status()
    numbers: list[int] = []
    pages = 0
    while True:
        after = numbers[-1] if numbers else 0
        told = desk.get(f"/_inbox/runs/{RUN}/deliveries?after={after}").json()
        numbers += [each["number"] for each in told["deliveries"]]
        pages += 1
        if not told["more"]:
            break
    assert numbers == list(range(1, 9))
    assert pages > 1


def test_forgetting_a_run_forgets_everything(
    desk: httpx.Client, meanwhile: Callable[..., Future[httpx.Response]], server: InboxServer
) -> None:
    """A forgotten run receives nothing, tells nothing, and lets go who waits; to forget it again is no mistake."""
    desk.put(f"/_inbox/runs/{RUN}/boxes/box", json={"answers": [{"hold": 600}]}).raise_for_status()
    held = meanwhile("POST", f"{server.base_url}/hooks/{RUN}/box")
    deliveries = f"/_inbox/runs/{RUN}/deliveries"
    assert desk.get(f"{deliveries}?wait=10").json()["deliveries"]
    poll = meanwhile("GET", f"{server.base_url}{deliveries}?after=1&wait=30", headers=AUTHORISED)
    for _ in range(2):
        assert desk.delete(f"/_inbox/runs/{RUN}").status_code == 204
    assert held.result(PATIENCE).status_code == 200
    assert poll.result(PATIENCE).status_code == 404
    assert desk.post(f"/hooks/{RUN}/box").status_code == 404
    assert desk.get(deliveries).status_code == 404
    assert desk.get("/_inbox").json()["runs"] == 0


def test_runs_are_forgotten_when_nobody_reads_them() -> None:
    """24 hours after it was last opened or read a run is gone; reading keeps it."""
    now = 1_800_000_000.0
    with (
        InboxServer(token="token-of-the-self-tests", clock=lambda: now) as server,
        httpx.Client(base_url=server.base_url, headers=AUTHORISED, verify=False) as desk,
    ):
        for run in (RUN, "another-run-of-the-test"):
            desk.put(f"/_inbox/runs/{run}/boxes/box").raise_for_status()
        now += 24 * 3600 - 1
        assert desk.get(f"/_inbox/runs/{RUN}/deliveries").status_code == 200
        assert desk.post("/hooks/another-run-of-the-test/box").status_code == 200
        now += 1
        assert desk.post("/hooks/another-run-of-the-test/box").status_code == 404
        assert desk.post(f"/hooks/{RUN}/box").status_code == 200
        assert desk.get("/_inbox").json()["runs"] == 1
        now += 24 * 3600
        assert desk.get("/_inbox").json()["runs"] == 0


def test_there_are_only_so_many_runs() -> None:
    """One run too many is refused; those that are there go on, and room that is made is used."""
    with (
        InboxServer(token="token-of-the-self-tests", limits=Limits(runs=2)) as server,
        httpx.Client(base_url=server.base_url, headers=AUTHORISED, verify=False) as desk,
    ):
        statuses = [desk.put(f"/_inbox/runs/{RUN}-{n}/boxes/box").status_code for n in range(3)]
        assert statuses == [200, 200, 507]
        assert desk.put(f"/_inbox/runs/{RUN}-0/boxes/second").status_code == 200
        desk.delete(f"/_inbox/runs/{RUN}-1")
        assert desk.put(f"/_inbox/runs/{RUN}-2/boxes/box").status_code == 200


def test_an_inbox_ends_at_once_whoever_waits(meanwhile: Callable[..., Future[httpx.Response]]) -> None:
    """Held answers and long polls do not hold up the end; to end it again does nothing; the port is free again."""
    server = InboxServer(token="token-of-the-self-tests")
    with httpx.Client(base_url=server.base_url, headers=AUTHORISED, verify=False) as desk:
        desk.put(f"/_inbox/runs/{RUN}/boxes/box", json={"answers": [{"hold": 600}]}).raise_for_status()
        waiting = [meanwhile("POST", f"{server.base_url}/hooks/{RUN}/box")]
        assert desk.get(f"/_inbox/runs/{RUN}/deliveries?wait=10").json()["deliveries"]
        poll = f"{server.base_url}/_inbox/runs/{RUN}/deliveries?after=1&wait=30"
        waiting.append(meanwhile("GET", poll, headers=AUTHORISED))
        desk.get("/_inbox").raise_for_status()
        time.sleep(0.3)  # a call that has not come in before the end would wait for nobody
        server.close()
        server.close()
        assert not server._thread.is_alive()
        for each in waiting:
            with pytest.raises(httpx.TransportError):
                each.result(PATIENCE)
    port = int(server.base_url.rpartition(":")[2])
    with InboxServer(port=port) as again:
        assert again.base_url == server.base_url
        assert again.token != server.token


def test_an_inbox_that_cannot_start_says_why(server: InboxServer) -> None:
    """A taken port is an OSError, a token that no header carries a usage error that does not show it."""
    with pytest.raises(OSError, match="in use"):
        InboxServer(port=int(server.base_url.rpartition(":")[2]))
    with pytest.raises(UsageError) as told:
        InboxServer(token="secret\nvalue")
    assert "secret" not in str(told.value)
