"""Organisations that have a number, and their members with roles."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.people import NewPerson, People, Person
from bookproof.mock.store import Row, Session, Store

OWNER, ADMIN, MEMBER = "owner", "admin", "member"


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in which organisation; `number` is the membership's own, `organisation` the organisation's."""

    number: int
    organisation: int
    person: Person
    role: str
    accepted: bool


class Organisations:
    """Finds, adds, changes and removes members."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people

    def register(self, session: Session, organisation_id: str) -> int:
        """Give an organisation a number; returns it."""
        session.run("INSERT INTO organisation_numbers (organisation_id) VALUES (?)", (organisation_id,))
        return session.number("SELECT last_insert_rowid()")

    def number_of(self, account_id: str) -> int | None:
        """The number of the organisation that the account is a member of, or None."""
        with self._store.read() as session:
            row = session.one(
                "SELECT organisation FROM organisation_members WHERE account_id = ? AND accepted = 1", (account_id,)
            )
        return None if row is None else int(row["organisation"])

    def role(self, organisation: int, account_id: str) -> str | None:
        """OWNER, ADMIN or MEMBER; None if the account is not in it, or there is no such organisation."""
        with self._store.read() as session:
            row = session.one(
                "SELECT role FROM organisation_members WHERE organisation = ? AND account_id = ? AND accepted = 1",
                (organisation, account_id),
            )
        return None if row is None else str(row["role"])

    def members(self, organisation: int, emails: Sequence[str] = ()) -> list[Membership]:
        """The members of an organisation by their person's number.

        Parameters:
            organisation: its number.
            emails: only members with one of these addresses, in whatever case; empty: all.
        """
        with self._store.read() as session:
            rows = session.all("SELECT * FROM organisation_members WHERE organisation = ?", (organisation,))
        wanted = {email.lower() for email in emails}
        found = [self._from_row(row) for row in rows]
        kept = [item for item in found if not wanted or item.person.email.lower() in wanted]
        return sorted(kept, key=lambda item: item.person.number)

    def _from_row(self, row: Row) -> Membership:
        person = self._people.of_account(row["account_id"])
        return Membership(row["number"], row["organisation"], person, row["role"], bool(row["accepted"]))

    def member(self, organisation: int, person_number: int) -> Membership:
        """The member with this person's number.

        Raises:
            NotFound: there is none in the organisation.
        """
        for membership in self.members(organisation):
            if membership.person.number == person_number:
                return membership
        raise NotFound("No such member.")

    def add(self, session: Session, organisation: int, account_id: str, role: str, *, accepted: bool = True) -> None:
        """Make an account a member."""
        session.run(
            "INSERT INTO organisation_members (organisation, account_id, role, accepted) VALUES (?, ?, ?, ?)",
            (organisation, account_id, role, int(accepted)),
        )

    def create(self, organisation: int, wanted: NewPerson, role: str, *, accepted: bool) -> Membership:
        """Make a person who is a member.

        Parameters:
            organisation: its number; it exists.
            wanted: who; the organisation of the account is set here.
            role: OWNER, ADMIN or MEMBER.
            accepted: whether the person is in at once, and not only invited.

        Raises:
            UsernameTaken, EmailTaken: somebody else has it.
        """
        with self._store.write() as session:
            row = session.one("SELECT organisation_id FROM organisation_numbers WHERE number = ?", (organisation,))
            assert row is not None, "the caller is a member of it"
            self.check_free(session, wanted)
            joined = NewPerson(
                wanted.username, wanted.name, wanted.email, wanted.time_zone, row["organisation_id"], wanted.profile
            )
            account_id = self._people.insert(session, joined)
            self.add(session, organisation, account_id, role, accepted=accepted)
        return self.member(organisation, self._people.of_account(account_id).number)

    def check_free(self, session: Session, wanted: NewPerson) -> None:
        """Raises UsernameTaken or EmailTaken if somebody else has the username or the address."""
        self._people.check_username(session, wanted.username)
        self._people.check_email(session, wanted.email)

    def change_role(self, membership: Membership, role: str) -> None:
        """Give a member another role."""
        with self._store.write() as session:
            session.run("UPDATE organisation_members SET role = ? WHERE number = ?", (role, membership.number))

    def remove(self, membership: Membership) -> None:
        """Take a member out of the organisation, and let nobody find them any more."""
        with self._store.write() as session:
            session.run("DELETE FROM organisation_members WHERE number = ?", (membership.number,))
            session.run("DELETE FROM team_members WHERE account_id = ?", (membership.person.account_id,))
        self._people.delete(membership.person.account_id)
