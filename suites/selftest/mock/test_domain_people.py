"""People, the seed's people, and searching their bookings."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from selftest_people import ADA, DAY, HOUR, NOW, TEN, event_type, people_domain, request

from bookproof.mock.components import Domain, compose_domain
from bookproof.mock.dialects.calcom_v2 import seed as calcom_seed
from bookproof.mock.domain.booking_searches import (
    BY_CREATED,
    BY_START,
    CANCELLED,
    KINDS,
    PAST,
    UNCONFIRMED,
    UPCOMING,
    BookingSearch,
    Order,
)
from bookproof.mock.domain.errors import EmailTaken, NotFound, UsernameTaken
from bookproof.mock.domain.people import NewPerson
from bookproof.mock.seed import fill
from bookproof.mock.store import Store

MANY = 1_000


@pytest.fixture
def domain() -> Iterator[Domain]:
    made = people_domain()
    yield made
    made.store.close()


def test_a_person_is_found_every_way(domain: Domain) -> None:
    """By account, number, username and address."""
    ada = domain.people.of_account(ADA)
    assert ada == domain.people.by_number(ada.number) == domain.people.by_username("ADA")
    assert ada == domain.people.by_email(ada.email.upper())
    assert [person.username for person in domain.people.of_organisation(ada.organisation_id)] == ["ada", "cyd"]
    with pytest.raises(NotFound):
        domain.people.by_username("nobody")


def test_a_new_person_has_an_account_of_their_own(domain: Domain) -> None:
    """And can be booked; nobody else may have the same name or address."""
    made = domain.people.create(NewPerson("Dee", "Dee Ott", "dee@example.com", profile={"bio": "Hi", "theme": "dark"}))
    assert (made.username, made.bio, made.profile) == ("dee", "Hi", {"theme": "dark"})
    owned = event_type(domain, account_id=made.account_id, host_id=made.host_id, follows_schedule=False)
    assert domain.event_types.of_account(made.account_id, with_hidden=False) == [owned]
    with pytest.raises(UsernameTaken):
        domain.people.create(NewPerson("DEE", "Other", "other@example.com"))
    with pytest.raises(EmailTaken):
        domain.people.create(NewPerson("other", "Other", "DEE@example.com"))


def test_a_change_leaves_what_it_does_not_name(domain: Domain) -> None:
    """Columns and profile alike; a refused change changes nothing."""
    domain.people.change(ADA, {"bio": "Numbers", "time_format": 24})
    domain.people.change(ADA, {"name": "Ada L.", "theme": "dark", "time_zone": "Asia/Tokyo"})
    ada = domain.people.of_account(ADA)
    assert (ada.name, ada.bio, ada.time_format, ada.time_zone) == ("Ada L.", "Numbers", 24, "Asia/Tokyo")
    assert ada.profile == {"theme": "dark"}
    with pytest.raises(UsernameTaken):
        domain.people.change(ADA, {"username": "bea", "name": "x"})
    assert domain.people.of_account(ADA) == ada


def test_who_was_deleted_is_not_found(domain: Domain) -> None:
    """And leaves the username to others."""
    cyd = domain.people.delete("acc_cyd")
    with pytest.raises(NotFound):
        domain.people.by_number(cyd.number)
    domain.people.create(NewPerson("cyd", "Another", cyd.email))


def test_the_seed_is_the_same_each_time_and_leaves_other_data_alone() -> None:
    """Codes drawn later do not depend on it."""

    def made(*further: Any) -> tuple[list[tuple[Any, ...]], str]:
        domain = compose_domain(Store(), now=NOW)
        fill(domain, *further)
        with domain.store.read() as session:
            rows = [tuple(row) for row in session.all("SELECT * FROM bookings ORDER BY number")]
        return rows, domain.codes.new("bk")

    plain, (with_people, code) = made(), made(calcom_seed.fill)
    assert made(calcom_seed.fill) == (with_people, code)
    assert with_people[: len(plain[0])] == plain[0]
    assert code == plain[1]
    assert len(with_people) - len(plain[0]) > 25


def test_the_seed_has_no_overlaps(domain: Domain) -> None:
    """Live bookings of one host never meet."""
    found = domain.searches.find(BookingSearch(account_id=ADA, kinds=(UPCOMING, PAST)), 0, MANY)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_kinds_divide_the_bookings(domain: Domain) -> None:
    """Each of ada's is upcoming, past or cancelled; what is unconfirmed is upcoming too."""

    def codes(*kinds: str) -> set[str]:
        search = BookingSearch(account_id=ADA, kinds=kinds)
        found = domain.searches.find(search, 0, MANY)
        assert len(found) == domain.searches.count(search)
        return {booking.code for booking in found}

    parts = [codes(UPCOMING), codes(PAST), codes(CANCELLED)]
    assert all(parts)
    assert sum(map(len, parts)) == len(codes()) == len(codes(*KINDS))
    assert codes(UPCOMING, PAST) == parts[0] | parts[1]
    assert codes(UNCONFIRMED)
    assert codes(UNCONFIRMED) < parts[0]


def test_pages_neither_lose_nor_repeat(domain: Domain) -> None:
    """Whatever the order, also where all sort alike."""
    for order in (Order(), Order(BY_START, descending=True), Order(BY_CREATED), Order(BY_CREATED, descending=True)):
        search = BookingSearch(account_id=ADA, orders=(order,))
        total = domain.searches.count(search)
        walked = [booking.code for offset in range(0, total, 7) for booking in domain.searches.find(search, offset, 7)]
        assert walked == [booking.code for booking in domain.searches.find(search, 0, MANY)]
        assert len(set(walked)) == total
    falling = domain.searches.find(BookingSearch(account_id=ADA, orders=(Order(BY_START, descending=True),)), 0, MANY)
    assert [booking.start for booking in falling] == sorted((booking.start for booking in falling), reverse=True)


def test_filters_find_what_they_name(domain: Domain) -> None:
    """Event types, attendees, guests, seats and bounds, alone and together."""
    what, shared = event_type(domain), event_type(domain, "shared", seats=2)
    mine = domain.public_bookings.create(request(what, details={"guests": ["Pat@example.com"]}))
    seat = domain.seats.take(request(shared, TEN + HOUR, "first@example.com"))
    domain.seats.take(request(shared, TEN + HOUR, "second@example.com"))

    def found(**more: Any) -> list[str]:
        return [booking.code for booking in domain.searches.find(BookingSearch(account_id=ADA, **more), 0, MANY)]

    both = [mine.code, seat.booking.code]
    assert found(event_type_numbers=(what.number, shared.number)) == both
    assert found(event_type_numbers=()) == []
    assert found(attendee_email="ZOE@example.com") == found(attendee_email="pat@example.com") == [mine.code]
    assert found(attendee_email="second@example.com") == [seat.booking.code]
    assert found(attendee_name="zoë") == both
    assert found(after_start=TEN, before_end=TEN + 1_800) == [mine.code]
    assert found(after_start=TEN + 1, before_end=TEN + DAY) == [seat.booking.code]
    assert set(found(after_created=NOW)) == set(both)
    assert found(code=mine.code) == [mine.code]
    assert found(code=mine.code, kinds=(PAST,)) == []
    assert domain.searches.find(BookingSearch(account_id="acc_bea", code=mine.code), 0, MANY) == []
