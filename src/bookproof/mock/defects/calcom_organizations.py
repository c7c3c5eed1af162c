"""Defects of the Cal.com dialect: users of organizations."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Sequence

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.domain.organisations import MEMBER, Membership
from bookproof.mock.domain.people import NewPerson
from bookproof.mock.store import Session


@defect(
    "calcom-organization-lists-plain-members",
    breaks=("organizations.users.listed",),
    story="Owners and admins are missing wherever a list of colleagues is built.",
)
def lists_plain_members(mock: Mock) -> None:
    organisations = mock.side.organisations
    members = organisations.members

    def plain(organisation: int, emails: Sequence[str] = ()) -> list[Membership]:
        return [item for item in members(organisation, emails) if item.role == MEMBER]

    organisations.members = plain


@defect(
    "calcom-organization-user-not-removed",
    breaks=("organizations.users.life-cycle",),
    story="Who has left the company is still listed as a colleague.",
)
def user_not_removed(mock: Mock) -> None:
    def kept(membership: Membership) -> None:
        return

    mock.side.organisations.remove = kept


@defect(
    "calcom-organization-address-twice",
    breaks=("organizations.users.duplicate",),
    story="Adding somebody twice makes two users with one address.",
)
def address_twice(mock: Mock) -> None:
    def unchecked(session: Session, wanted: NewPerson) -> None:
        return

    mock.side.organisations.check_free = unchecked


@defect(
    "calcom-organization-open-to-others",
    breaks=("organizations.users.foreign",),
    story="Anybody lists the staff of other companies and adds people to them.",
)
def open_to_others(mock: Mock) -> None:
    handlers, organisations = mock.calcom.resources.organization_users, mock.side.organisations
    guarded = handlers.guarded

    def opened(call: Call) -> int:
        number = call.number("orgId")
        is_stranger = organisations.role(number, call.account_id) is None
        return number if is_stranger and organisations.members(number) else guarded(call)

    handlers.guarded = opened


@defect(
    "calcom-organization-member-adds",
    breaks=("organizations.users.role",),
    story="Every employee adds accounts to the company's organization.",
)
def member_adds(mock: Mock) -> None:
    _let_run(mock, "createOrganizationUser")


@defect(
    "calcom-organization-member-removes",
    breaks=("organizations.users.role-removal",),
    story="Every employee removes colleagues from the company's organization.",
)
def member_removes(mock: Mock) -> None:
    _let_run(mock, "deleteOrganizationUser")


def _let_run(mock: Mock, operation: str) -> None:
    handlers = mock.calcom.resources.organization_users
    runs = handlers.runs

    def let(call: Call, role: str) -> bool:
        return call.operation.id == operation or runs(call, role)

    handlers.runs = let
