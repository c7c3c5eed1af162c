"""Slots of the first version: available ones, and holds on them. Source: Cal.com API v2, Slots, 2024-04-15."""

from collections.abc import Iterable
from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, not_found, unprocessable
from bookproof.mock.dialects.calcom_v2.legacy.common import number_in, numbered, seconds_of
from bookproof.mock.dialects.calcom_v2.moments import shown, shown_in
from bookproof.mock.dialects.calcom_v2.query import first, texts
from bookproof.mock.dialects.calcom_v2.slots import LONGEST_RANGE_DAYS
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    at_least,
    checked,
    iso_date,
    one_of,
    text,
    whole,
    zone_name,
)
from bookproof.mock.domain.errors import Invalid, NotFound, SlotReserved, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, MINUTE, local_date
from bookproof.mock.domain.reservations import Hold
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Opening
from bookproof.mock.http.exchange import Answer

HELD_MINUTES = 5


class LegacySlotHandlers:
    """Handlers of /v2/slots/available, /v2/slots/reserve and /v2/slots/selected-slot."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.query_shape = Shape(
            {
                "startTime": Member(iso_date()),
                "endTime": Member(iso_date()),
                "eventTypeSlug": Member(text(), required=False),
                "timeZone": Member(zone_name(), required=False),
                "slotFormat": Member(one_of("time", "range"), required=False),
            }
        )
        self.hold_shape = Shape(
            {
                "eventTypeId": Member(whole(), at_least(0)),
                "slotUtcStartDate": Member(iso_date()),
                "slotUtcEndDate": Member(iso_date()),
            }
        )

    # Available

    def index(self, call: Call) -> Answer:
        """listSlots"""
        query = checked(self.query_shape, {name: first(value) for name, value in call.query.items()})
        event_type = self.event_type(call.query)
        minutes = number_in(call.query, "duration")
        openings = self.openings(event_type, self.window(query), minutes)
        is_range = query.get("slotFormat") == "range"
        return self.tools.envelopes.success(call, {"slots": self.by_day(openings, query.get("timeZone"), is_range)})

    def window(self, query: dict[str, Any]) -> Slot:
        """The asked range; a date alone is its first instant, so that a range of one date is empty."""
        start, end = seconds_of(query["startTime"]), seconds_of(query["endTime"])
        return Slot(start, min(end, start + LONGEST_RANGE_DAYS * DAY))

    def event_type(self, query: dict[str, Any]) -> EventType:
        """The event type that is named by number, or by slug and its owner's name.

        Raises:
            Refusal: 400 if none is named, 404 if there is none.
        """
        number = number_in(query, "eventTypeId")
        if number is not None:
            return numbered(self.tools.domain, number)
        slug, names = first(query.get("eventTypeSlug")), texts(query.get("usernameList"))
        if not slug or not names:
            raise bad_request("eventTypeId, or eventTypeSlug and usernameList, are required")
        try:
            person = self.tools.domain.people.by_username(names[0])
            return self.tools.domain.event_types.by_slug(person.account_id, slug)
        except NotFound as failure:
            raise not_found("Event type not found") from failure

    def openings(self, event_type: EventType, window: Slot, minutes: int | None) -> list[Opening]:
        """The open slots of the range.

        Raises:
            Refusal: 400, the duration is not offered.
        """
        try:
            return self.tools.domain.vacancies.find(event_type, window, minutes=minutes)
        except Invalid as failure:
            raise bad_request(failure.message) from failure

    def by_day(self, openings: Iterable[Opening], zone_text: str | None, is_range: bool) -> dict[str, list[Any]]:
        """The slots by date, in the zone that was asked for."""
        days: dict[str, list[Any]] = {}
        for opening in openings:
            day = str(local_date(opening.start, zone_text or "UTC"))
            days.setdefault(day, []).append(self.slot(opening, zone_text, is_range))
        return days

    def slot(self, opening: Opening, zone_text: str | None, is_range: bool) -> dict[str, Any]:
        """One slot."""
        start, end = (self.time(moment, zone_text) for moment in (opening.start, opening.end))
        return {"startTime": start, "endTime": end} if is_range else {"time": start}

    def time(self, seconds: int, zone_text: str | None) -> str:
        """An instant, with the offset of the zone that was asked for."""
        return shown(seconds) if zone_text is None else shown_in(seconds, zone_text)

    # Holding

    def reserve(self, call: Call) -> Answer:
        """reserveSlot: the answer is the uid, and so is a cookie."""
        body = checked(self.hold_shape, call.body)
        start, end = seconds_of(body["slotUtcStartDate"]), seconds_of(body["slotUtcEndDate"])
        event_type = numbered(self.tools.domain, int(body["eventTypeId"]))
        uid = self.held(Hold(event_type.number, start, self.until(), self.minutes(start, end)))
        answer = self.tools.envelopes.success(call, uid)
        answer.headers["Set-Cookie"] = f"uid={uid}; Path=/"
        return answer

    def until(self) -> int:
        """When a hold ends."""
        return self.tools.domain.clock.now() + HELD_MINUTES * MINUTE

    def minutes(self, start: int, end: int) -> int:
        """The length of the slot.

        Raises:
            Refusal: 400, it has none.
        """
        if end <= start:
            raise bad_request("slotUtcEndDate must be after slotUtcStartDate")
        return (end - start) // MINUTE

    def held(self, wanted: Hold) -> str:
        """The uid of the new hold.

        Raises:
            Refusal: 422 if the slot is booked or held, 400 if it can never be.
        """
        try:
            return self.tools.domain.reservations.hold(wanted).uid
        except SlotReserved as failure:
            raise unprocessable("This time slot is already reserved by another user.") from failure
        except SlotTaken as failure:
            raise unprocessable("Can't reserve a slot if the event is already booked.") from failure

    def release(self, call: Call) -> Answer:
        """releaseReservation: by the query's uid or the cookie's; what is not held needs no release."""
        uid = first(call.query.get("uid")) or self.cookie(call)
        if isinstance(uid, str) and uid:
            self.tools.domain.reservations.release(uid)
        return self.tools.envelopes.done(call)

    def cookie(self, call: Call) -> str | None:
        """The uid in the cookie that `reserve` set."""
        for part in call.http.headers.get("cookie", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name == "uid":
                return value
        return None
