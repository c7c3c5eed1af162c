"""Right target files: everything in them arrives in the target."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookproof.mock import start_mock
from bookproof.resources import data_root, fixtures_path
from bookproof.targets.binding import Binding
from bookproof.targets.door import OPERATIONS
from bookproof.targets.files import check_document, load_target_file, read_document, target_from_document
from bookproof.targets.target import ROLES, DoorSettings, EventTypeRules, Safety, Target

FULL = """\
name = "mine"
dialect = "imatic-v1"
base_url_env = "MINE_URL"
safety = "visible"
verify_tls = false
credentials = { full = "MINE_FULL", foreign = "MINE_FOREIGN", revoked = "MINE_REVOKED" }
capabilities = { links = false, webhooks = true }
limits = { requests_per_minute = 120, roles = { foreign = 60 } }
timeouts = { connect = 1, read = 2.5 }

[door]
base_url = "https://127.0.0.1:9/door/"
token_env = "MINE_DOOR"
supports = ["clock"]

[bindings.operations.cancelBooking]
method = "DELETE"

[data]
time_zone = "Europe/Berlin"
attendee_email = "probe@example.com"
foreign_event_type = "theirs"

[data.event_types.main]
code = "intro"
duration = 30
interval = 15
buffer_before = 5
buffer_after = 10
minimum_notice = 60
maximum_notice = 30
daily_cap = 8
hours = { mon = ["08:00-12:00", "13:00-24:00"], tue = [] }
required_answers = { topic = "A test" }
[data.event_types.main.overrides]
2026-12-24 = []
2026-12-23 = ["06:00-07:00"]

[data.event_types.multi-duration]
code = "workshop"
durations = [60, 30]

