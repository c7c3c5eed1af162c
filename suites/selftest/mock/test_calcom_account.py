"""The account side of the mock's Cal.com side: me, calendars, teams, organisations."""

from collections.abc import Iterator
from typing import Any

import pytest
from selftest_calcom import Calcom, refusal

from bookproof.mock import MockServer
from bookproof.mock.domain.instants import wall_instant
from bookproof.mock.domain.slots import Slot

ME_KEYS = (
    *("id", "email", "name", "avatarUrl", "bio", "timeFormat"),
    *("defaultScheduleId", "weekStart", "timeZone", "username", "organizationId"),
)


@pytest.fixture
def calcom(mock: MockServer) -> Iterator[Calcom]:
    """A fresh mock's Cal.com side."""
    client = Calcom(mock)
    with client.http:
        yield client


# Me


def test_me_tells_what_the_server_tells(calcom: Calcom) -> None:
    """With exactly its keys."""
    answer = calcom("GET", "/v2/me")
    assert tuple(answer.json()["data"]) == ME_KEYS
    assert answer.json()["data"]["organizationId"] == calcom.server.calcom_document["data"]["organization"]


def test_a_new_zone_is_also_that_of_the_default_schedule(calcom: Calcom) -> None:
    """The other members change, an address does not before it is verified."""
    body = {"timeZone": "Asia/Tokyo", "email": "new@fabrikam.example", "name": "Ada B.", "timeFormat": 24}
    me = calcom("PATCH", "/v2/me", json=body | {"weekStart": "Monday", "bio": "Hello", "unknown": 1}).json()["data"]
    assert (me["timeZone"], me["email"], me["name"]) == ("Asia/Tokyo", "ada@fabrikam.example", "Ada B.")
    assert (me["timeFormat"], me["weekStart"], me["bio"]) == (24, "Monday", "Hello")
    assert calcom("GET", "/v2/me").json()["data"] == me
    schedule = calcom.server.mock.domain.schedules.get(me["defaultScheduleId"])
    assert schedule.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    "body",
    [{"timeZone": "Mars/Base"}, {"timeFormat": 13}, {"weekStart": "Mon"}, {"email": "nobody"}, {"locale": "xx"}],
)
def test_wrong_members_of_a_profile_are_400(calcom: Calcom, body: dict[str, Any]) -> None:
    """And the error names the member."""
    answer = calcom("PATCH", "/v2/me", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"][0]["property"] == next(iter(body))


def test_another_ones_schedule_cannot_be_the_default(calcom: Calcom) -> None:
    """It is as if there were none."""
    foreign = calcom("GET", "/v2/me", "foreign").json()["data"]["defaultScheduleId"]
    assert calcom("PATCH", "/v2/me", json={"defaultScheduleId": foreign}).status_code == 404


# Calendars


def test_calendars_are_the_callers_own(calcom: Calcom) -> None:
    """Who has none gets an empty list and an empty object."""
    mine = calcom("GET", "/v2/calendars").json()["data"]
    assert [item["integration"]["type"] for item in mine["connectedCalendars"]] == [
        "google_calendar",
        "office365_calendar",
    ]
    assert mine["destinationCalendar"]["credentialId"] == mine["connectedCalendars"][0]["credentialId"]
    none = calcom("GET", "/v2/calendars", "member").json()["data"]
    assert none == {"connectedCalendars": [], "destinationCalendar": {}}


def _busy(calcom: Calcom, role: str = "full", **query: str) -> Any:
    asked = {"timeZone": "Europe/London", "dateFrom": "2027-01-01", "dateTo": "2027-12-31"} | query
    return calcom("GET", "/v2/calendars/busy-times", role, params={k: v for k, v in asked.items() if v})


def test_busy_times_are_told_and_block_slots(calcom: Calcom) -> None:
    """The two hours from noon of the day that the target document names is not offered."""
    day = calcom.server.calcom_document["data"]["busy_day"]
    times = _busy(calcom, dateFrom=day, dateTo=day).json()["data"]
    assert [time["start"] for time in times] == [f"{day}T12:00:00.000Z"]
    domain = calcom.server.mock.domain
    with domain.store.read() as session:
        event_type = domain.event_types.load(session, "et_ada_thirty")
        assert event_type is not None
        from datetime import date

        noon = wall_instant("Europe/London", date.fromisoformat(day), 12 * 60)
        busy = domain.availability.busy(session, event_type, Slot(noon, noon + 1_800))
    assert (noon, noon + 7_200) in [(item.start, item.end) for item in busy]


def test_busy_times_of_calendars_by_name(calcom: Calcom) -> None:
    """One's own by credential and address; another one's is 401, as observed."""
    google = calcom("GET", "/v2/calendars").json()["data"]["connectedCalendars"][0]["calendars"][0]
    named = {"calendarsToLoad[0][credentialId]": str(google["credentialId"])}
    named["calendarsToLoad[0][externalId]"] = google["externalId"]
    assert len(_busy(calcom, **named).json()["data"]) == 2
    assert refusal(_busy(calcom, "foreign", **named))[:2] == (401, "UnauthorizedException")


@pytest.mark.parametrize("query", [{"timeZone": ""}, {"dateFrom": ""}, {"dateTo": "soon"}, {"timeZone": "Mars"}])
def test_busy_times_need_a_zone_and_a_range(calcom: Calcom, query: dict[str, str]) -> None:
    """Each is 400; the older name of the zone is still understood."""
    assert _busy(calcom, **query).status_code == 400
    assert _busy(calcom, timeZone="", loggedInUsersTz="Europe/London").status_code == 200


def test_connecting_gives_an_address_to_visit(calcom: Calcom) -> None:
    """For two providers only."""
    for provider in ("google", "office365"):
        answer = calcom("GET", f"/v2/calendars/{provider}/connect")
        assert answer.json()["data"]["authUrl"].startswith("http")
    assert calcom("GET", "/v2/calendars/apple/connect").status_code == 400


def test_disconnecting_takes_the_busy_times_away(calcom: Calcom) -> None:
    """200 for one's own, 401 for another one's, 404 for none, 400 for nonsense."""
    connected = calcom("GET", "/v2/calendars").json()["data"]["connectedCalendars"]
    number = connected[0]["credentialId"]
    path = "/v2/calendars/google/disconnect"
    assert calcom("POST", path, "foreign", json={"id": number}).status_code == 401
    answer = calcom("POST", path, json={"id": number})
    assert (answer.status_code, set(answer.json()["data"])) == (
        200,
        {"id", "type", "userId", "teamId", "appId", "invalid"},
    )
    assert calcom("POST", path, json={"id": number}).status_code == 404
    assert calcom("POST", path, json={"id": "x"}).status_code == 400
    assert calcom("POST", "/v2/calendars/bogus/disconnect", json={"id": number}).status_code == 400
    assert _busy(calcom).json()["data"] == []
    assert calcom.door("POST", "/connections", json={"account": "ada", "provider": "apple"}).status_code == 201
    assert len(calcom("GET", "/v2/calendars").json()["data"]["connectedCalendars"]) == 2


# Teams


def test_whoever_makes_a_team_owns_it(calcom: Calcom) -> None:
    """Made, listed, changed, deleted; then nobody is in it any more."""
    made = calcom("POST", "/v2/teams", json={"name": "Night shift", "bio": "Late", "autoAcceptCreator": True})
    assert made.status_code == 201
    team = made.json()["data"]
    path = f"/v2/teams/{team['id']}"
    assert (team["name"], team["timeZone"], team["isOrganization"]) == ("Night shift", "Europe/London", False)
    assert calcom("POST", "/v2/teams", json={"name": "Night shift"}).status_code == 400
    assert [item["name"] for item in calcom("GET", "/v2/teams").json()["data"]] == ["Front desk", "Night shift"]
    assert calcom("PATCH", path, json={"name": "Early shift"}).json()["data"] == team | {"name": "Early shift"}
    assert calcom("GET", path).json()["data"]["bio"] == "Late"
    assert calcom("DELETE", path).json()["data"]["id"] == team["id"]
    assert refusal(calcom("GET", path))[:2] == (403, "ForbiddenException")


def test_a_member_sees_and_cannot_change(calcom: Calcom) -> None:
    """A stranger does not even see, and an unknown team is like a foreign one."""
    team = calcom.server.calcom_document["data"]["team"]
    path = f"/v2/teams/{team}"
    assert calcom("GET", path, "member").json()["data"]["name"] == "Front desk"
    assert calcom("PATCH", path, "member", json={"name": "Mine"}).status_code == 403
    assert calcom("DELETE", path, "member").status_code == 403
    for other in (path, "/v2/teams/999999", "/v2/teams/99999999999999999999"):
        assert refusal(calcom("GET", other, "foreign"))[2].startswith("RolesGuard")
    assert calcom("GET", "/v2/teams", "foreign").json()["data"] == []
    assert calcom("GET", path).json()["data"]["name"] == "Front desk"


# Organisations


def _users(calcom: Calcom, role: str = "full", **query: Any) -> Any:
    number = calcom.server.calcom_document["data"]["organization"]
    return calcom("GET", f"/v2/organizations/{number}/users", role, params=query)


def test_an_organisations_users_are_listed_in_pages(calcom: Calcom) -> None:
    """Pages and addresses narrow the list; numbers out of range are 400."""
    names = [user["username"] for user in _users(calcom).json()["data"]]
    assert names == ["ada", "cyd"]
    assert [user["username"] for user in _users(calcom, take=1, skip=1).json()["data"]] == ["cyd"]
    assert [user["username"] for user in _users(calcom, emails="CYD@fabrikam.example").json()["data"]] == ["cyd"]
    for wrong in ({"take": 0}, {"take": 1001}, {"take": "abc"}, {"skip": -1}):
        assert _users(calcom, **wrong).status_code == 400


def test_only_who_runs_an_organisation_sees_its_users(calcom: Calcom) -> None:
    """A member, a stranger and an unknown organisation: all 403."""
    assert _users(calcom, "member").status_code == 403
    assert _users(calcom, "foreign").status_code == 403
    assert calcom("GET", "/v2/organizations/999/users").status_code == 403
    assert calcom("GET", "/v2/organizations/abc/users").status_code == 400


def test_a_user_comes_changes_and_goes(calcom: Calcom) -> None:
    """Twice the same address or username is 409; who has gone is 403, as is somebody from elsewhere."""
    path = f"/v2/organizations/{calcom.server.calcom_document['data']['organization']}/users"
    body = {"email": "dan@fabrikam.example", "username": "dan", "name": "Dan", "timeZone": "Asia/Tokyo"}
    made = calcom("POST", path, json=body | {"organizationRole": "ADMIN", "weekday": "Monday"})
    assert made.status_code == 201
    user = made.json()["data"]
    assert (user["email"], user["weekStart"], user["profile"]["username"]) == (body["email"], "Monday", "dan")
    assert refusal(calcom("POST", path, json=body | {"username": "dan2"}))[:2] == (409, "ConflictException")
    assert calcom("POST", path, json=body | {"email": "dan2@fabrikam.example"}).status_code == 409
    assert calcom("POST", path, json={"name": "No address"}).status_code == 400
    one = f"{path}/{user['id']}"
    assert calcom("PATCH", one, json={"name": "Daniel"}).json()["data"] == user | {"name": "Daniel"}
    assert calcom("PATCH", one, "member", json={"name": "X"}).status_code == 403
    assert calcom("PATCH", one, json={"email": "cyd@fabrikam.example"}).status_code == 409
    stranger = calcom("GET", "/v2/me", "foreign").json()["data"]["id"]
    assert calcom("PATCH", f"{path}/{stranger}", json={"name": "X"}).status_code == 403
    assert calcom("DELETE", one).json()["data"]["name"] == "Daniel"
    assert calcom("DELETE", one).status_code == 403
    assert calcom("POST", path, json=body).status_code == 201
