"""Over the wire: event types, slots, links, identity, calendars, webhooks."""

from collections.abc import Callable

import httpx
import pytest

from bookproof.mock import MockServer

START = "2027-01-13T09:00:00Z"
SLOTS = "/v1/event-types/intro/slots"
Book = Callable[..., httpx.Response]


def test_event_types(api: httpx.Client) -> None:
    listed = api.get("/v1/event-types").json()
    assert listed["success"] is True
    assert listed["pagination"] == {"page": 1, "limit": 20, "total": 12, "pages": 1}
    assert "intro-foreign" not in [item["code"] for item in listed["data"]]
    for item in listed["data"]:
        assert api.get(f"/v1/event-types/{item['code']}").json() == {"success": True, "data": item}
    assert api.get("/v1/event-types/intro-foreign").text == api.get("/v1/event-types/none").text


def test_duplicates_have_the_same_rules(api: httpx.Client) -> None:
    original = api.get("/v1/event-types/overridden").json()["data"]
    answer = api.post("/v1/event-types/overridden/duplicate")
    assert answer.status_code == 201
    copy = answer.json()["data"]
    own = {"code", "slug", "title"}
    assert {name: copy[name] for name in copy if name not in own} == {n: original[n] for n in original if n not in own}
    assert all(copy[name] != original[name] for name in own)
    query = {"start": "2027-01-11", "end": "2027-01-31"}
    slots = [api.get(f"/v1/event-types/{code}/slots", params=query).json() for code in ("overridden", copy["code"])]
    assert slots[0] == slots[1]
    again = api.post(f"/v1/event-types/{copy['code']}/duplicate").json()["data"]
    assert again["code"] not in (copy["code"], original["code"])
    assert api.get("/v1/event-types").json()["pagination"]["total"] == 14


def test_slots_in_zones(api: httpx.Client) -> None:
    query = {"start": "2027-01-13T09:00:00Z", "end": "2027-01-13T09:30:00Z"}
    assert api.get(SLOTS, params=query).json()["data"] == [{"start": START, "end": "2027-01-13T09:30:00Z"}]
    for zone, start, end in [
        ("Asia/Kolkata", "2027-01-13T14:30:00+05:30", "2027-01-13T15:00:00+05:30"),
        ("America/New_York", "2027-01-13T04:00:00-05:00", "2027-01-13T04:30:00-05:00"),
        ("UTC", "2027-01-13T09:00:00+00:00", "2027-01-13T09:30:00+00:00"),
    ]:
        shown = api.get(SLOTS, params=query | {"timeZone": zone}).json()["data"]
        assert shown == [{"start": start, "end": end}]


def test_dates_are_whole_days_of_the_zone(api: httpx.Client) -> None:
    def span(**query: str) -> tuple[str, str]:
        found = api.get("/v1/event-types/night-berlin/slots", params=query).json()["data"]
        return found[0]["start"], found[-1]["end"]

    assert span(start="2027-01-13", end="2027-01-13") == ("2027-01-12T23:00:00Z", "2027-01-13T16:00:00Z")
    new_york = span(start="2027-01-13", end="2027-01-14", timeZone="America/New_York")
    assert new_york == ("2027-01-13T03:00:00-05:00", "2027-01-15T00:00:00-05:00")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"start": START},
        {"start": START, "end": START},
        {"start": START, "end": "2027-01-12T00:00:00Z"},
        {"start": START, "end": "2027-05-13T00:00:00Z"},
        {"start": "soon", "end": START},
        {"start": "2027-13-01", "end": "2027-12-31"},
        {"start": "2027-01-13T09:00:00", "end": "2027-01-14"},
        {"start": "9999-12-31", "end": "9999-12-31"},
        {"start": "2027-01-13", "end": "2027-01-14", "timeZone": "Mars/Base"},
        {"start": "2027-01-13", "end": "2027-01-14", "timeZone": ""},
        {"start": "2027-01-13", "end": "2027-01-14", "duration": "45"},
        {"start": "2027-01-13", "end": "2027-01-14", "duration": "half"},
    ],
)
def test_wrong_slot_queries(api: httpx.Client, query: dict[str, str]) -> None:
    refused = api.get(SLOTS, params=query)
    assert (refused.status_code, refused.json()["error"]) == (400, "validation_failed")


def test_links(api: httpx.Client, book: Book, mock: MockServer) -> None:
    path = "/v1/event-types/intro/links"
    first, second = (api.post(path, json={}) for _ in range(2))
    assert first.status_code == 201
    link = first.json()["data"]
    assert link == {
        "code": link["code"],
        "url": f"{mock.base_url}/book/{link['code']}",
        "eventTypeCode": "intro",
        "used": False,
        "revoked": False,
        "createdAt": "2027-01-11T08:00:00Z",
    }
    listed = api.get(path).json()
    assert [item["code"] for item in listed["data"]] == sorted([link["code"], second.json()["data"]["code"]])
    assert listed["pagination"]["total"] == 2

    assert book("intro", "2027-01-13T02:00:00Z", linkCode=link["code"]).status_code == 400
    assert book("workshop", START, linkCode=link["code"]).status_code == 404
    assert book("intro", START, linkCode=link["code"]).status_code == 201
    used = book("intro", "2027-01-13T10:00:00Z", linkCode=link["code"])
    assert (used.status_code, used.json()["error"]) == (409, "link_used")
    assert [item["used"] for item in api.get(path).json()["data"] if item["code"] == link["code"]] == [True]

    revoke = f"/v1/event-links/{second.json()['data']['code']}"
    assert api.delete(revoke).json()["data"]["revoked"] is True
    assert api.delete(revoke).status_code == 404
    assert book("intro", "2027-01-13T11:00:00Z", linkCode=second.json()["data"]["code"]).status_code == 404
    assert api.post("/v1/event-types/intro-foreign/links").status_code == 404


