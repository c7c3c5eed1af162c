"""Bookings that anybody may make, and what hosts decide of them."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selftest_people import (
    ADA,
    DAY,
    HOUR,
    NOW,
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

from bookproof.mock.components import Domain, compose_domain
from bookproof.mock.domain.availability import Ignoring
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, PENDING, REJECTED
from bookproof.mock.domain.errors import (
    AlreadyCancelled,
    AlreadyRescheduled,
    Ended,
    InThePast,
    Invalid,
    NotChangeable,
    NotFound,
    NotPending,
    NotStarted,
    SlotRaced,
    SlotTaken,
    SlotUnavailable,
    TooLate,
    TooSoon,
)
from bookproof.mock.domain.event_types import Question
from bookproof.mock.domain.events import EVENT_NAMES
from bookproof.mock.domain.public_bookings import Change
from bookproof.mock.domain.slots import Busy
from bookproof.mock.store import Store


@pytest.fixture(params=["memory", "file"])
def domain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Domain]:
    made = people_domain(Store(None if request.param == "memory" else tmp_path / "mock.sqlite"))
    yield made
    made.store.close()


def test_a_booking_is_kept_as_it_was_made(domain: Domain) -> None:
    """With a number of its own, and with everything that was said."""
    thirty = event_type(domain)
    details = {"guests": ["guest@example.com"], "metadata": {"a": "b"}}
    made = domain.public_bookings.create(request(thirty, details=details, notes="Hello"))
    found = domain.public_bookings.get(made.code)
    assert found == made
    assert (found.number, found.details, found.status) == (made.number, details, CONFIRMED)
    assert made.number > 0
    assert found.account_id == ADA
    assert TEN not in starts(domain, thirty)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (NOW, InThePast),
        (NOW + HOUR, TooSoon),
        (TEN + 7 * DAY, TooLate),
        (TEN + 900, SlotUnavailable),
        (TEN - 2 * HOUR, SlotUnavailable),
    ],
)
def test_each_refusal_has_a_name(domain: Domain, start: int, refusal: type[Exception]) -> None:
    """Past, notice, period, grid and hours are told apart, and nothing is stored."""
    what = event_type(domain, rules={"minimum_notice": 120, "maximum_notice": 7})
    before = live(domain)
    with pytest.raises(refusal) as caught:
        domain.public_bookings.create(request(what, start))
    assert caught.type is refusal
    assert live(domain) == before


def test_a_required_question_must_be_answered(domain: Domain) -> None:
    """The refusal names it."""
    what = event_type(domain, questions=(Question("topic", "Topic", True),))
    with pytest.raises(Invalid, match="topic"):
        domain.public_bookings.create(request(what))
    assert domain.public_bookings.create(request(what, answers={"topic": "x"})).answers == {"topic": "x"}


def test_one_slot_has_one_winner_across_event_types(domain: Domain) -> None:
    """Whichever of the host's event types is booked."""
    kinds = [event_type(domain, f"kind-{number}") for number in range(3)]
    outcomes = at_once(lambda n: domain.public_bookings.create(request(kinds[n % 3])))
    assert outcomes.count(SlotTaken) == THREADS - 1
    assert [start for start, _ in live(domain)].count(TEN) == 1


def test_the_index_is_a_second_line(domain: Domain) -> None:
    """What gets past the checks has a refusal of its own."""
    domain.vacancies.check = lambda *_, **__: None  # type: ignore[method-assign]
    thirty = event_type(domain)
    domain.public_bookings.create(request(thirty))
    with pytest.raises(SlotRaced):
        domain.public_bookings.create(request(thirty))


def test_a_move_makes_a_new_booking_of_the_same_length(domain: Domain) -> None:
    """The old one is cancelled, each names the other, and its time is open again."""
    what = event_type(domain, rules={"durations": (30, 60)})
    old = domain.public_bookings.create(request(what, duration=60))
    new = domain.public_bookings.reschedule(old.code, TEN + DAY, Change("Ill", "zoe@example.com"))
    moved_away = domain.public_bookings.get(old.code)
    assert (moved_away.status, moved_away.rescheduled_to) == (CANCELLED, new.code)
    assert (new.end - new.start, new.rescheduled_from, new.status) == (HOUR, old.code, CONFIRMED)
    assert new.details["reschedule_reason"] == "Ill"
    assert new.number > old.number
    assert TEN in starts(domain, what)
    with pytest.raises(AlreadyRescheduled) as caught:
        domain.public_bookings.reschedule(old.code, TEN)
    assert caught.value.successor == new.code


