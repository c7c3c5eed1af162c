"""Requests that are wrong in one way each, and ids that nothing has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.auth import sample
from bookproof.probes.calcom_v2.grounds import grounds, is_open
from bookproof.probes.calcom_v2.session import ODD_NAME, Session
from bookproof.targets.views import utc
from bookproof.wire.exchange import Exchange

UNKNOWN_ZONE = "Mars/Olympus_Mons"
#: Ids that have the right form and name nothing.
NO_BOOKING = "bookproofHasNoSuchUid0"
NO_EVENT_TYPE = 2_147_000_001
#: Words for the member that holds a time zone, in lower case.
ZONE = ("timezone", "time zone", "time-zone")
#: More than servers of this kind read: 100 kB.
OVERSIZE = 120_000


def _try(session: Session, note: str, **call: Any) -> Exchange:
    """Try to book with a spoilt body; what is accepted is cancelled at once, so that the slot stays free."""
    exchange = session.create("createBooking", note=note, **call)
    for made in session.api.many(exchange):
        if made.get("uid") is not None:
            session.cancel(str(made["uid"]), note="should not have been booked")
    return exchange


@dataclass(frozen=True)
class Attempt:
    """A create that should be refused as invalid: the answer, and words of which its message must say one."""

    exchange: Exchange
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invalid:
    """Creates that should be refused, by the way in which each is wrong, and the slot that they tried to take."""

    malformed: list[Attempt]
    missing: list[Attempt]
    wrong_type: list[Attempt]
    unknown_zone: list[Attempt]
    event_type: int
    slot: datetime

    @property
    def all(self) -> list[Attempt]:
        """Every attempt."""
        return [*self.malformed, *self.missing, *self.wrong_type, *self.unknown_zone]


@probe("errors.invalid-bookings", safety="write", cost=14)
def invalid_bookings(session: Session) -> Invalid:
    """Creates that are wrong in one way each, all for one free slot."""
    main = session.need(grounds).main
    # As whoever books by slug wants it, for whom it should still be free.
    slot = main.take(clear=60, where=is_open(session))
    body = session.booking_body(main.id, slot)

    def attempt(note: str, changes: Mapping[str, Any], *names: str) -> Attempt:
        spoilt = {name: value for name, value in {**body, **changes}.items() if value is not None}
        return Attempt(_try(session, note, body=spoilt), names)

    cut_off = json.dumps(body).encode()[:-2]
    return Invalid(
        malformed=[Attempt(_try(session, "a body cut off", raw_body=cut_off, content_type="application/json"))],
        missing=[
            attempt("no start", {"start": None}, "start"),
            attempt("no attendee", {"attendee": None}, "attendee"),
            attempt("no event type", {"eventTypeId": None}, "eventtype", "event type"),
        ],
        wrong_type=[
            attempt("a number as start", {"start": 7}, "start"),
            attempt("a text as event type", {"eventTypeId": "one"}, "eventtype", "event type"),
        ],
        unknown_zone=[
            attempt(
                UNKNOWN_ZONE,
                {"attendee": session.attendee(timeZone=UNKNOWN_ZONE)},
                "timezone",
                "time zone",
                "time-zone",
            )
        ],
        event_type=main.id,
        slot=slot,
    )


@dataclass(frozen=True)
class RoundTrip:
    """A name as it came back; None where the booking was refused or its answer shows no name."""

    exchange: Exchange
    name: str | None


@probe("errors.unicode", safety="write", cost=2, creates="a booking")
def unicode_name(session: Session) -> RoundTrip:
    """A booking under a name in many scripts; whoever needs no credentials may have made it."""
    found, main = session.known(sample), session.need(grounds).main
    exchange = found.booked if found and found.oddly_named else None
    if exchange is None:
        changes = {"attendee": session.attendee(name=ODD_NAME)}
        exchange, _ = session.booked(main.id, main.take(), changes=changes, note="an odd name")
    attendees: list[Any] = session.api.one(exchange).get("attendees") or [None]
    name = cast("dict[str, Any]", attendees[0]).get("name") if isinstance(attendees[0], dict) else None
    return RoundTrip(exchange, None if name is None else str(name))


@probe("errors.oversize", safety="write", cost=2)
def oversize(session: Session) -> Exchange:
    """A body of more than servers of this kind read."""
    main = session.need(grounds).main
    attendee = session.attendee(name="x" * OVERSIZE)
    return _try(session, "a body of 120 kB", body=session.booking_body(main.id, main.take(), attendee=attendee))


@probe("errors.unknown-booking", safety="write", cost=3)
def unknown_booking(session: Session) -> list[Exchange]:
    """A uid that nothing has: read, cancelled, moved."""
    uid, start = {"bookingUid": NO_BOOKING}, utc(session.now() + timedelta(days=9))
    return [
        session.api.call("getBooking", uid, note="nobody's booking"),
        session.api.call("cancelBooking", uid, body={"cancellationReason": "Bookproof"}, note="nobody's booking"),
        session.api.call("rescheduleBooking", uid, body={"start": start}, note="nobody's booking"),
    ]


@probe("errors.unknown-event-type", safety="write", cost=1)
def unknown_event_type(session: Session) -> Exchange:
    """An event type that does not exist, booked."""
    start = session.now() + timedelta(days=9)
    return session.book(NO_EVENT_TYPE, start, note="no such event type")


@probe("errors.unknown-route", cost=1)
def unknown_route(session: Session) -> Exchange:
    """A path that the API does not have."""
    return session.api.call("getMe", note="no such path", path="/v2/bookproof-has-no-such-path")


@probe("errors.unknown-method", cost=1)
def unknown_method(session: Session) -> Exchange:
    """A method that a path does not offer; nothing that could change anything."""
    return session.api.call("getMe", note="no such method", method="PUT")
