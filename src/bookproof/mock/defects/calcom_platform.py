"""Defects of the Cal.com dialect: platform clients and managed users."""

from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import MANAGED, PLATFORM, Call, Caller
from bookproof.mock.dialects.calcom_v2.gate import CLIENT_ID
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.platform import PlatformClient


@defect(
    "calcom-platform-secret-unchecked",
    breaks=("platform.client.secret",),
    story="Whoever sees a client's id, which every page shows, speaks for the whole platform.",
)
def platform_secret_unchecked(mock: Mock) -> None:
    def is_client_secret(client: PlatformClient, secret: str) -> bool:  # noqa: ARG001 - as the method that it replaces
        return True

    mock.calcom.gate.is_client_secret = is_client_secret


@defect(
    "calcom-platform-client-unknown-serves-anyway",
    breaks=("platform.client.unknown",),
    story="A client that was deleted goes on being served as whoever made a client first.",
)
def platform_client_unknown_serves_anyway(mock: Mock) -> None:
    gate = mock.calcom.gate
    platform_caller = gate.platform_caller

    def lenient(call: Call, client_id: str) -> Caller:
        if mock.calcom.side.platform.find(client_id) is None:
            return Caller(PLATFORM, _owner(mock), None, client_id)
        return platform_caller(call, client_id)

    gate.platform_caller = lenient


def _owner(mock: Mock) -> str:
    """The account that owns the first client."""
    with mock.domain.store.read() as session:
        row = session.one("SELECT account_id FROM platform_clients ORDER BY rowid", ())
    assert row is not None, "a mock starts with a client"
    return str(row["account_id"])


@defect(
    "calcom-platform-id-suffices",
    breaks=("platform.headers.alone",),
    story="The id of a client, which is no secret, opens its owner's account.",
)
def platform_id_suffices(mock: Mock) -> None:
    _one_header_suffices(mock, CLIENT_ID)


def _one_header_suffices(mock: Mock, header: str) -> None:
    gate = mock.calcom.gate
    authenticate = gate.authenticate

    def lenient(call: Call) -> Caller | None:
        caller = authenticate(call)
        return Caller(PLATFORM, _owner(mock)) if caller is None and call.http.headers.get(header) else caller

    gate.authenticate = lenient


@defect(
    "calcom-managed-user-without-tokens",
    breaks=("platform.user.made", "exchange.object-schema"),
    story="A managed user is made, and its application has no token to speak for it.",
)
def managed_user_without_tokens(mock: Mock) -> None:
    users = mock.calcom.resources.managed_users
    with_tokens = users.with_tokens

    def without(client_id: str, person: Person) -> dict[str, Any]:
        made = with_tokens(client_id, person)
        return {"user": made["user"]}

    users.with_tokens = without


@defect(
    "calcom-managed-token-of-another",
    breaks=("platform.token.own",),
    story="A managed user's token shows the profile of somebody else's account.",
)
def managed_token_of_another(mock: Mock) -> None:
    gate = mock.calcom.gate
    token_caller = gate.token_caller

    def mixed_up(call: Call, text: str) -> Caller:
        caller = token_caller(call, text)
        if caller.kind != MANAGED:
            return caller
        with mock.domain.store.read() as session:
            row = session.one("SELECT id FROM accounts WHERE id NOT IN (?, ?)", (_owner(mock), caller.account_id))
        return caller if row is None else replace(caller, account_id=str(row["id"]))

    gate.token_caller = mixed_up
