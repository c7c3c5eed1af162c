"""Explains races: an order of the calls that one calendar accepts, or the calls that no order explains.

Whether there is an order is answered exactly. What is named if there is none is small and always true: whatever the
other calls did, the calls and bookings of one group do not go together.

Source: Calendar API & MCP, REST API v1 ("the same atomic, no-double-book guarantee").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from bookproof.judge.race_model import DONE, REFUSED, UNKNOWN, Call, History, Span
from bookproof.judge.race_search import Part, Search

T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """Calls, and bookings as they were found, that no order explains together; without any one of them there is one.

    Of the calls that are not in it the refused ones had no effect, and the others may have had theirs or not. A refused
    call whose effect was found, and is no other call's, is told together with what was found, not for lack of a reason.

    Attributes:
        calls: by number. If bookings contradict each other whatever was answered, the calls that are about them.
        found: codes of the bookings whose state as read back belongs to it; empty if the answers contradict each other.
        live: those of ``found`` that were found live.
    """

    calls: tuple[Call, ...]
    found: tuple[str, ...] = ()
    live: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """What there is to say about a race.

    Attributes:
        order: numbers of the calls in an order that explains all; of the unknown calls those that took effect in it.
            Empty if there is none.
        unexplained: what contradicts itself; empty if there is an order. Groups of answers come before those with
            bookings, and otherwise the lower number first.
    """

    order: tuple[int, ...]
    unexplained: tuple[Group, ...]

    @property
    def explained(self) -> bool:
        """Whether there is an order; that of no calls is empty."""
        return not self.unexplained


def explain(history: History) -> Explanation:
    """Look for an order of the calls, within real time, that one calendar accepts and that leads to what was read back.

    Args:
        history: the race; the order in which its calls are given does not matter.

    Returns:
        the order, or groups of calls and bookings that no order explains together. Not all such groups are told: of
        four calls that took one slot each of the later three is told together with the first.
    """
    search = Search(history)
    orders: list[tuple[int, ...]] = []
    parts: list[_Core] = []
    for part in search.parts:
        order = search.order(part, part.calls, part.found)
        if order is None:
            parts += _Contradictions(search, part).all()
        else:
            orders.append(order)
    if not parts:
        return Explanation(tuple(search.calls[index].number for index in search.put_together(orders)), ())
    cores = sorted(parts, key=lambda core: (bool(core.found), core.calls, core.found))
    return Explanation((), tuple(_group(search, history, core) for core in cores))


def describe(group: Group, names: Mapping[int, str] | None = None) -> str:
    """A group in one sentence.

    Args:
        group: of calls and bookings that no order explains.
        names: number of a call to how it is to be named; by default its action and its number.
    """
    names = names or {}
    done, refused, unknown = (
        [
            names.get(call.number, f"{call.action} (exchange {call.number})")
            for call in group.calls
            if call.outcome == outcome
        ]
        for outcome in (DONE, REFUSED, UNKNOWN)
    )
    wanted = {call.span for call in group.calls if call.outcome == DONE}
    took = f"took {_moment(span)}" if len(wanted) == 1 and (span := wanted.pop()) else "succeeded"
    dead = [code for code in group.found if code not in group.live]
    told = [
        f"{_all(done, ' ')}{took}" if done else "",
        f"{_all(refused, ' were ', ' was ')}refused" if refused else "",
        f"{_all(_bookings(group.live), ' were ', ' was ')}found live" if group.live else "",
        f"{_all(_bookings(dead), ' were ', ' was ')}found not to be live" if dead else "",
    ]
    whatever = f", whatever became of {_listed(unknown)}," if unknown else ""
    return f"no order of the calls explains{whatever} that {_listed([text for text in told if text])}"


def _bookings(codes: Sequence[str]) -> list[str]:
    return [f"booking {code}" for code in codes]


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _all(names: Sequence[str], verb: str, singular: str = "") -> str:
    """Some names and the beginning of what all of them have in common: ``A and B were both ``."""
    quantity = {1: "", 2: "both "}.get(len(names), "all ")
    return f"{_listed(names)}{singular if singular and len(names) == 1 else verb}{quantity}"


def _moment(span: Span) -> str:
    start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in (span.start, span.end))
    last = f"{end:%H:%MZ}" if start.date() == end.date() else f"{end:%Y-%m-%dT%H:%MZ}"
    return f"{start:%Y-%m-%dT%H:%MZ} to {last}"


class _Core(NamedTuple):
    """A group, with indices for calls; it has no calls if its bookings contradict each other whatever was answered."""

    calls: tuple[int, ...]
    found: tuple[str, ...]


def _group(search: Search, history: History, core: _Core) -> Group:
    indices = core.calls or sorted({index for code in core.found for index in search.about(code)})
    return Group(
        calls=tuple(search.calls[index] for index in indices),
        found=core.found,
        live=tuple(code for code in core.found if history.after[code] is not None),
    )


class _Contradictions:
    """Finds what contradicts itself in a part of a race that no order explains.

    Args:
        search: answers whether there is an order.
        part: of the race.
    """

    def __init__(self, search: Search, part: Part) -> None:
        self._search = search
        self._part = part
        # Those that stay in a group only if they must come last: calls that were refused, and later ones.
        answered = [index for index in part.calls if search.calls[index].outcome != UNKNOWN]
        self._answered = sorted(answered, key=lambda index: (search.calls[index].outcome != DONE, index))
        self._left_out: set[int] = set()
        self._cores: list[_Core] = []

    def all(self) -> list[_Core]:
        """The groups of the part; one at least."""
        self._cores += self._of_answers()
        told = set(self._about_one_booking())
        told |= {code for code in self._part.found if self._left_out.intersection(self._search.about(code))}
        self._cores += self._of_bookings(told)
        return self._cores

    def _explained(self, calls: Sequence[int], found: Sequence[str]) -> bool:
        return self._search.order(self._part, calls, found) is not None

    def _of_answers(self) -> Iterator[_Core]:
        """Answers that contradict each other; the latest success of each is left out before the next is looked for."""
        for index in self._part.calls:
            if not self._explained([index], ()):
                self._left_out.add(index)
                yield _Core((index,), ())
        while not self._explained(self._kept(self._answered), ()):
            core = self._smallest(self._kept(self._answered), ())
            done = [index for index in core.calls if self._search.calls[index].outcome == DONE]
            self._left_out.add(max(done or core.calls))
            yield core

    def _about_one_booking(self) -> Iterator[str]:
        """Tell of bookings that were found otherwise than the calls that are about them were answered."""
        for code in self._part.found:
            about = [index for index in self._answered if index in self._search.about(code)]
            if not self._explained(about, ()):
                about = self._kept(about)
            if not self._explained(about, (code,)):
                self._tell(self._smallest(about, (code,)))
                yield code

    def _of_bookings(self, told: set[str]) -> Iterator[_Core]:
        """Bookings that contradict what is left; the latest of each group is left out before the next is looked for."""
        calls = self._kept(self._answered)
        found = [code for code in self._part.found if code not in told]
        while not self._explained(calls, found):
            core = self._smallest(calls, found)
            found.remove(core.found[-1])
            yield core

    def _kept(self, calls: Sequence[int]) -> list[int]:
        return [index for index in calls if index not in self._left_out]

    def _tell(self, core: _Core) -> None:
        """Note a group with bookings, unless the answers of the calls that are about them have been told already."""
        about = {*core.calls, *(index for code in core.found for index in self._search.about(code))}
        if not any(about.issuperset(told.calls) for told in self._cores if not told.found):
            self._cores.append(core)

    def _smallest(self, calls: Sequence[int], found: Sequence[str]) -> _Core:
        """Leave out of what contradicts itself all that can be left out."""
        codes = _needed(found, lambda rest: not self._explained(calls, rest))
        indices = _needed(calls, lambda rest: not self._explained(rest, codes))
        return _Core(tuple(sorted(indices)), tuple(code for code in self._part.found if code in codes))


def _needed(things: Sequence[T], enough: Callable[[list[T]], bool]) -> list[T]:
    """Some of the things that are enough, and none of which can be left out, if possible the first of them.

    It goes by halves: what is not needed of one is found out with what is needed of the other.
    """

    def narrow(kept: list[T], rest: list[T], *, grown: bool) -> list[T]:
        if grown and enough(kept):
            return []
        if len(rest) < 2:
            return rest
        first, second = rest[: len(rest) // 2], rest[len(rest) // 2 :]
        of_second = narrow(kept + first, second, grown=True)
        of_first = narrow(kept + of_second, first, grown=bool(of_second))
        return of_first + of_second

    return narrow([], list(things), grown=True)
