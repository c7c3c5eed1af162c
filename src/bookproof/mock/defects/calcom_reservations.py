"""Defects of the Cal.com dialect: slots that are held."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_seams import change_data
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.errors import bad_request, unauthorized
from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.errors import NotFound, SlotReserved, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.domain.reservations import Hold, Reservation
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.http.exchange import Answer
from bookproof.mock.store import Session

Data = dict[str, Any]

# Holding


@defect(
    "calcom-hold-answers-other-event-type",
    breaks=("reservations.create.answers",),
    story="A page shows that a slot of another event type is held.",
)
def hold_answers_other_event_type(mock: Mock) -> None:
    def other(data: Data) -> None:
        data["eventTypeId"] += 1

    change_data(mock, "reservations", "create", other)


@defect(
    "calcom-hold-needs-key",
    breaks=("reservations.create.public",),
    story="Visitors of a booking page cannot hold the slot that they are about to book.",
)
def hold_needs_key(mock: Mock) -> None:
    handlers = mock.calcom.resources.reservations
    create = handlers.create

    def guarded(call: Call) -> Answer:
        if call.is_anonymous:
            raise unauthorized("No authentication method provided.")
        return create(call)

    handlers.create = guarded


@defect(
    "calcom-hold-misstates-duration",
    breaks=("reservations.create.until",),
    story="A form counts down from fifteen minutes, and the slot is gone after five.",
)
def hold_misstates_duration(mock: Mock) -> None:
    def longer(data: Data) -> None:
        data["reservationDuration"] = 3 * data["reservationDuration"]

    change_data(mock, "reservations", "create", longer)


@defect(
    "calcom-held-slot-offered",
    breaks=("reservations.create.hides",),
    story="Two visitors fill in the form for one slot; the slower one has typed for nothing.",
)
def held_slot_offered(mock: Mock) -> None:
    vacancies = mock.domain.vacancies

    def without_holds(session: Session, event_type: EventType, window: Slot, ignoring: Ignoring) -> list[Busy]:
        return vacancies.availability.booked(session, event_type, window, ignoring)

    vacancies.busy = without_holds


@defect(
    "calcom-slot-held-twice",
    breaks=("reservations.create.once",),
    story="Two visitors are told that the slot is theirs.",
)
def slot_held_twice(mock: Mock) -> None:
    reservations = mock.domain.reservations
    check = reservations.check

    def over_holds(session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        check(session, event_type, slot, replace(ignoring, reservations=True))

    reservations.check = over_holds


@defect(
    "calcom-booked-slot-held",
    breaks=("reservations.create.booked",),
    story="A visitor is told that a slot is held, and learns after the form that it was booked all along.",
)
def booked_slot_held(mock: Mock) -> None:
    reservations = mock.domain.reservations
    check = reservations.check

    def over_bookings(session: Session, event_type: EventType, slot: Slot, ignoring: Ignoring) -> None:
        try:
            check(session, event_type, slot, ignoring)
        except SlotReserved:
            raise
        except SlotTaken:
            return

    reservations.check = over_bookings


@defect(
    "calcom-hold-blocks-its-booking",
    breaks=("reservations.create.bookable",),
    story="Whoever holds a slot is told that somebody holds it.",
)
def hold_blocks_its_booking(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    request = requests.request

    def behind_holds(event_type: EventType, body: Mapping[str, Any]) -> BookingRequest:
        return replace(request(event_type, body), over_reservations=False)

    requests.request = behind_holds


@defect(
    "calcom-hold-unknown-event-type-400",
    breaks=("reservations.create.unknown-event-type",),
    story="A page that was deleted looks like a mistake in the form.",
)
def hold_unknown_event_type_400(mock: Mock) -> None:
    handlers = mock.calcom.resources.reservations
    event_type = handlers.event_type

    def vague(number: int) -> EventType:
        if number > 1_000_000:
            raise bad_request("The event type is invalid.")
        return event_type(number)

    handlers.event_type = vague


@defect(
    "calcom-anybody-holds-for-hours",
    breaks=("reservations.create.length-chosen",),
    story="A prankster blocks somebody's week with a few requests.",
)
def anybody_holds_for_hours(mock: Mock) -> None:
    handlers = mock.calcom.resources.reservations

    def as_asked(call: Call, event_type: EventType, body: Data) -> int:
        return int(body.get("reservationDuration") or handlers.default_minutes())

    handlers.minutes = as_asked


# Changing


@defect(
    "calcom-hold-stays-where-it-was",
    breaks=("reservations.update.moves",),
    story="A visitor who picks a later slot holds the earlier one.",
)
def hold_stays_where_it_was(mock: Mock) -> None:
    reservations = mock.domain.reservations
    move = reservations.move

    def stay(uid: str, wanted: Hold) -> Reservation:
        return move(uid, replace(wanted, start=reservations.get(uid).start))

    reservations.move = stay


@defect(
    "calcom-owner-holds-five-minutes",
    breaks=("reservations.update.longer",),
    story="An agent on the phone loses the slot while the caller spells a name.",
)
def owner_holds_five_minutes(mock: Mock) -> None:
    handlers = mock.calcom.resources.reservations
    minutes = handlers.minutes

    def usual(call: Call, event_type: EventType, body: Data) -> int:
        minutes(call, event_type, body)
        return handlers.default_minutes()

    handlers.minutes = usual


@defect(
    "calcom-released-hold-revived",
    breaks=("reservations.update.unknown",),
    story="A form left open blocks a slot that was released long ago.",
)
def released_hold_revived(mock: Mock) -> None:
    reservations = mock.domain.reservations
    move = reservations.move

    def revive(uid: str, wanted: Hold) -> Reservation:
        try:
            return move(uid, wanted)
        except NotFound:
            return reservations.hold(wanted)

    reservations.move = revive


# Ending


@defect(
    "calcom-release-keeps-hold",
    breaks=("reservations.release.frees",),
    story="A visitor who goes back blocks the slot all the same.",
)
def release_keeps_hold(mock: Mock) -> None:
    mock.domain.reservations.release = lambda uid: True


@defect(
    "calcom-released-hold-shown",
    breaks=("reservations.release.gone",),
    story="A page goes on counting down for a slot that is open to everybody.",
)
def released_hold_shown(mock: Mock) -> None:
    reservations = mock.domain.reservations
    get, release = reservations.get, reservations.release
    released: dict[str, Reservation] = {}

    def remember(uid: str) -> bool:
        try:
            released[uid] = get(uid)
        except NotFound:
            return False
        return release(uid)

    def recall(uid: str) -> Reservation:
        return released.get(uid) or get(uid)

    reservations.get, reservations.release = recall, remember


@defect(
    "calcom-hold-outlasts-its-end",
    breaks=("reservations.hold.expires",),
    story="Every visitor who closes the page takes a slot out of the week.",
)
def hold_outlasts_its_end(mock: Mock) -> None:
    reservations = mock.domain.reservations
    insert = reservations.insert

    def lasting(session: Session, reservation: Reservation) -> None:
        insert(session, replace(reservation, until=reservation.until + 7 * DAY))

    reservations.insert = lasting
