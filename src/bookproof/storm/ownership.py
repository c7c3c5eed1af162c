"""Who owns what in a storm: every booking followed through the calls of the one user who has ever touched it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest

from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED
from bookproof.storm.calls import StormCall
from bookproof.targets.views import Slot


@dataclass(frozen=True)
class Held:
    """A slot that a user held by what the user was told.

    Attributes:
        slot: which.
        since, until: unix time in seconds.
        call: that was answered with it.
    """

    slot: Slot
    since: float
    until: float
    call: StormCall


@dataclass
class Owned:
    """One booking that a user asked for, followed through the calls of that user, who alone has ever touched it.

    Attributes:
        attendee: the name, which belongs to this booking alone.
        event_type_code: of the booking.
        created: how its create was answered.
        live: whether it must be live; None where an unanswered call leaves that open.
        starts: where it may be, in unix seconds.
        codes: what it was called, the newest last; none where no answer has shown one.
        named: whether the newest code is known.
        calls: all that concern it, reads aside.
    """

    attendee: str
    event_type_code: str
    created: str
    live: bool | None
    starts: set[float]
    codes: list[str] = field(default_factory=list[str])
    named: bool = True
    calls: list[StormCall] = field(default_factory=list[StormCall])

    def follow(self, call: StormCall) -> None:
        """Take in the next call of its owner."""
        self.calls.append(call)
        if call.outcome == REFUSED:
            return
        if call.action == CANCEL:
            self.live = False if call.outcome == DONE else None
        elif call.outcome == DONE:
            self.starts = {call.wanted}
            self.named = bool(call.becomes)
            if call.becomes and call.becomes not in self.codes:
                self.codes.append(call.becomes)
        else:
            # It may still be under way, and whatever it leads to may have another code.
            self.live, self.named = None, False

    def holds(self, end_of: Callable[[StormCall], float]) -> Iterator[Held]:
        """What it held, from the answer that gave it until the call that was to give it up was begun.

        A refused call changes nothing, but its owner may be wrong about that: it ends what is certain.

        Args:
            end_of: end, in unix seconds, of the slot that a create or a move asks for.
        """
        for call, after in zip_longest(self.calls, self.calls[1:]):
            if call.outcome == DONE and call.action != CANCEL:
                slot = Slot(datetime.fromtimestamp(call.wanted, UTC), datetime.fromtimestamp(end_of(call), UTC))
                yield Held(slot, call.ended, after.begun if after else math.inf, call)


def owned_by_users(calls: Iterable[StormCall]) -> dict[str, Owned]:
    """Attendee to the booking that was asked for in that name."""
    found: dict[str, Owned] = {}
    for call in sorted(calls, key=lambda call: (call.user, call.number)):
        if call.action == CREATE:
            live = {DONE: True, REFUSED: False}.get(call.outcome)
            codes = [call.becomes] if call.becomes else []
            found[call.attendee] = Owned(
                call.attendee, call.event_type_code, call.outcome, live, {call.wanted}, codes, bool(codes), [call]
            )
        elif call.action in (MOVE, CANCEL) and call.attendee in found:
            found[call.attendee].follow(call)
    return found
