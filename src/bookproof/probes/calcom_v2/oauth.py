"""OAuth tokens: codes and their exchange, PKCE, refreshing."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from bookproof.probes.base import Blocked, Probe, probe
from bookproof.probes.calcom_v2.account import Identities, Identity, own_identity
from bookproof.probes.calcom_v2.permissions import ORGANIZATION_ONLY, without
from bookproof.probes.calcom_v2.session import Session
from bookproof.targets.door import DoorFailed
from bookproof.targets.target import OAuthSettings
from bookproof.verdict import Untestable
from bookproof.wire.exchange import NOT_JSON, Exchange

#: A verifier of PKCE; it need not be a secret of the run.
VERIFIER = "bookproof-verifier-0123456789-0123456789-0123456789"
WRONG_VERIFIER = VERIFIER[::-1]
WRONG_SECRET = "bookproof-is-not-the-secret"  # noqa: S105  it is none
ELSEWHERE = "https://elsewhere.example.com/callback"


@dataclass(frozen=True)
class Exchanged:
    """A code and what it was exchanged for.

    Attributes:
        code: as the door gave it.
        exchange: the answer of the token endpoint.
        shown: its body, empty if it is no object.
        at: when, by the target's clock.
    """

    code: str
    exchange: Exchange
    shown: dict[str, Any]
    at: datetime

    @property
    def token(self) -> str:
        """The access token, or ""."""
        token = self.shown.get("access_token")
        return token if isinstance(token, str) else ""


def settings_of(session: Session) -> OAuthSettings:
    """The OAuth clients of the target.

    Raises:
        Untestable: there is none.
    """
    if session.target.oauth is None:
        raise Untestable("needs an OAuth client: add [oauth] to the target file")
    return session.target.oauth


def granted(session: Session, client_id: str, scopes: tuple[str, ...], *, pkce: bool = False) -> str:
    """A code of the account of role full."""
    door, uri = session.control_door("grant"), settings_of(session).redirect_uri
    return door.grant(client_id, uri, list(scopes), account_of(session), challenge() if pkce else "")


def account_of(session: Session) -> str:
    """The account of role full, as the control door calls it."""
    return session.target.known.get("usernames", {}).get("full", "main")


def challenge() -> str:
    """The challenge of the verifier, by S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def ask(session: Session, note: str, **members: str) -> Exchange:
    """Ask the token endpoint, by JSON."""
    return session.api.call("exchangeOAuthToken", body=members, authorization=None, who="OAuth client", note=note)


def ask_with_code(session: Session, code: str, note: str, **changes: str) -> Exchange:
    """Exchange a code as the confidential client, with some members changed."""
    clients = settings_of(session)
    members = {
        "grant_type": "authorization_code",
        "client_id": clients.client_id,
        "client_secret": clients.client_secret,
        "code": code,
        "redirect_uri": clients.redirect_uri,
        **changes,
    }
    return ask(session, note, **members)


def ask_with_verifier(session: Session, client_id: str, code: str, verifier: str, note: str) -> Exchange:
    """Exchange a code as a public client."""
    return ask(
        session,
        note,
        grant_type="authorization_code",
        client_id=client_id,
        code=code,
        redirect_uri=settings_of(session).redirect_uri,
        code_verifier=verifier,
    )


def shown_by(exchange: Exchange) -> dict[str, Any]:
    """The tokens of an answer, wherever they stand: older routes put them into an envelope."""
    body = exchange.json
    if body is NOT_JSON or not isinstance(body, dict) or not exchange.ok:
        return {}
    outer = cast("dict[str, Any]", body)
    inner = outer.get("data")
    return cast("dict[str, Any]", inner) if isinstance(inner, dict) else outer


def confidential(session: Session, scopes: tuple[str, ...]) -> Exchanged:
    """A code of the confidential client, exchanged."""
    code, now = granted(session, settings_of(session).client_id, scopes), session.now()
    exchange = ask_with_code(session, code, "a new code")
    return Exchanged(code, exchange, shown_by(exchange), now)


@probe("oauth.exchange", safety="write", cost=1, capability="oauth")
def exchanged(session: Session) -> Exchanged:
    """A code of the confidential client, exchanged; its token lacks the first group of permissions."""
    return confidential(session, without(0))


@probe("oauth.pkce", safety="write", cost=1, capability="oauth")
def exchanged_by_pkce(session: Session) -> Exchanged:
    """A code of the public client, exchanged with its verifier; its token lacks the second group."""
    client = public_client(session)
    code, now = granted(session, client, without(1), pkce=True), session.now()
    exchange = ask_with_verifier(session, client, code, VERIFIER, "a new code and its verifier")
    return Exchanged(code, exchange, shown_by(exchange), now)


def public_client(session: Session) -> str:
    """The id of the public client.

    Raises:
        Untestable: there is none.
    """
    client = settings_of(session).public_client_id
    if not client:
        raise Untestable("needs a public OAuth client: add public_client_id_env to [oauth] of the target file")
    return client


def token_of(found: Exchanged) -> str:
    """The access token of an exchange.

    Raises:
        Blocked: there is none.
    """
    if not found.token:
        raise Blocked("a code should be exchanged for an access token", found.exchange)
    return found.token


@probe("oauth.token-0", safety="write", cost=0, capability="oauth", shared=True)
def token_0(session: Session) -> str:
    """A token without the first group of permissions."""
    return token_of(session.need(exchanged))


