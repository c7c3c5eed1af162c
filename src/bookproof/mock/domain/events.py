"""Domain events: what happened to a booking, told to whoever subscribed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bookproof.mock.store import Session

if TYPE_CHECKING:
    from bookproof.mock.domain.booking_records import Booking

BOOKING_CREATED = "booking.created"
BOOKING_CANCELLED = "booking.cancelled"
BOOKING_RESCHEDULED = "booking.rescheduled"
BOOKING_NO_SHOW = "booking.no_show"
EVENT_NAMES = (BOOKING_CREATED, BOOKING_CANCELLED, BOOKING_RESCHEDULED, BOOKING_NO_SHOW)
# What further dialects tell of. A booking that has to be confirmed is requested first.
BOOKING_REQUESTED = "booking.requested"
BOOKING_CONFIRMED = "booking.confirmed"
BOOKING_REJECTED = "booking.rejected"
ABSENCE_MARKED = "booking.absence_marked"
MORE_EVENT_NAMES = (BOOKING_REQUESTED, BOOKING_CONFIRMED, BOOKING_REJECTED, ABSENCE_MARKED)


@dataclass(frozen=True, slots=True)
class DomainEvent:
    """A booking changed.

    `name` is one of EVENT_NAMES (Source: Calendar API & MCP, Webhooks) or of MORE_EVENT_NAMES. `about` says more where
    the booking alone does not tell: `seat` (uid of the seat that was taken, left or moved), `absent` (the marks that
    were set: e-mail address to bool).
    """

    name: str
    booking: "Booking"
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])


Subscriber = Callable[[Session, DomainEvent], None]


class Events:
    """The hook between bookings and whatever reacts to them.

    Subscribers run inside the transaction of the change, so that what they store is kept or lost with it; work
    that must wait for the commit goes through `Session.on_commit`.
    """

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []

    def subscribe(self, subscriber: Subscriber) -> None:
        """Have `subscriber` called for every event from now on."""
        self._subscribers.append(subscriber)

    def publish(self, session: Session, event: DomainEvent) -> None:
        """Tell every subscriber."""
        for subscriber in self._subscribers:
            subscriber(session, event)
