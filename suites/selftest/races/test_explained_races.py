"""Small races that some order of the calls explains: every legitimate choice of a calendar is accepted."""

from __future__ import annotations

import math

import pytest
from selftest_race_calls import HALF, HALF_PAST, LONG, NINE, TEN, call, create, held, history

from bookproof.judge.explanation import explain
from bookproof.judge.race_model import CANCEL, CONFIRM, CREATE, MOVE, SOMEWHERE, UNKNOWN, History, Span

OLD = (held(),)
TWO = (held("one"), held("two", TEN))
DAY = {"day": 2}

LEGITIMATE = {
    "one wins and the others are refused": history(
        *(create(n, "201" if n == 5 else "409") for n in range(8)), after={"b5": NINE}
    ),
    "both clicks of a double click show one booking": history(
        create(1, "201"), call(2, CREATE, "201", "b1"), after={"b1": NINE}
    ),
    "the second click of a double click is refused": history(
        create(1, "201"), call(2, CREATE, "409", "b1"), after={"b1": NINE}
    ),
    "an answer is repeated after the booking was cancelled": history(
        create(1, "201"),
        call(2, CANCEL, "201", "b1"),
        call(3, CREATE, "201", "b1", begun=5, ended=6),
        after={"b1": None},
    ),
    "three win with two cancels between them": history(
        create(1, "201"), create(2, "201"), create(3, "201"), call(4, CANCEL, "201", "b1"), call(5, CANCEL, "201", "b2")
    ),
    "what is back to back does not overlap": history(
        create(1, "201"), create(2, "201", HALF_PAST), after={"b1": NINE, "b2": HALF_PAST}
    ),
    "hosts do not know of each other": history(create(1, "201"), create(2, "201", host="another")),
    "a cancel comes before a create of its slot": history(
        call(1, CANCEL, "201", "old"), create(2, "201"), create(3, "409"), before=OLD, after={"old": None, "b2": NINE}
    ),
    "a cancel comes after the creates of its slot": history(
        call(1, CANCEL, "201", "old"), create(2, "409"), create(3, "409"), before=OLD, after={"old": None}
    ),
    "a second cancel is answered as done": history(
        call(1, CANCEL, "201", "old"), call(2, CANCEL, "201", "old"), before=OLD, after={"old": None}
    ),
    "a second cancel is refused": history(
        call(1, CANCEL, "201", "old"), call(2, CANCEL, "409", "old"), before=OLD, after={"old": None}
    ),
    "a booking is moved in place twice": history(
        call(1, MOVE, "201", "old", TEN),
        call(2, MOVE, "201", "old", HALF_PAST),
        before=OLD,
        after={"old": TEN},
    ),
    "a booking is moved onto time of its own": history(
        call(1, MOVE, "201", "old", LONG), before=OLD, after={"old": LONG}
    ),
    "a move makes another booking": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"), before=OLD, after={"old": None, "new": TEN}
    ),
    "the second move of a booking finds it gone": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"),
        call(2, MOVE, "409", "old", HALF_PAST),
        before=OLD,
        after={"old": None, "new": TEN},
    ),
    "the second move follows the booking": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"),
        call(2, MOVE, "201", "old", HALF_PAST, becomes="newer"),
        before=OLD,
        after={"old": None, "new": None, "newer": HALF_PAST},
    ),
    "a repeated move shows the booking that it has made": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"),
        call(2, MOVE, "201", "old", TEN, becomes="new"),
        before=OLD,
        after={"new": TEN},
    ),
    "a cancel follows a booking that was moved": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"),
        call(2, CANCEL, "201", "old"),
        before=OLD,
        after={"old": None, "new": None},
    ),
    "a cancel of a booking that was moved does nothing": history(
        call(1, MOVE, "201", "old", TEN, becomes="new"), call(2, CANCEL, "201", "old"), before=OLD, after={"new": TEN}
    ),
    "a create takes the slot that a move leaves": history(
        create(1, "201"), call(2, MOVE, "201", "old", TEN), before=OLD, after={"b1": NINE, "old": TEN}
    ),
    "two bookings change places with the help of a third move": history(
        call(1, MOVE, "201", "one", TEN),
        call(2, MOVE, "201", "two", HALF_PAST),
        call(3, MOVE, "201", "two", NINE),
        before=TWO,
        after={"one": TEN, "two": NINE},
    ),
    "nobody knows of a create, and it holds the slot": history(create(1, "500"), create(2, "409")),
    "nobody knows of a create, and it was not made": history(create(1, "500"), create(2, "201"), after={"b1": None}),
    "nobody knows of a create, and it is made late": history(
        create(1, "500"),
        create(2, "201"),
        call(3, CANCEL, "201", "b2", begun=5, ended=6),
        after={"b1": NINE, "b2": None},
    ),
    "nobody knows into what a move made its booking": history(
        call(1, MOVE, "500", "old", TEN), before=OLD, after={"old": None}
    ),
    "as many as the cap allows": history(
        *(create(n, "201" if n < 2 else "409", Span(n * HALF, (n + 1) * HALF), group="day") for n in range(4)), caps=DAY
    ),
    "a cap that counts what was cancelled": history(
        create(1, "201", group="day"),
        call(2, CANCEL, "201", "old", begun=-2, ended=-1),
        create(3, "409", TEN, group="day"),
        before=(held(span=LONG, group="day"),),
        caps=DAY,
    ),
    "one books with the link": history(create(1, "201", link="l"), create(2, "409", TEN, link="l")),
    "a pending booking is confirmed and the other is not": history(
        call(1, CONFIRM, "201", "one"),
        call(2, CONFIRM, "409", "two"),
        before=(held("one", pending=True), held("two", pending=True)),
    ),
    "a booking that was confirmed is confirmed again": history(
        call(1, CONFIRM, "201", "one"), call(2, CONFIRM, "201", "one"), before=(held("one", pending=True),)
    ),
    "pending bookings that hold nothing": history(
        create(1, "201", pending=True), create(2, "201", pending=True), create(3, "201"), pending_holds=False
    ),
    "an API that shows no times": history(create(1, "201"), after={"b1": SOMEWHERE}),
}


@pytest.mark.parametrize("race", LEGITIMATE.values(), ids=LEGITIMATE)
def test_legitimate_choices_are_explained(race: History) -> None:
    """There is an order of all calls that were answered."""
    explanation = explain(race)
    assert explanation.unexplained == ()
    assert {c.number for c in race.calls if c.outcome != UNKNOWN} <= set(explanation.order)


def test_the_order_keeps_to_real_time() -> None:
    """What ended before another began comes before it, in parts that have nothing to do with each other too."""
    calls = (
        create(1, "201", TEN, begun=10, ended=11),
        create(2, "201", begun=0, ended=1),
        create(3, "409", TEN, begun=2, ended=30),
        call(4, CANCEL, "201", "b2", begun=20, ended=math.inf),
    )
    assert explain(history(*calls)).order == (2, 1, 3, 4)


def test_real_time_can_take_the_only_explanation_away() -> None:
    """The same answers are explained if the calls were under way together, and not if one came after the other."""
    first, late = create(1, "409"), create(2, "201", begun=1.0, ended=2)
    assert explain(history(first, late)).order == (2, 1)
    later = create(2, "201", begun=1.5, ended=2)
    assert [group.calls for group in explain(history(first, later)).unexplained] == [(first,)]
