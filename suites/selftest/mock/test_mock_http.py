"""Over the wire: bodies, pages, filters, odd requests; never a 5xx."""

import itertools
import json
from collections.abc import Callable

import httpx
import pytest

from bookproof.mock import MockServer, start_mock


def test_pages_lose_and_repeat_nothing(api: httpx.Client) -> None:
    whole = api.get("/v1/bookings", params={"limit": 100}).json()["data"]
    assert whole == sorted(whole, key=lambda booking: (booking["start"], booking["code"]))
    assert len(whole) == 10
    for limit in (1, 3, 5, 7, 10, 20):
        walked: list[object] = []
        for page in itertools.count(1):
            answer = api.get("/v1/bookings", params={"page": page, "limit": limit}).json()
            pages = -(-10 // limit)
            assert answer["pagination"] == {"page": page, "limit": limit, "total": 10, "pages": pages}
            walked += answer["data"]
            if page > pages:
                assert answer["data"] == []
                break
        assert walked == whole


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": "100"}, 100),
        ({"limit": "101"}, 100),
        ({"limit": "9" * 30}, 100),
        ({"page": "9" * 30}, 20),
        ({"limit": "0"}, None),
        ({"limit": "-1"}, None),
        ({"limit": "ten"}, None),
        ({"limit": "1.5"}, None),
        ({"limit": ""}, None),
        ({"limit": "٣"}, None),
        ({"limit": "9" * 5_000}, None),
        ({"page": "0"}, None),
        ({"page": "-1"}, None),
        ({"page": "x"}, None),
    ],
)
def test_odd_pages(api: httpx.Client, query: dict[str, str], expected: int | None) -> None:
    for path in ("event-types", "bookings", "webhooks", "calendars", "event-types/intro/links"):
        answer = api.get(f"/v1/{path}", params=query)
        if expected is None:
            assert (answer.status_code, answer.json()["error"]) == (400, "validation_failed")
        else:
            assert answer.json()["pagination"]["limit"] == expected


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "confirmed"}, 7),
        ({"status": "pending"}, 1),
        ({"status": "rescheduled"}, 0),
        ({"eventTypeCode": "intro"}, 9),
        ({"eventTypeCode": "none"}, 0),
        ({"eventTypeCode": "intro-foreign"}, 0),
        ({"attendeeEmail": "ATTENDEE1@example.com"}, 1),
        ({"from": "2027-01-11"}, 8),
        ({"to": "2027-01-11T08:00:00Z"}, 2),
        ({"from": "2027-01-31", "to": "2027-01-31"}, 2),
        ({"from": "2027-01-31T09:00:00Z", "to": "2027-01-31T09:00:00Z"}, 0),
        ({"status": "confirmed", "from": "2027-01-11", "limit": "2"}, 6),
    ],
)
def test_filters(api: httpx.Client, query: dict[str, str], count: int) -> None:
    answer = api.get("/v1/bookings", params=query).json()
    assert answer["pagination"]["total"] == count
    assert len(answer["data"]) == min(count, int(query.get("limit", "20")))


@pytest.mark.parametrize(
    "query",
    [
        {"status": "open"},
        {"eventTypeCode": ""},
        {"attendeeEmail": "nobody"},
        {"from": "yesterday"},
        {"to": "2027-02-30"},
        {"from": "2027-02-02", "to": "2027-01-01"},
    ],
)
def test_wrong_filters(api: httpx.Client, query: dict[str, str]) -> None:
    assert api.get("/v1/bookings", params=query).json()["error"] == "validation_failed"


