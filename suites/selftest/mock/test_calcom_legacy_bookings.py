"""The first version of Cal.com's API in the mock: bookings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from selftest_calcom_legacy import DAY, LATER, START, data, refused, thirty, wish
from selftest_calcom_subscribers import client_of

from bookproof.mock import MockServer


@pytest.fixture
def calcom(mock: MockServer) -> Iterator[httpx.Client]:
    """The fresh mock's Cal.com side with the full key and without a date."""
    with client_of(mock) as client:
        yield client


@pytest.fixture
def stranger(mock: MockServer) -> Iterator[httpx.Client]:
    """Another account of another organisation."""
    with client_of(mock, "foreign") as client:
        yield client


@pytest.fixture
def nobody(mock: MockServer) -> Iterator[httpx.Client]:
    """Somebody without credentials."""
    with client_of(mock, None) as client:
        yield client


def test_a_booking_is_made_by_anybody_and_read_by_its_uid(mock: MockServer, nobody: httpx.Client) -> None:
    """As a raw row, its status in upper case."""
    booking = data(nobody.post("/v2/bookings", json=wish(thirty(mock))), 201, "BookingAnswer")
    assert (
        booking.items()
        >= {
            "title": "Thirty minutes between Ada Byron and Zoë",
            "startTime": "2027-01-13T09:00:00.000Z",
            "endTime": "2027-01-13T09:30:00.000Z",
            "status": "ACCEPTED",
            "location": "integrations:daily",
            "paymentRequired": False,
        }.items()
    )
    assert booking["attendees"][0].items() >= {"name": "Zoë", "timeZone": "Europe/Berlin", "locale": "de"}.items()
    read = data(nobody.get(f"/v2/bookings/{booking['uid']}"), 200, "BookingAnswer")
    assert booking.items() >= read.items()
    refused(nobody.get(f"/v2/bookings/{booking['uid']}0"), 404, "NotFoundException")


def test_a_taken_slot_is_refused_with_a_word_of_the_inside(mock: MockServer, calcom: httpx.Client) -> None:
    """The details are the same word."""
    body = wish(thirty(mock))
    assert calcom.post("/v2/bookings", json=body).status_code == 201
    error = refused(calcom.post("/v2/bookings", json=body), 400, "HttpException")
    assert error["message"] == error["details"] == "no_available_users_found_error"
    night = wish(thirty(mock), "2027-01-13T02:00:00Z")
    assert refused(calcom.post("/v2/bookings", json=night), 400, "HttpException")["details"] == error["details"]
    assert calcom.post("/v2/bookings", json=wish(thirty(mock), LATER)).status_code == 201


@pytest.mark.parametrize("missing", ["eventTypeId", "start", "timeZone", "language", "metadata", "responses"])
def test_everything_that_a_booking_needs_is_asked_for(mock: MockServer, calcom: httpx.Client, missing: str) -> None:
    """By name."""
    body = wish(thirty(mock))
    del body[missing]
    error = refused(calcom.post("/v2/bookings", json=body), 400, "BadRequestException")
    assert [item["property"] for item in error["details"]["errors"]] == [missing]


def test_the_body_of_later_versions_is_refused(mock: MockServer, calcom: httpx.Client) -> None:
    """Its attendee is not what is asked for here."""
    attendee = {"name": "Zoë", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}
    body = {"eventTypeId": thirty(mock), "start": START, "attendee": attendee}
    refused(calcom.post("/v2/bookings", json=body), 400, "BadRequestException")


def test_wrong_answers_are_refused_by_the_field(mock: MockServer, calcom: httpx.Client) -> None:
    """An address that is none, a question left open; an unknown event type is not found."""
    number, event_types = thirty(mock), mock.mock.domain.event_types
    wrong = {"responses": {"name": "Zoë", "email": "nobody"}}
    error = refused(calcom.post("/v2/bookings", json=wish(number, **wrong)), 400, "BAD_REQUEST")
    assert "{email}" in error["message"]
    assert "details" not in error
    event_types.change("et_ada_thirty", {"required_answers": {"topic": "x"}})
    error = refused(calcom.post("/v2/bookings", json=wish(number)), 400, "BAD_REQUEST")
    assert "{topic}" in error["message"]
    refused(calcom.post("/v2/bookings", json=wish(999_999)), 404, "NotFoundException")


