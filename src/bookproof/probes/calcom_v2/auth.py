"""Credentials: none, wrong ones, right ones in wrong places."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2 import harmless
from bookproof.probes.calcom_v2.grounds import grounds, list_slots, starts
from bookproof.probes.calcom_v2.session import ODD_NAME, REASON, Session
from bookproof.targets.views import instant, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: A key of the right form that nobody was given.
NEVER_ISSUED = "cal_b00c9f0000000000000000000000f00d"
GARBAGE = "bookproof-is-no-token"
#: A booking in one of these statuses holds its time.
LIVE = frozenset({"accepted", "pending"})
#: A date that bookings have, and profiles have not.
OTHER_DATE = "2026-02-25"
#: Names under which APIs take a key in the query.
_QUERY_NAMES = ("apiKey", "api_key", "access_token", "token")


@probe("auth.order", safety="write", cost=2)
def order(session: Session) -> list[Exchange]:
    """Without credentials: a body with everything missing, and an id that is no number."""
    call: dict[str, Any] = {"authorization": None, "note": "neither credentials nor sense"}
    return [
        session.api.call("createSchedule", body={}, **call),
        session.api.call("getSchedule", {"scheduleId": "no-number"}, **call),
    ]


@probe("auth.no-key", safety="write", cost=32)
def no_key(session: Session) -> list[Exchange]:
    """Every operation that is not public, without credentials; but for those that refused them to nonsense already.

    A key in the query that was refused was none, so that its call had no credentials either.
    """
    asked = [*session.need(order), session.need(in_query)]
    refused = {exchange.operation: exchange for exchange in asked if exchange.status in (401, 403)}
    return [
        refused.get(operation.id)
        or harmless.send(session, operation.id, "no-key", authorization=None, note="no credentials")
        for operation in harmless.closed_operations(session)
    ]


def _me(session: Session, authorization: str | None, who: str, **call: Any) -> Exchange:
    return session.api.call("getMe", authorization=authorization, who=who, note=who, **call)


@probe("auth.malformed", cost=1)
def malformed(session: Session) -> Exchange:
    """A bearer value that is neither key nor token."""
    return _me(session, f"Bearer {GARBAGE}", "garbage")


@probe("auth.unknown", cost=1)
def never_issued(session: Session) -> Exchange:
    """A key that was never issued."""
    return _me(session, f"Bearer {NEVER_ISSUED}", "a key never issued")


@probe("auth.wrong-scheme", cost=1)
def wrong_scheme(session: Session) -> Exchange:
    """The full key as user of the Basic scheme."""
    basic = b64encode(f"{session.target.credentials['full']}:".encode()).decode()
    return _me(session, f"Basic {basic}", "Basic scheme")


@probe("auth.raw", cost=1)
def raw(session: Session) -> Exchange:
    """The full key without the word Bearer."""
    return _me(session, session.target.credentials["full"], "key without Bearer")


@probe("auth.in-query", cost=1)
def in_query(session: Session) -> Exchange:
    """The full key in the query string, under the names that APIs use for it."""
    query = dict.fromkeys(_QUERY_NAMES, session.target.credentials["full"])
    return _me(session, None, "key in the query", query=query)


@probe("auth.expired", cost=1)
def expired(session: Session) -> Exchange:
    """A key whose last day is over."""
    return session.api.call("getMe", role=session.role("expired"), note="an expired key")


@probe("auth.revoked", cost=1)
def revoked(session: Session) -> Exchange:
    """A key that was revoked before the run."""
    return session.api.call("getMe", role=session.role("revoked"), note="a revoked key")


@dataclass
class Sample:
    """A booking without credentials, and a free start; both replaced where a stranger has changed them.

    Attributes:
        booked: the answer to the booking without credentials.
        booking: its uid; of a booking by the key, where that was refused.
        start: of the booking.
        free: a free start that refused calls may try to take.
        oddly_named: whether ``booked`` has made it under :data:`ODD_NAME`.
    """

    booked: Exchange
    booking: str
    start: datetime
    free: datetime
    oddly_named: bool = False

    def rebook(self, session: Session) -> None:
        """Have another booking.

        Raises:
            Blocked: none can be made.
        """
        main = session.need(grounds).main
        self.start = main.take()
        _, booking = session.booked(main.id, self.start, note="in place of a booking that a stranger has changed")
        self.booking = str(booking["uid"])

    def look_elsewhere(self, session: Session) -> None:
        """Have another free start."""
        self.free = session.need(grounds).main.take()


@probe("auth.sample", safety="write", cost=4, creates="a booking", shared=True)
def sample(session: Session) -> Sample:
    """Book without credentials, under an odd name if that can be, else by the key."""
    main = session.need(grounds).main
    start, free = main.take(), main.take()
    named = {"attendee": session.attendee(name=ODD_NAME)}
    booked = session.book(main.id, start, authorization=None, changes=named, note="no credentials, an odd name")
    oddly_named = booked.ok
    if not booked.ok and booked.status not in (401, 403):
        booked = session.book(main.id, start, authorization=None, note="no credentials")
    uid = session.api.one(booked).get("uid")
    if uid is None:
        _, booking = session.booked(main.id, start, note="a booking for strangers to try")
        uid = booking["uid"]
    return Sample(booked, str(uid), start, free, oddly_named)


@probe("auth.slots", safety="write", cost=1)
def slots_with_bad_key(session: Session) -> Exchange:
    """Slots, with a bearer value that is no token."""
    main, start = session.need(grounds).main, session.need(sample).free
    return session.api.call(
        "listSlots",
        query={"eventTypeId": main.id, "start": utc(start), "end": utc(start + timedelta(minutes=main.minutes))},
        authorization=f"Bearer {GARBAGE}",
        who="garbage",
        note="garbage on an operation that asks nobody",
    )


@probe("auth.bad-key", safety="write", cost=5)
def bad_key_on_public(session: Session) -> list[Exchange]:
    """Public operations, with a key that was never issued; they would be answered without any."""
    found, main = session.need(sample), session.need(grounds).main
    call: dict[str, Any] = {
        "authorization": f"Bearer {NEVER_ISSUED}",
        "who": "a key never issued",
        "note": "a key never issued, on a public operation",
    }
    uid = {"bookingUid": found.booking}
    read = session.api.call("getBooking", uid, **call)
    listed = session.api.call("listEventTypes", query={"username": "bookproof-nobody"}, **call)
    booked = session.book(main.id, found.free, **call)
    if booked.ok:
        found.look_elsewhere(session)
    moved = session.create("rescheduleBooking", uid, body={"start": utc(found.free)}, **call)
    if moved.ok:
        found.rebook(session)
        found.look_elsewhere(session)
    cancelled = session.cancel(found.booking, body={"cancellationReason": REASON}, **call)
    if cancelled.ok:
        found.rebook(session)
    return [read, listed, booked, moved, cancelled]


@dataclass(frozen=True)
class Public:
    """Public operations without credentials, in the order in which they were called.

    Attributes:
        booked: the creation of the sample.
        listed: the event types of a user who does not exist; those of its host are for others to ask for.
        read: the sample.
        moved: the sample, to its free start.
        cancelled: what that has made of it.
    """

    booked: Exchange
    listed: Exchange
    read: Exchange
    moved: Exchange
    cancelled: Exchange

    @property
    def exchanges(self) -> list[Exchange]:
        """All of them."""
        return [self.booked, self.listed, self.read, self.moved, self.cancelled]


@probe("auth.public", safety="write", cost=5, creates="a booking in place of one, cancelled again")
def public(session: Session) -> Public:
    """The rest of a booking's life without credentials, and the event types of a user who does not exist."""
    with suppress(Untestable):
        # What others try on the booking comes first.
        session.need(bad_key_on_public)
    found = session.need(sample)
    call: dict[str, Any] = {"authorization": None, "note": "no credentials"}
    listed = session.api.call("listEventTypes", query={"username": session.unique("nobody")}, **call)
    read = session.api.call("getBooking", {"bookingUid": found.booking}, **call)
    moved = session.move(found.booking, found.free, **call)
    uid = str(session.api.one(moved).get("uid") or found.booking)
    cancelled = session.cancel(uid, **call)
    return Public(found.booked, listed, read, moved, cancelled)


