"""What a contradiction is about is told by the calls in it, and nothing is made of what may have other reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bookproof.judge import race_evidence as kinds
from bookproof.judge.race_evidence import Aftermath, Batch, Found, Place, Racer
from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN
from bookproof.judge.races import Judged, says_error
from bookproof.race_record import FAILED, LOST, WON
from bookproof.race_record import UNKNOWN as NOBODY_KNOWS
from bookproof.targets.views import Booking, Slot
from bookproof.wire.exchange import Exchange

NINE = datetime(2027, 1, 13, 9, tzinfo=UTC)
HALF = timedelta(minutes=30)
OUTCOMES = {201: DONE, 200: DONE, 409: REFUSED, 404: REFUSED, 500: UNKNOWN, 0: UNKNOWN, 429: "", 401: ""}


def slot(number: int = 0, minutes: int = 30) -> Slot:
    """The slots of a morning, by number."""
    start = NINE + number * HALF
    return Slot(start, start + timedelta(minutes=minutes))


def answered(number: int, status: int) -> Exchange:
    """An answer that took a millisecond."""
    return Exchange(
        number, "races", "createBooking", "full", "", "POST", "http://x", {}, b"", status, {}, b"{}", 0.0, 0.001
    )


def racer(number: int, action: str, status: int, code: str = "", **more: object) -> Racer:
    """A caller of the main event type; whoever books gets booking ``b<number>``."""
    outcome = OUTCOMES[status]
    code = code or (f"b{number}" if action == CREATE and outcome == DONE else "")
    told: dict[str, object] = {"slot": None if action == CANCEL else slot(), "event_type_code": "intro"}
    made = Racer(action, f"call {number}", answered(number, status), outcome, code, attendee=f"Racer {number:05}")
    return replace(made, **(told | more))  # type: ignore[arg-type]


def booking(code: str, at: Slot | None, status: str = "confirmed", attendee: str = "") -> Booking:
    """A booking as the list shows it."""
    return Booking(code, "intro", status, at and at.start, at and at.end, attendee, None, {})


def judged(
    kind: str,
    racers: Sequence[Racer],
    *found: Booking,
    before: Sequence[Place] = (),
    strays: dict[int, str] | None = None,
    others: Sequence[Booking] = (),
    caps: dict[str, int] | None = None,
) -> Judged:
    """A race together with the bookings found."""
    batch = Batch(kind, "a race", "", list(racers), "last byte", 0.0001, 0.0, tuple(before), caps or {})
    listed = {str(each.code): Found(answered(99, 200), each) for each in found}
    return Judged(batch, Aftermath(listed, strays or {}, others))


def told(race: Judged) -> list[tuple[str, list[int]]]:
    """The contradictions: whose they are, and the calls in them."""
    return [(c.kind, [call.number for call in c.group.calls]) for c in race.contradictions]


def test_one_of_many_wins() -> None:
    """A winner that is found and losers that are not is what should be."""
    race = judged(kinds.ONE_WINNER, [racer(1, CREATE, 201), racer(2, CREATE, 409)], booking("b1", slot()))
    assert told(race) == []
    assert race.record().explained
    assert not race.record().problem


def test_two_winners_are_named_without_the_losers() -> None:
    """Two acknowledged bookings of one slot contradict each other, and nobody else."""
    racers = [racer(1, CREATE, 201), racer(2, CREATE, 409), racer(3, CREATE, 201)]
    race = judged(kinds.ONE_WINNER, racers, booking("b1", slot()), booking("b3", slot()))
    assert told(race) == [(kinds.ONE_WINNER, [1, 3])]
    assert "call 1 (exchange 1)" in race.told(race.contradictions[0].group)
    assert race.record().unexplained == [[1, 3]]


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        ({"slot": slot(0, 60)}, kinds.OVERLAP),
        ({"event_type_code": "sibling"}, kinds.OVERLAP),
        ({"by_agent": True}, kinds.DOORS),
        ({}, kinds.ONE_WINNER),
    ],
)
def test_two_winners_are_told_by_what_they_share(others: dict[str, object], kind: str) -> None:
    """Whichever race they come up in: other lengths or event types, another door, or the very same slot."""
    for meant in (kinds.CANCELS, kind):
        race = judged(meant, [racer(1, CREATE, 201), racer(2, CREATE, 201, **others)])
        assert told(race) == [(kind, [1, 2])]


def test_a_link_and_a_day_are_told_too() -> None:
    """Two bookings by one link, and one booking too many on a day, though their slots lie apart."""
    by_link = [racer(n, CREATE, 201, slot=slot(2 * n), link="lnk") for n in (1, 2)]
    assert told(judged(kinds.LINK, by_link)) == [(kinds.LINK, [1, 2])]
    on_day = [racer(n, CREATE, 201, slot=slot(2 * n), group="day") for n in (1, 2, 3)]
    assert told(judged(kinds.CAP, on_day, caps={"day": 2})) == [(kinds.CAP, [1, 2, 3])]


def test_moves_and_cancellations_are_told_by_the_calls_in_them() -> None:
    """A move and a booking in one slot; a cancellation that is answered as done while the booking stays."""
    moved = [racer(1, CREATE, 201), racer(2, MOVE, 200, "old")]
    assert told(judged(kinds.MOVES, moved, before=[Place("old", slot(5))])) == [(kinds.MOVES, [1, 2])]
    lost = judged(kinds.CANCELS, [racer(1, CANCEL, 200, "old"), racer(2, CREATE, 409)], booking("old", slot()),
                  before=[Place("old", slot())])  # fmt: skip
    assert told(lost) == [(kinds.CANCELS, [1])]


def test_what_is_stored_must_be_what_was_answered() -> None:
    """An acknowledged booking that is not there, and a refused one that is."""
    gone = judged(kinds.ONE_WINNER, [racer(1, CREATE, 201), racer(2, CREATE, 409)], booking("b1", slot(), "cancelled"))
    assert told(gone) == [(kinds.STORED, [1])]
    racers = [racer(1, CREATE, 201), racer(2, CREATE, 409)]
    found = (booking("b1", slot()), booking("stray", slot()))
    stray = judged(kinds.ONE_WINNER, racers, *found, strays={2: "stray"})
    assert told(stray) == [(kinds.STORED, [2])]
    assert [found.unexpected for found in stray.record().found] == ["", "its caller was refused"]


def test_somebody_must_win_a_slot_but_need_not_a_link() -> None:
    """Everybody refused breaks the promise of a free slot; elsewhere there may be reasons of which nobody knows."""
    everybody = [racer(1, CREATE, 409), racer(2, CREATE, 409)]
    assert {kind for kind, _ in told(judged(kinds.ONE_WINNER, everybody))} == {kinds.ONE_WINNER}
    for kind in (kinds.OVERLAP, kinds.LINK, kinds.CAP, kinds.DOORS, kinds.MOVES, kinds.CANCELS):
        assert told(judged(kind, everybody)) == []


def test_a_slot_that_was_given_back_and_is_refused_to_all_is_held_by_a_loser() -> None:
    """Somebody had won it before, so it is not that nobody can."""
    race = judged(kinds.ONE_WINNER, [racer(1, CREATE, 409), racer(2, CREATE, 409)])
    assert {kind for kind, _ in told(race)} == {kinds.ONE_WINNER}
    again = Judged(replace(race.batch, given_back=True, reopened=True), race.after)
    assert {kind for kind, _ in told(again)} == {kinds.STORED}


def test_no_answer_is_no_refusal() -> None:
    """Whoever got no answer may have booked, so that everybody else may have been refused for it."""
    race = judged(kinds.ONE_WINNER, [racer(1, CREATE, 0), racer(2, CREATE, 409), racer(3, CREATE, 500)])
    assert told(race) == []
    assert {call.outcome for call in race.record().calls} == {NOBODY_KNOWS, LOST, FAILED}


def test_an_idempotent_answer_is_one_booking() -> None:
    """The same call twice may be answered with the same booking."""
    race = judged(kinds.ONE_WINNER, [racer(1, CREATE, 201, "b"), racer(2, CREATE, 200, "b")], booking("b", slot()))
    assert told(race) == []
    assert {call.outcome for call in race.record().calls} == {WON}


def test_a_move_to_a_new_code_is_one_booking() -> None:
    """Where moving makes a new booking, the old one is not live any more."""
    racers = [racer(1, MOVE, 200, "old", becomes="new"), racer(2, CREATE, 409)]
    found = (booking("new", slot()), booking("old", slot(5), "rescheduled"))
    assert told(judged(kinds.MOVES, racers, *found, before=[Place("old", slot(5))])) == []


@pytest.mark.parametrize("at", [None, slot(7)])
def test_other_times_in_the_list_are_not_held_against_a_race(at: Slot | None) -> None:
    """A list that shows no times, or wrong ones, is another requirement's."""
    race = judged(kinds.ONE_WINNER, [racer(1, CREATE, 201), racer(2, CREATE, 409)], booking("b1", at))
    assert told(race) == []


