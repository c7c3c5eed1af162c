"""Webhook subscriptions: their life, the triggers that they may name, and what is refused.

Source: Everything an AI agent can do with the Cal.com API, Webhooks. These subscriptions are not active, so that
nothing is ever sent to their addresses; example.com is reserved for such uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.asked import listed_already
from bookproof.probes.calcom_v2.harmless import NOBODYS_UUID
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import Begun
from bookproof.wire.exchange import Exchange

#: The triggers that the document lists.
DOCUMENTED_TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_PAID",
    "MEETING_STARTED",
    "MEETING_ENDED",
    "RECORDING_READY",
    "FORM_SUBMITTED",
    "OOO_CREATED",
)
CHANGED_TRIGGERS = ("BOOKING_CANCELLED", "BOOKING_RESCHEDULED")
#: A name that no trigger has, beside a right one.
UNKNOWN_TRIGGER = "BOOKING_EXPLODED"
NO_URL = "not a url"
#: Where clouds tell their machines secrets.
UNSAFE_URL = "http://169.254.169.254/latest/meta-data/"


def url(session: Session, name: str) -> str:
    """An address of the run: a server takes each address only once."""
    return f"https://example.com/{session.unique(name)}"


def subscribe(session: Session, where: str, triggers: Sequence[str], note: str, **more: Any) -> Exchange:
    """Try to subscribe an address; ``more`` are members of the body, None leaves one out."""
    body = {"subscriberUrl": where, "triggers": list(triggers), "active": False, **more}
    kept = {name: value for name, value in body.items() if value is not None}
    return session.create("createWebhook", body=kept, note=note)


def unsubscribe(session: Session, exchange: Exchange) -> Exchange | None:
    """Delete what a subscription's answer says was made; None if that is nothing."""
    identity = session.api.one(exchange).get("id")
    return None if identity is None else session.remove("webhook", str(identity), note="the subscription ends")


@dataclass(frozen=True)
class Life:
    """One subscription from its creation to its end.

    Attributes:
        every: the answer to its creation with every documented trigger.
        create: the answer that made it; the same, unless that was refused.
        asked: the body it was made with.
        lists: the answer of the list afterwards.
        listed: whether the list has it.
        twice: the answer to subscribing its URL once more.
        update: the answer to a change of its URL and its triggers.
        wanted: URL and triggers after that.
        changed: as read after that.
        delete: the answer to its deletion.
        gone: the answer to reading it after that.
        made, read: the subscription as the answers ``create`` and ``changed`` show it.
    """

    every: Exchange
    create: Exchange
    asked: dict[str, Any]
    lists: Exchange
    listed: bool
    twice: Exchange
    update: Exchange
    wanted: dict[str, Any]
    changed: Exchange
    delete: Exchange
    gone: Exchange
    made: dict[str, Any]
    read: dict[str, Any]


@dataclass
class First(Begun):
    """The subscription whose life is gone through; ``every``: the answer to every documented trigger."""

    every: Exchange | None = None


def _begin(session: Session, name: str) -> First:
    asked: dict[str, Any] = {
        "subscriberUrl": url(session, name),
        "triggers": list(DOCUMENTED_TRIGGERS),
        "secret": session.tape.secret(16),
        "active": False,
    }
    create = every = session.create("createWebhook", body=asked, note="every documented trigger")
    if every.refused:
        asked["triggers"] = list(DOCUMENTED_TRIGGERS[:1])
        create = session.create("createWebhook", body=asked, note="one trigger")
    return First(asked, create, session.made(create, "id", "a subscription should be made"), every=every)


@probe("webhooks.made", safety="write", cost=3, capability="webhooks", creates="a webhook", shared=True)
def begun(session: Session) -> First:
    """Subscribe to every documented trigger; to one of them, if that is refused."""
    return _begin(session, "hook")


@probe("webhooks.life", safety="write", cost=9, capability="webhooks", creates="a webhook, deleted again")
def life(session: Session) -> Life:
    """List a subscription, subscribe the same once more, change, read, delete, and look whether it is gone."""
    own = session.need(begun)
    if own.touched:
        own = _begin(session, "hook-anew")
    asked, create, every, made = own.sent, own.made, own.every or own.made, own.shown
    target = {"webhookId": made["id"]}
    lists = listed_already(session, "listWebhooks", own.made) or session.api.call("listWebhooks")
    twice = subscribe(session, asked["subscriberUrl"], DOCUMENTED_TRIGGERS[:1], "the same URL once more")
    unsubscribe(session, twice)
    wanted = {"subscriberUrl": url(session, "moved-hook"), "triggers": list(CHANGED_TRIGGERS)}
    update = session.api.call("updateWebhook", target, body=wanted, note="another URL and other triggers")
    changed = session.api.call("getWebhook", target, note="after the change")
    delete = session.remove("webhook", str(made["id"]))
    gone = session.api.call("getWebhook", target, note="after the deletion")
    return Life(
        every,
        create,
        asked,
        lists,
        any(item.get("id") == made["id"] for item in session.api.many(lists)),
        twice,
        update,
        wanted,
        changed,
        delete,
        gone,
        made,
        session.api.one(changed),
    )


@dataclass(frozen=True)
class Refusals:
    """Subscriptions that should be refused, or of which the documents and real servers say different things."""

    unknown_trigger: Exchange
    without_active: Exchange
    no_url: Exchange
    unsafe_url: Exchange


@probe("webhooks.refusals", safety="write", cost=8, capability="webhooks")
def refusals(session: Session) -> Refusals:
    """Try to subscribe what should not be; what is accepted is deleted at once."""
    session.need(life)
    one = DOCUMENTED_TRIGGERS[:1]
    tried = Refusals(
        subscribe(session, url(session, "unknown"), (*one, UNKNOWN_TRIGGER), "a trigger that does not exist"),
        subscribe(session, url(session, "silent"), one, "without a word on whether it is active", active=None),
        subscribe(session, NO_URL, one, "no URL"),
        subscribe(session, UNSAFE_URL, one, "an address of a cloud's own"),
    )
    for exchange in (tried.unknown_trigger, tried.without_active, tried.no_url, tried.unsafe_url):
        unsubscribe(session, exchange)
    return tried


@probe("errors.unknown-webhook", safety="write", cost=1, capability="webhooks")
def unknown(session: Session) -> Exchange:
    """A webhook that does not exist, read: the one that was deleted, if it was not found, else one that never was."""
    ended = session.known(life)
    if ended is not None and ended.gone.status == 404:
        return ended.gone
    return session.api.call("getWebhook", {"webhookId": NOBODYS_UUID}, note="no such webhook")
