"""Requests that are wrong in one way each, and codes that nothing has."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import openings, samples
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import plant
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange
from bookproof.wire.spoiling import unlike

UNKNOWN_ZONE = "Mars/Olympus_Mons"
#: Text that is no date in any form, and a date that the calendar does not have.
NO_DATE = "not-a-date"
NO_SUCH_DATE = "2027-02-30T10:00:00Z"
#: Letters outside ASCII, right-to-left writing, an emoji of several code points and a combining accent.
ODD_NAME = "Zoë Ångström 李雷 مرحبا 👩‍🔬 e\u0301"


def _spoil(session: Session, rules: EventTypeRules, slot: Slot) -> dict[str, Any]:
    return session.api.body_of("createBooking", session.booking_arguments(rules, slot.start))


def _try(session: Session, rules: EventTypeRules, slot: Slot, note: str, **call: Any) -> Exchange:
    """Try to book with a spoilt body; what is accepted is cancelled at once, so that the slot stays free."""
    exchange = session.create("createBooking", session.booking_arguments(rules, slot.start), note=note, **call)
    booking = session.api.booking(exchange)
    if booking and booking.code:
        session.cancel(booking.code, note="should not have been booked")
    return exchange


def _without(body: dict[str, Any], places: Iterable[str]) -> dict[str, Any]:
    """A body without some fields; an object that is empty then goes too."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for place in places:
        *way, last = place.split(".")
        chain = [copy]
        for step in way:
            chain.append(chain[-1].get(step, {}))
        chain[-1].pop(last, None)
        for step, parent, child in zip(reversed(way), reversed(chain[:-1]), reversed(chain[1:]), strict=True):
            if not child:
                parent.pop(step, None)
    return copy


def _with(body: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(body))
    plant(copy, place, value)
    return copy


@dataclass(frozen=True)
class Invalid:
    """Creates that should be refused as invalid, by the way in which each is wrong, and the slot they tried to take."""

    malformed: list[Exchange]
    missing: list[Exchange]
    wrong_type: list[Exchange]
    no_date: list[Exchange]
    past: list[Exchange]
    bad_email: list[Exchange]
    slot: Slot
    rules: EventTypeRules

    @property
    def all(self) -> list[Exchange]:
        """Every attempt."""
        return [*self.malformed, *self.missing, *self.wrong_type, *self.no_date, *self.past, *self.bad_email]


