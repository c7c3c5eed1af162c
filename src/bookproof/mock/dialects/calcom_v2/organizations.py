"""Users of an organisation. Source: Cal.com API v2, Organizations; behaviour of a running server."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import Refusal, conflict, forbidden
from bookproof.mock.dialects.calcom_v2.inputs import whole_parameter
from bookproof.mock.dialects.calcom_v2.profiles import (
    WEEK_DAYS,
    email_member,
    profile_members,
    profile_of,
    username_member,
)
from bookproof.mock.dialects.calcom_v2.query import texts
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Member, Shape, checked, flag, one_of, text
from bookproof.mock.domain.errors import EmailTaken, NotFound, UsernameTaken
from bookproof.mock.domain.organisations import ADMIN, MEMBER, OWNER, Membership
from bookproof.mock.domain.people import NewPerson
from bookproof.mock.http.exchange import Answer

LARGEST_PAGE = 1_000
_LOOKS = ("brandColor", "darkBrandColor", "theme", "appTheme")
_ROLES = {"MEMBER": MEMBER, "ADMIN": ADMIN, "OWNER": OWNER}


class OrganizationUserHandlers:
    """Handlers of /v2/organizations/{orgId}/users."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        members = {
            **profile_members(),
            "username": username_member(),
            "weekday": Member(one_of(*WEEK_DAYS), required=False),
            "hideBranding": Member(flag(), required=False),
            **{name: Member(text(), required=False) for name in _LOOKS},
            "organizationRole": Member(one_of(*_ROLES), required=False),
            "autoAccept": Member(flag(), required=False),
        }
        self.create_shape = Shape({"email": email_member(required=True), **members})
        self.update_shape = Shape({"email": email_member(required=False), **members})

    def guarded(self, call: Call) -> int:
        """The number of the organisation, if the caller runs it.

        Raises:
            Refusal: 400 no number; 403 for a member, a stranger, and no such organisation alike.
        """
        number = call.number("orgId")
        role = self.tools.side.organisations.role(number, call.account_id)
        if role is None:
            raise forbidden(f"RolesGuard - User is not a member of the organization with id={number}.")
        if not self.runs(call, role):
            raise forbidden(f"RolesGuard - User must have role of ORG_ADMIN in organization with id={number}.")
        return number

    def runs(self, call: Call, role: str) -> bool:  # noqa: ARG002 - for defects
        """Whether a role is one that runs an organisation."""
        return role in (ADMIN, OWNER)

    def index(self, call: Call) -> Answer:
        """listOrganizationUsers"""
        organisation = self.guarded(call)
        take = whole_parameter(call.query, "take", LARGEST_PAGE, 1, LARGEST_PAGE)
        skip = whole_parameter(call.query, "skip", 0, 0)
        members = self.tools.side.organisations.members(organisation, texts(call.query.get("emails")))
        return self.tools.envelopes.success(call, [self.shown(item) for item in members[skip : skip + take]])

    def shown(self, membership: Membership) -> dict[str, Any]:
        """A user as told to whoever runs the organisation."""
        person, kept = membership.person, membership.person.profile
        default = self.tools.domain.schedules.default_of(person.account_id)
        return {
            "id": person.number,
            "username": person.username,
            "name": person.name,
            "email": person.email,
            "emailVerified": None,
            "bio": person.bio,
            "avatarUrl": person.avatar_url,
            "timeZone": person.time_zone,
            "weekStart": person.week_start,
            "appTheme": kept.get("appTheme"),
            "theme": kept.get("theme"),
            "defaultScheduleId": None if default is None else default.number,
            "locale": person.locale,
            "timeFormat": person.time_format,
            "hideBranding": kept.get("hideBranding", False),
            "brandColor": kept.get("brandColor"),
            "darkBrandColor": kept.get("darkBrandColor"),
            "allowDynamicBooking": True,
            "createdDate": self.tools.envelopes.instant(person.created),
            "verified": False,
            "invitedTo": None,
            "metadata": dict(person.metadata),
            "profile": {
                "id": membership.number,
                "organizationId": membership.organisation,
                "userId": person.number,
                "username": person.username,
            },
        }

    def create(self, call: Call) -> Answer:
        """createOrganizationUser"""
        organisation = self.guarded(call)
        body = checked(self.create_shape, call.body)
        role = self.asked_role(call, organisation, body) or MEMBER
        email, local = body["email"], body["email"].partition("@")[0]
        wanted = NewPerson(
            username=body.get("username") or self.free_username(local),
            name=body.get("name") or local,
            email=email,
            time_zone=body.get("timeZone") or "Europe/London",
            profile=self.kept(body),
        )
        try:
            made = self.tools.side.organisations.create(
                organisation, wanted, role, accepted=body.get("autoAccept") is not False
            )
        except (EmailTaken, UsernameTaken) as failure:
            raise self.taken(failure) from failure
        return self.tools.envelopes.success(call, self.shown(made))

    def free_username(self, wanted: str) -> str:
        """A username like the one that is wanted, which nobody has."""
        name = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in wanted.lower())[:80]
        try:
            self.tools.domain.people.by_username(name)
        except NotFound:
            return name
        return f"{name}-{self.tools.domain.codes.suffix()}"

    def taken(self, failure: EmailTaken | UsernameTaken) -> Refusal:
        """The refusal of an address or username that is in use."""
        what = "email" if isinstance(failure, EmailTaken) else "username"
        return conflict(f"A user already exists with that {what}")

    def kept(self, body: dict[str, Any]) -> dict[str, Any]:
        """What of a checked body goes into the profile."""
        kept = profile_of(body)
        if body.get("weekday") is not None:
            kept["week_start"] = body["weekday"]
        return kept | {name: body[name] for name in (*_LOOKS, "hideBranding") if body.get(name) is not None}

    def asked_role(self, call: Call, organisation: int, body: dict[str, Any]) -> str | None:
        """The role that the body asks for, if any.

        Raises:
            Refusal: 403, only an owner makes owners.
        """
        role = _ROLES.get(body.get("organizationRole") or "")
        if role == OWNER and self.tools.side.organisations.role(organisation, call.account_id) != OWNER:
            raise forbidden("Only an owner of the organization can make owners.")
        return role

    def target(self, call: Call, organisation: int) -> Membership:
        """The member that the path names.

        Raises:
            Refusal: 403, whether the user is elsewhere or nowhere.
        """
        number = call.number("userId")
        try:
            return self.tools.side.organisations.member(organisation, number)
        except NotFound:
            raise forbidden(f"IsUserInOrg - user with id={number} is not part of the organization.") from None

    def update(self, call: Call) -> Answer:
        """updateOrganizationUser: what the body leaves out stays."""
        organisation = self.guarded(call)
        membership = self.target(call, organisation)
        body = checked(self.update_shape, call.body)
        role = self.asked_role(call, organisation, body)
        changes = self.kept(body)
        for theirs, ours in (("email", "email"), ("username", "username"), ("name", "name"), ("timeZone", "time_zone")):
            if body.get(theirs) is not None:
                changes[ours] = body[theirs]
        try:
            self.tools.domain.people.change(membership.person.account_id, changes)
        except (EmailTaken, UsernameTaken) as failure:
            raise self.taken(failure) from failure
        if role is not None:
            self.tools.side.organisations.change_role(membership, role)
        return self.tools.envelopes.success(call, self.shown(self.target(call, organisation)))

    def delete(self, call: Call) -> Answer:
        """deleteOrganizationUser: their keys and tokens die with them."""
        membership = self.target(call, self.guarded(call))
        if membership.role == OWNER:
            raise forbidden("The owner of the organization cannot be removed.")
        shown = self.shown(membership)
        self.tools.side.organisations.remove(membership)
        self.tools.side.keys.revoke_all(membership.person.account_id)
        self.tools.side.tokens.take_all(membership.person.account_id)
        return self.tools.envelopes.success(call, shown)
