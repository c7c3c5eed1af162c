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
