"""What several defects of the Cal.com dialect need: other checks of slots, other answers, and times that stay busy."""

from collections.abc import Callable
from copy import copy
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.domain.availability import NOTHING, Ignoring
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.vacancies import Vacancies
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session

Change = Callable[[Vacancies, EventType, Slot], EventType]
Overlooks = Callable[[EventType, Slot, Busy], bool]
Shown = dict[str, Any]


def check_slots(mock: Mock, change: Change, *, moves: bool = False) -> None:
    """Check the slots of new bookings, or those of moves, otherwise.

    Parameters:
        mock: whose bookings.
        change: may replace methods of the vacancies that it is given, which are there for one check only, and says
            which event type is to be checked.
        moves: whether moves are meant; those of bookings without seats.
    """
    bookings = mock.domain.public_bookings
    check = bookings.check_slot

    def checked(session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        if event_type.seats is not None or (ignoring.booking is not None) != moves:
            check(session, event_type, slot, ignoring)
            return
        vacancies = copy(bookings.vacancies)
        vacancies.availability = copy(vacancies.availability)
        vacancies.check(session, change(vacancies, event_type, slot), slot, ignoring)

    bookings.check_slot = checked


def overlook(mock: Mock, overlooks: Overlooks, *, moves: bool = False) -> None:
    """Do not see some of the bookings that are in the way of new ones, or of moves."""
    without_unique_starts(mock)

    def change(vacancies: Vacancies, event_type: EventType, slot: Slot) -> EventType:
        unseeing(vacancies, lambda busy: overlooks(event_type, slot, busy))
        return event_type

    check_slots(mock, change, moves=moves)


def unseeing(vacancies: Vacancies, hides: Callable[[Busy], bool]) -> None:
    """Let vacancies, whose availability must be a copy, not see some bookings."""
    booked = vacancies.availability.booked

    def seen(session: Session, event_type: EventType, window: Slot, ignoring: Ignoring = NOTHING) -> list[Busy]:
        return [busy for busy in booked(session, event_type, window, ignoring) if not hides(busy)]

    vacancies.availability.booked = seen


class StillBusy:
    """Times that count as booked although no booking is there any more."""

    def __init__(self, mock: Mock) -> None:
        self._times: list[tuple[str, Busy]] = []
        availability = mock.domain.availability
        booked = availability.booked

        def more(session: Session, event_type: EventType, window: Slot, ignoring: Ignoring = NOTHING) -> list[Busy]:
            found = booked(session, event_type, window, ignoring)
            return [*found, *(busy for host, busy in self._times if host == event_type.host_id)]

        availability.booked = more

    def add(self, booking: Booking) -> None:
        """Keep the time of a booking busy."""
        self._times.append((booking.host_id, Busy(booking.start, booking.end, 0, 0, booking.event_type_code)))


def change_made(mock: Mock, change: Callable[[Any, BookingRequest], Any]) -> None:
    """Answer to a creation something else than was made."""
    handlers = mock.calcom.resources.bookings
    made = handlers.made

    def changed(call: Call, event_type: EventType, wanted: BookingRequest, body: dict[str, Any]) -> Any:
        return change(made(call, event_type, wanted, body), wanted)

    handlers.made = changed


def is_plain(booking: Booking) -> bool:
    """Whether nobody shares the booking and no series has it."""
    return not booking.seated and booking.series is None


def has_guests(wanted: BookingRequest) -> bool:
    """Whether the attendee brings somebody along, and leaves the length to the event type."""
    return bool(wanted.details.get("guests")) and wanted.duration is None


def change_answer(handlers: Any, method: str, change: Callable[[Call, Shown], None]) -> None:
    """Change the body of a handler's answers in place.

    Parameters:
        handlers: of a resource.
        method: of the handler.
        change: is told the call and the body; refusals never get there.
    """
    handle = getattr(handlers, method)

    def changed(call: Call) -> Answer:
        answer = handle(call)
        change(call, answer.value)
        return answer

    setattr(handlers, method, changed)
