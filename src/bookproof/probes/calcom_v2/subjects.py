"""Things of the run's own that strangers try their hands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import harmless
from bookproof.probes.calcom_v2.grounds import DAYS, HOURS, grounds, make_event_type
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange

#: A booking of this event type waits for its host.
CONFIRMATION = {"type": "always", "blockUnconfirmedBookingsInBooker": False}


@dataclass
class Subjects:
    """One thing of each kind, which no probe but those of access touches.

    Attributes:
        schedule: id.
        schedule_name: its name.
        event_type: id; its bookings wait for their host.
        title: of the event type.
        booked: the answer to the booking without credentials.
        booking: uid of a booking of the event type, made without credentials where that is allowed.
        start: of the booking.
        free: a free start that refused calls may try to take.
        webhook: id of an inactive subscription, or None.
    """

    schedule: int
    schedule_name: str
    event_type: int
    title: str
    booked: Exchange
    booking: str
    start: datetime
    free: datetime
    webhook: str | None


@probe(
    "subjects",
    safety="write",
    cost=9,
    creates="a schedule, an event type, a booking that waits for its host, and an inactive webhook",
    shared=True,
)
def subjects(session: Session) -> Subjects:
    """Make one thing of each kind; the booking without credentials, if that is allowed, else by the key."""
    main = session.need(grounds).main
    name = session.unique("subject")
    hours = [{"days": list(DAYS), "startTime": start, "endTime": end} for start, end in HOURS]
    body = {"name": name, "timeZone": session.target.time_zone, "isDefault": False, "availability": hours}
    made = session.create("createSchedule", body=body, note="a schedule for strangers to try")
    schedule = int(session.made(made, "id", "a schedule should be made")["id"])
    settings: dict[str, Any] = {"scheduleId": schedule, "confirmationPolicy": CONFIRMATION}
    event_type = make_event_type(session, "subject", settings, slots=False)
    start, free = main.take(), main.take()
    booked = session.book(event_type.id, start, authorization=None, note="nobody's credentials")
    named = session.api.one(booked).get("uid")
    if named is None:
        _, booking = session.booked(event_type.id, start, note="a booking for strangers to try")
        named = booking["uid"]
    return Subjects(
        schedule, name, event_type.id, "Bookproof subject", booked, str(named), start, free, _webhook(session)
    )


def _webhook(session: Session) -> str | None:
    if not session.target.has("webhooks"):
        return None
    body = harmless.creation(session, "createWebhook", "subject")
    exchange = session.create("createWebhook", body=body, note="a subscription for strangers to try")
    identity = session.api.one(exchange).get("id")
    return None if identity is None else str(identity)
