"""The embedded store: SQLite in memory, or in a file that survives a killed server."""

import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bookproof.mock.tables import DELIVERIES, TABLES

Row = sqlite3.Row
_BUSY_SECONDS = 30.0


class Session:
    """A view of the store during one read or one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.committed: list[Callable[[], None]] = []

    def run(self, sql: str, values: Sequence[Any] = ()) -> int:
        """Execute a statement; returns the number of rows it changed."""
        return self._connection.execute(sql, values).rowcount

    def one(self, sql: str, values: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        return self._connection.execute(sql, values).fetchone()

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def number(self, sql: str, values: Sequence[Any] = ()) -> int:
        """The single number that a query yields."""
        return int(self._connection.execute(sql, values).fetchone()[0])

    def on_commit(self, action: Callable[[], None]) -> None:
        """Have `action` called once the transaction is durable; never if it is rolled back."""
        self.committed.append(action)


def _is_complete(session: Session) -> bool:
    # A file of a version that knew fewer tables cannot be read: begin again.
    if "number" not in {row["name"] for row in session.all("PRAGMA table_info(bookings)")}:
        return False
    return session.one("SELECT 1 FROM meta WHERE name = 'complete'") is not None


def _create_tables(session: Session) -> None:
    # A server that was killed while it filled a new file has left half of the data: begin again.
    session.run("PRAGMA defer_foreign_keys = ON")
    for row in session.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"):
        session.run(f"DROP TABLE {row['name']}")
    for tables in TABLES:
        _create(session, tables)


def _create(session: Session, tables: str) -> None:
    for statement in tables.split(";\n"):
        session.run(statement)


def _renew_outbox(session: Session) -> None:
    # A file of a version that queued deliveries without their data: nobody can send what is in there.
    if "booking" not in {row["name"] for row in session.all("PRAGMA table_info(deliveries)")}:
        session.run("DROP TABLE deliveries")
        _create(session, DELIVERIES)


class Store:
    """Sessions over SQLite, safe for many threads.

    In memory one connection is shared behind a lock. A file has one connection per thread; its journal is a
    write-ahead log that is flushed at every commit, so what was acknowledged is on disk.

    Parameters:
        file: path of the database, or None for memory.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._lock = threading.RLock()
        self._of_thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._shared = self._connect() if file is None else None
        with self.write() as session:
            self.is_new = not _is_complete(session)
            if self.is_new:
                _create_tables(session)
            else:
                _renew_outbox(session)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            ":memory:" if self.file is None else str(self.file),
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_SECONDS,
            cached_statements=256,
        )
        connection.row_factory = sqlite3.Row
        if self.file is not None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        with self._lock:
            self._connections.append(connection)
        return connection

    def _connection(self) -> sqlite3.Connection:
        if self._shared is not None:
            return self._shared
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = self._of_thread.connection = self._connect()
        return connection

    @contextmanager
    def read(self) -> Generator[Session]:
        """A session for queries."""
        if self._shared is None:
            yield Session(self._connection())
        else:
            # The shared connection would show other threads' uncommitted rows without the lock.
            with self._lock:
                yield Session(self._shared)

    @contextmanager
    def write(self) -> Generator[Session]:
        """A transaction that no other writer can enter; rolled back if the block raises."""
        if self._shared is None:
            session = yield from self._transaction(self._connection())
        else:
            with self._lock:
                session = yield from self._transaction(self._shared)
        for action in session.committed:
            action()

    def _transaction(self, connection: sqlite3.Connection) -> Generator[Session, None, Session]:
        session = Session(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield session
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return session

    def complete(self) -> None:
        """Note that the store has been filled: from now on it is kept."""
        with self.write() as session:
            session.run("INSERT INTO meta (name, value) VALUES ('complete', '1')")

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
