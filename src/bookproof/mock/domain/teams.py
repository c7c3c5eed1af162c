"""Teams: people with roles, and what an API keeps about a team."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.errors import DomainError, NotFound
from bookproof.mock.store import Row, Session, Store

OWNER, ADMIN, MEMBER = "owner", "admin", "member"


class NameTaken(DomainError):
    """The person is in another team of this name."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `details` (with `name` at least) is what a dialect keeps, `created` epoch seconds."""

    number: int
    details: Mapping[str, Any]
    created: int

    @property
    def name(self) -> str:
        """The team's name."""
        return self.details["name"]


def _from_row(row: Row) -> Team:
    return Team(row["number"], json.loads(row["details"]), row["created"])


def _text(details: Mapping[str, Any]) -> str:
    return json.dumps(dict(details), ensure_ascii=False)


class Teams:
    """Finds, makes, changes and deletes teams."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def find(self, account_id: str) -> list[Team]:
        """The teams that the account is in, oldest first."""
        with self._store.read() as session:
            return self.of_account(session, account_id)

    def of_account(self, session: Session, account_id: str) -> list[Team]:
        """As `find`, in a session that is open already."""
        rows = session.all(
            "SELECT t.* FROM teams t JOIN team_members m ON m.team = t.number"
            " WHERE m.account_id = ? AND m.accepted = 1 ORDER BY t.number",
            (account_id,),
        )
        return [_from_row(row) for row in rows]

    def get(self, number: int) -> Team:
        """The team with this number, whoever is in it.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as session:
            return self.require(session, number)

    def require(self, session: Session, number: int) -> Team:
        """As `get`, in a session that is open already."""
        row = session.one("SELECT * FROM teams WHERE number = ?", (number,))
        if row is None:
            raise NotFound("No such team.")
        return _from_row(row)

    def role(self, number: int, account_id: str) -> str | None:
        """OWNER, ADMIN or MEMBER; None if the account is not in the team, or there is no such team."""
        with self._store.read() as session:
            row = session.one(
                "SELECT role FROM team_members WHERE team = ? AND account_id = ? AND accepted = 1", (number, account_id)
            )
        return None if row is None else str(row["role"])

    def create(self, account_id: str, details: Mapping[str, Any]) -> Team:
        """Make a team that the account owns.

        Raises:
            NameTaken: the account is in another team of this name.
        """
        with self._store.write() as session:
            self.check_name(session, account_id, details["name"], None)
            return self.insert(session, account_id, details)

    def insert(self, session: Session, account_id: str, details: Mapping[str, Any]) -> Team:
        """As `create`, nothing checked, in the session that is given."""
        now = self._clock.now()
        session.run("INSERT INTO teams (details, created) VALUES (?, ?)", (_text(details), now))
        team = Team(session.number("SELECT last_insert_rowid()"), details, now)
        self.join(session, team.number, account_id, OWNER)
        return team

    def join(self, session: Session, number: int, account_id: str, role: str) -> None:
        """Put an account into a team."""
        session.run(
            "INSERT INTO team_members (team, account_id, role, accepted) VALUES (?, ?, ?, 1)",
            (number, account_id, role),
        )

    def check_name(self, session: Session, account_id: str, name: str, number: int | None) -> None:
        """Raises NameTaken if the account is in another team than `number` of this name."""
        if any(team.name == name and team.number != number for team in self.of_account(session, account_id)):
            raise NameTaken("There is a team of this name.")

    def change(self, number: int, account_id: str, changes: Mapping[str, Any]) -> Team:
        """Replace some of the details.

        Parameters:
            number: of the team.
            account_id: who changes it.
            changes: details to replace; the rest stays.

        Raises:
            NotFound: there is no such team.
            NameTaken: the account is in another team of this name.
        """
        with self._store.write() as session:
            team = self.require(session, number)
            details = {**team.details, **changes}
            self.check_name(session, account_id, details["name"], number)
            session.run("UPDATE teams SET details = ? WHERE number = ?", (_text(details), number))
        return Team(number, details, team.created)

    def delete(self, number: int) -> Team:
        """Take a team away, and everybody out of it.

        Raises:
            NotFound: there is no such team.
        """
        with self._store.write() as session:
            team = self.require(session, number)
            session.run("DELETE FROM team_members WHERE team = ?", (number,))
            session.run("DELETE FROM teams WHERE number = ?", (number,))
        return team
