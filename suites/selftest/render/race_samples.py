"""Hand-made races: an explained one, one that no order explains, and odd ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookproof.race_record import FAILED, LOST, UNKNOWN, WON, RacedCall, RaceRecord, ReadBack

STATUS = {WON: "201", LOST: "409", FAILED: "500", UNKNOWN: "no answer within 10 s"}


def call(exchange: int, released: float, answered: float, outcome: str = LOST, **changes: Any) -> RacedCall:
    """A caller for one slot."""
    given: dict[str, Any] = {"label": "book intro 2027-01-15 09:00-09:30 UTC", "answer": STATUS[outcome]}
    return RacedCall(exchange, released=released, answered=answered, outcome=outcome, **{**given, **changes})


def race(*calls: RacedCall, **changes: Any) -> RaceRecord:
    """Some callers for one slot."""
    given: dict[str, Any] = {
        "name": "one slot, race 1",
        "about": f"{len(calls)} callers for 2027-01-15 09:00-09:30 UTC",
        "technique": "last byte",
        "spread": max((each.released for each in calls), default=0.0),
        "jitter": 110.0,
        "calls": list(calls),
    }
    return RaceRecord(**{**given, **changes})


def booking(code: str, exchange: int = 90, *, live: bool = True, unexpected: str = "") -> ReadBack:
    """A booking that was found."""
    what = f"booking {code} at 2027-01-15 09:00 UTC"
    return ReadBack(what, "confirmed" if live else "not found", live, exchange, unexpected)


def clean_race() -> RaceRecord:
    """One of eight callers wins, within a tenth of a millisecond; the last is answered after 30 ms."""
    times = [(0, 3_120), (9.5, 3_900), (21, 4_480), (34.2, 5_210), (48, 6_000), (61, 9_800), (80, 14_000), (94, 30_400)]
    calls = [call(12 + n, *both, WON if n == 2 else LOST) for n, both in enumerate(times)]
    return race(*calls, found=[booking("bk_1")], explained=[14, 12, 13, *range(15, 20)])


def broken_race(name: str = "create against move", first: int = 40) -> RaceRecord:
    """Two winners of one slot, one of them not found, a failure, and one without an answer."""
    calls = [
        call(first, 0, 2_100, WON),
        call(first + 1, 18, 2_350, WON),
        call(first + 2, 41, 2_900, FAILED),
        call(first + 3, 70, 10_000_070, UNKNOWN),
        call(first + 4, 94, 3_300, LOST, label="move bk_older to 2027-01-15 09:00-09:30 UTC"),
    ]
    found = [booking("bk_2", first + 50), booking("bk_3", first + 51, live=False, unexpected="its caller was told 201")]
    return race(
        *calls,
        name=name,
        found=found,
        unexplained=[[first, first + 1], [first + 1, first + 51], [first + 4]],
        problem="two callers were answered with a booking of one slot, and one of the bookings is not there",
    )


def odd_races() -> Sequence[RaceRecord]:
    """Races whose figures have nothing to stand on: one call, no spread, equal times, no calls, many of everything."""
    many = [call(200 + n, 3.0 * n, 1_000 + 40 * n, WON if n < 2 else LOST) for n in range(20)]
    all_found = [booking(f"bk_{n}") for n in range(40)]
    return [
        race(call(1, 0, 0, WON), name="one call at once"),
        race(call(2, 0, 5_000, WON), call(3, 0, 5_000), name="equal times", technique="single packet", jitter=0.0),
        race(name="nobody"),
        race(call(4, 20_000, 20_000, UNKNOWN), call(5, 0, 30_000, WON), name="slow release"),
        race(*many, name="many", found=all_found, unexplained=[[200 + n] for n in range(9)]),
    ]
