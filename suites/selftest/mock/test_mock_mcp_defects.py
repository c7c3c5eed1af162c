"""Each planted defect of the MCP server shows: its symptom is there with the defect, and not without."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from selftest_mcp import HELLO, Agent, spoken

from bookproof.mock import MockServer, start_mock
from bookproof.mock.defects import all_defects

NOW = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
START, LATER, NIGHT = "2027-01-13T09:00:00Z", "2027-01-13T10:00:00Z", "2027-01-13T02:00:00Z"
DAY = {"start": "2027-01-13T00:00:00Z", "end": "2027-01-14T00:00:00Z"}
ATTENDEE = {"name": "Zoë Müller", "email": "zoe@example.com", "timeZone": "Europe/Berlin"}
WANTED = {"eventTypeCode": "intro", "start": START, "attendee": ATTENDEE}
NO_MAIL = {"attendee": {"name": "Zoë", "email": "zoe"}}


class Doors:
    """Both doors of one mock."""

    def __init__(self, server: MockServer) -> None:
        self.server = server
        self.agent = Agent(server)
        self.rest = httpx.Client(base_url=server.base_url, timeout=10, verify=False)
        self.rest.headers["Authorization"] = f"Bearer {server.keys['full']}"

    def close(self) -> None:
        self.agent.http.close()
        self.rest.close()

    def as_role(self, role: str, tool: str, **arguments: Any) -> httpx.Response:
        """A call with the key of another role; "" for none, "wrong" for a wrong secret."""
        keys = self.server.keys | {"wrong": self.server.keys["mcp"][:-4] + "zzzz"}
        headers = {"Authorization": f"Bearer {keys[role]}"} if role else {}
        with httpx.Client(base_url=self.server.base_url, verify=False, headers=headers) as client:
            self.agent.http, own = client, self.agent.http
            client.headers["Accept"] = own.headers["Accept"]
            try:
                return self.agent.ask(tool, **arguments)
            finally:
                self.agent.http = own

    def book(self, start: str = START) -> str:
        """The code of a booking made over REST."""
        return self.rest.post("/v1/bookings", json=WANTED | {"start": start}).json()["data"]["code"]

    def shown(self, code: str) -> dict[str, Any]:
        """A booking over REST."""
        return self.rest.get(f"/v1/bookings/{code}").json().get("data", {})

    def slots(self) -> list[Any]:
        """The slots of the day over REST."""
        return self.rest.get("/v1/event-types/intro/slots", params=DAY).json()["data"]

    @cached_property
    def foreign(self) -> str:
        """The code of a booking of the other account."""
        with Agent(self.server, "foreign") as stranger:
            return stranger.body("list_bookings")["data"][0]["code"]

    def made(self, start: str = START) -> str:
        """The code of a booking made by a tool."""
        return self.agent.book(start)["data"]["code"]

    def booked(self) -> int:
        """How many live bookings the account has."""
        return self.rest.get("/v1/bookings/stats").json()["data"]["confirmed"]

    def announced(self) -> int:
        """How many deliveries were queued."""
        return sum(self.server.mock.domain.outbox.count_by_state().values())


def _let_in(answer: httpx.Response) -> bool:
    return answer.status_code == 200


def _error(doors: Doors, method: str, params: dict[str, Any] | None = None) -> bool:
    answer = doors.agent.post(method, params)
    return answer.status_code != 200 or "error" in spoken(answer)


def _takes(doors: Doors, name: str) -> dict[str, Any]:
    return doors.agent.tools()[name]["inputSchema"]


def _moved_onto_taken(doors: Doors) -> bool:
    code, _ = doors.book(), doors.book(LATER)
    return doors.agent.body("reschedule_booking", bookingCode=code, start=LATER)["success"]


def _foreign_moved(doors: Doors) -> bool:
    return doors.agent.body("reschedule_booking", bookingCode=doors.foreign, start=START)["success"]


def _taken(doors: Doors) -> dict[str, Any]:
    doors.book()
    return spoken(doors.agent.ask("create_booking", **WANTED))


def _schema_refuses(doors: Doors) -> bool:
    schema = doors.agent.tools()["list_event_types"]["outputSchema"]
    return not Draft202012Validator(schema).is_valid(doors.agent.body("list_event_types"))


def _not_announced(doors: Doors) -> bool:
    hook = {"url": "https://hooks.example.com/x", "events": ["booking.created"]}
    assert doors.rest.post("/v1/webhooks", json=hook).status_code == 201
    doors.made()
    return doors.announced() == 0


def _executed(doors: Doors) -> bool:
    before = doors.booked()
    assert doors.agent.book(START, **NO_MAIL)["success"] is False
    return doors.booked() > before


def _lost_move(doors: Doors) -> bool:
    code = doors.made()
    assert doors.agent.body("reschedule_booking", bookingCode=code, start=LATER)["data"]["start"] == LATER
    return doors.shown(code)["start"] == START


def _lost_cancel(doors: Doors) -> bool:
    code = doors.made()
    assert doors.agent.body("cancel_booking", bookingCode=code)["data"]["status"] == "cancelled"
    return doors.shown(code)["status"] == "confirmed"


def _revived(doors: Doors) -> bool:
    code = doors.book()
    assert doors.rest.post(f"/v1/bookings/{code}/cancel").status_code == 200
    return doors.agent.body("get_booking", bookingCode=code)["data"]["status"] == "confirmed"


def _remembered(doors: Doors) -> bool:
    code = doors.book()
    doors.agent.body("get_booking", bookingCode=code)
    doors.rest.post(f"/v1/bookings/{code}/cancel")
    return doors.agent.body("get_booking", bookingCode=code)["data"]["status"] == "confirmed"


def _copied(doors: Doors) -> bool:
    code = doors.made()
    doors.agent.body("reschedule_booking", bookingCode=code, start=LATER)
    return START not in {slot["start"] for slot in doors.slots()}


def _session_is_key(doors: Doors) -> bool:
    doors.agent.open()
    del doors.agent.http.headers["Authorization"]
    return _let_in(doors.agent.ask("list_bookings"))


def _slots_differ(doors: Doors) -> bool:
    doors.book()
    return doors.agent.body("list_slots", eventTypeCode="intro", **DAY)["data"] != doors.slots()


def _unseen(doors: Doors) -> bool:
    own, code = doors.made(LATER), doors.book()
    listed = {booking["code"] for booking in doors.agent.body("list_bookings", limit=100)["data"]}
    assert own in listed
    return code not in listed and not doors.agent.body("get_booking", bookingCode=code)["success"]


def _rebooked(doors: Doors) -> bool:
    assert doors.agent.book(START)["success"]
    return doors.rest.post("/v1/bookings", json=WANTED).status_code == 201


SYMPTOMS: dict[str, Callable[[Doors], object]] = {
    "mcp-refuses-sessions": lambda d: _error(d, "initialize", HELLO),
    "mcp-second-session-refused": lambda d: _error(d, "initialize", HELLO),
    "mcp-ping-unanswered": lambda d: _error(d, "ping"),
    "mcp-key-not-asked-for": lambda d: _let_in(d.as_role("", "list_bookings")),
    "mcp-wrong-secret-accepted": lambda d: _let_in(d.as_role("wrong", "list_bookings")),
    "mcp-revoked-key-accepted": lambda d: _let_in(d.as_role("revoked", "list_bookings")),
    "mcp-key-refused-as-403": lambda d: d.as_role("wrong", "list_bookings").status_code == 403,
    "mcp-key-refused-in-result": lambda d: _let_in(d.as_role("wrong", "list_bookings")),
    "mcp-umbrella-not-honoured": lambda d: d.agent.ask("create_booking", **WANTED).status_code == 403,
    "mcp-scope-not-asked-for": lambda d: _let_in(d.as_role("slots-read", "list_event_types")),
    "mcp-scopeless-key-reads": lambda d: _let_in(d.as_role("no-scope", "list_bookings")),
    "mcp-read-key-books": lambda d: _let_in(d.as_role("read-only", "create_booking", **WANTED)),
    "mcp-foreign-booking-readable": lambda d: d.agent.body("get_booking", bookingCode=d.foreign)["success"],
    "mcp-list-shows-all-accounts": lambda d: d.foreign in str(d.agent.body("list_bookings", limit=100)),
    "mcp-foreign-booking-cancellable": lambda d: d.agent.body("cancel_booking", bookingCode=d.foreign)["success"],
    "mcp-foreign-booking-movable": _foreign_moved,
    "mcp-tool-missing": lambda d: "get_booking" not in d.agent.tools(),
    "mcp-tool-extra": lambda d: "delete_event_type" in d.agent.tools(),
    "mcp-tool-renamed": lambda d: "list_open_slots" in d.agent.tools(),
    "mcp-profile-tool": lambda d: "get_me" in d.agent.tools() and d.agent.body("get_me")["data"]["account"],
    "mcp-schema-invalid": lambda d: _takes(d, "list_bookings")["properties"]["limit"]["minimum"] == "one",
    "mcp-required-not-declared": lambda d: "start" not in _takes(d, "create_booking")["required"],
    "mcp-argument-typed-wrong": lambda d: _takes(d, "create_booking")["properties"]["start"]["type"] == "integer",
    "mcp-tool-undescribed": lambda d: not d.agent.tools()["reschedule_booking"].get("description"),
    "mcp-output-schema-broken": _schema_refuses,
    "mcp-object-without-attendee": lambda d: (
        "attendee" not in d.agent.body("get_booking", bookingCode=d.book())["data"]
    ),
    "mcp-refusal-as-protocol-error": lambda d: "error" in _taken(d),
    "mcp-key-in-result": lambda d: d.server.keys["mcp"] in d.agent.ask("list_event_types").text,
    "mcp-traceback-in-result": lambda d: "Traceback (most" in d.agent.body("get_booking", bookingCode="x")["message"],
    "mcp-unknown-tool-succeeds": lambda d: d.agent.body("fly_to_moon")["success"],
    "mcp-double-booking": lambda d: not _taken(d)["result"]["isError"],
    "mcp-move-onto-taken": _moved_onto_taken,
    "mcp-conflict-not-flagged": lambda d: not _taken(d)["result"]["isError"],
    "mcp-off-hours-booked": lambda d: d.agent.book(NIGHT)["success"],
    "mcp-unknown-booking-empty": lambda d: d.agent.body("get_booking", bookingCode="x")["success"],
    "mcp-cancel-unknown-succeeds": lambda d: d.agent.body("cancel_booking", bookingCode="x")["success"],
    "mcp-bad-arguments-accepted": lambda d: d.agent.book(START, **NO_MAIL)["success"],
    "mcp-bad-arguments-executed": _executed,
    "mcp-crashes-on-bad-time": lambda d: d.agent.ask("create_booking", **(WANTED | {"start": "x"})).status_code == 500,
    "mcp-hides-event-type": lambda d: d.agent.body("list_event_types") != d.rest.get("/v1/event-types").json(),
    "mcp-slots-ignore-bookings": _slots_differ,
    "mcp-slots-end-early": _slots_differ,
    "mcp-booking-not-stored": lambda d: not d.shown(d.made()),
    "mcp-books-for-the-agent": lambda d: d.shown(d.made())["attendee"]["email"] == "agent@example.com",
    "mcp-booking-does-not-hold": _rebooked,
    "mcp-booking-not-announced": _not_announced,
    "mcp-does-not-see-rest-bookings": _unseen,
    "mcp-cancelled-still-live": _revived,
    "mcp-move-not-stored": _lost_move,
    "mcp-cancel-not-stored": _lost_cancel,
    "mcp-read-cached": _remembered,
    "mcp-move-copies": _copied,
    "mcp-session-replaces-key": _session_is_key,
    "mcp-refusal-code-differs": lambda d: "time_conflict" in str(_taken(d)),
}


@pytest.fixture
def doors() -> Iterator[Callable[..., Doors]]:
    """Both doors of a fresh mock with some defects."""
    opened: list[Doors] = []

    def start(*defects: str) -> Doors:
        opened.append(Doors(start_mock(now=NOW, defects=defects)))
        return opened[-1]

    yield start
    for both in opened:
        both.close()
        both.server.close()


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_defect_shows(doors: Callable[..., Doors], name: str) -> None:
    """With it there is the symptom, without it there is none."""
    assert SYMPTOMS[name](doors(name))
    assert not SYMPTOMS[name](doors())


def test_every_defect_of_the_server_is_shown() -> None:
    """The table above leaves none out."""
    assert {defect.name for defect in all_defects().values() if defect.area.startswith("mcp_")} == SYMPTOMS.keys()
