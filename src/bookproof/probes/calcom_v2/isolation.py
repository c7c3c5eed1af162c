"""The foreign account's key, on things of the main account that are made for it to try."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import event_types, schedules, scopes, webhooks
from bookproof.probes.calcom_v2.asked import asked_already, listed_already
from bookproof.probes.calcom_v2.booking_reads import evidence_or_none
from bookproof.probes.calcom_v2.decisions import Asked, asked_for
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import Begun, Shown, shown
from bookproof.probes.session import FOREIGN
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: What a stranger tries to change things to.
CHANGED = "Bookproof was here"


@dataclass(frozen=True)
class Things:
    """One thing of each kind that belongs to the main account, at the beginning of its life.

    Attributes:
        schedule, event_type: as made by who goes through its life.
        booking: waits for its host.
        webhook: inactive; None where there are no webhooks, or none could be made.
    """

    schedule: Begun
    event_type: Begun
    booking: Asked
    webhook: Begun | None


@probe("isolation.things", safety="write", cost=0, shared=True)
def things(session: Session) -> Things:
    """One thing of each kind, if there is a stranger to try his hands on them."""
    session.role(FOREIGN)
    schedule, event_type = session.need(schedules.begun), session.need(event_types.begun)
    asked = session.need(asked_for)
    session.made(asked.booking.exchange, "uid", "a free slot should be booked")
    webhook = None
    if session.target.has("webhooks"):
        with suppress(Untestable):
            webhook = session.need(webhooks.begun)
    return Things(schedule, event_type, asked, webhook)


@dataclass(frozen=True)
class Lists:
    """Lists as the foreign account sees them, and what must not be in them.

    Attributes:
        ours: operation to the name of the main account's thing.
        shown: operation to the foreign account's list.
        names: operation to the names that it shows.
    """

    ours: dict[str, str] = field(default_factory=dict[str, str])
    shown: dict[str, Exchange] = field(default_factory=dict[str, Exchange])
    names: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


@probe("isolation.lists", safety="write", cost=4)
def lists(session: Session) -> Lists:
    """The foreign account's lists, in which nothing of the main account may be."""
    role, ours = session.role(FOREIGN), session.need(things)
    wanted: dict[str, tuple[dict[str, Any] | None, str]] = {
        "listBookings": (ours.booking.booking.raw, "uid"),
        "listEventTypes": (ours.event_type.shown, "id"),
        "listSchedules": (ours.schedule.shown, "id"),
        "listWebhooks": (ours.webhook.shown if ours.webhook else None, "id"),
    }
    # The newest come first, or all of them at once, so that one page is enough.
    queries = {"listBookings": {"take": 100, "sortCreated": "desc"}}
    seen = Lists()
    for operation, (thing, name) in wanted.items():
        if thing is None or thing.get(name) is None:
            continue
        exchange = session.api.call(operation, query=queries.get(operation), role=role, note="another account's list")
        seen.ours[operation] = str(thing[name])
        seen.shown[operation] = exchange
        seen.names[operation] = {str(item[name]) for item in session.api.many(exchange) if name in item}
    return seen


@dataclass(frozen=True)
class Closed:
    """Attempts on a thing of another account, and how its owner finds it afterwards.

    Attributes:
        attempts: each should be refused.
        before: the members that the attempts would have changed, and their values.
        after: the thing as its owner reads it afterwards.
    """

    attempts: list[Exchange]
    before: Mapping[str, Any]
    after: Shown


@dataclass(frozen=True)
class Tried:
    """A thing of the main account, its id, attempts of the foreign one, and what these would have changed."""

    begun: Begun
    id: Any
    attempts: list[Exchange]
    before: Mapping[str, Any]


def _try(session: Session, begun: Begun, operations: tuple[str, ...], parameter: str, body: dict[str, Any]) -> Tried:
    """Read, change and delete as the foreign account, in this order."""
    role, named = session.role(FOREIGN), {parameter: begun.shown["id"]}
    read, update, delete = operations
    note = "a thing of another account"
    attempts = [
        session.api.call(read, named, role=role, note=note),
        session.api.call(update, named, body=body, role=role, note=note),
        session.api.call(delete, named, role=role, note=note),
    ]
    return Tried(begun, begun.shown["id"], attempts, {name: begun.shown.get(name) for name in body})


