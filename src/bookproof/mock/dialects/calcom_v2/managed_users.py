"""Users that a platform client makes and speaks for. Source: Cal.com API v2, Platform."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import conflict
from bookproof.mock.dialects.calcom_v2.profiles import email_member, profile_members, profile_of
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Member, Shape, checked, filled, text
from bookproof.mock.domain.errors import EmailTaken, UsernameTaken
from bookproof.mock.domain.people import NewPerson, Person
from bookproof.mock.domain.platform import ACCESS_SECONDS, REFRESH_SECONDS
from bookproof.mock.domain.schedules import Schedule
from bookproof.mock.http.exchange import Answer


class ManagedUserHandlers:
    """Handlers of /v2/oauth-clients/{clientId}/users."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        members = profile_members() | {"name": Member(text(), filled())}
        self.create_shape = Shape({"email": email_member(required=True), **members})

    def create(self, call: Call) -> Answer:
        """createManagedUser: the user with the first two tokens."""
        assert call.caller is not None, "the operation needs a client"
        body = checked(self.create_shape, call.body)
        try:
            person = self.tools.domain.people.create(self.wanted(body))
        except (EmailTaken, UsernameTaken) as failure:
            raise conflict(f"User with the provided e-mail already exists. {failure.message}") from failure
        # Without hours nobody could be booked; a client that wants others replaces them.
        hours = Schedule(0, person.account_id, "Working hours", person.time_zone, is_default=True)
        self.tools.domain.schedules.create(hours)
        self.tools.side.platform.adopt(call.caller.credential, person.account_id)
        return self.tools.envelopes.success(call, self.with_tokens(call.caller.credential, person))

    def wanted(self, body: dict[str, Any]) -> NewPerson:
        """Who is to be made."""
        local = "".join(letter for letter in body["email"].partition("@")[0].lower() if letter.isalnum())[:40]
        return NewPerson(
            username=f"{local}-{self.tools.domain.codes.suffix(8)}",
            name=body["name"],
            email=body["email"],
            time_zone=body.get("timeZone") or "Europe/London",
            profile=profile_of(body),
        )

    def with_tokens(self, client_id: str, person: Person) -> dict[str, Any]:
        """The user and the tokens; their ends are in milliseconds since 1970."""
        access, refresh = self.tools.side.platform.tokens_for(client_id, person.account_id)
        now = self.tools.domain.clock.now()
        return {
            "user": self.shown(person),
            "accessToken": access,
            "refreshToken": refresh,
            "accessTokenExpiresAt": (now + ACCESS_SECONDS) * 1000,
            "refreshTokenExpiresAt": (now + REFRESH_SECONDS) * 1000,
        }

    def shown(self, person: Person) -> dict[str, Any]:
        """A managed user as told to the client."""
        default = self.tools.domain.schedules.default_of(person.account_id)
        return {
            "id": person.number,
            "email": person.email,
            "username": person.username,
            "name": person.name,
            "bio": person.bio,
            "timeZone": person.time_zone,
            "weekStart": person.week_start,
            "createdDate": self.tools.envelopes.instant(person.created),
            "timeFormat": person.time_format,
            "defaultScheduleId": None if default is None else default.number,
            "locale": person.locale,
            "avatarUrl": person.avatar_url,
            "metadata": dict(person.metadata),
        }
