"""The handlers, grouped by resource."""

import importlib
from typing import Any

from bookproof.mock.dialects.calcom_v2.tools import Tools

_PACKAGE = __package__
#: Attribute of `Resources` -> module and class; each class is made with the tools, and its methods take a call.
HANDLERS = {
    "bookings": ("bookings", "BookingHandlers"),
    "booking_lists": ("booking_lists", "BookingListHandlers"),
    "booking_changes": ("booking_changes", "BookingChangeHandlers"),
    "event_types": ("event_types", "EventTypeHandlers"),
    "slots": ("slots", "SlotHandlers"),
    "reservations": ("reservations", "ReservationHandlers"),
    "schedules": ("schedules", "ScheduleHandlers"),
    "calendars": ("calendars", "CalendarHandlers"),
    "me": ("me", "MeHandlers"),
    "teams": ("teams", "TeamHandlers"),
    "organization_users": ("organizations", "OrganizationUserHandlers"),
    "webhooks": ("webhooks", "WebhookHandlers"),
    "oauth": ("oauth", "OAuthHandlers"),
    "managed_users": ("managed_users", "ManagedUserHandlers"),
    "api_keys": ("api_keys", "ApiKeyHandlers"),
    "legacy_bookings": ("legacy.bookings", "LegacyBookingHandlers"),
    "legacy_event_types": ("legacy.event_types", "LegacyEventTypeHandlers"),
    "legacy_schedules": ("legacy.schedules", "LegacyScheduleHandlers"),
    "legacy_slots": ("legacy.slots", "LegacySlotHandlers"),
}


class Resources:
    """One handler object per resource, and the tools they share."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        for name, (module, handlers) in HANDLERS.items():
            setattr(self, name, self._made(module, handlers))

    def _made(self, module: str, handlers: str) -> Any:
        return getattr(importlib.import_module(f"{_PACKAGE}.{module}"), handlers)(self.tools)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)
