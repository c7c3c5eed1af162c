"""Cal.com's bookings in the mock: made and read."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import (
    ATTENDEE,
    BOOKINGS,
    NEWER_BOOKINGS,
    UNAVAILABLE,
    Desk,
    at,
    bare,
    code,
    data,
    message,
)

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


def test_a_booking_tells_everything(desk: Desk, number: int) -> None:
    """The answer to its making has one key more than what is read afterwards."""
    made = desk.booking(number, at("10:00"), metadata={"ref": "7"}, bookingFieldsResponses={"notes": "Bring tea"})
    assert made.pop("isPlatformManagedUserBooking") is False
    assert data(desk.read(made["uid"])) == made == data(desk.read(made["uid"], "foreign", NEWER_BOOKINGS))
    expected = {
        "title": "Meeting between Ada Byron and Zoë Müller",
        "description": "Bring tea",
        "status": "accepted",
        "cancellationReason": "",
        "cancelledByEmail": "",
        "rescheduledByEmail": None,
        "start": at("10:00"),
        "end": at("10:30"),
        "duration": 30,
        "eventTypeId": number,
        "eventType": {"id": number, "slug": "half-hour"},
        "location": "integrations:daily",
        "absentHost": False,
        "metadata": {"ref": "7"},
        "rating": None,
        "icsUid": f"{made['uid']}@Cal.com",
    }
    assert {name: made[name] for name in expected} == expected
    assert len(made["uid"]) == 22
    assert [host["username"] for host in made["hosts"]] == ["ada"]
    assert made["attendees"] == [
        ATTENDEE | {"displayEmail": ATTENDEE["email"], "language": "en", "absent": False},
    ]
    assert made["bookingFieldsResponses"] == {
        "email": ATTENDEE["email"],
        "name": ATTENDEE["name"],
        "displayEmail": ATTENDEE["email"],
        "notes": "Bring tea",
    }


@pytest.mark.parametrize("written", ["2027-01-13T12:00:00+02:00", "2027-01-13T10:00:00", "2027-01-13T10:00Z"])
def test_a_start_is_normalised(desk: Desk, number: int, written: str) -> None:
    """Without a zone it is read as UTC."""
    assert desk.booking(number, written)["start"] == at("10:00")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "start number": ({"start": 7}, "start must be a valid ISO 8601 date string"),
    "start junk": ({"start": "soon"}, "start must be a valid ISO 8601 date string"),
    "id missing": ({"eventTypeId": None}, "Either eventTypeId or eventTypeSlug + username or"),
    "id zero": ({"eventTypeId": 0}, "Either eventTypeId or eventTypeSlug + username or"),
    "id text": ({"eventTypeId": "1"}, "eventTypeId must be an integer"),
    "attendee missing": ({"attendee": None}, "attendee property is wrong,"),
    "name missing": ({"attendee": {"email": "a@example.com", "timeZone": "UTC"}}, "name must be a string"),
    "zone": ({"attendee": ATTENDEE | {"timeZone": "Mars/Olympus"}}, "timeZone must be"),
    "language": ({"attendee": ATTENDEE | {"language": "xx"}}, "language must be one of"),
    "nobody to reach": ({"attendee": {"name": "A", "timeZone": "UTC"}}, "at least one contact method"),
    "telephone": ({"attendee": ATTENDEE | {"phoneNumber": "12"}}, "phoneNumber must be a valid phone number"),
    "attendee's member": ({"attendee": ATTENDEE | {"age": 7}}, "property age should not exist"),
    "unknown member": ({"note": "x"}, "property note should not exist"),
    "conflicts": ({"allowConflicts": True}, "property allowConflicts should not exist"),
    "guests": ({"guests": "a@example.com"}, "guests must be an array"),
    "fixed length": ({"lengthInMinutes": 30}, "Can't specify 'lengthInMinutes'"),
    "instant": ({"instant": True}, "instant"),
    "location": ({"location": {"type": "phone"}}, "integration"),
    "metadata nested": ({"metadata": {"a": {"b": "c"}}}, "Metadata must have at most 50 keys"),
    "metadata many": ({"metadata": {str(key): "" for key in range(51)}}, "Metadata must have at most 50 keys"),
    "metadata key": ({"metadata": {"k" * 41: ""}}, "Metadata must have at most 50 keys"),
    "metadata value": ({"metadata": {"a": "v" * 501}}, "Metadata must have at most 50 keys"),
    "past": ({"start": at("10:00", "2027-01-08")}, "Attempting to book a meeting in the past."),
    "notice": ({"start": at("09:30", "2027-01-11")}, "can't be booked at the"),
    "outside hours": ({"start": at("20:00")}, UNAVAILABLE),
    "weekend": ({"start": at("10:00", "2027-01-16")}, UNAVAILABLE),
    "off the grid": ({"start": at("10:07")}, UNAVAILABLE),
    "date only": ({"start": "2027-01-13"}, UNAVAILABLE),
    "far away": ({"start": at("10:00", "9998-01-13")}, "can't be booked at the"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_request_is_told_in_a_sentence(desk: Desk, number: int, name: str) -> None:
    """In the envelope with details."""
    changes, sentence = WRONG[name]
    answer = desk.book(number, at("10:00"), **changes)
    assert code(answer) == (400, "BadRequestException")
    assert sentence in message(answer)
    assert answer.json()["error"]["details"]["statusCode"] == 400


DEEP: dict[str, tuple[dict[str, Any], str]] = {
    "address": ({"attendee": ATTENDEE | {"email": "zoe"}}, "responses - {email}email_validation_error, "),
    "guest": ({"guests": ["zoe"]}, "responses - {guests}email_validation_error, "),
    "blank name": ({"attendee": ATTENDEE | {"name": " "}}, "responses - {name}Invalid string, "),
    "metadata": ({"metadata": {"a": 7}}, "metadata.a - Expected string, received number, "),
    "telephone only": (
        {"attendee": {"name": "Z", "timeZone": "UTC", "phoneNumber": "+49301234567"}},
        "responses - {email}error_required_field, ",
    ),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_deeper_layer_answers_without_details(desk: Desk, number: int, name: str) -> None:
    """For addresses, names and metadata that are not text."""
    changes, sentence = DEEP[name]
    answer = desk.book(number, at("10:00"), **changes)
    assert refusal(answer) == (400, "BAD_REQUEST", sentence)
    assert "details" not in answer.json()["error"]


def test_an_empty_body_lacks_three_things(desk: Desk) -> None:
    """Start, attendee and event type."""
    answer = desk.call("POST", "/v2/bookings", BOOKINGS, None, json={})
    assert answer.status_code == 400
    assert all(f"{name} property is wrong," in message(answer) for name in ("start", "attendee", "eventTypeId"))
    assert desk.call("POST", "/v2/bookings", BOOKINGS, None, json=[]).status_code == 400


def test_what_is_unknown_is_not_found(desk: Desk) -> None:
    """Each in words of its own; credentials that are wrong are refused before."""
    by_name = {"eventTypeId": None, "username": "ada", "eventTypeSlug": "none"}
    assert message(desk.book(999_999, at("10:00"))) == "Event type with id 999999 not found."
    assert code(desk.book(10**14, at("10:00"))) == (404, "NotFoundException")
    assert "slug none" in message(desk.book(0, at("10:00"), **by_name))
    assert "username nobody" in message(desk.book(0, at("10:00"), **by_name | {"username": "nobody"}))
    assert desk.book(0, at("10:00"), eventTypeId=None, teamSlug="a", eventTypeSlug="b").status_code == 404
    assert desk.read("no-such-uid").status_code == 404
    assert desk.call("POST", "/v2/bookings", BOOKINGS, None, token="cal_unknown", json={}).status_code == 401


def test_a_person_s_event_type_can_be_named(desk: Desk, number: int) -> None:
    """By slug and username."""
    made = desk.booking(0, at("10:00"), eventTypeId=None, username="Ada", eventTypeSlug="half-hour")
    assert made["eventTypeId"] == number


def test_a_taken_slot_is_refused(desk: Desk, number: int) -> None:
    """With the words for every time that is not open; nothing is left behind, and a key changes nothing."""
    desk.booking(number, at("10:00"))
    for role in (None, "full"):
        answer = desk.book(number, at("10:00"), role)
        assert refusal(answer) == (400, "BadRequestException", UNAVAILABLE)
    other = desk.event_type(lengthInMinutes=60)["id"]
    assert message(desk.book(other, at("10:00"))) == UNAVAILABLE
    assert len(data(desk.list(attendeeEmail="zoe@example.com"))) == 1


def test_the_unique_index_answers_bare(desk: Desk, number: int, mock: MockServer, monkeypatch: Any) -> None:
    """Two requests that both found the slot free meet at the index."""
    bookings = mock.mock.domain.public_bookings
    unchecked: Callable[..., None] = lambda *_: None  # noqa: E731
    monkeypatch.setattr(bookings, "check_slot", unchecked)
    desk.booking(number, at("10:00"))
    assert bare(desk.book(number, at("10:00"))) == (409, "booking_conflict_error")


def test_a_length_can_be_chosen(desk: Desk) -> None:
    """Of those that the event type offers."""
    number = desk.event_type(lengthInMinutesOptions=[15, 30, 60])["id"]
    assert desk.booking(number, at("10:00"), lengthInMinutes=60)["end"] == at("11:00")
    assert desk.booking(number, at("11:00"))["duration"] == 30
    assert "15, 30, 60" in message(desk.book(number, at("12:00"), lengthInMinutes=45))


def test_the_form_asks_for_answers(desk: Desk) -> None:
    """A field that must be answered is named, and so is one with a wrong answer; further answers are kept."""
    fields = [
        {"type": "text", "slug": "topic", "label": "Topic", "required": True},
        {"type": "number", "slug": "people", "label": "People", "required": False},
        {"type": "select", "slug": "floor", "label": "Floor", "required": False, "options": ["1", "2"]},
    ]
    number = desk.event_type(bookingFields=fields)["id"]
    for answers in ({}, {"topic": ""}, {"topic": None}):
        answer = desk.book(number, at("10:00"), bookingFieldsResponses=answers)
        assert answer.status_code == 400
        assert "topic" in message(answer)
    assert "people" in message(desk.book(number, at("10:00"), bookingFieldsResponses={"topic": "a", "people": "b"}))
    assert "floor" in message(desk.book(number, at("10:00"), bookingFieldsResponses={"topic": "a", "floor": "3"}))
    made = desk.booking(number, at("10:00"), bookingFieldsResponses={"topic": "a", "people": 3, "extra": None})
    told = made["bookingFieldsResponses"]
    assert {name: told[name] for name in ("topic", "people", "extra")} == {"topic": "a", "people": 3, "extra": ""}


def test_an_address_may_be_left_out(desk: Desk) -> None:
    """If the form does not ask for it and there is a telephone."""
    number = desk.event_type(bookingFields=[{"type": "email", "required": False}])["id"]
    made = desk.booking(number, at("10:00"), attendee={"name": "Z", "timeZone": "UTC", "phoneNumber": "+49301234567"})
    assert made["attendees"][0]["phoneNumber"] == "+49301234567"
    assert made["attendees"][0]["email"] == "49301234567@sms.cal.com"


def test_guests_come_along(desk: Desk, number: int) -> None:
    """They are attendees, too, and are found by their address."""
    made = desk.booking(number, at("10:00"), guests=["kim@example.com"])
    assert made["guests"] == ["kim@example.com"] == made["bookingFieldsResponses"]["guests"]
    assert [item["email"] for item in made["attendees"]] == [ATTENDEE["email"], "kim@example.com"]
    assert [item["uid"] for item in data(desk.list(attendeeEmail="kim@example.com"))] == [made["uid"]]


@pytest.mark.parametrize(
    ("offered", "choice", "place"),
    [
        ([{"type": "address", "address": "1 High St", "public": True}], {"type": "address"}, "1 High St"),
        ([{"type": "link", "link": "https://a.example/b"}], None, "https://a.example/b"),
        ([{"type": "attendeePhone"}], {"type": "attendeePhone", "phone": "+4930123"}, "+4930123"),
        ([{"type": "attendeeAddress"}, {"type": "organizersDefaultApp"}], {"type": "organizersDefaultApp"}, None),
        ([{"type": "phone", "phone": "+4930123"}], "over there", "over there"),
    ],
)
def test_a_location_is_chosen(desk: Desk, offered: list[Any], choice: Any, place: str | None) -> None:
    """Of those that the event type offers."""
    number = desk.event_type(locations=offered)["id"]
    assert desk.booking(number, at("10:00"), location=choice)["location"] == (place or "integrations:daily")


def test_an_event_type_can_ask_for_credentials(desk: Desk) -> None:
    """Only its owner books it then."""
    number = desk.event_type(bookingRequiresAuthentication=True)["id"]
    assert desk.book(number, at("10:00")).status_code == 401
    assert desk.book(number, at("10:00"), "foreign").status_code == 403
    assert desk.book(number, at("10:00"), "full").status_code == 201


def test_the_newer_date_knows_two_flags(desk: Desk, number: int) -> None:
    """A stranger's are ignored."""
    desk.booking(number, at("10:00"))
    answer = desk.book(number, at("10:00"), None, NEWER_BOOKINGS, allowConflicts=True, allowBookingOutOfBounds=True)
    assert message(answer) == UNAVAILABLE


def test_text_is_told_as_it_was_sent(desk: Desk, number: int) -> None:
    """Emoji, markup and marks of direction, in names of any length."""
    name = "<b>Zoë</b> \u200f'\"😀" + "x" * 300
    made = desk.booking(number, at("10:00"), attendee=ATTENDEE | {"name": name})
    assert data(desk.read(made["uid"]))["attendees"][0]["name"] == name


def test_a_booking_outlives_its_event_type(desk: Desk, number: int) -> None:
    """It still says what was booked, and under which title."""
    made = desk.booking(number, at("10:00"))
    desk.call("DELETE", f"/v2/event-types/{number}", "2024-06-14")
    read = data(desk.read(made["uid"]))
    assert (read["eventType"], read["title"]) == (made["eventType"], made["title"])
    assert desk.act(made["uid"], "reschedule", start=at("11:00")).status_code == 404
    assert desk.act(made["uid"], "cancel").status_code == 200
