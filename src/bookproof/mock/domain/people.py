"""People: accounts of one host each, who have a number, a username and a profile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import EmailTaken, NotFound, UsernameTaken
from bookproof.mock.store import Row, Session, Store


@dataclass(frozen=True, slots=True)
class Person:
    """A person.

    `number` is what an API shows as the user's id, `host_id` the one host of the account, `time_zone` an IANA name,
    `time_format` 12 or 24, `week_start` an English weekday, `created` epoch seconds. `profile` is what else is known,
    in a dialect's own words.
    """

    number: int
    account_id: str
    host_id: str
    organisation_id: str
    username: str
    name: str
    email: str
    time_zone: str
    created: int
    time_format: int = 12
    week_start: str = "Sunday"
    locale: str = "en"
    bio: str | None = None
    avatar_url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    profile: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody to be. `organisation_id` None: an organisation of their own; `profile` as `People.change` takes it."""

    username: str
    name: str
    email: str
    time_zone: str = "Europe/London"
    organisation_id: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict[str, Any])


# Kept in the profile and shown as members of their own.
_TYPED = ("time_format", "week_start", "locale", "bio", "avatar_url", "metadata")
_SELECT = """SELECT p.*, a.name, a.email, a.organisation_id FROM people p JOIN accounts a ON a.id = p.account_id
    WHERE p.deleted = 0"""


def _from_row(row: Row) -> Person:
    profile: dict[str, Any] = json.loads(row["profile"])
    typed = {name: profile.pop(name) for name in _TYPED if name in profile}
    return Person(
        number=row["number"],
        account_id=row["account_id"],
        host_id=row["host_id"],
        organisation_id=row["organisation_id"],
        username=row["username"],
        name=row["name"],
        email=row["email"],
        time_zone=row["time_zone"],
        created=row["created"],
        **typed,
        profile=profile,
    )