[[data.event_types.zones]]
code = "night"
time_zone = "Australia/Lord_Howe"
"""
ENVIRONMENT = {"MINE_URL": " http://127.0.0.1:9/ ", "MINE_FULL": "cal_a.b\n", "MINE_FOREIGN": "", "MINE_DOOR": "token"}
SMALL = 'name = "s"\ndialect = "imatic-v1"\nbase_url = "http://127.0.0.1:9"\ncredentials.full = "MINE_FULL"\n'


def loaded(tmp_path: Path, text: str) -> Target:
    """The target that a text describes."""
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    return load_target_file(path, ENVIRONMENT)


def test_everything_arrives(tmp_path: Path) -> None:
    """Each key of the file, in the units of the target."""
    target = loaded(tmp_path, FULL)
    assert (target.name, target.dialect, target.base_url) == ("mine", "imatic-v1", "http://127.0.0.1:9")
    assert target.source == str(tmp_path / "mine.toml")
    assert (target.safety, target.verify_tls) == (Safety.VISIBLE, False)
    assert target.credentials == {"full": "cal_a.b"}
    assert target.variables == {"full": "MINE_FULL", "foreign": "MINE_FOREIGN", "revoked": "MINE_REVOKED"}
    assert target.missing_credentials == {
        "foreign": "environment variable MINE_FOREIGN is not set",
        "revoked": "environment variable MINE_REVOKED is not set",
    }
    assert (target.has("links"), target.has("webhooks"), target.has("calendars")) == (False, True, True)
    assert (target.requests_per_minute, target.rate_limits) == (120, {"foreign": 60})
    assert (target.connect_timeout, target.read_timeout) == (1.0, 2.5)
    assert target.door == DoorSettings("https://127.0.0.1:9/door", "token", frozenset({"clock"}))
    assert (target.time_zone, target.attendee_email) == ("Europe/Berlin", "probe@example.com")
    assert target.foreign_event_type == "theirs"
    assert Binding(target.dialect, target.binding).call("cancelBooking", {"bookingCode": "x"}).method == "DELETE"


def test_rules_arrive(tmp_path: Path) -> None:
    """A weekday that is left out is closed; without a zone of its own an event type is in that of the data."""
    target = loaded(tmp_path, FULL)
    closed: tuple[tuple[str, str], ...] = ()
    assert vars(target.event_types["main"]) == vars(
        EventTypeRules(
            code="intro",
            time_zone="Europe/Berlin",
            durations=(30,),
            interval=15,
            buffer_before=5,
            buffer_after=10,
            minimum_notice=60,
            maximum_notice=30,
            daily_cap=8,
            hours={
                **dict.fromkeys(("tue", "wed", "thu", "fri", "sat", "sun"), closed),
                "mon": (("08:00", "12:00"), ("13:00", "24:00")),
            },
            overrides={"2026-12-24": (), "2026-12-23": (("06:00", "07:00"),)},
            required_answers={"topic": "A test"},
        )
    )
    assert target.event_types["multi-duration"].durations == (60, 30)
    assert target.event_types["multi-duration"].hours is None
    assert [vars(zone) for zone in target.zones] == [vars(EventTypeRules("night", "Australia/Lord_Howe"))]


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    """A small file is enough, and allows no more than reading."""
    target = loaded(tmp_path, SMALL)
    assert (target.safety, target.verify_tls, target.door) == (Safety.READ, True, None)
    assert (target.time_zone, target.event_types, target.zones) == ("UTC", {}, ())
    assert target.attendee_email.endswith("@example.com")
    assert target.requests_per_minute > 0


def test_door_offers_everything_unless_it_says_otherwise(tmp_path: Path) -> None:
    """`supports` may be left out."""
    door = loaded(tmp_path, SMALL + '[door]\nbase_url = "http://127.0.0.1:8"\ntoken_env = "MINE_DOOR"\n').door
    assert door is not None
    assert door.supports == frozenset(OPERATIONS)


def test_secrets_are_not_in_the_representation(tmp_path: Path) -> None:
    """A target in a traceback or log shows no key and no token."""
    shown = repr(loaded(tmp_path, FULL))
    assert "cal_a.b" not in shown
    assert "'token'" not in shown


def test_mock_describes_itself() -> None:
    """What the mock says about itself is a target file, with every role and rule that a run can use."""
    with start_mock() as mock:
        document = {**mock.target_document, "name": "mock:defect=a+b,now=2027-01-13T10:00:00Z"}
        target = target_from_document(document, mock.environment, "embedded mock")
        assert target.credentials == mock.keys
        assert set(target.credentials) == set(ROLES) - {"member", "expired"}, "these two are Cal.com's"
        assert target.base_url == mock.base_url
        assert target.door is not None
        assert (target.door.base_url, target.door.token) == (mock.door_url, mock.door_token)
        assert not target.missing_credentials
        assert len(target.zones) == 4
        assert len(target.event_types["overridden"].overrides) == 2


@pytest.mark.parametrize("path", sorted(data_root().glob("fixtures/targets/*.toml")), ids=lambda path: path.stem)
def test_our_own_files_are_right(path: Path) -> None:
    """Every file that comes with the suite is named for itself and right once its variables are set."""
    document = read_document(path)
    assert document["name"] == path.stem
    check_document(document, str(path))
    if not document.get("embedded"):
        variables = set(re.findall(r'"((?:BOOKPROOF|CAL)_[A-Z_]+)"', path.read_text("utf-8")))
        environment = dict.fromkeys(variables, "cal_a.b") | {
            name: "http://127.0.0.1:9" for name in variables if name.endswith("_URL")
        }
        target = load_target_file(path, environment)
        assert not target.missing_credentials
        assert target.dialect == "calcom-v2" or target.event_types["main"].durations


def test_every_line_of_a_template_can_be_taken_into_use(tmp_path: Path) -> None:
    """The commented lines of imatic.toml are right too: without their signs they make a whole file."""
    text = fixtures_path("targets", "imatic.toml").read_text("utf-8")
    used = re.sub(r"(?m)^# (?=(\w[\w-]* = [\[{\"\d]|\w[\w-]* = (true|false)$|\[))", "", text)
    environment = dict.fromkeys(re.findall(r'"((?:BOOKPROOF|CAL)_[A-Z_]+)"', used), "cal_a.b")
    path = tmp_path / "imatic.toml"
    path.write_text(used, "utf-8")
    target = load_target_file(path, environment | {"BOOKPROOF_IMATIC_URL": "http://127.0.0.1:9"})
    assert set(target.event_types) >= {"main", "sibling", "buffered", "capped", "notice", "overridden", "confirmation"}
    assert target.zones
    assert not target.has("links")
    assert target.event_types["main"].hours is not None
    assert Binding(target.dialect, target.binding).call("cancelBooking", {"bookingCode": "x"}).method == "DELETE"


def test_bindings_of_the_tour_say_what_they_promise() -> None:
    """example.toml: the calls that its comments describe are the calls that would be sent."""
    binding = Binding("imatic-v1", read_document(fixtures_path("targets", "example.toml"))["bindings"])
    slots = binding.call("listSlots", {"eventTypeCode": "c", "start": "a", "end": "b", "duration": 30})
    assert (slots.method, slots.path) == ("GET", "/v1/openings")
    assert slots.query == {"service": "c", "from": "a", "until": "b"}
    made = binding.call("createBooking", {"eventTypeCode": "c", "start": "s", "attendeeName": "Zoë"})
    assert made.query == {"notify": "no"}
    assert made.body == {
        "booking": {"channel": "api", "service": "c", "starts_at": "s", "customer": {"full_name": "Zoë"}}
    }
    assert binding.statuses("createBooking") == {202}
    cancelled = binding.call("cancelBooking", {"bookingCode": "x", "reason": "r"})
    assert (cancelled.method, cancelled.path, cancelled.body or {}) == ("DELETE", "/v1/appointments/x", {})
    assert binding.status_words["called_off"] == "cancelled"
