"""What probes of bookings ask in passing: one booking, the whole list, the statistics, the slots of a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookproof.probes.base import Blocked, Probe, T
from bookproof.probes.imatic_v1.openings import list_slots
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Booking, Slot
from bookproof.verdict import NotApplicable, Untestable
from bookproof.wire.exchange import Exchange

#: The statistics' fields to what they count: a status in the suite's words, or ``total``.
COUNTED = {
    "total": "total",
    "confirmed": "confirmed",
    "pending": "pending",
    "cancelled": "cancelled",
    "rescheduled": "rescheduled",
    "noShow": "no-show",
}

_MARGIN = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """What reading a booking showed: the exchange, and the booking or None."""

    exchange: Exchange
    booking: Booking | None

    @property
    def live(self) -> bool:
        """Whether a booking was shown that holds its slot."""
        return self.booking is not None and self.booking.live

    @property
    def status(self) -> str | None:
        """The status shown, in the suite's words."""
        return self.booking.status if self.booking else None

    @property
    def start(self) -> datetime | None:
        """The start shown."""
        return self.booking.start if self.booking else None


@dataclass(frozen=True)
class Stats:
    """The statistics of one answer: a status in the suite's words, or ``total``, to a whole number."""

    exchange: Exchange
    numbers: Mapping[str, int]


def read_booking(session: Session, code: str, note: str = "") -> Shown:
    """Read one booking."""
    exchange = session.api.call("getBooking", {"bookingCode": code}, note=note)
    return Shown(exchange, session.api.booking(exchange))


def read_stats(session: Session, note: str = "") -> Stats:
    """Ask for the statistics; numbers that are not shown, or are no whole numbers, are left out."""
    exchange = session.api.call("getBookingStats", note=note)
    shown = session.api.single("stats", exchange) if exchange.ok else MISSING
    found = {word: session.api.field("stats", name, shown) for name, word in COUNTED.items()}
    whole = {word: n for word, n in found.items() if isinstance(n, int) and not isinstance(n, bool)}
    return Stats(exchange, whole)


def starts_listed(session: Session, rules: EventTypeRules, window: Slot, note: str) -> tuple[Exchange, set[datetime]]:
    """The starts of the free slots of an event type in a window of time, and a little after it.

    An API that takes slots to be longer or shorter than they are must not lose one at the edge for that.

    Raises:
        Blocked: the slots cannot be listed.
    """
    exchange = list_slots(session, rules, window.start, window.end + _MARGIN, note=note)
    slots = session.api.slots(exchange, rules.durations[0] if rules.durations else None)
    if slots is None:
        raise Blocked("slots should be listed", exchange)
    return exchange, {slot.start for slot in slots}


@dataclass(frozen=True)
class WholeList:
    """The list of bookings, followed to its end.

    Attributes:
        pages: the answers.
        bookings: all that they show.
        gap: why that cannot be taken for all there are, or "".
    """

    pages: list[Exchange]
    bookings: list[Booking]
    gap: str

    @property
    def statuses(self) -> list[str | None]:
        """The status of every booking, in the suite's words."""
        return [booking.status for booking in self.bookings]

    def find(self, code: str) -> Booking | None:
        """The booking of a code, or None."""
        return next((booking for booking in self.bookings if booking.code == code), None)


def whole_list(session: Session, status: str = "") -> WholeList:
    """Follow the list of bookings to its end; every hundred bookings of the account cost one request.

    Args:
        session: of the target.
        status: in the suite's words, to ask for the bookings of one status.

    Raises:
        Blocked: the bookings cannot be listed.
    """
    arguments = {"status": session.api.binding.status_out(status)} if status else None
    pages = session.api.all_pages(
        "listBookings", arguments, note=f"the whole list of {status} ones" if status else "the whole list"
    )
    if any(not page.ok or session.api.items(page) is None for page in pages):
        raise Blocked("bookings should be listed", pages[-1])
    bookings = [booking for page in pages for booking in session.api.bookings(page)]
    said = session.api.page(pages[0])
    gap = ""
    if said and said.pages is not None and said.pages > len(pages):
        gap = f"the list has {said.pages} pages and {len(pages)} of them were followed"
    elif said and said.total is not None and said.total != len(bookings):
        gap = f"the list says that it has {said.total} bookings and shows {len(bookings)}"
    return WholeList(pages, bookings, gap)


def lists_by_status(session: Session, statuses: Iterable[str]) -> dict[str, WholeList]:
    """The whole lists of the bookings of some statuses, in the suite's words, as far as they can be asked for."""
    lists: dict[str, WholeList] = {}
    if not session.api.binding.takes("listBookings", "status"):
        return lists
    for status in statuses:
        try:
            lists[status] = whole_list(session, status)
        except Blocked:
            continue
        if lists[status].bookings and status not in lists[status].statuses:
            # A filter without effect: what may be a long list would only be the same again.
            break
    return lists


def evidence_or_none(session: Session, wanted: Probe[T]) -> T | None:
    """The evidence of another probe, or None where there is none, for what is but a control."""
    try:
        return session.need(wanted)
    except (Untestable, NotApplicable):
        return None
