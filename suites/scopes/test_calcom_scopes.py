"""Cal.com's scopes: an OAuth token does what it was granted, and nothing else.

One row says that a permission is required, one that it suffices; both are judged alike for every permission.
"""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.judge.judge import answer
from bookproof.probes.calcom_v2 import scopes
from bookproof.probes.calcom_v2.asked import Matrix
from bookproof.wire.exchange import Exchange


def _required(seen: Matrix, judge: Judge, permission: str) -> None:
    for exchange in _asked(seen, judge, permission, held=False):
        judge.refused(exchange, {403}, f"the token lacks {permission}")


def _granted(seen: Matrix, judge: Judge, permission: str) -> None:
    for exchange in _asked(seen, judge, permission, held=True):
        judge.that(exchange.status not in {401, 403}, f"the token has {permission}", answer(exchange), exchange)


def _asked(seen: Matrix, judge: Judge, permission: str, *, held: bool) -> list[Exchange]:
    if permission in seen.missing:
        raise judge.untestable(seen.missing[permission])
    return seen.of(permission, held=held)


@requirement("scopes.booking-read.required", scopes.matrix)
def test_booking_read_required(seen: Matrix, judge: Judge) -> None:
    """Bookings are listed with BOOKING_READ only."""
    _required(seen, judge, "BOOKING_READ")


@requirement("scopes.booking-read.grants", scopes.matrix)
def test_booking_read_grants(seen: Matrix, judge: Judge) -> None:
    """BOOKING_READ suffices, without BOOKING_WRITE."""
    _granted(seen, judge, "BOOKING_READ")


@requirement("scopes.booking-write.required", scopes.matrix)
def test_booking_write_required(seen: Matrix, judge: Judge) -> None:
    """Bookings are confirmed, declined and marked with BOOKING_WRITE only."""
    _required(seen, judge, "BOOKING_WRITE")


@requirement("scopes.booking-write.grants", scopes.matrix)
def test_booking_write_grants(seen: Matrix, judge: Judge) -> None:
    """BOOKING_WRITE suffices, without BOOKING_READ."""
    _granted(seen, judge, "BOOKING_WRITE")


@requirement("scopes.event-type-read.required", scopes.matrix)
def test_event_type_read_required(seen: Matrix, judge: Judge) -> None:
    """Event types are listed and read with EVENT_TYPE_READ only."""
    _required(seen, judge, "EVENT_TYPE_READ")


@requirement("scopes.event-type-read.grants", scopes.matrix)
def test_event_type_read_grants(seen: Matrix, judge: Judge) -> None:
    """EVENT_TYPE_READ suffices, without EVENT_TYPE_WRITE."""
    _granted(seen, judge, "EVENT_TYPE_READ")


@requirement("scopes.event-type-write.required", scopes.matrix)
def test_event_type_write_required(seen: Matrix, judge: Judge) -> None:
    """Event types are made, changed and deleted with EVENT_TYPE_WRITE only."""
    _required(seen, judge, "EVENT_TYPE_WRITE")


@requirement("scopes.event-type-write.grants", scopes.matrix)
def test_event_type_write_grants(seen: Matrix, judge: Judge) -> None:
    """EVENT_TYPE_WRITE suffices, without EVENT_TYPE_READ."""
    _granted(seen, judge, "EVENT_TYPE_WRITE")


@requirement("scopes.schedule-read.required", scopes.matrix)
def test_schedule_read_required(seen: Matrix, judge: Judge) -> None:
    """Schedules are listed and read with SCHEDULE_READ only."""
    _required(seen, judge, "SCHEDULE_READ")


@requirement("scopes.schedule-read.grants", scopes.matrix)
def test_schedule_read_grants(seen: Matrix, judge: Judge) -> None:
    """SCHEDULE_READ suffices, without SCHEDULE_WRITE."""
    _granted(seen, judge, "SCHEDULE_READ")


@requirement("scopes.schedule-write.required", scopes.matrix)
def test_schedule_write_required(seen: Matrix, judge: Judge) -> None:
    """Schedules are made, changed and deleted with SCHEDULE_WRITE only."""
    _required(seen, judge, "SCHEDULE_WRITE")


@requirement("scopes.schedule-write.grants", scopes.matrix)
def test_schedule_write_grants(seen: Matrix, judge: Judge) -> None:
    """SCHEDULE_WRITE suffices, without SCHEDULE_READ."""
    _granted(seen, judge, "SCHEDULE_WRITE")


@requirement("scopes.apps-read.required", scopes.matrix)
def test_apps_read_required(seen: Matrix, judge: Judge) -> None:
    """Calendars are listed, and their busy times read, with APPS_READ only."""
    _required(seen, judge, "APPS_READ")


@requirement("scopes.apps-read.grants", scopes.matrix)
def test_apps_read_grants(seen: Matrix, judge: Judge) -> None:
    """APPS_READ suffices, without APPS_WRITE."""
    _granted(seen, judge, "APPS_READ")


