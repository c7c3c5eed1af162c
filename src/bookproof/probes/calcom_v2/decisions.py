"""What hosts decide: confirming, declining, and who was absent.

Source: Everything an AI agent can do with the Cal.com API, Bookings; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import bookings
from bookproof.probes.calcom_v2.booking_reads import Shown, evidence_or_none, newest, shown, tagged
from bookproof.probes.calcom_v2.grounds import Ground, grounds, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange

#: Every booking waits for the host.
ALWAYS = {"type": "always", "blockUnconfirmedBookingsInBooker": True}


@probe("decisions.ground", safety="write", cost=2, creates="an event type whose bookings are confirmed", shared=True)
def confirming(session: Session) -> Ground:
    """An event type whose bookings the host has to confirm."""
    return make_event_type(session, "confirming", {"confirmationPolicy": ALWAYS}, slots=False)


@dataclass
class Asked:
    """A booking that waits for its host; ``touched``: whether a stranger has decided on it."""

    start: datetime
    booking: Shown
    touched: bool = False


def _ask(session: Session) -> Asked:
    start = session.need(grounds).main.take()
    return Asked(start, shown(session, session.book(session.need(confirming).id, start, note="has to be confirmed")))


@probe("decisions.asked", safety="write", cost=2, creates="a booking that waits for its host", shared=True)
def asked_for(session: Session) -> Asked:
    """A booking that its host has to confirm."""
    return _ask(session)


@dataclass(frozen=True)
class Decided:
    """Bookings that wait for their host, and what the host decides.

    Attributes:
        start: of the one that is confirmed.
        asked: that booking as its creation answers it; if there is none, all below is missing.
        rival: another attendee asks for the same slot meanwhile.
        confirm: the first one confirmed.
        again: confirmed once more.
        decline_late: declined after that.
        rival_confirm: the rival's confirmed, too, if there is one.
        absent: its attendee marked as absent before it begins.
        refused: another booking as its creation answers it.
        decline: that one declined.
        twice: declined once more.
        confirm_late: confirmed after that.
        rebook: its slot booked by somebody else.
        plain: a booking confirmed that nobody had to confirm.
        after: uid to the booking as it is listed at last.
    """

    start: datetime
    asked: Shown
    rival: Shown | None = None
    confirm: Shown | None = None
    again: Exchange | None = None
    decline_late: Exchange | None = None
    rival_confirm: Exchange | None = None
    absent: Exchange | None = None
    refused: Shown | None = None
    decline: Shown | None = None
    twice: Exchange | None = None
    confirm_late: Exchange | None = None
    rebook: Exchange | None = None
    plain: Exchange | None = None
    after: Mapping[str, Shown] = field(default_factory=dict[str, Shown])

    def at_last(self, booking: Shown | None) -> Shown | None:
        """A booking as it is listed at last, or None."""
        return None if booking is None else self.after.get(booking.uid)


@probe("decisions.decide", safety="write", cost=19, creates="two bookings")
def decided(session: Session) -> Decided:
    """Confirm one booking and decline another, each of them twice, and read what they are at last."""
    free, ground = session.need(grounds).main, session.need(confirming)
    first = session.need(asked_for)
    if first.touched:
        first = _ask(session)
    start, asked = first.start, first.booking
    if asked.status != "pending":
        return Decided(start, asked)
    attendee = session.attendee(name="Bookproof Rival", email=tagged(session, "rival"))
    rival = shown(session, session.book(ground.id, start, changes={"attendee": attendee}, note="somebody waits for it"))
    confirm = shown(session, _decide(session, "confirmBooking", asked.uid))
    rival_confirm = _decide(session, "confirmBooking", rival.uid, "the slot is somebody's") if rival.uid else None
    again = _decide(session, "confirmBooking", asked.uid, "confirmed already")
    decline_late = _decide(session, "declineBooking", asked.uid, "confirmed already")
    marks = {"attendees": [{"email": session.target.attendee_email, "absent": True}]}
    parameters = {"bookingUid": asked.uid}
    absent = session.api.call("markBookingAbsent", parameters, body=marks, note="it has not begun")
    other = free.take()
    refused = shown(session, session.book(ground.id, other, note="to be declined"))
    decline, twice, confirm_late, rebook = None, None, None, None
    if refused.uid:
        decline = shown(session, _decide(session, "declineBooking", refused.uid))
        if decline.exchange.ok:
            session.ledger.gone("booking", refused.uid)
        twice = _decide(session, "declineBooking", refused.uid, "declined already")
        confirm_late = _decide(session, "confirmBooking", refused.uid, "declined already")
        rebook = session.book(free.id, other, note="a booking was declined here")
    made = evidence_or_none(session, bookings.created)
    plain = _decide(session, "confirmBooking", made.made.uid, "nobody has to") if made and made.stored else None
    listed = newest(session, "after all decisions")
    uids = [each.uid for each in (asked, rival, refused) if each.uid]
    after = {uid: found for uid in uids if (found := listed.find(uid))}
    return Decided(
        start,
        asked,
        rival,
        confirm,
        again,
        decline_late,
        rival_confirm,
        absent,
        refused,
        decline,
        twice,
        confirm_late,
        rebook,
        plain,
        after,
    )


def _decide(session: Session, operation: str, uid: str, note: str = "") -> Exchange:
    body = {"reason": "Bookproof declines"} if operation == "declineBooking" else {}
    return session.api.call(operation, {"bookingUid": uid}, body=body, note=note)
