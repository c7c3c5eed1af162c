"""Makes the plan of a storm before it, and reads the state after it: with the suite's ordinary client and dialect."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bookproof.probes.imatic_v1.booking_reads import WholeList, lists_by_status, whole_list
from bookproof.probes.imatic_v1.openings import find_openings, list_slots
from bookproof.probes.imatic_v1.session import Session
from bookproof.storm.judgement import State
from bookproof.storm.plan import Place, StormPlan
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import LIVE, Booking, Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: What the requests before, and those after a storm are called in the record.
BEFORE, AFTER = "storm.plan", "storm.state"
#: The event types that a storm is on: both are of one host, so that their bookings must not overlap.
EVENT_TYPES = ("main", "sibling")
#: At least and at most so many slots of the main event type, and one for so many users between.
FEWEST_PLACES, MOST_PLACES, USERS_PER_PLACE = 2, 8, 3
#: Bookings that something seems to be wrong with are read by their codes, so many at most.
MOST_READS = 60


def make_plan(session: Session, *, users: int, seconds: float, requests: int, per_minute: float) -> StormPlan:
    """Choose the few slots that everybody will want, so that they collide.

    Raises:
        Untestable: there is no free slot.
        Blocked: the slots cannot be listed.
    """
    session.client.probe = BEFORE
    openings = find_openings(session, "main")
    wanted = min(MOST_PLACES, max(FEWEST_PLACES, users // USERS_PER_PLACE))
    slots: list[Slot] = [openings.take()]
    with suppress(Untestable):
        while len(slots) < wanted:
            slots.append(openings.take())
    places = [_place(openings.rules, slot) for slot in slots]
    sibling = session.target.event_types.get("sibling")
    if sibling:
        places += _beside(session, sibling, sorted(slots)[: max(1, wanted // 2)])
    return StormPlan(
        target=session.target.name,
        marker=secrets.token_hex(3),
        seed=session.seed,
        users=users,
        seconds=seconds,
        requests=requests,
        # What was sent to make the plan counts in the first minute, too.
        per_minute=max(per_minute - len(session.client.exchanges), per_minute / 2),
        places=tuple(places),
    )


def _beside(session: Session, rules: EventTypeRules, slots: Sequence[Slot]) -> list[Place]:
    """For each slot one of another event type of the same host that overlaps it, with another start if there is one."""
    found: list[Place] = []
    for slot in slots:
        exchange = list_slots(
            session, rules, slot.start - timedelta(hours=1), slot.end + timedelta(hours=1), note="slots that overlap"
        )
        try:
            listed = session.api.slots(exchange, rules.durations[0] if rules.durations else None) or []
        except Untestable:
            continue
        overlapping = [other for other in listed if other.overlaps(slot)]
        others = [other for other in overlapping if other.start != slot.start] or overlapping
        if others:
            found.append(_place(rules, others[0]))
    return found


def _place(rules: EventTypeRules, slot: Slot) -> Place:
    return Place(rules.code, slot.start.timestamp(), slot.end.timestamp())


def hosts_of(session: Session) -> frozenset[str]:
    """The codes of the event types of the host whose calendar a storm is on."""
    rules = (session.target.event_types.get(role) for role in EVENT_TYPES)
    return frozenset(rule.code for rule in rules if rule)


def read_state(session: Session, plan: StormPlan) -> State:
    """Read the slots of the storm and the whole list of bookings.

    Raises:
        Blocked: the bookings cannot be listed.
        Unreachable: the target has gone.
    """
    session.client.probe = AFTER
    offered = read_offered(session, plan)
    found = whole_list(session)
    if not found.gap:
        return State(found.bookings, offered=offered)
    # What is too long to be followed is asked for by its live statuses.
    live = lists_by_status(session, sorted(LIVE))
    gap = found.gap if len(live) < len(LIVE) else next((part.gap for part in live.values() if part.gap), "")
    return State(_together([found, *live.values()]), gap, offered=offered)


def _together(lists: Iterable[WholeList]) -> list[Booking]:
    """The bookings of several lists, each once; what a later list says of one stands."""
    by_code: dict[str | int, Booking] = {}
    for found in lists:
        for booking in found.bookings:
            by_code[booking.code or id(booking)] = booking
    return list(by_code.values())


def read_offered(session: Session, plan: StormPlan) -> frozenset[tuple[str, float]] | None:
    """Event type and start of the slots that are listed free where the storm was; None if they cannot be read."""
    offered: set[tuple[str, float]] = set()
    for role in EVENT_TYPES:
        rules = session.target.event_types.get(role)
        places = [place for place in plan.places if rules and place.event_type_code == rules.code]
        for start, end in _windows(places):
            assert rules is not None
            exchange = list_slots(session, rules, start, end, note="slots of the storm")
            try:
                slots = session.api.slots(exchange, rules.durations[0] if rules.durations else None)
            except Untestable:
                return None
            if slots is None:
                return None
            offered |= {(rules.code, slot.start.timestamp()) for slot in slots}
    return frozenset(offered)


def _windows(places: Iterable[Place]) -> Iterable[tuple[datetime, datetime]]:
    """The days on which places lie, each as a window of time."""
    days: dict[int, tuple[float, float]] = {}
    for place in places:
        day = int(place.start // 86_400)
        start, end = days.get(day, (place.start, place.end))
        days[day] = min(start, place.start), max(end, place.end)
    for start, end in days.values():
        yield datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC) + timedelta(hours=1)


def read_by_code(session: Session, state: State, codes: Iterable[str]) -> tuple[State, dict[str, Exchange]]:
    """Read some bookings by their codes, the first of them if there are very many.

    Returns:
        the state with them, and code to the exchange that shows it.
    """
    session.client.probe = AFTER
    read: dict[str, Booking | None] = {}
    exchanges: dict[str, Exchange] = {}
    for code in list(dict.fromkeys(codes))[:MOST_READS]:
        exchange = session.api.call("getBooking", {"bookingCode": code}, note="what is wrong with it?")
        exchanges[code] = exchange
        booking = session.api.booking(exchange)
        if booking is not None:
            # An answer without a code is about the booking that was asked for all the same.
            read[code] = replace(booking, code=booking.code or code)
        elif exchange.status in (404, 410):
            read[code] = None
    return replace(state, read=read), exchanges
