"""Each planted defect of races shows when calls come together, and never when they come one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from selftest_racing import NOW, Track

from bookproof.mock import start_mock
from bookproof.mock.defects import all_defects

RUSH = 8
RACES = sorted(name for name, defect in all_defects().items() if defect.area.startswith("race_"))


def _wins(track: Track, callers: int = RUSH) -> int:
    """How many callers for one slot succeed."""
    return track.statuses(*track.creates(*[track.start()] * callers)).count(201)


def _wins_of_some(track: Track) -> int:
    """The most winners of some races: narrow windows may be missed, above all on a busy machine."""
    most = 0
    for _ in range(12):
        most = max(most, _wins(track))
        if most > 1:
            break
    return most


def _overlap(track: Track) -> bool:
    """Whether two event types of one host are booked over each other."""
    main = track.creates("2027-01-20T09:00:00Z")
    sibling = track.creates("2027-01-20T09:15:00Z", eventTypeCode="sibling")
    return track.statuses(*main, *sibling) == [201, 201]


def _lengths_overlap(track: Track) -> bool:
    """Whether an hour and the half hour in its middle are both booked."""
    longer = track.creates("2027-01-20T09:00:00Z", eventTypeCode="workshop", duration=60)
    shorter = track.creates("2027-01-20T09:30:00Z", eventTypeCode="workshop", duration=30)
    return track.statuses(*longer, *shorter) == [201, 201]


def _clicked_twice(track: Track) -> bool:
    """Whether one caller's two calls book twice, and those of two callers do not."""
    start = track.start()
    return track.statuses(*track.creates(start), *track.creates(start)) == [201, 201] and _wins(track) == 1


def _crowded(track: Track) -> bool:
    """Whether a day takes more than its cap of two."""
    starts = [f"2027-01-13T{hour}:00:00Z" for hour in (10, 11, 13)]
    return track.statuses(*track.creates(*starts, eventTypeCode="capped")).count(201) > 2


def _link_used_twice(track: Track) -> bool:
    return track.statuses(*track.creates(*track.starts(2), linkCode=track.link())).count(201) > 1


def _both_doors(track: Track) -> bool:
    track.agent.tools()
    start = track.start()
    track.race(track.create_by_tool(start), *track.creates(start, start))
    return track.live()[start] == 2


def _moved_onto_new(track: Track) -> bool:
    """Whether a move and a booking of its new slot both succeed."""
    old, new = track.starts(2)
    move, *creates = track.statuses(track.move(track.booked(old), new), *track.creates(new, new))
    return (move, creates.count(201), track.live()[new]) == (200, 1, 2)


def _moved_to_two(track: Track) -> bool:
    """Whether a booking that is moved twice is found twice, though another one wants one of its slots."""
    one, other, wanted, spare = track.starts(4)
    codes = track.booked(one), track.booked(other)
    track.race(track.move(codes[0], wanted), track.move(codes[1], wanted), track.move(codes[1], spare))
    found = track.live()
    return (found[one], found[other], found[wanted], found[spare]) == (1, 0, 1, 1)


def _move_forgotten(track: Track) -> bool:
    """Whether a booking is gone whose move was refused."""
    old, new = track.starts(2)
    code = track.booked(old)
    move, *_ = track.statuses(track.move(code, new), *track.creates(new, new))
    return move == 409 and track.status(code) == "cancelled"


def _cancel_comes_back(track: Track) -> bool:
    """Whether a cancellation is refused, though its slot was given away."""
    start = track.start()
    cancel, *creates = track.statuses(track.cancel(track.booked(start)), *track.creates(start, start))
    return cancel == 409 and 201 in creates and track.live()[start] == 2


def _cancel_is_lost(track: Track) -> bool:
    start = track.start()
    code = track.booked(start)
    cancel, *_ = track.statuses(track.cancel(code), *track.creates(start, start))
    return cancel == 200 and track.status(code) == "confirmed"


def _cancelled_is_hidden(track: Track) -> bool:
    start = track.start()
    code = track.booked(start)
    track.race(track.cancel(code), *track.creates(start, start))
    return track.live()[start] == 0 and not track.listed(start) and track.book(start).status_code == 201


def _cancel_toggles(track: Track) -> bool:
    code = track.booked(track.start())
    return track.statuses(track.cancel(code), track.cancel(code)) == [200, 200] and track.status(code) == "confirmed"


def _winner_is_lost(track: Track) -> bool:
    start = track.start()
    won = track.statuses(*track.creates(*[start] * RUSH)).count(201)
    return won == 1 and track.live()[start] == 0 and track.book(start).status_code == 201


def _losers_are_stored(track: Track) -> bool:
    start = track.start()
    won = track.statuses(*track.creates(*[start] * RUSH)).count(201)
    return won == 1 and track.live()[start] > 1


def _losers_hear(track: Track, status: int, media_type: str = "application/json") -> bool:
    """Whether the losers of a race, and only those, are refused with another status or in another form."""
    start = track.start()
    answers = track.race(*track.creates(*[start] * RUSH))
    losers = [answer for answer in answers if answer.status_code != 201]
    told = {(answer.status_code, answer.headers["content-type"].partition(";")[0]) for answer in losers}
    return len(losers) == RUSH - 1 and told == {(status, media_type)}


def _hold_stays(track: Track) -> bool:
    starts = track.starts(2)
    track.race(*track.creates(*starts, linkCode=track.link()))
    found = track.live()
    return any(found[start] == 0 and not track.listed(start) for start in starts)


