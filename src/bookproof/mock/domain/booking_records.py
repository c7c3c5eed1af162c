"""Bookings as records: their shape, how they are stored, and how they are searched."""

# ruff: noqa: S608 - statements are put together from words of this file; values are always bound

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bookproof.mock.store import Row, Session

CONFIRMED = "confirmed"
PENDING = "pending"
CANCELLED = "cancelled"
RESCHEDULED = "rescheduled"
NO_SHOW = "no_show"
REJECTED = "rejected"
STATUSES = (CONFIRMED, PENDING, CANCELLED, RESCHEDULED, NO_SHOW)
#: Beside STATUSES, where hosts decline what was asked for.
MORE_STATUSES = (REJECTED,)
LIVE = (CONFIRMED, PENDING)


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who booked; `time_zone` is an IANA name."""

    name: str
    email: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking; instants in epoch seconds, status one of STATUSES or MORE_STATUSES.

    `number` is 0 until the booking is stored. `rescheduled_to` is the code of the booking that took its place,
    `series` what the bookings of a recurrence have in common. A `seated` booking is shared: its attendees are in the
    seats, and `attendee` is the first of them. `details` is what a dialect or a decision adds; the domain writes
    `cancelled_by`, `rescheduled_by`, `reschedule_reason`, `rejection_reason`, `absent_host` (bool) and
    `absent_attendees` (e-mail addresses in lower case), and reads `guests` (e-mail addresses) when searching.
    """

    code: str
    account_id: str
    host_id: str
    event_type_code: str
    status: str
    start: int
    end: int
    attendee: Attendee
    created: int
    updated: int
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: str | None = None
    cancel_reason: str | None = None
    rescheduled_from: str | None = None
    link_code: str | None = None
    number: int = field(default=0, compare=False)
    rescheduled_to: str | None = None
    series: str | None = None
    seated: bool = False
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_live(self) -> bool:
        """Whether the booking holds its time: confirmed or pending."""
        return self.status in LIVE


def booking_text(booking: Booking) -> str:
    """A booking as JSON text, to be kept as it is at this moment."""
    return json.dumps(asdict(booking), ensure_ascii=False)


def booking_of_text(text: str) -> Booking:
    """The booking that `booking_text` wrote."""
    members = json.loads(text)
    return Booking(**members | {"attendee": Attendee(**members["attendee"])})


