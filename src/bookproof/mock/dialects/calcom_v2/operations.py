"""The operations: id, method, path, dates, who may call them, and the handler that answers.

Source: Cal.com API v2, Reference; where a running server behaves otherwise, as the server does.
"""

from dataclasses import dataclass

from bookproof.mock.dialects.calcom_v2.versions import (
    V2024_04_15,
    V2024_06_11,
    V2024_06_14,
    V2024_08_13,
    V2024_09_04,
    V2026_02_25,
    V2026_05_01,
)

#: How a route treats credentials. NONE never looks at them. OPTIONAL lets callers without any in, and refuses bad ones.
#: USER answers 401 and PERMISSIONS 403 if there are none. CLIENT asks for a platform client's secret.
NONE, OPTIONAL, USER, PERMISSIONS, CLIENT = "none", "optional", "user", "permissions", "client"

BOOKING_READ, BOOKING_WRITE = "BOOKING_READ", "BOOKING_WRITE"
EVENT_TYPE_READ, EVENT_TYPE_WRITE = "EVENT_TYPE_READ", "EVENT_TYPE_WRITE"
SCHEDULE_READ, SCHEDULE_WRITE = "SCHEDULE_READ", "SCHEDULE_WRITE"
APPS_READ, APPS_WRITE = "APPS_READ", "APPS_WRITE"
PROFILE_READ, PROFILE_WRITE = "PROFILE_READ", "PROFILE_WRITE"
TEAM_PROFILE_READ, TEAM_PROFILE_WRITE = "TEAM_PROFILE_READ", "TEAM_PROFILE_WRITE"
WEBHOOK_READ, WEBHOOK_WRITE = "WEBHOOK_READ", "WEBHOOK_WRITE"
ORG_USERS_READ, ORG_USERS_WRITE = "ORG_USERS_READ", "ORG_USERS_WRITE"

