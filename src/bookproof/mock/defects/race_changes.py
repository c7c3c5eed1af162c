"""Defects that show when moves and cancellations race with bookings, or with each other."""

from collections.abc import Callable
from dataclasses import replace

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.race_seams import CANCEL, CREATE, MOVE, Hidden, Traffic, bookings_of_rest
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, RESCHEDULED, Booking, NewBooking
from bookproof.mock.domain.bookings import Bookings
from bookproof.mock.domain.errors import AlreadyCancelled, NotChangeable, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CANCELLED, BOOKING_RESCHEDULED, DomainEvent
from bookproof.mock.domain.slots import Slot
from bookproof.mock.store import Session

#: Seconds to wait for a cancellation, which has no body and so is seen only when it is complete.
_GRACE_FOR_CANCELLATIONS = 0.03


def _wanted(bookings: Bookings, session: Session, account_id: str, code: str, start: int) -> tuple[Booking, Slot]:
    """A booking and where it is to be moved, every condition checked."""
    booking = bookings.require(session, account_id, code)
    bookings.check_changeable(booking)
    slot = Slot(start, start + booking.end - booking.start)
    bookings.check_move(session, _event_type(bookings, session, booking), slot, booking)
    return booking, slot


def _event_type(bookings: Bookings, session: Session, booking: Booking) -> EventType:
    return bookings.event_types.require(session, booking.account_id, booking.event_type_code)


def _create_after(bookings: Bookings, traffic: Traffic, kind: str) -> None:
    """Let new bookings wait until calls of another kind that are in flight have had their first look."""
    create = bookings.create

    def late(account_id: str, wanted: NewBooking) -> Booking:
        traffic.await_inside(kind)
        return create(account_id, wanted)

    bookings.create = late


# Moves


@defect(
    "race-move-checks-then-moves",
    breaks=("bookings.race.moves",),
    story="A client moves an appointment onto an hour that another one is just booking, and both come.",
)
def race_move_checks_then_moves(mock: Mock) -> None:
    without_unique_starts(mock)
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)
    _create_after(bookings, traffic, MOVE)

    def reschedule(account_id: str, code: str, start: int) -> Booking:
        with bookings.store.read() as session:
            booking, slot = _wanted(bookings, session, account_id, code, start)
        with traffic.together(MOVE):
            traffic.await_end(CREATE)
            with bookings.store.write() as session:
                if bookings.require(session, account_id, code) != booking:
                    raise NotChangeable("The booking was changed by somebody else.")
                moved = bookings.move(session, booking, slot)
                bookings.events.publish(session, DomainEvent(BOOKING_RESCHEDULED, moved))
        return moved

    bookings.reschedule = reschedule


@defect(
    "race-move-inserts-before-it-frees",
    breaks=("bookings.race.moves",),
    story="A client who drags an appointment twice has two of them, and is missed at one.",
)
def race_move_inserts_before_it_frees(mock: Mock) -> None:
    without_unique_starts(mock)
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)

    def reschedule(account_id: str, code: str, start: int) -> Booking:
        # Who moves a booking that nobody else moves gives way, so that both moves of another one find their slots.
        if traffic.alone(code):
            traffic.let_pass(MOVE)
        moved = insert(account_id, code, start)
        with traffic.together(MOVE), bookings.store.write() as session:
            old = bookings.require(session, account_id, code)
            bookings.records.update(session, replace(old, status=RESCHEDULED, updated=moved.updated))
            bookings.events.publish(session, DomainEvent(BOOKING_RESCHEDULED, moved))
        return moved

    def insert(account_id: str, code: str, start: int) -> Booking:
        with bookings.store.write() as session:
            booking, slot = _wanted(bookings, session, account_id, code, start)
            now = bookings.clock.now()
            moved = replace(
                booking,
                code=bookings.codes.new("bk"),
                start=slot.start,
                end=slot.end,
                created=now,
                updated=now,
                rescheduled_from=code,
            )
            bookings.keep(session, moved)
        return moved

    bookings.reschedule = reschedule


@defect(
    "race-move-forgets-the-loser",
    breaks=("bookings.race.stored",),
    story="A client who tried to move to an hour that somebody else got has lost the old hour as well.",
)
def race_move_forgets_the_loser(mock: Mock) -> None:
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)
    _create_after(bookings, traffic, MOVE)

    def reschedule(account_id: str, code: str, start: int) -> Booking:
        with bookings.store.write() as session:
            booking, slot = _wanted(bookings, session, account_id, code, start)
            bookings.records.update(session, replace(booking, status=CANCELLED))
        with traffic.inside(MOVE):
            traffic.await_end(CREATE)
            with bookings.store.write() as session:
                bookings.check_move(session, _event_type(bookings, session, booking), slot, booking)
                moved = bookings.move(session, booking, slot)
                bookings.events.publish(session, DomainEvent(BOOKING_RESCHEDULED, moved))
        return moved

    bookings.reschedule = reschedule


# Cancellations