def test_a_move_to_its_own_time_makes_a_new_booking(domain: Domain) -> None:
    """The booking does not block itself, wholly or in part."""
    what = event_type(domain, rules={"durations": (60,), "interval": 30})
    first = domain.public_bookings.create(request(what))
    second = domain.public_bookings.reschedule(first.code, TEN)
    third = domain.public_bookings.reschedule(second.code, TEN + 1_800)
    assert len({first.code, second.code, third.code}) == 3
    assert (TEN + 1_800, TEN + 1_800 + HOUR) in live(domain)


def test_a_refused_move_leaves_everything(domain: Domain) -> None:
    """The old booking stands as it was."""
    thirty = event_type(domain)
    first = domain.public_bookings.create(request(thirty))
    domain.public_bookings.create(request(thirty, TEN + HOUR))
    with pytest.raises(SlotTaken):
        domain.public_bookings.reschedule(first.code, TEN + HOUR)
    assert domain.public_bookings.get(first.code) == first


def test_what_is_cancelled_or_over_cannot_be_changed(domain: Domain) -> None:
    """Each case has its refusal; a cancelled slot can be booked again."""
    thirty = event_type(domain)
    booking = domain.public_bookings.create(request(thirty))
    cancelled = domain.public_bookings.cancel(booking.code, Change("No time", "zoe@example.com"))
    assert (cancelled.cancel_reason, cancelled.details["cancelled_by"]) == ("No time", "zoe@example.com")
    with pytest.raises(AlreadyCancelled):
        domain.public_bookings.cancel(booking.code)
    with pytest.raises(AlreadyCancelled):
        domain.public_bookings.reschedule(booking.code, TEN + HOUR)
    again = domain.public_bookings.create(request(thirty))
    domain.clock.advance(TEN + HOUR - NOW)
    for refused in (domain.public_bookings.cancel, lambda code: domain.public_bookings.reschedule(code, TEN + DAY)):
        with pytest.raises(Ended):
            refused(again.code)
    with pytest.raises(NotFound):
        domain.public_bookings.cancel("nothing")


def test_a_pending_booking_holds_its_slot_until_it_is_declined(domain: Domain) -> None:
    """Nobody else can ask for the time before; anybody can after."""
    asked = event_type(domain, requires_confirmation=True)
    booking = domain.public_bookings.create(request(asked))
    assert booking.status == PENDING
    with pytest.raises(SlotTaken):
        domain.public_bookings.create(request(asked))
    declined = domain.decisions.decline(booking.code, "Away")
    assert (declined.status, declined.details["rejection_reason"]) == (REJECTED, "Away")
    again = domain.public_bookings.create(request(asked))
    assert domain.decisions.confirm(again.code).status == CONFIRMED
    for code in (booking.code, again.code):
        with pytest.raises(NotPending):
            domain.decisions.confirm(code)
        with pytest.raises(NotPending):
            domain.decisions.decline(code)
    with pytest.raises(NotChangeable):
        domain.public_bookings.cancel(booking.code)


def test_a_booking_whose_time_was_taken_cannot_be_confirmed(domain: Domain) -> None:
    """It stays pending."""
    booking = domain.public_bookings.create(request(event_type(domain, requires_confirmation=True)))
    domain.availability.add_source(lambda *_: [Busy(TEN + 600, TEN + 1_200, 0, 0, "")])
    with pytest.raises(SlotTaken):
        domain.decisions.confirm(booking.code)
    assert domain.public_bookings.get(booking.code).status == PENDING


