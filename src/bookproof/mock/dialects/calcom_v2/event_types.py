"""Event types: create, list, read, change, delete.

Source: Cal.com API v2, Event Types; behaviour of a running server.
"""

from typing import Any

from bookproof.mock.dialects.calcom_v2.booking_fields import checked_fields
from bookproof.mock.dialects.calcom_v2.calls import LARGEST_NUMBER, Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, bad_request, coded, forbidden, not_found
from bookproof.mock.dialects.calcom_v2.event_type_inputs import NULLABLE, SettingRules, members
from bookproof.mock.dialects.calcom_v2.event_type_presenter import EventTypePresenter
from bookproof.mock.dialects.calcom_v2.event_type_settings import EventTypeSettings
from bookproof.mock.dialects.calcom_v2.locations import check_locations
from bookproof.mock.dialects.calcom_v2.query import first
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Problem, Shape, checked, listed
from bookproof.mock.domain.errors import NotFound, SlugTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person
from bookproof.mock.http.exchange import Answer


class EventTypeHandlers:
    """Handlers of /v2/event-types."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.presenter = EventTypePresenter(tools.domain, tools.base_url)
        self.settings = EventTypeSettings()
        self.rules = SettingRules()
        self.create_shape = Shape(members(changing=False))
        self.update_shape = Shape(members(changing=True))

    # Making

    def create(self, call: Call) -> Answer:
        """createEventType"""
        given = self.given(call, self.create_shape)
        person = self.tools.domain.people.of_account(call.account_id)
        try:
            made = self.tools.domain.event_types.create(self.built(self.settings.new(person), given))
        except SlugTaken:
            raise self.slug_taken() from None
        return self.tools.envelopes.success(call, self.presenter.event_type(made))

    def given(self, call: Call, shape: Shape) -> dict[str, Any]:
        """The settings of the request, checked; what is not known is dropped.

        Raises:
            Refusal: 400; 404 for a schedule that the caller has not.
        """
        given = self.said(checked(shape, call.body))
        self.rules.check(given)
        if given.get("locations") is not None:
            check_locations(given["locations"])
        if given.get("bookingFields") is not None:
            given["bookingFields"] = checked_fields(given["bookingFields"])
        if given.get("scheduleId") is not None:
            self.check_schedule(call, int(given["scheduleId"]))
        return given

    def said(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the body sets: null means something for a few settings, for all others nothing is said."""
        return {name: value for name, value in body.items() if value is not None or name in NULLABLE}

    def check_schedule(self, call: Call, number: int) -> None:
        """Refuse a schedule that is not the caller's.

        Raises:
            Refusal: 404.
        """
        if number not in {schedule.number for schedule in self.tools.domain.schedules.find(call.account_id)}:
            raise not_found(f"User with ID={call.account_id} does not own schedule with ID={number}.")

    def built(self, event_type: EventType, given: dict[str, Any]) -> EventType:
        """The event type with the settings applied, if they go together.

        Raises:
            Refusal: 400.
        """
        built = self.settings.applied(event_type, given)
        self.check_seats(built)
        return built

    def check_seats(self, event_type: EventType) -> None:
        """Refuse seats together with confirmation, or with several locations.

        Raises:
            Refusal: 400.
        """
        if event_type.seats is None:
            return
        if event_type.requires_confirmation:
            raise bad_request("Seats cannot be offered where bookings require confirmation.")
        if len(event_type.details.get("locations", ())) > 1:
            raise bad_request("Seats cannot be offered where there are several locations.")

    def slug_taken(self) -> Refusal:
        """The refusal of a slug that the caller has given before."""
        return bad_request("User already has an event type with this slug.")

    # Reading

    def index(self, call: Call) -> Answer:
        """listEventTypes: a person's by username, else the caller's own; strangers who name nobody get none."""
        found = self.ordered(call, self.listed(call))
        return self.tools.envelopes.success(call, [self.presenter.event_type(item) for item in found])

    def listed(self, call: Call) -> list[EventType]:
        """The event types that the query asks for."""
        person = self.asked_person(call)
        if person is None:
            return []
        found = self.tools.domain.event_types.of_account(
            person.account_id, with_hidden=self.sees_hidden(call, person.account_id)
        )
        slug = first(call.query.get("eventSlug"))
        return [item for item in found if slug is None or item.slug == slug or "username" not in call.query]

    def asked_person(self, call: Call) -> Person | None:
        """Whose event types are asked for; None for nobody that there is."""
        try:
            if "username" in call.query:
                return self.tools.domain.people.by_username(str(first(call.query["username"])))
            if "usernames" in call.query or call.caller is None:
                return None
            return self.tools.domain.people.of_account(call.account_id)
        except NotFound:
            return None

    def sees_hidden(self, call: Call, account_id: str) -> bool:
        """Whether the caller is shown the hidden event types of an account."""
        return call.is_by(account_id)

    def ordered(self, call: Call, found: list[EventType]) -> list[EventType]:
        """The list in the order that is asked for.

        Raises:
            Refusal: 400 for an unknown order.
        """
        order = first(call.query.get("sortCreatedAt"))
        if order not in (None, "asc", "desc"):
            sentence = {"isEnum": "sortCreatedAt must be either 'asc' or 'desc'"}
            raise listed([Problem(call.query, "sortCreatedAt", order, sentence)])
        return sorted(found, key=lambda item: item.number, reverse=order == "desc")

    def show(self, call: Call) -> Answer:
        """getEventType"""
        event_type = self.found(call)
        if not self.may_read(call, event_type):
            raise forbidden("User does not own this event type.")
        return self.tools.envelopes.success(call, self.presenter.event_type(event_type))

    def may_read(self, call: Call, event_type: EventType) -> bool:
        """Whether the caller may read the event type."""
        return call.is_by(event_type.account_id)

    def found(self, call: Call) -> EventType:
        """The event type of the path.

        Raises:
            Refusal: 404.
        """
        number = call.number("eventTypeId")
        try:
            return event_type_of(self.tools, number)
        except NotFound:
            raise self.unknown(number) from None

    def unknown(self, number: int) -> Refusal:
        """The refusal of an id that no event type has."""
        return not_found(f"Event type with id {number} not found")

    # Changing

    def update(self, call: Call) -> Answer:
        """updateEventType: what the body leaves out stays."""
        event_type = self.found(call)
        if not self.may_change(call, event_type):
            raise self.unknown(event_type.number)
        given = self.given(call, self.update_shape)
        try:
            changed = self.tools.domain.event_types.put(self.built(event_type, given))
        except SlugTaken:
            raise coded(400, "TRPCError", self.slug_taken().message) from None
        return self.tools.envelopes.success(call, self.presenter.event_type(changed))

    def may_change(self, call: Call, event_type: EventType) -> bool:
        """Whether the caller may change the event type."""
        return call.is_by(event_type.account_id)

    def delete(self, call: Call) -> Answer:
        """deleteEventType"""
        event_type = self.found(call)
        if not self.may_delete(call, event_type):
            raise forbidden("User does not own this event type.")
        self.tools.domain.event_types.delete(event_type.code)
        return self.tools.envelopes.success(call, self.presenter.deleted(event_type))

    def may_delete(self, call: Call, event_type: EventType) -> bool:
        """Whether the caller may delete the event type."""
        return call.is_by(event_type.account_id)


def event_type_of(tools: Tools, number: int) -> EventType:
    """The event type with this number, of whichever person.

    Raises:
        NotFound: there is none, or it is nobody's, as an office's is; numbers beyond 32 bits have none.
    """
    if not 0 < number <= LARGEST_NUMBER:
        raise NotFound("No such event type.")
    found = tools.domain.event_types.numbered(number)
    tools.domain.people.of_account(found.account_id)
    return found
