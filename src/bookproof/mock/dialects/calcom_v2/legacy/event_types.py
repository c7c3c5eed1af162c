"""Event types of the first version: raw records, grouped by owner. Source: Cal.com API v2, Event types, 2024-04-15."""

from dataclasses import replace
from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, coded, forbidden, not_found
from bookproof.mock.dialects.calcom_v2.event_type_settings import EventTypeSettings
from bookproof.mock.dialects.calcom_v2.legacy.common import as_user
from bookproof.mock.dialects.calcom_v2.locations import DEFAULT_LOCATIONS, VIDEO
from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Shape,
    at_least,
    at_most,
    checked,
    filled,
    flag,
    record,
    text,
    whole,
)
from bookproof.mock.domain.errors import NotFound, SlugTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person
from bookproof.mock.http.exchange import Answer

_LONGEST = 1_440
#: Where the first version's own words for places are kept, beside the settings of later versions.
LOCATIONS = "legacyLocations"


class LegacyEventTypeHandlers:
    """Handlers of /v2/event-types."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.settings = EventTypeSettings()
        self.create_shape = Shape(self.members(required=True))
        self.update_shape = Shape(self.members(required=False))

    def members(self, *, required: bool) -> dict[str, Member]:
        """The members of a body."""
        return {
            "length": Member(whole(), at_least(1), at_most(_LONGEST), required=required),
            "slug": Member(text(), filled(), required=required),
            "title": Member(text(), filled(), required=required),
            "description": Member(text(), required=False),
            "hidden": Member(flag(), required=False),
            "locations": Member(items=[record()], required=False),
        }

    # Reading

    def index(self, call: Call) -> Answer:
        """listEventTypes: the caller's, or those that another person shows."""
        username = first(call.query.get("username"))
        owner = self.tools.domain.people.of_account(call.account_id)
        groups = [self.group(call, owner)] if not username else self.groups_of(call, str(username))
        data: dict[str, Any] = {
            "eventTypeGroups": groups,
            "profiles": [group["profile"] | {"teamId": None, "membershipCount": 1} for group in groups],
            "allUsersAcrossAllEventTypes": {},
        }
        return self.tools.envelopes.success(call, data)

    def groups_of(self, call: Call, username: str) -> list[dict[str, Any]]:
        """The group of a person, none if there is no such person."""
        try:
            return [self.group(call, self.tools.domain.people.by_username(username))]
        except NotFound:
            return []

    def group(self, call: Call, owner: Person) -> dict[str, Any]:
        """The event types of one person."""
        found = self.tools.domain.event_types.of_account(owner.account_id, with_hidden=call.is_by(owner.account_id))
        return {
            "teamId": None,
            "bookerUrl": self.tools.base_url,
            "membershipRole": None,
            "profile": {"slug": owner.username, "name": owner.name, "image": owner.avatar_url},
            "metadata": {"membershipCount": 1, "readOnly": False},
            "eventTypes": [self.shown(item, owner) for item in found],
        }

    def show(self, call: Call) -> Answer:
        """getEventType: the event type, and what an editor of it needs around it."""
        event_type = self.owned(call)
        owner = self.tools.domain.people.of_account(event_type.account_id)
        data: dict[str, Any] = {
            "eventType": self.shown(event_type, owner) | {"users": [as_user(owner)], "scheduleName": None},
            "locationOptions": [],
            "destinationCalendar": None,
            "team": None,
            "teamMembers": [],
            "currentUserMembership": None,
            "isUserOrganizationAdmin": False,
        }
        return self.tools.envelopes.success(call, data)

    def owned(self, call: Call) -> EventType:
        """The caller's event type that the path names.

        Raises:
            Refusal: 404, also if it is another account's.
        """
        try:
            event_type = self.tools.domain.event_types.numbered(call.number("eventTypeId"))
        except NotFound as failure:
            raise coded(404, "TRPCError", "NOT_FOUND") from failure
        if event_type.account_id != call.account_id:
            raise coded(404, "TRPCError", "NOT_FOUND")
        return event_type

    # Changing

    def create(self, call: Call) -> Answer:
        """createEventType"""
        body = checked(self.create_shape, call.body)
        owner = self.tools.domain.people.of_account(call.account_id)
        made = self.stored(self.changed(self.settings.new(owner), body))
        return self.tools.envelopes.success(call, self.shown(made, owner))

    def changed(self, event_type: EventType, body: dict[str, Any]) -> EventType:
        """The event type with the members that the body sets."""
        for name in ("title", "slug", "description", "hidden"):
            if body.get(name) is not None:
                event_type = replace(event_type, **{name: body[name]})
        if body.get("length") is not None:
            event_type = replace(event_type, rules=replace(event_type.rules, durations=(int(body["length"]),)))
        if body.get("locations") is not None:
            event_type = replace(event_type, details={**event_type.details, LOCATIONS: body["locations"]})
        return event_type

    def stored(self, event_type: EventType) -> EventType:
        """The event type once it is stored, new or not.

        Raises:
            Refusal: 400, its owner has another one of the same slug.
        """
        event_types = self.tools.domain.event_types
        try:
            return event_types.put(event_type) if event_type.code else event_types.create(event_type)
        except SlugTaken as failure:
            raise bad_request("User already has an event type with this slug.") from failure

    def update(self, call: Call) -> Answer:
        """updateEventType: what the body leaves out stays."""
        body = checked(self.update_shape, call.body)
        changed = self.stored(self.changed(self.owned(call), body))
        return self.tools.envelopes.success(
            call, self.shown(changed, self.tools.domain.people.of_account(call.account_id))
        )

    def delete(self, call: Call) -> Answer:
        """deleteEventType"""
        number = call.number("eventTypeId")
        try:
            event_type = self.tools.domain.event_types.numbered(number)
        except NotFound as failure:
            raise not_found(f"Event type with id {number} does not exist.") from failure
        if event_type.account_id != call.account_id:
            raise forbidden("User does not own this event type.")
        self.tools.domain.event_types.delete(event_type.code)
        data = {
            "id": event_type.number,
            "length": event_type.rules.duration,
            "slug": event_type.slug,
            "title": event_type.title,
        }
        return self.tools.envelopes.success(call, data)

    # Showing

    def locations(self, event_type: EventType) -> list[dict[str, Any]]:
        """Where it takes place, in this version's words."""
        given = event_type.details.get(LOCATIONS)
        later: list[dict[str, Any]] = event_type.details.get("locations") or [dict(item) for item in DEFAULT_LOCATIONS]
        return list(given) if given else [self.location(item) for item in later]

    def location(self, location: dict[str, Any]) -> dict[str, Any]:
        """One place that was set in the words of a later version."""
        if location["type"] == "integration":
            app = location["integration"]
            return {"type": VIDEO if app == "cal-video" else f"integrations:{app}"}
        kind = {"address": "inPerson", "phone": "userPhone"}.get(location["type"], location["type"])
        return {**location, "type": kind}

    def shown(self, event_type: EventType, owner: Person) -> dict[str, Any]:
        """The raw record."""
        rules = event_type.rules
        return {
            "id": event_type.number,
            "title": event_type.title,
            "slug": event_type.slug,
            "description": event_type.description,
            "length": rules.duration,
            "locations": self.locations(event_type),
            "hidden": event_type.hidden,
            "userId": owner.number,
            "teamId": None,
            "scheduleId": event_type.schedule_number,
            "requiresConfirmation": event_type.requires_confirmation,
            "minimumBookingNotice": rules.minimum_notice,
            "beforeEventBuffer": rules.buffer_before,
            "afterEventBuffer": rules.buffer_after,
            "slotInterval": rules.interval,
            "seatsPerTimeSlot": event_type.seats,
            "price": 0,
            "currency": "usd",
            "metadata": {},
        }
