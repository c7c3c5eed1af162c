"""The calendar of the model: what each call of a race may do to it, and when it may be refused.

Where the documents are silent every choice is allowed: cancelling what is not live may be answered as done or refused;
a move may keep the booking or make another of it; a call about a booking that has become another may follow it.

Source: Calendar API & MCP, REST API v1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bookproof.judge.race_model import CREATE, MOVE, SOMEWHERE, Call, History, Span
from bookproof.judge.race_places import Act, Places

_NONE = -1


class State(NamedTuple):
    """The calendar between two calls; sets are kept as bits.

    Attributes:
        live: places that are held.
        made: bookings that are or were there.
        pending: bookings that still have to be confirmed.
        used: links that are used up.
        heirs: booking to the one that a move has made of it, or -1.
    """

    live: int
    made: int
    pending: int
    used: int
    heirs: tuple[int, ...]


class Calendar:
    """The calendars that a race is about.

    Args:
        history: the race.
        calls: its calls; elsewhere they are named by their index in this list.
    """

    def __init__(self, history: History, calls: Sequence[Call]) -> None:
        self._pending_holds = history.pending_holds
        self.places = places = Places(history, calls)
        self._codes, self._acts, self._places = places.codes, places.acts, places.all
        self._of, self._overlapping, self._in_group = places.of, places.overlapping, places.in_group
        # The bookings that calls are about which follow them, and the moves that may be repetitions of others.
        self._changed = sorted({act.booking for act in self._acts if act.call.action != CREATE})
        results = [call.becomes for call in calls]
        self._repeated = [act for act in self._acts if act.call.becomes and results.count(act.call.becomes) > 1]
        live = made = pending = 0
        for held, number in zip(history.before, places.held, strict=True):
            bit = 1 << self._codes[held.booking]
            live, made = live | 1 << number, made | bit
            pending |= bit if held.pending else 0
        self.start = State(live, made, pending, 0, (_NONE,) * len(self._codes))

    def shows(self, state: State, code: str, found: Span | None) -> bool:
        """Whether reading a booking back in this state finds it as it was found.

        Args:
            state: of the calendar.
            code: of the booking.
            found: where it was found live, or None.
        """
        booking = self._codes.get(code)
        held = state.live & self._of[booking] if booking is not None else 0
        if found is None or not held:
            return found is None and not held
        return found == SOMEWHERE or self._places[held.bit_length() - 1].span == found

    def lost(self, state: State, code: str) -> bool:
        """Whether a booking was there and cannot come back."""
        booking = self._codes.get(code)
        return booking is not None and bool(state.made >> booking & 1) and not state.live & self._of[booking]

    def outlook(self, taken: int, state: State) -> tuple[object, ...]:
        """What matters of a state for the calls that are still to come: states that share it end alike.

        Args:
            taken: the calls that have been made already, as bits.
            state: after them.
        """
        if state.heirs == self.start.heirs:
            return taken, state
        ends = tuple([self._live_end(state, booking) for booking in self._changed])
        repeats = tuple([self._has_become(state, act) for act in self._repeated])
        return taken, state.live, state.made, state.pending, state.used, ends, repeats

    def effects(self, index: int, state: State) -> list[State]:
        """The states that a call may lead to if it does what it asks for; none if it cannot."""
        act = self._acts[index]
        match act.call.action:
            case "create":
                return self._created(act, state)
            case "move":
                return self._moved(act, state)
            case "cancel":
                booking = self._live_end(state, act.booking)
                return [] if booking == _NONE else [self._without(state, booking)]
            case _:
                booking = self._live_end(state, act.booking)
                if booking == _NONE or not state.pending >> booking & 1 or self._confirmed_in_the_way(state, booking):
                    return []
                return [state._replace(pending=state.pending & ~(1 << booking))]

    def idle(self, index: int, state: State) -> bool:
        """Whether a call may be answered as done and have no effect: it repeats what has been done."""
        act = self._acts[index]
        match act.call.action:
            case "create":
                return bool(state.made >> act.booking & 1)
            case "move":
                return bool(act.call.becomes) and self._has_become(state, act)
            case "cancel":
                return not state.live & self._of[act.booking]
            case _:
                booking = self._live_end(state, act.booking)
                return booking != _NONE and not state.pending >> booking & 1

    def settled(self, index: int, state: State) -> bool:
        """Whether a call is idle from now on, whatever happens."""
        return self._acts[index].call.action == CREATE and self.idle(index, state)

    def repeats(self, index: int) -> bool:
        """Whether a call may be a create of a booking that something else has made."""
        act = self._acts[index]
        others = [other for other in self._acts if other is not act and other.call.action in {CREATE, MOVE}]
        makers = {self._places[place].booking for other in others for place in other.places}
        return act.call.action == CREATE and bool(self.start.made >> act.booking & 1 or act.booking in makers)

    def refusable(self, index: int, state: State) -> bool:
        """Whether there is a reason to refuse a call."""
        act = self._acts[index]
        live = bool(state.live & self._of[act.booking])
        match act.call.action:
            case "create":
                held = self._holding(state) & self._overlapping[act.places[0]]
                return bool(held or state.used & act.link or self._refusably_full(act, state))
            case "move":
                if not live:
                    return True
                others = self._holding(state) & ~self._of[act.booking]
                return bool(others & self._overlapping[act.places[0]] or self._refusably_full(act, state))
            case "cancel":
                return not live
            case _:
                pending = state.pending >> act.booking & 1
                return not live or not pending or self._confirmed_in_the_way(state, act.booking)

    def _created(self, act: Act, state: State) -> list[State]:
        (place,) = act.places
        bit = 1 << act.booking
        if state.made & bit or state.used & act.link or self._full(act, state):
            return []
        if self._holding(state) & self._overlapping[place]:
            return []
        pending = state.pending | (bit if act.call.pending else 0)
        return [State(state.live | 1 << place, state.made | bit, pending, state.used | act.link, state.heirs)]

    def _moved(self, act: Act, state: State) -> list[State]:
        booking = self._live_end(state, act.booking)
        if booking == _NONE:
            return []
        others = self._holding(state) & ~self._of[booking]
        without = self._without(state, booking)
        found: list[State] = []
        for place in act.places:
            becomes = self._places[place].booking
            bit = 1 << becomes
            # A booking that a move makes is a new one; one that is moved as it is has not become another before.
            new = becomes != act.booking
            if (new and state.made & bit) or (not new and becomes != booking):
                continue
            if others & self._overlapping[place] or self._full(act, without):
                continue
            heirs = (*state.heirs[:booking], becomes, *state.heirs[booking + 1 :]) if new else state.heirs
            pending = without.pending | (bit if state.pending >> booking & 1 else 0)
            found.append(State(without.live | 1 << place, state.made | bit, pending, state.used, heirs))
        return found

    def _without(self, state: State, booking: int) -> State:
        live, pending = state.live & ~self._of[booking], state.pending & ~(1 << booking)
        return State(live, state.made, pending, state.used, state.heirs)

    def _live_end(self, state: State, booking: int) -> int:
        """What a booking has become, or -1 if that is not live."""
        while booking != _NONE and not state.live & self._of[booking]:
            booking = state.heirs[booking]
        return booking

    def _has_become(self, state: State, act: Act) -> bool:
        """Whether the move has been made already, into the booking that this one tells of."""
        becomes = self._codes[act.call.becomes]
        booking = state.heirs[act.booking]
        while booking not in {_NONE, becomes}:
            booking = state.heirs[booking]
        return booking == becomes

    def _holding(self, state: State) -> int:
        """The places that are taken for others."""
        return state.live if self._pending_holds or not state.pending else self._confirmed(state)

    def _confirmed(self, state: State) -> int:
        waiting = 0
        for booking, places in enumerate(self._of):
            waiting |= places if state.pending >> booking & 1 else 0
        return state.live & ~waiting

    def _confirmed_in_the_way(self, state: State, booking: int) -> bool:
        """Whether a booking could not be confirmed because a confirmed one overlaps it."""
        held = state.live & self._of[booking]
        others = self._confirmed(state) & ~self._of[booking]
        return bool(held and others & self._overlapping[held.bit_length() - 1])

    def _full(self, act: Act, state: State) -> bool:
        """Whether a group has reached its cap."""
        return act.cap is not None and (state.live & self._in_group[act.call.group]).bit_count() >= act.cap

    def _refusably_full(self, act: Act, state: State) -> bool:
        """Whether a group has reached its cap if bookings that were cancelled or moved away are counted as well."""
        if act.cap is None:
            return False
        others = ~(1 << act.booking)
        first = state.made & self.places.made_in[act.call.group] & others
        came = [place for number, place in enumerate(self._places) if state.live >> number & 1]
        since = sum(place.group == act.call.group and (others & ~first) >> place.booking & 1 for place in came)
        return first.bit_count() + since >= act.cap
