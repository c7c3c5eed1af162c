"""Whatever races are drawn: they are explained if a plain search through all orders finds one, and only then."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from selftest_race_model import answers, follows, late_effects, opened, seen, some_order

from bookproof.judge.explanation import describe, explain
from bookproof.judge.race_model import (
    CANCEL,
    CONFIRM,
    CREATE,
    DONE,
    MOVE,
    REFUSED,
    SOMEWHERE,
    UNKNOWN,
    Call,
    Held,
    History,
    Span,
)
from bookproof.judge.race_search import Search

#: Two that overlap, one that begins where another ends, and one apart.
SPANS = (Span(0, 30), Span(15, 60), Span(30, 60), Span(90, 120))
LATE = 1_000.0


@st.composite
def races(draw: st.DrawFn, most: int = 6) -> History:
    """A race whose calls were carried out one after another, and were under way at the same time."""
    before = tuple(
        Held(f"held {n}", span, draw(st.sampled_from(["host", "host", "other"])), draw(st.booleans()), group)
        for n, (span, group) in enumerate(draw(st.lists(_held(), max_size=2)))
    )
    history = History((), before, {"day": draw(st.integers(0, 2))}, pending_holds=draw(st.booleans()))
    desk = opened(history)
    codes = [held.booking for held in before]
    hosts = {held.booking: held.host for held in before}
    calls: list[Call] = []
    late: list[Call] = []
    numbers = draw(st.permutations(range(most)))
    for place, number in enumerate(numbers[: draw(st.integers(1, most))]):
        call = draw(_asked(number, place, codes, hosts))
        creates = [one for one in calls if one.action == CREATE]
        if call.action == CREATE and creates and draw(st.integers(0, 5)) == 0:
            double = draw(st.sampled_from(creates))
            call = replace(double, number=number, outcome=DONE, begun=call.begun, ended=call.ended)
        kept = replace(history, calls=(*calls, call))
        outcome = draw(st.sampled_from([DONE, DONE, DONE, REFUSED, UNKNOWN]))
        if outcome == UNKNOWN:
            calls.append(replace(call, outcome=UNKNOWN, becomes=""))
            when = draw(st.sampled_from(["at once", "late", "never"]))
            if when == "late":
                late.append(calls[-1])
            effects = list(late_effects(desk, calls[-1], kept)) if when == "at once" else []
            desk = draw(st.sampled_from(effects)) if effects else desk
        else:
            possible = list(answers(desk, call, kept))
            fitting = [pair for pair in possible if pair[0] == outcome] or possible
            if not fitting:
                continue
            answer, desk = draw(st.sampled_from(fitting))
            calls.append(replace(call, outcome=answer, becomes=call.becomes if answer == DONE else ""))
        codes += [code for code in call.codes if code not in codes]
        hosts |= dict.fromkeys(call.codes, call.host)
    history = replace(history, calls=tuple(calls))
    for call in late:
        effects = list(late_effects(desk, call, history))
        desk = draw(st.sampled_from(effects)) if effects else desk
    looked_for = draw(st.sets(st.sampled_from(sorted({*codes, "held 0"}))))
    return replace(history, after={code: seen(desk, code) for code in looked_for})


def _held() -> st.SearchStrategy[tuple[Span, str]]:
    return st.tuples(st.sampled_from(SPANS), st.sampled_from(["", "day"]))


@st.composite
def _asked(draw: st.DrawFn, number: int, place: int, codes: list[str], hosts: dict[str, str]) -> Call:
    """A call that has not been answered yet; the place is its turn."""
    action = draw(st.sampled_from([CREATE, CREATE, MOVE, CANCEL, CONFIRM])) if codes else CREATE
    new = f"new {number}"
    fresh = action == CREATE
    booking = new if fresh else draw(st.sampled_from(codes))
    begun = place * 10.0 - draw(st.integers(0, 35))
    return Call(
        number=number,
        action=action,
        outcome=DONE,
        begun=begun,
        ended=place * 10.0 + draw(st.integers(0, 35)),
        booking=booking,
        becomes=draw(st.sampled_from(["", "", new])) if action == MOVE else "",
        span=draw(st.sampled_from(SPANS)) if action in {CREATE, MOVE} else None,
        host=draw(st.sampled_from(["host", "host", "other"])) if fresh else hosts.get(booking, "host"),
        link=draw(st.sampled_from(["", "", "link"])) if action == CREATE else "",
        group=draw(st.sampled_from(["", "day"])) if action in {CREATE, MOVE} else "",
        pending=action == CREATE and draw(st.booleans()),
    )


@st.composite
def changed(draw: st.DrawFn, most: int = 5) -> History:
    """A race of which something was answered or found otherwise than it came about."""
    history = draw(races(most))
    calls = list(history.calls)
    after = dict(history.after)
    for _ in range(draw(st.integers(1, 3))):
        if after and draw(st.booleans()):
            code = draw(st.sampled_from(sorted(after)))
            after[code] = draw(st.sampled_from([None, SOMEWHERE, *SPANS]))
        else:
            index = draw(st.integers(0, len(calls) - 1)) if calls else 0
            outcome = draw(st.sampled_from([DONE, REFUSED, UNKNOWN]))
            calls[index : index + 1] = [replace(call, outcome=outcome) for call in calls[index : index + 1]]
    return replace(history, calls=tuple(calls), after=after)


@settings(deadline=None)
@given(races(9))
def test_what_came_about_one_after_another_is_explained(history: History) -> None:
    """However the calls overlap in time, and whenever those of which nobody knows took effect."""
    explanation = explain(history)
    assert explanation.unexplained == ()
    assert follows(explanation.order, history)


@settings(deadline=None, max_examples=300)
@given(changed())
def test_the_answer_is_that_of_a_search_through_all_orders(history: History) -> None:
    """There is an order, which holds, or there are groups, one at least."""
    explanation = explain(history)
    assert explanation.explained == some_order(history)
    if explanation.explained:
        assert follows(explanation.order, history)
    else:
        assert explanation.order == ()


def held_to(history: History, calls: set[int], found: set[str]) -> History:
    """A race that is held to these answers and bookings only, as a group leaves open all that is not in it.

    A refused call whose effect was found had none if it is in a group, and may have had it if not; its reason is not
    asked for.
    """
    search = Search(history)
    seen_alone = {search.calls[index].number for index in search.seen_alone}
    kept = [call for call in history.calls if call.number in calls and call.number not in seen_alone]
    kept += [
        replace(call, outcome=UNKNOWN, becomes=(call.becomes or call.booking) if call.outcome == DONE else call.becomes)
        for call in history.calls
        if call.number not in calls and (call.outcome != REFUSED or call.number in seen_alone)
    ]
    return replace(history, calls=tuple(kept), after={code: history.after[code] for code in found})


@settings(deadline=None, max_examples=200)
@given(changed())
def test_no_order_explains_a_group_and_nothing_can_be_taken_out_of_it(history: History) -> None:
    """Whatever the other calls did; and without any one call, or any one booking, the rest of it is explained."""
    for group in explain(history).unexplained:
        numbers, found = {call.number for call in group.calls}, set(group.found)
        if group.found and not some_order(held_to(history, set(), found)):
            numbers = (
                set()
            )  # the bookings contradict each other whatever was answered, and the calls are told with them
        assert not some_order(held_to(history, numbers, found))
        assert all(some_order(held_to(history, numbers - {number}, found)) for number in numbers)
        assert all(some_order(held_to(history, numbers, found - {code})) for code in found)


@settings(deadline=None)
@given(changed(), st.randoms(use_true_random=False))
def test_the_order_in_which_calls_are_given_does_not_matter(history: History, random) -> None:
    """Same race, same explanation."""
    calls, before = list(history.calls), list(history.before)
    random.shuffle(calls)
    random.shuffle(before)
    after = dict(sorted(history.after.items(), reverse=True))
    assert explain(replace(history, calls=tuple(calls), before=tuple(before), after=after)) == explain(history)


@settings(deadline=None)
@given(changed())
def test_groups_are_told_in_order_once_each_and_in_words(history: History) -> None:
    """Answers first, then bookings; no group is told twice, and each names what it is about."""
    groups = explain(history).unexplained
    assert len(set(groups)) == len(groups)
    for group in groups:
        assert all(one.number < other.number for one, other in pairwise(group.calls))
        assert all(code in describe(group) for code in group.found)
        assert all(f"exchange {call.number}" in describe(group) for call in group.calls)
    assert [bool(group.found) for group in groups] == sorted(bool(group.found) for group in groups)


def test_a_race_of_nobody_is_explained() -> None:
    """By no order at all."""
    assert explain(History(())).explained


def test_ends_that_do_not_count_do_not_order_unknown_calls() -> None:
    """A call of which nobody knows may take effect long after its end was noted."""
    calls = (
        Call(1, CREATE, UNKNOWN, 0, 1, "new 1", span=SPANS[0], host="host"),
        Call(2, CREATE, DONE, 5, 6, "new 2", span=SPANS[0], host="host"),
        Call(3, CANCEL, DONE, LATE, LATE + 1, "new 2", host="host"),
    )
    assert explain(History(calls, after={"new 1": SPANS[0], "new 2": None})).order == (2, 3, 1)
