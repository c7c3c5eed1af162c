"""What the defects of races need: to know who else is in flight, windows, and bookings that are made in two steps.

A defect of this family acts on calls in flight together and never on one that is alone. In one process calls that came
together are still handled one after the other, so those that are in flight are made to come together in the window.
A request is in flight once its headers are read, which for one whose last byte is held back is before it is released.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from dataclasses import dataclass, replace
from functools import partial

from starlette.types import ASGIApp, Receive, Scope, Send

from bookproof.mock.app import Mock
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.dialects.imatic_v1.mcp.server import MCP_PATH
from bookproof.mock.domain.availability import Availability
from bookproof.mock.domain.booking_records import Booking, NewBooking
from bookproof.mock.domain.bookings import Bookings
from bookproof.mock.domain.errors import DomainError
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.events import BOOKING_CREATED, DomainEvent
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Session

# Kinds of calls: REST creations, moves and cancellations, and whatever is asked of the MCP server.
CREATE, MOVE, CANCEL, TOOL = "create", "move", "cancel", "tool"
#: Seconds to wait for others where nobody else is in flight, unless said otherwise: a lonely call hardly notices.
GRACE = 0.005
#: Seconds to wait for those who are in flight; they come much sooner, unless a client never ends its request.
PATIENCE = 1.0

Window = Callable[[], AbstractContextManager[None]]


def _kind(scope: Scope) -> str:
    if scope["type"] != "http" or scope["method"] != "POST":
        return ""
    path: str = scope["path"].rstrip("/")
    if path == MCP_PATH:
        return TOOL
    if path == "/v1/bookings":
        return CREATE
    if path.startswith("/v1/bookings/"):
        return {"reschedule": MOVE, "cancel": CANCEL}.get(path.rpartition("/")[2], "")
    return ""


class Traffic:
    """The calls in flight, by kind, and how many of them are in the defect's window.

    Parameters:
        mock: whose requests are counted, and from now on handled on threads.
        kind_of: tells the kind of a request by its scope, "" for one that does not count; of imatic's if left out.
    """

    def __init__(self, mock: Mock, kind_of: Callable[[Scope], str] = _kind) -> None:
        self._kind_of = kind_of
        self._changed = threading.Condition()
        self._in_flight: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        mock.serving.threads = True
        application = mock.application
        mock.application = lambda: self._counted(application())

    def alone(self, code: str) -> bool:
        """Whether one call at most is about to move this booking."""
        with self._changed:
            return self._in_flight[f"/v1/bookings/{code}/reschedule"] <= 1

    def _counted(self, application: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            path: str = scope.get("path", "")
            with self._noted(self._in_flight, self._kind_of(scope)), self._noted(self._in_flight, path):
                await application(scope, receive, send)

        return counting

    @contextmanager
    def _noted(self, counts: "Counter[str]", kind: str) -> Generator[None]:
        with self._changed:
            counts[kind] += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                counts[kind] -= 1
                if not counts[kind]:
                    del counts[kind]
                self._changed.notify_all()

    # Windows

    def inside(self, kind: str) -> AbstractContextManager[None]:
        """A window that is entered at once; others may wait for whoever is in there."""
        return self._noted(self._inside, kind)

    @contextmanager
    def together(self, kind: str, grace: float = GRACE) -> Generator[None]:
        """A window in which each call of the kind waits until all that are in flight are in it, or have ended."""
        with self.inside(kind):
            self._wait(grace, lambda: self._in_flight[kind] > 1, lambda: self._inside[kind] >= self._in_flight[kind])
            yield

    def let_pass(self, kind: str) -> None:
        """Wait until all other calls of the kind that are in flight are in their window, wait here, or have ended."""
        waiting = f"{kind}, later"
        with self.inside(waiting):
            self._wait(
                GRACE,
                lambda: self._in_flight[kind] > 1,
                lambda: self._inside[kind] + self._inside[waiting] >= self._in_flight[kind],
            )

    def await_inside(self, kind: str, grace: float = GRACE) -> None:
        """Wait until all calls of a kind that are in flight are in their window, or have ended."""
        self._wait(grace, lambda: self._in_flight[kind] > 0, lambda: self._inside[kind] >= self._in_flight[kind])

    def await_end(self, kind: str, grace: float = GRACE) -> None:
        """Wait until the calls of a kind that are in flight have ended."""
        self._wait(grace, lambda: self._in_flight[kind] > 0, lambda: self._in_flight[kind] == 0)

    def _wait(self, grace: float, has_others: Callable[[], bool], is_time: Callable[[], bool]) -> None:
        with self._changed:
            if self._changed.wait_for(has_others, grace):
                self._changed.wait_for(is_time, PATIENCE)


def together(mock: Mock) -> Window:
    """A window in which all creations that are in flight meet."""
    return partial(Traffic(mock).together, CREATE)


def pause(seconds: float) -> Window:
    """A window that is open for some time, whoever is in flight; 0 is the turn of a processor."""

    @contextmanager
    def window() -> Generator[None]:
        time.sleep(seconds)
        yield

    return window


def bookings_of_rest(mock: Mock) -> Bookings:
    """Give the REST API its own copies of the parts that book, over the same store; the tools keep the others."""
    tools = mock.imatic.resources.tools
    bookings = copy(tools.domain.bookings)
    bookings.availability = copy(bookings.availability)
    tools.domain = replace(tools.domain, bookings=bookings, availability=bookings.availability)
    return bookings


class TwoSteps:
    """Bookings over REST made in two transactions: all is checked; window; all is checked again, and stored.

    As it stands it does right: whoever finds the slot taken when looking again has lost. Defects replace `checks` or
    `lost`.

    Parameters:
        mock: where bookings are made like this from now on.
        window: what lies between the two.
    """

    def __init__(self, mock: Mock, window: Window) -> None:
        self.mock = mock
        self.window = window
        self.bookings = bookings_of_rest(mock)
        self.bookings.create = self.create

    def create(self, account_id: str, wanted: NewBooking) -> Booking:
        """See `Bookings.create`."""
        with self.mock.domain.store.read() as session:
            draft = self.bookings.prepare(session, account_id, wanted)
        with self.entered(draft), self.window():
            try:
                return self.insert(account_id, wanted, draft)
            except DomainError as failure:
                return self.lost(draft, failure)

    def entered(self, draft: Booking) -> AbstractContextManager[None]:  # noqa: ARG002 - told for those that need it
        """What a caller does on the way into the window and out of it."""
        return nullcontext()

    def insert(self, account_id: str, wanted: NewBooking, draft: Booking) -> Booking:
        """The second step; `draft` is what the first one has led to."""
        with self.mock.domain.store.write() as session:
            again = copy(self.bookings)
            again.availability = self.checks(session, draft)
            booking = again.prepare(session, account_id, wanted)
            self.bookings.keep(session, booking)
            if booking.link_code is not None:
                self.bookings.links.consume(session, booking.link_code)
            self.stored(session, booking)
        return booking

    def checks(self, session: Session, draft: Booking) -> Availability:  # noqa: ARG002 - told for those that need them
        """How the second step looks at slots: a copy, so that it can be changed for this one call."""
        return copy(self.bookings.availability)

    def stored(self, session: Session, booking: Booking) -> None:
        """What else belongs to a booking that was stored: subscribers are told."""
        self.bookings.events.publish(session, DomainEvent(BOOKING_CREATED, booking))

    def lost(self, draft: Booking, failure: DomainError) -> Booking:  # noqa: ARG002 - told for those that need it
        """What becomes of a caller whose slot, link or day was still free in the first step."""
        raise failure


Overlooks = Callable[[Booking, Booking], bool]


class Overlooking(TwoSteps):
    """Two steps of which the second overlooks some of the bookings that were made like this meanwhile.

    Only bookings that are still where they were made are overlooked: moves, and whatever is not booked over REST, are
    always seen, and so is the daily cap.

    Parameters:
        mock, window: see `TwoSteps`.
        overlooks: whether a new booking (the first) does not see another one (the second) that overlaps it.
    """

    def __init__(self, mock: Mock, window: Window, overlooks: Overlooks) -> None:
        super().__init__(mock, window)
        self.overlooks = overlooks
        self._made: list[Booking] = []
        without_unique_starts(mock)

    def checks(self, session: Session, draft: Booking) -> Availability:
        """All bookings but those that are overlooked."""
        unseen = {_place(made) for made in self._made if self._overlooked(session, draft, made)}
        changed = super().checks(session, draft)
        check_free = changed.check_free

        def unseeing(event_type: EventType, slot: Slot, busy: Sequence[Busy]) -> None:
            check_free(event_type, slot, [b for b in busy if (b.event_type_code, b.start, b.end) not in unseen])

        changed.check_free = unseeing
        return changed

    def _overlooked(self, session: Session, draft: Booking, made: Booking) -> bool:
        if draft.start >= made.end or made.start >= draft.end or not self.overlooks(draft, made):
            return False
        now = self.mock.domain.records.load(session, made.code)
        return now is not None and now.is_live and _place(now) == _place(made)

    def stored(self, session: Session, booking: Booking) -> None:
        """Remember it before anybody else gets to look."""
        super().stored(session, booking)
        self._made.append(booking)


def _place(booking: Booking) -> tuple[str, int, int]:
    return booking.event_type_code, booking.start, booking.end


def same_slot(new: Booking, other: Booking) -> bool:
    """Whether two bookings are of one event type and begin together."""
    return (new.event_type_code, new.start) == (other.event_type_code, other.start)


@dataclass
class Rivals:
    """Callers who want the same slot in the same moment.

    `number` says how many there have been since the first one came, `present` how many are still there, `promised`
    whether one has been told that the slot is his.
    """

    number: int = 0
    present: int = 0
    promised: bool = False


class Contest(TwoSteps):
    """Two steps in which it is known who wants the same slot in the same moment."""

    def __init__(self, mock: Mock, window: Window) -> None:
        super().__init__(mock, window)
        self._lock = threading.Lock()
        self._rivals: dict[Hashable, Rivals] = {}

    def prize(self, booking: Booking) -> Hashable:
        """What makes rivals of callers: the same one."""
        return _place(booking)

    @contextmanager
    def entered(self, draft: Booking) -> Generator[None]:
        """Be counted among the rivals."""
        prize = self.prize(draft)
        with self._lock:
            rivals = self._rivals.setdefault(prize, Rivals())
            rivals.number += 1
            rivals.present += 1
        try:
            yield
        finally:
            with self._lock:
                rivals.present -= 1
                if not rivals.present:
                    del self._rivals[prize]

    def rivals(self, booking: Booking) -> Rivals:
        """The rivals of one who is in the window, himself included."""
        with self._lock:
            return self._rivals[self.prize(booking)]


class Hidden:
    """Times that are never listed as open, though they can be booked if nobody holds them.

    Parameters:
        mock: whose lists leave them out; to be made before the REST API gets its own copies.
    """

    def __init__(self, mock: Mock) -> None:
        self._hidden: list[Booking] = []
        availability = mock.domain.availability
        listed = availability.open_slots

        def shown(session: Session, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
            return [slot for slot in listed(session, event_type, minutes, window) if not self._hides(event_type, slot)]

        availability.open_slots = shown

    def _hides(self, event_type: EventType, slot: Slot) -> bool:
        return any(
            was.host_id == event_type.host_id and was.start < slot.end and slot.start < was.end for was in self._hidden
        )

    def add(self, booking: Booking) -> None:
        """Hide the time that a booking would have held, or has held."""
        self._hidden.append(booking)
