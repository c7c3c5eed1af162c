"""Cal.com's event types in the mock: defaults, settings that rule, who may what."""

from collections.abc import Iterator

import pytest
from selftest_calcom import refusal
from selftest_calcom_desk import DAY, EVENT_TYPES, Desk, at, code, data, properties

from bookproof.mock import MockServer


@pytest.fixture
def desk(mock: MockServer) -> Iterator[Desk]:
    """A fresh mock to book at."""
    made = Desk(mock)
    with made.calcom.http:
        yield made


def test_what_is_not_said_has_a_default(desk: Desk) -> None:
    """Some forty members are told, most of them defaults."""
    made = desk.event_type()
    assert len(made) >= 45
    assert made["minimumBookingNotice"] == 120
    off = {name for name, value in made.items() if value == {"disabled": True}}
    assert {"bookingWindow", "seats", "confirmationPolicy"} <= off
    assert [field["slug"] for field in made["bookingFields"]][:2] == ["name", "email"]
    assert made["recurrence"] is None
    assert made["bookingUrl"].endswith(f"/ada/{made['slug']}")
    assert data(desk.call("GET", f"/v2/event-types/{made['id']}", EVENT_TYPES)) == made


WRONG = {
    "lengthInMinutes": (0, -5, "30", 1.5, None),
    "title": (7, "", None),
    "slug": (True, None),
    "slotInterval": (0, "15"),
    "hidden": ("yes",),
    "bookingWindow": ({"type": "weeks"}, {"type": "range", "value": ["x", "y"]}, {"type": "calendarDays"}, 3),
    "seats": ({"seatsPerTimeSlot": 0, "showAttendeeInfo": True, "showAvailabilityCount": True}, {}),
    "recurrence": ({"interval": 1, "occurrences": 4, "frequency": "hourly"},),
    "confirmationPolicy": ({"type": "never"}, {"type": "time"}),
    "lengthInMinutesOptions": ([15, "30"], 15),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_setting_is_named(desk: Desk, name: str, value: object) -> None:
    """The refusal lists the property, when made and when changed."""
    assert properties(desk.new_event_type(**{name: value})) == {name}
    if value is not None:
        assert properties(desk.change_event_type(desk.event_type()["id"], **{name: value})) == {name}


def test_an_empty_body_lacks_three_members(desk: Desk) -> None:
    """Length, title and slug must be there; nobody without credentials gets that far."""
    assert properties(desk.call("POST", "/v2/event-types", EVENT_TYPES, json={})) == {
        "lengthInMinutes",
        "title",
        "slug",
    }
    assert desk.new_event_type(role=None).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"locations": [{"type": "moon"}]},
        {"locations": [{"type": "link", "link": "no"}]},
        {"bookingFields": [{"type": "text"}]},
        {"bookingFields": [{"type": "riddle", "slug": "a"}]},
        {"bookingFields": [7]},
        {"lengthInMinutesOptions": [15, 45]},
        {
            "seats": {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True},
            "confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": True},
        },
    ],
)
def test_settings_that_do_not_fit_are_refused(desk: Desk, body: dict[str, object]) -> None:
    """Locations, fields, and settings that exclude each other."""
    assert code(desk.new_event_type(**body)) == (400, "BadRequestException")


def test_unknown_members_are_dropped(desk: Desk) -> None:
    """They are no mistake, and are not kept."""
    assert "colour" not in desk.event_type(colour="red")


def test_a_slug_is_there_once(desk: Desk) -> None:
    """Making a second one and changing to it are refused differently; others may have the same slug."""
    first, second = desk.event_type(slug="same"), desk.event_type()
    assert refusal(desk.new_event_type(slug="same")) == (
        400,
        "BadRequestException",
        "User already has an event type with this slug.",
    )
    assert code(desk.change_event_type(second["id"], slug="same")) == (400, "TRPCError")
    assert desk.change_event_type(first["id"], slug="same").status_code == 200
    assert desk.new_event_type(role="foreign", slug="same").status_code == 201


def test_strangers_are_refused_in_three_ways(desk: Desk) -> None:
    """Reading and deleting is forbidden, changing finds nothing."""
    path = f"/v2/event-types/{desk.event_type()['id']}"
    assert desk.call("GET", path, EVENT_TYPES, "foreign").status_code == 403
    assert desk.call("PATCH", path, EVENT_TYPES, "foreign", json={"title": "Mine"}).status_code == 404
    assert desk.call("DELETE", path, EVENT_TYPES, "foreign").status_code == 403
    assert desk.call("GET", path, EVENT_TYPES).status_code == 200


def test_what_is_deleted_is_gone(desk: Desk) -> None:
    """The answer says what it was; the slug is free again."""
    made = desk.event_type(slug="once")
    path = f"/v2/event-types/{made['id']}"
    deleted = data(desk.call("DELETE", path, EVENT_TYPES))
    assert deleted == {"id": made["id"], "lengthInMinutes": 30, "slug": "once", "title": "Meeting"}
    assert desk.call("DELETE", path, EVENT_TYPES).status_code == 404
    assert desk.call("GET", path, EVENT_TYPES).status_code == 404
    assert desk.event_type(slug="once")["id"] != made["id"]


