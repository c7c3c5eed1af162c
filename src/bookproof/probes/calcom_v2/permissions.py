"""The permissions of OAuth tokens: what needs them, and which tokens lack which of them.

Source: Everything an AI agent can do with the Cal.com API, Endpoint reference.
"""

from __future__ import annotations

#: Permission to the operations of the reference that need it and can tell its want from others.
NEEDED_BY: dict[str, tuple[str, ...]] = {
    "BOOKING_READ": ("listBookings",),
    "BOOKING_WRITE": ("confirmBooking", "declineBooking", "markBookingAbsent"),
    "EVENT_TYPE_READ": ("listEventTypes", "getEventType"),
    "EVENT_TYPE_WRITE": ("createEventType", "updateEventType", "deleteEventType"),
    "SCHEDULE_READ": ("listSchedules", "getSchedule"),
    "SCHEDULE_WRITE": ("createSchedule", "updateSchedule", "deleteSchedule"),
    "APPS_READ": ("listCalendars", "listBusyTimes"),
    "APPS_WRITE": ("disconnectCalendar",),
    "PROFILE_READ": ("getMe",),
    "PROFILE_WRITE": ("updateMe",),
    "TEAM_READ": ("listTeams", "getTeam"),
    "TEAM_WRITE": ("createTeam", "updateTeam"),
    "WEBHOOK_READ": ("listWebhooks",),
    "WEBHOOK_WRITE": ("createWebhook", "updateWebhook", "deleteWebhook"),
    "ORG_USERS_READ": ("listOrganizationUsers",),
    "ORG_USERS_WRITE": ("createOrganizationUser",),
}
#: The operation that shows that a permission suffices; what it answers otherwise is no 403.
GRANTED_BY: dict[str, str] = {
    **{permission: operations[0] for permission, operations in NEEDED_BY.items()},
    "EVENT_TYPE_READ": "getEventType",
    "EVENT_TYPE_WRITE": "deleteEventType",
    "SCHEDULE_WRITE": "updateSchedule",
    "WEBHOOK_WRITE": "deleteWebhook",
}
#: Who is asked without which permissions where no token can be had that lacks one alone. An operation that takes
#: another permission for its own is seen only if they do not lack together: so the two kinds of one family never do,
#: nor families whose operations are built alike or whose names are (bookings, event types and schedules; profiles,
#: teams and users of organizations; webhooks of bookings and of event types).
GROUPS: tuple[tuple[str, ...], ...] = (
    ("EVENT_TYPE_READ", "PROFILE_READ", "APPS_WRITE", "TEAM_WRITE"),
    ("EVENT_TYPE_WRITE", "PROFILE_WRITE", "APPS_READ", "TEAM_READ"),
    ("BOOKING_READ", "ORG_USERS_READ", "SCHEDULE_WRITE", "WEBHOOK_WRITE"),
    ("BOOKING_WRITE", "ORG_USERS_WRITE", "SCHEDULE_READ", "WEBHOOK_READ"),
)
#: What servers call a permission that the reference calls otherwise.
NAMES = {"TEAM_READ": "TEAM_PROFILE_READ", "TEAM_WRITE": "TEAM_PROFILE_WRITE"}
EVERYTHING = tuple(NEEDED_BY)
#: A permission of an organization that includes one of its teams.
ORGANIZATION_ONLY = ("ORG_PROFILE_READ",)


def named(permission: str) -> str:
    """A permission as servers call it."""
    return NAMES.get(permission, permission)


def all_but(*permissions: str) -> tuple[str, ...]:
    """All other permissions, as servers call them."""
    return tuple(named(name) for name in EVERYTHING if name not in permissions)


def without(group: int) -> tuple[str, ...]:
    """The permissions of the token that lacks a group, as servers call them."""
    return all_but(*GROUPS[group])


def group_of(permission: str) -> int:
    """The group that a permission lacks with."""
    return next(number for number, group in enumerate(GROUPS) if permission in group)


def other_kind(permission: str) -> str:
    """The permission of the same family that reads if this one writes, and writes if it reads."""
    family, _, kind = permission.rpartition("_")
    return f"{family}_{'WRITE' if kind == 'READ' else 'READ'}"