@defect(
    "race-cancel-frees-first",
    breaks=("bookings.race.cancels",),
    story="A cancellation that fails in the middle comes back to an hour that somebody else has booked meanwhile.",
)
def race_cancel_frees_first(mock: Mock) -> None:
    without_unique_starts(mock)
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)
    create = bookings.create

    def cancel(account_id: str, code: str, reason: str | None) -> Booking:
        with bookings.store.write() as session:
            booking = bookings.require(session, account_id, code)
            bookings.check_cancellable(booking)
            cancelled = replace(booking, status=CANCELLED, cancel_reason=reason, updated=bookings.clock.now())
            bookings.records.update(session, cancelled)
        with traffic.inside(CANCEL):
            traffic.await_end(CREATE)
            with bookings.store.write() as session:
                rebooked = holder(session, booking) is not None
                if rebooked:
                    bookings.records.update(session, booking)
                else:
                    bookings.events.publish(session, DomainEvent(BOOKING_CANCELLED, cancelled))
        if rebooked:
            raise NotChangeable("The booking cannot be cancelled now.")
        return cancelled

    def holder(session: Session, booking: Booking) -> Booking | None:
        return _holder(bookings, session, booking.account_id, Slot(booking.start, booking.end))

    def again(account_id: str, wanted: NewBooking) -> Booking:
        try:
            return create(account_id, wanted)
        except SlotTaken:
            traffic.await_inside(CANCEL, _GRACE_FOR_CANCELLATIONS)
            return create(account_id, wanted)

    bookings.cancel, bookings.create = cancel, again


def _loses_to_cancelled(mock: Mock, late: Callable[[Session, Booking], None]) -> None:
    """Refuse who wants a slot that is being cancelled, and see to the booking that was in the way when all is over."""
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)
    create, cancel = bookings.create, bookings.cancel

    def refused(account_id: str, wanted: NewBooking) -> Booking:
        try:
            return create(account_id, wanted)
        except SlotTaken:
            with bookings.store.read() as session:
                event_type = bookings.event_types.require(session, account_id, wanted.event_type_code)
                end = wanted.start + bookings.availability.duration(event_type, wanted.duration)
                found = _holder(bookings, session, account_id, Slot(wanted.start, end))
            if found is not None:
                with traffic.inside(CREATE):
                    traffic.await_end(CANCEL, _GRACE_FOR_CANCELLATIONS)
                    with bookings.store.write() as session:
                        if bookings.require(session, account_id, found.code).status == CANCELLED:
                            late(session, found)
            raise

    def after_them(account_id: str, code: str, reason: str | None) -> Booking:
        traffic.await_inside(CREATE)
        return cancel(account_id, code, reason)

    bookings.create, bookings.cancel = refused, after_them


@defect(
    "race-cancel-lost",
    breaks=("bookings.race.cancels",),
    story="A cancellation is confirmed, and the appointment is live again because somebody looked at it meanwhile.",
)
def race_cancel_lost(mock: Mock) -> None:
    _loses_to_cancelled(mock, mock.domain.records.update)


@defect(
    "race-cancelled-slot-stays-hidden",
    breaks=("bookings.race.slots",),
    story="An hour that was cancelled while somebody tried to book it is never offered again.",
)
def race_cancelled_slot_stays_hidden(mock: Mock) -> None:
    hidden = Hidden(mock)
    _loses_to_cancelled(mock, lambda _session, was: hidden.add(was))


@defect(
    "race-cancel-twice-restores",
    breaks=("bookings.race.cancels",),
    story="Two colleagues cancel the same appointment in the same moment, and it takes place.",
)
def race_cancel_twice_restores(mock: Mock) -> None:
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)

    def toggle(account_id: str, code: str, reason: str | None) -> Booking:
        with bookings.store.read() as session:
            bookings.check_cancellable(bookings.require(session, account_id, code))
        with traffic.together(CANCEL, _GRACE_FOR_CANCELLATIONS):
            return restored(account_id, code, reason)

    def restored(account_id: str, code: str, reason: str | None) -> Booking:
        try:
            return cancel(account_id, code, reason)
        except AlreadyCancelled:
            with bookings.store.write() as session:
                booking = replace(bookings.require(session, account_id, code), status=CONFIRMED, cancel_reason=None)
                bookings.records.update(session, booking)
            return booking

    cancel = bookings.cancel
    bookings.cancel = toggle


@defect(
    "race-cancel-announced-twice",
    breaks=("deliveries.race.once",),
    story="Whoever clicks twice on cancel sends the client two letters of regret.",
)
def race_cancel_announced_twice(mock: Mock) -> None:
    traffic, bookings = Traffic(mock), bookings_of_rest(mock)

    def cancel_and_tell(account_id: str, code: str, reason: str | None) -> Booking:
        with bookings.store.read() as session:
            bookings.check_cancellable(bookings.require(session, account_id, code))
        with traffic.together(CANCEL, _GRACE_FOR_CANCELLATIONS):
            try:
                return cancel(account_id, code, reason)
            except AlreadyCancelled:
                with bookings.store.write() as session:
                    booking = bookings.require(session, account_id, code)
                    bookings.events.publish(session, DomainEvent(BOOKING_CANCELLED, booking))
                return booking

    cancel = bookings.cancel
    bookings.cancel = cancel_and_tell


def _holder(bookings: Bookings, session: Session, account_id: str, slot: Slot) -> Booking | None:
    """The live booking of the account that overlaps a slot, if there is one."""
    row = session.one(
        "SELECT code FROM bookings WHERE account_id = ? AND starts < ? AND ends > ?"
        " AND status IN ('confirmed', 'pending') ORDER BY starts",
        (account_id, slot.end, slot.start),
    )
    return None if row is None else bookings.records.load(session, row["code"])
