"""Cal.com's reservations in the mock."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import SLOTS, Desk, at, data, properties

from bookproof.mock import MockServer

EVERY = "/v2/slots/reservations"


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    """An event type of half an hour, Monday to Friday, nine to five."""
    return desk.event_type()["id"]


def test_a_held_slot_is_hidden_until_the_hold_ends(desk: Desk, number: int) -> None:
    """Five minutes by the mock's clock."""
    made = data(desk.reserve(number, at("10:00")), 201)
    assert made == {
        "eventTypeId": number,
        "slotStart": at("10:00"),
        "slotEnd": at("10:30"),
        "slotDuration": 30,
        "reservationUid": made["reservationUid"],
        "reservationDuration": 5,
        "reservationUntil": at("08:05", "2027-01-11"),
    }
    assert at("10:00") not in desk.slots(number)
    desk.set_clock("2027-01-11T08:05:01Z")
    assert at("10:00") in desk.slots(number)
    assert data(desk.call("GET", f"{EVERY}/{made['reservationUid']}", SLOTS, None)) is None


def test_two_refusals_of_a_hold(desk: Desk, number: int) -> None:
    """Held by somebody, or booked; cancelled bookings do not count."""
    desk.reserve(number, at("10:00"))
    held = refusal(desk.reserve(number, at("10:00")))
    assert held[:2] == (422, "UnprocessableEntityException")
    assert "already reserved by another user" in held[2]
    uid = desk.booking(number, at("11:00"))["uid"]
    booked = refusal(desk.reserve(number, at("11:00")))
    assert booked[::2] == (422, "Can't reserve a slot if the event is already booked.")
    desk.act(uid, "cancel")
    assert desk.reserve(number, at("11:00")).status_code == 201


def test_a_held_slot_can_be_booked(desk: Desk, number: int) -> None:
    """A request cannot say that the hold is its own; then the hold is over."""
    uid = data(desk.reserve(number, at("10:00")), 201)["reservationUid"]
    assert desk.book(number, at("10:00")).status_code == 201
    assert data(desk.call("GET", f"{EVERY}/{uid}", SLOTS, None)) is None


def test_a_booking_can_be_moved_to_a_held_slot(desk: Desk, number: int) -> None:
    """As it can be made there; then the hold is over."""
    uid = desk.booking(number, at("11:00"))["uid"]
    hold = data(desk.reserve(number, at("10:00")), 201)["reservationUid"]
    assert desk.act(uid, "reschedule", start=at("10:00")).status_code == 201
    assert data(desk.call("GET", f"{EVERY}/{hold}", SLOTS, None)) is None


def test_a_hold_is_read_moved_and_released(desk: Desk, number: int) -> None:
    """By whoever knows its uid; releasing nothing is no mistake."""
    made = data(desk.reserve(number, at("10:00")), 201)
    path = f"{EVERY}/{made['reservationUid']}"
    read = data(desk.call("GET", path, SLOTS, None))
    assert read == {name: value for name, value in made.items() if name != "reservationDuration"}
    body = {"eventTypeId": number, "slotStart": at("10:30")}
    moved = data(desk.call("PATCH", path, SLOTS, None, json=body))
    assert (moved["reservationUid"], moved["slotStart"]) == (made["reservationUid"], at("10:30"))
    assert at("10:00") in desk.slots(number)
    assert at("10:30") not in desk.slots(number)
    assert properties(desk.call("PATCH", path, SLOTS, None, json={})) == {"eventTypeId", "slotStart"}
    for _ in range(2):
        answer = desk.call("DELETE", path, SLOTS, None)
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert at("10:30") in desk.slots(number)
    assert desk.call("PATCH", path, SLOTS, None, json=body).status_code == 404


def test_only_the_owner_says_how_long(desk: Desk, number: int) -> None:
    """Strangers get the default."""
    assert desk.reserve(number, at("10:00"), None, reservationDuration=30).status_code == 401
    assert desk.reserve(number, at("10:00"), "foreign", reservationDuration=30).status_code == 403
    made = data(desk.reserve(number, at("10:00"), "full", reservationDuration=30), 201)
    assert (made["reservationDuration"], made["reservationUntil"]) == (30, at("08:30", "2027-01-11"))


def test_what_is_wrong_is_refused(desk: Desk, number: int) -> None:
    """Members, lengths, the past, and event types that do not exist."""
    assert properties(desk.call("POST", EVERY, SLOTS, None, json={})) == {"eventTypeId", "slotStart"}
    assert properties(desk.reserve(number, "soon")) == {"slotStart"}
    assert desk.reserve(999_999, at("10:00")).status_code == 404
    assert desk.reserve(number, at("10:00"), slotDuration=30).status_code == 400
    assert desk.reserve(number, at("10:00", "2026-01-13")).status_code == 400
    several = desk.event_type(lengthInMinutesOptions=[30, 60])["id"]
    assert desk.reserve(several, at("10:00"), slotDuration=45).status_code == 400
    assert data(desk.reserve(several, at("10:00"), slotDuration=60), 201)["slotEnd"] == at("11:00")


def test_a_hold_takes_one_seat(desk: Desk) -> None:
    """As long as one is left."""
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": False, "showAvailabilityCount": True}
    number = desk.event_type(seats=seats)["id"]
    assert [desk.reserve(number, at("10:00")).status_code for _ in range(3)] == [201, 201, 422]


def test_a_bad_key_is_refused_although_none_is_needed(desk: Desk, number: int) -> None:
    """Credentials are optional, wrong ones are not ignored."""
    body = {"eventTypeId": number, "slotStart": at("10:00")}
    assert desk.call("POST", EVERY, SLOTS, None, token="cal_unknown", json=body).status_code == 401
