"""Cal.com's bookings with seats in the mock."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import BOOKINGS, NEWER_BOOKINGS, Desk, at, bare, code, data

from bookproof.mock import MockServer

SEATS = {"seatsPerTimeSlot": 2, "showAttendeeInfo": False, "showAvailabilityCount": True}


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


@pytest.fixture
def number(desk: Desk) -> int:
    """An event type of two seats whose attendees do not see each other."""
    return desk.event_type(seats=SEATS)["id"]


def seats(desk: Desk, number: int, *names: str) -> list[dict[str, object]]:
    """Seats taken at ten o'clock."""
    return [data(desk.take_seat(number, at("10:00"), name), 201) for name in names]


def names(desk: Desk, uid: object, role: str | None = None, date: str = BOOKINGS) -> list[str]:
    """The attendees whom somebody is shown."""
    return [item["name"] for item in data(desk.read(str(uid), role, date))["attendees"]]


def test_attendees_share_a_booking(desk: Desk, number: int) -> None:
    """Each has a seat; only the host sees them all."""
    ann, ben = seats(desk, number, "ann", "ben")
    assert ann["uid"] == ben["uid"]
    assert ann["seatUid"] != ben["seatUid"]
    assert names(desk, ann["uid"], "full") == ["ann", "ben"]
    assert names(desk, ann["uid"]) == names(desk, ann["uid"], "foreign") == []
    read = data(desk.read(str(ann["uid"]), "full"))
    assert not {"guests", "bookingFieldsResponses", "seatUid"} & set(read)
    first = read["attendees"][0]
    assert first["seatUid"] == ann["seatUid"]
    assert first["bookingFieldsResponses"] == {"name": "ann"}
    assert first["metadata"] == {}


def test_attendees_may_see_each_other(desk: Desk) -> None:
    """If the event type says so."""
    number = desk.event_type(seats=SEATS | {"showAttendeeInfo": True})["id"]
    [ann] = seats(desk, number, "ann")
    assert names(desk, ann["uid"]) == ["ann"]


def test_seats_run_out(desk: Desk, number: int) -> None:
    """A full slot is a conflict in the envelope; a second seat of one attendee a bare one."""
    seats(desk, number, "ann")
    assert bare(desk.take_seat(number, at("10:00"), "ann")) == (409, "already_signed_up_for_this_booking_error")
    seats(desk, number, "ben")
    full = refusal(desk.take_seat(number, at("10:00"), "cat"))
    assert full == (409, "ConflictException", "No more seats left at this seated booking.")
    assert desk.take_seat(number, at("10:30"), "cat").status_code == 201


def test_a_seat_is_left_alone(desk: Desk, number: int) -> None:
    """The others stay, and somebody else may have it; who leaves last cancels."""
    ann, ben = seats(desk, number, "ann", "ben")
    uid = str(ann["uid"])
    assert data(desk.act(uid, "cancel", seatUid=ann["seatUid"]))["status"] == "accepted"
    assert names(desk, uid, "full") == ["ben"]
    assert code(desk.act(uid, "cancel", seatUid=ann["seatUid"])) == (400, "BadRequestException")
    assert code(desk.act(uid, "cancel", seatUid="none")) == (400, "BadRequestException")
    [cat] = seats(desk, number, "cat")
    assert cat["uid"] == uid
    desk.act(uid, "cancel", seatUid=ben["seatUid"])
    assert data(desk.act(uid, "cancel", seatUid=cat["seatUid"]))["status"] == "cancelled"
    assert at("10:00") in [item["start"] for item in desk.slots(number)]


def test_all_seats_are_the_host_s_to_cancel(desk: Desk, number: int) -> None:
    """A stranger without a seat is nobody; the older date forgets who would have come."""
    [ann] = seats(desk, number, "ann")
    uid = str(ann["uid"])
    wanted = (401, "User not a host of this event or an admin of the booking user")
    assert bare(desk.act(uid, "cancel")) == wanted
    cancelled = data(desk.act(uid, "cancel", "full", cancellationReason="Ill"))
    assert (cancelled["status"], cancelled["attendees"]) == ("cancelled", [])
    assert names(desk, uid, "full") == []
    assert names(desk, uid, "full", NEWER_BOOKINGS) == ["ann"]


def test_one_seat_is_moved(desk: Desk, number: int) -> None:
    """To a booking of its own, or to one that others share."""
    ann, ben = seats(desk, number, "ann", "ben")
    uid = str(ann["uid"])
    assert desk.act(uid, "reschedule", start=at("11:00")).status_code == 400
    assert desk.act(uid, "reschedule", start=at("11:00"), seatUid="none").status_code == 400
    moved = data(desk.act(uid, "reschedule", start=at("11:00"), seatUid=ann["seatUid"]), 201)
    assert moved["uid"] != uid
    assert moved["seatUid"] == ann["seatUid"]
    assert (names(desk, uid, "full"), names(desk, moved["uid"], "full")) == (["ben"], ["ann"])
    joined = data(desk.act(uid, "reschedule", start=at("11:00"), seatUid=ben["seatUid"]), 201)
    assert joined["uid"] == moved["uid"]
    left = data(desk.read(uid))
    assert (left["status"], left["rescheduledToUid"]) == ("cancelled", moved["uid"])


def test_a_host_moves_everybody(desk: Desk, number: int) -> None:
    """All seats go along."""
    [ann, _] = seats(desk, number, "ann", "ben")
    moved = data(desk.act(str(ann["uid"]), "reschedule", "full", start=at("11:00")), 201)
    assert names(desk, moved["uid"], "full") == ["ann", "ben"]


def test_an_attendee_of_a_seat_is_absent(desk: Desk, number: int) -> None:
    """One of them, not all."""
    [ann, _] = seats(desk, number, "ann", "ben")
    desk.set_clock(at("10:05"))
    marks = [{"email": "ben@example.com", "absent": True}]
    marked = data(desk.act(str(ann["uid"]), "mark-absent", "full", attendees=marks))
    assert [item["absent"] for item in marked["attendees"]] == [False, True]
