"""Single-use booking links. Source: Calendar API & MCP, REST API v1 (event links)."""

from dataclasses import dataclass

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import LinkUsed, NotFound
from bookproof.mock.domain.event_types import EventTypes
from bookproof.mock.store import Row, Session, Store


@dataclass(frozen=True, slots=True)
class Link:
    """A link that lets one booking of one event type be made."""

    code: str
    account_id: str
    event_type_code: str
    used: bool
    revoked: bool
    created: int


def _from_row(row: Row) -> Link:
    return Link(
        row["code"], row["account_id"], row["event_type_code"], bool(row["used"]), bool(row["revoked"]), row["created"]
    )


class Links:
    """Creates, lists, revokes and uses links."""

    def __init__(self, store: Store, codes: Codes, clock: Clock, event_types: EventTypes) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock
        self._event_types = event_types

    def create(self, account_id: str, event_type_code: str) -> Link:
        """Make a link to one of the account's event types.

        Raises:
            NotFound: the account has no such event type.
        """
        with self._store.write() as session:
            self._event_types.require(session, account_id, event_type_code)
            link = Link(self._codes.new("lnk"), account_id, event_type_code, False, False, self._clock.now())
            session.run(
                "INSERT INTO links (code, account_id, event_type_code, created) VALUES (?, ?, ?, ?)",
                (link.code, link.account_id, link.event_type_code, link.created),
            )
        return link

    def find(self, account_id: str, event_type_code: str, offset: int, limit: int) -> list[Link]:
        """One page of an event type's links, oldest first."""
        with self._store.read() as session:
            rows = session.all(
                "SELECT * FROM links WHERE account_id = ? AND event_type_code = ?"
                " ORDER BY created, code LIMIT ? OFFSET ?",
                (account_id, event_type_code, limit, offset),
            )
        return [_from_row(row) for row in rows]

    def count(self, account_id: str, event_type_code: str) -> int:
        """How many links the event type has."""
        with self._store.read() as session:
            return session.number(
                "SELECT COUNT(*) FROM links WHERE account_id = ? AND event_type_code = ?", (account_id, event_type_code)
            )

    def in_reach(self, link: Link, account_id: str) -> bool:
        """Whether the link is visible to the account."""
        return link.account_id == account_id

    def load(self, session: Session, code: str) -> Link | None:
        """The link with this code in whichever account, or None."""
        row = session.one("SELECT * FROM links WHERE code = ?", (code,))
        return None if row is None else _from_row(row)

    def revoke(self, account_id: str, code: str) -> Link:
        """Revoke a link.

        Raises:
            NotFound: the account has no such link, or it was revoked before.
        """
        with self._store.write() as session:
            link = self.load(session, code)
            if link is None or link.revoked or not self.in_reach(link, account_id):
                raise NotFound("No such link.")
            session.run("UPDATE links SET revoked = 1 WHERE code = ?", (code,))
        return Link(link.code, link.account_id, link.event_type_code, link.used, True, link.created)

    def require_usable(self, session: Session, account_id: str, event_type_code: str, code: str) -> None:
        """Refuse a link that does not admit a booking of the event type.

        Raises:
            NotFound: unknown, revoked, another account's or another event type's.
            LinkUsed: it has been used.
        """
        link = self.load(session, code)
        if link is None or not self.in_reach(link, account_id) or link.event_type_code != event_type_code:
            raise NotFound("No such link.")
        if self.is_revoked(link):
            raise NotFound("No such link.")
        if self.is_used(link):
            raise LinkUsed("The link has been used.")

    def is_revoked(self, link: Link) -> bool:
        """Whether the link was revoked."""
        return link.revoked

    def is_used(self, link: Link) -> bool:
        """Whether the link has admitted a booking."""
        return link.used

    def consume(self, session: Session, code: str) -> None:
        """Mark a link used, in the transaction of its booking."""
        session.run("UPDATE links SET used = 1 WHERE code = ?", (code,))
