"""Defects of reading, cancelling, moving and counting bookings."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.booking_create import ignoring_buffers
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, Booking, BookingFilter
from bookproof.mock.domain.errors import AlreadyCancelled, DailyCapReached, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY, utc_text
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Session


@defect(
    "list-shows-other-start",
    breaks=("bookings.read.agrees",),
    story="The list shows every appointment a day late.",
)
def list_shows_other_start(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    listed = bookings.listed

    def shifted(booking: Booking) -> dict[str, object]:
        return listed(booking) | {"start": utc_text(booking.start + DAY), "end": utc_text(booking.end + DAY)}

    bookings.listed = shifted


@defect(
    "status-filter-ignored",
    breaks=("bookings.list.filters",),
    story="The list of open appointments is full of cancelled ones.",
)
def status_filter_ignored(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    read = bookings.filter

    def without_status(query: Mapping[str, str]) -> BookingFilter:
        return replace(read(query), status=None)

    bookings.filter = without_status


@defect(
    "cancel-keeps-status",
    breaks=("bookings.cancel.status", "bookings.stats.agree", "parity.cancelled", "deliveries.data.agrees"),
    story="A cancelled appointment is still shown as confirmed, and somebody travels.",
)
def cancel_keeps_status(mock: Mock) -> None:
    bookings, presenter = mock.domain.bookings, mock.imatic.presenter
    cancel, shown = bookings.cancel, presenter.booking
    cancelled: set[str] = set()

    def note(account_id: str, code: str, reason: str | None) -> Booking:
        booking = cancel(account_id, code, reason)
        cancelled.add(code)
        return booking

    def stale(booking: Booking) -> dict[str, Any]:
        document = shown(booking)
        if booking.code in cancelled:
            document["status"] = CONFIRMED
        return document

    bookings.cancel = note
    presenter.booking = stale


class _Ghosts:
    """Intervals that stay blocked although no booking holds them."""

    def __init__(self, mock: Mock) -> None:
        self._busy: list[tuple[str, Busy, str]] = []
        availability = mock.domain.availability
        around = availability.busy

        def haunted(session: Session, event_type: EventType, window: Slot, ignore: str | None = None) -> list[Busy]:
            return around(session, event_type, window, ignore) + [
                busy for host_id, busy, code in self._busy if host_id == event_type.host_id and code != ignore
            ]

        availability.busy = haunted

    def add(self, booking: Booking) -> None:
        """Keep a booking's present interval blocked, without counting towards a cap."""
        self._busy.append((booking.host_id, Busy(booking.start, booking.end, 0, 0, ""), booking.code))


@defect(
    "cancel-leaves-slot-blocked",
    breaks=("bookings.cancel.frees", "parity.cancelled"),
    story="Cancelled hours are lost: nobody else can book them.",
)
def cancel_leaves_slot_blocked(mock: Mock) -> None:
    ghosts = _Ghosts(mock)
    bookings = mock.domain.bookings
    cancel = bookings.cancel

    def haunt(account_id: str, code: str, reason: str | None) -> Booking:
        booking = cancel(account_id, code, reason)
        ghosts.add(booking)
        return booking

    bookings.cancel = haunt


@defect(
    "second-cancel-restores",
    breaks=("bookings.cancel.twice",),
    story="Clicking twice on cancel brings the appointment back.",
)
def second_cancel_restores(mock: Mock) -> None:
    bookings = mock.domain.bookings
    cancel = bookings.cancel

    def toggle(account_id: str, code: str, reason: str | None) -> Booking:
        try:
            return cancel(account_id, code, reason)
        except AlreadyCancelled:
            with mock.domain.store.write() as session:
                booking = bookings.require(session, account_id, code)
                event_type = mock.domain.event_types.require(session, account_id, booking.event_type_code)
                mock.domain.availability.check(session, event_type, Slot(booking.start, booking.end))
                restored = replace(booking, status=CONFIRMED, cancel_reason=None)
                mock.domain.records.update(session, restored)
            return restored

    bookings.cancel = toggle


@defect(
    "reschedule-keeps-start",
    breaks=("bookings.reschedule.moves", "parity.rescheduled"),
    story="Both sides are told that the appointment has moved, and it has not.",
)
def reschedule_keeps_start(mock: Mock) -> None:
    def stay(session: Session, booking: Booking, slot: Slot) -> Booking:
        return booking

    mock.domain.bookings.move = stay


@defect(
    "reschedule-keeps-old-slot",
    breaks=("bookings.reschedule.frees-old", "parity.rescheduled"),
    story="Hours that were given back by moving are lost.",
)
def reschedule_keeps_old_slot(mock: Mock) -> None:
    ghosts = _Ghosts(mock)
    bookings = mock.domain.bookings
    move = bookings.move

    def haunt(session: Session, booking: Booking, slot: Slot) -> Booking:
        moved = move(session, booking, slot)
        ghosts.add(booking)
        return moved

    bookings.move = haunt


@defect(
    "reschedule-does-not-take-new",
    breaks=("bookings.reschedule.takes-new",),
    story="A moved appointment is double-booked, because its new hour is still offered.",
)
def reschedule_does_not_take_new(mock: Mock) -> None:
    without_unique_starts(mock)
    bookings, availability = mock.domain.bookings, mock.domain.availability
    move, busy = bookings.move, availability.busy
    moved_to: set[tuple[str, int]] = set()

    def note(session: Session, booking: Booking, slot: Slot) -> Booking:
        moved = move(session, booking, slot)
        moved_to.add((booking.event_type_code, slot.start))
        return moved

    def blind(session: Session, event_type: EventType, window: Slot, ignore: str | None = None) -> list[Busy]:
        return [b for b in busy(session, event_type, window, ignore) if (b.event_type_code, b.start) not in moved_to]

    bookings.move = note
    availability.busy = blind