@requirement("scopes.apps-write.required", scopes.matrix)
def test_apps_write_required(seen: Matrix, judge: Judge) -> None:
    """Calendars are disconnected with APPS_WRITE only."""
    _required(seen, judge, "APPS_WRITE")


@requirement("scopes.apps-write.grants", scopes.matrix)
def test_apps_write_grants(seen: Matrix, judge: Judge) -> None:
    """APPS_WRITE suffices, without APPS_READ."""
    _granted(seen, judge, "APPS_WRITE")


@requirement("scopes.profile-read.required", scopes.matrix)
def test_profile_read_required(seen: Matrix, judge: Judge) -> None:
    """The profile is read with PROFILE_READ only."""
    _required(seen, judge, "PROFILE_READ")


@requirement("scopes.profile-read.grants", scopes.matrix)
def test_profile_read_grants(seen: Matrix, judge: Judge) -> None:
    """PROFILE_READ suffices, without PROFILE_WRITE."""
    _granted(seen, judge, "PROFILE_READ")


@requirement("scopes.profile-write.required", scopes.matrix)
def test_profile_write_required(seen: Matrix, judge: Judge) -> None:
    """The profile is changed with PROFILE_WRITE only."""
    _required(seen, judge, "PROFILE_WRITE")


@requirement("scopes.profile-write.grants", scopes.matrix)
def test_profile_write_grants(seen: Matrix, judge: Judge) -> None:
    """PROFILE_WRITE suffices, without PROFILE_READ."""
    _granted(seen, judge, "PROFILE_WRITE")


@requirement("scopes.team-read.required", scopes.matrix)
def test_team_read_required(seen: Matrix, judge: Judge) -> None:
    """Teams are listed and read with TEAM_READ only."""
    _required(seen, judge, "TEAM_READ")


@requirement("scopes.team-read.grants", scopes.matrix)
def test_team_read_grants(seen: Matrix, judge: Judge) -> None:
    """TEAM_READ suffices, without TEAM_WRITE."""
    _granted(seen, judge, "TEAM_READ")


@requirement("scopes.team-write.required", scopes.matrix)
def test_team_write_required(seen: Matrix, judge: Judge) -> None:
    """Teams are made and changed with TEAM_WRITE only."""
    _required(seen, judge, "TEAM_WRITE")


@requirement("scopes.team-write.grants", scopes.matrix)
def test_team_write_grants(seen: Matrix, judge: Judge) -> None:
    """TEAM_WRITE suffices, without TEAM_READ."""
    _granted(seen, judge, "TEAM_WRITE")


@requirement("scopes.webhook-read.required", scopes.matrix)
def test_webhook_read_required(seen: Matrix, judge: Judge) -> None:
    """Webhooks are listed with WEBHOOK_READ only."""
    _required(seen, judge, "WEBHOOK_READ")


@requirement("scopes.webhook-read.grants", scopes.matrix)
def test_webhook_read_grants(seen: Matrix, judge: Judge) -> None:
    """WEBHOOK_READ suffices, without WEBHOOK_WRITE."""
    _granted(seen, judge, "WEBHOOK_READ")


@requirement("scopes.webhook-write.required", scopes.matrix)
def test_webhook_write_required(seen: Matrix, judge: Judge) -> None:
    """Webhooks are made, changed and deleted with WEBHOOK_WRITE only."""
    _required(seen, judge, "WEBHOOK_WRITE")


@requirement("scopes.webhook-write.grants", scopes.matrix)
def test_webhook_write_grants(seen: Matrix, judge: Judge) -> None:
    """WEBHOOK_WRITE suffices, without WEBHOOK_READ."""
    _granted(seen, judge, "WEBHOOK_WRITE")


@requirement("scopes.org-users-read.required", scopes.matrix)
def test_org_users_read_required(seen: Matrix, judge: Judge) -> None:
    """Users of an organization are listed with ORG_USERS_READ only."""
    _required(seen, judge, "ORG_USERS_READ")


@requirement("scopes.org-users-read.grants", scopes.matrix)
def test_org_users_read_grants(seen: Matrix, judge: Judge) -> None:
    """ORG_USERS_READ suffices, without ORG_USERS_WRITE."""
    _granted(seen, judge, "ORG_USERS_READ")


@requirement("scopes.org-users-write.required", scopes.matrix)
def test_org_users_write_required(seen: Matrix, judge: Judge) -> None:
    """Users of an organization are made with ORG_USERS_WRITE only."""
    _required(seen, judge, "ORG_USERS_WRITE")


@requirement("scopes.org-users-write.grants", scopes.matrix)
def test_org_users_write_grants(seen: Matrix, judge: Judge) -> None:
    """ORG_USERS_WRITE suffices, without ORG_USERS_READ."""
    _granted(seen, judge, "ORG_USERS_WRITE")
