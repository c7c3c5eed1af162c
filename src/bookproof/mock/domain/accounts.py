"""Accounts, their organisations, and the calendars connected to them."""

from dataclasses import dataclass

from bookproof.mock.domain.errors import Invalid, NotFound
from bookproof.mock.store import Store


@dataclass(frozen=True, slots=True)
class Account:
    """An account in an organisation; `alias` ("main", "foreign") is how seed and control door call it."""

    id: str
    alias: str
    name: str
    email: str
    organisation_id: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class ConnectedCalendar:
    """A calendar that an account has connected."""

    id: str
    provider: str
    name: str
    email: str
    primary: bool
    connected: bool


_ACCOUNT = """SELECT a.*, o.name AS organisation_name FROM accounts a
    JOIN organisations o ON o.id = a.organisation_id"""


class Accounts:
    """Reads accounts and calendars."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, account_id: str) -> Account:
        """The account with this id.

        Raises:
            NotFound: there is none.
        """
        return self._find("a.id", account_id)

    def by_alias(self, alias: str) -> Account:
        """The account called "main" or "foreign".

        Raises:
            Invalid: there is no such alias.
        """
        try:
            return self._find("a.alias", alias)
        except NotFound as failure:
            raise Invalid(f"there is no account {alias!r}") from failure

    def _find(self, column: str, value: str) -> Account:
        with self._store.read() as session:
            row = session.one(f"{_ACCOUNT} WHERE {column} = ?", (value,))
        if row is None:
            raise NotFound("No such account.")
        return Account(
            row["id"], row["alias"], row["name"], row["email"], row["organisation_id"], row["organisation_name"]
        )

    def calendars(self, account_id: str, offset: int, limit: int) -> list[ConnectedCalendar]:
        """The account's calendars, by id."""
        with self._store.read() as session:
            rows = session.all(
                "SELECT * FROM calendars WHERE account_id = ? ORDER BY id LIMIT ? OFFSET ?", (account_id, limit, offset)
            )
        return [
            ConnectedCalendar(
                r["id"], r["provider"], r["name"], r["email"], bool(r["is_primary"]), bool(r["connected"])
            )
            for r in rows
        ]

    def count_calendars(self, account_id: str) -> int:
        """How many calendars the account has."""
        with self._store.read() as session:
            return session.number("SELECT COUNT(*) FROM calendars WHERE account_id = ?", (account_id,))
