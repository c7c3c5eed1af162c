"""Calls that change nothing of anybody's, wherever they are let in: on things that do not exist, or without a body."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bookproof.contracts.openapi import Operation
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange

#: Ids that no server has given out.
NOBODYS_NUMBER = 2_147_480_001
NOBODYS_UID = "bookproofNobodysUid001"
NOBODYS_UUID = "00000000-0000-4000-8000-00000000b00c"
NO_ZONE = "Nowhere/Land"
#: Where webhooks of the run would be delivered to; they are made inactive.
RECEIVER = "https://example.com/bookproof"

_UNKNOWN: dict[str, Any] = {
    "bookingUid": NOBODYS_UID,
    "eventTypeId": NOBODYS_NUMBER,
    "scheduleId": NOBODYS_NUMBER,
    "reservationUid": NOBODYS_UUID,
    "webhookId": NOBODYS_UUID,
    "teamId": NOBODYS_NUMBER,
    "orgId": NOBODYS_NUMBER,
    "userId": NOBODYS_NUMBER,
    "calendar": "google",
}
#: What may be asked for by name to make an answer small.
_QUERIES: dict[str, dict[str, Any]] = {
    "listBookings": {"take": 1},
    "listBusyTimes": {"timeZone": "Etc/UTC", "dateFrom": "2026-01-12", "dateTo": "2026-01-13"},
}
#: Bodies that are valid, for things that are not there.
_BODIES: dict[str, dict[str, Any]] = {
    "confirmBooking": {},
    "declineBooking": {"reason": "Bookproof"},
    "markBookingAbsent": {"host": False},
    "updateEventType": {"title": "Bookproof"},
    "updateSchedule": {"name": "Bookproof"},
    "updateWebhook": {"active": False},
    "disconnectCalendar": {"id": NOBODYS_NUMBER},
    "updateMe": {"timeZone": NO_ZONE},
    "updateTeam": {"name": ""},
    "updateOrganizationUser": {"bio": "Bookproof"},
    "createTeam": {},
    "createOrganizationUser": {},
}


def unknown(operation: Operation) -> dict[str, Any]:
    """The path parameters of an operation, naming what does not exist."""
    return {name: value for name, value in _UNKNOWN.items() if f"{{{name}}}" in operation.path}


def creation(session: Session, operation: str, name: str) -> dict[str, Any] | None:
    """A valid body that makes something small under a name of the run; None where nothing small is made."""
    unique = session.unique(name)
    bodies: dict[str, dict[str, Any]] = {
        "createEventType": {"title": f"Bookproof {name}", "slug": unique, "lengthInMinutes": 30},
        "createSchedule": {"name": unique, "timeZone": session.target.time_zone, "isDefault": False},
        "createWebhook": {
            "subscriberUrl": f"{RECEIVER}/{unique}",
            "triggers": ["BOOKING_CREATED"],
            "active": False,
        },
    }
    return bodies.get(operation)


def send(session: Session, operation: str, name: str, **call: Any) -> Exchange:
    """Send a call that should be refused and that does no harm if it is not.

    Args:
        session: of the target.
        operation: operation id.
        name: becomes a part of the names of what is made where it should not be.
        call: as :meth:`CalcomV2.call` takes it; ``parameters`` and ``body`` replace those of this module.
    """
    described = session.contract.operations[operation]
    parameters = {**unknown(described), **call.pop("parameters", {})}
    call.setdefault("query", _QUERIES.get(operation))
    made = creation(session, operation, name)
    body = _BODIES.get(operation) if made is None else made
    if "body" not in call and body is not None:
        call["body"] = body
    if operation.startswith("create"):
        return session.create(operation, parameters, **call)
    return session.api.call(operation, parameters, **call)


def closed_operations(session: Session) -> Iterator[Operation]:
    """Every operation of the reference that asks for credentials and that the target has, as far as it may be called.

    What cannot be undone is among them: without credentials, on things that do not exist, it does nothing.
    """
    for operation in session.contract.operations.values():
        here = not operation.capability or session.target.has(operation.capability)
        if here and not operation.is_public and not operation.is_extra:
            yield operation