@probe("oauth.token-1", safety="write", cost=1, capability="oauth", shared=True)
def token_1(session: Session) -> str:
    """A token without the second group; by PKCE if that can be, else of the confidential client."""
    try:
        return token_of(session.need(exchanged_by_pkce))
    except Untestable:
        return token_of(confidential(session, without(1)))


@probe("oauth.token-2", safety="write", cost=1, capability="oauth", shared=True)
def token_2(session: Session) -> str:
    """A token without the third group."""
    return token_of(confidential(session, without(2)))


@probe("oauth.token-3", safety="write", cost=1, capability="oauth", shared=True)
def token_3(session: Session) -> str:
    """A token without the fourth group."""
    return token_of(confidential(session, without(3)))


@probe("oauth.organization-only", safety="write", cost=1, capability="oauth", shared=True)
def organization_only(session: Session) -> str:
    """A token with nothing but a permission of an organization."""
    return token_of(confidential(session, ORGANIZATION_ONLY))


#: The token without each of the groups of permissions.
TOKENS: tuple[Probe[str], ...] = (token_0, token_1, token_2, token_3)
#: The token that reads the profile, by which that is asked.
READS_PROFILE = token_1


def who_is(session: Session, token: str, who: str) -> Exchange:
    """Ask a token for whom it speaks."""
    return session.api.call("getMe", authorization=f"Bearer {token}", who=who, note=who)


@probe("oauth.works", safety="write", cost=1, capability="oauth")
def works(session: Session) -> Identities:
    """Whom a key and an access token of one account speak for."""
    exchange = who_is(session, session.need(READS_PROFILE), "access token")
    return Identities(session.need(own_identity), Identity(exchange, session.api.one(exchange)))


@dataclass(frozen=True)
class Refusals:
    """What the token endpoint answered where it should refuse.

    Attributes:
        redirect: a code with another redirect URI than it was granted for.
        secret: a code with a wrong secret of its client.
    """

    redirect: Exchange
    secret: Exchange


@probe("oauth.refusals", safety="write", cost=2, capability="oauth")
def refusals(session: Session) -> Refusals:
    """New codes, exchanged with another redirect URI, and with a wrong secret."""
    client = settings_of(session).client_id
    one, two = (granted(session, client, ORGANIZATION_ONLY) for _ in range(2))
    return Refusals(
        ask_with_code(session, one, "another redirect URI", redirect_uri=ELSEWHERE),
        ask_with_code(session, two, "a wrong secret", client_secret=WRONG_SECRET),
    )


@probe("oauth.wrong-verifier", safety="write", cost=1, capability="oauth")
def wrong_verifier(session: Session) -> Exchange:
    """A new code of the public client, with another verifier."""
    client = public_client(session)
    code = granted(session, client, ORGANIZATION_ONLY, pkce=True)
    return ask_with_verifier(session, client, code, WRONG_VERIFIER, "another verifier")


@dataclass(frozen=True)
class Pending:
    """A client that nobody has approved: what kept it from a code, and what the token endpoint told it."""

    kept_out: str
    exchange: Exchange


@probe("oauth.pending", safety="write", cost=1, capability="oauth")
def pending(session: Session) -> Pending:
    """A client that has not been approved asks for consent, and for a token."""
    client = settings_of(session).pending_client_id
    if not client:
        raise Untestable("needs an unapproved OAuth client: add pending_client_id_env to [oauth] of the target file")
    code, kept_out = "bookproof-was-given-no-code", ""
    try:
        code = granted(session, client, ORGANIZATION_ONLY, pkce=True)
    except DoorFailed as why:
        kept_out = str(why)
    return Pending(kept_out, ask_with_verifier(session, client, code, VERIFIER, "a client not approved"))


@dataclass(frozen=True)
class Refreshed:
    """A refresh token used as a bearer, the tokens that it earned, and what the new access token can do."""

    as_bearer: Exchange
    exchange: Exchange
    token: str
    used: Exchange | None


@probe("oauth.refresh", safety="write", cost=3, capability="oauth")
def refreshed(session: Session) -> Refreshed:
    """The refresh token of a confidential client, as a bearer and at the token endpoint; and the new access token."""
    earlier = confidential_with_refresh(session)
    refresh = str(earlier.shown["refresh_token"])
    as_bearer = who_is(session, refresh, "refresh token")
    clients = settings_of(session)
    exchange = ask(
        session,
        "a refresh token",
        grant_type="refresh_token",
        client_id=clients.client_id,
        client_secret=clients.client_secret,
        refresh_token=refresh,
    )
    token = str(shown_by(exchange).get("access_token", ""))
    return Refreshed(as_bearer, exchange, token, who_is(session, token, "refreshed token") if token else None)


def confidential_with_refresh(session: Session) -> Exchanged:
    """The exchange of the confidential client, if it has earned a refresh token.

    Raises:
        Blocked: it has not.
    """
    found = session.need(exchanged)
    if not isinstance(found.shown.get("refresh_token"), str):
        raise Blocked("a code should be exchanged for a refresh token, too", found.exchange)
    return found


@probe("oauth.again", safety="write", cost=1, capability="oauth")
def again(session: Session) -> Exchange:
    """A code that was exchanged before; a server may take its tokens back then, so nobody uses them any more."""
    found = session.need(exchanged)
    token_of(found)
    return ask_with_code(session, found.code, "a code that was used")
