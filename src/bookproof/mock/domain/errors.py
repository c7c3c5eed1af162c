"""What the domain refuses. A dialect decides how each refusal is said on the wire."""


class DomainError(Exception):
    """A refusal with a sentence for people.

    Parameters:
        message: why, without secrets and without facts about other accounts.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """The object does not exist, or belongs to somebody else; the two are never told apart."""


class Invalid(DomainError):
    """The request can never be right: a wrong value, a missing answer, a start in the past."""


class SlotUnavailable(DomainError):
    """The start is not one that the event type offers: outside the hours, the notice or the grid."""


class SlotTaken(DomainError):
    """Another live booking of the host is too close."""


class DailyCapReached(DomainError):
    """The event type takes no more bookings on that local date."""


class AlreadyCancelled(DomainError):
    """The booking was cancelled before."""


class NotChangeable(DomainError):
    """The booking's state (past, no-show, moved away, cancelled) forbids the change."""


class LinkUsed(DomainError):
    """A single-use link has been used."""


# Cases that only some dialects tell apart


class InThePast(Invalid):
    """The slot begins in the past."""


class TooSoon(SlotUnavailable):
    """The slot begins before the notice allows it."""


class TooLate(SlotUnavailable):
    """The slot lies outside the period that is open for booking."""


class SlotRaced(SlotTaken):
    """Another booking with this start was stored in the same moment."""


class SlotReserved(SlotTaken):
    """Somebody holds the time while they fill in their booking."""


class SeatsTaken(SlotTaken):
    """Every seat of the slot is taken."""


class AlreadySeated(DomainError):
    """The attendee has a seat in the slot."""


class NoSuchSeat(NotFound):
    """The booking has no such seat, or has it no more."""


class AlreadyRescheduled(NotChangeable):
    """The booking was moved before.

    Parameters:
        message: why.
        successor: code of the booking that took its place.
    """

    def __init__(self, message: str, successor: str) -> None:
        super().__init__(message)
        self.successor = successor


class NotPending(NotChangeable):
    """Only a pending booking can be confirmed or declined."""


class NotStarted(NotChangeable):
    """Nobody can be absent from a meeting that has not begun."""


class Ended(NotChangeable):
    """The booking has ended."""


class NotRecurring(Invalid):
    """The booking is not part of a series, or the event type has no recurrence."""


class SlugTaken(DomainError):
    """The account has another event type with this slug."""


class UsernameTaken(DomainError):
    """Another person has this username."""


class EmailTaken(DomainError):
    """Another person has this e-mail address."""
