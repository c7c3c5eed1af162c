"""Judges deliveries of the form ``{triggerEvent, createdAt, payload}``.

Source: Everything an AI agent can do with the Cal.com API, Webhook events; deliveries of a running server. How steps
and deliveries belong together is told by :mod:`bookproof.judge.deliveries`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from bookproof.judge.deliveries import Said, Step
from bookproof.judge.signature import Examination, Scheme, examine
from bookproof.targets.binding import MISSING, Binding
from bookproof.targets.inbox import Received
from bookproof.targets.views import Booking, instant

CREATED, RESCHEDULED, CANCELLED = "BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"
REQUESTED, REJECTED, NO_SHOW = "BOOKING_REQUESTED", "BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED"
#: What can be caused over the API.
BOOKING_TRIGGERS = (CREATED, RESCHEDULED, CANCELLED, REQUESTED, REJECTED, NO_SHOW)
#: The status that each trigger leaves a booking in, as payloads write it.
STATUSES = {
    CREATED: "ACCEPTED",
    RESCHEDULED: "ACCEPTED",
    CANCELLED: "CANCELLED",
    REQUESTED: "PENDING",
    REJECTED: "REJECTED",
}


class Told(Said):
    """What a delivery says; the places of its members are fixed, so that no binding is asked for them."""

    def __init__(self, received: Received) -> None:
        super().__init__(cast("Binding", None), received)

    def member(self, name: str) -> Any:
        """A member of the body, or MISSING."""
        body: Any = self.json
        return cast("dict[str, Any]", body).get(name, MISSING) if isinstance(body, dict) else MISSING

    @property
    def event(self) -> Any:
        """The trigger that it names, or MISSING."""
        return self.member("triggerEvent")

    @property
    def data(self) -> Any:
        """Its payload, or MISSING."""
        return self.member("payload")

    @cached_property
    def meant(self) -> str:
        """The trigger that it is about, even where its body has another form; "" if that cannot be told."""
        if isinstance(self.event, str):
            return self.event
        return next((trigger for trigger in BOOKING_TRIGGERS if trigger in self.text), "")

    def bookings(self, codes: Sequence[str]) -> list[Booking]:  # noqa: ARG002
        """None: payloads show bookings in words of their own; see :func:`disagreements`."""
        return []


def view(booking: Mapping[str, Any]) -> Booking:
    """A booking as an answer of the API shows it."""
    attendees: list[Any] = booking.get("attendees") or [{}]
    first = cast("dict[str, Any]", attendees[0]) if isinstance(attendees[0], dict) else {}
    number = booking.get("eventTypeId")
    return Booking(
        code=booking.get("uid"),
        event_type_code=None if number is None else str(number),
        status=booking.get("status"),
        start=instant(booking.get("start")),
        end=instant(booking.get("end")),
        attendee_name=first.get("name"),
        attendee_email=first.get("email"),
        raw=booking,
    )


def payload(said: Said) -> dict[str, Any]:
    """The payload of a delivery; an empty one where there is none."""
    found: Any = said.data
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def disagreements(step: Step, said: Said) -> list[str]:
    """What a payload says of its step's booking that the API does not; what it leaves out does not count."""
    told, shown = payload(said), step.booking
    if shown is None:
        return []
    wrong: list[str] = []
    for name, wanted in (("startTime", shown.start), ("endTime", shown.end)):
        if name in told and wanted and instant(told[name]) != wanted:
            wrong.append(f"{name} {told[name]}")
    if told.get("eventTypeId") is not None and shown.event_type_code not in (None, str(told["eventTypeId"])):
        wrong.append(f"eventTypeId {told['eventTypeId']}")
    emails = _emails(told)
    if emails and shown.attendee_email and shown.attendee_email.lower() not in emails:
        wrong.append(f"attendee {', '.join(emails)}")
    return wrong


def _emails(told: Mapping[str, Any]) -> list[str]:
    attendees: Any = told.get("attendees")
    listed = cast("list[Any]", attendees) if isinstance(attendees, list) else []
    people = [cast("dict[str, Any]", person) for person in listed if isinstance(person, dict)]
    return [str(person["email"]).lower() for person in people if person.get("email")]


def unlike_move(said: Said, old: str, new: str, old_start: datetime | None) -> list[str]:
    """What the payload of a move says wrongly of the two bookings."""
    told = payload(said)
    wrong = [
        f"{name} {told.get(name)!r}"
        for name, wanted in (("uid", new), ("rescheduleUid", old))
        if told.get(name) != wanted
    ]
    shown = told.get("rescheduleStartTime")
    if old_start and instant(shown) != old_start:
        wrong.append(f"rescheduleStartTime {shown!r}")
    return wrong


def json_faults(said: Said) -> list[str]:
    """Why a delivery is no POST of a JSON object; empty if it is one."""
    delivery = said.received.delivery
    media_type = delivery.headers.get("content-type", "").split(";")[0].strip().lower()
    wrong: list[str] = []
    if delivery.method != "POST":
        wrong.append(f"method {delivery.method}")
    if media_type != "application/json" and not media_type.endswith("+json"):
        wrong.append(f"content type {media_type or 'missing'}")
    if not isinstance(said.json, dict):
        wrong.append("a body that is no JSON object")
    return wrong


def member_faults(said: Told) -> list[str]:
    """Which of the three members of a delivery are missing or something else."""
    wrong: list[str] = []
    if not isinstance(said.event, str):
        wrong.append("no triggerEvent")
    if instant(said.member("createdAt")) is None:
        wrong.append("no instant createdAt")
    if not isinstance(said.data, dict):
        wrong.append("no payload")
    return wrong


def examined(received: Received, secret: str, others: Mapping[str, str] | None = None) -> Examination:
    """Examine the signature of a delivery.

    Args:
        received: the delivery.
        secret: that of its subscription.
        others: name of another subscription to its secret.
    """
    header = received.delivery.headers.get(Scheme.CALCOM.header.lower())
    return examine(header, received.delivery.body, secret, scheme=Scheme.CALCOM, other_secrets=others)


def shown(received: Received) -> str:
    """A delivery in a few words."""
    body = received.delivery.body.decode("utf-8", "replace")
    return f"exchange {received.exchange.number} to {received.box}: {body if len(body) <= 200 else body[:200] + '…'}"
