"""Seats as records: the attendees of bookings that are shared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bookproof.mock.domain.booking_records import Attendee, Booking, booking_of_row
from bookproof.mock.domain.slots import Slot
from bookproof.mock.store import Row, Session


@dataclass(frozen=True, slots=True)
class Seat:
    """One attendee of a seated booking. `answers` and `details` as those of a booking; `created` epoch seconds."""

    uid: str
    booking_code: str
    attendee: Attendee
    created: int
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    absent: bool = False


def _from_row(row: Row) -> Seat:
    return Seat(
        uid=row["uid"],
        booking_code=row["booking_code"],
        attendee=Attendee(row["name"], row["email"], row["time_zone"]),
        created=row["created"],
        answers=json.loads(row["answers"]),
        details=json.loads(row["details"]),
        absent=bool(row["absent"]),
    )


class SeatRecords:
    """The statements about seats; every method runs in the session it is given."""

    def load(self, session: Session, uid: str) -> Seat | None:
        """The seat with this uid, or None."""
        row = session.one("SELECT * FROM seats WHERE uid = ?", (uid,))
        return None if row is None else _from_row(row)

    def of_booking(self, session: Session, code: str) -> list[Seat]:
        """The seats of a booking in the order in which they were taken."""
        rows = session.all("SELECT * FROM seats WHERE booking_code = ? ORDER BY created, rowid", (code,))
        return [_from_row(row) for row in rows]

    def count(self, session: Session, code: str) -> int:
        """How many seats of a booking are taken."""
        return session.number("SELECT COUNT(*) FROM seats WHERE booking_code = ?", (code,))

    def insert(self, session: Session, seat: Seat) -> None:
        """Store a new seat."""
        attendee = seat.attendee
        session.run(
            "INSERT INTO seats (uid, booking_code, name, email, time_zone, answers, details, absent, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                seat.uid,
                seat.booking_code,
                attendee.name,
                attendee.email,
                attendee.time_zone,
                json.dumps(dict(seat.answers), ensure_ascii=False),
                json.dumps(dict(seat.details), ensure_ascii=False),
                int(seat.absent),
                seat.created,
            ),
        )

    def move(self, session: Session, uid: str, code: str) -> None:
        """Let a seat belong to another booking."""
        session.run("UPDATE seats SET booking_code = ? WHERE uid = ?", (code, uid))

    def delete(self, session: Session, uid: str) -> None:
        """Take a seat away."""
        session.run("DELETE FROM seats WHERE uid = ?", (uid,))

    def mark(self, session: Session, code: str, email: str, *, absent: bool) -> None:
        """Note whether an attendee of a booking was absent."""
        session.run(
            "UPDATE seats SET absent = ? WHERE booking_code = ? AND lower(email) = lower(?)", (int(absent), code, email)
        )

    def meetings(self, session: Session, event_type_code: str, window: Slot) -> list[tuple[Booking, int]]:
        """The live seated bookings of an event type that lie within `window`, by start, with their taken seats."""
        rows = session.all(
            "SELECT b.*, (SELECT COUNT(*) FROM seats s WHERE s.booking_code = b.code) AS taken FROM bookings b"
            " WHERE b.event_type_code = ? AND b.seated = 1 AND b.status IN ('confirmed', 'pending')"
            " AND b.starts >= ? AND b.ends <= ? ORDER BY b.starts",
            (event_type_code, window.start, window.end),
        )
        return [(booking_of_row(row), row["taken"]) for row in rows]
