"""The operations of the API: id, method, path, scope, and the handler that answers. Source: Calendar API & MCP."""

from dataclasses import dataclass

from bookproof.mock.domain.keys import BOOKINGS_READ, BOOKINGS_WRITE, SLOTS_READ


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `scope` None: any valid key. `handler` is "<resource>.<method>" of `Resources`."""

    id: str
    method: str
    path: str
    scope: str | None
    handler: str


OPERATIONS = (
    Operation("listEventTypes", "GET", "/v1/event-types", SLOTS_READ, "event_types.index"),
    Operation("getEventType", "GET", "/v1/event-types/{eventTypeCode}", SLOTS_READ, "event_types.show"),
    Operation(
        "duplicateEventType",
        "POST",
        "/v1/event-types/{eventTypeCode}/duplicate",
        BOOKINGS_WRITE,
        "event_types.duplicate",
    ),
    Operation("listSlots", "GET", "/v1/event-types/{eventTypeCode}/slots", SLOTS_READ, "slots.index"),
    Operation("createBooking", "POST", "/v1/bookings", BOOKINGS_WRITE, "bookings.create"),
    Operation("listBookings", "GET", "/v1/bookings", BOOKINGS_READ, "bookings.index"),
    Operation("getBookingStats", "GET", "/v1/bookings/stats", BOOKINGS_READ, "bookings.stats"),
    Operation("getBooking", "GET", "/v1/bookings/{bookingCode}", BOOKINGS_READ, "bookings.show"),
    Operation("cancelBooking", "POST", "/v1/bookings/{bookingCode}/cancel", BOOKINGS_WRITE, "bookings.cancel"),
    Operation(
        "rescheduleBooking", "POST", "/v1/bookings/{bookingCode}/reschedule", BOOKINGS_WRITE, "bookings.reschedule"
    ),
    Operation("createEventLink", "POST", "/v1/event-types/{eventTypeCode}/links", BOOKINGS_WRITE, "links.create"),
    Operation("listEventLinks", "GET", "/v1/event-types/{eventTypeCode}/links", BOOKINGS_READ, "links.index"),
    Operation("revokeEventLink", "DELETE", "/v1/event-links/{linkCode}", BOOKINGS_WRITE, "links.revoke"),
    Operation("getMe", "GET", "/v1/users/me", None, "account.me"),
    Operation("listCalendars", "GET", "/v1/calendars", BOOKINGS_READ, "account.calendars"),
    Operation("listWebhooks", "GET", "/v1/webhooks", BOOKINGS_READ, "webhooks.index"),
    Operation("createWebhook", "POST", "/v1/webhooks", BOOKINGS_WRITE, "webhooks.create"),
    Operation("getWebhook", "GET", "/v1/webhooks/{webhookId}", BOOKINGS_READ, "webhooks.show"),
    Operation("updateWebhook", "PATCH", "/v1/webhooks/{webhookId}", BOOKINGS_WRITE, "webhooks.update"),
    Operation("deleteWebhook", "DELETE", "/v1/webhooks/{webhookId}", BOOKINGS_WRITE, "webhooks.delete"),
    Operation("testWebhook", "POST", "/v1/webhooks/{webhookId}/test", BOOKINGS_WRITE, "webhooks.test"),
)