@dataclass(frozen=True, slots=True)
class NewBooking:
    """What is asked for when booking; `duration` in minutes, None for the event type's default."""

    event_type_code: str
    start: int
    attendee: Attendee
    duration: int | None = None
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: str | None = None
    link_code: str | None = None


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings to find. `since` is inclusive, `before` exclusive, both compared with the start."""

    status: str | None = None
    event_type_code: str | None = None
    attendee_email: str | None = None
    since: int | None = None
    before: int | None = None


_COLUMNS = (
    "code, account_id, host_id, event_type_code, status, starts, ends, attendee_name, attendee_email, attendee_zone,"
    " answers, notes, cancel_reason, rescheduled_from, link_code, created, updated, rescheduled_to, series, seated,"
    " details"
)
_MARKS = ", ".join("?" * 21)


def booking_of_row(row: Row) -> Booking:
    return Booking(
        code=row["code"],
        account_id=row["account_id"],
        host_id=row["host_id"],
        event_type_code=row["event_type_code"],
        status=row["status"],
        start=row["starts"],
        end=row["ends"],
        attendee=Attendee(row["attendee_name"], row["attendee_email"], row["attendee_zone"]),
        created=row["created"],
        updated=row["updated"],
        answers=json.loads(row["answers"]),
        notes=row["notes"],
        cancel_reason=row["cancel_reason"],
        rescheduled_from=row["rescheduled_from"],
        link_code=row["link_code"],
        number=row["number"],
        rescheduled_to=row["rescheduled_to"],
        series=row["series"],
        seated=bool(row["seated"]),
        details=json.loads(row["details"]),
    )


class BookingRecords:
    """The statements about bookings; every method runs in the session it is given."""

    def load(self, session: Session, code: str) -> Booking | None:
        """The booking with this code in whichever account, or None."""
        row = session.one("SELECT * FROM bookings WHERE code = ?", (code,))
        return None if row is None else booking_of_row(row)

    def insert(self, session: Session, booking: Booking) -> None:
        """Store a new booking.

        Raises:
            sqlite3.IntegrityError: the host has a live booking with the same start.
        """
        attendee = booking.attendee
        session.run(
            f"INSERT INTO bookings ({_COLUMNS}) VALUES ({_MARKS})",
            (
                booking.code,
                booking.account_id,
                booking.host_id,
                booking.event_type_code,
                booking.status,
                booking.start,
                booking.end,
                attendee.name,
                attendee.email,
                attendee.time_zone,
                json.dumps(dict(booking.answers), ensure_ascii=False),
                booking.notes,
                booking.cancel_reason,
                booking.rescheduled_from,
                booking.link_code,
                booking.created,
                booking.updated,
                booking.rescheduled_to,
                booking.series,
                int(booking.seated),
                json.dumps(dict(booking.details), ensure_ascii=False),
            ),
        )

    def add(self, session: Session, booking: Booking) -> Booking:
        """As `insert`; returns the booking with its number."""
        self.insert(session, booking)
        return replace(booking, number=session.number("SELECT last_insert_rowid()"))

    def update(self, session: Session, booking: Booking) -> None:
        """Store the changed time, status, reason, successor and details of a booking.

        Raises:
            sqlite3.IntegrityError: as for `insert`.
        """
        session.run(
            "UPDATE bookings SET status = ?, starts = ?, ends = ?, cancel_reason = ?, updated = ?, rescheduled_to = ?,"
            " details = ? WHERE code = ?",
            (
                booking.status,
                booking.start,
                booking.end,
                booking.cancel_reason,
                booking.updated,
                booking.rescheduled_to,
                json.dumps(dict(booking.details), ensure_ascii=False),
                booking.code,
            ),
        )

    def of_series(self, session: Session, series: str) -> list[Booking]:
        """The bookings of a series, by start."""
        rows = session.all("SELECT * FROM bookings WHERE series = ? ORDER BY starts, number", (series,))
        return [booking_of_row(row) for row in rows]

    def order(self) -> str:
        """The order of every list: by start, then by code, so that pages never shift."""
        return "starts, code"

    def conditions(self, account_id: str, wanted: BookingFilter) -> tuple[str, list[Any]]:
        """The WHERE clause and its values."""
        found: list[tuple[str, Any]] = [("account_id = ?", account_id)]
        if wanted.status is not None:
            found.append(("status = ?", wanted.status))
        if wanted.event_type_code is not None:
            found.append(("event_type_code = ?", wanted.event_type_code))
        if wanted.attendee_email is not None:
            found.append(("lower(attendee_email) = lower(?)", wanted.attendee_email))
        if wanted.since is not None:
            found.append(("starts >= ?", wanted.since))
        if wanted.before is not None:
            found.append(("starts < ?", wanted.before))
        return " AND ".join(text for text, _ in found), [value for _, value in found]

    def find(self, session: Session, account_id: str, wanted: BookingFilter, offset: int, limit: int) -> list[Booking]:
        """One page of the account's bookings."""
        where, values = self.conditions(account_id, wanted)
        rows = session.all(
            f"SELECT * FROM bookings WHERE {where} ORDER BY {self.order()} LIMIT ? OFFSET ?", (*values, limit, offset)
        )
        return [booking_of_row(row) for row in rows]

    def count(self, session: Session, account_id: str, wanted: BookingFilter) -> int:
        """How many bookings the filter finds."""
        where, values = self.conditions(account_id, wanted)
        return session.number(f"SELECT COUNT(*) FROM bookings WHERE {where}", values)

    def count_by_status(self, session: Session, account_id: str) -> dict[str, int]:
        """The account's bookings by status; every status is a key."""
        rows = session.all(
            "SELECT status, COUNT(*) AS number FROM bookings WHERE account_id = ? GROUP BY status", (account_id,)
        )
        return dict.fromkeys(STATUSES, 0) | {row["status"]: row["number"] for row in rows}
