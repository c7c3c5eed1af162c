"""Lists of slots as evidence: what was asked, and which slots the answer shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bookproof.probes.base import Blocked
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot, instant
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Item:
    """One slot as an answer writes it: the date that it stands under, its start and its end ("" where not shown)."""

    day: str
    start: str
    end: str


@dataclass(frozen=True)
class Asked:
    """One question for slots and its answer.

    Attributes:
        rules: of the event type asked about.
        start, end: the asked range, as instants.
        exchange: the question and the answer.
        items: as written.
        slots: as instants, in order; an end that is not shown is the length of the event type after the start.
    """

    rules: EventTypeRules
    start: datetime
    end: datetime
    exchange: Exchange
    items: Sequence[Item]
    slots: Sequence[Slot]


def items_of(session: Session, exchange: Exchange) -> list[Item]:
    """Every slot of an answer as it is written; what is no object with a start is passed over."""
    days = session.api.one(exchange).items()
    slots = [(day, slot) for day, listed in days if isinstance(listed, list) for slot in cast("list[Any]", listed)]
    found = [(day, cast("dict[str, Any]", slot)) for day, slot in slots if isinstance(slot, dict)]
    return [Item(day, str(slot["start"]), str(slot.get("end") or "")) for day, slot in found if slot.get("start")]


def asked(session: Session, rules: EventTypeRules, start: datetime, end: datetime, exchange: Exchange) -> Asked:
    """A question with its answer.

    Raises:
        Blocked: slots were not listed.
    """
    if not exchange.ok:
        raise Blocked("the slots of an event type should be listed", exchange)
    items, slots = items_of(session, exchange), list[Slot]()
    for item in items:
        begins, ends = instant(item.start), instant(item.end)
        if begins:
            slots.append(Slot(begins, ends or begins + timedelta(minutes=rules.durations[0])))
    return Asked(rules, start, end, exchange, items, sorted(slots))
