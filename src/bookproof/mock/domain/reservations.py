"""Reservations: a slot held for a short time while somebody fills in a booking.

Source: the vendors' pages on reserving slots.
"""

from dataclasses import dataclass, replace

from bookproof.mock.domain.availability import NOTHING, Availability, Ignoring
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType, EventTypes
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Vacancies
from bookproof.mock.store import Row, Session, Store


@dataclass(frozen=True, slots=True)
class Reservation:
    """A held slot; `start`, `end`, `until` (when the hold ends) and `created` in epoch seconds."""

    uid: str
    event_type_number: int
    event_type_code: str
    host_id: str
    start: int
    end: int
    until: int
    created: int


@dataclass(frozen=True, slots=True)
class Hold:
    """What is asked for: `duration` of the slot in minutes (None: the default), `until` in epoch seconds."""

    event_type_number: int
    start: int
    until: int
    duration: int | None = None


_SELECT = """SELECT r.*, e.position AS event_type_number FROM reservations r
    JOIN event_types e ON e.code = r.event_type_code"""


def _from_row(row: Row) -> Reservation:
    return Reservation(
        uid=row["uid"],
        event_type_number=row["event_type_number"],
        event_type_code=row["event_type_code"],
        host_id=row["host_id"],
        start=row["starts"],
        end=row["ends"],
        until=row["until"],
        created=row["created"],
    )


class Reservations:
    """Holds slots, moves holds and lets go of them. A hold whose time is over is as if it had never been."""

    def __init__(
        self,
        *,
        store: Store,
        event_types: EventTypes,
        availability: Availability,
        vacancies: Vacancies,
        codes: Codes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._event_types = event_types
        self.availability = availability
        self.vacancies = vacancies
        self._codes = codes
        self._clock = clock

    # Reading

    def find(self, session: Session, uid: str) -> Reservation | None:
        """The live reservation with this uid, or None."""
        row = session.one(f"{_SELECT} WHERE r.uid = ?", (uid,))
        found = None if row is None else _from_row(row)
        return found if found is not None and self.is_live(found) else None

    def get(self, uid: str) -> Reservation:
        """As `find`, in a session of its own.

        Raises:
            NotFound: there is none, or its time is over.
        """
        with self._store.read() as session:
            found = self.find(session, uid)
        if found is None:
            raise NotFound("No such reservation.")
        return found

    def is_live(self, reservation: Reservation) -> bool:
        """Whether the hold still counts."""
        return reservation.until > self._clock.now()

    def live(self, event_type: EventType) -> list[Reservation]:
        """The live reservations of an event type, by start."""
        with self._store.read() as session:
            rows = session.all(
                f"{_SELECT} WHERE r.event_type_code = ? AND r.until > ? ORDER BY r.starts, r.created, r.uid",
                (event_type.code, self._clock.now()),
            )
        return [_from_row(row) for row in rows]

    # Changing

    def hold(self, wanted: Hold) -> Reservation:
        """Hold a slot.

        Raises:
            NotFound: no such event type.
            Invalid: the duration is not offered.
            SlotTaken: a live booking is too close.
            SlotReserved: somebody else holds the time.
            SeatsTaken: no seat is left in the slot of a shared event type.
            InThePast: it has begun.
        """
        with self._store.write() as session:
            event_type, slot = self.admit(session, wanted)
            reservation = Reservation(
                uid=self._codes.uuid(),
                event_type_number=event_type.number,
                event_type_code=event_type.code,
                host_id=event_type.host_id,
                start=slot.start,
                end=slot.end,
                until=wanted.until,
                created=self._clock.now(),
            )
            self.insert(session, reservation)
        return reservation

    def admit(self, session: Session, wanted: Hold, ignoring: Ignoring = NOTHING) -> tuple[EventType, Slot]:
        """The event type and the slot of a hold, every condition checked."""
        event_type = self._event_types.by_number(session, wanted.event_type_number)
        duration = self.availability.duration(event_type, wanted.duration)
        slot = Slot(wanted.start, wanted.start + duration)
        self.check(session, event_type, slot, ignoring)
        return event_type, slot

    def check(self, session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        """Refuse a hold as `hold` says. Whether the slot lies in the hours is judged when it is booked."""
        self.vacancies.check_future(slot)
        self.vacancies.check_free(session, event_type, slot, ignoring)

    def insert(self, session: Session, reservation: Reservation) -> None:
        """Store a new reservation; those whose time is over go."""
        session.run("DELETE FROM reservations WHERE until <= ?", (self._clock.now(),))
        session.run(
            "INSERT INTO reservations (uid, host_id, event_type_code, starts, ends, until, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                reservation.uid,
                reservation.host_id,
                reservation.event_type_code,
                reservation.start,
                reservation.end,
                reservation.until,
                reservation.created,
            ),
        )

    def move(self, uid: str, wanted: Hold) -> Reservation:
        """Let a reservation hold another slot, or the same one longer; its own time does not block it.

        Raises:
            NotFound: no such live reservation, or no such event type.
            Invalid, SlotTaken, SlotReserved, SeatsTaken, InThePast: as for `hold`; nothing has changed.
        """
        with self._store.write() as session:
            reservation = self.find(session, uid)
            if reservation is None:
                raise NotFound("No such reservation.")
            event_type, slot = self.admit(session, wanted, Ignoring(reservation=uid))
            moved = replace(
                reservation,
                event_type_number=event_type.number,
                event_type_code=event_type.code,
                host_id=event_type.host_id,
                start=slot.start,
                end=slot.end,
                until=wanted.until,
            )
            self.remove(session, uid)
            self.insert(session, moved)
        return moved

    def release(self, uid: str) -> bool:
        """Let go of a slot; returns whether anything was held."""
        with self._store.write() as session:
            found = self.find(session, uid)
            self.remove(session, uid)
        return found is not None

    def remove(self, session: Session, uid: str) -> None:
        """Take a reservation out of the store."""
        session.run("DELETE FROM reservations WHERE uid = ?", (uid,))

    def use(self, session: Session, event_type: EventType, slot: Slot, uid: str | None) -> None:
        """Let the booking of a slot take the place of what held it.

        Parameters:
            session: of the transaction that books.
            event_type, slot: what was booked.
            uid: the reservation that was used. None: the oldest of a shared event type's slot, else whatever overlaps.
        """
        if uid is not None:
            self.remove(session, uid)
        elif event_type.seats is not None:
            session.run(
                "DELETE FROM reservations WHERE uid IN (SELECT uid FROM reservations WHERE event_type_code = ?"
                " AND starts = ? AND ends = ? ORDER BY created, uid LIMIT 1)",
                (event_type.code, slot.start, slot.end),
            )
        else:
            session.run(
                "DELETE FROM reservations WHERE host_id = ? AND starts < ? AND ends > ?",
                (event_type.host_id, slot.end, slot.start),
            )
