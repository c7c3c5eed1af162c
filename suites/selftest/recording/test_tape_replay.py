"""The tape that plays: each thing once and in its order, nothing that was not recorded, and no socket."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from selftest_runs import Ran

from bookproof.checking import conclusion
from bookproof.judge.judge import Judge
from bookproof.probes.base import Probe
from bookproof.recording.model import Header, Origin, Reading, Recording
from bookproof.recording.replay import CalledOut, NotRecorded, ReplayTape, closed_sockets
from bookproof.recording.run_files import read_run_files
from bookproof.recording.tape import CLOCK, TARGET_CLOCK, LiveTape
from bookproof.recording.zones import rules_of, zone_data, zones_of_then
from bookproof.sessions import OpenTarget
from bookproof.targets.specs import TargetSpec
from bookproof.targets.target import Safety
from bookproof.verdict import Outcome, Untestable
from bookproof.wire.client import Client, Request
from bookproof.wire.exchange import Exchange

_HEADER = Header("t", "imatic-v1", Origin.MOCK, "2027-01-13T10:00:00+00:00", "0.0.9", "1", 0, 2, "read", {}, "", {})
URL = "http://127.0.0.1:9/v1/users/me"


def recorded_exchange(number: int, **more: object) -> Exchange:
    plain: dict[str, object] = {
        "number": number,
        "probe": "one",
        "operation": "getMe",
        "role": "full",
        "note": "",
        "method": "GET",
        "url": URL,
        "request_headers": {"accept": "application/json", "user-agent": "bookproof of then", "cookie": "a=b"},
        "request_body": b"",
        "status": 200,
        "response_headers": {},
        "response_body": str(number).encode(),
        "started": 1000.0 + number,
        "elapsed": 0.5,
    }
    return Exchange(**{**plain, **more})


def client(recording: Recording, probe: str = "one") -> tuple[Client, ReplayTape]:
    tape = ReplayTape(recording)
    made = Client(
        "http://127.0.0.1:9", requests_per_minute=1, role_limits={}, connect_timeout=1, read_timeout=1, tape=tape
    )
    made.probe = probe
    return made, tape


def test_each_exchange_is_played_once_in_its_order_under_its_number() -> None:
    played, _ = client(Recording(_HEADER, [recorded_exchange(4), recorded_exchange(9)]))
    asked = Request("GET", "/v1/users/me", role="full", note="said otherwise now")
    answers = [played.send(asked) for _ in range(2)]
    assert [(one.number, one.text, one.note) for one in answers] == [(n, str(n), asked.note) for n in (4, 9)]
    assert played.exchanges == answers
    with pytest.raises(NotRecorded, match=r"probe one asks for GET http://127\.0\.0\.1:9/v1/users/me by full"):
        played.send(asked)


@pytest.mark.parametrize(
    "other",
    [
        Request("POST", "/v1/users/me", role="full"),
        Request("GET", "/v1/users/you", role="full"),
        Request("GET", "/v1/users/me", role="foreign"),
        Request("GET", "/v1/users/me", role="full", headers={"x-new": "1"}),
        Request("GET", "/v1/users/me", role="full", body=b"{}"),
    ],
    ids=("method", "url", "role", "header", "body"),
)
def test_what_was_not_asked_then_is_untestable(other: Request) -> None:
    played, _ = client(Recording(_HEADER, [recorded_exchange(1)]))
    with pytest.raises(Untestable, match="record it again"):
        played.send(other)


def test_an_answer_to_another_probe_is_not_taken() -> None:
    played, _ = client(Recording(_HEADER, [recorded_exchange(1)]), probe="two")
    with pytest.raises(NotRecorded, match="probe two"):
        played.send(Request("GET", "/v1/users/me", role="full"))


def test_a_damaged_part_is_what_is_said_to_be_missing() -> None:
    played, _ = client(Recording(_HEADER, problems={"one": "exchanges-t.jsonl:7: torn; run it again"}))
    with pytest.raises(NotRecorded, match=r"probe one is damaged: exchanges-t\.jsonl:7: torn"):
        played.send(Request("GET", "/v1/users/me", role="full"))


def test_a_newer_client_of_mcp_is_still_answered() -> None:
    """The version by which the suite names itself has no part in what is asked."""
    body = b'{"clientInfo": {"name": "bookproof", "version": "%s"}}'
    headers = {"accept": "application/json", "content-type": "application/json"}
    then = recorded_exchange(1, method="POST", request_body=body % b"0.0.9", request_headers=headers)
    played, _ = client(Recording(_HEADER, [then]))
    assert played.send(Request("POST", "/v1/users/me", role="full", body=body % b"7.0")).text == "1"


def test_a_race_is_played_by_its_racers() -> None:
    """Each call gets what its own racer was answered, and what was measured is what was measured then."""
    raced = [recorded_exchange(n + 1, race="A", racer=n, released=n / 1e6) for n in range(3)]
    measured = {"technique": "last byte", "spread": 2e-6, "jitter": 0.25, "why_last_byte": "plain"}
    played, _ = client(Recording(_HEADER, raced, [Reading("one", "race A", measured)]))
    call = Request("GET", "/v1/users/me", role="full")
    race = played.race([lambda: played.send(call)] * 3, ["full"] * 3, "A")
    assert [answer.text for answer in race.answers if isinstance(answer, Exchange)] == ["1", "2", "3"]
    assert (race.technique, race.spread, race.jitter) == ("last byte", 2e-6, 0.25)
    assert [one.released for one in race.exchanges if one] == [0.0, 1e-6, 2e-6]
    with pytest.raises(NotRecorded, match="race A"):
        played.race([lambda: played.send(call)], ["full"], "A")


def test_readings_come_in_their_order_for_each_probe_and_kind() -> None:
    given = [Reading(*each) for each in (("one", "a", 1), ("two", "a", 2), ("one", "b", 3), ("one", "a", 4))]
    _, tape = client(Recording(_HEADER, readings=given))
    assert [tape.reading(kind, lambda: 0) for kind in "aab"] == [1, 4, 3]
    with pytest.raises(NotRecorded, match="probe one asks for b"):
        tape.reading("b", lambda: 0)


def test_a_clock_that_was_not_read_then_stands_where_the_last_thing_happened() -> None:
    readings = [Reading("one", CLOCK, 1000.0), Reading("one", TARGET_CLOCK, 1060.0)]
    played, tape = client(Recording(_HEADER, [recorded_exchange(1)], readings))
    assert (tape.clock(), tape.moment(TARGET_CLOCK, lambda: 0.0)) == (1000.0, 1060.0)
    played.send(Request("GET", "/v1/users/me", role="full"))
    assert (tape.clock(), tape.moment(TARGET_CLOCK, lambda: 0.0)) == (1001.5, 1061.5)


def test_what_a_live_tape_reads_can_be_played_with_its_failures() -> None:
    told: list[Reading] = []
    live = LiveTape(told.append)
    live.probe = "one"

    def fail() -> None:
        raise LookupError("no such key")

    secret = live.secret()
    assert live.attempt("door a", lambda: {"clock": live.clock()}, LookupError)["clock"] > 1e9
    with pytest.raises(LookupError, match="no such key"):
        live.attempt("door b", fail, LookupError)
    # What is read within a reading is a part of it.
    assert [each.kind for each in told] == ["random secret", "door a", "door b"]
    _, tape = client(Recording(_HEADER, readings=told))
    assert tape.secret() == secret
    with pytest.raises(LookupError, match="no such key"):
        tape.attempt("door b", lambda: 1, LookupError)


def test_sockets_are_closed_and_event_loops_still_run() -> None:
    with pytest.raises(CalledOut, match=r"probe ways\.out tried to reach"), closed_sockets("ways.out"):
        httpx.get(URL, trust_env=False)
    with closed_sockets("a.b"):
        assert asyncio.run(asyncio.sleep(0, "done")) == "done"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), 5):
        pass


def test_an_attempt_that_is_made_light_of_is_told_at_the_end() -> None:
    def careless() -> None:
        try:
            socket.create_connection(("127.0.0.1", 9))
        except Exception:  # noqa: BLE001  as a careless probe does
            return

    with pytest.raises(CalledOut, match="127"), closed_sockets("a.b"):
        careless()


def test_a_probe_that_calls_out_is_an_error_that_names_it(recorded: Ran) -> None:
    assert recorded.folder is not None
    recording = read_run_files(recorded.folder, "mock-imatic")
    spec = TargetSpec("mock-imatic", "mock-imatic", "imatic-v1", None, embedded=False, recording=recorded.folder)
    forgotten: Probe[None] = Probe(
        "test.forgotten",
        lambda _: httpx.get(URL, trust_env=False),
        Safety.READ,
        1,
        "",
        "",
        True,
        True,
        (0, 0),
        "imatic-v1",
    )
    opened = OpenTarget(spec, None, recording=recording)
    try:
        with pytest.raises(CalledOut) as raised:
            opened.session.evidence(forgotten)
        judge = Judge(None, opened.curl)  # type: ignore[arg-type]  the row is not asked for
        outcome, reason = conclusion(judge, raised.value)
        assert outcome == Outcome.ERROR
        assert "probe test.forgotten tried to reach" in reason
        unknown = replace(forgotten, id="test.new", shared=False)
        with pytest.raises(Untestable, match=r"probe test\.new was not run when bookproof .* recorded mock-imatic"):
            opened.session.evidence(unknown)
    finally:
        opened.close()


def test_zones_have_the_rules_that_they_had(tmp_path: Path) -> None:
    """Berlin as Tokyo is: what was recorded counts, for as long as it is judged."""
    day = datetime(2027, 7, 1, tzinfo=UTC)
    berlin, tokyo = zone_data("Europe/Berlin"), zone_data("Asia/Tokyo")
    with zones_of_then({"Europe/Berlin": tokyo}):
        assert day.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset() == timedelta(hours=9)
    assert day.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset() == timedelta(hours=2)
    with zones_of_then({"Europe/Berlin": berlin, "Asia/Tokyo": tokyo}):
        assert day.replace(tzinfo=ZoneInfo("Europe/Berlin")).utcoffset() == timedelta(hours=2)
    assert zone_data("../../etc/passwd") == ""
    with pytest.raises(ValueError, match=r"."):
        rules_of("AAAA")