BODIES = [
    (b"", "malformed_json"),
    (b"{", "malformed_json"),
    (b"\xff\xfe", "malformed_json"),
    (b'{"start": NaN}', "malformed_json"),
    (b"[" * 20_000 + b"]" * 20_000, "malformed_json"),
    (b'{"duration": ' + b"9" * 6_000 + b"}", "malformed_json"),
    (b"[]", "validation_failed"),
    (b"null", "validation_failed"),
    (b'"text"', "validation_failed"),
    (b"{}", "validation_failed"),
    (json.dumps({"notes": "x" * 70_000}).encode(), "payload_too_large"),
    (b" " * 3_000_000, "payload_too_large"),
]


@pytest.mark.parametrize(("body", "error"), BODIES, ids=range(len(BODIES)))
def test_bodies(api: httpx.Client, body: bytes, error: str) -> None:
    answer = api.post("/v1/bookings", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    # The connection is still good.
    assert api.get("/v1/users/me").status_code == 200


def test_media_types(api: httpx.Client) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = api.post("/v1/bookings", content=b"{}", headers={"Content-Type": media_type})
        assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
    for media_type in ("application/json; charset=utf-8", "application/merge-patch+json", "Application/JSON"):
        answer = api.post("/v1/bookings", content=b"{}", headers={"Content-Type": media_type})
        assert answer.json()["error"] == "validation_failed"


@pytest.mark.parametrize("name", ["Zoë", "李小龍", "👩‍👩‍👧", "a\u0000b", "e\u0301", "\u202eflip", "O'Brien; --"])
def test_names_come_back_as_they_were_sent(api: httpx.Client, name: str) -> None:
    body = {
        "eventTypeCode": "intro",
        "start": "2027-01-13T09:00:00Z",
        "attendee": {"name": name, "email": "a@b.example"},
    }
    code = api.post("/v1/bookings", json=body).json()["data"]["code"]
    assert api.get(f"/v1/bookings/{code}").json()["data"]["attendee"]["name"] == name


def test_half_a_character_is_refused(api: httpx.Client) -> None:
    body = (
        b'{"eventTypeCode":"intro","start":"2027-01-13T09:00:00Z","attendee":{"name":"\\ud800","email":"a@b.example"}}'
    )
    answer = api.post("/v1/bookings", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    for field in (b"eventTypeCode", b"linkCode"):
        odd = b'{"' + field + b'":"\\udfff","start":"2027-01-13T09:00:00Z"}'
        assert api.post("/v1/bookings", content=odd).status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v3/bookings", "/v1/bookings/", "/v1/bookings/a/b", "/v1/%00", "/book/lnk_x", "/_door/x/y"],
)
def test_unknown_paths(api: httpx.Client, path: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "route_not_found")


@pytest.mark.parametrize("code", ["%00", "%FF", "%F0%9F%8E%89", "x" * 3_000, "' OR 1=1 --", "..", "stats%20"])
def test_odd_codes_are_unknown(api: httpx.Client, code: str) -> None:
    assert api.get(f"/v1/bookings/{code}/cancel").status_code in (404, 405)
    assert api.post(f"/v1/event-types/{code}/duplicate").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "BREW"])
def test_wrong_methods(api: httpx.Client, method: str) -> None:
    answer = api.request(method, "/v1/bookings")
    assert answer.status_code == 405 or (method in ("HEAD", "TRACE", "BREW") and answer.status_code == 400)
    if answer.status_code == 405:
        assert answer.headers["Allow"] == "GET, POST"


def test_an_own_fault_is_a_clean_500(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    mock.mock.domain.bookings.get = lambda account_id, code: 1 / 0  # type: ignore[assignment, return-value]
    answer = client_of(mock).get("/v1/bookings/any")
    assert answer.status_code == 500
    assert answer.json() == {
        "success": False,
        "error": "internal_error",
        "message": "Something went wrong on our side.",
    }


def test_servers_start_and_stop_often() -> None:
    for _ in range(20):
        with start_mock() as server, httpx.Client(base_url=server.base_url, timeout=10, verify=False) as client:
            client.get("/v1/users/me")
            server.close()
            with pytest.raises(httpx.TransportError):
                client.get("/v1/users/me")
