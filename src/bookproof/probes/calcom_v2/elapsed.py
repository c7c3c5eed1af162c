"""What time does, moved on by the control door: holds end, and tokens.

The target's clock cannot be put back, so nothing is sent after these.
Source: Everything an AI agent can do with the Cal.com API, Slots and Authentication.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.oauth import confidential, exchanged_by_pkce, token_of, who_is
from bookproof.probes.calcom_v2.reservations import Held, Listing, booked, hold_for_anybody, list_around
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import shown
from bookproof.targets.views import instant
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: The life of an access token in minutes, and times before and after its end.
TOKEN_MINUTES, EARLIER, LATER = 30, 25, 31
#: A permission that lets a token ask who it is.
_SCOPES = ("PROFILE_READ",)
#: Nobody waits longer than this for the end of a hold.
_LONGEST_HOLD = timedelta(days=1)
#: Seconds past the end of a hold.
_PAST = 5


@dataclass(frozen=True)
class Ended:
    """A hold whose time is over.

    Attributes:
        start: of the slot that it held.
        hold: the answer that made it.
        until: when it should end.
        slots: the slots after that.
    """

    start: datetime
    hold: Exchange
    until: datetime
    slots: Listing


@probe("elapsed.hold", safety="destructive", cost=4, creates="a reservation")
def ended(session: Session) -> Ended:
    """Hold a slot, let the target's time go on until the hold is over, and look for the slot."""
    door = session.control_door("set-clock")
    held = _kept(session) or hold_for_anybody(session, "until its time is over")
    if not held.uid:
        raise Blocked("a free slot should be held", held.hold.exchange)
    until = instant(held.hold.get("reservationUntil"))
    if until is None:
        raise Untestable("a hold does not tell when it ends; see reservations.create.until")
    left = until - (door.clock() if door.offers("clock") else session.now())
    if left > _LONGEST_HOLD:
        raise Untestable(f"a hold tells that it lasts until {until}; see reservations.create.until")
    door.advance_clock(max(0, ceil(left.total_seconds())) + _PAST)
    session.forget_time()
    slots = list_around(session, session.need(grounds).main, (held.start,), "its hold is over")
    if held.start in slots.starts:
        session.ledger.gone("reservation", str(held.uid))
    return Ended(held.start, held.hold.exchange, until, slots)


@dataclass(frozen=True)
class Aged:
    """An access token that has grown old: who it is asked before its end, and after."""

    earlier: Exchange
    later: Exchange


def _kept(session: Session) -> Held | None:
    """The hold that was made of a slot whose booking was cancelled, if nobody has released it."""
    found, main = session.known(booked), session.need(grounds).main
    if found is None or found.after is None or not found.after.ok:
        return None
    return Held(main.id, main.minutes, found.start, session.now(), found.after, shown(session, found.after))


@probe("elapsed.token", safety="destructive", cost=3, capability="oauth")
def aged(session: Session) -> Aged:
    """Ask an access token who it is, shortly before its 30 minutes are over and shortly after."""
    door = session.control_door("set-clock")
    found = session.known(exchanged_by_pkce)
    if found is None or not found.token or session.now() > found.at + timedelta(minutes=EARLIER):
        found = confidential(session, _SCOPES)
    token, left = token_of(found), found.at + timedelta(minutes=EARLIER) - session.now()
    door.advance_clock(max(0, round(left.total_seconds())))
    earlier = who_is(session, token, "access token before its end")
    door.advance_clock((LATER - EARLIER) * 60)
    session.forget_time()
    return Aged(earlier, who_is(session, token, "access token after its end"))
