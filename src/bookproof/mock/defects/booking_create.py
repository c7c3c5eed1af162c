"""Defects of creating bookings; slots and moves stay right."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import changed_answer, without_unique_starts
from bookproof.mock.domain.booking_records import Booking, BookingFilter, NewBooking
from bookproof.mock.domain.errors import DailyCapReached, DomainError, Invalid, NotFound, SlotTaken, SlotUnavailable
from bookproof.mock.domain.event_types import EventType, missing_answers
from bookproof.mock.domain.instants import utc_text
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session

Check = Callable[[EventType, Slot, Sequence[Busy]], None]


def check_creation(
    mock: Mock, change: Callable[[EventType, Slot, Sequence[Busy]], tuple[EventType, list[Busy]]]
) -> None:
    """Check new bookings (not moves) as if event type and other bookings were what `change` makes of them."""
    availability = mock.domain.availability
    check, busy_around = availability.check, availability.busy

    def changed(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        if ignore is not None:
            check(session, event_type, slot, ignore)
            return
        seen_type, busy = change(event_type, slot, busy_around(session, event_type, slot))
        availability.check_future(slot)
        availability.check_free(seen_type, slot, busy)
        availability.check_offered(seen_type, slot)
        availability.check_cap(seen_type, slot, busy)

    availability.check = changed


def _create_with_rules(mock: Mock, **changes: Any) -> None:
    """Check new bookings as if the event type had other rules."""

    def change(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> tuple[EventType, list[Busy]]:
        return replace(event_type, rules=replace(event_type.rules, **changes)), list(busy)

    check_creation(mock, change)


@defect(
    "create-answers-other-start",
    breaks=("bookings.create.answers",),
    story="The confirmation names an hour that was not booked.",
)
def create_answers_other_start(mock: Mock) -> None:
    def shift(answer: Answer) -> None:
        shown = answer.value["data"]
        with mock.domain.store.read() as session:
            booking = mock.domain.records.load(session, shown["code"])
        if booking is not None:
            shown["start"] = utc_text(booking.start + 3_600)

    bookings = mock.imatic.resources.bookings
    bookings.create = changed_answer(bookings.create, shift)


@defect(
    "created-not-stored",
    breaks=("bookings.create.stored", "parity.created"),
    story="The client has a confirmation, and the host has never heard of it.",
)
def created_not_stored(mock: Mock) -> None:
    def forget(session: Session, booking: Booking) -> None:
        return None

    mock.domain.bookings.keep = forget


@defect(
    "new-booking-unlisted",
    breaks=("bookings.create.stored", "parity.read"),
    story="What is booked over the API is missing from every list.",
)
def new_booking_unlisted(mock: Mock) -> None:
    bookings, records = mock.domain.bookings, mock.domain.records
    keep, conditions = bookings.keep, records.conditions
    hidden: list[str] = []

    def remember(session: Session, booking: Booking) -> None:
        keep(session, booking)
        hidden.append(booking.code)

    def without_new(account_id: str, wanted: BookingFilter) -> tuple[str, list[Any]]:
        where, values = conditions(account_id, wanted)
        return f"{where} AND code NOT IN ({', '.join('?' * len(hidden))})", [*values, *hidden]

    bookings.keep = remember
    records.conditions = without_new


@defect(
    "double-booking-accepted",
    breaks=("bookings.create.taken", "mcp.booking.taken", "parity.created.holds"),
    story="Two clients stand at the door at the same hour.",
)
def double_booking_accepted(mock: Mock) -> None:
    def change(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> tuple[EventType, list[Busy]]:
        return event_type, [b for b in busy if b.start != slot.start]

    without_unique_starts(mock)
    check_creation(mock, change)


@defect(
    "taken-answers-400",
    breaks=("bookings.create.taken",),
    story="Clients that pick another slot on 409 show a broken form instead.",
)
def taken_answers_400(mock: Mock) -> None:
    availability = mock.domain.availability
    check_free = availability.check_free

    def confused(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> None:
        if any(b.start == slot.start for b in busy):
            raise Invalid("start is not available")
        check_free(event_type, slot, busy)

    _only_when_creating(mock, confused)


def _only_when_creating(mock: Mock, check_free: Check) -> None:
    """Use another `check_free` for new bookings."""
    availability = mock.domain.availability
    check = availability.check

    def changed(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        if ignore is None:
            check_free(event_type, slot, availability.busy(session, event_type, slot))
        check(session, event_type, slot, ignore)

    availability.check = changed


@defect(
    "exact-start-only",
    breaks=("bookings.create.overlap",),
    story="A long appointment is booked into the middle of another.",
)
def exact_start_only(mock: Mock) -> None:
    def change(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> tuple[EventType, list[Busy]]:
        # What touches only the buffers is still refused: buffers are a promise of their own.
        overlapping = [b for b in busy if b.start < slot.end and slot.start < b.end and b.start != slot.start]
        return event_type, [b for b in busy if b not in overlapping]

    check_creation(mock, change)


@defect(
    "refused-but-stored",
    breaks=("bookings.create.refused-stores-nothing", "bookings.race.stored"),
    story="A client who was told that the slot is taken is expected all the same.",
)
def refused_but_stored(mock: Mock) -> None:
    without_unique_starts(mock)
    bookings = mock.domain.bookings
    create = bookings.create

    def store_anyway(account_id: str, wanted: NewBooking) -> Booking:
        try:
            return create(account_id, wanted)
        except (SlotTaken, DailyCapReached):
            with mock.domain.store.write() as session:
                event_type = mock.domain.event_types.require(session, account_id, wanted.event_type_code)
                length = mock.domain.availability.duration(event_type, wanted.duration)
                booking = bookings.draft(event_type, wanted, Slot(wanted.start, wanted.start + length))
                bookings.keep(session, booking)
            raise

    bookings.create = store_anyway


@defect(
    "off-hours-accepted",
    breaks=("slots.unlisted.refused", "mcp.booking.unlisted"),
    story="A client is booked at three in the morning.",
)
def off_hours_accepted(mock: Mock) -> None:
    availability, engine = mock.domain.availability, mock.domain.engine
    check = availability.check

    def any_hour(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        try:
            check(session, event_type, slot, ignore)
        except SlotUnavailable:
            earliest, latest = engine.notice_window(event_type.rules, mock.domain.clock.now())
            if ignore is not None or not earliest <= slot.start <= latest:
                raise

    availability.check = any_hour


@defect(
    "buffers-ignored-on-create",
    breaks=("bookings.create.buffers",),
    story="The host has no time to clean up between two clients.",
)
def buffers_ignored_on_create(mock: Mock) -> None:
    check_creation(mock, ignoring_buffers)


def ignoring_buffers(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> tuple[EventType, list[Busy]]:
    """Event type and bookings without their buffers."""
    rules = replace(event_type.rules, buffer_before=0, buffer_after=0)
    return replace(event_type, rules=rules), [replace(b, buffer_before=0, buffer_after=0) for b in busy]


@defect(
    "cap-ignored-on-create",
    breaks=("bookings.create.cap",),
    story="A host who takes two clients a day gets eight.",
)
def cap_ignored_on_create(mock: Mock) -> None:
    _create_with_rules(mock, daily_cap=None)


@defect(
    "minimum-notice-ignored-on-create",
    breaks=("bookings.create.minimum-notice",),
    story="A client books for in ten minutes, and nobody has prepared.",
)
def minimum_notice_ignored_on_create(mock: Mock) -> None:
    _create_with_rules(mock, minimum_notice=0)


@defect(
    "maximum-notice-ignored-on-create",
    breaks=("bookings.create.maximum-notice",),
    story="Somebody books a day for which no roster exists yet.",
)
def maximum_notice_ignored_on_create(mock: Mock) -> None:
    _create_with_rules(mock, maximum_notice=3_650)


@defect(
    "required-answer-not-asked",
    breaks=("bookings.create.required-answer",),
    story="A therapist meets a client who never had to say what it is about.",
)
def required_answer_not_asked(mock: Mock) -> None:
    bookings = mock.domain.bookings
    prepare = bookings.prepare

    def without_questions(session: Session, account_id: str, wanted: NewBooking) -> Booking:
        event_type = mock.domain.event_types.require(session, account_id, wanted.event_type_code)
        answered = dict.fromkeys(missing_answers(event_type, wanted.answers), "-")
        booking = prepare(session, account_id, replace(wanted, answers={**wanted.answers, **answered}))
        return replace(booking, answers=wanted.answers)

    bookings.prepare = without_questions


@defect(
    "refused-booking-burns-link",
    breaks=("links.use.refused-keeps",),
    story="A client who picks a taken slot first has lost the personal link.",
)
def refused_booking_burns_link(mock: Mock) -> None:
    bookings, links = mock.domain.bookings, mock.domain.links
    create = bookings.create

    def burn(account_id: str, wanted: NewBooking) -> Booking:
        try:
            return create(account_id, wanted)
        except DomainError:
            with suppress(NotFound, DomainError), mock.domain.store.write() as session:
                if wanted.link_code is not None:
                    links.require_usable(session, account_id, wanted.event_type_code, wanted.link_code)
                    links.consume(session, wanted.link_code)
            raise

    bookings.create = burn