@pytest.mark.parametrize("number", ["999999", "-1", "99999999999999999999"])
def test_unknown_ids_find_nothing(desk: Desk, number: str) -> None:
    """However large; what is no number is a mistake."""
    assert desk.call("GET", f"/v2/event-types/{number}", EVENT_TYPES).status_code == 404
    assert desk.call("GET", "/v2/event-types/one", EVENT_TYPES).status_code == 400


def listed(desk: Desk, role: str | None = None, **query: str) -> list[str]:
    found = data(desk.call("GET", "/v2/event-types", EVENT_TYPES, role, params=query))
    return [item["slug"] for item in found]


def test_a_list_is_for_everybody(desk: Desk) -> None:
    """Hidden event types are their owner's; nobody named finds nothing."""
    hidden = desk.event_type(hidden=True)["slug"]
    assert listed(desk) == listed(desk, username="nobody") == []
    everyone = listed(desk, username="ada")
    assert "thirty" in everyone
    assert hidden not in everyone
    assert hidden not in listed(desk, "foreign", username="ada")
    assert hidden in listed(desk, "full")
    assert listed(desk, username="ada", eventSlug="thirty", take="1") == ["thirty"]
    assert listed(desk, username="ada", sortCreatedAt="desc") == everyone[::-1]
    answer = desk.call("GET", "/v2/event-types", EVENT_TYPES, params={"sortCreatedAt": "up"})
    assert properties(answer) == {"sortCreatedAt"}


def test_a_change_keeps_what_it_does_not_name(desk: Desk) -> None:
    """Every setting that was made is still there."""
    settings = {
        "description": "All about it",
        "slotInterval": 15,
        "beforeEventBuffer": 5,
        "afterEventBuffer": 10,
        "bookingWindow": {"type": "calendarDays", "value": 30, "rolling": False},
        "lengthInMinutesOptions": [15, 30],
        "locations": [{"type": "link", "link": "https://meet.fabrikam.example/a"}],
        "recurrence": {"interval": 1, "occurrences": 4, "frequency": "weekly"},
    }
    made = desk.event_type(**settings)
    assert {name: made[name] for name in settings} == settings
    changed = data(desk.change_event_type(made["id"], title="Other"))
    assert changed == made | {"title": "Other"}
    assert data(desk.change_event_type(made["id"], title=None, hidden=None, seats=None)) == changed
    reset = data(desk.change_event_type(made["id"], slotInterval=None, recurrence={"disabled": True}))
    assert (reset["slotInterval"], reset["recurrence"]) == (None, None)


def test_settings_rule_the_slots(desk: Desk) -> None:
    """Interval, offset, notice, window, buffers and the cap of a day."""
    number = desk.event_type(slotInterval=60, offsetStart=10)["id"]
    assert desk.slots(number)[:2] == [at("09:10"), at("10:10")]
    desk.change_event_type(number, slotInterval=None, offsetStart=0)
    assert desk.slots(number, "2027-01-11")[0] == at("10:00", "2027-01-11")
    desk.change_event_type(number, minimumBookingNotice=0)
    assert desk.slots(number, "2027-01-11")[0] == at("09:00", "2027-01-11")
    desk.change_event_type(number, bookingWindow={"type": "calendarDays", "value": 1})
    assert (desk.slots(number, DAY), len(desk.slots(number, "2027-01-12"))) == ([], 16)
    desk.change_event_type(number, bookingWindow={"type": "range", "value": [DAY, "2027-01-14"]})
    assert (len(desk.slots(number, DAY)), desk.slots(number, "2027-01-12")) == (16, [])
    desk.change_event_type(number, bookingWindow={"disabled": True}, beforeEventBuffer=30)
    desk.booking(number, at("11:00"))
    assert not {at("10:30"), at("11:00"), at("11:30")} & set(desk.slots(number))
    desk.change_event_type(number, bookingLimitsCount={"day": 1})
    assert (desk.slots(number), len(desk.slots(number, "2027-01-12"))) == ([], 16)


def test_an_event_type_follows_its_schedule(desk: Desk) -> None:
    """A schedule of one's own is taken; somebody else's is not found."""
    body = {"name": "Evenings", "timeZone": "Europe/London", "isDefault": False}
    hours = [{"days": ["Wednesday"], "startTime": "18:00", "endTime": "19:00"}]
    answer = desk.call("POST", "/v2/schedules", "2024-06-11", json=body | {"availability": hours})
    number = desk.event_type(scheduleId=data(answer, 201)["id"])["id"]
    assert desk.slots(number) == [at("18:00"), at("18:30")]
    theirs = data(desk.call("POST", "/v2/schedules", "2024-06-11", "foreign", json=body), 201)["id"]
    assert desk.new_event_type(scheduleId=theirs).status_code == 404
    assert desk.new_event_type(scheduleId=999_999).status_code == 404
