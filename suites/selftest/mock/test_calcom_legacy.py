"""The first version of Cal.com's API in the mock: event types, slots and schedules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from selftest_calcom_legacy import DAY, START, data, refused, thirty, wish
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


# Event types


def test_event_types_come_in_groups_of_their_owner(calcom: httpx.Client, stranger: httpx.Client) -> None:
    """All of one's own; of others those that are shown."""
    (group,) = data(calcom.get("/v2/event-types"), 200, "EventTypesAnswer")["eventTypeGroups"]
    assert group["profile"].items() >= {"slug": "ada", "name": "Ada Byron"}.items()
    assert [item["slug"] for item in group["eventTypes"]] == ["fifteen", "thirty", "by-invitation"]
    assert [item["length"] for item in group["eventTypes"]] == [15, 30, 45]
    (seen,) = stranger.get("/v2/event-types?username=ada").json()["data"]["eventTypeGroups"]
    assert [item["slug"] for item in seen["eventTypes"]] == ["fifteen", "thirty"]
    assert stranger.get("/v2/event-types?username=who").json()["data"]["eventTypeGroups"] == []


def test_an_event_type_is_made_read_changed_and_deleted(calcom: httpx.Client) -> None:
    """Its life, in raw records."""
    body = {"title": "Talk", "slug": "talk", "length": 20}
    made = data(calcom.post("/v2/event-types", json=body), 201, "EventTypeAnswer")
    assert made.items() >= (body | {"hidden": False, "locations": [{"type": "integrations:daily"}]}).items()
    path = f"/v2/event-types/{made['id']}"
    assert data(calcom.get(path), 200, "EventTypeBundleAnswer")["eventType"].items() >= made.items()
    changed = data(calcom.patch(path, json={"title": "Long talk", "length": 40}), 200, "EventTypeAnswer")
    assert changed == made | {"title": "Long talk", "length": 40}
    refused(calcom.post("/v2/event-types", json=body), 400, "BadRequestException")
    deleted = data(calcom.delete(path), 200, "DeletedEventTypeAnswer")
    assert deleted == {"id": made["id"], "length": 40, "slug": "talk", "title": "Long talk"}
    assert refused(calcom.get(path), 404, "TRPCError").keys() == {"code", "message"}
    refused(calcom.delete(path), 404, "NotFoundException")


@pytest.mark.parametrize("wrong", [{"length": 0}, {"length": "30"}, {"title": ""}, {"slug": 7}], ids=str)
def test_a_wrong_event_type_is_refused(calcom: httpx.Client, wrong: dict[str, Any]) -> None:
    """The property is named."""
    body = {"title": "Talk", "slug": "talk", "length": 20} | wrong
    error = refused(calcom.post("/v2/event-types", json=body), 400, "BadRequestException")
    assert [item["property"] for item in error["details"]["errors"]] == list(wrong)


def test_a_strangers_event_type_is_out_of_reach(mock: MockServer, stranger: httpx.Client) -> None:
    """It cannot be read, changed or deleted."""
    path = f"/v2/event-types/{thirty(mock)}"
    refused(stranger.get(path), 404, "TRPCError")
    refused(stranger.patch(path, json={"title": "Mine"}), 404, "TRPCError")
    refused(stranger.delete(path), 403, "ForbiddenException")
    assert mock.mock.domain.event_types.by_slug("acc_ada", "thirty").title == "Thirty minutes"


# Slots


def test_slots_are_what_can_be_booked(mock: MockServer, calcom: httpx.Client) -> None:
    """By number, or by slug and owner; a booked one is gone."""
    number = thirty(mock)
    slots = data(calcom.get("/v2/slots/available", params=DAY | {"eventTypeId": number}), 200, "SlotsAnswer")["slots"]
    assert list(slots) == ["2027-01-13"]
    times = [item["time"] for item in slots["2027-01-13"]]
    assert (times[0], times[-1], len(times)) == ("2027-01-13T09:00:00.000Z", "2027-01-13T16:30:00.000Z", 16)
    named = DAY | {"eventTypeSlug": "thirty", "usernameList[]": "ada"}
    assert calcom.get("/v2/slots/available", params=named).json()["data"]["slots"] == slots
    assert calcom.post("/v2/bookings", json=wish(number)).status_code == 201
    after = calcom.get("/v2/slots/available", params=named).json()["data"]["slots"]
    assert [item["time"] for item in after["2027-01-13"]] == times[1:]


