"""Defects of the Cal.com dialect: bookings that are made, kept, shown and refused."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.calcom_booking_seams import (
    change_made,
    check_slots,
    has_guests,
    overlook,
    unseeing,
)
from bookproof.mock.defects.seams import without_unique_starts
from bookproof.mock.dialects.calcom_v2.errors import UNAVAILABLE, Refusal, bad_request, not_found
from bookproof.mock.dialects.calcom_v2.moments import shown
from bookproof.mock.domain.booking_records import Attendee, Booking
from bookproof.mock.domain.booking_searches import BookingSearch
from bookproof.mock.domain.errors import SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.domain.vacancies import Opening, Vacancies
from bookproof.mock.store import Session

_AN_HOUR = 3_600


# What is answered and kept


@defect(
    "calcom-create-answers-other-start",
    breaks=("bookings.create.answers", "bookings.read.agrees"),
    story="The confirmation names an hour that was not booked, whenever somebody is brought along.",
)
def create_answers_other_start(mock: Mock) -> None:
    def shift(data: Any, wanted: BookingRequest) -> Any:
        return {**data, "start": shown(wanted.start + _AN_HOUR)} if has_guests(wanted) else data

    change_made(mock, shift)


@defect(
    "calcom-new-booking-unlisted",
    breaks=("bookings.create.stored",),
    story="Bookings to which somebody is brought along are missing from every list.",
)
def new_booking_unlisted(mock: Mock) -> None:
    searches = mock.domain.searches
    condition = searches.condition

    def without_guests(search: BookingSearch) -> tuple[str, list[Any]]:
        where, values = condition(search)
        return f"{where} AND coalesce(json_array_length(b.details, '$.guests'), 0) = 0", values

    searches.condition = without_guests


@defect(
    "calcom-created-is-pending",
    breaks=("bookings.create.accepted", "bookings.read.agrees"),
    story="A client who brings somebody along waits for a confirmation that nobody is asked for.",
)
def created_is_pending(mock: Mock) -> None:
    def wait(data: Any, wanted: BookingRequest) -> Any:
        return {**data, "status": "pending"} if has_guests(wanted) else data

    change_made(mock, wait)


def _without_detail(mock: Mock, name: str, empty: Any) -> None:
    requests = mock.calcom.resources.bookings.requests
    details = requests.details

    def dropped(event_type: EventType, body: Mapping[str, Any]) -> dict[str, Any]:
        return details(event_type, body) | {name: empty}

    requests.details = dropped


@defect(
    "calcom-metadata-dropped",
    breaks=("bookings.create.kept",),
    story="An integration cannot tell any more which of its orders a booking belongs to.",
)
def metadata_dropped(mock: Mock) -> None:
    _without_detail(mock, "metadata", {})


@defect(
    "calcom-language-dropped",
    breaks=("bookings.create.kept",),
    story="A client who booked in German gets every mail in English.",
)
def language_dropped(mock: Mock) -> None:
    _without_detail(mock, "language", "en")


@defect(
    "calcom-attendee-in-another-zone",
    breaks=("bookings.create.attendee",),
    story="Reminders tell clients the hour of a city that they do not live in.",
)
def attendee_in_another_zone(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    attendee = requests.attendee

    def at_home(event_type: EventType, body: Mapping[str, Any]) -> Attendee:
        return replace(attendee(event_type, body), time_zone=event_type.rules.time_zone)

    requests.attendee = at_home


@defect(
    "calcom-booking-without-host",
    breaks=("bookings.create.host",),
    story="The confirmation does not say whom the client will meet.",
)
def booking_without_host(mock: Mock) -> None:
    def nobody(booking: Booking) -> Person | None:
        return None

    mock.calcom.resources.bookings.presenter.host = nobody


@defect(
    "calcom-times-with-offset",
    breaks=("bookings.create.utc",),
    story="Clients that compare times as texts take every booking for another one.",
)
def times_with_offset(mock: Mock) -> None:
    def with_offset(instant: int) -> str:
        return shown(instant).replace("Z", "+00:00")

    mock.calcom.resources.bookings.presenter.time = with_offset


# What is booked


@defect(
    "calcom-slug-not-found",
    breaks=("bookings.create.by-slug",),
    story="Booking pages that know username and slug find nothing to book.",
)
def slug_not_found(mock: Mock) -> None:
    def lost(username: str, slug: str) -> EventType:
        raise not_found(f"Event type with slug {slug} belonging to user {username} not found.")

    mock.calcom.resources.bookings.event_type_by_slug = lost


@defect(
    "calcom-unknown-slug-is-bad-request",
    breaks=("bookings.rules.unknown-slug",),
    story="A client cannot tell a page that is gone from a mistake of its own.",
)
def unknown_slug_is_bad_request(mock: Mock) -> None:
    handlers = mock.calcom.resources.bookings
    by_slug = handlers.event_type_by_slug

    def confused(username: str, slug: str) -> EventType:
        try:
            return by_slug(username, slug)
        except Refusal as failure:
            raise bad_request(failure.message) from None

    handlers.event_type_by_slug = confused


@defect(
    "calcom-offset-ignored",
    breaks=("bookings.create.offset",),
    story="Whoever books from another country is expected hours too early or too late.",
)
def offset_ignored(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    start = requests.start

    def without_offset(written: str) -> int:
        return start(f"{written[:19]}Z")

    requests.start = without_offset


@defect(
    "calcom-length-ignored",
    breaks=("bookings.create.length",),
    story="A client who needs an hour gets half of one.",
)
def length_ignored(mock: Mock) -> None:
    requests = mock.calcom.resources.bookings.requests
    length = requests.length

    def default(event_type: EventType, body: Mapping[str, Any]) -> int | None:
        length(event_type, body)

    requests.length = default


def _lenient_length(mock: Mock, *, fixed: bool) -> None:
    requests = mock.calcom.resources.bookings.requests
    length = requests.length

    def lenient(event_type: EventType, body: Mapping[str, Any]) -> int | None:
        try:
            return length(event_type, body)
        except Refusal:
            if (len(event_type.rules.durations) == 1) != fixed:
                raise
            return None

    requests.length = lenient


@defect(
    "calcom-unknown-length-accepted",
    breaks=("bookings.create.length-not-offered",),
    story="A client who asks for three quarters of an hour is booked for half an hour, and not told.",
)
def unknown_length_accepted(mock: Mock) -> None:
    _lenient_length(mock, fixed=False)


@defect(
    "calcom-length-of-fixed-accepted",
    breaks=("bookings.create.length-fixed",),
    story="A client chooses a length where there is none to choose, and gets another.",
)
def length_of_fixed_accepted(mock: Mock) -> None:
    _lenient_length(mock, fixed=True)


# Conflicts


@defect(
    "calcom-double-booking-accepted",
    breaks=("bookings.create.taken",),
    story="Two clients stand at the door at the same hour.",
)
def double_booking_accepted(mock: Mock) -> None:
    def same(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        return (busy.event_type_code, busy.start) == (event_type.code, slot.start)

    overlook(mock, same)


@defect(
    "calcom-exact-start-only",
    breaks=("bookings.create.overlap",),
    story="A long meeting is booked into the middle of another.",
)
def exact_start_only(mock: Mock) -> None:
    def across(event_type: EventType, slot: Slot, busy: Busy) -> bool:
        return busy.start < slot.end and slot.start < busy.end and busy.start != slot.start

    overlook(mock, across)


@defect(
    "calcom-refused-but-stored",
    breaks=("bookings.create.refused-stores-nothing", "bookings.race.stored"),
    story="A client who was told that the slot is taken is expected all the same.",
)
def refused_but_stored(mock: Mock) -> None:
    without_unique_starts(mock)
    bookings = mock.domain.public_bookings
    create = bookings.create

    def store_anyway(wanted: BookingRequest) -> Booking:
        try:
            return create(wanted)
        except SlotTaken:
            with mock.domain.store.write() as session:
                event_type = mock.domain.event_types.by_number(session, wanted.event_type_number)
                if not event_type.requires_confirmation:
                    bookings.keep(session, bookings.draft(event_type, wanted, bookings.slot(event_type, wanted)))
            raise

    bookings.create = store_anyway


@defect(
    "calcom-taken-says-nothing",
    breaks=("bookings.create.refused-says-why", "envelopes.error.message"),
    story="A client whose slot is gone is shown an error without words.",
)
def taken_says_nothing(mock: Mock) -> None:
    def wordless() -> Refusal:
        return bad_request("", {})

    mock.calcom.resources.bookings.refusals.taken = wordless


@defect(
    "calcom-listed-slot-refused",
    breaks=("slots.listed.bookable",),
    story="A free slot is refused as taken whenever somebody is brought along.",
)
def listed_slot_refused(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    create = bookings.create

    def refuse(wanted: BookingRequest) -> Booking:
        if has_guests(wanted):
            raise SlotTaken(UNAVAILABLE)
        return create(wanted)

    bookings.create = refuse


@defect(
    "calcom-booked-slot-listed",
    breaks=("slots.booked.disappears", "bookings.race.slots"),
    story="A slot that is somebody's is offered to everybody.",
)
def booked_slot_listed(mock: Mock) -> None:
    vacancies = mock.domain.vacancies
    find = vacancies.find

    def offer(event_type: EventType, window: Slot, **how: Any) -> list[Opening]:
        if event_type.seats is not None:
            return find(event_type, window, **how)
        blind = copy(vacancies)
        blind.availability = copy(vacancies.availability)
        unseeing(blind, lambda busy: busy.event_type_code == event_type.code)
        return type(blind).find(blind, event_type, window, **how)

    vacancies.find = offer


@defect(
    "calcom-off-hours-accepted",
    breaks=("slots.unlisted.refused",),
    story="A client is booked at three in the morning.",
)
def off_hours_accepted(mock: Mock) -> None:
    def change(vacancies: Vacancies, event_type: EventType, slot: Slot) -> EventType:
        vacancies.availability.check_offered = anywhere
        return event_type

    def anywhere(event_type: EventType, slot: Slot) -> None:
        return None

    check_slots(mock, change)


@defect(
    "calcom-past-accepted",
    breaks=("errors.validation.past-start",),
    story="A meeting is booked for the day before yesterday.",
)
def past_accepted(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    check = bookings.check_slot

    def any_day(session: Session, event_type: EventType, slot: Slot, ignoring: Any) -> None:
        if slot.start > mock.domain.clock.now():
            check(session, event_type, slot, ignoring)

    bookings.check_slot = any_day
