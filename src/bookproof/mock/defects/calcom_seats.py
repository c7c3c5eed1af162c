"""Defects of the Cal.com dialect: slots that attendees share, and bookings that repeat."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Mapping
from copy import copy
from typing import Any, cast

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import StillBusy, change_answer, change_made, overlook
from bookproof.mock.dialects.calcom_v2.booking_presenter import Viewer
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import DAY
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change
from bookproof.mock.domain.seat_records import Seat
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.vacancies import Opening
from bookproof.mock.store import Session

# Seats


@defect(
    "calcom-seat-not-named",
    breaks=("seats.take.named",),
    story="Attendees cannot give their seat back, since nobody told them which it is.",
)
def seat_not_named(mock: Mock) -> None:
    def unnamed(data: Any, wanted: BookingRequest) -> Any:
        if isinstance(data, dict):
            cast("dict[str, Any]", data).pop("seatUid", None)
        return cast("Any", data)

    change_made(mock, unnamed)


@defect(
    "calcom-full-slot-takes-more",
    breaks=("seats.full.refused",),
    story="A course for twelve has thirteen people in it.",
)
def full_slot_takes_more(mock: Mock) -> None:
    def unlimited(session: Session, event_type: EventType, slot: Slot, ignoring: Any) -> None:
        return None

    mock.domain.vacancies.check_room = unlimited


@defect(
    "calcom-full-slot-listed",
    breaks=("seats.full.unlisted",),
    story="A course without a free place is advertised for weeks.",
)
def full_slot_listed(mock: Mock) -> None:
    vacancies = mock.domain.vacancies

    def roomy(event_type: EventType, occupied: int) -> bool:
        return True

    def offer(event_type: EventType, window: Slot, **how: Any) -> list[Opening]:
        endless = copy(vacancies)
        endless.has_room = roomy
        return type(endless).find(endless, event_type, window, **how)

    vacancies.find = offer


@defect(
    "calcom-attendees-shown-to-strangers",
    breaks=("seats.strangers.hidden",),
    story="Whoever has the link of a group session reads names and addresses of all who come.",
)
def attendees_shown_to_strangers(mock: Mock) -> None:
    def everybody(booking: Booking, event_type: EventType | None, viewer: Viewer) -> bool:
        return True

    mock.calcom.resources.bookings.presenter.sees_attendees = everybody


@defect(
    "calcom-host-sees-one-attendee",
    breaks=("seats.host.sees",),
    story="A host prepares for one person, and a group comes in.",
)
def host_sees_one_attendee(mock: Mock) -> None:
    presenter = mock.calcom.resources.bookings.presenter
    attendees = presenter.seated_attendees

    def first(booking: Booking, event_type: EventType | None, viewer: Viewer) -> list[dict[str, Any]]:
        return attendees(booking, event_type, viewer)[:1]

    presenter.seated_attendees = first


@defect(
    "calcom-left-seat-stays-taken",
    breaks=("seats.leave.frees",),
    story="People who have cancelled still fill the course.",
)
def left_seat_stays_taken(mock: Mock) -> None:
    def keep(session: Session, seat: Seat) -> None:
        return None

    mock.domain.seats.vacate = keep


@defect(
    "calcom-left-slot-not-offered",
    breaks=("seats.leave.frees",),
    story="A free place in a course is advertised only once everybody else has cancelled, too.",
)
def left_slot_not_offered(mock: Mock) -> None:
    vacancies = mock.domain.vacancies
    find = vacancies.find

    def untouched(event_type: EventType, window: Slot, **how: Any) -> list[Opening]:
        return [opening for opening in find(event_type, window, **how) if not opening.seats_taken]

    vacancies.find = untouched


@defect(
    "calcom-leaving-ends-the-course",
    breaks=("seats.leave.others",),
    story="One person cancels, and the whole course is called off.",
)
def leaving_ends_the_course(mock: Mock) -> None:
    def only(session: Session, booking: Booking) -> bool:
        return True

    mock.domain.seats.is_last = only


@defect(
    "calcom-seats-not-counted",
    breaks=("seats.slots.counts",),
    story="A group of three is shown room for three, and one of them is sent home.",
)
def seats_not_counted(mock: Mock) -> None:
    slots = mock.calcom.resources.slots
    seats = slots.seats

    def all_free(total: int, opening: Opening) -> dict[str, Any]:
        return seats(total, opening) | {"seatsRemaining": total}

    slots.seats = all_free


@defect(
    "calcom-last-seat-left-blocks-slot",
    breaks=("seats.leave.last",),
    story="A course that everybody has left can never be booked again.",
)
def last_seat_left_blocks_slot(mock: Mock) -> None:
    bookings, still_busy = mock.domain.public_bookings, StillBusy(mock)
    call_off = bookings.call_off

    def blocked(session: Session, booking: Booking, change: Change, about: Mapping[str, Any] | None = None) -> Booking:
        if booking.seated and about is not None:
            still_busy.add(booking)
        return call_off(session, booking, change, about)

    bookings.call_off = blocked


# Series


@defect(
    "calcom-series-latest-first",
    breaks=("series.create.list",),
    story="The first booking of a series is shown as its last.",
)
def series_latest_first(mock: Mock) -> None:
    def reversed_series(data: Any, wanted: BookingRequest) -> Any:
        return cast("list[Any]", data)[::-1] if isinstance(data, list) else data

    change_made(mock, reversed_series)


@defect(
    "calcom-series-a-day-late",
    breaks=("series.create.interval",),
    story="Who books every Monday comes on a Monday, then on a Tuesday.",
)
def series_a_day_late(mock: Mock) -> None:
    series = mock.domain.series
    starts = series.starts

    def late(event_type: EventType, wanted: BookingRequest, count: int | None) -> list[int]:
        first, *later = starts(event_type, wanted, count)
        return [first, *(start + DAY for start in later)]

    series.starts = late


@defect(
    "calcom-series-too-long-accepted",
    breaks=("series.create.too-many",),
    story="A client asks for four meetings, gets three, and is not told.",
)
def series_too_long_accepted(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    count = requests.count

    def shortened(event_type: EventType, body: Mapping[str, Any]) -> int | None:
        asked = body.get("recurrenceCount")
        if asked is None or event_type.recurrence is None:
            return count(event_type, body)
        return min(int(asked), event_type.recurrence.occurrences)

    requests.count = shortened


@defect(
    "calcom-series-holds-first-only",
    breaks=("series.holds",),
    story="All meetings of a series but the first are sold to others as well.",
)
def series_holds_first_only(mock: Mock) -> None:
    series, later = mock.domain.series, set[int]()
    starts = series.starts

    def remember(event_type: EventType, wanted: BookingRequest, count: int | None) -> list[int]:
        found = starts(event_type, wanted, count)
        later.update(found[1:])
        return found

    def repeated(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        return busy.start in later

    series.starts = remember
    overlook(mock, repeated)


@defect(
    "calcom-series-read-shows-first",
    breaks=("series.read",),
    story="Whoever looks up a series sees its first meeting, and misses the others.",
)
def series_read_shows_first(mock: Mock) -> None:
    def cut(call: Call, body: dict[str, Any]) -> None:
        if isinstance(body["data"], list):
            body["data"] = body["data"][:1]

    change_answer(mock.calcom.resources.bookings, "show", cut)


@defect(
    "calcom-series-cancels-first-only",
    breaks=("series.cancel",),
    story="A client who has called off the whole series is expected again next week.",
)
def series_cancels_first_only(mock: Mock) -> None:
    all_of_them = mock.domain.series

    def one(series: str, change: Change = PLAIN) -> list[Booking]:
        first, *others = all_of_them.get(series)
        return [mock.domain.public_bookings.cancel(first.code, change), *others]

    all_of_them.cancel = one
