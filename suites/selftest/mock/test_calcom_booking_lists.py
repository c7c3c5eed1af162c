"""Lists of Cal.com's bookings in the mock: filters, orders, two ways of paging."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import CURSORS, DAY, NEWER_BOOKINGS, Desk, at, code, data, message, properties

from bookproof.mock import MockServer


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


@pytest.fixture
def many(desk: Desk) -> list[str]:
    """Seven bookings of one event type, by start: three on one day, four on the next."""
    number = desk.event_type()["id"]
    starts = [at(f"{hour:02}:00", day) for day in (DAY, "2027-01-14") for hour in (10, 11, 12)]
    return [desk.booking(number, start)["uid"] for start in [*starts, at("13:00", "2027-01-14")]]


def uids(desk: Desk, date: str = NEWER_BOOKINGS, **query: object) -> list[str]:
    """What is listed of the seven."""
    found = data(desk.list(date=date, attendeeEmail="zoe@example.com", **query))
    return [item["uid"] for item in found]


def test_a_list_is_the_host_s(desk: Desk, many: list[str]) -> None:
    """By start; items are as they are read. Others have none of it."""
    assert uids(desk) == many
    [first, *_] = data(desk.list(attendeeEmail="zoe@example.com"))
    assert first == data(desk.read(first["uid"]))
    assert data(desk.list("foreign", attendeeEmail="zoe@example.com")) == []
    assert desk.list(None).status_code == 403


@pytest.mark.parametrize(
    ("take", "skip", "expected"),
    [
        (3, 0, (3, 4, 1, 3, True, False)),
        (3, 3, (3, 1, 2, 3, True, True)),
        (3, 6, (1, 0, 3, 3, False, True)),
        (2, 1, (2, 4, 1, 4, True, True)),
        (7, 0, (7, 0, 1, 1, False, False)),
        (250, 0, (7, 0, 1, 1, False, False)),
        (3, 99_999, (0, 0, 3, 3, False, True)),
    ],
)
def test_pages_are_counted(desk: Desk, many: list[str], take: int, skip: int, expected: tuple[object, ...]) -> None:
    """Returned, remaining, page, pages, next, previous."""
    answer = desk.list(attendeeEmail="zoe@example.com", take=take, skip=skip)
    page = answer.json()["pagination"]
    names = ("returnedItems", "remainingItems", "currentPage", "totalPages", "hasNextPage", "hasPreviousPage")
    assert tuple(page[name] for name in names) == expected
    assert (page["totalItems"], page["itemsPerPage"]) == (7, take)
    assert [item["uid"] for item in data(answer)] == many[skip : skip + take]


def test_an_empty_list_has_no_pages(desk: Desk) -> None:
    """Its page is 0 of 0."""
    page = desk.list(attendeeEmail="nobody@example.com", skip=5).json()["pagination"]
    assert page == {
        "returnedItems": 0,
        "totalItems": 0,
        "itemsPerPage": 100,
        "remainingItems": 0,
        "currentPage": 0,
        "totalPages": 0,
        "hasNextPage": False,
        "hasPreviousPage": False,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("take", value) for value in ("0", "-1", "251", "1000", "abc", "")),
        *(("skip", value) for value in ("-1", "abc")),
        *(("status", value) for value in ("accepted", "", "past,bogus")),
        ("sortStart", "up"),
        ("sortUpdatedAt", ""),
        ("afterStart", "soon"),
        ("beforeCreatedAt", "2027-13-01"),
        ("eventTypeId", "abc"),
        ("eventTypeIds", ""),
    ],
)
def test_a_wrong_parameter_is_named(desk: Desk, name: str, value: str) -> None:
    """The refusal lists the property."""
    assert properties(desk.list(**{name: value})) == {name}


def test_some_refusals_have_words_of_their_own(desk: Desk) -> None:
    """A start before is called by another name, and unknown event types are told without details."""
    assert "fromDate" in desk.list(afterStart="soon").text
    unknown = refusal(desk.list(eventTypeId=999_999))
    assert unknown == (400, "TRPCError", "The requested event-types do not exist.")
    assert desk.list(unknown="7", take="1.5").json()["pagination"]["itemsPerPage"] == 1


def test_kinds_of_bookings(desk: Desk, many: list[str]) -> None:
    """Upcoming, past, cancelled and unconfirmed; several by commas."""
    desk.act(many[0], "cancel")
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    waiting = desk.booking(desk.event_type(confirmationPolicy=policy)["id"], at("16:00", "2027-01-14"))["uid"]
    declined = desk.booking(desk.event_type(confirmationPolicy=policy)["id"], at("15:00", "2027-01-14"))["uid"]
    desk.act(declined, "decline", "full")
    assert set(uids(desk, status="cancelled")) == {many[0], declined}
    assert uids(desk, status="unconfirmed") == [waiting]
    desk.set_clock("2027-01-13T18:00:00Z")
    assert uids(desk, status="past") == many[1:3]
    assert set(uids(desk, status="upcoming")) == {*many[3:], waiting}
    assert set(uids(desk, status="past,cancelled")) == {*many[:3], declined}
    assert uids(desk, status="recurring") == []


def test_filters_narrow_a_list(desk: Desk, many: list[str]) -> None:
    """Event types, names, bounds, a single uid; a plus sign that came as a space."""
    other = desk.event_type()["id"]
    attendee = {"name": "Kim Lee", "email": "kim+a@example.com", "timeZone": "UTC"}
    uid = desk.booking(other, at("15:00"), attendee=attendee)["uid"]
    for query in (
        {"eventTypeId": other},
        {"eventTypeIds": f"{other}"},
        {"attendeeName": "kim"},
        {"attendeeEmail": "kim a@example.com"},
        {"attendeeEmail": "kim+a@example.com"},
        {"bookingUid": uid},
    ):
        assert [item["uid"] for item in data(desk.list(**query))] == [uid], query
    assert uids(desk, afterStart=at("11:00"), beforeEnd=at("12:30")) == many[1:3]
    assert uids(desk, afterCreatedAt="2027-01-11T08:00:01Z") == []
    assert uids(desk, teamId=7) == []


def test_orders(desk: Desk, many: list[str]) -> None:
    """By start, and by what was changed last."""
    assert uids(desk, sortStart="desc") == many[::-1]
    assert uids(desk, sortCreated="asc", take=2, skip=2) == many[2:4]
    desk.set_clock("2027-01-11T09:00:00Z")
    desk.act(many[3], "cancel")
    assert uids(desk, sortUpdatedAt="desc")[0] == many[3]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_cursors_lead_through_a_list(desk: Desk, many: list[str], limit: int) -> None:
    """At the newest date, without loss and without end."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(8):
        query = {"attendeeEmail": "zoe@example.com", "limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = desk.list(date=CURSORS, **query)
        page = answer.json()["pagination"]
        assert set(page) == {"nextCursor", "hasMore"}
        assert len(data(answer)) <= limit
        found += [item["uid"] for item in data(answer)]
        cursor = page["nextCursor"]
        assert page["hasMore"] is (cursor is not None)
        if cursor is None:
            break
    assert found == many


def test_cursors_are_not_made_up(desk: Desk) -> None:
    """Nor are limits beyond a hundred, or several kinds at once; offsets mean nothing here."""
    for cursor in ("abc", "", "Ym9va2luZ3M6LTE", "💥"):
        assert code(desk.list(date=CURSORS, cursor=cursor)) == (400, "BadRequestException")
    assert "cursor property is wrong" in message(desk.list(date=CURSORS, cursor="abc"))
    for limit in ("0", "101", "x"):
        assert properties(desk.list(date=CURSORS, limit=limit)) == {"limit"}
    assert properties(desk.list(date=CURSORS, status="past,upcoming")) == {"status"}
    assert len(data(desk.list(date=CURSORS, take=1))) > 1


@pytest.mark.parametrize("query", ["attendeeName[a]=b", "bookingUid[a]=b", "cursor[a]=b", "status[a]=b", "take[a]=1"])
@pytest.mark.parametrize("date", [NEWER_BOOKINGS, CURSORS])
def test_parameters_with_brackets_are_no_fault_of_ours(desk: Desk, query: str, date: str) -> None:
    """Whatever they are, the answer is not a 500."""
    assert desk.call("GET", f"/v2/bookings?{query}", date).status_code in (200, 400)
