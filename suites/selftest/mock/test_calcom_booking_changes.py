"""Changes of Cal.com's bookings in the mock: cancel, reschedule, confirm, decline, absence."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import ATTENDEE, UNAVAILABLE, Desk, at, bare, code, data, message

from bookproof.mock import MockServer

CONFIRMATION = {"type": "always", "blockUnconfirmedBookingsInBooker": True}


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


# Cancelling


def test_whoever_knows_the_uid_may_cancel(desk: Desk, number: int) -> None:
    """Without a reason; once."""
    uid = desk.booking(number, at("10:00"))["uid"]
    cancelled = data(desk.act(uid, "cancel"))
    assert (cancelled["status"], cancelled["cancellationReason"]) == ("cancelled", "")
    again = desk.act(uid, "cancel")
    assert code(again) == (400, "BadRequestException")
    assert "cancelled already" in message(again)
    assert desk.book(number, at("10:00")).status_code == 201


def test_a_host_says_why(desk: Desk, number: int) -> None:
    """The refusal is bare; strangers with a key need no reason."""
    uid = desk.booking(number, at("10:00"))["uid"]
    wanted = (400, "Cancellation reason is required when you are the host")
    assert (
        bare(desk.act(uid, "cancel", "full")) == wanted == bare(desk.act(uid, "cancel", "full", cancellationReason=" "))
    )
    cancelled = data(desk.act(uid, "cancel", "full", cancellationReason="Ill"))
    assert (cancelled["cancellationReason"], cancelled["cancelledByEmail"]) == ("Ill", "ada@fabrikam.example")
    other = desk.booking(number, at("11:00"))["uid"]
    assert desk.act(other, "cancel", "foreign").status_code == 200


def test_what_cannot_be_cancelled(desk: Desk, number: int) -> None:
    """Wrong bodies, unknown uids, single bookings as a series, and what is over."""
    uid = desk.booking(number, at("10:00"))["uid"]
    assert code(desk.act(uid, "cancel", cancellationReason=7)) == (400, "BadRequestException")
    assert "property note should not exist" in message(desk.act(uid, "cancel", note="x"))
    assert "not part of a recurring booking" in message(desk.act(uid, "cancel", cancelSubsequentBookings=True))
    assert code(desk.act("no-such-uid", "cancel")) == (404, "NotFoundException")
    desk.set_clock(at("10:30"))
    assert bare(desk.act(uid, "cancel")) == (400, "Cannot cancel a booking that has already ended")
    assert data(desk.read(uid))["status"] == "accepted"


def test_cancelling_can_be_switched_off(desk: Desk) -> None:
    """By a flag, or by an object that says so."""
    for setting in (True, {"disabled": True}):
        number = desk.event_type(disableCancelling=setting)["id"]
        uid = desk.booking(number, at("10:00" if setting is True else "11:00"))["uid"]
        assert bare(desk.act(uid, "cancel")) == (400, "This event type does not allow cancellations")


# Moving


def test_a_move_makes_a_new_booking(desk: Desk) -> None:
    """As long as the old one; both name the other."""
    number = desk.event_type(lengthInMinutesOptions=[30, 60])["id"]
    old = desk.booking(number, at("10:00"), lengthInMinutes=60, metadata={"a": "b"})
    new = data(desk.act(old["uid"], "reschedule", start=at("12:00"), reschedulingReason="Late"), 201)
    assert new["uid"] != old["uid"]
    assert (new["rescheduledFromUid"], new["reschedulingReason"], new["duration"]) == (old["uid"], "Late", 60)
    assert new["metadata"] == {"a": "b"}
    left = data(desk.read(old["uid"]))
    assert (left["status"], left["rescheduledToUid"], left["start"]) == ("cancelled", new["uid"], old["start"])
    assert at("10:00") in desk.slots(number)
    assert at("12:00") not in desk.slots(number)


def test_a_booking_may_be_moved_onto_itself(desk: Desk, number: int) -> None:
    """And to a time that overlaps its own."""
    uid = desk.booking(number, at("10:00"))["uid"]
    moved = data(desk.act(uid, "reschedule", start=at("10:00")), 201)
    assert (moved["start"], moved["uid"] == uid) == (at("10:00"), False)


def test_a_move_is_refused_as_a_booking_is(desk: Desk, number: int) -> None:
    """And leaves the booking where it was."""
    uid = desk.booking(number, at("10:00"))["uid"]
    desk.booking(number, at("11:00"))
    for start in (at("11:00"), at("10:00", "2027-01-16")):
        assert message(desk.act(uid, "reschedule", start=start)) == UNAVAILABLE
    assert "in the past" in message(desk.act(uid, "reschedule", start=at("10:00", "2027-01-08")))
    assert code(desk.act(uid, "reschedule")) == (400, "BadRequestException")
    assert code(desk.act("no-such-uid", "reschedule")) == (400, "BadRequestException")
    assert code(desk.act("no-such-uid", "reschedule", start=at("12:00"))) == (404, "NotFoundException")
    assert data(desk.read(uid))["status"] == "accepted"


def test_a_booking_is_moved_once(desk: Desk, number: int) -> None:
    """The second refusal names the successor; a cancelled one cannot be moved at all."""
    uid = desk.booking(number, at("10:00"))["uid"]
    successor = data(desk.act(uid, "reschedule", start=at("11:00")), 201)["uid"]
    assert successor in message(desk.act(uid, "reschedule", start=at("12:00")))
    desk.act(successor, "cancel")
    assert code(desk.act(successor, "reschedule", start=at("12:00"))) == (400, "BadRequestException")


def test_moving_can_be_switched_off(desk: Desk) -> None:
    """Always, or shortly before the start."""
    never = desk.event_type(disableRescheduling={"disabled": True})["id"]
    late = desk.event_type(disableRescheduling={"minutesBefore": 60})["id"]
    uid = desk.booking(never, at("10:00"))["uid"]
    assert desk.act(uid, "reschedule", start=at("12:00")).status_code == 400
    uid = desk.booking(late, at("11:00"))["uid"]
    desk.set_clock(at("10:30"))
    assert desk.act(uid, "reschedule", start=at("14:00")).status_code == 400
    desk.set_clock(at("09:30"))
    assert desk.act(uid, "reschedule", start=at("14:00")).status_code == 201


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        (None, {}, "pending"),
        ("foreign", {}, "pending"),
        (None, {"rescheduledBy": "zoe@example.com"}, "pending"),
        (None, {"rescheduledBy": "Ada@fabrikam.example"}, "accepted"),
        ("full", {}, "accepted"),
    ],
)
def test_a_move_is_confirmed_again_unless_the_host_moves(
    desk: Desk, role: str | None, body: dict[str, str], status: str
) -> None:
    """By a key, or by the address that is said."""
    number = desk.event_type(confirmationPolicy=CONFIRMATION)["id"]
    uid = desk.booking(number, at("10:00"))["uid"]
    desk.act(uid, "confirm", "full")
    assert data(desk.act(uid, "reschedule", role, start=at("11:00"), **body), 201)["status"] == status


# Deciding


def test_a_pending_booking_is_decided_by_its_host(desk: Desk) -> None:
    """It holds its slot meanwhile; who is refused is told in odd ways."""
    number = desk.event_type(confirmationPolicy=CONFIRMATION)["id"]
    made = desk.booking(number, at("10:00"))
    assert made["status"] == "pending"
    assert at("10:00") not in desk.slots(number)
    for action in ("confirm", "decline"):
        assert code(desk.act(made["uid"], action)) == (403, "ForbiddenException")
        assert code(desk.act(made["uid"], action, "foreign")) == (401, "TRPCError")
        assert desk.act("no-such-uid", action, "full").status_code == 404
    assert data(desk.act(made["uid"], "confirm", "full"))["status"] == "accepted"
    for action in ("confirm", "decline"):
        again = desk.act(made["uid"], action, "full")
        assert refusal(again) == (400, "TRPCError", "Booking already confirmed")


def test_a_declined_booking_frees_its_slot(desk: Desk) -> None:
    """The reason is told; it cannot be confirmed or cancelled any more."""
    number = desk.event_type(confirmationPolicy=CONFIRMATION)["id"]
    uid = desk.booking(number, at("10:00"))["uid"]
    declined = data(desk.act(uid, "decline", "full", reason="Away"))
    assert (declined["status"], declined["cancellationReason"]) == ("rejected", "Away")
    assert at("10:00") in desk.slots(number)
    assert code(desk.act(uid, "confirm", "full")) == (400, "TRPCError")
    assert desk.act(uid, "cancel").status_code == 400


# Absence


def test_absence_is_noted_once_it_has_begun(desk: Desk, number: int) -> None:
    """Of host and attendees, and taken back."""
    uid = desk.booking(number, at("10:00"))["uid"]
    marks = [{"email": ATTENDEE["email"].lower(), "absent": True}]
    assert code(desk.act(uid, "mark-absent", "full", host=True)) == (400, "BadRequestException")
    desk.set_clock(at("10:05"))
    assert desk.act(uid, "mark-absent", host=True).status_code == 403
    assert desk.act(uid, "mark-absent", "foreign", host=True).status_code == 403
    assert desk.act(uid, "mark-absent", "full", host="yes").status_code == 400
    assert desk.act(uid, "mark-absent", "full").status_code == 200
    marked = data(desk.act(uid, "mark-absent", "full", host=True, attendees=marks))
    assert (marked["absentHost"], marked["attendees"][0]["absent"]) == (True, True)
    undone = data(desk.act(uid, "mark-absent", "full", attendees=[marks[0] | {"absent": False}]))
    assert (undone["absentHost"], undone["attendees"][0]["absent"]) == (True, False)
