"""Platform clients: their two headers, and users that they make and speak for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.grounds import grounds
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.target import PlatformSettings
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

ID_HEADER, SECRET_HEADER = "x-cal-client-id", "x-cal-secret-key"
NOBODY = "bookproof-is-no-client"
WRONG_SECRET = "bookproof-is-not-the-secret"  # noqa: S105  it is none


def client_of(session: Session) -> PlatformSettings:
    """The platform client of the target.

    Raises:
        Untestable: there is none.
    """
    if session.target.platform is None:
        raise Untestable("needs a platform client: add [platform] to the target file")
    return session.target.platform


def _me(session: Session, who: str, headers: dict[str, str]) -> Exchange:
    return session.api.call("getMe", authorization=None, headers=headers, who=who, note=who)


@probe("platform.wrong-secret", cost=1, capability="platform")
def wrong_secret(session: Session) -> Exchange:
    """The platform client with a wrong secret."""
    client = client_of(session)
    headers = {ID_HEADER: client.client_id, SECRET_HEADER: WRONG_SECRET}
    return _me(session, "client with a wrong secret", headers)


@probe("platform.unknown", cost=1)
def unknown(session: Session) -> Exchange:
    """A client that does not exist."""
    return _me(session, "a client that does not exist", {ID_HEADER: NOBODY, SECRET_HEADER: WRONG_SECRET})


@probe("platform.alone", cost=2)
def alone(session: Session) -> list[Exchange]:
    """Each of the two headers without the other; those of the target's client, if it has one."""
    client = session.target.platform or PlatformSettings(NOBODY, WRONG_SECRET)
    return [
        _me(session, "client id without secret", {ID_HEADER: client.client_id}),
        _me(session, "client secret without id", {SECRET_HEADER: client.client_secret}),
    ]


@dataclass(frozen=True)
class Managed:
    """A managed user.

    Attributes:
        email: as asked for.
        exchange: the answer to its making.
        user: as the answer shows it.
        access, refresh: its tokens, "" where the answer shows none.
    """

    email: str
    exchange: Exchange
    user: dict[str, Any]
    access: str
    refresh: str


@probe("platform.user", safety="visible", cost=1, capability="platform", creates="a managed user, which stays")
def managed(session: Session) -> Managed:
    """Have the platform client make a user."""
    client, email = client_of(session), f"{session.unique('managed')}@example.com"
    exchange = session.api.call(
        "createManagedUser",
        {"clientId": client.client_id},
        body={"email": email, "name": "Bookproof Managed"},
        authorization=None,
        headers={ID_HEADER: client.client_id, SECRET_HEADER: client.client_secret},
        who="platform client",
        note="a managed user",
    )
    made = session.api.one(exchange)
    user = made.get("user")
    tokens = (made.get(name) for name in ("accessToken", "refreshToken"))
    access, refresh = (token if isinstance(token, str) else "" for token in tokens)
    shown = cast("dict[str, Any]", user) if isinstance(user, dict) else {}
    return Managed(email, exchange, shown, access, refresh)


def _token(session: Session) -> dict[str, Any]:
    """What calls of the managed user carry.

    Raises:
        Blocked: its making showed no token.
    """
    found = session.need(managed)
    if not found.access:
        raise Blocked("a managed user should be made with tokens", found.exchange)
    return {"authorization": f"Bearer {found.access}", "who": "managed user"}


@dataclass(frozen=True)
class Speaks:
    """For whom the token of a managed user speaks."""

    user: dict[str, Any]
    exchange: Exchange
    shown: dict[str, Any]


@probe("platform.token", safety="visible", cost=1, capability="platform")
def speaks(session: Session) -> Speaks:
    """Ask the managed user's token for whom it speaks."""
    exchange = session.api.call("getMe", note="token of a managed user", **_token(session))
    return Speaks(session.need(managed).user, exchange, session.api.one(exchange))


@dataclass(frozen=True)
class Closed:
    """Things of the main account, as a managed user asks for them.

    Attributes:
        read: the answer to reading the schedule of the run.
        schedule: its id.
        listed: the managed user's list of schedules.
        ids: of the schedules in it.
    """

    read: Exchange
    schedule: int
    listed: Exchange
    ids: set[str]


@probe("platform.closed", safety="visible", cost=2, capability="platform")
def closed(session: Session) -> Closed:
    """The managed user asks for the schedule of the run, and lists schedules."""
    token, schedule = _token(session), session.need(grounds).schedule
    note = "managed user, another's schedule"
    read = session.api.call("getSchedule", {"scheduleId": schedule}, note=note, **token)
    listed = session.api.call("listSchedules", note="managed user, its schedules", **token)
    return Closed(read, schedule, listed, {str(item.get("id")) for item in session.api.many(listed)})
