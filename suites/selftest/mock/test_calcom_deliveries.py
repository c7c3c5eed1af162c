"""Cal.com's webhook deliveries in the mock: which trigger for which action, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from selftest_calcom_subscribers import (
    LATER,
    START,
    booked,
    client_of,
    documents,
    event_type,
    listen,
    seconds,
    triggers,
)
from selftest_mailbox import Mailbox

from bookproof.mock import MockServer
from bookproof.mock.domain.public_bookings import Change


@pytest.fixture
def calcom(mock: MockServer) -> Iterator[httpx.Client]:
    """The fresh mock's Cal.com side with the full key."""
    with client_of(mock) as client:
        yield client


# Which, and what they say


def test_a_new_booking_is_told_in_full(mock: MockServer, calcom: httpx.Client, mailbox: Mailbox) -> None:
    """Host, attendees with their offsets, answers, place, and the status in upper case."""
    listen(calcom, mailbox.url)
    number = event_type(mock)
    booking = booked(calcom, number, notes="bring papers", guests=["bo@example.com"]).json()["data"]
    (document,) = documents(mailbox.wait(1))
    payload = document["payload"]
    assert (document["triggerEvent"], document["createdAt"]) == ("BOOKING_CREATED", "2027-01-11T08:00:00.000Z")
    assert (
        payload.items()
        >= {
            "type": "thirty",
            "title": "Thirty minutes between Ada Byron and Zoë",
            "startTime": START,
            "endTime": "2027-01-13T09:30:00Z",
            "uid": booking["uid"],
            "bookingId": booking["id"],
            "eventTypeId": number,
            "eventTitle": "Thirty minutes",
            "length": 30,
            "status": "ACCEPTED",
            "location": "integrations:daily",
            "additionalNotes": "bring papers",
            "metadata": {"from": "a test"},
            "iCalUID": f"{booking['uid']}@Cal.com",
            "iCalSequence": 0,
        }.items()
    )
    assert payload["organizer"].items() >= {"email": "ada@fabrikam.example", "username": "ada", "utcOffset": 0}.items()
    assert [(a["name"], a["email"], a["utcOffset"]) for a in payload["attendees"]] == [
        ("Zoë", "zoe@example.com", 60),
        ("", "bo@example.com", 60),
    ]
    assert payload["responses"]["name"] == {"label": "your_name", "value": "Zoë", "isHidden": False}
    assert "rescheduleUid" not in payload


def test_a_move_tells_the_new_booking_and_beside_it_the_old(
    mock: MockServer, calcom: httpx.Client, mailbox: Mailbox
) -> None:
    """And a cancellation after it is the third word on the matter."""
    listen(calcom, mailbox.url)
    old = booked(calcom, event_type(mock)).json()["data"]
    public = mock.mock.domain.public_bookings
    new = public.reschedule(old["uid"], seconds(LATER), Change(by="zoe@example.com"))
    assert calcom.post(f"/v2/bookings/{new.code}/cancel", json={"cancellationReason": "für Zoë"}).status_code == 201
    created, moved, cancelled = documents(mailbox.wait(3))
    assert triggers(mailbox.received()) == ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED"]
    assert (
        moved["payload"].items()
        >= {
            "uid": new.code,
            "bookingId": new.number,
            "startTime": LATER,
            "status": "ACCEPTED",
            "rescheduleUid": old["uid"],
            "rescheduleId": old["id"],
            "rescheduleStartTime": START,
            "rescheduleEndTime": "2027-01-13T09:30:00Z",
            "rescheduledBy": "zoe@example.com",
        }.items()
    )
    assert (
        cancelled["payload"].items()
        >= {
            "uid": new.code,
            "startTime": "2027-01-13T10:00:00+00:00",
            "status": "CANCELLED",
            "cancellationReason": "für Zoë",
            "requestReschedule": False,
        }.items()
    )
    assert "metadata" not in cancelled["payload"]
    assert [item["payload"]["iCalSequence"] for item in (created, moved, cancelled)] == [0, 1, 2]


def test_a_booking_that_waits_is_requested_then_created_or_rejected(
    mock: MockServer, calcom: httpx.Client, mailbox: Mailbox
) -> None:
    """Its confirmation is told as its creation."""
    listen(calcom, mailbox.url)
    number, decisions = event_type(mock, confirmed=True), mock.mock.domain.decisions
    first, second = (booked(calcom, number, start).json()["data"]["uid"] for start in (START, LATER))
    decisions.confirm(first)
    decisions.decline(second, "Away")
    found = documents(mailbox.wait(4))
    assert [(item["triggerEvent"], item["payload"]["uid"], item["payload"]["status"]) for item in found] == [
        ("BOOKING_REQUESTED", first, "PENDING"),
        ("BOOKING_REQUESTED", second, "PENDING"),
        ("BOOKING_CREATED", first, "ACCEPTED"),
        ("BOOKING_REJECTED", second, "REJECTED"),
    ]
    rejected = found[-1]["payload"]
    assert (rejected["rejectionReason"], rejected["startTime"]) == ("Away", "2027-01-13T10:00:00.000Z")
    assert "iCalSequence" not in rejected


