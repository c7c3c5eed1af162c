"""Open slots of an event type, for everybody. Source: Cal.com API v2, Slots; behaviour of a running server."""

from collections.abc import Sequence
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, not_found
from bookproof.mock.dialects.calcom_v2.event_type_settings import is_switched_on
from bookproof.mock.dialects.calcom_v2.event_types import event_type_of
from bookproof.mock.dialects.calcom_v2.moments import instant_of, shown, shown_in
from bookproof.mock.dialects.calcom_v2.query import first, texts
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    at_least,
    filled,
    iso_date,
    joined,
    one_of,
    text,
    whole,
    zone_name,
)
from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, local_date
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Opening
from bookproof.mock.http.exchange import Answer

TIME, RANGE = "time", "range"
#: Longer ranges are cut, so that one call cannot keep the server busy for minutes.
LONGEST_RANGE_DAYS = 3 * 366
_COMMON = {
    "start": Member(iso_date()),
    "end": Member(iso_date()),
    "timeZone": Member(zone_name(), required=False),
    "duration": Member(whole(), at_least(1), required=False),
    "format": Member(one_of(TIME, RANGE), required=False),
    "bookingUidToReschedule": Member(text(), required=False),
}
_NAMED = Member(text(), filled())
_OPTIONAL = Member(text(), filled(), required=False)
_MODES = {
    "eventTypeId": {"eventTypeId": Member(whole())},
    "usernames": {"usernames": _NAMED, "organizationSlug": _NAMED},
    "teamSlug": {"eventTypeSlug": _NAMED, "teamSlug": _NAMED, "organizationSlug": _OPTIONAL},
    "username": {"eventTypeSlug": _NAMED, "username": _NAMED, "organizationSlug": _OPTIONAL},
}


class SlotHandlers:
    """Handlers of /v2/slots."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.shapes = {name: Shape({**_COMMON, **members}, strict=True) for name, members in _MODES.items()}

    def index(self, call: Call) -> Answer:
        """listSlots: by day, in UTC unless a zone is asked for."""
        query = self.given(call)
        event_type = self.event_type(query)
        openings = self.openings(event_type, query)
        return self.tools.envelopes.slots(call, self.by_day(event_type, openings, query))

    # Reading the query

    def given(self, call: Call) -> dict[str, Any]:
        """The checked query; numbers are numbers, and of repeated values the first counts.

        Raises:
            Refusal: 400 in one sentence.
        """
        raw = {name: value if name == "usernames" else first(value) for name, value in call.query.items()}
        if isinstance(raw.get("usernames"), list):
            raw["usernames"] = ",".join(str(item) for item in cast("list[Any]", raw["usernames"]))
        query = {
            name: number_of(value) if name in ("eventTypeId", "duration") else value for name, value in raw.items()
        }
        problems = self.shapes[self.mode(query)].problems(query)
        if problems:
            raise joined(problems)
        return query

    def mode(self, query: dict[str, Any]) -> str:
        """How the event type is identified; there must be exactly one way."""
        return next((name for name in ("eventTypeId", "usernames", "teamSlug") if name in query), "username")

    def event_type(self, query: dict[str, Any]) -> EventType:
        """What is to be booked.

        Raises:
            Refusal: 400 for too few usernames; 404.
        """
        domain = self.tools.domain
        try:
            if "eventTypeId" in query:
                return event_type_of(self.tools, int(query["eventTypeId"]))
            if "username" in query:
                account_id = self.account_of(query["username"])
                return domain.event_types.by_slug(account_id, query["eventTypeSlug"])
        except NotFound:
            raise not_found("Event Type not found") from None
        if "usernames" in query and len(texts(query["usernames"])) < 2:
            raise bad_request("usernames property is wrong,usernames must contain at least 2 elements ")
        missing = query.get("teamSlug") or query["organizationSlug"]
        raise not_found(f"Team or organization with slug {missing} not found")

    def account_of(self, username: str) -> str:
        """The account of a username.

        Raises:
            Refusal: 404.
        """
        try:
            return self.tools.domain.people.by_username(username).account_id
        except NotFound:
            raise not_found(f"User with username {username} not found") from None

    def window(self, query: dict[str, Any]) -> Slot:
        """The asked range, read as UTC; an end at midnight means the whole of the day that begins there.

        Raises:
            Refusal: 400, outside the calendar.
        """
        start, end = instant_of(query["start"]), instant_of(query["end"])
        if start is None or end is None:
            raise bad_request("start and end must lie in the calendar")
        return Slot(start, min(self.closing(end), start + LONGEST_RANGE_DAYS * DAY))

    def closing(self, end: int) -> int:
        """Where the range ends."""
        return end + DAY if end % DAY == 0 else end

    # Finding

    def openings(self, event_type: EventType, query: dict[str, Any]) -> list[Opening]:
        """The openings in the asked range."""
        window = self.window(query)
        if window.end <= window.start:
            return []
        minutes = None if query.get("duration") is None else int(query["duration"])
        ignoring = self.ignoring(query)
        return self.tools.domain.vacancies.find(event_type, window, minutes=minutes, ignoring=ignoring)

    def ignoring(self, query: dict[str, Any]) -> Ignoring:
        """The booking that is to be moved is no obstacle."""
        return Ignoring(booking=query.get("bookingUidToReschedule"))

    # Showing

    def by_day(self, event_type: EventType, openings: Sequence[Opening], query: dict[str, Any]) -> dict[str, Any]:
        """The openings by date of the asked zone; dates without any are left out."""
        days: dict[str, list[dict[str, Any]]] = {}
        for opening in openings:
            days.setdefault(self.day(opening, query.get("timeZone")), []).append(self.shown(event_type, opening, query))
        if is_switched_on(event_type, "onlyShowFirstAvailableSlot"):
            return {day: items[:1] for day, items in days.items()}
        return days

    def day(self, opening: Opening, zone: str | None) -> str:
        """The date under which an opening is shown."""
        return local_date(opening.start, zone or "UTC").isoformat()

    def shown(self, event_type: EventType, opening: Opening, query: dict[str, Any]) -> dict[str, Any]:
        """An opening in the asked format."""
        item: dict[str, Any] = {"start": self.time(opening.start, query.get("timeZone"))}
        if query.get("format") == RANGE:
            item["end"] = self.time(opening.end, query.get("timeZone"))
        return item if event_type.seats is None else item | self.seats(event_type.seats, opening)

    def time(self, instant: int, zone: str | None) -> str:
        """An instant in UTC, or with the offset of the asked zone."""
        return shown(instant) if zone is None else shown_in(instant, zone)

    def seats(self, total: int, opening: Opening) -> dict[str, Any]:
        """How many seats a slot has, and has left."""
        told: dict[str, Any] = {
            "seatsBooked": opening.seats_taken,
            "seatsRemaining": total - opening.seats_taken,
            "seatsTotal": total,
        }
        return told if opening.booking_code is None else told | {"bookingUid": opening.booking_code}


def number_of(value: Any) -> Any:
    """A text of digits as the number it writes; anything else as it is."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    return value
