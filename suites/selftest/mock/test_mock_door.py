"""The control door."""

from collections.abc import Callable

import httpx
import pytest

from bookproof.mock import MockServer

START = "2027-01-13T09:00:00Z"


def test_keys_are_issued_and_revoked_at_once(
    mock: MockServer, door: httpx.Client, client_of: Callable[..., httpx.Client]
) -> None:
    issued = door.post("/keys", json={"scopes": ["bookings:read"], "account": "foreign", "rate_limit": 2})
    assert issued.status_code == 201
    key, prefix = issued.json()["data"]["key"], issued.json()["data"]["prefix"]
    assert key.startswith(f"{prefix}.")
    with httpx.Client(
        base_url=mock.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=10, verify=False
    ) as client:
        me = client.get("/v1/users/me").json()["data"]
        assert me["organisation"]["name"] == "Contoso"
        assert me["key"] == {"prefix": prefix, "scopes": ["bookings:read"]}
        assert door.delete(f"/keys/{prefix}").status_code == 200
        assert client.get("/v1/users/me").status_code == 401
    assert door.delete("/keys/cal_nobody").status_code == 404


@pytest.mark.parametrize(
    "body",
    [{}, {"scopes": "mcp"}, {"scopes": ["all"]}, {"scopes": [], "account": "x"}, {"scopes": [], "rate_limit": 0}],
)
def test_wrong_keys_are_refused(door: httpx.Client, body: dict[str, object]) -> None:
    refused = door.post("/keys", json=body)
    assert refused.status_code == 400
    assert refused.json()["error"] == "validation_failed"


def test_no_show_and_confirm(api: httpx.Client, door: httpx.Client, book: Callable[..., httpx.Response]) -> None:
    pending = book("confirmed-by-host", START, answers={"topic": "x"}).json()["data"]
    assert pending["status"] == "pending"
    assert door.post(f"/bookings/{pending['code']}/confirm").json()["data"]["status"] == "confirmed"
    assert door.post(f"/bookings/{pending['code']}/confirm").status_code == 409
    assert door.post(f"/bookings/{pending['code']}/no-show").json()["data"]["status"] == "no_show"
    assert api.get(f"/v1/bookings/{pending['code']}").json()["data"]["status"] == "no_show"
    assert door.post("/bookings/bk_none/no-show").status_code == 404


def test_event_types_are_edited_and_deleted(api: httpx.Client, door: httpx.Client) -> None:
    query = {"start": "2027-01-13T00:00:00Z", "end": "2027-01-14T00:00:00Z"}
    changes = {"hours": {"wed": ["10:00-12:00"]}, "duration": 60, "interval": None, "overrides": {}}
    changed = door.patch("/event-types/capped", json=changes | {"required_answers": {"why": "x"}})
    assert changed.status_code == 200
    assert changed.json()["data"]["hours"]["wed"] == ["10:00-12:00"]
    assert changed.json()["data"]["required_answers"].keys() == {"why"}
    slots = api.get("/v1/event-types/capped/slots", params=query).json()["data"]
    assert [slot["start"] for slot in slots] == ["2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z"]
    assert door.patch("/event-types/capped", json={"duration": "long"}).status_code == 400
    assert door.patch("/event-types/none", json={}).status_code == 404
    assert door.delete("/event-types/capped").status_code == 200
    assert api.get("/v1/event-types/capped").status_code == 404
    assert door.delete("/event-types/capped").status_code == 404


def test_the_clock_is_set(api: httpx.Client, door: httpx.Client, book: Callable[..., httpx.Response]) -> None:
    assert door.get("/clock").json()["data"] == {"now": "2027-01-11T08:00:00Z", "frozen": True}
    booking = book("intro", START).json()["data"]
    assert door.put("/clock", json={"now": "2027-01-13T10:00:00+01:00"}).status_code == 200
    assert api.post(f"/v1/bookings/{booking['code']}/cancel").status_code == 409
    assert door.put("/clock", json={"now": "soon"}).status_code == 400
    assert door.put("/clock", json={"now": None}).json()["data"]["frozen"] is False


def test_the_state_is_counted(door: httpx.Client, book: Callable[..., httpx.Response]) -> None:
    before = door.get("/state").json()["data"]
    assert book("intro", START).status_code == 201
    after = door.get("/state").json()["data"]
    assert after["bookings"]["confirmed"] == before["bookings"]["confirmed"] + 1
    assert after["event_types"] == before["event_types"] == 18


def test_the_door_asks_for_its_token(mock: MockServer, door: httpx.Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {mock.keys['full']}"}):
        refused = httpx.get(f"{mock.door_url}/state", headers=headers)
        assert refused.status_code == 401
        assert refused.json()["error"] == "unauthorized"
    assert door.get("/nothing").json()["error"] == "route_not_found"
    assert door.get("/keys").status_code == 405
