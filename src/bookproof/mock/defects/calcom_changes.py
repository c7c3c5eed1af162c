"""Defects of the Cal.com dialect: bookings cancelled."""

from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import StillBusy, is_plain
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bare
from bookproof.mock.domain.booking_records import CONFIRMED, Booking
from bookproof.mock.domain.errors import AlreadyCancelled
from bookproof.mock.domain.public_bookings import PLAIN, Change
from bookproof.mock.store import Session


@defect(
    "calcom-cancel-not-stored",
    breaks=("bookings.cancel.status", "deliveries.events.once", "reservations.create.cancelled"),
    story="A client has cancelled and been told so, and is expected all the same.",
)
def cancel_not_stored(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    call_off = bookings.call_off

    def forgotten(session: Session, booking: Booking, change: Change, about: Any = None) -> Booking:
        cancelled = call_off(session, booking, change, about)
        if is_plain(booking):
            bookings.records.update(session, booking)
        return cancelled

    bookings.call_off = forgotten


@defect(
    "calcom-cancel-leaves-slot-blocked",
    breaks=("bookings.cancel.frees", "reservations.create.cancelled"),
    story="Hours that clients have given back stay empty for ever.",
)
def cancel_leaves_slot_blocked(mock: Mock) -> None:
    bookings, still_busy = mock.domain.public_bookings, StillBusy(mock)
    call_off = bookings.call_off

    def blocked(session: Session, booking: Booking, change: Change, about: Any = None) -> Booking:
        if is_plain(booking):
            still_busy.add(booking)
        return call_off(session, booking, change, about)

    bookings.call_off = blocked


@defect(
    "calcom-second-cancel-revives",
    breaks=("bookings.cancel.twice",),
    story="A client who cancels twice, to be sure, has the appointment again.",
)
def second_cancel_revives(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    cancel = bookings.cancel

    def toggle(code: str, change: Change = PLAIN) -> Booking:
        try:
            return cancel(code, change)
        except AlreadyCancelled:
            with mock.domain.store.write() as session:
                booking = bookings.require(session, code)
                if booking.rescheduled_to is not None:
                    raise
                revived = replace(booking, status=CONFIRMED)
                bookings.records.update(session, revived)
            return revived

    bookings.cancel = toggle


@defect(
    "calcom-cancel-reason-dropped",
    breaks=("bookings.cancel.reason-kept", "deliveries.data.reason"),
    story="A client reads that the meeting is off, and not why.",
)
def cancel_reason_dropped(mock: Mock) -> None:
    changes = mock.calcom.resources.booking_changes
    cancellation = changes.cancellation

    def silent(call: Call, body: dict[str, Any]) -> Change:
        return replace(cancellation(call, body), reason=None)

    changes.cancellation = silent


@defect(
    "calcom-everybody-must-say-why",
    breaks=("bookings.cancel.reason-optional",),
    story="A client who clicks on cancel in a mail is refused, and simply does not come.",
)
def everybody_must_say_why(mock: Mock) -> None:
    changes = mock.calcom.resources.booking_changes
    check = changes.check_reason

    def strict(call: Call, booking: Booking, body: dict[str, Any]) -> None:
        check(call, booking, body)
        if booking.is_live and not booking.seated and not body.get("cancellationReason"):
            raise bare(400, "Cancellation reason is required")

    changes.check_reason = strict


@defect(
    "calcom-host-is-not-told-why",
    breaks=("bookings.cancel.host-reason",),
    story="A host's cancellation is refused, and nothing says what is missing.",
)
def host_is_not_told_why(mock: Mock) -> None:
    changes = mock.calcom.resources.booking_changes

    def unhelpful(call: Call, booking: Booking, body: dict[str, Any]) -> None:
        if booking.is_live and changes.is_host(call, booking) and not body.get("cancellationReason"):
            raise bare(400, "Bad Request")

    changes.check_reason = unhelpful
