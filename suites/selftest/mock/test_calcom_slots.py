"""Cal.com's slots in the mock."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import DAY, Desk, at, code, data

from bookproof.mock import MockServer


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    """An event type of half an hour, Monday to Friday, nine to five."""
    return desk.event_type(slug="half-hour")["id"]


def test_slots_are_told_by_day(desk: Desk, number: int) -> None:
    """Data come first; days without slots are left out."""
    answer = desk.ask_slots(eventTypeId=number, start="2027-01-15", end="2027-01-18")
    assert list(answer.json()) == ["data", "status"]
    assert list(data(answer)) == ["2027-01-15", "2027-01-18"]
    assert data(answer)["2027-01-15"][0] == {"start": at("09:00", "2027-01-15")}
    assert len(data(answer)["2027-01-15"]) == 16


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (DAY, DAY, 16),
        (DAY, at("00:00"), 16),
        (at("09:30"), at("11:00"), 3),
        (at("10:30"), "2027-01-13T12:00:00+01:00", 1),
        ("2027-01-14", DAY, 0),
        ("2020-01-01", "2020-01-31", 0),
        ("2027-01-16", "2027-01-17", 0),
        ("0001-01-03", "9998-12-31", 0),
    ],
)
def test_the_range_is_what_is_asked_for(desk: Desk, number: int, start: str, end: str, count: int) -> None:
    """An end at midnight means the whole of its day; slots lie within the range."""
    days = data(desk.ask_slots(eventTypeId=number, start=start, end=end))
    assert sum(len(items) for items in days.values()) == count


def test_a_zone_changes_spelling_and_days(desk: Desk, number: int) -> None:
    """Numeric offsets, grouped by local date."""
    query = {"start": DAY, "end": DAY, "timeZone": "Pacific/Auckland", "format": "range"}
    days = data(desk.ask_slots(eventTypeId=number, **query))
    assert list(days) == [DAY, "2027-01-14"]
    assert days["2027-01-14"][0] == {"start": "2027-01-14T00:00:00.000+13:00", "end": "2027-01-14T00:30:00.000+13:00"}


def test_two_names_for_one_event_type(desk: Desk, number: int) -> None:
    """Id, or slug and username, not both; of a repeated id the first counts."""
    by_id = data(desk.ask_slots(eventTypeId=number, start=DAY, end=DAY))
    assert data(desk.ask_slots(eventTypeSlug="half-hour", username="ADA", start=DAY, end=DAY)) == by_id
    assert data(desk.ask_slots(eventTypeId=[number, 999_999], start=DAY, end=DAY)) == by_id
    both = desk.ask_slots(eventTypeId=number, eventTypeSlug="half-hour", username="ada", start=DAY, end=DAY)
    assert both.status_code == 400
    assert "property eventTypeSlug should not exist" in both.json()["error"]["message"]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"startTime": DAY, "end": DAY}, "startTime"),
        ({"start": DAY}, "end"),
        ({"start": "soon"}, "start"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"format": "list"}, "format"),
        ({"duration": "long"}, "duration"),
        ({"eventTypeId": "abc"}, "eventTypeId"),
        ({"take": "3"}, "take"),
        ({"start[a]": "b"}, "start"),
    ],
)
def test_a_wrong_query_is_told_in_one_sentence(desk: Desk, number: int, query: dict[str, str], word: str) -> None:
    """The sentence names the property."""
    given = {"eventTypeId": number, "start": DAY, "end": DAY} | query
    if "end" not in query and set(query) == {"start"} and query["start"] == DAY:
        del given["end"]
    answer = desk.ask_slots(**given)
    assert code(answer) == (400, "BadRequestException")
    assert f"{word} property is wrong," in answer.json()["error"]["message"]


def test_what_is_unknown_is_not_found(desk: Desk) -> None:
    """Event types and people have sentences of their own; a dynamic group wants two names and an organisation."""
    day = {"start": DAY, "end": DAY}
    assert refusal(desk.ask_slots(eventTypeId=999_999, **day))[::2] == (404, "Event Type not found")
    assert refusal(desk.ask_slots(eventTypeSlug="none", username="ada", **day))[::2] == (404, "Event Type not found")
    unknown = refusal(desk.ask_slots(eventTypeSlug="thirty", username="nobody", **day))
    assert unknown[::2] == (404, "User with username nobody not found")
    assert desk.ask_slots(**day).status_code == 400
    assert desk.ask_slots(usernames="ada,bea", **day).status_code == 400
    assert desk.ask_slots(usernames="ada", organizationSlug="fabrikam", **day).status_code == 400
    assert desk.ask_slots(eventTypeSlug="thirty", teamSlug="sales", **day).status_code == 404


def test_lengths_can_be_chosen(desk: Desk) -> None:
    """Of several lengths any; of one that one."""
    number = desk.event_type(lengthInMinutesOptions=[30, 60])["id"]
    assert len(desk.slots(number, duration=60)) == 15
    assert desk.slots(number, duration=60, format="range")[0]["end"] == at("10:00")
    assert desk.ask_slots(eventTypeId=number, start=DAY, end=DAY, duration=45).status_code == 400


def test_a_booking_takes_its_slot_away(desk: Desk, number: int) -> None:
    """From all event types of the host; who moves it still sees it."""
    other = desk.event_type()["id"]
    made = desk.booking(number, at("10:00"))
    assert at("10:00") not in desk.slots(number)
    assert at("10:00") not in desk.slots(other)
    assert at("10:00") in desk.slots(number, bookingUidToReschedule=made["uid"])
    desk.act(made["uid"], "cancel")
    assert at("10:00") in desk.slots(number)


def test_seats_are_counted(desk: Desk) -> None:
    """Each slot says how many seats it has; a full one is not listed."""
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": False, "showAvailabilityCount": True}
    number = desk.event_type(seats=seats)["id"]
    uid = desk.take_seat(number, at("10:00"), "ann").json()["data"]["uid"]
    items = {item.pop("start"): item for item in desk.slots(number)}
    assert items[at("09:30")] == {"seatsBooked": 0, "seatsRemaining": 2, "seatsTotal": 2}
    assert items[at("10:00")] == {"seatsBooked": 1, "seatsRemaining": 1, "seatsTotal": 2, "bookingUid": uid}
    desk.take_seat(number, at("10:00"), "ben")
    assert at("10:00") not in {item["start"] for item in desk.slots(number)}


def test_the_first_of_a_day(desk: Desk) -> None:
    """An event type may show one slot a day."""
    assert desk.slots(desk.event_type(onlyShowFirstAvailableSlot=True)["id"]) == [at("09:00")]