def test_slots_are_told_in_the_zone_and_the_form_that_are_asked_for(mock: MockServer, nobody: httpx.Client) -> None:
    """Days are those of the zone."""
    asked = DAY | {"eventTypeId": thirty(mock), "timeZone": "Pacific/Auckland", "slotFormat": "range"}
    slots = data(nobody.get("/v2/slots/available", params=asked), 200, "SlotsAnswer")["slots"]
    assert list(slots) == ["2027-01-13", "2027-01-14"]
    assert slots["2027-01-13"][0] == {
        "startTime": "2027-01-13T22:00:00.000+13:00",
        "endTime": "2027-01-13T22:30:00.000+13:00",
    }


def test_a_range_of_one_date_is_empty(mock: MockServer, nobody: httpx.Client) -> None:
    """A date is its first instant here, whichever end it is."""
    asked = {"eventTypeId": thirty(mock), "startTime": "2027-01-13", "endTime": "2027-01-13"}
    assert nobody.get("/v2/slots/available", params=asked).json()["data"] == {"slots": {}}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"startTime": "soon"}, 400),
        ({"endTime": ""}, 400),
        ({"timeZone": "Mars/Base"}, 400),
        ({"slotFormat": "list"}, 400),
        ({"eventTypeId": "abc"}, 400),
        ({"eventTypeId": ""}, 400),
        ({"duration": "45"}, 400),
        ({"eventTypeId": "999999"}, 404),
        ({"eventTypeId": "99999999999999999999"}, 404),
    ],
    ids=str,
)
def test_a_wrong_question_for_slots_is_refused(
    mock: MockServer, nobody: httpx.Client, change: dict[str, str], status: int
) -> None:
    """Never with a fault of the server."""
    asked = {**DAY, "eventTypeId": str(thirty(mock)), **change}
    code = "BadRequestException" if status == 400 else "NotFoundException"
    refused(nobody.get("/v2/slots/available", params=asked), status, code)


def test_a_held_slot_is_gone_until_it_is_let_go_or_time_is_over(mock: MockServer, nobody: httpx.Client) -> None:
    """The uid is in the answer and in a cookie."""
    number = thirty(mock)
    body = {"eventTypeId": number, "slotUtcStartDate": START, "slotUtcEndDate": "2027-01-13T09:30:00Z"}

    def is_open() -> bool:
        slots = nobody.get("/v2/slots/available", params=DAY | {"eventTypeId": number}).json()["data"]["slots"]
        return {"time": "2027-01-13T09:00:00.000Z"} in slots["2027-01-13"]

    answer = nobody.post("/v2/slots/reserve", json=body)
    uid = data(answer, 201, "HeldAnswer")
    assert answer.headers["set-cookie"] == f"uid={uid}; Path=/"
    assert not is_open()
    refused(nobody.post("/v2/slots/reserve", json=body), 422, "UnprocessableEntityException")
    nobody.cookies.clear()
    assert nobody.delete(f"/v2/slots/selected-slot?uid={uid}").json() == {"status": "success"}
    assert is_open()
    assert nobody.post("/v2/slots/reserve", json=body).status_code == 201
    mock.mock.domain.clock.advance(301)
    assert is_open()


def test_a_booked_or_impossible_slot_is_not_held(mock: MockServer, nobody: httpx.Client) -> None:
    """Booked 422; backwards, of another length, or of nothing 400."""
    number = thirty(mock)
    assert nobody.post("/v2/bookings", json=wish(number)).status_code == 201
    body = {"eventTypeId": number, "slotUtcStartDate": START, "slotUtcEndDate": "2027-01-13T09:30:00Z"}
    refused(nobody.post("/v2/slots/reserve", json=body), 422, "UnprocessableEntityException")
    for end in (START, "2027-01-13T09:45:00Z", "later"):
        refused(nobody.post("/v2/slots/reserve", json=body | {"slotUtcEndDate": end}), 400, "BadRequestException")
    refused(nobody.post("/v2/slots/reserve", json=body | {"eventTypeId": 999_999}), 404, "NotFoundException")
    refused(nobody.post("/v2/slots/reserve", json={}), 400, "BadRequestException")