@probe("isolation.schedule-tried", safety="write", cost=3, shared=True)
def schedule_tried(session: Session) -> Tried:
    """The foreign account reads, changes and deletes a schedule of the main one."""
    operations = ("getSchedule", "updateSchedule", "deleteSchedule")
    return _try(session, session.need(things).schedule, operations, "scheduleId", {"name": CHANGED})


@probe("isolation.webhook-tried", safety="write", cost=3, capability="webhooks", shared=True)
def webhook_tried(session: Session) -> Tried:
    """The foreign account reads, changes and deletes a webhook of the main one."""
    ours = session.need(things).webhook
    if ours is None:
        raise Untestable("no webhook could be made; see webhooks.create.shape")
    operations = ("getWebhook", "updateWebhook", "deleteWebhook")
    return _try(session, ours, operations, "webhookId", {"triggers": ["BOOKING_CANCELLED"]})


@probe("isolation.event-type-tried", safety="write", cost=3, shared=True)
def event_type_tried(session: Session) -> Tried:
    """The foreign account reads, changes and deletes an event type of the main one."""
    operations = ("getEventType", "updateEventType", "deleteEventType")
    return _try(session, session.need(things).event_type, operations, "eventTypeId", {"title": CHANGED})


def _looked_at(session: Session, tried: Tried, look: str, read: str, parameter: str) -> Closed:
    """How its owner finds a thing after the attempts: as a token of the owner is shown it anyway, else by the key.

    Args:
        session: of the target.
        tried: the thing and the attempts.
        look: operation by which the token is shown it; a list, unless it is ``read``.
        read: operation that reads it by its id.
        parameter: what its id is called there.
    """
    if scopes.matrix in session.plan:
        for wanted in (schedule_tried, webhook_tried, event_type_tried, scopes.matrix):
            evidence_or_none(session, wanted)
    found, last = None, tried.attempts[-1]
    if look == read:
        exchange = asked_already(session, look, last)
        if exchange is not None and exchange.url.endswith(f"/{tried.id}"):
            found = shown(session, exchange)
    elif (listed := listed_already(session, look, last)) is not None:
        each = next((item for item in session.api.many(listed) if item.get("id") == tried.id), None)
        found = Shown(listed, each) if each is not None else None
    after = found or shown(session, session.api.call(read, {parameter: tried.id}, note="still as it was?"))
    tried.begun.touched = _is_touched(tried.attempts[1:], tried.before, after)
    return Closed(tried.attempts, tried.before, after)


def _is_touched(writes: list[Exchange], before: Mapping[str, Any], after: Shown) -> bool:
    """Whether something may no longer be as it was: a write was let in, or its owner does not find it unchanged."""
    return any(write.ok for write in writes) or any(after.get(name) != value for name, value in before.items())


@probe("isolation.schedule", safety="write", cost=1)
def schedule(session: Session) -> Closed:
    """A schedule that the foreign account has tried its hands on."""
    return _looked_at(session, session.need(schedule_tried), "listSchedules", "getSchedule", "scheduleId")


@probe("isolation.booking", safety="write", cost=4)
def booking(session: Session) -> Closed:
    """The foreign account confirms, declines and marks absence in a booking that waits for the main one."""
    role, ours = session.role(FOREIGN), session.need(things).booking
    uid, note = {"bookingUid": ours.booking.uid}, "a booking of another account"
    attempts = [
        session.api.call("markBookingAbsent", uid, body={"host": True}, role=role, note=note),
        session.api.call("confirmBooking", uid, role=role, note=note),
        session.api.call("declineBooking", uid, body={"reason": CHANGED}, role=role, note=note),
    ]
    after = shown(session, session.api.call("getBooking", uid, note="still as it was?"))
    before = {"status": ours.booking.raw.get("status")}
    ours.touched = _is_touched(attempts, before, after)
    return Closed(attempts, before, after)


@probe("isolation.webhook", safety="write", cost=1, capability="webhooks")
def webhook(session: Session) -> Closed:
    """A webhook that the foreign account has tried its hands on."""
    return _looked_at(session, session.need(webhook_tried), "listWebhooks", "getWebhook", "webhookId")


@probe("isolation.event-type", safety="write", cost=1)
def event_type(session: Session) -> Closed:
    """An event type that the foreign account has tried its hands on."""
    return _looked_at(session, session.need(event_type_tried), "getEventType", "getEventType", "eventTypeId")
