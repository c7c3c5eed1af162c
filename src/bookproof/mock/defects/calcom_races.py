"""Defects of the Cal.com dialect that show when calls come at the same time; one after the other all is right."""

# ruff: noqa: ARG001, ARG002 - what stands in for a method takes what the method takes

from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from threading import Lock
from typing import Any

from starlette.types import Scope

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import unseeing
from bookproof.mock.defects.race_seams import CREATE, MOVE, Traffic
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.dialects.calcom_v2.errors import unprocessable
from bookproof.mock.domain.booking_records import CONFIRMED, REJECTED, Booking
from bookproof.mock.domain.errors import DomainError, SeatsTaken, SlotRaced
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CONFIRMED, BOOKING_REJECTED, DomainEvent
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change, PublicBookings
from bookproof.mock.domain.seats import Seated
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.vacancies import Opening
from bookproof.mock.store import Session

#: Confirming and declining.
DECIDE = "decide"


def _kind(scope: Scope) -> str:
    if scope["type"] != "http" or scope["method"] != "POST":
        return ""
    path: str = scope["path"].rstrip("/")
    if path == "/v2/bookings":
        return CREATE
    if path.startswith("/v2/bookings/"):
        kinds = {"reschedule": MOVE, "confirm": DECIDE, "decline": DECIDE}
        return kinds.get(path.rpartition("/")[2], "")
    return ""


class TwoSteps:
    """Bookings made in two transactions: all is checked; window; all is checked again, and stored.

    As it stands it does right: whoever finds the slot taken when looking again has lost. Defects replace `again` or
    `lost`.

    Parameters:
        mock: where bookings are made like this from now on.
    """

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self.traffic = Traffic(mock, _kind)
        self.bookings = mock.domain.public_bookings
        self.bookings.create = self.create

    def create(self, wanted: BookingRequest) -> Booking:
        """See `PublicBookings.create`."""
        with self.bookings.store.read() as session:
            self.bookings.admit(session, wanted)
        with self.traffic.together(CREATE):
            try:
                return self.stored(wanted)
            except DomainError as failure:
                return self.lost(wanted, failure)

    def stored(self, wanted: BookingRequest) -> Booking:
        """The second step."""
        with self.bookings.store.write() as session:
            again = self.again()
            booking = again.add(session, wanted)
            again.announce_new(session, booking)
        return booking

    def again(self) -> PublicBookings:
        """How the second step looks at slots."""
        return self.bookings

    def lost(self, wanted: BookingRequest, failure: DomainError) -> Booking:
        """What becomes of a caller whose slot was still free in the first step."""
        raise failure


@defect(
    "calcom-race-everybody-refused",
    breaks=("bookings.race.one-winner",),
    story="Two clients who come at once are both told that the slot has just been taken, and it stays empty.",
)
def race_everybody_refused(mock: Mock) -> None:
    lock, present, came = Lock(), Counter[int](), Counter[int]()

    class GivingWay(TwoSteps):
        def create(self, wanted: BookingRequest) -> Booking:
            start = wanted.start
            with lock:
                present[start] += 1
                came[start] += 1
            try:
                return super().create(wanted)
            finally:
                with lock:
                    present[start] -= 1
                    if not present[start]:
                        del came[start]

        def stored(self, wanted: BookingRequest) -> Booking:
            if came[wanted.start] > 1:
                raise SlotRaced("The time has just been taken.")
            return super().stored(wanted)

    GivingWay(mock)


@defect(
    "calcom-race-loser-stored",
    breaks=("bookings.race.stored",),
    story="Of two clients who come at once one is told that the slot is taken, and is expected all the same.",
)
def race_loser_stored(mock: Mock) -> None:
    without_unique_starts(mock)

    class Storing(TwoSteps):
        def lost(self, wanted: BookingRequest, failure: DomainError) -> Booking:
            bookings = self.bookings
            with bookings.store.write() as session:
                event_type = bookings.event_types.by_number(session, wanted.event_type_number)
                bookings.keep(session, bookings.draft(event_type, wanted, bookings.slot(event_type, wanted)))
            raise failure

    Storing(mock)


@defect(
    "calcom-race-loser-is-unprocessable",
    breaks=("bookings.race.refused",),
    story="Clients that pick another slot on a conflict show a broken form instead.",
)
def race_loser_is_unprocessable(mock: Mock) -> None:
    class Confused(TwoSteps):
        def lost(self, wanted: BookingRequest, failure: DomainError) -> Booking:
            raise unprocessable("The booking could not be processed.")

    Confused(mock)