# Schedules


def test_a_schedule_is_made_read_changed_and_deleted(calcom: httpx.Client) -> None:
    """Its life, in minutes since midnight and days from Sunday on."""
    hours = [
        {"days": [0, 6], "startTime": "10:00", "endTime": "12:30"},
        {"days": [3], "startTime": "1970-01-01T14:00:00.000Z", "endTime": "1970-01-01T15:00:00.000Z"},
    ]
    body = {"name": "Weekend", "timeZone": "Europe/Paris", "isDefault": False, "availabilities": hours}
    made = data(calcom.post("/v2/schedules", json=body), 201, "ScheduleAnswer")
    assert [(item["days"], item["startTime"], item["endTime"]) for item in made["workingHours"]] == [
        ([0, 6], 600, 750),
        ([3], 840, 900),
    ]
    assert [len(day) for day in made["availability"]] == [1, 0, 0, 1, 0, 0, 1]
    path = f"/v2/schedules/{made['id']}"
    assert data(calcom.get(path), 200, "ScheduleAnswer") == made
    changed = data(calcom.patch(path, json={"name": "Off days"}), 200, "ScheduleAnswer")
    assert changed == made | {"name": "Off days"}
    assert len(data(calcom.get("/v2/schedules"), 200, "SchedulesAnswer")) == 2
    assert calcom.delete(path).json() == {"status": "success"}
    refused(calcom.get(path), 404, "NotFoundException")


def test_a_schedule_is_nine_to_five_if_nothing_is_said(calcom: httpx.Client) -> None:
    """A new default takes the place of the old one."""
    body = {"name": "Usual", "timeZone": "Europe/Paris", "isDefault": True}
    made = calcom.post("/v2/schedules", json=body).json()["data"]
    assert [(item["days"], item["startTime"], item["endTime"]) for item in made["workingHours"]] == [
        ([1, 2, 3, 4, 5], 540, 1020)
    ]
    assert data(calcom.get("/v2/schedules/default"), 200, "ScheduleAnswer") == made
    assert [item["isDefault"] for item in calcom.get("/v2/schedules").json()["data"]] == [False, True]


def test_without_a_default_schedule_there_is_null(calcom: httpx.Client) -> None:
    """Once the only one is gone."""
    number = calcom.get("/v2/schedules/default").json()["data"]["id"]
    assert calcom.delete(f"/v2/schedules/{number}").status_code == 200
    assert calcom.get("/v2/schedules/default").json() == {"status": "success", "data": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 7},
        {"timeZone": "Mars/Base"},
        {"isDefault": "yes"},
        {"availabilities": [{"days": [7], "startTime": "09:00", "endTime": "10:00"}]},
        {"availabilities": [{"days": [1], "startTime": "9", "endTime": "10:00"}]},
        {"availabilities": [{"days": [1], "startTime": "10:00", "endTime": "09:00"}]},
    ],
    ids=str,
)
def test_a_wrong_schedule_is_refused_and_not_kept(calcom: httpx.Client, wrong: dict[str, Any]) -> None:
    """Whatever of it was right."""
    body = {"name": "Usual", "timeZone": "Europe/Paris", "isDefault": False} | wrong
    refused(calcom.post("/v2/schedules", json=body), 400, "BadRequestException")
    assert len(calcom.get("/v2/schedules").json()["data"]) == 1


def test_a_strangers_schedule_is_forbidden(calcom: httpx.Client, stranger: httpx.Client) -> None:
    """To be read, changed or deleted."""
    path = f"/v2/schedules/{calcom.get('/v2/schedules/default').json()['data']['id']}"
    refused(stranger.get(path), 403, "ForbiddenException")
    refused(stranger.patch(path, json={"name": "Mine"}), 403, "ForbiddenException")
    refused(stranger.delete(path), 403, "ForbiddenException")
    assert calcom.get(path).json()["data"]["name"] == "Working hours"
