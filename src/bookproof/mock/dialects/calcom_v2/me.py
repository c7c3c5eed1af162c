"""The caller's own profile. Source: Cal.com API v2, Me."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import not_found
from bookproof.mock.dialects.calcom_v2.profiles import email_member, profile_members, profile_of
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Shape, checked
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.schedules import Schedule
from bookproof.mock.http.exchange import Answer


class MeHandlers:
    """Handlers of /v2/me."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.update_shape = Shape({"email": email_member(required=False), **profile_members()})

    def show(self, call: Call) -> Answer:
        """getMe"""
        return self.tools.envelopes.success(call, self.shown(self.tools.domain.people.of_account(call.account_id)))

    def shown(self, person: Person) -> dict[str, Any]:
        """A person as told to themselves."""
        default = self.tools.domain.schedules.default_of(person.account_id)
        return {
            "id": person.number,
            "email": person.email,
            "name": person.name,
            "avatarUrl": person.avatar_url,
            "bio": person.bio,
            "timeFormat": person.time_format,
            "defaultScheduleId": None if default is None else default.number,
            "weekStart": person.week_start,
            "timeZone": person.time_zone,
            "username": person.username,
            "organizationId": self.tools.side.organisations.number_of(person.account_id),
        }

    def update(self, call: Call) -> Answer:
        """updateMe: what the body leaves out stays."""
        body = checked(self.update_shape, call.body)
        schedule = self.chosen_schedule(call, body)
        person = self.tools.domain.people.change(call.account_id, self.changes(body))
        if schedule is not None:
            self.tools.domain.schedules.change(schedule.number, {"is_default": True})
        if body.get("timeZone") is not None:
            self.move_schedule(call.account_id, body["timeZone"])
        return self.tools.envelopes.success(call, self.shown(person))

    def changes(self, body: dict[str, Any]) -> dict[str, Any]:
        """The members to replace. An address does not change before it has been verified, which needs a mailbox."""
        changes = profile_of(body)
        if body.get("name") is not None:
            changes["name"] = body["name"]
        if body.get("timeZone") is not None:
            changes["time_zone"] = body["timeZone"]
        return changes

    def chosen_schedule(self, call: Call, body: dict[str, Any]) -> Schedule | None:
        """The caller's schedule that is to be the default one, if the body names one.

        Raises:
            Refusal: 404.
        """
        number = body.get("defaultScheduleId")
        if number is None:
            return None
        for schedule in self.tools.domain.schedules.find(call.account_id):
            if schedule.number == number:
                return schedule
        raise not_found(f"Schedule with ID={number} does not exist.")

    def move_schedule(self, account_id: str, zone_name: str) -> None:
        """Let the default schedule follow its owner into another zone."""
        default = self.tools.domain.schedules.default_of(account_id)
        if default is not None:
            self.tools.domain.schedules.change(default.number, {"time_zone": zone_name})
