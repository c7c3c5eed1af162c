"""Reservations: held slots are busy for everybody until they are released, used or over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selftest_people import (
    DAY,
    HOUR,
    NOW,
    TEN,
    THREADS,
    at_once,
    event_type,
    people_domain,
    request,
    starts,
)

from bookproof.mock.components import Domain
from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.errors import InThePast, Invalid, NotFound, SeatsTaken, SlotReserved, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.public_bookings import Change
from bookproof.mock.domain.reservations import Hold
from bookproof.mock.store import Store

UNTIL = NOW + 300


@pytest.fixture(params=["memory", "file"])
def domain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Domain]:
    made = people_domain(Store(None if request.param == "memory" else tmp_path / "mock.sqlite"))
    yield made
    made.store.close()


def hold(what: EventType, start: int = TEN, **more: int) -> Hold:
    return Hold(what.number, start, **{"until": UNTIL, **more})


def test_a_held_slot_is_gone_for_all_event_types_of_the_host(domain: Domain) -> None:
    """It is neither listed, nor booked, nor held again."""
    thirty, other = event_type(domain), event_type(domain, "other", rules={"durations": (60,), "interval": 30})
    made = domain.reservations.hold(hold(thirty))
    assert (made.start, made.end, made.event_type_number) == (TEN, TEN + 1_800, thirty.number)
    assert domain.reservations.get(made.uid) == made
    assert TEN not in starts(domain, thirty)
    assert not {TEN - 1_800, TEN} & set(starts(domain, other))
    with pytest.raises(SlotReserved):
        domain.public_bookings.create(request(other, TEN - 1_800))
    with pytest.raises(SlotReserved):
        domain.reservations.hold(hold(other))


def test_a_booked_slot_cannot_be_held(domain: Domain) -> None:
    """The refusal is another one than that for a held slot; a cancelled booking is no reason."""
    thirty = event_type(domain)
    booking = domain.public_bookings.create(request(thirty))
    with pytest.raises(SlotTaken) as caught:
        domain.reservations.hold(hold(thirty))
    assert caught.type is SlotTaken
    domain.public_bookings.cancel(booking.code)
    domain.reservations.hold(hold(thirty))


def test_the_time_left_by_a_move_can_be_held(domain: Domain) -> None:
    """A booking that was moved away holds nothing."""
    thirty = event_type(domain)
    booking = domain.public_bookings.create(request(thirty))
    domain.public_bookings.reschedule(booking.code, TEN + DAY)
    assert domain.reservations.hold(hold(thirty)).start == TEN


def test_a_hold_ends_by_the_clock(domain: Domain) -> None:
    """To the second; afterwards it is as if it had never been."""
    thirty = event_type(domain)
    made = domain.reservations.hold(hold(thirty))
    domain.clock.freeze(UNTIL - 1)
    assert TEN not in starts(domain, thirty)
    domain.clock.freeze(UNTIL)
    assert TEN in starts(domain, thirty)
    with pytest.raises(NotFound):
        domain.reservations.get(made.uid)
    assert not domain.reservations.release(made.uid)
    domain.reservations.hold(hold(thirty, until=UNTIL + 300))


def test_a_released_slot_is_open_at_once(domain: Domain) -> None:
    """Releasing twice tells that nothing was held."""
    thirty = event_type(domain)
    made = domain.reservations.hold(hold(thirty))
    assert domain.reservations.release(made.uid)
    assert TEN in starts(domain, thirty)
    assert not domain.reservations.release(made.uid)


def test_a_hold_can_be_moved_and_made_longer(domain: Domain) -> None:
    """Its own time does not block it; a refused move leaves it."""
    thirty = event_type(domain)
    made = domain.reservations.hold(hold(thirty))
    longer = domain.reservations.move(made.uid, hold(thirty, until=UNTIL + 300))
    assert (longer.uid, longer.start, longer.until) == (made.uid, TEN, UNTIL + 300)
    domain.reservations.move(made.uid, hold(thirty, TEN + HOUR))
    assert TEN in starts(domain, thirty)
    assert TEN + HOUR not in starts(domain, thirty)
    domain.public_bookings.create(request(thirty))
    with pytest.raises(SlotTaken):
        domain.reservations.move(made.uid, hold(thirty))
    assert domain.reservations.get(made.uid).start == TEN + HOUR
    with pytest.raises(NotFound):
        domain.reservations.move("nothing", hold(thirty))


def test_a_booking_uses_its_reservation(domain: Domain) -> None:
    """It goes with the booking: after a cancellation the slot is open."""
    thirty = event_type(domain)
    made = domain.reservations.hold(hold(thirty))
    assert TEN in starts(domain, thirty, ignoring=Ignoring(reservation=made.uid))
    booking = domain.public_bookings.create(request(thirty, reservation=made.uid))
    domain.public_bookings.cancel(booking.code)
    assert TEN in starts(domain, thirty)


def test_a_booking_over_all_reservations_ends_them(domain: Domain) -> None:
    """Where a dialect has no way to name the reservation."""
    thirty = event_type(domain)
    domain.reservations.hold(hold(thirty))
    kept = domain.reservations.hold(hold(thirty, TEN + HOUR))
    domain.public_bookings.create(request(thirty, over_reservations=True))
    assert [item.uid for item in domain.reservations.live(thirty)] == [kept.uid]


def test_a_hold_stands_in_the_way_of_a_move_unless_it_goes_over_it(domain: Domain) -> None:
    """Then the hold ends with the move."""
    thirty = event_type(domain)
    booking = domain.public_bookings.create(request(thirty, TEN + DAY))
    domain.reservations.hold(hold(thirty))
    with pytest.raises(SlotReserved):
        domain.public_bookings.reschedule(booking.code, TEN)
    assert domain.public_bookings.reschedule(booking.code, TEN, Change(over_reservations=True)).start == TEN
    assert domain.reservations.live(thirty) == []


def test_of_many_one_gets_the_hold(domain: Domain) -> None:
    """Holding and booking race for one slot: one of them has it."""
    thirty = event_type(domain)

    def race(number: int) -> object:
        if number % 2:
            return domain.reservations.hold(hold(thirty))
        return domain.public_bookings.create(request(thirty))

    outcomes = at_once(race)
    refused = [outcome for outcome in outcomes if isinstance(outcome, type)]
    assert len(refused) == THREADS - 1
    assert set(refused) <= {SlotTaken, SlotReserved}


def test_holds_take_seats(domain: Domain) -> None:
    """A slot with two seats can be held twice, or held and booked; then it is full."""
    shared = event_type(domain, seats=2)
    first = domain.reservations.hold(hold(shared))
    domain.reservations.hold(hold(shared))
    with pytest.raises(SeatsTaken):
        domain.reservations.hold(hold(shared))
    with pytest.raises(SeatsTaken):
        domain.seats.take(request(shared))
    assert TEN not in starts(domain, shared)
    domain.seats.take(request(shared, reservation=first.uid))
    with pytest.raises(SeatsTaken):
        domain.seats.take(request(shared, email="b@example.com"))
    domain.clock.freeze(UNTIL)
    domain.seats.take(request(shared, email="b@example.com"))


def test_what_cannot_be_is_not_held(domain: Domain) -> None:
    """The past, an unknown event type, a duration that is not offered."""
    thirty = event_type(domain)
    with pytest.raises(InThePast):
        domain.reservations.hold(hold(thirty, NOW))
    with pytest.raises(NotFound):
        domain.reservations.hold(Hold(99_999, TEN, UNTIL))
    with pytest.raises(Invalid):
        domain.reservations.hold(hold(thirty, duration=45))
