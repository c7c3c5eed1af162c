"""Connected calendars, and the times at which they say that a host is busy."""

from dataclasses import dataclass

from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Row, Session, Store

# As in Availability: two days cover the longest buffer.
_MARGIN = 2 * DAY


@dataclass(frozen=True, slots=True)
class Connection:
    """A calendar that an account has connected; `provider` is "google", "office365" or "apple"."""

    number: int
    account_id: str
    provider: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class BusyTime:
    """A time at which a connected calendar has something; epoch seconds."""

    connection: int
    start: int
    end: int
    title: str


def _from_row(row: Row) -> Connection:
    return Connection(row["number"], row["account_id"], row["provider"], row["name"], row["email"])


class Connections:
    """Connects and disconnects calendars, and tells busy times."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, account_id: str) -> list[Connection]:
        """The account's calendars in the order of their connection."""
        with self._store.read() as session:
            rows = session.all("SELECT * FROM connections WHERE account_id = ? ORDER BY number", (account_id,))
        return [_from_row(row) for row in rows]

    def get(self, number: int) -> Connection:
        """The connection with this number, whoever's it is.

        Raises:
            NotFound: there is none.
        """
        with self._store.read() as session:
            row = session.one("SELECT * FROM connections WHERE number = ?", (number,))
        if row is None:
            raise NotFound("No such connected calendar.")
        return _from_row(row)

    def connect(self, session: Session, account_id: str, provider: str, name: str, email: str) -> Connection:
        """Connect a calendar."""
        session.run(
            "INSERT INTO connections (account_id, provider, name, email) VALUES (?, ?, ?, ?)",
            (account_id, provider, name, email),
        )
        return Connection(session.number("SELECT last_insert_rowid()"), account_id, provider, name, email)

    def note(self, session: Session, connection: Connection, host_id: str, slot: Slot, title: str) -> None:
        """Put something into a connected calendar, which keeps a host busy."""
        session.run(
            "INSERT INTO busy_times (connection, host_id, starts, ends, title) VALUES (?, ?, ?, ?, ?)",
            (connection.number, host_id, slot.start, slot.end, title),
        )

    def disconnect(self, number: int) -> None:
        """Take a connection away; its busy times block nothing any more."""
        with self._store.write() as session:
            session.run("DELETE FROM busy_times WHERE connection = ?", (number,))
            session.run("DELETE FROM connections WHERE number = ?", (number,))

    def busy_times(self, connection: Connection, window: Slot) -> list[BusyTime]:
        """What a calendar has that touches a window, by start."""
        with self._store.read() as session:
            rows = session.all(
                "SELECT * FROM busy_times WHERE connection = ? AND starts < ? AND ends > ? ORDER BY starts, number",
                (connection.number, window.end, window.start),
            )
        return [BusyTime(row["connection"], row["starts"], row["ends"], row["title"]) for row in rows]

    def blocking(self, session: Session, event_type: EventType, window: Slot) -> list[Busy]:
        """The busy times of an event type's host around a window, for the slot engine."""
        rows = session.all(
            "SELECT starts, ends FROM busy_times WHERE host_id = ? AND starts < ? AND ends > ?",
            (event_type.host_id, window.end + _MARGIN, window.start - _MARGIN),
        )
        return [Busy(row["starts"], row["ends"], 0, 0, "") for row in rows]
