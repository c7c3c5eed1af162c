"""Defects of the two doors: what the tools say or do differs from what the REST API knows."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.booking_create import check_creation
from bookproof.mock.defects.mcp_seams import domain_of_tools
from bookproof.mock.defects.seams import changed_answer, without_unique_starts
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, Attendee, Booking, BookingFilter, NewBooking
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CREATED, DomainEvent
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields
from bookproof.mock.store import Session

_EVERYTHING = 1_000_000


# Event types and slots


@defect(
    "mcp-hides-event-type",
    breaks=("parity.event-types",),
    story="Clients who ask an agent are never offered one of the event types.",
)
def mcp_hides_event_type(mock: Mock) -> None:
    event_types = domain_of_tools(mock).event_types
    find, count = event_types.find, event_types.count

    def without_second(account_id: str, offset: int, limit: int) -> list[EventType]:
        found = find(account_id, 0, _EVERYTHING)
        return [*found[:1], *found[2:]][offset : offset + limit]

    def one_less(account_id: str) -> int:
        return max(count(account_id) - 1, 0)

    event_types.find = without_second
    event_types.count = one_less


@defect(
    "mcp-slots-ignore-bookings",
    breaks=("parity.slots",),
    story="An agent offers hours that are taken, and is refused one after the other.",
)
def mcp_slots_ignore_bookings(mock: Mock) -> None:
    def nobody(session: Session, event_type: EventType, window: Slot, ignore: str | None = None) -> list[Busy]:
        return []

    def open_slots(event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        with mock.domain.store.read() as session:
            return availability.open_slots(session, event_type, minutes, window)

    availability = copy(mock.domain.availability)
    availability.busy = nobody
    mock.imatic.mcp.resources.slots.open_slots = open_slots


@defect(
    "mcp-slots-end-early",
    breaks=("parity.slots",),
    story="The last hour of the day is never offered by an agent.",
)
def mcp_slots_end_early(mock: Mock) -> None:
    slots = mock.imatic.mcp.resources.slots
    open_slots = slots.open_slots

    def without_last(event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        return open_slots(event_type, minutes, window)[:-1]

    slots.open_slots = without_last


# Creating


@defect(
    "mcp-booking-not-stored",
    breaks=("parity.created",),
    story="The agent has a confirmation, and the host has never heard of it.",
)
def mcp_booking_not_stored(mock: Mock) -> None:
    def forget(session: Session, booking: Booking) -> None:
        return None

    domain_of_tools(mock).bookings.keep = forget


@defect(
    "mcp-books-for-the-agent",
    breaks=("parity.created",),
    story="The invitation goes to the agent, and the client who asked for the hour hears nothing.",
)
def mcp_books_for_the_agent(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    attendee = bookings.attendee

    def agent(body: Fields, default_zone: str) -> Attendee:
        return replace(attendee(body, default_zone), name="Agent", email="agent@example.com")

    bookings.attendee = agent


@defect(
    "mcp-booking-does-not-hold",
    breaks=("parity.created.holds",),
    story="What an agent has booked is booked again by the next visitor of the page.",
)
def mcp_booking_does_not_hold(mock: Mock) -> None:
    without_unique_starts(mock)
    bookings = domain_of_tools(mock).bookings
    keep = bookings.keep
    by_tool: set[str] = set()

    def remember(session: Session, booking: Booking) -> None:
        keep(session, booking)
        by_tool.add(booking.code)

    def only_of_tools(busy: Busy) -> bool:
        with mock.domain.store.read() as session:
            rows = session.all(
                "SELECT code FROM bookings WHERE event_type_code = ? AND starts = ?"
                " AND status IN ('confirmed', 'pending')",
                (busy.event_type_code, busy.start),
            )
        return {row["code"] for row in rows} <= by_tool

    def without_tools(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> tuple[EventType, list[Busy]]:
        return event_type, [b for b in busy if not only_of_tools(b)]

    bookings.keep = remember
    check_creation(mock, without_tools)


@defect(
    "mcp-booking-not-announced",
    breaks=("parity.deliveries",),
    story="What an agent books never reaches the systems that live on webhooks.",
)
def mcp_booking_not_announced(mock: Mock) -> None:
    events = copy(mock.domain.events)
    publish = events.publish

    def quiet(session: Session, event: DomainEvent) -> None:
        if event.name != BOOKING_CREATED:
            publish(session, event)

    events.publish = quiet
    domain_of_tools(mock).bookings.events = events


# Reading


@defect(
    "mcp-does-not-see-rest-bookings",
    breaks=("parity.read",),
    story="An agent tells the host that the day is free, because it knows only its own bookings.",
)
def mcp_does_not_see_rest_bookings(mock: Mock) -> None:
    handlers, bookings = mock.imatic.mcp.resources.bookings, domain_of_tools(mock).bookings
    create, reschedule, find, show = bookings.create, bookings.reschedule, bookings.find, handlers.show
    by_tool: set[str] = set()

    def noted_create(account_id: str, wanted: NewBooking) -> Booking:
        booking = create(account_id, wanted)
        by_tool.add(booking.code)
        return booking

    def noted_reschedule(account_id: str, code: str, start: int) -> Booking:
        booking = reschedule(account_id, code, start)
        if code in by_tool:
            by_tool.add(booking.code)
        return booking

    def own(account_id: str, wanted: BookingFilter) -> list[Booking]:
        return [booking for booking in find(account_id, wanted, 0, _EVERYTHING) if booking.code in by_tool]

    def find_own(account_id: str, wanted: BookingFilter, offset: int, limit: int) -> list[Booking]:
        return own(account_id, wanted)[offset : offset + limit]

    def count_own(account_id: str, wanted: BookingFilter) -> int:
        return len(own(account_id, wanted))

    def show_own(call: Call) -> Answer:
        if call.params["bookingCode"] not in by_tool:
            raise NotFound("No such booking.")
        return show(call)

    bookings.create, bookings.reschedule = noted_create, noted_reschedule
    bookings.find, bookings.count = find_own, count_own
    handlers.show = show_own


@defect(
    "mcp-cancelled-still-live",
    breaks=("parity.cancelled.read",),
    story="An agent reminds a client of an appointment that was cancelled, and the client travels.",
)
def mcp_cancelled_still_live(mock: Mock) -> None:
    def revive(answer: Answer) -> None:
        shown = answer.value["data"]
        if shown["status"] == CANCELLED:
            shown["status"] = CONFIRMED
            shown.pop("cancelReason", None)

    bookings = mock.imatic.mcp.resources.bookings
    bookings.show = changed_answer(bookings.show, revive)


@defect(
    "mcp-read-cached",
    breaks=("parity.cancelled.read",),
    story="An agent that has looked at an appointment once never learns that it was cancelled.",
)
def mcp_read_cached(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    show = bookings.show
    known: dict[tuple[str, str], Answer] = {}

    def cached(call: Call) -> Answer:
        key = (call.account_id, call.params["bookingCode"])
        if key not in known:
            known[key] = show(call)
        return known[key]

    bookings.show = cached


# Moving, cancelling and refusing


@defect(
    "mcp-move-copies",
    breaks=("parity.rescheduled",),
    story="The client has moved, and the old hour stays taken for ever.",
)
def mcp_move_copies(mock: Mock) -> None:
    tools, domain = domain_of_tools(mock).bookings, mock.domain
    move = tools.move

    def copy_it(session: Session, booking: Booking, slot: Slot) -> Booking:
        moved = move(session, booking, slot)
        domain.records.insert(session, replace(booking, code=domain.codes.new("bk")))
        return moved

    tools.move = copy_it


@defect(
    "mcp-move-not-stored",
    breaks=("parity.rescheduled",),
    story="The agent tells the client the new hour, and the host waits at the old one.",
)
def mcp_move_not_stored(mock: Mock) -> None:
    def pretend(session: Session, booking: Booking, slot: Slot) -> Booking:
        return replace(booking, start=slot.start, end=slot.end, updated=mock.domain.clock.now())

    domain_of_tools(mock).bookings.move = pretend


@defect(
    "mcp-cancel-not-stored",
    breaks=("parity.cancelled",),
    story="The agent tells the client that the appointment is off, and the host waits.",
)
def mcp_cancel_not_stored(mock: Mock) -> None:
    bookings = domain_of_tools(mock).bookings

    def pretend(account_id: str, code: str, reason: str | None) -> Booking:
        booking = bookings.get(account_id, code)
        bookings.check_cancellable(booking)
        return replace(booking, status=CANCELLED, cancel_reason=reason, updated=mock.domain.clock.now())

    bookings.cancel = pretend


@defect(
    "mcp-refusal-code-differs",
    breaks=("parity.refusals",),
    story="Agents that offer another slot on slot_taken give up instead.",
)
def mcp_refusal_code_differs(mock: Mock) -> None:
    envelopes = mock.imatic.mcp.resources.tools.envelopes
    error = envelopes.error

    def renamed(call: Call, failure: ApiError) -> Answer:
        if failure.code == "slot_taken":
            failure = ApiError(failure.status, "time_conflict", failure.message, failure.headers)
        return error(call, failure)

    envelopes.error = renamed
