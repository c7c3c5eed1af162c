"""API keys `prefix.secret`: stored as salted hashes, with scopes and instant revocation.

Source: REST API, How API keys work; Calendar API & MCP, Authentication & API keys.
"""

import hashlib
import hmac
from dataclasses import dataclass

from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import Invalid, NotFound
from bookproof.mock.store import Store

SLOTS_READ = "slots:read"
BOOKINGS_READ = "bookings:read"
BOOKINGS_WRITE = "bookings:write"
MCP = "mcp"
SCOPES = (SLOTS_READ, BOOKINGS_READ, BOOKINGS_WRITE, MCP)
PREFIX_START = "cal_"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key once it is stored. `rate_limit` is in requests a minute, None for the default."""

    prefix: str
    account_id: str
    scopes: frozenset[str]
    rate_limit: int | None

    def covers(self, scope: str) -> bool:
        """Whether the key may do what needs `scope`; `mcp` is an umbrella over the other three."""
        return scope in self.scopes or MCP in self.scopes


class Keys:
    """Issues, recognises and revokes keys."""

    def __init__(self, store: Store, codes: Codes) -> None:
        self._store = store
        self._codes = codes

    def digest(self, salt: bytes, secret: str) -> bytes:
        """The salted hash of a secret. Secrets are long and random, so one round is enough."""
        return hmac.digest(salt, secret.encode(), hashlib.sha256)

    def verify(self, secret: str, salt: bytes, digest: bytes) -> bool:
        """Whether `secret` is the one behind `digest`, in constant time."""
        return hmac.compare_digest(self.digest(salt, secret), digest)

    def is_live(self, revoked: int) -> bool:
        """Whether a key with this revocation mark may still be used."""
        return not revoked

    def split(self, token: str) -> tuple[str, str] | None:
        """Prefix and secret of a full key, or None if it is not one."""
        prefix, dot, secret = token.partition(".")
        if not (dot and secret and prefix.startswith(PREFIX_START) and token.isascii() and token.isprintable()):
            return None
        return prefix, secret

    def recognise(self, token: str) -> ApiKey | None:
        """The key that `token` proves, or None: malformed, unknown, wrong secret and revoked are all the same."""
        parts = self.split(token)
        if parts is None:
            return None
        with self._store.read() as session:
            row = session.one("SELECT * FROM api_keys WHERE prefix = ?", (parts[0],))
        if row is None or not self.verify(parts[1], row["salt"], row["digest"]) or not self.is_live(row["revoked"]):
            return None
        return ApiKey(row["prefix"], row["account_id"], frozenset(row["scopes"].split()), row["rate_limit"])

    def issue(
        self, account_id: str, scopes: tuple[str, ...], rate_limit: int | None = None, token: str | None = None
    ) -> str:
        """Store a new key and return it in full, for the only time.

        Parameters:
            account_id: whose key it is.
            scopes: any of SCOPES, possibly none.
            rate_limit: requests a minute, None for the default.
            token: the full key to store; None to draw one.

        Raises:
            Invalid: an unknown scope.
        """
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown:
            raise Invalid(f"unknown scope {unknown[0]!r}")
        token = token or f"{self._codes.new('cal', 8)}.{self._codes.suffix(32)}"
        prefix, _, secret = token.partition(".")
        salt = self._codes.bytes(16)
        with self._store.write() as session:
            session.run(
                "INSERT INTO api_keys (prefix, account_id, scopes, salt, digest, rate_limit) VALUES (?, ?, ?, ?, ?, ?)",
                (prefix, account_id, " ".join(scopes), salt, self.digest(salt, secret), rate_limit),
            )
        return token

    def revoke(self, prefix: str) -> None:
        """Revoke a key; the very next request with it is refused.

        Raises:
            NotFound: no key has this prefix.
        """
        with self._store.write() as session:
            if not session.run("UPDATE api_keys SET revoked = 1 WHERE prefix = ?", (prefix,)):
                raise NotFound("No such key.")
