"""The foreign account's key, on things of the main account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bookproof.evidence import Afterwards
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import samples
from bookproof.probes.imatic_v1.auth import look_afterwards
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.wire.exchange import Exchange
from bookproof.wire.spoiling import unlike


@dataclass(frozen=True)
class Pair:
    """The same call on a thing of another account, and on one that does not exist."""

    foreign: Exchange
    unknown: Exchange


@probe("isolation.booking", safety="write", cost=2)
def booking(session: Session) -> Pair:
    """A booking of the main account, read by the foreign one; and one that nobody has."""
    _, ours, _ = samples.live_booking(session)
    role = session.role("foreign")

    def read(code: str | None, note: str) -> Exchange:
        return session.api.call("getBooking", {"bookingCode": code}, role=role, note=note)

    return Pair(read(ours.code, "another account's booking"), read(unlike(str(ours.code)), "nobody's booking"))


@dataclass(frozen=True)
class Touched:
    """Attempts to cancel and move a booking of another account, and the state after them."""

    attempts: list[Exchange]
    after: Afterwards


@probe("isolation.touch-booking", safety="write", cost=4)
def touch_booking(session: Session) -> Touched:
    """The foreign account tries to move and to cancel a booking of the main one."""
    found, ours, _ = samples.live_booking(session)
    role = session.role("foreign")
    note = "another account's booking"
    move = {"bookingCode": ours.code, "start": found.free.start}
    moved = session.api.call("rescheduleBooking", move, role=role, note=note)
    cancelled = session.api.call("cancelBooking", {"bookingCode": ours.code}, role=role, note=note)
    return Touched([moved, cancelled], look_afterwards(session, [moved, cancelled]))


@probe("isolation.event-type", safety="write", cost=5)
def event_type(session: Session) -> list[Exchange]:
    """The foreign account reads, books and links an event type of the main one."""
    role = session.role("foreign")
    chosen = ("getEventType", "listSlots", "createBooking", "createEventLink")
    return [
        samples.attempt(session, operation.id, arguments, role=role, note="another account's event type")
        for operation, arguments in samples.callable_operations(session)
        if operation.id in chosen
    ]


@dataclass(frozen=True)
class Lists:
    """Lists as the foreign account sees them, and what must not be in them.

    Attributes:
        ours: operation to the codes of the main account's things.
        shown: operation to the exchanges of the foreign account's list.
        codes: operation to the codes that these show.
    """

    ours: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    shown: dict[str, list[Exchange]] = field(default_factory=dict[str, list[Exchange]])
    codes: dict[str, set[str]] = field(default_factory=dict[str, set[str]])


@probe("isolation.lists", safety="write", cost=4)
def lists(session: Session) -> Lists:
    """The foreign account's lists, in which nothing of the main account may be."""
    found, ours, _ = samples.live_booking(session)
    role = session.role("foreign")
    wanted = {
        "listBookings": ("booking", "code", ours.code),
        "listEventTypes": ("eventType", "code", found.rules.code),
        "listWebhooks": ("webhook", "id", found.webhook_id),
    }
    seen = Lists()
    for operation, (kind, name, code) in wanted.items():
        if code is None:
            continue
        exchanges = session.api.all_pages(operation, role=role, note="another account's list")
        items = [item for exchange in exchanges for item in session.api.items(exchange) or ()]
        seen.ours[operation] = {str(code)}
        seen.shown[operation] = exchanges
        seen.codes[operation] = _codes(session, kind, name, items)
    return seen


def _codes(session: Session, kind: str, name: str, items: list[Any]) -> set[str]:
    found = (session.api.field(kind, name, item) for item in items)
    return {str(code) for code in found if code is not MISSING}


@dataclass(frozen=True)
class Closed:
    """Attempts on a thing of another account, and how its owner finds it afterwards.

    ``nothing_shown``: the first attempt was answered with an empty list, which gives nothing away.
    """

    attempts: list[Exchange]
    afterwards: Exchange
    still_there: bool | None
    nothing_shown: bool = False


@probe("isolation.link", safety="write", cost=3, capability="links")
def link(session: Session) -> Closed:
    """The foreign account lists and revokes a link of the main one."""
    found, _, _ = samples.live_booking(session)
    if found.link_code is None:
        raise samples.no_sample("link")
    role, code = session.role("foreign"), {"eventTypeCode": found.rules.code}
    note = "another account's link"
    attempts = [
        session.api.call("listEventLinks", code, role=role, note=note),
        session.api.call("revokeEventLink", {"linkCode": found.link_code}, role=role, note=note),
    ]
    after = session.api.all_pages("listEventLinks", code, note="is the link still there?")[-1]
    items = session.api.items(after)
    there = None
    if items is not None:
        shown = [item for item in items if session.api.field("link", "code", item) == found.link_code]
        # A link that is not shown at all says nothing here: links.create.listed judges that.
        there = any(session.api.field("link", "revoked", item) is not True for item in shown) if shown else None
    return Closed(attempts, after, there, nothing_shown=session.api.items(attempts[0]) == [])


@probe("isolation.webhook", safety="write", cost=3, capability="webhooks")
def webhook(session: Session) -> Closed:
    """The foreign account reads and deletes a webhook of the main one."""
    found, _, _ = samples.live_booking(session)
    if found.webhook_id is None:
        raise samples.no_sample("webhook")
    role, identity = session.role("foreign"), {"webhookId": found.webhook_id}
    note = "another account's webhook"
    attempts = [session.api.call(name, identity, role=role, note=note) for name in ("getWebhook", "deleteWebhook")]
    after = session.api.call("getWebhook", identity, note="is the webhook still there?")
    return Closed(attempts, after, None if after.status not in (200, 404) else after.ok)
