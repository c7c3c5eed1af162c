"""Defects of the Cal.com dialect: what hosts decide of bookings."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import StillBusy, change_answer, overlook
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bare
from bookproof.mock.domain.booking_records import CONFIRMED, PENDING, REJECTED, Booking
from bookproof.mock.domain.errors import NotPending
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session


@defect(
    "calcom-pending-shown-accepted",
    breaks=("decisions.pending",),
    story="A client counts on a meeting that the host has yet to agree to.",
)
def pending_shown_accepted(mock: Mock) -> None:
    presenter = mock.calcom.resources.bookings.presenter
    status = presenter.status

    def promise(booking: Booking) -> str:
        return "accepted" if booking.status == PENDING else status(booking)

    presenter.status = promise


def _answer_status(mock: Mock, decision: str, status: str) -> None:
    def say(call: Call, body: dict[str, Any]) -> None:
        body["data"]["status"] = status

    change_answer(mock.calcom.resources.booking_changes, decision, say)


@defect(
    "calcom-confirm-answers-pending",
    breaks=("decisions.confirm.accepts",),
    story="A host confirms, and is shown that the meeting still waits.",
)
def confirm_answers_pending(mock: Mock) -> None:
    _answer_status(mock, "confirm", "pending")


@defect(
    "calcom-decline-answers-cancelled",
    breaks=("decisions.decline.rejects",),
    story="What a host has declined looks as if the client had called it off.",
)
def decline_answers_cancelled(mock: Mock) -> None:
    _answer_status(mock, "decline", "cancelled")


def _fail_when_accepted(mock: Mock, *, asked_for: bool) -> None:
    """Fail to confirm what is accepted already, of event types that do or do not ask for confirmation."""
    changes = mock.calcom.resources.booking_changes
    confirm = changes.confirm

    def failing(call: Call) -> Answer:
        booking = changes.single(call)
        event_type = changes.presenter.event_type(booking)
        waits = event_type is not None and event_type.requires_confirmation
        if booking.status == CONFIRMED and changes.is_host(call, booking) and waits == asked_for:
            raise bare(500, "Internal server error")
        return confirm(call)

    changes.confirm = failing


@defect(
    "calcom-second-confirm-fails",
    breaks=("decisions.confirm.twice", "exchange.no-server-error"),
    story="A host who confirms twice is shown a failure, and does not know whether the meeting takes place.",
)
def second_confirm_fails(mock: Mock) -> None:
    _fail_when_accepted(mock, asked_for=True)


@defect(
    "calcom-needless-confirm-fails",
    breaks=("decisions.confirm.plain", "exchange.no-server-error"),
    story="An assistant that confirms every booking to be sure brings the server down.",
)
def needless_confirm_fails(mock: Mock) -> None:
    _fail_when_accepted(mock, asked_for=False)


@defect(
    "calcom-both-rivals-confirmed",
    breaks=("decisions.confirm.rival",),
    story="Two clients ask for the same hour, the host confirms both, and both come.",
)
def both_rivals_confirmed(mock: Mock) -> None:
    def waiting(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        same = (busy.event_type_code, busy.start) == (event_type.code, slot.start)
        return event_type.requires_confirmation and same

    def unchecked(session: Session, booking: Booking) -> None:
        return None

    overlook(mock, waiting)
    mock.domain.decisions.check_free = unchecked


@defect(
    "calcom-declined-slot-blocked",
    breaks=("decisions.decline.frees",),
    story="An hour that a host has declined to one client is lost for all others, too.",
)
def declined_slot_blocked(mock: Mock) -> None:
    decisions, still_busy = mock.domain.decisions, StillBusy(mock)
    decline = decisions.decline

    def blocked(code: str, reason: str | None = None) -> Booking:
        rejected = decline(code, reason)
        still_busy.add(rejected)
        return rejected

    decisions.decline = blocked


@defect(
    "calcom-declined-can-be-confirmed",
    breaks=("decisions.decline.final",),
    story="A client who was told no, and has made other plans, is expected after all.",
)
def declined_can_be_confirmed(mock: Mock) -> None:
    decisions = mock.domain.decisions
    confirm = decisions.confirm

    def revive(code: str) -> Booking:
        try:
            return confirm(code)
        except NotPending:
            return _redecided(mock, code, REJECTED, CONFIRMED)

    decisions.confirm = revive


def _redecided(mock: Mock, code: str, status: str, becomes: str) -> Booking:
    """The booking with another status, if it has the one that is said.

    Raises:
        NotPending: it has not.
    """
    with mock.domain.store.write() as session:
        booking = mock.domain.public_bookings.require(session, code)
        if booking.status != status:
            raise NotPending(f"The booking is {booking.status}.")
        changed = replace(booking, status=becomes)
        mock.domain.records.update(session, changed)
    return changed


@defect(
    "calcom-accepted-can-be-declined",
    breaks=("decisions.decline.accepted",),
    story="A client whose meeting was confirmed finds that it was declined later.",
)
def accepted_can_be_declined(mock: Mock) -> None:
    decisions = mock.domain.decisions
    decline = decisions.decline

    def change_of_mind(code: str, reason: str | None = None) -> Booking:
        try:
            return decline(code, reason)
        except NotPending:
            return _redecided(mock, code, CONFIRMED, REJECTED)

    decisions.decline = change_of_mind


@defect(
    "calcom-absent-before-start",
    breaks=("decisions.absent.early",),
    story="A client is marked as a no-show for a meeting that takes place next week.",
)
def absent_before_start(mock: Mock) -> None:
    def whenever(booking: Booking) -> None:
        return None

    mock.domain.decisions.check_started = whenever