@dataclass(frozen=True)
class Untouched:
    """What is to be seen after calls that were refused for their credentials.

    Attributes:
        attempts: the refused calls.
        read: the booking that they tried to move and cancel.
        waits: whether that shows it waiting where it was made; None if it cannot be told.
        slots: the move to the slot that they tried to take; the answer that lists it, if that move was refused.
        free: whether the slot was free then, None if it cannot be told.
    """

    attempts: list[Exchange]
    read: Exchange
    waits: bool | None
    slots: Exchange
    free: bool | None


@probe("auth.afterwards", safety="write", cost=1)
def afterwards(session: Session) -> Untouched:
    """How whoever has no credentials found the booking and the free slot after those with bad ones were refused."""
    attempts, found, seen = session.need(bad_key_on_public), session.need(sample), session.need(public)
    refused = [item for item in attempts if item.refused]
    booking, main = session.api.one(seen.read), session.need(grounds).main
    waits = None
    if booking.get("status"):
        waits = booking["status"] in LIVE and instant(booking.get("start")) in (None, found.start)
    if seen.moved.ok:
        return Untouched(refused, seen.read, waits, seen.moved, True)
    last = found.free + timedelta(minutes=main.minutes)
    slots = list_slots(session, main.id, found.free, last, note="is the slot still free?")
    free = found.free in starts(session, slots) if slots.ok else None
    return Untouched(refused, seen.read, waits, slots, free)


@dataclass(frozen=True)
class Revocation:
    """A key that was replaced by another, and the other revoked.

    Attributes:
        replaced: the answer that replaces it.
        old: the first key afterwards.
        new: the second key; None if the answer shows none.
        after: the second key once it was revoked; None likewise.
    """

    replaced: Exchange
    old: Exchange
    new: Exchange | None
    after: Exchange | None


@probe("auth.revoked-at-once", safety="destructive", cost=4)
def revoked_at_once(session: Session) -> Revocation:
    """Have a key issued, replace it, use both, have the second revoked, use it again."""
    door = session.control_door("revoke-key")
    session.control_door("issue-key")
    account = session.target.known.get("usernames", {}).get("full", "main")
    key, handle = door.issue_key([], account)
    replaced = session.api.call(
        "refreshApiKey", body={"apiKeyDaysValid": 30}, authorization=f"Bearer {key}", who="a new key"
    )
    if replaced.status == 401:
        raise Blocked("a newly issued key should be taken", replaced)
    second = session.api.one(replaced).get("apiKey")
    old = _me(session, f"Bearer {key}", "a replaced key")
    # With a date of another family, which changes nothing; see versions.me.any.
    new = _me(session, f"Bearer {second}", "the key in its place", version=OTHER_DATE) if second else None
    door.revoke_key(handle)
    after = _me(session, f"Bearer {second or key}", "just revoked")
    return Revocation(replaced, old, new, after)
