"""Cal.com's schedules in the mock."""

from collections.abc import Iterator

import pytest
from selftest_calcom_desk import DAY, SCHEDULES, Desk, at, code, data, properties

from bookproof.mock import MockServer

BODY = {"name": "Week", "timeZone": "Europe/Berlin", "isDefault": False}
HOURS = {"days": ["Monday", "Wednesday"], "startTime": "10:00", "endTime": "11:00"}


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


def make(desk: Desk, role: str = "full", **more: object) -> dict[str, object]:
    return data(desk.call("POST", "/v2/schedules", SCHEDULES, role, json=BODY | more), 201)


def test_the_default_week_is_an_office_s(desk: Desk) -> None:
    """Monday to Friday, nine to five; both dates answer alike."""
    made = make(desk)
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert made["availability"] == [{"days": days, "startTime": "09:00", "endTime": "17:00"}]
    assert (made["overrides"], made["isDefault"], made["timeZone"]) == ([], False, "Europe/Berlin")
    assert data(desk.call("GET", f"/v2/schedules/{made['id']}", "2024-06-14")) == made


def test_what_was_said_is_told_again(desk: Desk) -> None:
    """Also where it could be said otherwise."""
    hours = [HOURS, HOURS | {"days": ["Friday"]}, HOURS | {"startTime": "14:00", "endTime": "00:00"}]
    overrides = [
        {"date": DAY, "startTime": "08:00", "endTime": "09:00"},
        {"date": "2027-01-14", "startTime": "00:00", "endTime": "00:00"},
    ]
    made = make(desk, availability=hours, overrides=overrides)
    assert (made["availability"], made["overrides"]) == (hours, overrides)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", None),
        ("name", ""),
        ("isDefault", None),
        ("isDefault", "no"),
        ("timeZone", "Mars/Olympus"),
        ("timeZone", None),
        ("availability", [HOURS | {"startTime": "9"}]),
        ("availability", [HOURS | {"days": ["Mon"]}]),
        ("availability", [HOURS | {"startTime": "12:00"}]),
        ("availability", HOURS),
        ("overrides", [{"date": "2027-02-30", "startTime": "09:00", "endTime": "10:00"}]),
        ("overrides", [{"date": "2027-02-03", "startTime": "09:00"}]),
    ],
)
def test_a_wrong_member_is_named(desk: Desk, name: str, value: object) -> None:
    """The refusal lists the property."""
    assert properties(desk.call("POST", "/v2/schedules", SCHEDULES, json=BODY | {name: value})) == {name}


def test_a_change_replaces_lists(desk: Desk) -> None:
    """What is not named stays."""
    made = make(desk, availability=[HOURS])
    path = f"/v2/schedules/{made['id']}"
    changed = data(desk.call("PATCH", path, SCHEDULES, json={"availability": [HOURS | {"days": ["Sunday"]}]}))
    assert changed == made | {"availability": [HOURS | {"days": ["Sunday"]}]}
    assert data(desk.call("PATCH", path, SCHEDULES, json={"availability": []}))["availability"] == []


def test_there_is_one_default(desk: Desk) -> None:
    """A new one takes the place of the old one, and event types follow it."""
    number = desk.event_type()["id"]
    made = make(desk, isDefault=True, availability=[HOURS])
    found = data(desk.call("GET", "/v2/schedules", SCHEDULES))
    assert [item["id"] for item in found if item["isDefault"]] == [made["id"]]
    assert data(desk.call("GET", "/v2/schedules/default", SCHEDULES)) == made
    assert desk.slots(number) == [at("09:00"), at("09:30")]
    path = f"/v2/schedules/{made['id']}"
    assert data(desk.call("PATCH", path, SCHEDULES, json={"isDefault": False}))["isDefault"] is True


def test_dates_override_the_week(desk: Desk) -> None:
    """A date can be open otherwise, or closed."""
    overrides = [
        {"date": DAY, "startTime": "18:00", "endTime": "19:00"},
        {"date": "2027-01-14", "startTime": "00:00", "endTime": "00:00"},
    ]
    schedule = make(desk, overrides=overrides)
    number = desk.event_type(scheduleId=schedule["id"])["id"]
    assert desk.slots(number) == [at("17:00"), at("17:30")]
    assert desk.slots(number, "2027-01-14") == []


def test_who_may_what(desk: Desk) -> None:
    """Strangers are forbidden; unknown ids are a 404, and a 400 where something is to be deleted."""
    path = f"/v2/schedules/{make(desk)['id']}"
    assert desk.call("GET", "/v2/schedules", SCHEDULES, None).status_code == 401
    for method in ("GET", "PATCH", "DELETE"):
        assert desk.call(method, path, SCHEDULES, "foreign", json={}).status_code == 403
    assert desk.call("GET", "/v2/schedules/999999", SCHEDULES).status_code == 404
    assert code(desk.call("DELETE", "/v2/schedules/999999", SCHEDULES)) == (400, "BadRequestException")
    assert desk.call("GET", "/v2/schedules/first", SCHEDULES).status_code == 400


def test_every_schedule_can_be_deleted(desk: Desk) -> None:
    """The last and default one, too; then nothing is open."""
    number = desk.event_type()["id"]
    assert len(desk.slots(number)) == 16
    for item in data(desk.call("GET", "/v2/schedules", SCHEDULES)):
        answer = desk.call("DELETE", f"/v2/schedules/{item['id']}", SCHEDULES)
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})
    assert data(desk.call("GET", "/v2/schedules/default", SCHEDULES)) is None
    assert desk.slots(number) == []
