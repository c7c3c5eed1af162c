"""The header that pins a request to a date: the family's own, the first, another's, one that does not exist, none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import Probe, probe
from bookproof.probes.calcom_v2 import event_types as own_event_types
from bookproof.probes.calcom_v2 import isolation
from bookproof.probes.calcom_v2.account import own_identity
from bookproof.probes.calcom_v2.asked import asked_already
from bookproof.probes.calcom_v2.auth import OTHER_DATE, revoked_at_once, sample
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.schedules import begun as own_schedule
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.webhooks import begun as own_webhook
from bookproof.targets.dialects.calcom_v2 import PAYLOAD_VERSION, VERSION_HEADER
from bookproof.targets.views import utc
from bookproof.wire.exchange import Exchange

#: The date of the first shapes, which a request gets that names none.
FIRST = "2024-04-15"
#: What no API was ever dated by.
NEVER = "2099-12-31"
BOOKINGS, BOOKINGS_BEFORE = "2026-02-25", "2024-08-13"
EVENT_TYPES = "2024-06-14"
SCHEDULES, SCHEDULES_LATER = "2024-06-11", "2024-06-14"
SLOTS = "2024-09-04"
#: A user's default schedule stands at this path at every date that schedules have.
_DEFAULT_SCHEDULE = "/v2/schedules/default"


@dataclass(frozen=True)
class Dated:
    """An answer at a date.

    Attributes:
        date: as sent; None where no header was, "" where it was empty.
        exchange: the answer.
        data: what it holds, or :data:`MISSING`.
    """

    date: str | None
    exchange: Exchange
    data: Any


def _ask(session: Session, operation: str, date: str | None, **call: Any) -> Dated:
    said = "no date" if date is None else f"date {date}" if date else "an empty date"
    exchange = session.api.call(operation, version=date, note=said, **call)
    return Dated(date, exchange, session.api.data(exchange))


@dataclass(frozen=True)
class Families:
    """Lists of bookings and event types, and the default schedule if it was asked for, each at some date."""

    bookings: Dated
    event_types: Dated
    schedule: Dated | None = None


def _lists(session: Session, bookings: str | None, event_types: str | None) -> tuple[Dated, Dated]:
    return (
        _ask(session, "listBookings", bookings, query={"take": 1}),
        _ask(session, "listEventTypes", event_types),
    )


@probe("versions.absent", cost=3)
def absent(session: Session) -> Families:
    """Three families without a date."""
    return Families(*_lists(session, None, None), _ask(session, "listSchedules", None, path=_DEFAULT_SCHEDULE))


@probe("versions.unknown", cost=2)
def unknown(session: Session) -> Families:
    """Bookings at a day to come, at which nothing was ever dated, and event types at an empty date."""
    return Families(*_lists(session, NEVER, ""))


@probe("versions.first", cost=2, capability="legacy")
def first(session: Session) -> Families:
    """Bookings and event types at the first date."""
    return Families(*_lists(session, FIRST, FIRST))


@probe("versions.elsewhere", cost=2)
def elsewhere(session: Session) -> list[Dated]:
    """Event types at a date of bookings, schedules at that of slots."""
    return [_ask(session, "listEventTypes", BOOKINGS_BEFORE), _ask(session, "listSchedules", SLOTS)]


@probe("versions.bookings", cost=1)
def bookings(session: Session) -> Dated:
    """Bookings at their date, as a token was shown them, if it was."""
    return _listed(session, "listBookings", BOOKINGS, query={"take": 2})


@dataclass(frozen=True)
class Alike:
    """One thing, or one list, at two dates; and the ids of what was changed in between."""

    one: Dated
    other: Dated
    changed: frozenset[str] = frozenset()


@probe("versions.bookings-alike", safety="write", cost=2)
def bookings_alike(session: Session) -> Alike:
    """One booking at both of the dates that bookings have, the later as its host has read it, if so."""
    looked = session.known(isolation.booking)
    read = looked.after if looked else None
    if read and read.exchange.ok and read.get("uid"):
        one = Dated(BOOKINGS, read.exchange, session.api.data(read.exchange))
        return Alike(one, _ask(session, "getBooking", BOOKINGS_BEFORE, parameters={"bookingUid": read.get("uid")}))
    uid = {"bookingUid": session.need(sample).booking}
    one, other = (_ask(session, "getBooking", date, parameters=uid) for date in (BOOKINGS, BOOKINGS_BEFORE))
    return Alike(one, other)


@probe("versions.event-types", cost=1)
def event_types(session: Session) -> Dated:
    """Event types at their date, as their owner has listed them, if so."""
    life = session.known(own_event_types.life)
    if life and life.own.exchange.ok and life.own.exchange.request_headers.get(VERSION_HEADER) == EVENT_TYPES:
        return Dated(EVENT_TYPES, life.own.exchange, life.own.data)
    return _ask(session, "listEventTypes", EVENT_TYPES)


@probe("versions.schedules", cost=2)
def schedules(session: Session) -> Alike:
    """Schedules at both of the dates that they have, the first as a token was shown them, if it was."""
    one, own = _listed(session, "listSchedules", SCHEDULES), session.known(own_schedule)
    changed = frozenset({str(own.shown["id"])}) if own else frozenset[str]()
    return Alike(one, _ask(session, "listSchedules", SCHEDULES_LATER), changed)


def _listed(session: Session, operation: str, date: str, own: Probe[Any] | None = None, **call: Any) -> Dated:
    """A list at its own date; the one that a token of the account was shown already, if there is one.

    Unless strangers have changed since then what a probe, ``own``, has made.
    """
    begun = session.known(own) if own else None
    asked = None if begun and begun.touched else asked_already(session, operation)
    if asked and asked.ok and asked.request_headers.get(VERSION_HEADER) == date:
        return Dated(date, asked, session.api.data(asked))
    return _ask(session, operation, date, **call)


@probe("versions.slots", safety="write", cost=0)
def slots(session: Session) -> Dated:
    """The slots of the run's event type at their date, as they were listed already."""
    listed = session.need(grounds).main.listed
    assert listed is not None, "the main event type has its slots listed"
    return Dated(SLOTS, listed, session.api.data(listed))


@probe("versions.slots-without", safety="write", cost=1)
def slots_without(session: Session) -> Dated:
    """Slots without a date."""
    main, start = session.need(grounds).main, utc(session.need(sample).free)
    return _ask(session, "listSlots", None, query={"eventTypeId": main.id, "start": start, "end": start})


@probe("versions.webhooks", cost=2, capability="webhooks")
def webhooks(session: Session) -> Alike:
    """Webhooks at the date of their payloads, and without any."""
    return Alike(_listed(session, "listWebhooks", PAYLOAD_VERSION, own_webhook), _ask(session, "listWebhooks", None))


@dataclass(frozen=True)
class Profile:
    """A profile at some date; ``shown`` is that of the greeting."""

    shown: dict[str, Any]
    dated: Dated


@probe("versions.me", cost=1)
def me(session: Session) -> Profile:
    """The profile at a date of another family, as another key of the account was shown it, if it was."""
    found, keys = session.need(own_identity), session.known(revoked_at_once)
    if keys and keys.new and keys.new.ok:
        return Profile(found.shown, Dated(OTHER_DATE, keys.new, session.api.data(keys.new)))
    return Profile(found.shown, _ask(session, "getMe", OTHER_DATE))