class People:
    """Finds, makes and changes people. Who was deleted is not found any more; their bookings stay."""

    def __init__(self, store: Store, codes: Codes, clock: Clock) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    # Finding

    def of_account(self, account_id: str) -> Person:
        """The person whose account this is.

        Raises:
            NotFound: it is nobody's, as an office's is.
        """
        return self._find("p.account_id = ?", account_id)

    def by_number(self, number: int) -> Person:
        """The person with this number.

        Raises:
            NotFound: there is none.
        """
        return self._find("p.number = ?", number)

    def by_username(self, username: str) -> Person:
        """The person with this username, in whatever case.

        Raises:
            NotFound: there is none.
        """
        return self._find("p.username = lower(?)", username)

    def by_email(self, email: str) -> Person:
        """The person with this e-mail address, in whatever case.

        Raises:
            NotFound: there is none.
        """
        return self._find("lower(a.email) = lower(?)", email)

    def of_organisation(self, organisation_id: str) -> list[Person]:
        """The people whose accounts are in an organisation, by number."""
        with self._store.read() as session:
            rows = session.all(f"{_SELECT} AND a.organisation_id = ? ORDER BY p.number", (organisation_id,))
        return [_from_row(row) for row in rows]

    def _find(self, condition: str, value: str | int) -> Person:
        with self._store.read() as session:
            row = session.one(f"{_SELECT} AND {condition}", (value,))
        if row is None:
            raise NotFound("No such person.")
        return _from_row(row)

    # Changing

    def create(self, wanted: NewPerson) -> Person:
        """Make a person with an account and a host of their own.

        Raises:
            UsernameTaken, EmailTaken: somebody else has it.
        """
        with self._store.write() as session:
            self.check_username(session, wanted.username)
            self.check_email(session, wanted.email)
            account_id = self.insert(session, wanted)
        return self.of_account(account_id)

    def insert(self, session: Session, wanted: NewPerson, alias: str | None = None) -> str:
        """Store a person, nothing checked; returns the id of the account.

        Parameters:
            session: of the store.
            wanted: who.
            alias: how seed and control door call the account; None to draw one.
        """
        alias = alias or self._codes.suffix(12)
        account_id, host_id, organisation_id = f"acc_{alias}", f"host_{alias}", wanted.organisation_id
        if organisation_id is None:
            organisation_id = f"org_{alias}"
            session.run("INSERT INTO organisations (id, name) VALUES (?, ?)", (organisation_id, wanted.name))
        session.run(
            "INSERT INTO accounts (id, alias, organisation_id, name, email) VALUES (?, ?, ?, ?, ?)",
            (account_id, alias, organisation_id, wanted.name, wanted.email),
        )
        session.run("INSERT INTO hosts (id, account_id, name) VALUES (?, ?, ?)", (host_id, account_id, wanted.name))
        session.run(
            "INSERT INTO people (account_id, host_id, username, time_zone, profile, created) VALUES (?, ?, ?, ?, ?, ?)",
            (
                account_id,
                host_id,
                wanted.username.lower(),
                wanted.time_zone,
                json.dumps(dict(wanted.profile), ensure_ascii=False),
                self._clock.now(),
            ),
        )
        return account_id

    def change(self, account_id: str, changes: Mapping[str, Any]) -> Person:
        """Change a person.

        Parameters:
            account_id: whose.
            changes: `username`, `name`, `email`, `time_zone`; any other member goes to the profile, with the names of
                `Person` where it has one (`time_format`, `week_start`, `locale`, `bio`, `avatar_url`, `metadata`).

        Raises:
            NotFound: the account is nobody's.
            UsernameTaken, EmailTaken: somebody else has it.
        """
        person = self.of_account(account_id)
        rest = {
            name: value for name, value in changes.items() if name not in ("username", "name", "email", "time_zone")
        }
        with self._store.write() as session:
            if changes.get("username", person.username).lower() != person.username:
                self.check_username(session, changes["username"])
                session.run(
                    "UPDATE people SET username = ? WHERE number = ?", (changes["username"].lower(), person.number)
                )
            if changes.get("email", person.email).lower() != person.email.lower():
                self.check_email(session, changes["email"])
            for column in ("name", "email"):
                if column in changes:
                    session.run(f"UPDATE accounts SET {column} = ? WHERE id = ?", (changes[column], account_id))  # noqa: S608 - names from the line above
            if "name" in changes:
                session.run("UPDATE hosts SET name = ? WHERE id = ?", (changes["name"], person.host_id))
            if "time_zone" in changes:
                session.run("UPDATE people SET time_zone = ? WHERE number = ?", (changes["time_zone"], person.number))
            self._merge_profile(session, person, rest)
        return self.of_account(account_id)

    def _merge_profile(self, session: Session, person: Person, changes: Mapping[str, Any]) -> None:
        row = session.one("SELECT profile FROM people WHERE number = ?", (person.number,))
        assert row is not None, "found a moment ago"
        profile = json.loads(row["profile"]) | dict(changes)
        text = json.dumps(profile, ensure_ascii=False)
        session.run("UPDATE people SET profile = ? WHERE number = ?", (text, person.number))

    def delete(self, account_id: str) -> Person:
        """Let a person be found no more.

        Raises:
            NotFound: the account is nobody's.
        """
        person = self.of_account(account_id)
        with self._store.write() as session:
            session.run("UPDATE people SET deleted = 1 WHERE number = ?", (person.number,))
        return person

    def check_username(self, session: Session, username: str) -> None:
        """Raises UsernameTaken if somebody has the username, in whatever case."""
        if session.one(f"{_SELECT} AND p.username = lower(?)", (username,)) is not None:
            raise UsernameTaken("Another person has this username.")

    def check_email(self, session: Session, email: str) -> None:
        """Raises EmailTaken if somebody has the e-mail address, in whatever case."""
        if session.one(f"{_SELECT} AND lower(a.email) = lower(?)", (email,)) is not None:
            raise EmailTaken("Another person has this e-mail address.")
