"""Event types as this API shows them. Source: Cal.com API v2, Event Types; behaviour of a running server."""

from typing import Any

from bookproof.mock.components import Domain
from bookproof.mock.dialects.calcom_v2.booking_fields import all_fields
from bookproof.mock.dialects.calcom_v2.locations import DEFAULT_LOCATIONS
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person

_OFF = {"disabled": True}
#: What is shown of settings that nobody has set.
_DEFAULTS: dict[str, Any] = {
    "disableGuests": False,
    "bookingLimitsCount": _OFF,
    "bookingLimitsDuration": _OFF,
    "bookerActiveBookingsLimit": _OFF,
    "onlyShowFirstAvailableSlot": False,
    "bookingWindow": _OFF,
    "bookerLayouts": {"defaultLayout": "month", "enabledLayouts": ["month", "week", "column"]},
    "confirmationPolicy": _OFF,
    "requiresBookerEmailVerification": False,
    "hideCalendarNotes": False,
    "lockTimeZoneToggleOnBookingPage": False,
    "color": {"lightThemeHex": "#292929", "darkThemeHex": "#fafafa"},
    "seats": _OFF,
    "customName": "",
    "destinationCalendar": None,
    "useDestinationCalendarEmail": False,
    "hideCalendarEventDetails": False,
    "successRedirectUrl": None,
    "hideOrganizerEmail": False,
    "calVideoSettings": None,
    "bookingRequiresAuthentication": False,
    "disableCancelling": {"disabled": False},
    "disableRescheduling": {"disabled": False},
    "interfaceLanguage": "",
    "allowReschedulingPastBookings": False,
    "allowReschedulingCancelledBookings": False,
    "showOptimizedSlots": False,
}


class EventTypePresenter:
    """Shows event types.

    Parameters:
        domain: knows their owners.
        base_url: of the server, for booking pages.
    """

    def __init__(self, domain: Domain, base_url: str) -> None:
        self._domain = domain
        self._base_url = base_url

    def event_type(self, event_type: EventType) -> dict[str, Any]:
        """A whole event type."""
        owner = self._domain.people.of_account(event_type.account_id)
        return {
            "id": event_type.number,
            "ownerId": owner.number,
            **self.basics(event_type),
            **self.rules(event_type),
            **{name: event_type.details.get(name, default) for name, default in _DEFAULTS.items()},
            "locations": event_type.details.get("locations") or [dict(item) for item in DEFAULT_LOCATIONS],
            "bookingFields": all_fields(event_type.details.get("bookingFields", ())),
            "recurrence": self.recurrence(event_type),
            "metadata": {},
            "price": 0,
            "currency": "usd",
            "forwardParamsSuccessRedirect": True,
            "isInstantEvent": False,
            "scheduleId": event_type.schedule_number,
            "hidden": event_type.hidden,
            "users": [self.user(owner)],
            "bookingUrl": f"{self._base_url}/{owner.username}/{event_type.slug}",
        }

    def basics(self, event_type: EventType) -> dict[str, Any]:
        """Length, title, slug and description."""
        durations = event_type.rules.durations
        several = {"lengthInMinutesOptions": sorted(durations)} if len(durations) > 1 else {}
        return {
            "lengthInMinutes": event_type.rules.duration,
            **several,
            "title": event_type.title,
            "slug": event_type.slug,
            "description": event_type.description,
        }

    def rules(self, event_type: EventType) -> dict[str, Any]:
        """Grid, notice and buffers, in minutes."""
        rules = event_type.rules
        return {
            "slotInterval": rules.interval,
            "minimumBookingNotice": rules.minimum_notice,
            "beforeEventBuffer": rules.buffer_before,
            "afterEventBuffer": rules.buffer_after,
            "offsetStart": rules.offset,
        }

    def recurrence(self, event_type: EventType) -> dict[str, Any] | None:
        """How a booking repeats, None if it does not."""
        recurrence = event_type.recurrence
        if recurrence is None:
            return None
        return {
            "interval": recurrence.interval,
            "occurrences": recurrence.occurrences,
            "frequency": recurrence.frequency,
        }

    def user(self, person: Person) -> dict[str, Any]:
        """The owner, as part of an event type."""
        return {
            "id": person.number,
            "name": person.name,
            "username": person.username,
            "avatarUrl": person.avatar_url,
            "weekStart": person.week_start,
            "brandColor": None,
            "darkBrandColor": None,
            "metadata": dict(person.metadata),
        }

    def deleted(self, event_type: EventType) -> dict[str, Any]:
        """What is left to say of an event type that was deleted."""
        return {
            "id": event_type.number,
            "lengthInMinutes": event_type.rules.duration,
            "slug": event_type.slug,
            "title": event_type.title,
        }
