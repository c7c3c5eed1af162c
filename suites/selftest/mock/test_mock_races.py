"""The healthy mock in races: served on one thread or on many, of callers for one thing one gets it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from selftest_racing import NOW, Track

from bookproof.mock import start_mock


@pytest.fixture(params=[False, True], ids=["one-thread", "threads"])
def track(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A fresh mock, served either way."""
    with start_mock(now=NOW, threads=request.param) as server, Track(server) as track:
        yield track


def test_threads_serve_only_if_asked_for(track: Track, request: pytest.FixtureRequest) -> None:
    """In memory it is a choice."""
    assert track.server.mock.serving.threads is ("[threads]" in request.node.name)


def test_of_ten_callers_one_wins(track: Track) -> None:
    """Thirty slots, ten callers for each: one booking, nine conflicts."""
    starts, before = track.starts(30), track.live()
    for start in starts:
        assert Counter(track.statuses(*track.creates(*[start] * 10))) == {201: 1, 409: 9}
    assert track.live() - before == Counter(starts)


def test_of_overlapping_times_one_is_booked(track: Track) -> None:
    """Two event types of one host, 30 and 45 minutes."""
    for hour in ("07", "09", "12", "14", "16"):
        intro = track.creates(f"2027-01-12T{hour}:00:00Z")
        sibling = track.creates(f"2027-01-12T{hour}:15:00Z", eventTypeCode="sibling")
        assert Counter(track.statuses(*intro, *sibling)) == {201: 1, 409: 1}


def test_moves_race_like_bookings(track: Track) -> None:
    """Of a move and two bookings for one slot one succeeds, and nothing is lost."""
    for _ in range(6):
        old, new = track.starts(2)
        move, *creates = track.statuses(track.move(track.booked(old), new), *track.creates(new, new))
        assert [move == 200, *(status == 201 for status in creates)].count(True) == 1
        assert (track.live()[old], track.live()[new]) == ((0, 1) if move == 200 else (1, 1))


def test_a_cancellation_races_with_bookings(track: Track) -> None:
    """The cancellation succeeds; the slot has at most one holder, who was told so."""
    for start in track.starts(8):
        cancel, *creates = track.statuses(track.cancel(track.booked(start)), *track.creates(start, start))
        assert cancel == 200
        assert track.live()[start] == creates.count(201) <= 1


def test_one_of_two_cancellations_succeeds(track: Track) -> None:
    """The other is told that it was cancelled before."""
    cancel = track.cancel(track.booked(track.start()))
    assert sorted(track.statuses(cancel, cancel)) == [200, 409]


def test_a_link_admits_one_of_many(track: Track) -> None:
    """Whoever comes with a used link is refused, whatever the slot."""
    assert Counter(track.statuses(*track.creates(*track.starts(6), linkCode=track.link()))) == {201: 1, 409: 5}


def test_a_day_takes_as_many_as_its_cap_says(track: Track) -> None:
    """Four callers for four slots of a day that takes two."""
    starts = [f"2027-01-13T{hour}:00:00Z" for hour in (10, 11, 13, 14)]
    assert Counter(track.statuses(*track.creates(*starts, eventTypeCode="capped"))) == {201: 2, 409: 2}


def test_an_agent_and_clients_race_for_one_slot(track: Track) -> None:
    """One of both doors gets it."""
    track.agent.tools()
    for start in track.starts(5):
        track.race(track.create_by_tool(start), *track.creates(start, start))
        assert track.live()[start] == 1


@pytest.mark.parametrize("path", ["/v1/users/me", "/v1/nothing", "/_door/clock", "/mcp"])
def test_answers_tell_when_their_requests_arrived(track: Track, path: str) -> None:
    """Every kind of answer, in nanoseconds of the monotonic clock."""
    before = time.monotonic_ns()
    answer = httpx.get(f"{track.server.base_url}{path}", verify=False)
    assert before <= int(answer.headers["x-arrived-ns"]) <= time.monotonic_ns()


def test_answers_of_tools_tell_when_their_requests_arrived(track: Track) -> None:
    """Those that the protocol makes, too."""
    before = time.monotonic_ns()
    answer = track.agent.ask("list_event_types")
    assert answer.json()["result"]
    assert before <= int(answer.headers["x-arrived-ns"]) <= time.monotonic_ns()
