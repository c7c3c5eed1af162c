"""Slots that are held for a while. Source: Cal.com API v2, Slots; behaviour of a running server."""

from typing import Any

from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import (
    Refusal,
    bad_request,
    forbidden,
    not_found,
    unauthorized,
    unprocessable,
)
from bookproof.mock.dialects.calcom_v2.event_types import event_type_of
from bookproof.mock.dialects.calcom_v2.moments import instant_of, shown
from bookproof.mock.dialects.calcom_v2.tools import Tools
from bookproof.mock.dialects.calcom_v2.validation import Member, Shape, at_least, at_most, checked, iso_date, whole
from bookproof.mock.domain.errors import DomainError, NotFound, SeatsTaken, SlotReserved, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import MINUTE
from bookproof.mock.domain.reservations import Hold, Reservation
from bookproof.mock.http.exchange import Answer

DEFAULT_MINUTES = 5
_LONGEST_MINUTES = 7 * 24 * 60


class ReservationHandlers:
    """Handlers of /v2/slots/reservations."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.shape = Shape(
            {
                "eventTypeId": Member(whole()),
                "slotStart": Member(iso_date()),
                "slotDuration": Member(whole(), at_least(1), required=False),
                "reservationDuration": Member(whole(), at_least(1), at_most(_LONGEST_MINUTES), required=False),
            }
        )

    def create(self, call: Call) -> Answer:
        """reserveSlot"""
        wanted, minutes = self.wanted(call)
        try:
            reservation = self.tools.domain.reservations.hold(wanted)
        except DomainError as failure:
            raise self.refusal(failure) from None
        return self.tools.envelopes.success(call, self.shown(reservation) | {"reservationDuration": minutes})

    def wanted(self, call: Call) -> tuple[Hold, int]:
        """What is asked for, and for how many minutes.

        Raises:
            Refusal: 400, 401, 403 or 404.
        """
        body = checked(self.shape, call.body)
        event_type = self.event_type(int(body["eventTypeId"]))
        start = instant_of(body["slotStart"])
        if start is None:
            raise bad_request("Invalid start date")
        minutes = self.minutes(call, event_type, body)
        until = self.tools.domain.clock.now() + minutes * MINUTE
        return Hold(event_type.number, start, until, self.length(event_type, body)), minutes

    def event_type(self, number: int) -> EventType:
        """The event type of a hold.

        Raises:
            Refusal: 404.
        """
        try:
            return event_type_of(self.tools, number)
        except NotFound:
            raise not_found(f"Event Type with ID={number} not found") from None

    def length(self, event_type: EventType, body: dict[str, Any]) -> int | None:
        """The asked length of the slot in minutes; only where there are several to choose from.

        Raises:
            Refusal: 400.
        """
        if body.get("slotDuration") is None:
            return None
        offered = event_type.rules.durations
        if len(offered) == 1:
            raise bad_request("You passed slotDuration but this event type is not a variable length event type.")
        if body["slotDuration"] not in offered:
            raise bad_request(f"slotDuration must be one of: {', '.join(str(item) for item in sorted(offered))}.")
        return int(body["slotDuration"])

    def minutes(self, call: Call, event_type: EventType, body: dict[str, Any]) -> int:
        """How long the hold lasts; only who owns the event type may say so.

        Raises:
            Refusal: 401 or 403.
        """
        if body.get("reservationDuration") is None:
            return self.default_minutes()
        if call.is_anonymous:
            raise unauthorized("reservationDuration can only be used for authenticated requests.")
        if not self.may_choose(call, event_type):
            raise forbidden("reservationDuration can only be used by those who may manage this event type.")
        return int(body["reservationDuration"])

    def default_minutes(self) -> int:
        """How long a hold lasts of which nothing is said."""
        return DEFAULT_MINUTES

    def may_choose(self, call: Call, event_type: EventType) -> bool:
        """Whether the caller may say how long a hold lasts."""
        return call.is_by(event_type.account_id)

    def refusal(self, failure: DomainError) -> Exception:
        """How a refusal of the domain is said."""
        if isinstance(failure, SlotReserved):
            return self.held()
        if isinstance(failure, SeatsTaken):
            return unprocessable("Booking with id is fully booked: no seats are left in this slot.")
        if isinstance(failure, SlotTaken):
            return self.booked()
        return failure

    def held(self) -> Refusal:
        """The refusal of a slot that somebody holds."""
        return unprocessable("This time slot is already reserved by another user. Please choose a different time slot.")

    def booked(self) -> Refusal:
        """The refusal of a slot that is booked."""
        return unprocessable("Can't reserve a slot if the event is already booked.")

    def show(self, call: Call) -> Answer:
        """getReservation: null if there is none."""
        try:
            reservation = self.tools.domain.reservations.get(call.params["reservationUid"])
        except NotFound:
            return self.tools.envelopes.success(call, None)
        return self.tools.envelopes.success(call, self.shown(reservation))

    def update(self, call: Call) -> Answer:
        """updateReservation: the whole hold is said anew."""
        uid = call.params["reservationUid"]
        wanted, minutes = self.wanted(call)
        try:
            reservation = self.tools.domain.reservations.move(uid, wanted)
        except NotFound:
            raise not_found(f"Reserved slot with uid={uid} not found") from None
        except DomainError as failure:
            raise self.refusal(failure) from None
        return self.tools.envelopes.success(call, self.shown(reservation) | {"reservationDuration": minutes})

    def release(self, call: Call) -> Answer:
        """releaseReservation: letting go of nothing is no mistake."""
        self.tools.domain.reservations.release(call.params["reservationUid"])
        return self.tools.envelopes.done(call)

    def shown(self, reservation: Reservation) -> dict[str, Any]:
        """A hold."""
        return {
            "eventTypeId": reservation.event_type_number,
            "slotStart": shown(reservation.start),
            "slotEnd": shown(reservation.end),
            "slotDuration": (reservation.end - reservation.start) // MINUTE,
            "reservationUid": reservation.uid,
            "reservationUntil": shown(reservation.until),
        }
