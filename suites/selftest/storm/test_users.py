"""The users of a storm and their turns, without a server: bounds, rates, and what they make of an answer."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookproof.contracts.openapi import Contract
from bookproof.storm.calls import StormCall
from bookproof.storm.life import Life
from bookproof.storm.plan import Place, StormPlan, settings_of, target_of
from bookproof.storm.turns import Over, Turns
from bookproof.targets.dialects.imatic_v1 import ImaticV1
from bookproof.targets.target import EventTypeRules, Target
from bookproof.targets.views import utc
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
PLAN = StormPlan(
    target="t",
    marker="abc",
    seed=3,
    users=7,
    seconds=20,
    requests=100,
    per_minute=60,
    places=(Place("intro", NINE.timestamp(), (NINE + timedelta(minutes=30)).timestamp()),),
)
Answers = Callable[[Request], tuple[int, Any, dict[str, str]]]


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def all_turns(requests: int, per_minute: float, seconds: float, users: int) -> list[float]:
    """When each turn is given, to users that always want one."""
    clock, given = Clock(), list[float]()
    turns = Turns(requests, per_minute, seconds, users, clock, clock.sleep)
    while True:
        try:
            turns.take()
        except Over:
            return given
        given.append(clock.now)


@pytest.mark.parametrize("per_minute", [0.5, 1, 7, 60, 600, 6000])
@pytest.mark.parametrize("users", [1, 5, 200])
def test_no_minute_has_more_turns_than_allowed(per_minute: float, users: int) -> None:
    """Whichever minute, and although turns come in waves."""
    given = all_turns(100_000, per_minute, 300, users)
    assert given
    fullest = max(bisect_left(given, first + 60) - number for number, first in enumerate(given))
    assert fullest <= max(per_minute, 1)
    if per_minute >= 60:
        assert len(given) > 0.7 * per_minute * 5, "the rate is used"


def test_turns_come_in_waves() -> None:
    """Whoever waits is let go together, so that users collide."""
    given = all_turns(40, 600, 300, 10)
    assert len(set(given)) == 4


def test_turns_end_with_the_requests_or_the_seconds() -> None:
    """Whichever comes first; the seconds count from the first turn."""
    assert len(all_turns(17, 6000, 300, 5)) == 17
    given = all_turns(100_000, 6000, 2, 5)
    assert 100 < len(given) < 210
    assert given[-1] - given[0] < 2
    turns = Turns(10, 60, 10, 1)
    turns.close()
    with pytest.raises(Over):
        turns.take()


def test_the_parts_of_a_plan_are_the_whole_and_no_more() -> None:
    """However many workers."""
    for workers in (1, 2, 3, 7):
        parts = [PLAN.share(number, workers) for number in range(workers)]
        assert sum(part.requests for part in parts) == PLAN.requests
        assert sum(part.users for part in parts) == PLAN.users
        assert sum(part.per_minute for part in parts) == pytest.approx(PLAN.per_minute)
        assert [part.worker for part in parts] == list(range(workers))
        assert StormPlan.from_data(json.loads(json.dumps(parts[0].as_data()))) == parts[0]


def target(**more: Any) -> Target:
    """A target with one event type."""
    rules = EventTypeRules("intro", "UTC", (30,), required_answers={"topic": "a test"})
    return Target(
        "t", "imatic-v1", "http://127.0.0.1:9", {"full": "cal_a.secret-of-it"}, event_types={"main": rules}, **more
    )


def test_what_travels_to_a_process_holds_no_key() -> None:
    """The key comes from its environment."""
    settings = settings_of(target())
    assert "secret-of-it" not in json.dumps(settings)
    made = target_of(json.loads(json.dumps(settings)), "cal_b.other")
    assert made.credentials == {"full": "cal_b.other"}
    assert made.event_types["main"].required_answers == {"topic": "a test"}


def live(answers: Answers, steps: int) -> tuple[list[StormCall], list[bool], Turns, Clock]:
    """Let one user make some calls to a server that answers by a function."""
    kept: list[StormCall] = []
    order: list[bool] = []

    class Wire:
        sent = 0

        def send(self, request: Request) -> Exchange:
            assert order[-1] is False, "a call is written down before it is sent"
            self.sent += 1
            status, body, headers = answers(request)
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            return Exchange(
                self.sent, "", request.operation, "full", "", request.method, request.path, {}, b"", status, headers,
                raw, 0.0, 0.01, "" if status else "ReadTimeout",
            )  # fmt: skip

    def keep(call: StormCall, ended: bool) -> None:
        order.append(ended)
        if ended:
            kept.append(call)

    clock = Clock()
    turns = Turns(steps, 6000, 1000, 1, clock, clock.sleep)
    life = Life(PLAN, "0-1", ImaticV1(target(), Wire(), Contract.load("imatic-v1")), turns, keep, clock)  # type: ignore[arg-type]
    with suppress(Over):
        while True:
            life.step()
    return kept, order, turns, clock


def healthy(request: Request) -> tuple[int, Any, dict[str, str]]:
    """Answers as the documents say."""
    if request.operation == "listSlots":
        slots = [{"start": utc(NINE), "end": utc(NINE + timedelta(minutes=30))}]
        page = {"page": 1, "limit": 100, "total": 1, "pages": 1}
        return 200, {"success": True, "data": slots, "pagination": page}, {}
    status = 201 if request.operation == "createBooking" else 200
    shown = {"code": "bk_1", "eventTypeCode": "intro", "status": "confirmed", "start": utc(NINE)}
    return status, {"success": True, "data": shown}, {}


def test_a_user_lives_the_whole_life_of_bookings() -> None:
    """Looks, books, reads, moves, cancels; every booking in a name of its own, every call with its turn."""
    calls, _, _, _ = live(healthy, 200)
    assert len(calls) == 200
    assert {call.action for call in calls} == {"look", "create", "read", "move", "cancel"}
    names = [call.attendee for call in calls if call.action == "create"]
    assert len(set(names)) == len(names)
    assert all(name.startswith("Bookproof Storm abc 0-1-") for name in names)
    assert {call.outcome for call in calls} == {"done"}
    assert not any(call.trouble for call in calls)
    assert [call.number for call in calls] == list(range(1, 201))


@pytest.mark.parametrize(
    ("status", "body", "outcome", "trouble"),
    [
        (409, {"success": False, "error": "slot_taken", "message": "m"}, "refused", ""),
        (200, {"success": False, "error": "slot_taken", "message": "m"}, "refused", ""),
        (400, b"<html>", "refused", "400 without JSON"),
        (409, {"success": False}, "refused", "409 without an error code"),
        (500, {"success": False, "error": "internal", "message": "m"}, "unknown", ""),
        (408, {"success": False, "error": "timeout", "message": "m"}, "unknown", ""),
        (302, {}, "unknown", ""),
        (0, b"", "unknown", ""),
    ],
)
def test_what_an_answer_means(status: int, body: Any, outcome: str, trouble: str) -> None:
    """No answer, and an error of the server's, leave open what has happened."""
    calls, _, _, _ = live(lambda request: (status, body, {}), 20)
    created = [call for call in calls if call.action == "create"]
    assert {(call.outcome, call.trouble, call.status) for call in created} == {(outcome, trouble, status)}
    assert {call.action for call in calls} <= {"create", "look"}, "whoever has no booking does not change one"
    assert all(bool(call.ended) == bool(status) for call in calls)


def test_a_429_makes_everybody_wait_as_long_as_it_asks_for() -> None:
    """And the call is not sent again behind its back."""
    refusal = {"success": False, "error": "rate_limited", "message": "m"}
    calls, order, _, clock = live(lambda request: (429, refusal, {"retry-after": "7"}), 4)
    assert len(calls) == 4
    assert len(order) == 8
    assert clock.now - 1000 >= 3 * 7
