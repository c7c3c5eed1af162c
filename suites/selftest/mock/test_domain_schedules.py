"""Schedules, and event types that follow them."""

from collections.abc import Iterator
from datetime import date

import pytest
from selftest_people import ADA, DAY, HOUR, LONDON, TEN, at, event_type, people_domain, starts

from bookproof.mock.components import Domain
from bookproof.mock.domain.errors import NotFound, SlugTaken
from bookproof.mock.domain.rules import TimeRange, merged_ranges
from bookproof.mock.domain.schedules import OFFICE_HOURS, Schedule
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.windows import BUSINESS_DAYS, DAYS, RANGE, BookingWindow


@pytest.fixture
def domain() -> Iterator[Domain]:
    made = people_domain()
    yield made
    made.store.close()


def test_an_event_type_follows_the_default_schedule(domain: Domain) -> None:
    """09:00 to 17:00 on a working day, nothing on a Sunday."""
    thirty = event_type(domain)
    found = starts(domain, thirty)
    assert (found[0], found[-1], len(found)) == (TEN - HOUR, TEN + 6 * HOUR + 1_800, 16)
    assert starts(domain, thirty, Slot(TEN + 3 * DAY, TEN + 4 * DAY)) == []


def test_an_event_type_follows_the_schedule_it_names(domain: Domain) -> None:
    """Another zone and other hours, until the schedule is deleted."""
    hours = ((TimeRange(600, 660),),) * 7
    tokyo = domain.schedules.create(Schedule(0, ADA, "Tokyo", "Asia/Tokyo", hours))
    made = event_type(domain, schedule_number=tokyo.number)
    assert made.rules.time_zone == "Asia/Tokyo"
    assert starts(domain, made) == [TEN - 9 * HOUR, TEN - 9 * HOUR + 1_800]
    domain.schedules.delete(tokyo.number)
    assert starts(domain, domain.event_types.numbered(made.number))[0] == TEN - HOUR
    assert domain.schedules.create(Schedule(0, ADA, "Tokyo", "Asia/Tokyo")).number != tokyo.number


def test_an_event_type_without_any_schedule_is_closed(domain: Domain) -> None:
    """Whoever has no hours cannot be booked."""
    made = event_type(domain)
    default = domain.schedules.default_of(ADA)
    assert default is not None
    domain.schedules.delete(default.number)
    assert starts(domain, domain.event_types.numbered(made.number)) == []


def test_there_is_one_default(domain: Domain) -> None:
    """A new default takes the place of the old one, by creation and by change."""
    old = domain.schedules.default_of(ADA)
    assert old is not None
    new = domain.schedules.create(Schedule(0, ADA, "Evenings", LONDON, is_default=True))
    assert [item.number for item in domain.schedules.find(ADA) if item.is_default] == [new.number]
    domain.schedules.change(old.number, {"is_default": True})
    assert [item.number for item in domain.schedules.find(ADA) if item.is_default] == [old.number]
    bea = domain.schedules.default_of("acc_bea")
    assert bea is not None
    assert bea.is_default


def test_a_change_replaces_what_it_names(domain: Domain) -> None:
    """The rest stays; an unknown schedule is not found."""
    made = domain.schedules.create(Schedule(0, ADA, "Evenings", LONDON, details={"kept": 1}))
    override = {date(2027, 1, 13): (TimeRange(780, 840),)}
    domain.schedules.change(made.number, {"name": "Nights", "overrides": override})
    found = domain.schedules.get(made.number)
    assert (found.name, found.overrides, found.hours) == ("Nights", override, OFFICE_HOURS)
    assert found.details == {"kept": 1}
    with pytest.raises(NotFound):
        domain.schedules.change(99_999, {"name": "x"})


def test_overrides_replace_the_hours_of_a_date(domain: Domain) -> None:
    """Other hours on one day, none on the next."""
    default = domain.schedules.default_of(ADA)
    assert default is not None
    overrides = {date(2027, 1, 13): (TimeRange(780, 840),), date(2027, 1, 14): ()}
    domain.schedules.change(default.number, {"overrides": overrides})
    thirty = event_type(domain)
    assert starts(domain, thirty) == [TEN + 3 * HOUR, TEN + 3 * HOUR + 1_800]
    assert starts(domain, thirty, Slot(TEN + DAY - 10 * HOUR, TEN + DAY + 14 * HOUR)) == []


def test_hours_keep_their_wall_time_over_a_change_of_clocks(domain: Domain) -> None:
    """London's clocks change on 28 March 2027: the first slot moves by an hour in UTC."""
    thirty = event_type(domain)
    friday, monday = at(2027, 3, 26), at(2027, 3, 29)
    assert starts(domain, thirty, Slot(friday, friday + DAY))[0] == friday + 9 * HOUR
    assert starts(domain, thirty, Slot(monday, monday + DAY))[0] == monday + 8 * HOUR


@pytest.mark.parametrize(
    ("window", "last"),
    [
        (BookingWindow(DAYS, 2), at(2027, 1, 13, 16, 30)),
        (BookingWindow(BUSINESS_DAYS, 5), at(2027, 1, 18, 16, 30)),
        (BookingWindow(RANGE, first=date(2027, 1, 12), last=date(2027, 1, 12)), at(2027, 1, 12, 16, 30)),
    ],
)
def test_a_booking_window_ends_the_list(domain: Domain, window: BookingWindow, last: int) -> None:
    """It is kept as it was stored, and no slot starts outside it."""
    made = event_type(domain, rules={"window": window})
    assert made.rules.window == window
    found = starts(domain, made, Slot(at(2027, 1, 11), at(2027, 2, 11)))
    assert found[-1] == last
    if window.first is not None:
        assert found[0] == at(2027, 1, 12, 9)


def test_a_slug_is_one_event_types_of_an_account(domain: Domain) -> None:
    """Refused when making and when changing; free again after deletion; another account may have it."""
    first, second = event_type(domain, "one"), event_type(domain, "two")
    with pytest.raises(SlugTaken):
        event_type(domain, "one")
    with pytest.raises(SlugTaken):
        domain.event_types.put(type(second)(**{**_members(second), "slug": "one"}))
    assert domain.event_types.put(first) == first
    event_type(domain, "one", account_id="acc_bea", host_id="host_bea")
    domain.event_types.delete(first.code)
    assert event_type(domain, "one").number not in (first.number, second.number)


def _members(item: object) -> dict[str, object]:
    return {name: getattr(item, name) for name in item.__dataclass_fields__}  # type: ignore[attr-defined]


def test_hidden_event_types_are_their_owners(domain: Domain) -> None:
    """Listed for the owner, found by number and slug."""
    secret = event_type(domain, "secret", hidden=True)
    listed = domain.event_types.of_account(ADA, with_hidden=False)
    assert secret not in listed
    assert secret in domain.event_types.of_account(ADA, with_hidden=True)
    assert domain.event_types.by_slug(ADA, "secret") == domain.event_types.numbered(secret.number) == secret


def test_ranges_are_merged() -> None:
    """Touching and overlapping ranges become one, empty ones vanish."""
    given = [TimeRange(600, 700), TimeRange(500, 600), TimeRange(650, 660), TimeRange(800, 800), TimeRange(900, 960)]
    assert merged_ranges(given) == (TimeRange(500, 700), TimeRange(900, 960))
