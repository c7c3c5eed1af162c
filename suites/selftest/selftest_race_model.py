"""A second, plain model of a calendar under race, written apart from the suite's: it tries every order of the calls.

It is what the explanations are compared with, so it has no memory, no parts and no short cuts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bookproof.judge.race_model import (
    CANCEL,
    CREATE,
    DONE,
    MOVE,
    REFUSED,
    SOMEWHERE,
    UNKNOWN,
    Call,
    History,
    Span,
)


@dataclass(frozen=True)
class Desk:
    """A calendar.

    Attributes:
        live: booking to its span, its host, the group that counts it, and whether it is pending.
        made: every booking that is or was there, and the group that counted it first.
        heirs: booking to what a move has made of it.
        used: links.
    """

    live: dict[str, tuple[Span, str, str, bool]]
    made: dict[str, str]
    heirs: dict[str, str]
    used: frozenset[str] = frozenset()


def opened(history: History) -> Desk:
    """The calendar before a race."""
    live = {held.booking: (held.span, held.host, held.group, held.pending) for held in history.before}
    return Desk(live, {held.booking: held.group for held in history.before}, {})


def heir_of(desk: Desk, code: str) -> str:
    """What a booking has become, as far as it is live, or ""."""
    while code and code not in desk.live:
        code = desk.heirs.get(code, "")
    return code


def answers(desk: Desk, call: Call, history: History) -> Iterator[tuple[str, Desk]]:
    """Every answer that a calendar may give, with the calendar afterwards; of a move those to its own code."""
    if call.action == CREATE:
        yield from _to_create(desk, call, history)
    elif call.action == MOVE:
        yield from _to_move(desk, call, history)
    elif call.action == CANCEL:
        code = heir_of(desk, call.booking)
        if code:
            yield DONE, replace(desk, live=_less(desk, code))
        if call.booking not in desk.live:
            yield DONE, desk
            yield REFUSED, desk
    else:
        yield from _to_confirm(desk, call)


def _to_create(desk: Desk, call: Call, history: History) -> Iterator[tuple[str, Desk]]:
    taken = any(_in_way(desk, code, call.span, call.host, history) for code in desk.live) or call.link in desk.used - {
        ""
    }
    full = _count(desk, call.group) >= history.caps.get(call.group, 99)
    if call.booking in desk.made:
        yield DONE, desk
    elif not taken and not full:
        live = desk.live | {call.booking: (call.span, call.host, call.group, call.pending)}
        yield DONE, replace(desk, live=live, made=desk.made | {call.booking: call.group}, used=desk.used | {call.link})
    if taken or _ever(desk, call) >= history.caps.get(call.group, 99):
        yield REFUSED, desk


def _to_move(desk: Desk, call: Call, history: History) -> Iterator[tuple[str, Desk]]:
    code = heir_of(desk, call.booking)
    becomes = call.becomes or call.booking
    if code:
        rest = replace(desk, live=_less(desk, code))
        group = call.group or _first_group(history, call.booking)
        free = not any(_in_way(rest, other, call.span, call.host, history) for other in rest.live)
        fits = not call.group or _count(rest, call.group) < history.caps.get(call.group, 99)
        if free and fits and (becomes == call.booking == code or becomes not in desk.made):
            live = rest.live | {becomes: (call.span, call.host, group, desk.live[code][3])}
            heirs = desk.heirs | ({code: becomes} if becomes != code else {})
            yield DONE, replace(desk, live=live, made={becomes: ""} | desk.made, heirs=heirs)
    one = call.booking
    while one in desk.heirs:
        one = desk.heirs[one]
        if one == becomes:
            yield DONE, desk
    in_way = any(_in_way(desk, o, call.span, call.host, history) for o in desk.live if o != call.booking)
    full = call.group and _ever(desk, call) >= history.caps.get(call.group, 99)
    if call.booking not in desk.live or in_way or full:
        yield REFUSED, desk


def _to_confirm(desk: Desk, call: Call) -> Iterator[tuple[str, Desk]]:
    def clash(code: str) -> bool:
        span, host, _, _ = desk.live[code]
        return any(h == host and s.overlaps(span) and not w for o, (s, h, _, w) in desk.live.items() if o != code)

    code = heir_of(desk, call.booking)
    if code and not desk.live[code][3]:
        yield DONE, desk
    elif code and not clash(code):
        yield DONE, replace(desk, live=desk.live | {code: (*desk.live[code][:3], False)})
    if call.booking not in desk.live or not desk.live[call.booking][3] or clash(call.booking):
        yield REFUSED, desk


def _less(desk: Desk, code: str) -> dict[str, tuple[Span, str, str, bool]]:
    return {other: place for other, place in desk.live.items() if other != code}


def _in_way(desk: Desk, code: str, span: Span | None, host: str, history: History) -> bool:
    where, whose, _, waits = desk.live[code]
    assert span is not None
    return whose == host and where.overlaps(span) and (history.pending_holds or not waits)


def _count(desk: Desk, group: str) -> int:
    return sum(place[2] == group for place in desk.live.values())


def _ever(desk: Desk, call: Call) -> int:
    """How many other bookings a group counts if it counts those that are no longer live as well."""
    counted = {code for code, group in desk.made.items() if group == call.group}
    counted |= {code for code, place in desk.live.items() if place[2] == call.group}
    return len(counted - {call.booking})


def _first_group(history: History, code: str) -> str:
    before = [held.group for held in history.before if held.booking == code]
    made = [call.group for call in history.calls if call.action == CREATE and call.booking == code]
    return (*before, *made, "")[0]


def late_effects(desk: Desk, call: Call, history: History) -> Iterator[Desk]:
    """What a call of which nobody knows may have done; a move that tells no code may have made an unknown booking."""
    codes = [call.becomes] if call.becomes or call.action != MOVE else ["", f"made by call {call.number}"]
    for code in codes:
        for answer, after in answers(desk, replace(call, becomes=code), history):
            if answer == DONE and after != desk:
                yield after


def seen(desk: Desk, code: str) -> Span | None:
    """Where a booking is read back."""
    return desk.live[code][0] if code in desk.live else None


def agrees(desk: Desk, history: History) -> bool:
    """Whether a calendar in the end looks as it was read back."""
    for code, where in history.after.items():
        held = seen(desk, code)
        if held != where and not (held and where == SOMEWHERE):
            return False
    return True


def some_order(history: History) -> bool:
    """Whether one of all orders explains a race."""
    return _goes_on(opened(history), history.calls, history)


def _goes_on(desk: Desk, rest: tuple[Call, ...], history: History) -> bool:
    known = [call for call in rest if call.outcome != UNKNOWN]
    if not known and agrees(desk, history):
        return True
    for call in rest:
        if any(other.ended < call.begun for other in known):
            continue
        left = tuple(other for other in rest if other is not call)
        if call.outcome == UNKNOWN:
            after = list(late_effects(desk, call, history))
        else:
            after = [desk for answer, desk in answers(desk, call, history) if answer == call.outcome]
        if any(_goes_on(one, left, history) for one in after):
            return True
    return False


def follows(order: tuple[int, ...], history: History) -> bool:
    """Whether an order, of all calls but unknown ones, keeps to real time and to the model."""
    by_number = {call.number: call for call in history.calls}
    calls = [by_number[number] for number in order]
    must = {call.number for call in history.calls if call.outcome != UNKNOWN}
    if not must <= set(order) or len(set(order)) != len(order):
        return False
    desks = [opened(history)]
    for place, call in enumerate(calls):
        if any(later.ended < call.begun and later.outcome != UNKNOWN for later in calls[place:]):
            return False
        if call.outcome == UNKNOWN:
            desks = [after for desk in desks for after in late_effects(desk, call, history)]
        else:
            desks = [a for desk in desks for answer, a in answers(desk, call, history) if answer == call.outcome]
    return any(agrees(desk, history) for desk in desks)