def test_identity_and_calendars(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    full, foreign = client_of(mock), client_of(mock, "foreign")
    me = full.get("/v1/users/me").json()["data"]
    assert me["account"]["name"] == "Northwind Clinic"
    assert me["organisation"]["name"] == "Northwind"
    assert me["key"] == {
        "prefix": mock.keys["full"].partition(".")[0],
        "scopes": ["slots:read", "bookings:read", "bookings:write", "mcp"],
    }
    assert foreign.get("/v1/users/me").json()["data"]["account"]["id"] != me["account"]["id"]
    calendars = full.get("/v1/calendars").json()
    assert calendars["pagination"]["total"] == 2
    assert set(calendars["data"][0]) == {"id", "provider", "name", "email", "primary", "connected"}


def test_webhooks(api: httpx.Client, door: httpx.Client, book: Book) -> None:
    body = {"url": "http://127.0.0.1:9/hook", "events": ["booking.created", "booking.no_show", "booking.created"]}
    made = api.post("/v1/webhooks", json=body)
    assert made.status_code == 201
    webhook = made.json()["data"]
    assert webhook.pop("secret").startswith("whsec_")
    assert webhook["events"] == ["booking.created", "booking.no_show"]
    assert webhook["active"] is True
    path = f"/v1/webhooks/{webhook['id']}"
    assert api.get(path).json()["data"] == webhook
    assert api.get("/v1/webhooks").json()["data"] == [webhook]

    assert api.post(f"{path}/test").json() == {"success": True, "data": {"queued": True}}
    code = book("intro", START).json()["data"]["code"]
    api.post(f"/v1/bookings/{code}/cancel")
    assert door.get("/state").json()["data"]["deliveries"] == 2

    changed = api.patch(path, json={"active": False, "events": ["booking.cancelled"]}).json()["data"]
    assert (changed["active"], changed["events"], changed["url"]) == (False, ["booking.cancelled"], body["url"])
    assert api.patch(path, json={"url": "nowhere"}).status_code == 400
    for url in ("HTTPS://u:p@x.example:8443/a;b/%C3%8F?c=d/e&f#g", "http://[::1]:80", "https://x.example?q"):
        assert api.patch(path, json={"url": url}).json()["data"]["url"] == url
    assert api.patch(path, json={"url": body["url"]}).status_code == 200
    assert api.get(path).json()["data"] == changed | {"url": body["url"]}
    assert api.delete(path).status_code == 200
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        *(
            {"url": url}
            for url in (
                "",
                "nowhere",
                "ftp://x.example",
                "//x.example",
                "http://",
                "http://a b",
                "https://\u00cf",
                5,
                None,
            )
        ),
        *({"url": f"https://x.example{rest}"} for rest in (":port", ":99999", "/%zz", "/a\\b", "/#a#b", "\n")),
        *({"events": events} for events in ([], ["booking.moved"], "booking.created", [["booking.created"]], None)),
        {"active": "yes"},
    ],
)
def test_wrong_webhooks(api: httpx.Client, change: dict[str, object]) -> None:
    body: dict[str, object] = {"url": "https://x.example", "events": ["booking.created"]}
    refused = api.post("/v1/webhooks", json=body | change)
    assert (refused.status_code, refused.json()["error"]) == (400, "validation_failed")


def test_nothing_of_another_account_is_in_reach(mock: MockServer, client_of: Callable[..., httpx.Client]) -> None:
    main, foreign = client_of(mock), client_of(mock, "foreign")
    booking = foreign.get("/v1/bookings").json()["data"][0]["code"]
    webhook = foreign.get("/v1/webhooks").json()["data"][0]["id"]
    link = foreign.get("/v1/event-types/intro-foreign/links").json()["data"][0]["code"]
    for method, path in [
        ("GET", "/v1/bookings/{}"),
        ("POST", "/v1/bookings/{}/cancel"),
        ("POST", "/v1/bookings/{}/reschedule"),
        ("GET", "/v1/webhooks/{}"),
        ("PATCH", "/v1/webhooks/{}"),
        ("DELETE", "/v1/webhooks/{}"),
        ("POST", "/v1/webhooks/{}/test"),
        ("DELETE", "/v1/event-links/{}"),
        ("GET", "/v1/event-types/{}/slots"),
        ("GET", "/v1/event-types/{}/links"),
        ("POST", "/v1/event-types/{}/duplicate"),
    ]:
        kind = path.split("/")[2]
        there = {"bookings": booking, "webhooks": webhook, "event-links": link, "event-types": "intro-foreign"}[kind]
        hidden, absent = (main.request(method, path.format(code)) for code in (there, "unknown"))
        assert hidden.status_code == absent.status_code == 404, path
        assert hidden.text == absent.text, path
    assert foreign.get(f"/v1/bookings/{booking}").json()["data"]["status"] == "confirmed"
