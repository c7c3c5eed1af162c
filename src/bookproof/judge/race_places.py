"""Where the calls of a race want bookings to be: names are replaced by numbers, and sets of them by bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bookproof.judge.race_model import CREATE, DONE, MOVE, Call, History, Span


class Place(NamedTuple):
    """A booking at a time that somebody wants for it."""

    booking: int
    span: Span
    host: str
    group: str


class Act(NamedTuple):
    """A call, with numbers for names.

    Attributes:
        booking: that it is about.
        places: where it may lead; of a move that nobody knows of, the same booking or another.
        link: bit of the link that it uses, or 0.
        cap: how many bookings its group takes besides, or None.
    """

    call: Call
    booking: int
    places: tuple[int, ...]
    link: int
    cap: int | None


class Places:
    """The bookings of a race, and all places where they may come to be.

    Args:
        history: the race.
        calls: its calls.

    Attributes:
        codes: of each booking its number.
        acts: the calls.
        held: the places that were held before.
        all: every place.
        of: of each booking its places.
        overlapping: of each place those that overlap it, of the same booking too.
        in_group: of each group its places.
        made_in: of each group the bookings that it counts first.
    """

    def __init__(self, history: History, calls: Sequence[Call]) -> None:
        self.codes: dict[str, int] = {}
        self._index: dict[Place, int] = {}
        links: dict[str, int] = {}
        groups = {call.booking: call.group for call in calls if call.action == CREATE}
        groups |= {held.booking: held.group for held in history.before}
        self.held = [self._place(held.booking, held.span, held.host, held.group) for held in history.before]
        self.acts: list[Act] = []
        for call in calls:
            booking = self._code(call.booking)
            group = call.group or (groups.get(call.booking, "") if call.action == MOVE else "")
            places = [self._place(code, call.span, call.host, group) for code in leads_to(call) if call.span]
            link = 1 << links.setdefault(call.link, len(links)) if call.link else 0
            cap = history.caps.get(call.group) if call.group else None
            self.acts.append(Act(call, booking, tuple(places), link, cap))
        self.all = list(self._index)
        self.of = [self._of(booking) for booking in range(len(self.codes))]
        self.overlapping = [self._overlapped_by(place) for place in self.all]
        self.in_group: dict[str, int] = {}
        for number, place in enumerate(self.all):
            self.in_group[place.group] = self.in_group.get(place.group, 0) | 1 << number
        self.made_in = {group: self._first_counted(groups, group) for group in self.in_group}

    def _code(self, code: str) -> int:
        return self.codes.setdefault(code, len(self.codes))

    def _place(self, code: str, span: Span, host: str, group: str) -> int:
        return self._index.setdefault(Place(self._code(code), span, host, group), len(self._index))

    def _of(self, booking: int) -> int:
        return sum(1 << number for number, place in enumerate(self.all) if place.booking == booking)

    def _overlapped_by(self, one: Place) -> int:
        return sum(
            1 << number
            for number, other in enumerate(self.all)
            if other.host == one.host and other.span.overlaps(one.span)
        )

    def _first_counted(self, groups: dict[str, str], group: str) -> int:
        return sum(1 << self.codes[code] for code, first in groups.items() if first == group)

    @property
    def collisions(self) -> list[tuple[str, str]]:
        """Pairs of bookings that at some place of theirs are in each other's way."""
        names = list(self.codes)
        return [
            (names[one.booking], names[other.booking])
            for number, one in enumerate(self.all)
            for further, other in enumerate(self.all[:number])
            if self.overlapping[number] >> further & 1
        ]

    @property
    def crowded(self) -> list[list[str]]:
        """The bookings of each group whose cap they could reach."""
        names = list(self.codes)
        caps = {act.call.group: act.cap for act in self.acts if act.cap is not None}
        members = {
            group: sorted({names[place.booking] for place in self.all if place.group == group}) for group in caps
        }
        return [codes for group, codes in members.items() if len(codes) > caps[group]]


def leads_to(call: Call) -> tuple[str, ...]:
    """The booking that a create or a move leads to; a move that does not tell may have made one of unknown code."""
    if call.becomes:
        return (call.becomes,)
    return (call.booking, f"made by call {call.number}") if _tells_no_code(call) else (call.booking,)


def _tells_no_code(call: Call) -> bool:
    return call.action == MOVE and call.outcome != DONE
