"""Schedules: the weekly hours of a person, and the dates that differ. Event types take their hours from them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.rules import (
    Ranges,
    TimeRange,
    hours_document,
    overrides_document,
    parse_hours,
    parse_overrides,
)
from bookproof.mock.store import Row, Session, Store

_NINE_TO_FIVE: Ranges = (TimeRange(9 * 60, 17 * 60),)
#: Mondays to Fridays, 09:00 to 17:00.
OFFICE_HOURS: tuple[Ranges, ...] = (*(_NINE_TO_FIVE,) * 5, (), ())


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of an account.

    `hours` has a tuple of ranges for each weekday, Monday first; `overrides` replaces them for single local dates
    (an empty tuple: closed). `details` is what a dialect keeps beside them. `number` is 0 until it is stored.
    """

    number: int
    account_id: str
    name: str
    time_zone: str
    hours: tuple[Ranges, ...] = OFFICE_HOURS
    overrides: Mapping[date, Ranges] = field(default_factory=dict[date, Ranges])
    is_default: bool = False
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _from_row(row: Row) -> Schedule:
    return Schedule(
        number=row["number"],
        account_id=row["account_id"],
        name=row["name"],
        time_zone=row["time_zone"],
        hours=parse_hours(json.loads(row["hours"])),
        overrides=parse_overrides(json.loads(row["overrides"])),
        is_default=bool(row["is_default"]),
        details=json.loads(row["details"]),
    )


def _columns(schedule: Schedule) -> dict[str, Any]:
    return {
        "account_id": schedule.account_id,
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "hours": json.dumps(hours_document(schedule.hours)),
        "overrides": json.dumps(overrides_document(schedule.overrides)),
        "is_default": int(schedule.is_default),
        "details": json.dumps(dict(schedule.details), ensure_ascii=False),
    }


class Schedules:
    """Finds, makes, changes and deletes schedules. An account has one default at most."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, session: Session, number: int) -> Schedule | None:
        """The schedule with this number in whichever account, or None."""
        row = session.one("SELECT * FROM schedules WHERE number = ?", (number,))
        return None if row is None else _from_row(row)

    def require(self, session: Session, number: int) -> Schedule:
        """As `load`.

        Raises:
            NotFound: there is none.
        """
        schedule = self.load(session, number)
        if schedule is None:
            raise NotFound("No such schedule.")
        return schedule

    def get(self, number: int) -> Schedule:
        """As `require`, in a session of its own; whose it is, is for the caller to judge."""
        with self._store.read() as session:
            return self.require(session, number)

    def find(self, account_id: str) -> list[Schedule]:
        """All of the account's schedules in the order of their making."""
        with self._store.read() as session:
            rows = session.all("SELECT * FROM schedules WHERE account_id = ? ORDER BY number", (account_id,))
        return [_from_row(row) for row in rows]

    def default_of(self, account_id: str) -> Schedule | None:
        """The account's default schedule, or None."""
        with self._store.read() as session:
            row = session.one("SELECT * FROM schedules WHERE account_id = ? AND is_default = 1", (account_id,))
        return None if row is None else _from_row(row)

    def create(self, schedule: Schedule) -> Schedule:
        """Store a new schedule; its number is given here. A new default takes the place of the old one."""
        with self._store.write() as session:
            return self.insert(session, schedule)

    def insert(self, session: Session, schedule: Schedule) -> Schedule:
        """As `create`, in the session that is given."""
        if schedule.is_default:
            self.yield_default(session, schedule.account_id)
        columns = _columns(schedule)
        session.run(
            f"INSERT INTO schedules ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - names from this file
            tuple(columns.values()),
        )
        return replace(schedule, number=session.number("SELECT last_insert_rowid()"))

    def yield_default(self, session: Session, account_id: str) -> None:
        """Let the account have no default."""
        session.run("UPDATE schedules SET is_default = 0 WHERE account_id = ?", (account_id,))

    def change(self, number: int, changes: Mapping[str, Any]) -> Schedule:
        """Replace `name`, `time_zone`, `hours`, `overrides`, `is_default` or `details`; the rest stays.

        Raises:
            NotFound: there is no such schedule.
        """
        with self._store.write() as session:
            changed = replace(self.require(session, number), **changes)
            if changed.is_default:
                self.yield_default(session, changed.account_id)
            columns = _columns(changed)
            settings = ", ".join(f"{name} = ?" for name in columns)
            session.run(f"UPDATE schedules SET {settings} WHERE number = ?", (*columns.values(), number))  # noqa: S608 - names from this file
        return changed

    def delete(self, number: int) -> Schedule:
        """Take a schedule away; event types that named it follow the default again.

        Raises:
            NotFound: there is no such schedule.
        """
        with self._store.write() as session:
            schedule = self.require(session, number)
            session.run("DELETE FROM schedules WHERE number = ?", (number,))
            session.run("UPDATE event_types SET schedule_number = NULL WHERE schedule_number = ?", (number,))
        return schedule