@defect(
    "calcom-race-slot-still-listed",
    breaks=("bookings.race.slots",),
    story="A slot that two clients wanted is offered although one of them has it.",
)
def race_slot_still_listed(mock: Mock) -> None:
    contested = set[int]()
    vacancies = mock.domain.vacancies
    find = vacancies.find

    class Contested(TwoSteps):
        def lost(self, wanted: BookingRequest, failure: DomainError) -> Booking:
            contested.add(wanted.start)
            raise failure

    def offer(event_type: EventType, window: Slot, **how: Any) -> list[Opening]:
        if event_type.seats is not None:
            return find(event_type, window, **how)
        stale = copy(vacancies)
        stale.availability = copy(vacancies.availability)
        unseeing(stale, lambda busy: busy.start in contested)
        return type(stale).find(stale, event_type, window, **how)

    Contested(mock)
    vacancies.find = offer


@defect(
    "calcom-race-move-without-lock",
    breaks=("bookings.race.moves",),
    story="A meeting is moved to an hour that a client has booked in the same moment.",
)
def race_move_without_lock(mock: Mock) -> None:
    without_unique_starts(mock)
    bookings, traffic = mock.domain.public_bookings, Traffic(mock, _kind)
    create = bookings.create

    def unchecked(session: Session, event_type: EventType, slot: Slot, ignoring: Any) -> None:
        return None

    def late(wanted: BookingRequest) -> Booking:
        # A move would hardly ever be the first to look.
        traffic.await_inside(MOVE)
        return create(wanted)

    def unlocked(code: str, start: int, change: Change = PLAIN) -> Booking:
        with bookings.store.read() as session:
            booking = bookings.require(session, code)
            bookings.check_movable(booking)
            event_type = bookings.event_types.require(session, booking.account_id, booking.event_type_code)
            slot = Slot(start, start + booking.end - booking.start)
            bookings.check_slot(session, event_type, slot, bookings.move_ignores(booking, change))
        blind = copy(bookings)
        blind.check_slot = unchecked
        with traffic.inside(MOVE):
            traffic.await_end(CREATE)
            return type(blind).reschedule(blind, code, start, change)

    bookings.create, bookings.reschedule = late, unlocked


@defect(
    "calcom-race-both-decisions",
    breaks=("decisions.race.one",),
    story="Two hosts decide at once, one yes and one no, and both are told that it is done.",
)
def race_both_decisions(mock: Mock) -> None:
    decisions, traffic = mock.domain.decisions, Traffic(mock, _kind)
    bookings = decisions.bookings

    def decided(
        code: str, status: str, event: str, check: Callable[[Session, Booking], None], **details: Any
    ) -> Booking:
        with bookings.store.read() as session:
            booking = bookings.require(session, code)
            decisions.check_pending(booking)
            check(session, booking)
        with traffic.together(DECIDE), bookings.store.write() as session:
            more = {**booking.details, **details}
            changed = replace(booking, status=status, updated=bookings.clock.now(), details=more)
            bookings.records.update(session, changed)
            bookings.events.publish(session, DomainEvent(event, changed))
        return changed

    def unchecked(session: Session, booking: Booking) -> None:
        return None

    def confirm(code: str) -> Booking:
        return decided(code, CONFIRMED, BOOKING_CONFIRMED, decisions.check_free)

    def decline(code: str, reason: str | None = None) -> Booking:
        return decided(code, REJECTED, BOOKING_REJECTED, unchecked, rejection_reason=reason or "")

    decisions.confirm, decisions.decline = confirm, decline


@defect(
    "calcom-race-last-seat-twice",
    breaks=("seats.race.last",),
    story="The last place of a course is sold to everybody who comes in the same second.",
)
def race_last_seat_twice(mock: Mock) -> None:
    seats, traffic = mock.domain.seats, Traffic(mock, _kind)
    take, vacancies = seats.take, mock.domain.vacancies
    check = vacancies.check_room
    lenient, lock = Counter[int](), Lock()

    def look(wanted: BookingRequest) -> None:
        with seats.bookings.store.read() as session:
            event_type = seats.bookings.event_types.by_number(session, wanted.event_type_number)
            check(session, event_type, seats.bookings.slot(event_type, wanted), wanted.ignoring)

    def seen_before(session: Session, event_type: EventType, slot: Slot, ignoring: Any) -> None:
        try:
            check(session, event_type, slot, ignoring)
        except SeatsTaken:
            if not lenient[slot.start]:
                raise

    def twice(wanted: BookingRequest) -> Seated:
        look(wanted)
        count(wanted.start, 1)
        try:
            with traffic.together(CREATE):
                return take(wanted)
        finally:
            count(wanted.start, -1)

    def count(start: int, step: int) -> None:
        with lock:
            lenient[start] += step

    vacancies.check_room, seats.take = seen_before, twice