@pytest.mark.parametrize(("by_host", "trigger"), [(False, "BOOKING_REQUESTED"), (True, "BOOKING_RESCHEDULED")])
def test_a_move_that_needs_confirmation_is_a_request(
    mock: MockServer, calcom: httpx.Client, mailbox: Mailbox, by_host: bool, trigger: str
) -> None:
    """Unless the host moves it."""
    domain = mock.mock.domain
    old = booked(calcom, event_type(mock, confirmed=True)).json()["data"]["uid"]
    domain.decisions.confirm(old)
    listen(calcom, mailbox.url)
    new = domain.public_bookings.reschedule(old, seconds(LATER), Change(by_host=by_host))
    (document,) = documents(mailbox.wait(1))
    payload = document["payload"]
    assert (document["triggerEvent"], payload["uid"], payload["rescheduleUid"]) == (trigger, new.code, old)


def test_absence_has_a_payload_of_its_own(mock: MockServer, calcom: httpx.Client, mailbox: Mailbox) -> None:
    """Who was marked, and nothing of the booking but its names."""
    listen(calcom, mailbox.url, triggers=["BOOKING_NO_SHOW_UPDATED"])
    booking = booked(calcom, event_type(mock)).json()["data"]
    mock.mock.domain.clock.freeze(seconds(LATER))
    for absent in (True, False):
        mock.mock.domain.decisions.mark_absent(booking["uid"], attendees={"zoe@example.com": absent})
    found = documents(mailbox.wait(2))
    assert [item["payload"]["attendees"] for item in found] == [
        [{"email": "zoe@example.com", "noShow": True}],
        [{"email": "zoe@example.com", "noShow": False}],
    ]
    names = {(item["payload"]["bookingUid"], item["payload"]["bookingId"]) for item in found}
    assert names == {(booking["uid"], booking["id"])}
    assert all(item["payload"].keys() == {"message", "attendees", "bookingUid", "bookingId"} for item in found)


def test_seats_are_told_one_by_one(mock: MockServer, calcom: httpx.Client, mailbox: Mailbox) -> None:
    """Each with the attendee who has taken it."""
    listen(calcom, mailbox.url)
    event_types = mock.mock.domain.event_types
    number = event_type(mock)
    event_types.put(replace(event_types.numbered(number), seats=2))
    for name in ("Zoe", "Bo"):
        assert booked(calcom, number, name=name, email=f"{name}@example.com").status_code == 201
    assert booked(calcom, number, name="Cy", email="cy@example.com").status_code == 409
    found = documents(mailbox.wait(2))
    assert [[a["name"] for a in item["payload"]["attendees"]] for item in found] == [["Zoe"], ["Bo"]]
    assert len({item["payload"]["uid"] for item in found}) == 1


def test_a_deleted_event_type_is_no_hindrance(mock: MockServer, calcom: httpx.Client, mailbox: Mailbox) -> None:
    """Its bookings can be cancelled, and that is told."""
    uid, number = booked(calcom, event_type(mock)).json()["data"]["uid"], event_type(mock)
    listen(calcom, mailbox.url)
    assert calcom.delete(f"/v2/event-types/{number}").status_code == 200
    assert calcom.post(f"/v2/bookings/{uid}/cancel", json={"cancellationReason": "ill"}).status_code == 201
    (document,) = documents(mailbox.wait(1))
    assert (document["triggerEvent"], document["payload"]["uid"]) == ("BOOKING_CANCELLED", uid)


def test_what_is_done_over_the_wire_is_told(mock: MockServer, calcom: httpx.Client, mailbox: Mailbox) -> None:
    """Every change of a booking at a later date, one after the other; what is refused is not told."""
    listen(calcom, mailbox.url)
    headers = {"cal-api-version": "2026-02-25"}
    attendee = {"name": "Zoë", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}

    def post(path: str, status: int, **body: object) -> str:
        answer = calcom.post(f"/v2/bookings{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()["data"]["uid"] if status < 300 else ""

    number = event_type(mock, confirmed=True)
    first = post("", 201, eventTypeId=number, start=START, attendee=attendee)
    post(f"/{first}/confirm", 200)
    post(f"/{first}/confirm", 400)
    second = post("", 201, eventTypeId=number, start=LATER, attendee=attendee)
    post(f"/{second}/decline", 200, reason="Away")
    event_type(mock)
    third = post(f"/{first}/reschedule", 201, start=LATER)
    mock.mock.domain.clock.freeze(seconds(LATER))
    post(f"/{third}/mark-absent", 200, attendees=[{"email": "zoe@example.com", "absent": True}])
    post(f"/{third}/cancel", 200, cancellationReason="Nobody came")
    found = documents(mailbox.wait(7))
    assert [(item["triggerEvent"], item["payload"].get("uid")) for item in found] == [
        ("BOOKING_REQUESTED", first),
        ("BOOKING_CREATED", first),
        ("BOOKING_REQUESTED", second),
        ("BOOKING_REJECTED", second),
        ("BOOKING_RESCHEDULED", third),
        ("BOOKING_NO_SHOW_UPDATED", None),
        ("BOOKING_CANCELLED", third),
    ]
