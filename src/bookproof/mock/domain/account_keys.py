"""API keys of an account: a prefix and a random rest, of which only the hash is stored; without scopes.

A key dies on the day after its last day, and is deleted when it is revoked.
Source: Cal.com API v2, Authentication; behaviour of a running server.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.store import Row, Store

PREFIX = "cal_"


@dataclass(frozen=True, slots=True)
class AccountKey:
    """What is known of a key once it is stored.

    `handle` names it without telling it; `rate_limit` is in requests a minute, None for the default; `expires_on` is
    its last day (UTC), None if it lives on.
    """

    handle: str
    digest: str
    account_id: str
    rate_limit: int | None
    expires_on: date | None


def _from_row(row: Row) -> AccountKey:
    last_day = row["expires_on"]
    return AccountKey(
        row["handle"],
        row["digest"],
        row["account_id"],
        row["rate_limit"],
        None if last_day is None else date.fromisoformat(last_day),
    )


class AccountKeys:
    """Issues, recognises, replaces and revokes keys."""

    def __init__(self, store: Store, codes: Codes, clock: Clock) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    def is_key(self, token: str) -> bool:
        """Whether a bearer text claims to be a key."""
        return token.startswith(PREFIX)

    def digest(self, token: str) -> str:
        """What a key is stored as: the hash of all but the prefix, which is taken away once."""
        return hashlib.sha256(token.removeprefix(PREFIX).encode(errors="replace")).hexdigest()

    def recognise(self, token: str) -> AccountKey | None:
        """The key that this is, expired or not; None if there is none."""
        with self._store.read() as session:
            row = session.one("SELECT * FROM account_keys WHERE digest = ?", (self.digest(token),))
        return None if row is None else _from_row(row)

    def today(self) -> date:
        """The present day, in UTC."""
        return datetime.fromtimestamp(self._clock.now(), UTC).date()

    def is_expired(self, key: AccountKey) -> bool:
        """Whether the key's last day is over."""
        return key.expires_on is not None and key.expires_on < self.today()

    def draw(self) -> str:
        """A new key that nobody has."""
        return f"{PREFIX}{self._codes.bytes(16).hex()}"

    def issue(
        self,
        account_id: str,
        *,
        rate_limit: int | None = None,
        expires_on: date | None = None,
        token: str | None = None,
    ) -> tuple[str, AccountKey]:
        """Store a new key; returns it in full, for the only time, and what is known of it.

        Parameters:
            account_id: whose key it is.
            rate_limit: requests a minute, None for the default.
            expires_on: last day, None: it lives on.
            token: the full key to store; None to draw one.
        """
        token = token or self.draw()
        digest = self.digest(token)
        key = AccountKey(f"key_{digest[:12]}", digest, account_id, rate_limit, expires_on)
        with self._store.write() as session:
            session.run(
                "INSERT INTO account_keys (handle, digest, account_id, rate_limit, expires_on) VALUES (?, ?, ?, ?, ?)",
                (
                    key.handle,
                    key.digest,
                    account_id,
                    rate_limit,
                    None if expires_on is None else expires_on.isoformat(),
                ),
            )
        return token, key

    def replace(self, digest: str, days: int | None) -> str:
        """Put a new key of the same account in a key's place; returns it in full.

        Parameters:
            digest: of the key that goes; it is dead at once.
            days: how long the new one lives, None: on and on.

        Raises:
            NotFound: the key is gone.
        """
        token = self.draw()
        expires_on = None if days is None else self.today() + timedelta(days=days)
        with self._store.write() as session:
            changed = session.run(
                "UPDATE account_keys SET digest = ?, expires_on = ? WHERE digest = ?",
                (self.digest(token), None if expires_on is None else expires_on.isoformat(), digest),
            )
        if not changed:
            raise NotFound("No such key.")
        return token

    def revoke_all(self, account_id: str) -> None:
        """Delete every key of an account."""
        with self._store.write() as session:
            session.run("DELETE FROM account_keys WHERE account_id = ?", (account_id,))

    def revoke(self, handle: str) -> None:
        """Delete a key; the very next request with it is refused.

        Raises:
            NotFound: no key has this handle.
        """
        with self._store.write() as session:
            if not session.run("DELETE FROM account_keys WHERE handle = ?", (handle,)):
                raise NotFound("No such key.")
