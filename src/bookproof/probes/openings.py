"""Openings: the free slots that probes book, so that no two probes want the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from bookproof.probes.base import Blocked, probe
from bookproof.probes.session import Session
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: How many days of slots a probe asks for; if the API refuses so many, the next smaller number.
SPANS = (14, 7, 1)


class Openings:
    """The free slots of one event type, handed out one by one with room between them.

    Args:
        rules: of the event type.
        exchange: the answer that listed the slots.
        slots: sorted, as listed.
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
        self._zone = session.zone(rules)
        self._taken: list[Slot] = []
        buffers = max(rules.buffer_before or 0, rules.buffer_after or 0)
        self._room = timedelta(minutes=buffers + 60)

    def take(self, among: Iterable[Slot] | None = None) -> Slot:
        """A free slot that no other probe gets, far enough from those that others got.

        Args:
            among: the slots to choose from, the most wanted first; by default all, in order.

        Raises:
            Untestable: there is none left.
        """
        for slot in self.slots if among is None else among:
            near = [t for t in self._taken if slot.start < t.end + self._room and t.start < slot.end + self._room]
            day = slot.start.astimezone(self._zone).date()
            that_day = sum(t.start.astimezone(self._zone).date() == day for t in self._taken)
            if not near and (self.rules.daily_cap is None or that_day < self.rules.daily_cap):
                self._taken.append(slot)
                return slot
        raise Untestable(
            f"event type {self.rules.code} has too few free slots for the suite (it found {len(self.slots)} in the "
            "days asked for): give it more hours"
        )

    def day_of(self, slot: Slot) -> str:
        """The local date of a slot, ISO."""
        return slot.start.astimezone(self._zone).date().isoformat()


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
    for days in dict.fromkeys(max(1, min(span, most)) for span in SPANS):
        end = start + timedelta(days=days)
        exchange = list_slots(session, rules, start, end, note="openings")
        slots = session.api.slots(exchange, rules.durations[0] if rules.durations else None)
        if slots:
            return Openings(session, rules, exchange, slots, start, end)
        if slots is not None:
            raise Untestable(f"event type {rules.code} lists no free slot from {start:%Y-%m-%d} on: give it hours")
        if not exchange.refused:
            raise Blocked("slots should be listed", exchange)
    raise Untestable(f"event type {rules.code}: no range of slots is accepted, not even one day")


@probe("openings.main", shared=True, cost=3)
def main(session: Session) -> Openings:
    """The free slots of the main event type."""
    return find_openings(session, "main")
