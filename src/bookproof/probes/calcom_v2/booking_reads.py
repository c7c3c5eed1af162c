"""Looking at bookings of Cal.com: one of them, a list of the newest, and the slots around a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from bookproof.probes.base import Probe
from bookproof.probes.calcom_v2.grounds import Ground, list_slots, starts
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.views import Booking, instant
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.exchange import Exchange

#: What the API calls a booking that holds its time, in the suite's word; the other words are the same.
_WORDS = {"accepted": "confirmed"}
#: How a taken time may be refused: the first is observed where the other booking is stored, the second in a race.
TAKEN = frozenset({400, 409})
#: How a time that is not offered, or what is not valid, may be refused.
INVALID = frozenset({400, 409, 422})
#: The most bookings that a page of the list holds.
LARGEST_PAGE = 250
#: A slots query around a time reaches this far.
_AROUND = timedelta(hours=2)


@dataclass(frozen=True)
class Shown:
    """An answer about one booking, and the booking as it shows it; an empty one where it shows none."""

    exchange: Exchange
    raw: dict[str, Any]

    @property
    def uid(self) -> str:
        """Its uid, or ""."""
        return str(self.raw.get("uid") or "")

    @property
    def status(self) -> str:
        """Its status as the API writes it, or ""."""
        return str(self.raw.get("status") or "")

    @property
    def start(self) -> datetime | None:
        """Its start, if that is an instant."""
        return instant(self.raw.get("start"))

    @property
    def end(self) -> datetime | None:
        """Its end, if that is an instant."""
        return instant(self.raw.get("end"))

    @property
    def live(self) -> bool:
        """Whether it holds its time."""
        return bool(self.raw) and view(self.raw).live


def view(raw: dict[str, Any]) -> Booking:
    """A booking in the suite's words."""
    status, event_type = raw.get("status"), raw.get("eventType")
    number = cast("dict[str, Any]", event_type).get("id") if isinstance(event_type, dict) else raw.get("eventTypeId")
    attendees = attendees_of(raw)
    first = attendees[0] if attendees else {}
    return Booking(
        code=str(raw["uid"]) if raw.get("uid") else None,
        event_type_code=None if number is None else str(number),
        status=None if status is None else _WORDS.get(str(status), str(status)),
        start=instant(raw.get("start")),
        end=instant(raw.get("end")),
        attendee_name=first.get("name"),
        attendee_email=first.get("email"),
        raw=raw,
    )


def attendees_of(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """The attendees that a booking shows."""
    found = raw.get("attendees")
    items = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def event_type_of(raw: dict[str, Any]) -> str | None:
    """The id of the event type that a booking shows."""
    return view(raw).event_type_code


def shown(session: Session, exchange: Exchange) -> Shown:
    """What an answer shows of a booking; of several, the first."""
    found = session.api.many(exchange)
    return Shown(exchange, found[0] if found else {})


def read_booking(session: Session, uid: str, note: str = "", **call: Any) -> Shown:
    """A booking by its uid."""
    return shown(session, session.api.call("getBooking", {"bookingUid": uid}, note=note, **call))


@dataclass(frozen=True)
class Newest:
    """The newest bookings of the account, cancelled ones included.

    Attributes:
        exchange: the answer.
        bookings: all that it shows.
        whole: whether no page follows, as far as the answer says.
    """

    exchange: Exchange
    bookings: Sequence[dict[str, Any]]
    whole: bool

    def find(self, uid: str) -> Shown | None:
        """The booking with a uid, or None."""
        return next((Shown(self.exchange, raw) for raw in self.bookings if raw.get("uid") == uid), None)


def newest(session: Session, note: str) -> Newest:
    """The newest bookings, as many as one page holds; as listed already, if only questions were asked since."""
    query = {"take": LARGEST_PAGE, "sortCreated": "desc"}
    exchange = _listed_since(session, urlencode(query)) or session.api.call("listBookings", query=query, note=note)
    whole = session.api.pagination(exchange).get("hasNextPage") is not True
    return Newest(exchange, session.api.many(exchange), whole)


def _listed_since(session: Session, query: str) -> Exchange | None:
    for exchange in reversed(session.client.exchanges):
        if exchange.method != "GET":
            return None
        listed = exchange.operation == "listBookings" and exchange.role == "full" and exchange.ok
        if listed and exchange.url.partition("?")[2] == query:
            return exchange
    return None


def slots_around(session: Session, ground: Ground, *times: datetime, note: str) -> tuple[Exchange, list[datetime]]:
    """The slots around some times: the answer, and the starts that it lists.

    No two questions are the same, since servers may answer the same question from memory for some seconds.
    """
    first = min(times) - _AROUND - timedelta(seconds=session.client.next_number % 3_000)
    exchange = list_slots(session, ground.id, first, max(times) + _AROUND, note=note)
    return exchange, starts(session, exchange)


def tagged(session: Session, tag: str) -> str:
    """The address of the suite's attendee with a tag, for attendees who must have addresses of their own."""
    name, _, domain = session.target.attendee_email.partition("@")
    return f"{name}+{tag}@{domain}"


def evidence_or_none(session: Session, wanted: Probe[Any]) -> Any:
    """The evidence of another probe, or None where there is none."""
    try:
        return session.need(wanted)
    except (Untestable, NotApplicable):
        return None
