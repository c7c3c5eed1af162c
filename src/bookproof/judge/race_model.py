"""Races as the model of one calendar takes them: the calls, what was there before, and what was read back afterwards.

Source: Calendar API & MCP, REST API v1 ("the same atomic, no-double-book guarantee").
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a call asks for.
CREATE, MOVE, CANCEL, CONFIRM = "create", "move", "cancel", "confirm"
#: How it was answered. Done: with success. Refused: as a conflict, which has no effect and needs a reason. Unknown: not
#: at all, or by a failure: it may have taken effect at any time after it began, or never.
DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


@dataclass(frozen=True, order=True)
class Span:
    """A time, half-open.

    Attributes:
        start, end: seconds since the epoch; what ends when another starts does not overlap it.
    """

    start: float
    end: float

    def overlaps(self, other: Span) -> bool:
        """Whether there is an instant in both."""
        return self.start < other.end and other.start < self.end


#: Where a booking is that was found live by an API that shows no times.
SOMEWHERE = Span(-math.inf, math.inf)


@dataclass(frozen=True)
class Call:
    """A call of a race that was answered as done or as a conflict, or of which nobody knows.

    Calls that were turned away for other reasons, a missing key or too many requests, are not part of a history.

    Attributes:
        number: of its exchange; unique in a history.
        action: :data:`CREATE`, :data:`MOVE`, :data:`CANCEL` or :data:`CONFIRM`.
        outcome: :data:`DONE`, :data:`REFUSED` or :data:`UNKNOWN`.
        begun, ended: seconds; a call that ended before another began came before it. Of an unknown call the end does
            not count.
        booking: code of the booking that it is about. Of a create, what it made; a made-up name where nobody knows it.
        becomes: of a move: code of the booking afterwards; "" for the same and, if the move is not done, for one that
            nobody knows.
        span: of a create or a move: where it wants the booking to be.
        host: whose calendar it is; bookings collide only within one.
        link: single-use link that a create uses, or "".
        group: group whose cap counts the booking that a create or a move leads to, "" for none; of a move also for the
            one that counted it before.
        pending: of a create: whether the booking still has to be confirmed.

    Raises:
        ValueError: a create or a move without a span.
    """

    number: int
    action: str
    outcome: str
    begun: float
    ended: float
    booking: str
    becomes: str = ""
    span: Span | None = None
    host: str = ""
    link: str = ""
    group: str = ""
    pending: bool = False

    def __post_init__(self) -> None:
        if self.span is None and self.action in {CREATE, MOVE}:
            raise ValueError(f"call {self.number}: a {self.action} needs a span")

    @property
    def codes(self) -> tuple[str, ...]:
        """The bookings that it is about."""
        return (self.booking, self.becomes) if self.becomes else (self.booking,)


@dataclass(frozen=True)
class Held:
    """A booking that was live before a race.

    Attributes:
        booking: its code.
        span: where it was.
        host: whose calendar it is in.
        pending: whether it still had to be confirmed.
        group: group whose cap counts it, "" for none.
    """

    booking: str
    span: Span
    host: str
    pending: bool = False
    group: str = ""


@dataclass(frozen=True)
class History:
    """A race, and what was read back after all its calls had ended.

    Attributes:
        calls: in any order.
        before: the bookings that were live when it began.
        caps: group to the number of live bookings that it takes in all.
        after: code to where the booking was found live, :data:`SOMEWHERE` if the API does not show it, or None if it
            was not live. Bookings that are not in it were not looked for.
        pending_holds: whether bookings that still have to be confirmed hold their time; documents leave it open.

    Raises:
        ValueError: two calls have one number.
    """

    calls: tuple[Call, ...]
    before: tuple[Held, ...] = ()
    caps: Mapping[str, int] = field(default_factory=dict[str, int])
    after: Mapping[str, Span | None] = field(default_factory=dict[str, "Span | None"])
    pending_holds: bool = True

    def __post_init__(self) -> None:
        if len({call.number for call in self.calls}) < len(self.calls):
            raise ValueError("two calls of a history have one number")
