"""OAuth 2.0: clients, authorisation codes with PKCE, and the exchange for tokens.

Source: RFC 6749, RFC 7636; Cal.com API v2, OAuth.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import DomainError, Invalid, NotFound
from bookproof.mock.domain.tokens import ACCESS, REFRESH, Token, Tokens, digest_of
from bookproof.mock.store import Row, Session, Store

CODE_SECONDS = 600
ACCESS_SECONDS = 1_800
REFRESH_SECONDS = 365 * 86_400
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class GrantRefused(DomainError):
    """A token is not given.

    Parameters:
        error: the code of RFC 6749: "invalid_request", "invalid_client", "invalid_grant" or "unauthorized_client".
        message: why.
    """

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An application; `secret` is a hash, None for a public client."""

    id: str
    name: str
    secret: str | None
    redirect_uris: tuple[str, ...]
    approved: bool

    @property
    def is_public(self) -> bool:
        """Whether the client cannot keep a secret."""
        return self.secret is None


@dataclass(frozen=True, slots=True)
class Pair:
    """What an exchange gives: two tokens, the life of the first in seconds, and the scopes."""

    access: str
    refresh: str
    expires_in: int
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client shows to prove itself."""

    client_id: str
    secret: str | None = None
    verifier: str | None = None


def _from_row(row: Row) -> OAuthClient:
    return OAuthClient(
        row["id"], row["name"], row["secret"], tuple(json.loads(row["redirect_uris"])), bool(row["approved"])
    )


class OAuth:
    """The authorisation server."""

    def __init__(self, store: Store, codes: Codes, clock: Clock, tokens: Tokens) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock
        self._tokens = tokens

    def register(
        self, client_id: str, name: str, redirect_uris: tuple[str, ...], *, secret: str | None, approved: bool
    ) -> None:
        """Add a client; `secret` None makes it a public one."""
        with self._store.write() as session:
            session.run(
                "INSERT INTO oauth_clients (id, name, secret, redirect_uris, approved) VALUES (?, ?, ?, ?, ?)",
                (client_id, name, digest_of(secret) if secret else None, json.dumps(redirect_uris), int(approved)),
            )

    def client(self, session: Session, client_id: str) -> OAuthClient | None:
        """The client with this id, or None."""
        row = session.one("SELECT * FROM oauth_clients WHERE id = ?", (client_id,))
        return None if row is None else _from_row(row)

    # Consent

    def grant(
        self, client_id: str, account_id: str, scopes: tuple[str, ...], redirect_uri: str, challenge: str | None = None
    ) -> str:
        """What the account's owner does in a browser: agree that a client may act; returns the code.

        Parameters:
            client_id: of the client.
            account_id: who agrees.
            scopes: to what, at least one.
            redirect_uri: where the code goes.
            challenge: of PKCE, S256.

        Raises:
            NotFound: no such client.
            Invalid: a redirect URI that is not the client's, no scope, a client that is not approved, a public client
                without a challenge, or a confidential one with it.
        """
        with self._store.write() as session:
            client = self.client(session, client_id)
            if client is None:
                raise NotFound("No such OAuth client.")
            self.check_grant(client, scopes, redirect_uri, challenge)
            code = self._codes.suffix(32)
            session.run(
                "INSERT INTO oauth_codes (digest, client_id, account_id, scopes, redirect_uri, challenge, expires)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    digest_of(code),
                    client_id,
                    account_id,
                    " ".join(scopes),
                    redirect_uri,
                    challenge,
                    self._clock.now() + CODE_SECONDS,
                ),
            )
        return code

    def check_grant(
        self, client: OAuthClient, scopes: tuple[str, ...], redirect_uri: str, challenge: str | None
    ) -> None:
        """Raises Invalid if the client may not be agreed to like this."""
        if not self.is_approved(client):
            raise Invalid("The OAuth client has not been approved.")
        if redirect_uri not in client.redirect_uris:
            raise Invalid("The redirect URI is not one of the client's.")
        if not scopes:
            raise Invalid("At least one scope is needed.")
        if client.is_public != (challenge is not None):
            raise Invalid("A code challenge goes with a public client, and with no other.")
        if challenge is not None and not _CHALLENGE.fullmatch(challenge):
            raise Invalid("The code challenge is not one of the method S256.")

    def is_approved(self, client: OAuthClient) -> bool:
        """Whether the client may act at all."""
        return client.approved

    # Tokens

    def exchange(self, proof: Proof, code: str, redirect_uri: str) -> Pair:
        """Tokens for a code.

        Raises:
            GrantRefused: the client is not proven, or the code is unknown, used, expired, another client's, or goes
                elsewhere.
        """
        with self._store.write() as session:
            client = self.proven(session, proof)
            row = session.one("SELECT * FROM oauth_codes WHERE digest = ?", (digest_of(code),))
            if row is None or not self.is_good_code(row, client, redirect_uri):
                raise GrantRefused("invalid_grant", "code_invalid_or_expired")
            self.check_verifier(row["challenge"], proof)
            session.run("UPDATE oauth_codes SET used = 1 WHERE digest = ?", (row["digest"],))
            return self.pair(session, client.id, row["account_id"], tuple(row["scopes"].split()))

    def is_good_code(self, row: Row, client: OAuthClient, redirect_uri: str) -> bool:
        """Whether the code may be exchanged by the client."""
        return (
            self.is_unused(row["used"])
            and row["expires"] > self._clock.now()
            and row["client_id"] == client.id
            and row["redirect_uri"] == redirect_uri
        )

    def is_unused(self, used: int) -> bool:
        """Whether a code with this mark may still be used."""
        return not used

    def check_verifier(self, challenge: str | None, proof: Proof) -> None:
        """Raises GrantRefused if the verifier is not the challenge's."""
        if challenge is None:
            return
        verifier = proof.verifier or ""
        digest = hashlib.sha256(verifier.encode(errors="replace")).digest()
        derived = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(derived, challenge):
            raise GrantRefused("invalid_grant", "code_verifier_invalid")

    def refresh(self, proof: Proof, text: str) -> Pair:
        """New tokens for a refresh token, which is dead afterwards.

        Raises:
            GrantRefused: the client is not proven, or the token is unknown, used, expired or another client's.
        """
        with self._store.write() as session:
            client = self.proven(session, proof)
            token = self._tokens.load(session, text)
            if token is None or token.kind != REFRESH or token.client_id != client.id:
                raise GrantRefused("invalid_grant", "refresh_token_invalid_or_expired")
            self.retire(session, token)
            return self.pair(session, client.id, token.account_id, token.scopes or ())

    def retire(self, session: Session, token: Token) -> None:
        """Make sure that a refresh token is used once only."""
        self._tokens.take(session, token)

    def issue(self, client_id: str, account_id: str, scopes: Sequence[tuple[str, ...]]) -> list[str]:
        """Access tokens for what a client has been agreed to otherwise, one for each list of scopes.

        Raises:
            NotFound: no such client.
        """
        with self._store.write() as session:
            if self.client(session, client_id) is None:
                raise NotFound("No such OAuth client.")
            return [self._tokens.issue(session, ACCESS, client_id, account_id, ACCESS_SECONDS, each) for each in scopes]

    def pair(self, session: Session, client_id: str, account_id: str, scopes: tuple[str, ...]) -> Pair:
        """Two new tokens."""
        access = self._tokens.issue(session, ACCESS, client_id, account_id, ACCESS_SECONDS, scopes)
        refresh = self._tokens.issue(session, REFRESH, client_id, account_id, REFRESH_SECONDS, scopes)
        return Pair(access, refresh, ACCESS_SECONDS, scopes)

    def proven(self, session: Session, proof: Proof) -> OAuthClient:
        """The client that the proof proves.

        Raises:
            GrantRefused: unknown, a wrong secret, secret and verifier at once, or not approved.
        """
        if proof.secret is not None and proof.verifier is not None:
            raise GrantRefused("invalid_request", "client_secret and code_verifier exclude each other")
        client = self.client(session, proof.client_id)
        if client is None or not self.is_secret(client, proof.secret):
            raise GrantRefused("invalid_client", "client_id or client_secret is wrong")
        if not self.is_approved(client):
            raise GrantRefused("unauthorized_client", "client_not_approved")
        return client

    def is_secret(self, client: OAuthClient, secret: str | None) -> bool:
        """Whether the secret is the client's; a public client has none to show."""
        if client.secret is None:
            return secret is None
        return secret is not None and hmac.compare_digest(client.secret, digest_of(secret))
