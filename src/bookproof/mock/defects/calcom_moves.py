"""Defects of the Cal.com dialect: bookings moved."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import StillBusy, check_slots, is_plain, overlook, unseeing
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import UNAVAILABLE, bad_request, coded
from bookproof.mock.domain.booking_records import CANCELLED, Booking
from bookproof.mock.domain.errors import AlreadyCancelled, AlreadyRescheduled, DomainError, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import MINUTE
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.vacancies import Opening, Vacancies
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session


@defect(
    "calcom-move-leaves-old-booking",
    breaks=("bookings.reschedule.moves",),
    story="A client who has moved the meeting is expected twice.",
)
def move_leaves_old_booking(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    move = bookings.move

    def doubled(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        moved = move(session, event_type, booking, slot, change)
        if is_plain(booking):
            bookings.records.update(session, replace(booking, rescheduled_to=moved.code))
        return moved

    bookings.move = doubled


@defect(
    "calcom-move-without-links",
    breaks=("bookings.reschedule.linked",),
    story="Whoever holds the old uid of a meeting never finds out where it went.",
)
def move_without_links(mock: Mock) -> None:
    def unlinked(booking: Booking) -> dict[str, str]:
        return {}

    mock.calcom.resources.bookings.presenter.links = unlinked


@defect(
    "calcom-move-to-usual-length",
    breaks=("bookings.reschedule.length",),
    story="An hour that is moved to another day is only half an hour there.",
)
def move_to_usual_length(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    move = bookings.move

    def shortened(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        usual = Slot(slot.start, slot.start + event_type.rules.duration * MINUTE)
        return move(session, event_type, booking, usual, change)

    bookings.move = shortened


def _moved_without(mock: Mock, lost: Callable[[Booking], Booking]) -> None:
    """Let the booking that a move makes be another than the one that was moved."""
    bookings = mock.domain.public_bookings
    move = bookings.move

    def changed(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        moved = move(session, event_type, booking, slot, change)
        if is_plain(booking):
            moved = lost(moved)
            bookings.records.update(session, moved)
        return moved

    bookings.move = changed


@defect(
    "calcom-move-renames-attendee",
    breaks=("bookings.reschedule.attendee",),
    story="A host meets somebody whose name nobody knows any more.",
)
def move_renames_attendee(mock: Mock) -> None:
    def nameless(booking: Booking) -> Booking:
        attendee = booking.attendee
        return replace(booking, attendee=replace(attendee, name=attendee.email.partition("@")[0]))

    _moved_without(mock, nameless)


def _without_details(mock: Mock, **empty: Any) -> None:
    _moved_without(mock, lambda booking: replace(booking, details={**booking.details, **empty}))


@defect(
    "calcom-move-drops-metadata",
    breaks=("bookings.reschedule.kept",),
    story="A shop cannot tell any more which order a moved appointment belongs to.",
)
def move_drops_metadata(mock: Mock) -> None:
    _without_details(mock, metadata={})


@defect(
    "calcom-move-drops-guests",
    breaks=("bookings.reschedule.kept",),
    story="A meeting is moved, and those who were brought along are not told.",
)
def move_drops_guests(mock: Mock) -> None:
    _without_details(mock, guests=[])


@defect(
    "calcom-move-reason-dropped",
    breaks=("bookings.reschedule.reason-kept",),
    story="A host sees that a meeting was moved, and not why.",
)
def move_reason_dropped(mock: Mock) -> None:
    changes = mock.calcom.resources.booking_changes
    move = changes.move

    def silent(call: Call, booking: Booking, body: dict[str, Any]) -> Change:
        return replace(move(call, booking, body), reason=None)

    changes.move = silent


@defect(
    "calcom-moved-from-slot-refused",
    breaks=("bookings.reschedule.frees-old",),
    story="The hour that a meeting was moved away from is offered, and refused to everybody.",
)
def moved_from_slot_refused(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    move, create, left = bookings.move, bookings.create, set[int]()

    def remember(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        left.add(booking.start)
        return move(session, event_type, booking, slot, change)

    def refuse(wanted: BookingRequest) -> Booking:
        if wanted.start in left:
            raise SlotTaken(UNAVAILABLE)
        return create(wanted)

    bookings.move, bookings.create = remember, refuse


@defect(
    "calcom-moved-from-slot-unlisted",
    breaks=("bookings.reschedule.frees-old", "bookings.reschedule.old-reservable"),
    story="The hour that a meeting was moved away from stays empty for ever.",
)
def moved_from_slot_unlisted(mock: Mock) -> None:
    bookings, still_busy = mock.domain.public_bookings, StillBusy(mock)
    move = bookings.move

    def blocked(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        if is_plain(booking):
            still_busy.add(booking)
        return move(session, event_type, booking, slot, change)

    bookings.move = blocked


@defect(
    "calcom-moved-to-slot-given-away",
    breaks=("bookings.reschedule.takes-new",),
    story="The hour that a meeting was moved to is sold to somebody else, too.",
)
def moved_to_slot_given_away(mock: Mock) -> None:
    bookings, places = mock.domain.public_bookings, set[tuple[int, int]]()
    move = bookings.move

    def remember(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        places.add((slot.start, slot.end))
        return move(session, event_type, booking, slot, change)

    def moved_there(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        return (busy.start, busy.end) in places

    bookings.move = remember
    overlook(mock, moved_there)


@defect(
    "calcom-moved-to-slot-listed",
    breaks=("bookings.reschedule.takes-new",),
    story="The hour that a meeting was moved to is offered to everybody.",
)
def moved_to_slot_listed(mock: Mock) -> None:
    bookings, vacancies, places = mock.domain.public_bookings, mock.domain.vacancies, set[tuple[int, int]]()
    move = bookings.move

    def remember(session: Session, event_type: EventType, booking: Booking, slot: Slot, change: Change) -> Booking:
        places.add((slot.start, slot.end))
        return move(session, event_type, booking, slot, change)

    def offer(event_type: EventType, window: Slot, **how: Any) -> list[Opening]:
        blind = copy(vacancies)
        blind.availability = copy(vacancies.availability)
        unseeing(blind, lambda busy: (busy.start, busy.end) in places)
        return type(blind).find(blind, event_type, window, **how)

    bookings.move, vacancies.find = remember, offer


@defect(
    "calcom-move-onto-taken",
    breaks=("bookings.reschedule.taken",),
    story="A meeting is moved onto another one.",
)
def move_onto_taken(mock: Mock) -> None:
    def anything(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        return True

    overlook(mock, anything, moves=True)


@defect(
    "calcom-move-off-hours",
    breaks=("bookings.reschedule.unlisted",),
    story="A meeting is moved to three in the morning.",
)
def move_off_hours(mock: Mock) -> None:
    def anywhere(event_type: EventType, slot: Slot) -> None:
        return None

    def change(vacancies: Vacancies, event_type: EventType, slot: Slot) -> EventType:
        vacancies.availability.check_offered = anywhere
        return event_type

    check_slots(mock, change, moves=True)


@defect(
    "calcom-refused-move-cancels",
    breaks=("bookings.reschedule.refused-moves-nothing",),
    story="A client tries another hour, is refused, and has none at all.",
)
def refused_move_cancels(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    reschedule = bookings.reschedule

    def harm(code: str, start: int, change: Change = PLAIN) -> Booking:
        try:
            return reschedule(code, start, change)
        except DomainError:
            with mock.domain.store.write() as session:
                booking = bookings.records.load(session, code)
                if booking is not None and booking.is_live:
                    bookings.records.update(session, replace(booking, status=CANCELLED))
            raise

    bookings.reschedule = harm


@defect(
    "calcom-cancelled-can-be-moved",
    breaks=("bookings.reschedule.cancelled",),
    story="A meeting that was called off is back on another day.",
)
def cancelled_can_be_moved(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    check = bookings.check_movable

    def lenient(booking: Booking) -> None:
        try:
            check(booking)
        except AlreadyRescheduled:
            raise
        except AlreadyCancelled:
            return

    bookings.check_movable = lenient


@defect(
    "calcom-successor-not-named",
    breaks=("bookings.reschedule.again",),
    story="A client with an old link is told that the meeting has moved, and not where.",
)
def successor_not_named(mock: Mock) -> None:
    refusals = mock.calcom.resources.booking_changes.refusals
    of_move = refusals.of_move

    def unnamed(failure: DomainError, uid: str) -> Exception:
        if isinstance(failure, AlreadyRescheduled):
            return bad_request(f"Can't reschedule booking with uid={uid}.")
        return of_move(failure, uid)

    refusals.of_move = unnamed


@defect(
    "calcom-move-asks-all-again",
    breaks=("bookings.reschedule.no-create-fields",),
    story="A meeting cannot be moved, since questions that were answered long ago are asked again.",
)
def move_asks_all_again(mock: Mock) -> None:
    changes = mock.calcom.resources.booking_changes
    reschedule = changes.reschedule

    def demand(call: Call) -> Answer:
        event_type = changes.presenter.event_type(changes.single(call))
        fields: list[dict[str, Any]] = list(event_type.details.get("bookingFields", ())) if event_type else []
        for field in fields:
            if field.get("required") and field.get("slug"):
                raise coded(400, "BAD_REQUEST", f"responses - {{{field['slug']}}}error_required_field, ")
        return reschedule(call)

    changes.reschedule = demand