ANY: tuple[str, ...] = ()
_MODERN_BOOKINGS = (V2024_08_13, V2026_02_25)
_MODERN_SCHEDULES = (V2024_06_11, V2024_06_14)
_MODERN_EVENT_TYPES = (V2024_06_14,)
_MODERN_SLOTS = (V2024_09_04,)
_LEGACY_BOOKINGS = (V2024_04_15, V2024_06_11, V2024_06_14)
_LEGACY_EVENT_TYPES = (V2024_04_15, V2024_06_11)
_LEGACY_SCHEDULES = (V2024_04_15,)
_LEGACY_SLOTS = (V2024_04_15, V2024_06_11, V2024_06_14, V2024_08_13)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation at some dates.

    `versions` are its dates, empty for every date; `access` is NONE, OPTIONAL, USER, PERMISSIONS or CLIENT; an OAuth
    token needs any one of `scopes` (none: any token will do); `handler` is "<resource>.<method>" of `Resources`;
    `status` is that of success. `own_tokens` False: OAuth tokens are refused with 403.
    """

    id: str
    method: str
    path: str
    versions: tuple[str, ...]
    access: str
    scopes: tuple[str, ...]
    handler: str
    status: int = 200
    own_tokens: bool = True

    def is_at(self, version: str) -> bool:
        """Whether the operation answers at this date."""
        return not self.versions or version in self.versions


def _bookings() -> tuple[Operation, ...]:
    dates, one, write = _MODERN_BOOKINGS, "/v2/bookings/{bookingUid}", (BOOKING_WRITE,)
    return (
        Operation("createBooking", "POST", "/v2/bookings", dates, OPTIONAL, write, "bookings.create", 201),
        Operation("listBookings", "GET", "/v2/bookings", dates, PERMISSIONS, (BOOKING_READ,), "booking_lists.index"),
        Operation(
            "listBookings",
            "GET",
            "/v2/bookings",
            (V2026_05_01,),
            PERMISSIONS,
            (BOOKING_READ,),
            "booking_lists.cursor_index",
        ),
        Operation("getBooking", "GET", one, dates, OPTIONAL, (BOOKING_READ,), "bookings.show"),
        Operation("cancelBooking", "POST", f"{one}/cancel", dates, OPTIONAL, write, "booking_changes.cancel"),
        Operation(
            "rescheduleBooking", "POST", f"{one}/reschedule", dates, OPTIONAL, write, "booking_changes.reschedule", 201
        ),
        Operation("confirmBooking", "POST", f"{one}/confirm", dates, PERMISSIONS, write, "booking_changes.confirm"),
        Operation("declineBooking", "POST", f"{one}/decline", dates, PERMISSIONS, write, "booking_changes.decline"),
        Operation(
            "markBookingAbsent",
            "POST",
            f"{one}/mark-absent",
            dates,
            PERMISSIONS,
            write,
            "booking_changes.mark_absent",
        ),
    )


def _event_types() -> tuple[Operation, ...]:
    dates, every, one = _MODERN_EVENT_TYPES, "/v2/event-types", "/v2/event-types/{eventTypeId}"
    read, write = (EVENT_TYPE_READ,), (EVENT_TYPE_WRITE,)
    return (
        Operation("createEventType", "POST", every, dates, PERMISSIONS, write, "event_types.create", 201),
        Operation("listEventTypes", "GET", every, dates, OPTIONAL, read, "event_types.index"),
        Operation("getEventType", "GET", one, dates, PERMISSIONS, read, "event_types.show"),
        Operation("updateEventType", "PATCH", one, dates, PERMISSIONS, write, "event_types.update"),
        Operation("deleteEventType", "DELETE", one, dates, PERMISSIONS, write, "event_types.delete"),
    )


def _slots() -> tuple[Operation, ...]:
    dates, every = _MODERN_SLOTS, "/v2/slots/reservations"
    one = f"{every}/{{reservationUid}}"
    return (
        Operation("listSlots", "GET", "/v2/slots", dates, NONE, (), "slots.index"),
        Operation("reserveSlot", "POST", every, dates, OPTIONAL, (), "reservations.create", 201),
        Operation("getReservation", "GET", one, dates, OPTIONAL, (), "reservations.show"),
        Operation("updateReservation", "PATCH", one, dates, OPTIONAL, (), "reservations.update"),
        Operation("releaseReservation", "DELETE", one, dates, OPTIONAL, (), "reservations.release"),
    )


def _schedules() -> tuple[Operation, ...]:
    dates, every, one = _MODERN_SCHEDULES, "/v2/schedules", "/v2/schedules/{scheduleId}"
    read, write = (SCHEDULE_READ,), (SCHEDULE_WRITE,)
    return (
        Operation("createSchedule", "POST", every, dates, USER, write, "schedules.create", 201),
        Operation("listSchedules", "GET", every, dates, USER, read, "schedules.index"),
        Operation("getDefaultSchedule", "GET", f"{every}/default", dates, USER, read, "schedules.default"),
        Operation("getSchedule", "GET", one, dates, USER, read, "schedules.show"),
        Operation("updateSchedule", "PATCH", one, dates, USER, write, "schedules.update"),
        Operation("deleteSchedule", "DELETE", one, dates, USER, write, "schedules.delete"),
    )


def _account() -> tuple[Operation, ...]:
    read, write, calendar = (APPS_READ,), (APPS_WRITE,), "/v2/calendars/{calendar}"
    return (
        Operation("listCalendars", "GET", "/v2/calendars", ANY, USER, read, "calendars.index"),
        Operation("listBusyTimes", "GET", "/v2/calendars/busy-times", ANY, USER, read, "calendars.busy_times"),
        # The server asks for the write permission, an older list of the documents for the read permission.
        Operation("connectCalendar", "GET", f"{calendar}/connect", ANY, USER, read + write, "calendars.connect"),
        Operation("disconnectCalendar", "POST", f"{calendar}/disconnect", ANY, USER, write, "calendars.disconnect"),
        Operation("getMe", "GET", "/v2/me", ANY, USER, (PROFILE_READ,), "me.show"),
        Operation("updateMe", "PATCH", "/v2/me", ANY, USER, (PROFILE_WRITE,), "me.update"),
    )


def _groups() -> tuple[Operation, ...]:
    team, users = "/v2/teams/{teamId}", "/v2/organizations/{orgId}/users"
    read, write = (TEAM_PROFILE_READ,), (TEAM_PROFILE_WRITE,)
    user, change = f"{users}/{{userId}}", (ORG_USERS_WRITE,)
    return (
        Operation("createTeam", "POST", "/v2/teams", ANY, USER, write, "teams.create", 201),
        Operation("listTeams", "GET", "/v2/teams", ANY, USER, read, "teams.index"),
        Operation("getTeam", "GET", team, ANY, USER, read, "teams.show"),
        Operation("updateTeam", "PATCH", team, ANY, USER, write, "teams.update"),
        Operation("deleteTeam", "DELETE", team, ANY, USER, write, "teams.delete"),
        Operation("listOrganizationUsers", "GET", users, ANY, USER, (ORG_USERS_READ,), "organization_users.index"),
        Operation("createOrganizationUser", "POST", users, ANY, USER, change, "organization_users.create", 201),
        Operation("updateOrganizationUser", "PATCH", user, ANY, USER, change, "organization_users.update"),
        Operation("deleteOrganizationUser", "DELETE", user, ANY, USER, change, "organization_users.delete"),
    )


def _webhooks() -> tuple[Operation, ...]:
    every, one, read, write = "/v2/webhooks", "/v2/webhooks/{webhookId}", (WEBHOOK_READ,), (WEBHOOK_WRITE,)
    return (
        Operation("createWebhook", "POST", every, ANY, USER, write, "webhooks.create", 201),
        Operation("listWebhooks", "GET", every, ANY, USER, read, "webhooks.index"),
        Operation("getWebhook", "GET", one, ANY, USER, read, "webhooks.show"),
        Operation("updateWebhook", "PATCH", one, ANY, USER, write, "webhooks.update"),
        Operation("deleteWebhook", "DELETE", one, ANY, USER, write, "webhooks.delete"),
    )


def _credentials() -> tuple[Operation, ...]:
    users = "/v2/oauth-clients/{clientId}/users"
    return (
        Operation("exchangeOAuthToken", "POST", "/v2/auth/oauth2/token", ANY, NONE, (), "oauth.token"),
        Operation("createManagedUser", "POST", users, ANY, CLIENT, (), "managed_users.create", 201),
        Operation("refreshApiKey", "POST", "/v2/api-keys/refresh", ANY, USER, (), "api_keys.refresh", own_tokens=False),
    )


def _legacy() -> tuple[Operation, ...]:
    bookings, types, schedules = "/v2/bookings", "/v2/event-types", "/v2/schedules"
    booking, event_type, schedule = (
        f"{bookings}/{{bookingUid}}",
        f"{types}/{{eventTypeId}}",
        f"{schedules}/{{scheduleId}}",
    )
    b, e, s, o = _LEGACY_BOOKINGS, _LEGACY_EVENT_TYPES, _LEGACY_SCHEDULES, _LEGACY_SLOTS
    type_read, type_write = (EVENT_TYPE_READ,), (EVENT_TYPE_WRITE,)
    read, write = (SCHEDULE_READ,), (SCHEDULE_WRITE,)
    return (
        Operation("createBooking", "POST", bookings, b, OPTIONAL, (BOOKING_WRITE,), "legacy_bookings.create", 201),
        Operation("listBookings", "GET", bookings, b, PERMISSIONS, (BOOKING_READ,), "legacy_bookings.index"),
        Operation("getBooking", "GET", booking, b, OPTIONAL, (BOOKING_READ,), "legacy_bookings.show"),
        Operation(
            "cancelBooking", "POST", f"{booking}/cancel", b, OPTIONAL, (BOOKING_WRITE,), "legacy_bookings.cancel", 201
        ),
        Operation("createEventType", "POST", types, e, PERMISSIONS, type_write, "legacy_event_types.create", 201),
        Operation("listEventTypes", "GET", types, e, PERMISSIONS, type_read, "legacy_event_types.index"),
        Operation("getEventType", "GET", event_type, e, PERMISSIONS, type_read, "legacy_event_types.show"),
        Operation("updateEventType", "PATCH", event_type, e, PERMISSIONS, type_write, "legacy_event_types.update"),
        Operation("deleteEventType", "DELETE", event_type, e, PERMISSIONS, type_write, "legacy_event_types.delete"),
        Operation("createSchedule", "POST", schedules, s, USER, write, "legacy_schedules.create", 201),
        Operation("listSchedules", "GET", schedules, s, USER, read, "legacy_schedules.index"),
        Operation("getDefaultSchedule", "GET", f"{schedules}/default", s, USER, read, "legacy_schedules.default"),
        Operation("getSchedule", "GET", schedule, s, USER, read, "legacy_schedules.show"),
        Operation("updateSchedule", "PATCH", schedule, s, USER, write, "legacy_schedules.update"),
        Operation("deleteSchedule", "DELETE", schedule, s, USER, write, "legacy_schedules.delete"),
        Operation("listSlots", "GET", "/v2/slots/available", o, NONE, (), "legacy_slots.index"),
        Operation("reserveSlot", "POST", "/v2/slots/reserve", o, OPTIONAL, (), "legacy_slots.reserve", 201),
        Operation("releaseReservation", "DELETE", "/v2/slots/selected-slot", o, OPTIONAL, (), "legacy_slots.release"),
    )


OPERATIONS: tuple[Operation, ...] = (
    *_bookings(),
    *_event_types(),
    *_slots(),
    *_schedules(),
    *_account(),
    *_groups(),
    *_webhooks(),
    *_credentials(),
    *_legacy(),
)
