"""Storms from end to end: a healthy server conforms, a broken one is found out, and no bound is overstepped."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from storm.conftest import FAST, Served, Stormed

Storm = Callable[..., Stormed]
SHORT = ("--seconds", "3", "--requests", "240")


def test_a_healthy_server_conforms(storm: Storm) -> None:
    """Users collide, nothing is wrong, and nothing is left."""
    found = storm("--target", f"mock:{FAST}", *SHORT)
    assert found.code == 0, found.out + found.err
    record = found.record
    assert 0 < record["calls"] <= 240
    assert record["booked"] > 0
    assert record["collisions"]["refused"] > 0
    assert (record["troubles"], record["left_behind"], record["notes"]) == ([], [], [])
    assert "nothing double-booked" in found.out
    calls = [json.loads(line) for line in (found.folder / "storm-calls.jsonl").read_text("utf-8").splitlines()]
    assert len(calls) == record["calls"]
    assert len({call["attendee"] for call in calls if call["action"] == "create"}) == sum(
        call["action"] == "create" for call in calls
    )
    assert "| create |" in (found.folder / "storm.md").read_text("utf-8")


def test_a_server_that_books_twice_is_found_out(storm: Storm) -> None:
    """Exit 1, the overlap by name, and a line that shows it without the key."""
    found = storm("--target", f"mock:defect=double-booking-accepted,{FAST}", *SHORT)
    assert found.code == 1, found.out + found.err
    assert found.kinds & {"overlap", "promised-twice"} == found.kinds
    assert "overlap" in found.kinds
    assert "violation  overlap" in found.out
    assert "Authorization: Bearer $BOOKPROOF_MOCK_FULL_KEY" in found.out
    assert found.record["live_afterwards"] > 1


def test_a_server_that_forgets_bookings_is_found_out(storm: Storm) -> None:
    """Exit 1, and the booking that was acknowledged and lost."""
    found = storm("--target", f"mock:defect=created-not-stored,{FAST}", "--seconds", "2", "--requests", "60")
    assert found.code == 1, found.out + found.err
    assert "lost" in found.kinds
    lost = next(trouble for trouble in found.record["troubles"] if trouble["kind"] == "lost")
    assert lost["bookings"][0] in lost["seen"]
    assert "nothing is stored under that name or code" in lost["seen"]
    assert lost["bookings"][0] in lost["curl"]


def test_no_more_requests_than_allowed_reach_the_server(served: Served, storm: Storm) -> None:
    """Counted by the server: as many as asked for, beside those that read and clean up."""
    before = served.live()
    arguments = ("--users", "7", "--seconds", "30", "--requests", "61", "--processes", "2")
    found = storm("--target", str(served.target), *arguments, **served.server.environment)
    assert found.code == 0, found.out + found.err
    assert found.record["calls"] == 61, "the requests end long before the seconds do"
    around = found.record["requests_around"]
    by_test = 2
    assert sum(path.startswith("/v1/") for _, path in served.requests) - by_test == 61 + around
    made = Counter(served.requests)[("POST", "/v1/bookings")]
    assert made == sum(found.record["statuses"]["create"].values())
    assert served.live() == before


def test_the_seconds_are_kept_to(served: Served, storm: Storm) -> None:
    """No call is begun after them, however many requests are left."""
    arguments = ("--users", "4", "--seconds", "0.5", "--requests", "100000")
    found = storm("--target", str(served.target), *arguments, **served.server.environment)
    assert found.code == 0, found.out + found.err
    calls = [json.loads(line) for line in (found.folder / "storm-calls.jsonl").read_text("utf-8").splitlines()]
    begun = [call["begun"] for call in calls]
    assert calls
    assert max(begun) - min(begun) <= 0.5


def test_nothing_booked_is_not_success(served: Served, storm: Storm) -> None:
    """A key that may not book: nothing was judged, and what was answered is shown."""
    environment = {**served.server.environment, "BOOKPROOF_MOCK_FULL_KEY": served.server.keys["read-only"]}
    found = storm("--target", str(served.target), "--seconds", "1", "--requests", "20", **environment)
    assert found.code == 4, found.out + found.err
    assert "nothing was judged" in found.out
    assert "403 x" in found.out