@probe("errors.invalid-bookings", safety="write", cost=14)
def invalid_bookings(session: Session) -> Invalid:
    """Creates that are wrong in one way each, all for one free slot."""
    found = session.need(openings.main)
    rules, slot = found.rules, found.take()
    body = _spoil(session, rules, slot)
    place = {name: session.api.binding.body_place("createBooking", name) for name in _ARGUMENTS}

    def attempt(note: str, spoilt: Any) -> Exchange:
        return _try(session, rules, slot, note, body=spoilt)

    attendee = [place[name] for name in ("attendeeName", "attendeeEmail", "attendeeTimeZone") if place[name]]
    missing = {"event type": [place["eventTypeCode"]], "start": [place["start"]], "attendee": attendee}
    wrong: dict[str, Any] = {"start": True, "eventTypeCode": ["x"], "attendeeName": ["a", "list"]}
    container = place["attendeeName"].rpartition(".")[0]
    past = session.booking_arguments(
        rules, slot.start - timedelta(days=7 * (2 + (slot.start - session.now()).days // 7))
    )
    return Invalid(
        malformed=[_try(session, rules, slot, "a body cut off", raw_body=json.dumps(body).encode()[:-2])],
        missing=[
            attempt(f"no {what}", _without(body, places)) for what, places in missing.items() if places and places[0]
        ],
        wrong_type=[
            attempt(f"{name} of a wrong type", _with(body, place[name], value))
            for name, value in wrong.items()
            if place[name]
        ]
        + ([attempt("text instead of the attendee", _with(body, container, "somebody"))] if container else []),
        no_date=[attempt(f"{NO_SUCH_DATE} as start", _with(body, place["start"], NO_SUCH_DATE))]
        if place["start"]
        else [],
        past=[attempt("a start in the past", session.api.body_of("createBooking", past))],
        bad_email=[attempt("no e-mail address", _with(body, place["attendeeEmail"], "not-an-address"))]
        if place["attendeeEmail"]
        else [],
        slot=slot,
        rules=rules,
    )


_ARGUMENTS = ("eventTypeCode", "start", "attendeeName", "attendeeEmail", "attendeeTimeZone")


@dataclass(frozen=True)
class StillFree:
    """The slot that refused creates tried to take, afterwards; None if the slots could not be listed."""

    attempts: list[Exchange]
    exchange: Exchange
    slot: Slot
    free: bool | None


@probe("errors.invalid-afterwards", safety="write", cost=1)
def invalid_afterwards(session: Session) -> StillFree:
    """Whether the slot of the invalid creates is still free."""
    tried = session.need(invalid_bookings)
    slot = tried.slot
    exchange, free = openings.still_listed(session, tried.rules, slot)
    return StillFree([attempt for attempt in tried.all if attempt.refused], exchange, slot, free)


@probe("errors.bad-dates", safety="write", cost=3)
def bad_dates(session: Session) -> list[Exchange]:
    """Text that is no date, as the start of a slot range, of a booking and of a move."""
    found, booking, _ = samples.live_booking(session)
    range_ = {"eventTypeCode": found.rules.code, "start": NO_DATE, "end": found.free.end}
    move = {"bookingCode": booking.code, "start": NO_DATE}
    return [
        *session.need(invalid_bookings).no_date,
        session.api.call("listSlots", range_, note="no date as start"),
        session.api.call("rescheduleBooking", move, note="no date as start"),
    ]


@probe("errors.unknown-zone", safety="write", cost=3)
def unknown_zone(session: Session) -> list[Exchange]:
    """A zone that does not exist, for slots and for an attendee, where the API takes zones."""
    found = session.need(openings.main)
    slot = found.take()
    tried: list[Exchange] = []
    if session.api.binding.takes("listSlots", "timeZone"):
        tried.append(
            openings.list_slots(session, found.rules, slot.start, slot.end, timeZone=UNKNOWN_ZONE, note="unknown zone")
        )
    place = session.api.binding.body_place("createBooking", "attendeeTimeZone")
    if place:
        body = _with(_spoil(session, found.rules, slot), place, UNKNOWN_ZONE)
        tried.append(_try(session, found.rules, slot, "unknown zone", body=body))
    if not tried:
        raise Untestable("the API takes no time zone")
    return tried


@dataclass(frozen=True)
class Range:
    """The answer to a slot range, with its slots; None if it lists none."""

    exchange: Exchange
    slots: list[Slot] | None


@probe("errors.reversed-range", cost=1)
def reversed_range(session: Session) -> Range:
    """A slot range that ends before it starts."""
    found = session.need(openings.main)
    first, last = found.slots[0], found.slots[-1]
    exchange = openings.list_slots(session, found.rules, last.end, first.start - timedelta(days=1), note="reversed")
    return Range(exchange, session.api.slots(exchange, None))


@probe("errors.odd-input", safety="write", cost=4)
def odd_input(session: Session) -> list[Exchange]:
    """Input that breaks careless servers: a very long name, and a NUL character."""
    found = session.need(openings.main)
    slot = found.take()
    body = _spoil(session, found.rules, slot)
    place = session.api.binding.body_place("createBooking", "attendeeName")
    if not place:
        raise Untestable("the API takes no attendee name")
    values = {"a name of 20,000 letters": "x" * 20_000, "a NUL in the name": "Nul\u0000l"}
    return [_try(session, found.rules, slot, note, body=_with(body, place, value)) for note, value in values.items()]


@dataclass(frozen=True)
class RoundTrip:
    """A name as it was sent and as it came back; None where the API shows no name."""

    created: Exchange
    read: Exchange | None
    name: str | None


@probe("errors.unicode", safety="write", cost=3)
def unicode_name(session: Session) -> RoundTrip:
    """A booking under a name in many scripts, read back."""
    found = session.need(openings.main)
    created = session.book(found.rules, found.take().start, changes={"attendeeName": ODD_NAME}, note="an odd name")
    booking = session.api.booking(created)
    if booking is None or booking.code is None:
        return RoundTrip(created, None, None)
    read = session.api.call("getBooking", {"bookingCode": booking.code}, note="the odd name")
    session.cancel(booking.code)
    shown = session.api.booking(read)
    return RoundTrip(created, read, shown.attendee_name if shown else None)


@probe("errors.unknown-booking", safety="write", cost=3)
def unknown_booking(session: Session) -> list[Exchange]:
    """A booking code that nothing has: read, cancelled, moved."""
    found, booking, _ = samples.live_booking(session)
    code = {"bookingCode": unlike(str(booking.code))}
    return [
        session.api.call("getBooking", code, note="nobody's booking"),
        session.api.call("cancelBooking", code, note="nobody's booking"),
        session.api.call("rescheduleBooking", {**code, "start": found.free.start}, note="nobody's booking"),
    ]


@probe("errors.unknown-event-type", safety="write", cost=3)
def unknown_event_type(session: Session) -> list[Exchange]:
    """An event type that does not exist: read, queried for slots, booked."""
    found = session.need(samples.samples)
    code = {"eventTypeCode": unlike(found.rules.code)}
    range_ = {**code, "start": found.free.start, "end": found.free.end}
    booking = {**session.booking_arguments(found.rules, found.free.start), **code}
    return [
        session.api.call("getEventType", code, note="no such event type"),
        session.api.call("listSlots", range_, note="no such event type"),
        session.create("createBooking", booking, note="no such event type"),
    ]


@probe("errors.unknown-link", safety="write", cost=1, capability="links")
def unknown_link(session: Session) -> list[Exchange]:
    """A link code that nothing has, revoked."""
    found, _, _ = samples.live_booking(session)
    if found.link_code is None:
        raise samples.no_sample("link")
    code = {"linkCode": unlike(found.link_code)}
    return [session.api.call("revokeEventLink", code, note="no such link")]


@probe("errors.unknown-webhook", safety="write", cost=2, capability="webhooks")
def unknown_webhook(session: Session) -> list[Exchange]:
    """A webhook that nothing has, read and deleted."""
    found, _, _ = samples.live_booking(session)
    if found.webhook_id is None:
        raise samples.no_sample("webhook")
    identity = {"webhookId": unlike(found.webhook_id)}
    return [session.api.call(name, identity, note="no such webhook") for name in ("getWebhook", "deleteWebhook")]


@probe("errors.unknown-route", cost=1)
def unknown_route(session: Session) -> Exchange:
    """A path that the API does not have."""
    return session.api.call("getMe", note="no such path", method="GET", path_suffix="-bookproof-has-no-such-path")


@probe("errors.wrong-method", cost=1)
def wrong_method(session: Session) -> Exchange:
    """A method that a path does not offer; nothing that could change anything."""
    return session.api.call("getMe", note="no such method", method="PUT")


@probe("errors.media-type", safety="write", cost=2)
def media_type(session: Session) -> Exchange:
    """A form where JSON is expected."""
    found = session.need(openings.main)
    form = b"start=tomorrow&name=Bookproof"
    kind = "application/x-www-form-urlencoded"
    return _try(session, found.rules, found.take(), "a form", raw_body=form, content_type=kind)
