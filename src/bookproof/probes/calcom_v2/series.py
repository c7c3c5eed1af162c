"""Recurring bookings: made, read and cancelled as a series.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.bookings import refusable
from bookproof.probes.calcom_v2.grounds import grounds, make_event_type
from bookproof.probes.calcom_v2.session import REASON, Session
from bookproof.wire.exchange import Exchange

#: Bookings of a series at most, and of the one that is made.
MOST, COUNT = 3, 2


@dataclass(frozen=True)
class Series:
    """A series of two bookings.

    Attributes:
        starts: a week apart, by the clock of the attendee's zone.
        too_many: more bookings asked for than the event type allows.
        made: the answer to the series.
        bookings: as it shows them.
        uid: of the series, or ""; without one all below is missing.
        taken: the time of the second booking asked for by somebody else.
        read: the series as read by its uid.
        read_bookings: as it shows them.
        cancel: the series cancelled.
        after: the series as read after that.
        after_bookings: as it shows them.
    """

    starts: tuple[datetime, ...]
    too_many: Exchange
    made: Exchange
    bookings: Sequence[Mapping[str, Any]]
    uid: str = ""
    taken: Exchange | None = None
    read: Exchange | None = None
    read_bookings: Sequence[Mapping[str, Any]] = ()
    cancel: Exchange | None = None
    after: Exchange | None = None
    after_bookings: Sequence[Mapping[str, Any]] = ()


@probe("series.book", safety="write", cost=14, creates="an event type and a series, cancelled again")
def series(session: Session) -> Series:
    """Book a series, read it by its uid, and cancel it by its uid."""
    free, zone = session.need(grounds).main, ZoneInfo(session.target.time_zone)

    def a_week_later(start: datetime) -> datetime:
        return (start.astimezone(zone) + timedelta(weeks=1)).astimezone(start.tzinfo)

    def given(start: datetime) -> bool:
        return any(begin <= start < end for begin, end in session.given)

    start = free.take(where=lambda first: a_week_later(first) in free.free and not given(a_week_later(first)))
    second = free.take(where=lambda later: later == a_week_later(start))
    recurrence = {"interval": 1, "occurrences": MOST, "frequency": "weekly"}
    ground = make_event_type(session, "series", {"recurrence": recurrence}, slots=False)
    too_many = refusable(session, ground.id, start, {"recurrenceCount": MOST + 1}, "more than the series has")
    made = session.book(ground.id, start, changes={"recurrenceCount": COUNT}, note="a series")
    bookings = session.api.many(made)
    uids = {str(booking.get("recurringBookingUid") or "") for booking in bookings}
    uid = next(iter(uids)) if len(uids) == 1 else ""
    if not uid:
        return Series((start, second), too_many, made, bookings)
    taken = refusable(session, free.id, second, {}, "the second booking of a series has it")
    parameters = {"bookingUid": uid}
    read = session.api.call("getBooking", parameters, note="a series by its uid")
    cancel = session.api.call("cancelBooking", parameters, body={"cancellationReason": REASON}, note="the whole series")
    after = session.api.call("getBooking", parameters, note="a series that was cancelled")
    remaining = session.api.many(after)
    for booking in remaining:
        if booking.get("status") == "cancelled":
            session.ledger.gone("booking", str(booking.get("uid")))
    return Series(
        (start, second),
        too_many,
        made,
        bookings,
        uid,
        taken,
        read,
        session.api.many(read),
        cancel,
        after,
        remaining,
    )
