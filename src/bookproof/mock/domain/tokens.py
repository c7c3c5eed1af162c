"""Bearer tokens: opaque, stored as hashes, each with an end by the mock's clock."""

import hashlib
from dataclasses import dataclass

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.store import Row, Session, Store

ACCESS, REFRESH, MANAGED, MANAGED_REFRESH = "access", "refresh", "managed", "managed-refresh"


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; `scopes` is None if it is not limited."""

    digest: str
    kind: str
    client_id: str
    account_id: str
    scopes: tuple[str, ...] | None
    expires: int


def _from_row(row: Row) -> Token:
    scopes = row["scopes"]
    return Token(
        row["digest"],
        row["kind"],
        row["client_id"],
        row["account_id"],
        None if scopes is None else tuple(scopes.split()),
        row["expires"],
    )


def digest_of(text: str) -> str:
    """What a secret is stored as. They are long and random, so one round is enough."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


class Tokens:
    """Issues, recognises and takes back tokens."""

    def __init__(self, store: Store, codes: Codes, clock: Clock) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    def issue(
        self,
        session: Session,
        kind: str,
        client_id: str,
        account_id: str,
        seconds: int,
        scopes: tuple[str, ...] | None = None,
    ) -> str:
        """Store a new token and return it.

        Parameters:
            session: of the transaction.
            kind: ACCESS, REFRESH, MANAGED or MANAGED_REFRESH.
            client_id: of the client that it is handed to.
            account_id: on whose behalf it speaks.
            seconds: how long it lives.
            scopes: what it may do; None: everything.
        """
        text = f"{kind.replace('-', '_')}_{self._codes.suffix(40)}"
        session.run(
            "INSERT INTO tokens (digest, kind, client_id, account_id, scopes, expires) VALUES (?, ?, ?, ?, ?, ?)",
            (
                digest_of(text),
                kind,
                client_id,
                account_id,
                None if scopes is None else " ".join(scopes),
                self._clock.now() + seconds,
            ),
        )
        return text

    def is_live(self, token: Token) -> bool:
        """Whether the token's end has not come."""
        return token.expires > self._clock.now()

    def recognise(self, text: str) -> Token | None:
        """The live token that this is, of whatever kind, or None."""
        with self._store.read() as session:
            return self.load(session, text)

    def load(self, session: Session, text: str) -> Token | None:
        """As `recognise`, in a session that is open already."""
        row = session.one("SELECT * FROM tokens WHERE digest = ?", (digest_of(text),))
        token = None if row is None else _from_row(row)
        return token if token is not None and self.is_live(token) else None

    def take_all(self, account_id: str) -> None:
        """Take back every token that speaks for an account."""
        with self._store.write() as session:
            session.run("DELETE FROM tokens WHERE account_id = ?", (account_id,))

    def take(self, session: Session, token: Token) -> None:
        """Take a token back: it is dead at once."""
        session.run("DELETE FROM tokens WHERE digest = ?", (token.digest,))
