"""Platform clients: applications that make users of their own and speak for them.

Source: Cal.com API v2, Platform.
"""

import hmac
import json
from dataclasses import dataclass

from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.tokens import MANAGED, MANAGED_REFRESH, Tokens, digest_of
from bookproof.mock.store import Session, Store

ACCESS_SECONDS = 3_600
REFRESH_SECONDS = 365 * 86_400


@dataclass(frozen=True, slots=True)
class PlatformClient:
    """An application; `secret` is a hash, `account_id` its owner's."""

    id: str
    name: str
    secret: str
    account_id: str
    redirect_uris: tuple[str, ...]


class Platform:
    """Knows the clients, and hands out tokens of their users."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def register(self, client_id: str, secret: str, name: str, account_id: str, redirect_uris: tuple[str, ...]) -> None:
        """Add a client."""
        with self._store.write() as session:
            session.run(
                "INSERT INTO platform_clients (id, name, secret, account_id, redirect_uris) VALUES (?, ?, ?, ?, ?)",
                (client_id, name, digest_of(secret), account_id, json.dumps(redirect_uris)),
            )

    def find(self, client_id: str) -> PlatformClient | None:
        """The client with this id, or None."""
        with self._store.read() as session:
            row = session.one("SELECT * FROM platform_clients WHERE id = ?", (client_id,))
        if row is None:
            return None
        return PlatformClient(
            row["id"], row["name"], row["secret"], row["account_id"], tuple(json.loads(row["redirect_uris"]))
        )

    def is_secret(self, client: PlatformClient, secret: str) -> bool:
        """Whether the secret is the client's."""
        return hmac.compare_digest(client.secret, digest_of(secret))

    def adopt(self, client_id: str, account_id: str) -> None:
        """Note that the client has made this account."""
        with self._store.write() as session:
            session.run("INSERT INTO managed_users (account_id, client_id) VALUES (?, ?)", (account_id, client_id))

    def owner_of(self, account_id: str) -> str | None:
        """The id of the client that manages the account, or None."""
        with self._store.read() as session:
            row = session.one("SELECT client_id FROM managed_users WHERE account_id = ?", (account_id,))
        return None if row is None else str(row["client_id"])

    def tokens_for(self, client_id: str, account_id: str) -> tuple[str, str]:
        """A new access token and a new refresh token of a managed user.

        Raises:
            NotFound: the client does not manage the account.
        """
        if self.owner_of(account_id) != client_id:
            raise NotFound("No such managed user.")
        with self._store.write() as session:
            return self.pair(session, client_id, account_id)

    def pair(self, session: Session, client_id: str, account_id: str) -> tuple[str, str]:
        """Two new tokens."""
        access = self._tokens.issue(session, MANAGED, client_id, account_id, ACCESS_SECONDS)
        return access, self._tokens.issue(session, MANAGED_REFRESH, client_id, account_id, REFRESH_SECONDS)