def test_a_move_has_to_be_confirmed_unless_the_host_makes_it(domain: Domain) -> None:
    """As a new booking has."""
    asked = event_type(domain, requires_confirmation=True)
    booking = domain.public_bookings.create(request(asked))
    domain.decisions.confirm(booking.code)
    moved = domain.public_bookings.reschedule(booking.code, TEN + HOUR)
    assert moved.status == PENDING
    assert domain.public_bookings.reschedule(moved.code, TEN + DAY, Change(by_host=True)).status == CONFIRMED


def test_absence_is_marked_once_it_has_begun(domain: Domain) -> None:
    """Marks can be taken back one by one."""
    booking = domain.public_bookings.create(request(event_type(domain)))
    with pytest.raises(NotStarted):
        domain.decisions.mark_absent(booking.code, host=True)
    domain.clock.advance(TEN - NOW)
    domain.decisions.mark_absent(booking.code, host=True, attendees={"ZOE@example.com": True, "b@example.com": True})
    domain.decisions.mark_absent(booking.code, attendees={"b@example.com": False})
    found = domain.public_bookings.get(booking.code)
    assert found.details["absent_attendees"] == ["zoe@example.com"]
    assert found.details["absent_host"]
    assert found.status == CONFIRMED


def test_each_action_is_told_by_its_name(domain: Domain) -> None:
    """In the transaction of the change; refusals are silent."""
    events = heard(domain)
    plain, asked = event_type(domain), event_type(domain, "asked", requires_confirmation=True)
    first = domain.public_bookings.create(request(plain))
    with pytest.raises(SlotTaken):
        domain.public_bookings.create(request(plain))
    second = domain.public_bookings.create(request(asked, TEN + HOUR))
    domain.decisions.confirm(second.code)
    third = domain.public_bookings.create(request(asked, TEN + 2 * HOUR))
    domain.decisions.decline(third.code)
    moved = domain.public_bookings.reschedule(first.code, TEN + DAY)
    again = domain.public_bookings.reschedule(second.code, TEN + DAY + HOUR)
    domain.public_bookings.cancel(moved.code)
    domain.clock.advance(TEN + DAY + HOUR - NOW)
    domain.decisions.mark_absent(again.code, host=True)
    assert [(event.name, event.booking.code) for event in events] == [
        ("booking.created", first.code),
        ("booking.requested", second.code),
        ("booking.confirmed", second.code),
        ("booking.requested", third.code),
        ("booking.rejected", third.code),
        ("booking.rescheduled", moved.code),
        ("booking.requested", again.code),
        ("booking.cancelled", moved.code),
        ("booking.absence_marked", again.code),
    ]
    assert all(event.booking.number for event in events)


def test_subscriptions_hear_the_names_they_name(domain: Domain) -> None:
    """Names beyond the first four are queued for nobody who did not ask for them."""
    domain.webhooks.create(ADA, "https://example.com", EVENT_NAMES, True)
    asked = event_type(domain, requires_confirmation=True)
    domain.decisions.confirm(domain.public_bookings.create(request(asked)).code)
    with domain.store.read() as session:
        assert session.number("SELECT COUNT(*) FROM deliveries") == 0


def test_other_calendars_block_slots(domain: Domain) -> None:
    """What a source tells is neither listed nor booked."""
    domain.availability.add_source(lambda *_: [Busy(TEN + 600, TEN + 1_200, 0, 0, "")])
    thirty = event_type(domain)
    assert TEN not in starts(domain, thirty)
    with pytest.raises(SlotTaken):
        domain.public_bookings.create(request(thirty))


def test_the_booking_that_moves_is_not_in_the_way(domain: Domain) -> None:
    """Its own time is listed for it, and for nobody else."""
    thirty = event_type(domain)
    booking = domain.public_bookings.create(request(thirty))
    assert TEN in starts(domain, thirty, ignoring=Ignoring(booking=booking.code))
    assert TEN not in starts(domain, thirty, ignoring=Ignoring(booking="another"))


def test_a_running_clock_can_be_put_forward() -> None:
    """It goes on from there; freezing and letting go puts it right again."""
    domain = compose_domain(Store())
    domain.clock.advance(DAY)
    assert domain.clock.now() - time.time() > DAY - 60
    assert not domain.clock.is_frozen
    domain.clock.freeze(None)
    assert abs(domain.clock.now() - time.time()) < 60
