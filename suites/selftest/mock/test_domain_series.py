"""Series: all or none, the same wall time, and cancelled as a whole or from one on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from selftest_people import ADA, DAY, HOUR, NOW, TEN, at, event_type, heard, live, people_domain, request

from bookproof.mock.components import Domain
from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED
from bookproof.mock.domain.booking_searches import RECURRING, UNCONFIRMED, UPCOMING, BookingSearch
from bookproof.mock.domain.errors import AlreadyCancelled, Invalid, NotFound, NotRecurring, SlotTaken
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.recurrence import DAILY, MONTHLY, WEEKLY, YEARLY, Recurrence
from bookproof.mock.store import Store

WEEK = 7 * DAY


@pytest.fixture(params=["memory", "file"])
def domain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Domain]:
    made = people_domain(Store(None if request.param == "memory" else tmp_path / "mock.sqlite"))
    yield made
    made.store.close()


def weekly(domain: Domain, slug: str = "weekly") -> EventType:
    return event_type(domain, slug, recurrence=Recurrence(WEEKLY, 1, 4))


def test_a_series_has_its_bookings_at_the_interval(domain: Domain) -> None:
    """As many as the event type says, or fewer if fewer are asked for; a list finds them."""
    what = weekly(domain)
    assert domain.event_types.numbered(what.number).recurrence == Recurrence(WEEKLY, 1, 4)
    made = domain.series.create(request(what))
    assert [booking.start for booking in made] == [TEN + week * WEEK for week in range(4)]
    assert len({booking.series for booking in made}) == 1
    series = made[0].series
    assert series is not None
    assert domain.series.get(series) == made
    assert len(domain.series.create(request(what, TEN + HOUR), 2)) == 2
    assert domain.searches.count(BookingSearch(account_id=ADA, kinds=(RECURRING,))) == 6


def test_what_is_pending_of_a_series_is_not_upcoming(domain: Domain) -> None:
    """Each of its bookings is once it is confirmed."""
    what = event_type(domain, recurrence=Recurrence(WEEKLY, 1, 2), requires_confirmation=True)
    made = domain.series.create(request(what))

    def found(kind: str) -> list[str]:
        search = BookingSearch(event_type_numbers=(what.number,), kinds=(kind,))
        return [booking.code for booking in domain.searches.find(search, 0, 10)]

    assert (found(UPCOMING), len(found(UNCONFIRMED))) == ([], 2)
    domain.decisions.confirm(made[1].code)
    assert (found(UPCOMING), found(UNCONFIRMED)) == ([made[1].code], [made[0].code])


def test_a_series_is_made_all_or_none(domain: Domain) -> None:
    """One slot of four is taken: nothing is stored, nobody is told."""
    what, single = weekly(domain), event_type(domain)
    domain.public_bookings.create(request(single, TEN + 2 * WEEK))
    before, events = live(domain), heard(domain)
    with pytest.raises(SlotTaken):
        domain.series.create(request(what))
    assert live(domain) == before
    assert events == []


@pytest.mark.parametrize("count", [0, 5])
def test_a_series_is_no_longer_than_allowed(domain: Domain, count: int) -> None:
    """And has at least one booking."""
    with pytest.raises(Invalid):
        domain.series.create(request(weekly(domain)), count)


def test_an_event_type_without_recurrence_has_no_series(domain: Domain) -> None:
    """It is refused, not booked once."""
    with pytest.raises(NotRecurring):
        domain.series.create(request(event_type(domain)))


def test_a_series_is_cancelled_as_a_whole(domain: Domain) -> None:
    """What was cancelled before stays as it was; twice is refused."""
    first, *rest = domain.series.create(request(weekly(domain)))
    assert first.series is not None
    domain.public_bookings.cancel(first.code)
    events = heard(domain)
    assert {booking.status for booking in domain.series.cancel(first.series)} == {CANCELLED}
    assert [event.booking.code for event in events] == [booking.code for booking in rest]
    with pytest.raises(AlreadyCancelled):
        domain.series.cancel(first.series)
    with pytest.raises(NotFound):
        domain.series.cancel("nothing")


def test_a_series_is_cancelled_from_one_on(domain: Domain) -> None:
    """The bookings before it stand."""
    made = domain.series.create(request(weekly(domain)))
    now = domain.series.cancel_from(made[2].code)
    assert [booking.status for booking in now] == [CONFIRMED, CONFIRMED, CANCELLED, CANCELLED]
    with pytest.raises(NotRecurring):
        domain.series.cancel_from(domain.public_bookings.create(request(event_type(domain), TEN + DAY)).code)


def test_what_is_over_stays_when_a_series_is_cancelled(domain: Domain) -> None:
    """The past is not changed."""
    made = domain.series.create(request(weekly(domain)))
    domain.clock.advance(TEN + DAY - NOW)
    assert made[0].series is not None
    now = domain.series.cancel(made[0].series)
    assert [booking.status for booking in now] == [CONFIRMED, CANCELLED, CANCELLED, CANCELLED]


def test_a_series_keeps_the_attendees_wall_time() -> None:
    """Over London's change of clocks on 28 March 2027."""
    found = Recurrence(WEEKLY, 1, 3).starts(at(2027, 3, 22, 10), "Europe/London", 3)
    assert found == [at(2027, 3, 22, 10), at(2027, 3, 29, 9), at(2027, 4, 5, 9)]


@pytest.mark.parametrize(
    ("recurrence", "dates"),
    [
        (Recurrence(DAILY, 2, 3), ["2027-01-31", "2027-02-02", "2027-02-04"]),
        (Recurrence(MONTHLY, 1, 3), ["2027-01-31", "2027-02-28", "2027-03-31"]),
        (Recurrence(YEARLY, 1, 2), ["2027-01-31", "2028-01-31"]),
    ],
)
def test_each_frequency_counts_its_own_way(recurrence: Recurrence, dates: list[str]) -> None:
    """A date that a month does not have is its last one."""
    found = recurrence.starts(at(2027, 1, 31, 10), "UTC", recurrence.occurrences)
    assert [datetime.fromtimestamp(start, UTC).date().isoformat() for start in found] == dates
