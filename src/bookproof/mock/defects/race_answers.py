"""Defects of what the callers of a race are told, what is stored of it, and who hears of it; one winner there is."""

# ruff: noqa: ARG002 - what stands in for a method takes what the method takes

from collections.abc import Hashable

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.race_seams import Contest, Hidden, TwoSteps, together
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.domain.booking_records import Booking, NewBooking
from bookproof.mock.domain.errors import DomainError, LinkUsed, SlotTaken
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.store import Session

#: From so many callers for one slot on there is a rush.
_RUSH = 3


# What is stored


@defect(
    "race-winner-not-stored",
    breaks=("bookings.race.stored",),
    story="The quickest of many clients has a confirmation of an appointment that the calendar has lost.",
)
def race_winner_not_stored(mock: Mock) -> None:
    class RolledBack(Contest):
        def insert(self, account_id: str, wanted: NewBooking, draft: Booking) -> Booking:
            rivals = self.rivals(draft)
            if rivals.number < _RUSH:
                return super().insert(account_id, wanted, draft)
            with mock.domain.store.write():
                if rivals.promised:
                    raise SlotTaken("The time has just been taken.")
                rivals.promised = True
            return draft

    RolledBack(mock, together(mock))


@defect(
    "race-loser-stored",
    breaks=("bookings.race.stored",),
    story="Clients who came too late in a rush are refused, and expected at the door.",
)
def race_loser_stored(mock: Mock) -> None:
    class KeepingAll(Contest):
        def lost(self, draft: Booking, failure: DomainError) -> Booking:
            if self.rivals(draft).number >= _RUSH:
                with mock.domain.store.write() as session:
                    self.bookings.keep(session, draft)
            raise failure

    without_unique_starts(mock)
    KeepingAll(mock, together(mock))


# What losers are told


def _tell_losers(mock: Mock, status: int, code: str, message: str) -> None:
    """Refuse in these words whoever finds a slot taken that was free a moment before."""

    class Telling(TwoSteps):
        def lost(self, draft: Booking, failure: DomainError) -> Booking:
            if isinstance(failure, SlotTaken):
                raise ApiError(status, code, message)
            raise failure

    Telling(mock, together(mock))


@defect(
    "race-loser-500",
    breaks=("bookings.race.refused", "exchange.no-server-error"),
    story="Clients who are a moment too late see a broken website instead of another slot.",
)
def race_loser_500(mock: Mock) -> None:
    _tell_losers(mock, 500, "internal_error", "Something went wrong on our side.")


@defect(
    "race-loser-400",
    breaks=("bookings.race.refused",),
    story="Clients who are a moment too late are told to correct a form that is right.",
)
def race_loser_400(mock: Mock) -> None:
    _tell_losers(mock, 400, "validation_failed", "start is not available.")


@defect(
    "race-loser-404",
    breaks=("bookings.race.refused",),
    story="Clients who are a moment too late are told that the practice does not exist.",
)
def race_loser_404(mock: Mock) -> None:
    _tell_losers(mock, 404, "not_found", "No such event type.")


@defect(
    "race-loser-200-with-error",
    breaks=("bookings.race.refused", "envelopes.status.agrees"),
    story="A program that looks at the status takes every refusal in a rush for an appointment.",
)
def race_loser_200_with_error(mock: Mock) -> None:
    _tell_losers(mock, 200, "slot_taken", "The time has just been taken.")


@defect(
    "race-loser-bare-409",
    breaks=("envelopes.error.shape", "exchange.json"),
    story="Programs that read errors stumble over a bare word whenever two clients come at once.",
)
def race_loser_bare_409(mock: Mock) -> None:
    envelopes = mock.imatic.envelopes
    error = envelopes.error

    def bare(call: Call, failure: ApiError) -> Answer:
        if failure.code == "conflict_bare":
            return Answer(failure.status, failure.message, media_type="text/plain")
        return error(call, failure)

    envelopes.error = bare
    _tell_losers(mock, 409, "conflict_bare", "Conflict")


# Slots


@defect(
    "race-refused-hold-stays",
    breaks=("bookings.race.slots",),
    story="A link that is opened in two tabs blocks two hours: the one that it has booked, and one that nobody has.",
)
def race_refused_hold_stays(mock: Mock) -> None:
    hidden = Hidden(mock)

    class Holding(TwoSteps):
        def lost(self, draft: Booking, failure: DomainError) -> Booking:
            if isinstance(failure, LinkUsed):
                hidden.add(draft)
            raise failure

    Holding(mock, together(mock))


# Events


@defect(
    "race-created-announced-for-loser",
    breaks=("deliveries.race.once",),
    story="The host's calendar fills with clients who were told that they came too late.",
)
def race_created_announced_for_loser(mock: Mock) -> None:
    class AnnouncingAll(TwoSteps):
        def lost(self, draft: Booking, failure: DomainError) -> Booking:
            if isinstance(failure, SlotTaken):
                with mock.domain.store.write() as session:
                    self.stored(session, draft)
            raise failure

    AnnouncingAll(mock, together(mock))


@defect(
    "race-created-announced-twice",
    breaks=("deliveries.race.once",),
    story="Whenever two clients book in the same moment, whatever it is, each appointment is announced twice.",
)
def race_created_announced_twice(mock: Mock) -> None:
    class AnnouncingTwice(Contest):
        def prize(self, booking: Booking) -> Hashable:
            return None

        def stored(self, session: Session, booking: Booking) -> None:
            super().stored(session, booking)
            if self.rivals(booking).number > 1:
                super().stored(session, booking)

    AnnouncingTwice(mock, together(mock))
