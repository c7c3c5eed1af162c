"""Seated bookings: attendees share a slot until it is full."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selftest_people import (
    DAY,
    HOUR,
    TEN,
    THREADS,
    at_once,
    event_type,
    heard,
    live,
    people_domain,
    request,
    starts,
)

from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED
from bookproof.mock.domain.errors import (
    AlreadyCancelled,
    AlreadyRescheduled,
    AlreadySeated,
    Invalid,
    NoSuchSeat,
    SeatsTaken,
    SlotTaken,
)
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import BookingRequest
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Store


@pytest.fixture(params=["memory", "file"])
def domain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Domain]:
    made = people_domain(Store(None if request.param == "memory" else tmp_path / "mock.sqlite"))
    yield made
    made.store.close()


def guest(what: EventType, number: int, start: int = TEN) -> BookingRequest:
    return request(what, start, f"guest{number}@example.com")


def test_attendees_of_a_slot_share_a_booking(domain: Domain) -> None:
    """The openings tell how many seats are taken; a full slot is not listed."""
    shared = event_type(domain, seats=2)
    first = domain.seats.take(guest(shared, 1))
    day = Slot(TEN - 10 * HOUR, TEN + 14 * HOUR)
    opening = next(item for item in domain.vacancies.find(shared, day) if item.start == TEN)
    assert (opening.seats_taken, opening.booking_code) == (1, first.booking.code)
    second = domain.seats.take(guest(shared, 2))
    assert second.booking.code == first.booking.code
    assert [seat.uid for seat in domain.seats.of_booking(first.booking.code)] == [first.seat.uid, second.seat.uid]
    assert TEN not in starts(domain, shared)
    with pytest.raises(SeatsTaken):
        domain.seats.take(guest(shared, 3))


def test_openings_are_listed_once_and_in_order(domain: Domain) -> None:
    """Whether somebody sits there or not."""
    shared = event_type(domain, seats=3)
    before = starts(domain, shared)
    domain.seats.take(guest(shared, 1))
    assert starts(domain, shared) == before


def test_nobody_sits_twice_in_a_slot(domain: Domain) -> None:
    """In whatever case the address is written, full or not."""
    shared = event_type(domain, seats=2)
    domain.seats.take(guest(shared, 1))
    for _ in range(2):
        with pytest.raises(AlreadySeated):
            domain.seats.take(request(shared, email="GUEST1@example.com"))
        if len(domain.seats.of_booking(_code(domain, shared))) == 1:
            domain.seats.take(guest(shared, 2))


def _code(domain: Domain, what: EventType) -> str:
    with domain.store.read() as session:
        booking = domain.vacancies.meeting(session, what, Slot(TEN, TEN + 1_800))
    assert booking is not None
    return booking.code


def test_a_shared_slot_is_busy_for_everything_else(domain: Domain) -> None:
    """Other event types, and starts of the same one that overlap."""
    shared = event_type(domain, seats=5, rules={"durations": (60,), "interval": 30})
    other = event_type(domain, "other")
    domain.seats.take(guest(shared, 1))
    found = starts(domain, shared)
    assert TEN in found
    assert not {TEN - 1_800, TEN + 1_800} & set(found)
    with pytest.raises(SlotTaken):
        domain.public_bookings.create(request(other))
    with pytest.raises(SlotTaken):
        domain.seats.take(guest(shared, 2, TEN + 1_800))


def test_a_shared_slot_is_closed_where_the_host_is_busy_elsewhere(domain: Domain) -> None:
    """Though somebody sits there, nobody else can join."""
    shared = event_type(domain, seats=5)
    domain.seats.take(guest(shared, 1))
    domain.availability.add_source(lambda *_: [Busy(TEN + 600, TEN + 1_200, 0, 0, "")])
    assert TEN not in starts(domain, shared)
    with pytest.raises(SlotTaken):
        domain.seats.take(guest(shared, 2))


def test_a_booking_from_before_there_were_seats_is_not_shared(domain: Domain) -> None:
    """Its attendee has the slot for himself."""
    thirty = event_type(domain)
    domain.public_bookings.create(request(thirty))
    shared = domain.event_types.put(replace(thirty, seats=5))
    assert TEN not in starts(domain, shared)
    with pytest.raises(SlotTaken) as caught:
        domain.seats.take(guest(shared, 1))
    assert caught.type is SlotTaken


def test_an_event_type_without_seats_has_none(domain: Domain) -> None:
    """It is refused, not booked."""
    with pytest.raises(Invalid):
        domain.seats.take(guest(event_type(domain), 1))


def test_many_get_as_many_seats_as_there_are(domain: Domain) -> None:
    """One booking, three seats, the others refused."""
    shared = event_type(domain, seats=3)
    outcomes = at_once(lambda n: domain.seats.take(guest(shared, n)))
    assert outcomes.count(SeatsTaken) == THREADS - 3
    codes = {outcome.booking.code for outcome in outcomes if not isinstance(outcome, type)}
    assert len(codes) == 1
    assert len(domain.seats.of_booking(codes.pop())) == 3


def test_a_seat_that_is_left_is_free_and_the_last_one_cancels(domain: Domain) -> None:
    """The slot can be booked anew; a cancelled booking keeps its last seat."""
    shared = event_type(domain, seats=2)
    events = heard(domain)
    first, second = domain.seats.take(guest(shared, 1)), domain.seats.take(guest(shared, 2))
    code = first.booking.code
    assert domain.seats.leave(code, first.seat.uid).status == CONFIRMED
    with pytest.raises(NoSuchSeat):
        domain.seats.leave(code, first.seat.uid)
    third = domain.seats.take(guest(shared, 3))
    domain.seats.leave(code, second.seat.uid)
    assert domain.seats.leave(code, third.seat.uid).status == CANCELLED
    assert [seat.uid for seat in domain.seats.of_booking(code)] == [third.seat.uid]
    with pytest.raises(AlreadyCancelled):
        domain.seats.leave(code, third.seat.uid)
    assert domain.seats.take(guest(shared, 4)).booking.code != code
    told = [(event.name.partition(".")[2], event.about["seat"] == first.seat.uid) for event in events]
    assert told[:3] == [("created", True), ("created", False), ("cancelled", True)]


def test_an_attendee_moves_alone(domain: Domain) -> None:
    """To an empty slot, then to one where somebody sits; the others stay."""
    shared = event_type(domain, seats=2)
    first, second = domain.seats.take(guest(shared, 1)), domain.seats.take(guest(shared, 2))
    moved = domain.seats.move(first.booking.code, first.seat.uid, TEN + HOUR)
    assert (moved.booking.start, moved.booking.attendee.email) == (TEN + HOUR, "guest1@example.com")
    assert domain.public_bookings.get(first.booking.code).status == CONFIRMED
    joined = domain.seats.move(second.booking.code, second.seat.uid, TEN + HOUR)
    assert joined.booking.code == moved.booking.code
    left = domain.public_bookings.get(first.booking.code)
    assert (left.status, left.rescheduled_to) == (CANCELLED, moved.booking.code)
    with pytest.raises(AlreadyRescheduled):
        domain.seats.move(first.booking.code, second.seat.uid, TEN)
    third = domain.seats.take(guest(shared, 3))
    with pytest.raises(SeatsTaken):
        domain.seats.move(third.booking.code, third.seat.uid, TEN + HOUR)
    assert TEN in {start for start, _ in live(domain)}


def test_who_sits_alone_takes_the_booking_along(domain: Domain) -> None:
    """Also to a time that overlaps the old one."""
    shared = event_type(domain, seats=2, rules={"durations": (60,), "interval": 30})
    first = domain.seats.take(guest(shared, 1))
    moved = domain.seats.move(first.booking.code, first.seat.uid, TEN + 1_800)
    assert moved.booking.rescheduled_from == first.booking.code
    assert moved.seat == replace(first.seat, booking_code=moved.booking.code)
    assert domain.seats.of_booking(moved.booking.code) == [moved.seat]


def test_a_host_moves_and_cancels_all_seats(domain: Domain) -> None:
    """Everybody comes along; nobody's slot is joined."""
    shared = event_type(domain, seats=3)
    for number in (1, 2):
        seated = domain.seats.take(guest(shared, number))
    domain.seats.take(guest(shared, 3, TEN + HOUR))
    with pytest.raises(SlotTaken) as caught:
        domain.seats.move_all(seated.booking.code, TEN + HOUR)
    assert caught.type is SlotTaken
    moved = domain.seats.move_all(seated.booking.code, TEN + DAY)
    assert len(domain.seats.of_booking(moved.code)) == 2
    assert domain.public_bookings.cancel(moved.code).status == CANCELLED
    assert len(domain.seats.of_booking(moved.code)) == 2
