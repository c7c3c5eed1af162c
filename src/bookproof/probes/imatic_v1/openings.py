"""Openings: the free slots that probes book, so that no two probes want the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from bookproof.probes.base import Blocked, probe
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: How many days of slots a probe asks for; if the API refuses so many, the next smaller number.
SPANS = (14, 7, 1)


class Openings:
    """The free slots of one event type, handed out one by one with room between them.

    Args:
        rules: of the event type.
        exchange: the answer that listed the slots.
        slots: sorted, as listed; at least one. The session's seed says with which of them to begin.
        start, end: the range that was asked for, as instants.
    """

    def __init__(
        self,
        session: Session,
        rules: EventTypeRules,
        exchange: Exchange,
        slots: list[Slot],
        start: datetime,
        end: datetime,
    ) -> None:
        self.rules = rules
        self.exchange = exchange
        self.slots = slots
        self.start = start
        self.end = end
        self._tape = session.tape
        self._zone = session.zone(rules)
        self._taken: list[Slot] = []
        turn = session.seed % len(slots)
        self._in_turn = [*slots[turn:], *slots[:turn]]
        self._buffers = timedelta(minutes=max(rules.buffer_before or 0, rules.buffer_after or 0))
        self._room = self._buffers + timedelta(hours=1)

    def take(self, among: Iterable[Slot] | None = None, *, close: bool = False) -> Slot:
        """A free slot that no other probe gets, far enough from those that others got.

        Args:
            among: the slots to choose from, the most wanted first; by default all, in order.
            close: whether it may lie as close to others as the buffers allow.

        Raises:
            Untestable: there is none left.
        """
        found = self._tape.times("opening", lambda: self._next(self._in_turn if among is None else among, close))
        if not found:
            raise Untestable(
                f"event type {self.rules.code} has too few free slots for the suite (it found {len(self.slots)} in the "
                "days asked for): give it more hours"
            )
        self._taken.append(Slot(*found))
        return self._taken[-1]

    def _next(self, among: Iterable[Slot], close: bool) -> tuple[datetime, ...]:
        """Start and end of the first slot that may be given; nothing if there is none."""
        for slot in among:
            day = slot.start.astimezone(self._zone).date()
            that_day = sum(t.start.astimezone(self._zone).date() == day for t in self._taken)
            if self.clear(slot, close=close) and (self.rules.daily_cap is None or that_day < self.rules.daily_cap):
                return slot.start, slot.end
        return ()

    def clear(self, slot: Slot, *, close: bool = False) -> bool:
        """Whether a slot, of this or another event type, is far enough from those that probes got."""
        room = self._buffers if close else self._room
        return not any(slot.start < t.end + room and t.start < slot.end + room for t in self._taken)

    def reserve(self, slot: Slot) -> None:
        """Keep probes away from a time that is taken by another event type, which may be of the same host."""
        self._taken.append(slot)


def first_day(session: Session, rules: EventTypeRules) -> datetime:
    """The local midnight from which the suite books: beyond tomorrow and beyond the minimum notice."""
    earliest = session.now() + timedelta(days=1, minutes=rules.minimum_notice or 0)
    zone = session.zone(rules)
    local = earliest.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(local, time(), zone).astimezone(UTC)


def list_slots(session: Session, rules: EventTypeRules, start: datetime, end: datetime, **more: str | int) -> Exchange:
    """Ask for the slots of an event type between two instants."""
    note = str(more.pop("note", ""))
    return session.api.list_slots({"eventTypeCode": rules.code, "start": start, "end": end, **more}, note=note)


def still_listed(session: Session, rules: EventTypeRules, slot: Slot) -> tuple[Exchange, bool | None]:
    """Whether a slot is listed now: the answer, and None if it holds no list of slots."""
    # Wider than the slot: a server that shows slots too short or too long is judged for that elsewhere.
    exchange = list_slots(session, rules, slot.start, slot.end + timedelta(hours=1), note="still free?")
    listed = session.api.slots(exchange, None)
    return exchange, None if listed is None else any(other.start == slot.start for other in listed)


def find_openings(session: Session, role: str) -> Openings:
    """List the free slots of the event type of a role, over as many days as the API and the notice allow.

    Raises:
        Untestable: the target file names no such event type, or it has no free slot.
        Blocked: the slots cannot be listed.
    """
    rules = session.event_type(role)
    start = first_day(session, rules)
    most = SPANS[0] if rules.maximum_notice is None else rules.maximum_notice - (rules.minimum_notice or 0) // 1440 - 3
    refused: Exchange | None = None
    for days in dict.fromkeys(max(1, min(span, most)) for span in SPANS):
        exchange, slots = _list_days(session, rules, start, days)
        if slots is None and not exchange.refused:
            raise Blocked(
                "slots should be listed where the bindings of lists and slots say, their times with a zone",
                exchange,
            )
        if slots is None:
            refused = exchange
            continue
        end = start + timedelta(days=max(days, _walked(days)))
        if not slots:
            raise Untestable(
                f"event type {rules.code} lists no free slot from {utc(start)} to {utc(end)}: give it hours"
            )
        return Openings(session, rules, exchange, slots, start, end)
    assert refused is not None
    raise Blocked("a range of slots should be accepted (is [bindings.operations.listSlots] right?)", refused)


def _walked(days: int) -> int:
    """How many days are asked for one by one, where the API gives no longer range: a week, for its open days."""
    return 7 if days == 1 else days


def _list_days(
    session: Session, rules: EventTypeRules, start: datetime, days: int
) -> tuple[Exchange, list[Slot] | None]:
    """The slots of a span, or of the days of a week one by one; None if the first answer holds no list of slots."""
    minutes = rules.durations[0] if rules.durations else None
    exchange = list_slots(session, rules, start, start + timedelta(days=days), note="openings")
    slots = session.api.slots(exchange, minutes)
    for number in range(1, _walked(days) if days == 1 and slots is not None else 1):
        day = start + timedelta(days=number)
        exchange = list_slots(session, rules, day, day + timedelta(days=1), note="openings")
        slots = [*(slots or ()), *(session.api.slots(exchange, minutes) or ())]
    return exchange, slots


@probe("openings.main", shared=True, cost=9)
def main(session: Session) -> Openings:
    """The free slots of the main event type."""
    return find_openings(session, "main")