def test_a_race_may_be_disturbed() -> None:
    """Somebody else at the same time, or callers who are not let in: then nothing is said."""
    racers = [racer(1, CREATE, 409), racer(2, CREATE, 409)]
    somebody = judged(kinds.ONE_WINNER, racers, others=[booking("theirs", slot())])
    assert "somebody else" in somebody.disturbed
    assert told(somebody) == []
    limited = judged(kinds.ONE_WINNER, [racer(1, CREATE, 201), racer(2, CREATE, 429)])
    assert "too few" in limited.disturbed
    assert told(limited) == []


def test_losers_may_be_refused_in_other_words_where_there_is_a_reason() -> None:
    """409 for a taken time; any refusal for a used link, a booking that is gone, or one that two callers move."""
    racers = [
        racer(1, CREATE, 409),
        racer(2, CREATE, 404, link="lnk"),
        racer(3, CANCEL, 404, "x"),
        racer(4, MOVE, 409, "y"),
        racer(5, CREATE, 500),
        racer(6, CREATE, 0),
        racer(7, CREATE, 429),
    ]
    allowed = {r.exchange.number: allowed for r, allowed in judged(kinds.MOVES, racers).losers(frozenset({409}))}
    assert allowed[1] == allowed[5] == {409}
    assert 404 in allowed[2] & allowed[3] & allowed[4]
    assert 429 not in allowed[2]
    assert set(allowed) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("answer", "expected"), [({"success": False}, True), ({"error": "x"}, True), ({}, False), ([], False)]
)
def test_an_error_in_a_success_is_seen(answer: object, expected: bool) -> None:
    """200 with an error inside is a refusal."""
    assert says_error(answer) is expected
