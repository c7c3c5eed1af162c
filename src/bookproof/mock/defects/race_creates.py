"""Defects that show when bookings are made at the same time; bookings that are made one after the other are right."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Sequence

from bookproof.mock.app import Mock
from bookproof.mock.defects import Plant, defect
from bookproof.mock.defects.mcp_seams import domain_of_tools
from bookproof.mock.defects.race_seams import (
    CREATE,
    TOOL,
    Contest,
    Overlooking,
    Traffic,
    TwoSteps,
    bookings_of_rest,
    pause,
    same_slot,
    together,
)
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.domain.availability import Availability
from bookproof.mock.domain.booking_records import Booking, NewBooking
from bookproof.mock.domain.errors import SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CREATED, DomainEvent
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Session


@defect(
    "race-check-then-insert",
    breaks=("bookings.race.one-winner",),
    story="Two clients who press the button in the same second both have the appointment.",
)
def race_check_then_insert(mock: Mock) -> None:
    Overlooking(mock, together(mock), same_slot)


def _open_for(seconds: float) -> Plant:
    """Slots are looked up, and taken so many seconds later; nobody waits for anybody."""

    def plant(mock: Mock) -> None:
        mock.serving.threads = True
        Overlooking(mock, pause(seconds), same_slot)

    return plant


for _name, _seconds, _length in (
    ("race-window-5ms", 0.005, "five thousandths of a second"),
    ("race-window-1ms", 0.001, "a thousandth of a second"),
    ("race-window-200us", 0.0002, "a fifth of a thousandth of a second"),
    ("race-window-yield", 0.0, "the blink between two statements"),
):
    defect(
        _name,
        breaks=("bookings.race.one-winner",),
        story=f"A slot is booked twice whenever two clients come within {_length}.",
    )(_open_for(_seconds))


@defect(
    "race-lock-existing-rows-only",
    breaks=("bookings.race.one-winner", "bookings.race.overlap"),
    story="A free morning is nobody's row to lock: the first two clients of it are let in together.",
)
def race_lock_existing_rows_only(mock: Mock) -> None:
    def overlooks(_new: Booking, _other: Booking) -> bool:
        return True

    Overlooking(mock, together(mock), overlooks)


@defect(
    "race-unique-index-on-exact-start-only",
    breaks=("bookings.race.overlap",),
    story="An hour from nine and half an hour from half past nine are sold to two clients at once.",
)
def race_unique_index_on_exact_start_only(mock: Mock) -> None:
    Overlooking(mock, together(mock), lambda new, other: new.start != other.start)


@defect(
    "race-lock-per-event-type",
    breaks=("bookings.race.overlap",),
    story="One host is booked for a consultation and for a treatment at the same time.",
)
def race_lock_per_event_type(mock: Mock) -> None:
    Overlooking(mock, together(mock), lambda new, other: new.event_type_code != other.event_type_code)


@defect(
    "race-double-click-books-twice",
    breaks=("bookings.race.one-winner",),
    story="An impatient client who clicks twice is booked, and billed, twice.",
)
def race_double_click_books_twice(mock: Mock) -> None:
    def overlooks(new: Booking, other: Booking) -> bool:
        return same_slot(new, other) and new.attendee == other.attendee

    Overlooking(mock, together(mock), overlooks)


@defect(
    "race-everybody-refused",
    breaks=("bookings.race.one-winner",),
    story="Two clients who come at once are both told that the slot has just been taken, and it stays empty.",
)
def race_everybody_refused(mock: Mock) -> None:
    class GivingWay(Contest):
        def insert(self, account_id: str, wanted: NewBooking, draft: Booking) -> Booking:
            if self.rivals(draft).number > 1:
                raise SlotTaken("The time has just been taken.")
            return super().insert(account_id, wanted, draft)

    GivingWay(mock, together(mock))


@defect(
    "race-cap-counted-before-insert",
    breaks=("bookings.race.cap",),
    story="A host who takes two clients a day gets three of them whenever they book in the same moment.",
)
def race_cap_counted_before_insert(mock: Mock) -> None:
    class CountingOnce(TwoSteps):
        def checks(self, session: Session, draft: Booking) -> Availability:
            changed = super().checks(session, draft)
            changed.check_cap = uncounted
            return changed

    def uncounted(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> None:
        return None

    CountingOnce(mock, together(mock))


@defect(
    "race-link-marked-after-booking",
    breaks=("links.race.once",),
    story="A personal link that is opened in two tabs books two appointments.",
)
def race_link_marked_after_booking(mock: Mock) -> None:
    bookings, window = bookings_of_rest(mock), together(mock)

    def create(account_id: str, wanted: NewBooking) -> Booking:
        with bookings.store.write() as session:
            booking = bookings.prepare(session, account_id, wanted)
            bookings.keep(session, booking)
            bookings.events.publish(session, DomainEvent(BOOKING_CREATED, booking))
        if booking.link_code is not None:
            with window(), bookings.store.write() as session:
                bookings.links.consume(session, booking.link_code)
        return booking

    bookings.create = create


@defect(
    "race-mcp-without-lock",
    breaks=("parity.race.one-winner",),
    story="An assistant and a client on the website book the same hour in the same moment.",
)
def race_mcp_without_lock(mock: Mock) -> None:
    without_unique_starts(mock)
    traffic, rest, tools = Traffic(mock), bookings_of_rest(mock), domain_of_tools(mock).bookings
    create = rest.create

    def unlocked(account_id: str, wanted: NewBooking) -> Booking:
        with tools.store.read() as session:
            booking = tools.prepare(session, account_id, wanted)
        with traffic.inside(TOOL):
            traffic.await_end(CREATE)
            with tools.store.write() as session:
                tools.keep(session, booking)
                if booking.link_code is not None:
                    tools.links.consume(session, booking.link_code)
                tools.events.publish(session, DomainEvent(BOOKING_CREATED, booking))
        return booking

    def late(account_id: str, wanted: NewBooking) -> Booking:
        # A tool's way to the store is longer, so that it would hardly ever be the first to look.
        traffic.await_inside(TOOL)
        return create(account_id, wanted)

    tools.create, rest.create = unlocked, late
