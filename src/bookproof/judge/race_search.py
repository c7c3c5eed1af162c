"""Searches for an order of the calls of a race that one calendar accepts.

Calls that have nothing to do with each other are ordered apart: an order of the whole exists if and only if there is
one of each part, because an order within real time of each part can always be put together to one of all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bookproof.judge.race_calendar import Calendar, State
from bookproof.judge.race_model import CANCEL, CREATE, DONE, MOVE, REFUSED, UNKNOWN, Call, History, Span
from bookproof.judge.race_places import leads_to


@dataclass(frozen=True)
class Part:
    """Calls that may be in each other's way, and the bookings that they are about.

    Attributes:
        calls: indices, in order.
        found: codes of the bookings that were looked for, by the first call that is about them.
    """

    calls: tuple[int, ...]
    found: tuple[str, ...]


class Search:
    """Answers whether there is an order in which some calls had the effect they were answered with.

    Args:
        history: the race; its calls are named by their index in :attr:`calls`.
    """

    def __init__(self, history: History) -> None:
        self.calls = sorted(history.calls, key=lambda call: call.number)
        self._history = history
        self._calendar = Calendar(history, self.calls)
        # An order like the one in which the answers came is tried first.
        self._tried = sorted(range(len(self.calls)), key=lambda i: (self.calls[i].ended, self.calls[i].begun, i))
        self._before = [self._mask(self._came_before(call)) for call in self.calls]
        self.seen_alone = frozenset(i for i, call in enumerate(self.calls) if self._seen_alone(call))
        self._known: dict[tuple[Part, frozenset[int], frozenset[str]], tuple[int, ...] | None] = {}

    @staticmethod
    def _mask(indices: Iterable[int]) -> int:
        return sum(1 << index for index in indices)

    def _came_before(self, call: Call) -> list[int]:
        return [index for index, other in enumerate(self.calls) if other.ended < call.begun]

    def about(self, code: str) -> tuple[int, ...]:
        """The calls that are about a booking."""
        return tuple(index for index, call in enumerate(self.calls) if code in call.codes)

    def _rank(self, code: str) -> tuple[int, str]:
        """Orders bookings by the first call that is about them."""
        return min(self.about(code), default=-1), code

    def _seen_alone(self, call: Call) -> bool:
        """Whether a call was refused, and yet what it asked for was found, and no other call can have done it."""
        if call.outcome != REFUSED or call.booking not in self._history.after:
            return False
        others = [o for o in self.calls if o is not call and o.outcome != REFUSED and call.booking in o.codes]
        where = self._history.after[call.booking]
        held = [held.span for held in self._history.before if held.booking == call.booking]
        if call.action == CREATE:
            return where is not None and not others and not held
        there = held + [o.span for o in others if o.action == CREATE and o.outcome == DONE]
        if any(o.action in {MOVE, CANCEL} for o in others) or not there or len(there) < len(held) + len(others):
            return False
        if call.action == MOVE:
            return where == call.span and where not in there
        return call.action == CANCEL and where is None

    @cached_property
    def parts(self) -> list[Part]:
        """The calls, divided into those that may be in each other's way."""
        leader: dict[str, str] = {}

        def lead(name: str) -> str:
            while leader.setdefault(name, name) != name:
                name = leader[name]
            return name

        def join(names: Sequence[str]) -> None:
            for name in names[1:]:
                leader[lead(name)] = lead(names[0])

        for call in self.calls:
            join([*call.codes, *leads_to(call), *([f"link {call.link}"] if call.link else [])])
        for names in [*self._calendar.places.collisions, *self._calendar.places.crowded]:
            join(names)
        together: dict[str, tuple[list[int], list[str]]] = {}
        for index, call in enumerate(self.calls):
            together.setdefault(lead(call.booking), ([], []))[0].append(index)
        for code in sorted(self._history.after, key=self._rank):
            together.setdefault(lead(code), ([], []))[1].append(code)
        return [Part(tuple(calls), tuple(found)) for calls, found in together.values()]

    def order(self, part: Part, held_to: Iterable[int], found: Iterable[str]) -> tuple[int, ...] | None:
        """An order in which the calls did as they were answered and lead to what was found.

        Args:
            part: whose calls.
            held_to: indices of the calls that are held to their answers. The others that were refused had no effect,
                and all other calls may have had their effect at any time after they began, or never.
            found: codes of the bookings that are held to how they were found.

        Returns:
            indices of the calls that took effect or are held to their answers; None if there is no order.
        """
        key = (part, frozenset(held_to), frozenset(found))
        if key not in self._known:
            self._known[key] = self._look(*key)
        return self._known[key]

    def _look(self, part: Part, held_to: frozenset[int], found: frozenset[str]) -> tuple[int, ...] | None:
        # A refused call whose effect was found is not asked for the reason of its refusal: that it was there is enough.
        bound = {i for i in held_to if self.calls[i].outcome != UNKNOWN and i not in self.seen_alone}
        free = {i for i in part.calls if self._free(i, held_to)}
        walk = _Walk(
            calendar=self._calendar,
            refused=[i for i in self._tried if i in bound and self.calls[i].outcome == REFUSED],
            done=[i for i in self._tried if i in bound and self.calls[i].outcome == DONE],
            free=[i for i in self._tried if i in free],
            before=[before & self._mask(bound) for before in self._before],
            found=[(code, self._history.after[code]) for code in sorted(found)],
        )
        return walk.from_here(0, self._calendar.start)

    def _free(self, index: int, held_to: frozenset[int]) -> bool:
        """Whether a call may have had its effect or not."""
        outcome = self.calls[index].outcome
        if index in held_to:
            return outcome == UNKNOWN
        return outcome != REFUSED or index in self.seen_alone

    def put_together(self, orders: Iterable[Sequence[int]]) -> tuple[int, ...]:
        """One order of all calls, within real time, from the orders of all parts."""
        points: list[tuple[float, int, int, int]] = []
        for number, order in enumerate(orders):
            at = -math.inf
            for position, index in enumerate(order):
                at = max(at, self.calls[index].begun)
                points.append((at, number, position, index))
        return tuple(index for *_, index in sorted(points))