def test_event_types_of_the_other_dialect_are_not_booked(mock: MockServer, calcom: httpx.Client) -> None:
    """Though they are in the same table, with numbers of their own."""
    imatic = mock.mock.domain.event_types.get("acc_main", "intro").number
    refused(calcom.post("/v2/bookings", json=wish(imatic)), 404, "NotFoundException")
    refused(calcom.get("/v2/slots/available", params=DAY | {"eventTypeId": imatic}), 404, "NotFoundException")


def test_bookings_are_listed_by_a_cursor_that_counts(calcom: httpx.Client) -> None:
    """Ten upcoming ones at a time, if nothing else is asked for; the walk meets each of them once."""
    first = data(calcom.get("/v2/bookings?take=3"), 200, "BookingsAnswer")
    assert (len(first["bookings"]), first["nextCursor"], first["totalCount"]) == (10, 10, 14)
    seen: list[str] = []
    cursor: int | None = 0
    while cursor is not None:
        page = data(calcom.get(f"/v2/bookings?limit=7&cursor={cursor}"), 200, "BookingsAnswer")
        assert len(page["bookings"]) == 7
        seen += [item["uid"] for item in page["bookings"]]
        cursor = page["nextCursor"]
    assert len(seen) == len(set(seen)) == 14
    starts = [item["startTime"] for item in first["bookings"]]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        ("upcoming", {"ACCEPTED", "PENDING"}),
        ("past", {"ACCEPTED"}),
        ("cancelled", {"CANCELLED", "REJECTED"}),
        ("unconfirmed", {"PENDING"}),
    ],
)
def test_bookings_are_filtered_by_where_they_stand(calcom: httpx.Client, kind: str, statuses: set[str]) -> None:
    """With the filter in brackets."""
    found = data(calcom.get(f"/v2/bookings?limit=100&filters[status]={kind}"), 200, "BookingsAnswer")
    assert {item["status"] for item in found["bookings"]} == statuses


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=-1", "filters[status]=accepted"])
def test_a_wrong_list_is_refused(calcom: httpx.Client, query: str) -> None:
    """With the name of what is wrong."""
    error = refused(calcom.get(f"/v2/bookings?{query}"), 400, "BadRequestException")
    name = "status" if query.startswith("filters") else query.partition("=")[0]
    assert [item["property"] for item in error["details"]["errors"]] == [name]


def test_lists_hold_ones_own_bookings_only(calcom: httpx.Client, stranger: httpx.Client) -> None:
    """Each account sees others."""
    mine, theirs = (
        {item["uid"] for item in client.get("/v2/bookings?limit=100").json()["data"]["bookings"]}
        for client in (calcom, stranger)
    )
    assert mine
    assert theirs
    assert not mine & theirs


def test_a_booking_is_cancelled_once_and_its_slot_is_free(mock: MockServer, calcom: httpx.Client) -> None:
    """By its uid; the number is no name here."""
    booking = calcom.post("/v2/bookings", json=wish(thirty(mock))).json()["data"]
    path = f"/v2/bookings/{booking['uid']}/cancel"
    cancelled = data(calcom.post(path, json={"cancellationReason": "ill"}), 201, "CancelledAnswer")
    assert cancelled == {"bookingId": booking["id"], "bookingUid": booking["uid"], "onlyRemovedAttendee": False}
    refused(calcom.post(path, json={"cancellationReason": "ill"}), 400, "HttpException")
    refused(calcom.post(f"/v2/bookings/{booking['id']}/cancel", json={}), 400, "BadRequestException")
    refused(calcom.post("/v2/bookings/nowhere/cancel", json={}), 404, "NotFoundException")
    assert calcom.get(f"/v2/bookings/{booking['uid']}").json()["data"]["status"] == "CANCELLED"
    assert calcom.post("/v2/bookings", json=wish(thirty(mock))).status_code == 201


