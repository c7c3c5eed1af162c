"""Cal.com's recurring bookings in the mock."""

from collections.abc import Iterator

import pytest
from selftest_calcom_desk import BOOKINGS, UNAVAILABLE, Desk, at, bare, code, data, message

from bookproof.mock import MockServer

WEEKLY = {"interval": 1, "occurrences": 3, "frequency": "weekly"}
WEEKS = [at("10:00"), at("10:00", "2027-01-20"), at("10:00", "2027-01-27")]


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    """An event type of three meetings, one a week."""
    return desk.event_type(recurrence=WEEKLY)["id"]


def statuses(bookings: list[dict[str, str]]) -> list[str]:
    return [item["status"] for item in bookings]


def test_a_series_is_an_array(desk: Desk, number: int) -> None:
    """By start; the uid of the series reads all of it, each has its own, too."""
    made = desk.booking(number, at("10:00"))
    assert [item["start"] for item in made] == WEEKS
    [series] = {item["recurringBookingUid"] for item in made}
    assert [item["uid"] for item in data(desk.read(series))] == [item["uid"] for item in made]
    assert data(desk.read(made[1]["uid"]))["start"] == WEEKS[1]
    assert [item["start"] for item in data(desk.list(status="recurring"))] == WEEKS


def test_how_many_can_be_said(desk: Desk, number: int) -> None:
    """Up to what the event type allows; one that does not repeat ignores it."""
    assert len(desk.booking(number, at("11:00"), recurrenceCount=2)) == 2
    assert code(desk.book(number, at("12:00"), recurrenceCount=4)) == (400, "BadRequestException")
    assert "recurrenceCount" in message(desk.book(number, at("12:00"), recurrenceCount=0))
    assert desk.booking(desk.event_type()["id"], at("13:00"), recurrenceCount=4)["status"] == "accepted"


def test_all_or_none(desk: Desk, number: int) -> None:
    """One taken week refuses the series."""
    desk.booking(desk.event_type()["id"], WEEKS[1])
    assert message(desk.book(number, at("10:00"))) == UNAVAILABLE
    assert data(desk.list(status="recurring")) == []
    assert at("10:00") in desk.slots(number)


def test_a_series_is_cancelled_in_three_ways(desk: Desk, number: int) -> None:
    """One of it, one and what follows, all of it."""
    made = desk.booking(number, at("10:00"))
    uids, series = [item["uid"] for item in made], made[0]["recurringBookingUid"]
    assert data(desk.act(uids[0], "cancel"))["status"] == "cancelled"
    assert statuses(data(desk.read(series))) == ["cancelled", "accepted", "accepted"]
    assert statuses(data(desk.act(uids[1], "cancel", cancelSubsequentBookings=True))) == ["cancelled"] * 3
    assert code(desk.act(series, "cancel")) == (400, "BadRequestException")
    other = desk.booking(number, at("11:00"))[0]["recurringBookingUid"]
    assert bare(desk.act(other, "cancel", "full"))[0] == 400
    assert statuses(data(desk.act(other, "cancel", "full", cancellationReason="Ill"))) == ["cancelled"] * 3


def test_one_of_a_series_is_moved(desk: Desk, number: int) -> None:
    """The series itself cannot be."""
    made = desk.booking(number, at("10:00"))
    moved = data(desk.act(made[1]["uid"], "reschedule", start=at("15:00", "2027-01-20")), 201)
    assert moved["recurringBookingUid"] == made[1]["recurringBookingUid"]
    answer = desk.act(made[0]["recurringBookingUid"], "reschedule", start=at("16:00"))
    assert answer.status_code == 404
    assert desk.call("GET", f"/v2/bookings/{made[0]['uid']}", BOOKINGS, None).status_code == 200


@pytest.mark.parametrize("frequency", ["monthly", "yearly"])
def test_series_that_lead_far_away_are_refused(desk: Desk, frequency: str) -> None:
    """And never break the server."""
    recurrence = {"interval": 52, "occurrences": 100, "frequency": frequency}
    number = desk.event_type(recurrence=recurrence)["id"]
    assert desk.book(number, at("10:00")).status_code == 400
    assert desk.book(number, at("10:00", "2999-01-13")).status_code == 400