class _Walk:
    """Goes through the orders of some calls, and comes to no state of affairs twice.

    Args:
        calendar: of the race.
        refused, done: calls that are held to their answers, in the order in which they are tried.
        free: calls that may have had their effect or not.
        before: of each call those that came before it, of those that are held to their answers.
        found: bookings and where they were found in the end.
    """

    def __init__(
        self,
        *,
        calendar: Calendar,
        refused: Sequence[int],
        done: Sequence[int],
        free: Sequence[int],
        before: Sequence[int],
        found: Sequence[tuple[str, Span | None]],
    ) -> None:
        self._calendar = calendar
        self._held_to = [
            *((i, calendar.refusable) for i in refused),
            *((i, calendar.settled) for i in done if calendar.repeats(i)),
        ]
        self._tried = (*done, *free)
        self._bound = sum(1 << i for i in (*refused, *done))
        self._before = before
        self._found = found
        self._live = [code for code, where in found if where is not None]
        self._seen: set[tuple[object, ...]] = set()

    def from_here(self, taken: int, state: State) -> tuple[int, ...] | None:
        """The rest of an order: what remains of the calls that are held to their answers, and those that helped."""
        first, taken = self._without_effect(taken, state)
        outlook = self._calendar.outlook(taken, state)
        if outlook in self._seen or any(self._calendar.lost(state, code) for code in self._live):
            return None
        self._seen.add(outlook)
        if not self._bound & ~taken and all(self._calendar.shows(state, *found) for found in self._found):
            return tuple(first)
        for index in self._tried:
            if taken >> index & 1 or self._before[index] & ~taken:
                continue
            following = self._calendar.effects(index, state)
            if self._bound >> index & 1:
                following += [state] if self._calendar.idle(index, state) else []
            elif state in following:
                following.remove(state)  # a move to where the booking is: as if it had not been made
            for after in following:
                rest = self.from_here(taken | 1 << index, after)
                if rest is not None:
                    return (*first, index, *rest)
        return None

    def _without_effect(self, taken: int, state: State) -> tuple[list[int], int]:
        """Take all calls that may be taken here and change nothing: taking them later would be no better."""
        first: list[int] = []
        before = -1
        while before != taken:
            before = taken
            for index, without_effect in self._held_to:
                if not taken >> index & 1 and not self._before[index] & ~taken and without_effect(index, state):
                    first.append(index)
                    taken |= 1 << index
        return first, taken