def test_seats_fill_and_empty(mock: MockServer, calcom: httpx.Client) -> None:
    """A full slot is 409; who leaves a seat leaves the others theirs."""
    domain, number = mock.mock.domain, thirty(mock)
    domain.event_types.put(replace(domain.event_types.numbered(number), seats=2))
    uids = set[str]()
    for name, status in (("a", 201), ("b", 201), ("c", 409)):
        body = wish(number, responses={"name": name, "email": f"{name}@example.com"})
        answer = calcom.post("/v2/bookings", json=body)
        assert answer.status_code == status, answer.text
        uids |= {answer.json()["data"]["uid"]} if status == 201 else set()
    (uid,) = uids
    seat = domain.seats.of_booking(uid)[0].uid
    left = calcom.post(f"/v2/bookings/{uid}/cancel", json={"seatReferenceUid": seat})
    assert data(left, 201, "CancelledAnswer")["onlyRemovedAttendee"] is True
    booking = calcom.get(f"/v2/bookings/{uid}").json()["data"]
    assert (booking["status"], [a["name"] for a in booking["attendees"]]) == ("ACCEPTED", ["b"])


# One set of data for all dates


def at(date: str) -> dict[str, str]:
    """The header that asks for a date."""
    return {"cal-api-version": date}


def test_what_is_made_here_is_seen_at_later_dates_and_the_reverse(mock: MockServer, calcom: httpx.Client) -> None:
    """Event type, booking, slot and schedule, each in the words of its date."""
    made = {"title": "Talk", "slug": "talk", "length": 30}
    number = calcom.post("/v2/event-types", json=made).json()["data"]["id"]
    later = calcom.get(f"/v2/event-types/{number}", headers=at("2024-06-14")).json()["data"]
    assert (later["lengthInMinutes"], later["title"]) == (30, "Talk")
    responses = {"name": "Zoë", "email": "zoe@example.com", "topic": "Trains", "notes": "Hello"}
    booking = calcom.post("/v2/bookings", json=wish(number, responses=responses)).json()["data"]
    later = calcom.get(f"/v2/bookings/{booking['uid']}", headers=at("2024-08-13")).json()["data"]
    assert (
        later.items()
        >= {
            "id": booking["id"],
            "status": "accepted",
            "start": booking["startTime"],
            "title": booking["title"],
            "description": "Hello",
        }.items()
    )
    assert later["bookingFieldsResponses"].items() >= {"topic": "Trains", "name": "Zoë"}.items()
    query = {"eventTypeId": number, "start": "2027-01-13", "end": "2027-01-13"}
    slots = calcom.get("/v2/slots", params=query, headers=at("2024-09-04")).json()["data"]["2027-01-13"]
    assert len(slots) == 15
    assert calcom.get("/v2/slots", params=query).status_code == 404
    attendee = {"name": "Bo", "email": "bo@example.com", "timeZone": "Europe/Berlin"}
    body = {"eventTypeId": number, "start": LATER, "attendee": attendee}
    answer = calcom.post("/v2/bookings", json=body, headers=at("2024-08-13"))
    assert answer.status_code == 201, answer.text
    earlier = data(calcom.get(f"/v2/bookings/{answer.json()['data']['uid']}"), 200, "BookingAnswer")
    assert (earlier["status"], earlier["title"]) == ("ACCEPTED", answer.json()["data"]["title"])
    schedules = calcom.get("/v2/schedules", headers=at("2024-06-11")).json()["data"]
    assert [item["id"] for item in schedules] == [item["id"] for item in calcom.get("/v2/schedules").json()["data"]]