def _announcements(track: Track) -> int:
    """How many new bookings a race with one winner announces."""
    track.subscribe()
    assert _wins(track) == 1
    return track.announced()


def _regrets(track: Track) -> int:
    """How many deliveries tell of a booking that two callers cancel at once."""
    code = track.booked(track.start())
    track.subscribe("booking.cancelled")
    track.statuses(track.cancel(code), track.cancel(code))
    return track.announced()


SYMPTOMS: dict[str, Callable[[Track], object]] = {
    "race-check-then-insert": lambda t: _wins(t, 2) == 2 and not _overlap(t),
    "race-window-5ms": lambda t: _wins_of_some(t) > 1,
    "race-window-1ms": lambda t: _wins_of_some(t) > 1,
    "race-window-200us": lambda t: _wins_of_some(t) > 1,
    "race-window-yield": lambda t: _wins_of_some(t) > 1,
    "race-lock-existing-rows-only": lambda t: _wins(t, 2) == 2 and _overlap(t) and _lengths_overlap(t),
    "race-unique-index-on-exact-start-only": lambda t: _overlap(t) and _lengths_overlap(t) and _wins(t) == 1,
    "race-lock-per-event-type": lambda t: _overlap(t) and not _lengths_overlap(t) and _wins(t) == 1,
    "race-double-click-books-twice": _clicked_twice,
    "race-everybody-refused": lambda t: _wins(t) == 0,
    "race-cap-counted-before-insert": _crowded,
    "race-link-marked-after-booking": _link_used_twice,
    "race-mcp-without-lock": _both_doors,
    "race-move-checks-then-moves": _moved_onto_new,
    "race-move-inserts-before-it-frees": _moved_to_two,
    "race-move-forgets-the-loser": _move_forgotten,
    "race-cancel-frees-first": _cancel_comes_back,
    "race-cancel-lost": _cancel_is_lost,
    "race-cancelled-slot-stays-hidden": _cancelled_is_hidden,
    "race-cancel-twice-restores": _cancel_toggles,
    "race-winner-not-stored": _winner_is_lost,
    "race-loser-stored": _losers_are_stored,
    "race-loser-500": lambda t: _losers_hear(t, 500),
    "race-loser-400": lambda t: _losers_hear(t, 400),
    "race-loser-404": lambda t: _losers_hear(t, 404),
    "race-loser-200-with-error": lambda t: _losers_hear(t, 200),
    "race-loser-bare-409": lambda t: _losers_hear(t, 409, "text/plain"),
    "race-refused-hold-stays": _hold_stays,
    "race-created-announced-for-loser": lambda t: _announcements(t) == RUSH,
    "race-created-announced-twice": lambda t: _announcements(t) == 2,
    "race-cancel-announced-twice": lambda t: _regrets(t) == 2,
}


@pytest.fixture
def track() -> Iterator[Callable[..., Track]]:
    """A fresh mock with some defects, and what races on it."""
    opened: list[Track] = []

    def start(*defects: str) -> Track:
        opened.append(Track(start_mock(now=NOW, defects=defects, threads=True)))
        return opened[-1]

    yield start
    for each in opened:
        each.__exit__()
        each.server.close()


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_defect_shows(track: Callable[..., Track], name: str) -> None:
    """With it there is the symptom, without it there is none."""
    assert SYMPTOMS[name](track(name))
    assert not SYMPTOMS[name](track())


def test_every_defect_of_races_is_shown() -> None:
    """The table above leaves none out."""
    assert set(RACES) == SYMPTOMS.keys()


@pytest.mark.parametrize("name", RACES)
def test_a_defect_hides_from_those_who_come_in_turn(track: Callable[..., Track], name: str) -> None:
    """Bookings, moves, cancellations, links, caps and tools are right as long as nobody else is in flight."""
    calendar = track(name)
    calendar.subscribe()
    one, other, free, night = *calendar.starts(3), "2027-01-13T02:00:00Z"
    code, second = calendar.booked(one), calendar.booked(other)
    assert calendar.book(one).status_code == 409
    assert calendar.book(f"{one[:14]}15:00Z", eventTypeCode="sibling").status_code == 409
    assert calendar.book(night).status_code == 400
    assert not calendar.agent.book(one)["success"]
    assert calendar.send(calendar.move(code, other)).status_code == 409
    moved = calendar.send(calendar.move(code, free))
    assert moved.status_code == 200
    assert calendar.send(calendar.cancel(second)).status_code == 200
    assert calendar.send(calendar.cancel(second)).status_code == 409
    assert calendar.listed(one)
    assert calendar.listed(other)
    assert not calendar.listed(free)
    assert calendar.agent.book(other)["success"]
    link = calendar.link()
    assert calendar.book(one, linkCode=link).status_code == 201
    late = calendar.start()
    assert calendar.book(late, linkCode=link).status_code == 409
    assert calendar.listed(late)
    capped = [calendar.book(f"2027-01-13T{hour}:00:00Z", eventTypeCode="capped").status_code for hour in (10, 11, 13)]
    assert capped == [201, 201, 409]
    found = calendar.live()
    assert (found[one], found[other], found[free], found[late]) == (1, 1, 1, 0)
    assert calendar.announced() == 6


@pytest.mark.parametrize("name", RACES)
def test_a_defect_has_the_mock_served_on_threads(name: str) -> None:
    """Whoever plants it need not ask for them."""
    with start_mock(now=NOW, defects=[name]) as server:
        assert server.mock.serving.threads
