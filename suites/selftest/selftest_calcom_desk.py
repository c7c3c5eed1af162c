"""What tests of Cal.com's scheduling do with the mock: each call at the date of its family."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
from selftest_calcom import Calcom

from bookproof.mock import MockServer

BOOKINGS, NEWER_BOOKINGS, CURSORS = "2024-08-13", "2026-02-25", "2026-05-01"
EVENT_TYPES, SLOTS, SCHEDULES = "2024-06-14", "2024-09-04", "2024-06-11"
#: The mock's clock stands at Monday 2027-01-11 08:00 UTC; London is at UTC then, and offices are open from 09:00.
DAY = "2027-01-13"
ATTENDEE = {"name": "Zoë Müller", "email": "Zoe@example.com", "timeZone": "Europe/Berlin"}
UNAVAILABLE = "User either already has booking at this time or is not available"


def at(clock: str, day: str = DAY) -> str:
    """An instant of the day, in UTC."""
    return f"{day}T{clock}:00.000Z"


class Desk:
    """Makes event types and bookings, and changes them. Roles: None is a stranger, ``full`` is Ada, ``foreign`` Bea.

    Args:
        server: the mock.
    """

    def __init__(self, server: MockServer) -> None:
        self.calcom = Calcom(server)
        self._slugs = (f"meeting-{number}" for number in itertools.count(1))

    def call(self, method: str, path: str, date: str, role: str | None = "full", **more: Any) -> httpx.Response:
        """Send a request at a date."""
        return self.calcom(method, path, role, headers={"cal-api-version": date}, **more)

    # Event types

    def new_event_type(self, role: str | None = "full", **more: Any) -> httpx.Response:
        """Make an event type of half an hour."""
        body = {"title": "Meeting", "slug": next(self._slugs), "lengthInMinutes": 30} | more
        return self.call("POST", "/v2/event-types", EVENT_TYPES, role, json=body)

    def event_type(self, role: str = "full", **more: Any) -> dict[str, Any]:
        """As `new_event_type`; the event type."""
        return data(self.new_event_type(role, **more), 201)

    def change_event_type(self, number: int, role: str = "full", **changes: Any) -> httpx.Response:
        """Change an event type."""
        return self.call("PATCH", f"/v2/event-types/{number}", EVENT_TYPES, role, json=changes)

    # Slots

    def ask_slots(self, **query: Any) -> httpx.Response:
        """Ask for slots, as a stranger."""
        return self.call("GET", "/v2/slots", SLOTS, None, params=query)

    def slots(self, number: int, day: str = DAY, **query: Any) -> list[Any]:
        """The starts of one day, or the items if they say more."""
        days = data(self.ask_slots(eventTypeId=number, start=day, end=day, **query))
        items = [item for items in days.values() for item in items]
        return [item["start"] for item in items] if all(set(item) == {"start"} for item in items) else items

    def reserve(self, number: int, start: str, role: str | None = None, **more: Any) -> httpx.Response:
        """Hold a slot."""
        body = {"eventTypeId": number, "slotStart": start} | more
        return self.call("POST", "/v2/slots/reservations", SLOTS, role, json=body)

    # Bookings

    def book(
        self, number: int, start: str, /, role: str | None = None, date: str = BOOKINGS, **more: Any
    ) -> httpx.Response:
        """Book a start."""
        body = {"eventTypeId": number, "start": start, "attendee": ATTENDEE} | more
        return self.call("POST", "/v2/bookings", date, role, json=body)

    def booking(self, number: int, start: str, /, role: str | None = None, **more: Any) -> Any:
        """As `book`; the booking."""
        return data(self.book(number, start, role, **more), 201)

    def take_seat(self, number: int, start: str, name: str, **more: Any) -> httpx.Response:
        """Book a start for somebody who is called so."""
        return self.book(number, start, attendee=ATTENDEE | {"name": name, "email": f"{name}@example.com"}, **more)

    def read(self, uid: str, role: str | None = None, date: str = BOOKINGS) -> httpx.Response:
        """Read a booking."""
        return self.call("GET", f"/v2/bookings/{uid}", date, role)

    def act(self, uid: str, action: str, role: str | None = None, date: str = BOOKINGS, **body: Any) -> httpx.Response:
        """Cancel, reschedule, confirm, decline or mark-absent."""
        return self.call("POST", f"/v2/bookings/{uid}/{action}", date, role, json=body)

    def list(self, role: str | None = "full", date: str = BOOKINGS, **query: Any) -> httpx.Response:
        """List bookings."""
        return self.call("GET", "/v2/bookings", date, role, params=query)

    def set_clock(self, now: str) -> None:
        """Let the mock's clock stand at an instant."""
        answer = self.calcom.door("PUT", "/clock", json={"now": now})
        assert answer.status_code == 200, answer.text


def data(answer: httpx.Response, status: int = 200) -> Any:
    """The data of a success."""
    assert answer.status_code == status, answer.text
    assert answer.json()["status"] == "success"
    return answer.json()["data"]


def bare(answer: httpx.Response) -> tuple[int, str]:
    """Status and message of a refusal without envelope."""
    body = answer.json()
    assert set(body) == {"statusCode", "message"}
    assert body["statusCode"] == answer.status_code
    return answer.status_code, body["message"]


def properties(answer: httpx.Response) -> set[str]:
    """The properties that a 400 with ``details.errors`` complains of."""
    assert answer.status_code == 400, answer.text
    return {item["property"] for item in answer.json()["error"]["details"]["errors"]}


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal in an envelope."""
    assert answer.json()["status"] == "error"
    return answer.status_code, answer.json()["error"]["code"]


def message(answer: httpx.Response) -> str:
    """The message of a refusal in an envelope."""
    return answer.json()["error"]["message"]
