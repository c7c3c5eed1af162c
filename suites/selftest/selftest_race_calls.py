"""Small races, told in few words: calls of one host that are under way together, about one slot unless said."""

from __future__ import annotations

from bookproof.judge.race_model import (
    CREATE,
    DONE,
    MOVE,
    REFUSED,
    UNKNOWN,
    Call,
    Held,
    History,
    Span,
)

HALF = 1800.0
NINE = Span(0, HALF)
LONG = Span(0, 2 * HALF)
HALF_PAST = Span(HALF, 2 * HALF)
TEN = Span(2 * HALF, 3 * HALF)
#: Status of an answer to what it means.
OUTCOMES = {"201": DONE, "409": REFUSED, "500": UNKNOWN}


def call(number: int, action: str, answer: str, booking: str = "", span: Span | None = None, **more: object) -> Call:
    """A call of a race; by default all calls of one are under way at the same time."""
    span = span or (NINE if action in {CREATE, MOVE} else None)
    told: dict[str, object] = {"begun": 0.0, "ended": 1.0, "host": "host"} | more
    return Call(number, action, OUTCOMES[answer], booking=booking or f"b{number}", span=span, **told)  # type: ignore[arg-type]


def create(number: int, answer: str, span: Span = NINE, **more: object) -> Call:
    """A create of a booking ``b<number>``."""
    return call(number, CREATE, answer, span=span, **more)


def held(booking: str = "old", span: Span = NINE, **more: object) -> Held:
    """A booking that was there before."""
    return Held(booking, span, "host", **more)  # type: ignore[arg-type]


def history(
    *calls: Call, before: tuple[Held, ...] = (), after: dict[str, Span | None] | None = None, **more: object
) -> History:
    """A race."""
    return History(calls, before, after=after or {}, **more)  # type: ignore[arg-type]
