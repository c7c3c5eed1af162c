"""Small races that no order of the calls explains: what contradicts itself is named, and nothing besides."""

from __future__ import annotations

import pytest
from selftest_race_calls import HALF, HALF_PAST, LONG, NINE, TEN, call, create, held, history

from bookproof.judge.explanation import describe, explain
from bookproof.judge.race_model import CANCEL, CONFIRM, MOVE, History, Span

Told = tuple[tuple[tuple[int, ...], tuple[str, ...]], ...]

OLD = (held(),)
TWO = (held("one"), held("two", TEN))
DAY = {"day": 2}

CONTRADICTIONS: dict[str, tuple[History, Told]] = {
    "two win": (
        history(*(create(n, "201" if n in {3, 6} else "409") for n in range(8)), after={"b3": NINE, "b6": NINE}),
        (((3, 6), ()),),
    ),
    "four win": (history(*(create(n, "201") for n in range(4))), (((0, 1), ()), ((0, 2), ()), ((0, 3), ()))),
    "two win and one of them is lost": (
        history(create(1, "201"), create(2, "201"), create(3, "409"), after={"b1": None, "b2": NINE}),
        (((1, 2), ()), ((1,), ("b1",))),
    ),
    "two lengths win": (history(create(1, "201"), create(2, "201", LONG)), (((1, 2), ()),)),
    "everybody is refused": (
        history(*(create(n, "409") for n in range(3))),
        (((0,), ()), ((1,), ()), ((2,), ())),
    ),
    "refused before the winner began": (
        history(create(1, "409"), create(2, "201", begun=2, ended=3), create(3, "409", begun=2, ended=3)),
        (((1,), ()),),
    ),
    "the slot is taken again while it is held": (
        history(create(1, "201"), call(2, CANCEL, "201", "b1", begun=7, ended=8), create(3, "201", begun=5, ended=6)),
        (((1, 3), ()),),
    ),
    "a slot that was held before is taken": (
        history(create(1, "201"), before=OLD, after={"old": NINE, "b1": NINE}),
        (((1,), ()),),
    ),
    "acknowledged, and not there": (
        history(create(1, "201"), create(2, "409"), create(3, "409"), after={"b1": None}),
        (((1,), ("b1",)),),
    ),
    "acknowledged, and somewhere else": (history(create(1, "201"), after={"b1": TEN}), (((1,), ("b1",)),)),
    "refused, and there": (
        history(create(1, "201"), create(2, "409"), create(3, "409"), after={"b1": NINE, "b2": NINE}),
        (((2,), ("b2",)),),
    ),
    "refused, and there, and nobody else was": (history(create(1, "409"), after={"b1": NINE}), (((1,), ("b1",)),)),
    "cancelled, and there": (
        history(call(1, CANCEL, "201", "old"), before=OLD, after={"old": NINE}),
        (((1,), ("old",)),),
    ),
    "a cancel is refused while the booking is live": (
        history(call(1, CANCEL, "409", "old"), create(2, "409"), before=OLD, after={"old": NINE}),
        (((1,), ()),),
    ),
    "cancels are refused, and the booking is gone": (
        history(call(1, CANCEL, "409", "old"), call(2, CANCEL, "409", "old"), before=OLD, after={"old": None}),
        (((1, 2), ("old",)),),
    ),
    "cancelled, and live beside the one that took its slot": (
        history(call(1, CANCEL, "201", "old"), create(2, "201"), before=OLD, after={"old": NINE, "b2": NINE}),
        (((1,), ("old",)),),
    ),
    "a cancelled booking is moved": (
        history(call(1, CANCEL, "201", "old"), call(2, MOVE, "201", "old", TEN, begun=3, ended=4), before=OLD),
        (((1, 2), ()),),
    ),
    "one booking becomes two": (
        history(
            call(1, MOVE, "201", "old", TEN, becomes="new"),
            call(2, MOVE, "201", "old", HALF_PAST, becomes="newer"),
            before=OLD,
            after={"old": None, "new": TEN, "newer": HALF_PAST},
        ),
        (((1, 2), ("new", "newer")),),
    ),
    "a move leaves the booking behind": (
        history(call(1, MOVE, "201", "old", TEN, becomes="new"), before=OLD, after={"old": NINE, "new": TEN}),
        (((1,), ("old",)),),
    ),
    "two bookings are moved onto one slot": (
        history(
            call(1, MOVE, "201", "one", HALF_PAST),
            call(2, MOVE, "201", "two", HALF_PAST),
            before=TWO,
            after={"one": HALF_PAST, "two": HALF_PAST},
        ),
        (((1, 2), ()),),
    ),
    "two creates and a move take one slot": (
        history(create(1, "201"), create(2, "201"), call(3, MOVE, "201", "old"), before=(held(span=TEN),)),
        (((1, 2), ()), ((1, 3), ())),
    ),
    "a move is refused, and made": (
        history(call(1, MOVE, "409", "old", HALF_PAST), create(2, "201", TEN), before=OLD, after={"old": HALF_PAST}),
        (((1,), ("old",)),),
    ),
    "more than the cap allows": (
        history(
            *(create(n, "201" if n < 3 else "409", Span(n * HALF, (n + 1) * HALF), group="day") for n in range(4)),
            caps=DAY,
            after={f"b{n}": Span(n * HALF, (n + 1) * HALF) for n in range(3)},
        ),
        (((0, 1, 2), ()),),
    ),
    "two book with one link": (
        history(create(1, "201", link="l"), create(2, "201", TEN, link="l"), create(3, "409", LONG, link="l")),
        (((1, 2), ()),),
    ),
    "two confirmed bookings overlap": (
        history(
            call(1, CONFIRM, "201", "one"),
            call(2, CONFIRM, "201", "two"),
            before=(held("one", pending=True), held("two", pending=True)),
        ),
        (((1, 2), ()),),
    ),
    "pending bookings that hold their time": (
        history(create(1, "201", pending=True), create(2, "201", pending=True)),
        (((1, 2), ()),),
    ),
    "nobody knows of two, and both are there": (
        history(create(1, "500"), create(2, "500"), after={"b1": NINE, "b2": NINE}),
        (((1, 2), ("b1", "b2")),),
    ),
    "what nobody has touched is gone": (
        history(create(1, "201", TEN), before=OLD, after={"old": None}),
        (((), ("old",)),),
    ),
    "three things apart": (
        history(
            create(1, "201"),
            create(2, "201"),
            create(3, "201", TEN, link="l"),
            create(4, "201", HALF_PAST, link="l", host="another"),
            create(5, "201", Span(9 * HALF, 10 * HALF)),
            create(6, "201", Span(20 * HALF, 21 * HALF)),
            after={"b5": None, "b6": Span(20 * HALF, 21 * HALF)},
        ),
        (((1, 2), ()), ((3, 4), ()), ((5,), ("b5",))),
    ),
}


