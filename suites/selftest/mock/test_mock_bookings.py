"""Over the wire: the life of a booking."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from bookproof.mock import start_mock

WEDNESDAY = "2027-01-13T09:00:00Z"  # 10:00 in Berlin
LATER = "2027-01-13T10:00:00Z"
DAY = {"start": "2027-01-13T00:00:00Z", "end": "2027-01-14T00:00:00Z"}
Book = Callable[..., httpx.Response]


def starts(api: httpx.Client, code: str = "intro") -> list[str]:
    return [slot["start"] for slot in api.get(f"/v1/event-types/{code}/slots", params=DAY).json()["data"]]


def test_create_read_list_cancel(api: httpx.Client, book: Book) -> None:
    assert WEDNESDAY in starts(api)
    answer = book("intro", WEDNESDAY, answers={"topic": "Größe 🎉"}, notes="ring twice")
    assert answer.status_code == 201
    booking = answer.json()["data"]
    assert booking == {
        "code": booking["code"],
        "eventTypeCode": "intro",
        "status": "confirmed",
        "start": WEDNESDAY,
        "end": "2027-01-13T09:30:00Z",
        "attendee": {"name": "Zoë Müller", "email": "zoe@example.com", "timeZone": "Europe/Berlin"},
        "answers": {"topic": "Größe 🎉"},
        "notes": "ring twice",
        "createdAt": "2027-01-11T08:00:00Z",
        "updatedAt": "2027-01-11T08:00:00Z",
    }
    assert api.get(f"/v1/bookings/{booking['code']}").json() == {"success": True, "data": booking}
    assert booking in api.get("/v1/bookings", params={"limit": 100}).json()["data"]
    assert WEDNESDAY not in starts(api)
    assert WEDNESDAY not in starts(api, "sibling")
    assert book("intro", WEDNESDAY).json()["error"] == "slot_taken"

    cancelled = api.post(f"/v1/bookings/{booking['code']}/cancel", json={"reason": "ill"})
    assert cancelled.status_code == 200
    assert cancelled.json()["data"] == booking | {"status": "cancelled", "cancelReason": "ill"}
    assert WEDNESDAY in starts(api)
    again = api.post(f"/v1/bookings/{booking['code']}/cancel")
    assert (again.status_code, again.json()["error"]) == (409, "already_cancelled")
    assert book("intro", WEDNESDAY).status_code == 201


def test_reschedule_in_place(api: httpx.Client, book: Book) -> None:
    booking = book("intro", WEDNESDAY).json()["data"]
    taken = book("intro", LATER).json()["data"]
    path = f"/v1/bookings/{booking['code']}/reschedule"
    for start, status in [
        (LATER, 409),
        ("2027-01-13T10:15:00Z", 409),
        ("2027-01-13T02:00:00Z", 400),
        ("2027-01-11T07:00:00Z", 400),
        ("never", 400),
    ]:
        assert api.post(path, json={"start": start}).status_code == status, start
        assert api.get(f"/v1/bookings/{booking['code']}").json()["data"]["start"] == WEDNESDAY
    # Half an hour later overlaps the booking's own present time only.
    moved = api.post(path, json={"start": "2027-01-13T10:30:00+01:00"})
    assert moved.status_code == 200
    assert moved.json()["data"] | {"updatedAt": ""} == booking | {
        "start": "2027-01-13T09:30:00Z",
        "end": LATER,
        "updatedAt": "",
    }
    assert WEDNESDAY in starts(api)
    assert api.post(f"/v1/bookings/{taken['code']}/cancel").status_code == 200
    late = api.post(f"/v1/bookings/{taken['code']}/reschedule", json={"start": "2027-01-14T09:00:00Z"})
    assert (late.status_code, late.json()["error"]) == (409, "conflict")


def test_reschedule_to_a_new_code() -> None:
    now = datetime(2027, 1, 11, 8, tzinfo=UTC)
    with start_mock(now=now, reschedule_mode="new-code") as server:
        headers = {"Authorization": f"Bearer {server.keys['full']}"}
        with httpx.Client(base_url=server.base_url, headers=headers, timeout=10, verify=False) as api:
            body = {"eventTypeCode": "intro", "start": WEDNESDAY, "attendee": {"name": "A", "email": "a@b.example"}}
            old = api.post("/v1/bookings", json=body).json()["data"]["code"]
            before = api.get("/v1/bookings/stats").json()["data"]
            moved = api.post(f"/v1/bookings/{old}/reschedule", json={"start": LATER}).json()["data"]
            assert moved["rescheduledFrom"] == old
            assert moved["code"] != old
            assert (moved["status"], moved["start"]) == ("confirmed", LATER)
            assert api.get(f"/v1/bookings/{old}").json()["data"]["status"] == "rescheduled"
            assert starts(api)[:5] == [f"2027-01-13T{t}:00Z" for t in ("07:00", "07:30", "08:00", "08:30", "09:00")]
            after = api.get("/v1/bookings/stats").json()["data"]
            assert after == before | {"total": before["total"] + 1, "rescheduled": 1}
            assert api.post(f"/v1/bookings/{old}/cancel").status_code == 409


@pytest.mark.parametrize(
    ("code", "start", "status", "error"),
    [
        ("none", WEDNESDAY, 404, "not_found"),
        ("intro-foreign", WEDNESDAY, 404, "not_found"),
        ("intro", "2027-01-13T02:00:00Z", 400, "slot_unavailable"),
        ("intro", "2027-01-13T09:10:00Z", 400, "slot_unavailable"),
        ("intro", "2027-01-11T08:30:00Z", 400, "slot_unavailable"),  # inside the minimum notice
        ("intro", "2027-04-13T09:00:00Z", 400, "slot_unavailable"),  # beyond the maximum notice
        ("intro", "2027-01-11T07:30:00Z", 400, "validation_failed"),  # past
        ("intro", "2027-01-13T09:00:00", 400, "validation_failed"),
        ("intro", "2027-02-30T09:00:00Z", 400, "validation_failed"),
        ("intro", "2027-01-13T09:00:00.5Z", 400, "validation_failed"),
        ("intro", "0001-01-01T00:00:00+14:00", 400, "validation_failed"),
        ("confirmed-by-host", WEDNESDAY, 400, "validation_failed"),  # its question is open
    ],
)
def test_refused_creations(api: httpx.Client, book: Book, code: str, start: str, status: int, error: str) -> None:
    before = api.get("/v1/bookings/stats").json()
    refused = book(code, start)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert refused.json()["success"] is False
    assert refused.json()["message"]
    assert api.get("/v1/bookings/stats").json() == before


@pytest.mark.parametrize(
    "change",
    [
        {"start": None},
        {"start": 1_800_000_000},
        {"attendee": None},
        {"attendee": "Zoë"},
        {"attendee": {"name": " ", "email": "a@b.example"}},
        {"attendee": {"name": "x" * 201, "email": "a@b.example"}},
        {"attendee": {"name": 5, "email": "a@b.example"}},
        {"attendee": {"name": "A", "email": "nobody"}},
        {"attendee": {"name": "A"}},
        {"attendee": {"name": "A", "email": "a@b.example", "timeZone": "Mars/Base"}},
        {"duration": 45},
        {"duration": "30"},
        {"duration": True},
        {"answers": ["x"]},
        {"answers": {"topic": 5}},
        {"notes": {}},
        {"eventTypeCode": 5},
        {"eventTypeCode": ""},
        {"linkCode": 1},
    ],
)
def test_invalid_fields(book: Book, change: dict[str, object]) -> None:
    refused = book("intro", WEDNESDAY, **change)
    assert (refused.status_code, refused.json()["error"]) == (400, "validation_failed")


def test_durations_buffers_and_caps(api: httpx.Client, book: Book) -> None:
    assert book("workshop", WEDNESDAY, duration=90).json()["data"]["end"] == "2027-01-13T10:30:00Z"
    ninety = api.get("/v1/event-types/workshop/slots", params=DAY | {"duration": "90"}).json()["data"]
    assert ninety[0] == {"start": "2027-01-13T10:30:00Z", "end": "2027-01-13T12:00:00Z"}
    assert book("buffered", WEDNESDAY).status_code == 201
    assert book("buffered", "2027-01-13T09:45:00Z").status_code == 409
    assert book("buffered", LATER).status_code == 201
    assert book("capped", WEDNESDAY).status_code == 201
    assert book("capped", LATER).status_code == 201
    assert starts(api, "capped") == []
    full = book("capped", "2027-01-13T11:00:00Z")
    assert (full.status_code, full.json()["error"]) == (409, "daily_cap_reached")


def test_partial_overlaps_across_event_types(book: Book) -> None:
    assert book("intro", LATER).status_code == 201
    assert book("sibling", "2027-01-13T09:30:00Z").status_code == 409
    assert book("sibling", "2027-01-13T09:15:00Z").status_code == 201
    assert book("intro", "2027-01-13T09:50:00Z").status_code == 409  # off the grid, but taken all the same


def test_pending_bookings_hold_their_slot(api: httpx.Client, book: Book) -> None:
    booking = book("confirmed-by-host", WEDNESDAY, answers={"topic": "x"}).json()["data"]
    assert booking["status"] == "pending"
    assert WEDNESDAY not in starts(api, "confirmed-by-host")


def test_past_bookings_stay_as_they_are(api: httpx.Client) -> None:
    listed = api.get("/v1/bookings", params={"to": "2027-01-10"}).json()["data"]
    assert {booking["status"] for booking in listed} == {"no_show", "confirmed"}
    for booking in listed:
        assert api.post(f"/v1/bookings/{booking['code']}/cancel").json()["error"] == "conflict"
        move = api.post(f"/v1/bookings/{booking['code']}/reschedule", json={"start": WEDNESDAY})
        assert move.json()["error"] == "conflict"
