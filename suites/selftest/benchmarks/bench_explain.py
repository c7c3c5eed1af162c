"""How long it takes to explain a race, or to name what no order explains, by the number of callers.

Run it by hand: ``python suites/selftest/benchmarks/bench_explain.py [CALLERS...]``. All calls are under way together,
which leaves most orders open.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

from bookproof.judge.explanation import explain
from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN, Call, Held, History, Span

ROUNDS = 5
SLOT = Span(0, 1800)


def slot(number: int) -> Span:
    """One of many that lie one after another."""
    return Span(number * 1800.0, (number + 1) * 1800.0)


def call(number: int, action: str, outcome: str, **more: object) -> Call:
    """A call about a booking of its own, at the one slot unless said."""
    told: dict[str, object] = {"booking": f"b{number}", "span": SLOT} | more
    return Call(number, action, outcome, 0, 1, **told)  # type: ignore[arg-type]


def one_winner(callers: int) -> History:
    """A slot that one caller gets."""
    calls = [call(n, CREATE, REFUSED if n else DONE) for n in range(callers)]
    return History(tuple(calls), after={"b0": SLOT})


def all_win(callers: int) -> History:
    """A slot that everybody gets."""
    calls = [call(n, CREATE, DONE) for n in range(callers)]
    return History(tuple(calls), after={f"b{n}": SLOT for n in range(callers)})


def nobody_knows(callers: int) -> History:
    """A slot that one caller gets, while nobody knows of half of the others, and a booking that is lost."""
    calls = [call(n, CREATE, DONE if n == 0 else UNKNOWN if n % 2 else REFUSED) for n in range(callers)]
    return History(tuple(calls), after={"b0": None})


def crowded_day(callers: int) -> History:
    """A day that takes all callers but one, and gets all."""
    calls = [call(n, CREATE, DONE, span=slot(n), group="day") for n in range(callers)]
    return History(tuple(calls), caps={"day": callers - 1})


def take_turns(callers: int) -> History:
    """A slot that is booked and cancelled again and again, and booked once too often."""
    pairs = callers // 2
    calls = [call(n, CREATE, DONE) for n in range(callers - pairs)]
    calls += [call(callers - pairs + n, CANCEL, DONE, booking=f"b{n}", span=None) for n in range(pairs)]
    after = {f"b{n}": SLOT if n < 2 else None for n in range(callers - pairs)}
    return History(tuple(calls), after=after)


def musical_chairs(callers: int) -> History:
    """Bookings that each move one slot on, and two of which are found in one slot."""
    before = [Held(f"b{n}", slot(n), "") for n in range(callers)]
    calls = [call(n, MOVE, DONE, span=slot(n + 1)) for n in range(callers)]
    return History(tuple(calls), tuple(before), after={"b0": slot(1), "b1": slot(1)})


def wandering(callers: int) -> History:
    """One booking that everybody moves elsewhere, each move making another booking; two of these are live."""
    calls = [call(n, MOVE, DONE, booking="old", becomes=f"b{n}", span=slot(n + 1)) for n in range(callers)]
    after = {"b0": slot(1), "b1": slot(2)}
    return History(tuple(calls), (Held("old", SLOT, ""),), after=after)


RACES: tuple[Callable[[int], History], ...] = (
    one_winner,
    all_win,
    nobody_knows,
    crowded_day,
    take_turns,
    musical_chairs,
    wandering,
)


def main() -> None:
    """Print the shortest of some rounds."""
    for callers in [int(text) for text in sys.argv[1:]] or [8, 10, 12]:
        for race in RACES:
            history = race(callers)
            times: list[float] = []
            for _ in range(ROUNDS):
                begun = perf_counter()
                explanation = explain(history)
                times.append(perf_counter() - begun)
            said = (
                "an order" if explanation.explained else f"groups of {[len(g.calls) for g in explanation.unexplained]}"
            )
            name = race.__name__.replace("_", " ")
            print(f"{callers} calls, {name:<14} {min(times) * 1000:7.1f} ms  {said}")


if __name__ == "__main__":
    main()