@pytest.mark.parametrize(("race", "told"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradictions_are_named(race: History, told: Told) -> None:
    """The calls and bookings that belong to each, and none besides."""
    groups = explain(race).unexplained
    assert tuple((tuple(call.number for call in group.calls), group.found) for group in groups) == told


SENTENCES = {
    "two win": "create (exchange 3) and create (exchange 6) both took 1970-01-01T00:00Z to 00:30Z",
    "two lengths win": "create (exchange 1) and create (exchange 2) both succeeded",
    "more than the cap allows": "create (exchange 0), create (exchange 1) and create (exchange 2) all succeeded",
    "refused before the winner began": "create (exchange 1) was refused",
    "refused, and there": "create (exchange 2) was refused and booking b2 was found live",
    "acknowledged, and not there": (
        "create (exchange 1) took 1970-01-01T00:00Z to 00:30Z and booking b1 was found not to be live"
    ),
    "cancels are refused, and the booking is gone": (
        "cancel (exchange 1) and cancel (exchange 2) were both refused and booking old was found not to be live"
    ),
    "what nobody has touched is gone": "booking old was found not to be live",
}


@pytest.mark.parametrize(("name", "sentence"), SENTENCES.items(), ids=SENTENCES)
def test_contradictions_are_told_in_one_sentence(name: str, sentence: str) -> None:
    """By the calls, how they were answered, and what was found."""
    group, *_ = explain(CONTRADICTIONS[name][0]).unexplained
    assert describe(group) == f"no order of the calls explains that {sentence}"


def test_calls_are_told_by_the_names_that_are_given() -> None:
    """Also those of which nobody knows."""
    (group,) = explain(CONTRADICTIONS["nobody knows of two, and both are there"][0]).unexplained
    assert describe(group, {1: "Ann's click", 2: "Ben's click"}) == (
        "no order of the calls explains, whatever became of Ann's click and Ben's click, "
        "that booking b1 and booking b2 were both found live"
    )