@defect(
    "reschedule-leaves-two",
    breaks=("bookings.reschedule.moves", "bookings.reschedule.frees-old", "parity.rescheduled"),
    story="After moving, the client is expected at both times.",
)
def reschedule_leaves_two(mock: Mock) -> None:
    bookings = mock.domain.bookings

    def copy(session: Session, booking: Booking, slot: Slot) -> Booking:
        now = mock.domain.clock.now()
        second = replace(
            booking, code=mock.domain.codes.new("bk"), start=slot.start, end=slot.end, created=now, updated=now
        )
        bookings.keep(session, second)
        return second

    bookings.move = copy


@defect(
    "reschedule-onto-taken",
    breaks=("bookings.reschedule.taken", "mcp.booking.taken"),
    story="Moving an appointment puts two clients into one hour.",
)
def reschedule_onto_taken(mock: Mock) -> None:
    without_unique_starts(mock)
    availability, bookings = mock.domain.availability, mock.domain.bookings

    def careless(session: Session, event_type: EventType, slot: Slot, booking: Booking) -> None:
        busy = availability.busy(session, event_type, slot, booking.code)
        # What touches only the buffers is still refused: buffers are a promise of their own.
        apart = [b for b in busy if b.end <= slot.start or slot.end <= b.start]
        availability.check_future(slot)
        availability.check_free(event_type, slot, apart)
        availability.check_offered(event_type, slot)
        availability.check_cap(event_type, slot, busy)

    bookings.check_move = careless


@defect(
    "refused-reschedule-cancels",
    breaks=("bookings.reschedule.refused-moves-nothing",),
    story="Whoever tries to move onto a taken slot loses the old one.",
)
def refused_reschedule_cancels(mock: Mock) -> None:
    bookings = mock.domain.bookings
    reschedule = bookings.reschedule

    def lose(account_id: str, code: str, start: int) -> Booking:
        try:
            return reschedule(account_id, code, start)
        except (SlotTaken, DailyCapReached):
            bookings.cancel(account_id, code, None)
            raise

    bookings.reschedule = lose


@defect(
    "buffers-ignored-on-reschedule",
    breaks=("bookings.reschedule.buffers",),
    story="Moving an appointment takes the host's break away.",
)
def buffers_ignored_on_reschedule(mock: Mock) -> None:
    availability, bookings = mock.domain.availability, mock.domain.bookings

    def careless(session: Session, event_type: EventType, slot: Slot, booking: Booking) -> None:
        seen_type, busy = ignoring_buffers(event_type, slot, availability.busy(session, event_type, slot, booking.code))
        availability.check_future(slot)
        availability.check_free(seen_type, slot, busy)
        availability.check_offered(seen_type, slot)
        availability.check_cap(seen_type, slot, busy)

    bookings.check_move = careless


@defect(
    "off-hours-accepted-on-reschedule",
    breaks=("bookings.reschedule.unlisted",),
    story="An appointment is moved to three in the morning, and nobody opens the door.",
)
def off_hours_accepted_on_reschedule(mock: Mock) -> None:
    availability, bookings = mock.domain.availability, mock.domain.bookings

    def any_free_time(session: Session, event_type: EventType, slot: Slot, booking: Booking) -> None:
        busy = availability.busy(session, event_type, slot, booking.code)
        availability.check_future(slot)
        availability.check_free(event_type, slot, busy)
        availability.check_cap(event_type, slot, busy)

    bookings.check_move = any_free_time


@defect(
    "cancelled-booking-revived",
    breaks=("bookings.reschedule.cancelled",),
    story="A cancelled appointment comes back when an old mail's move button is clicked.",
)
def cancelled_booking_revived(mock: Mock) -> None:
    bookings = mock.domain.bookings
    check_changeable, move = bookings.check_changeable, bookings.move

    def tolerant(booking: Booking) -> None:
        if booking.status != CANCELLED:
            check_changeable(booking)

    def revive(session: Session, booking: Booking, slot: Slot) -> Booking:
        return move(session, replace(booking, status=CONFIRMED), slot)

    bookings.check_changeable = tolerant
    bookings.move = revive


@defect(
    "stats-count-foreign",
    breaks=("bookings.stats.agree",),
    story="The statistics count the whole platform's bookings.",
)
def stats_count_foreign(mock: Mock) -> None:
    records = mock.domain.records
    count = records.count_by_status

    def count_all(session: Session, account_id: str) -> dict[str, int]:
        accounts = [row["id"] for row in session.all("SELECT id FROM accounts WHERE alias IN ('main', 'foreign')")]
        each = [count(session, account) for account in accounts]
        return {status: sum(counts[status] for counts in each) for status in each[0]}

    records.count_by_status = count_all


@defect(
    "stats-stale",
    breaks=("bookings.stats.follow", "bookings.stats.agree"),
    story="The dashboard shows yesterday's figures for ever.",
)
def stats_stale(mock: Mock) -> None:
    bookings = mock.domain.bookings
    count = bookings.count_by_status
    known: dict[str, dict[str, int]] = {}

    def cached(account_id: str) -> dict[str, int]:
        return known.setdefault(account_id, count(account_id))

    bookings.count_by_status = cached


@defect(
    "no-show-not-counted",
    breaks=("bookings.no-show.shown", "bookings.stats.agree"),
    story="Missed appointments look like kept ones, and nobody is called.",
)
def no_show_not_counted(mock: Mock) -> None:
    records = mock.domain.records
    count = records.count_by_status

    def flattering(session: Session, account_id: str) -> dict[str, int]:
        counts = count(session, account_id)
        return counts | {"confirmed": counts["confirmed"] + counts["no_show"], "no_show": 0}

    records.count_by_status = flattering
