"""``bookproof receiver``: exit codes, reports, and lines that repeat what was found."""

from __future__ import annotations

import json
import socket
from email.message import Message
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from receiver import consumers
from receiver.consumers import SECRET, serving

from bookproof.cli import main
from bookproof.cli.variables import WEBHOOK_SECRET
from bookproof.judge.signature import Scheme
from bookproof.receiver.cases import Case, cases_of
from bookproof.receiver.judgement import SLOW, Answer, judge
from bookproof.receiver.samples import tampered
from bookproof.verdict import Severity


def call(*arguments: str, **environment: str | None) -> Result:
    """The command with the consumers' secret in its variable."""
    given = {"NO_COLOR": "1", WEBHOOK_SECRET: SECRET, **environment}
    return CliRunner(env=given).invoke(main, ["receiver", *arguments])


def case_of(name: str) -> Case:
    """A case by its id."""
    return next(case for case in cases_of(Scheme.IMATIC) if case.id == name)


def test_a_right_consumer_ends_with_0() -> None:
    """The plan before, the table after, and what is optional is told without blame."""
    with serving(consumers.correct) as url:
        shown = call("--url", url)
    assert shown.exit_code == 0, shown.output
    first, *rest = shown.stdout.splitlines()
    deliveries = sum(case.times for case in cases_of(Scheme.IMATIC))
    assert first.startswith(f"Sending at most {deliveries} deliveries to {url}")
    assert "sample events (booking.created" in first
    assert rest[-1] == f"1 information · {len(cases_of(Scheme.IMATIC)) - 1} pass"
    assert SECRET not in shown.output


def test_a_flawed_consumer_ends_with_1() -> None:
    """A violation says what was expected, what was seen, and the line that repeats it."""
    with serving(consumers.accepts_everything) as url:
        shown = call("--url", url, "--only", "tampered-body")
    assert shown.exit_code == 1, shown.output
    at = shown.stdout.index("violation  tampered-body")
    told = shown.stdout[at:].splitlines()
    assert told[1].startswith("  expected  a body with one byte changed after it was signed: refused with 4xx")
    assert told[2] == "  seen      200"
    assert told[3].startswith(f"  repeat    curl -sS -i '{url}' -H 'Content-Type: application/json' -H 'X-Imatic")
    assert SECRET not in shown.output


def test_a_consumer_that_refuses_everything_gets_a_hint() -> None:
    """Exit 1, and what to look at."""
    with serving(lambda headers, body: 404) as url:
        shown = call("--url", url)
    assert shown.exit_code == 1
    assert "nothing takes a POST there" in shown.stdout
    assert "case" in shown.stdout


def test_a_consumer_that_has_had_enough_is_no_success() -> None:
    """A 429 is no violation, but nothing was tried either."""
    with serving(lambda headers, body: 429) as url:
        shown = call("--url", url, "--json")
    assert shown.exit_code == 1
    said = json.loads(shown.stdout)
    assert (said["counts"]["violation"], said["counts"]["not sent"]) == (0, len(cases_of(Scheme.IMATIC)) - 1)
    assert "wait a while" in said["stopped"]


def test_nobody_at_the_url_ends_with_3() -> None:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        shown = call("--url", f"http://127.0.0.1:{held.getsockname()[1]}/hooks")
    assert shown.exit_code == 3
    assert "nobody answers at" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--url is missing"),
        (("--url", "ftp://127.0.0.1/hooks"), "no http or https URL"),
        (("--url", "127.0.0.1:3000"), "no http or https URL"),
        (("--url", "http:///hooks"), "no http or https URL"),
        (("--url", "http://127.0.0.1:99999/"), "no http or https URL"),
        (("--url", "http://user:pass-word@127.0.0.1/"), "secrets do not go on a command line"),
        (("--url", "http://127.0.0.1/", "--secret", "whsec_literal"), "not the name of an environment variable"),
        (("--url", "http://127.0.0.1/", "--secret", "NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (("--url", "http://127.0.0.1/", "--only", "tamperd"), "did you mean tampered"),
        (("--url", "http://127.0.0.1/", "--body", "no/such.json"), "no/such.json cannot be read"),
        (("--url", "http://127.0.0.1/", "--junit", "no/such/folder.xml"), "there is no folder"),
        (("--url", "http://127.0.0.1/", "--body", __file__, "--event", "x"), "exclude each other"),
    ],
)
def test_usage_errors_end_with_2_and_send_nothing(arguments: tuple[str, ...], words: str) -> None:
    """One message that says what to do, and never the secret."""
    shown = call(*arguments)
    assert shown.exit_code == 2, shown.output
    assert words in " ".join(shown.stderr.split())
    assert "whsec_literal" not in shown.output
    assert "pass-word" not in shown.output


def test_list_shows_every_case_and_needs_no_consumer() -> None:
    """What would be sent, and how it should be answered."""
    for scheme in Scheme:
        shown = call("--list", "--scheme", scheme.value, **{WEBHOOK_SECRET: None})
        assert shown.exit_code == 0
        assert [line.split()[0] for line in shown.stdout.splitlines()] == [case.id for case in cases_of(scheme)]


def test_json_and_junit_tell_the_same(tmp_path: Path) -> None:
    """Programs get clean JSON on standard output, and build servers a failure for each violation."""
    file = tmp_path / "receiver.xml"
    with serving(consumers.compares_a_prefix) as url:
        shown = call("--url", url, "--json", "--junit", str(file))
    assert shown.exit_code == 1
    said = json.loads(shown.stdout)
    wrong = {case["id"] for case in said["cases"] if case["outcome"] == "violation"}
    assert wrong == {"truncated", "empty-v1", "missing-v1"}
    assert said["counts"]["violation"] == len(wrong)
    tree = ET.parse(file)
    failed = {case.get("name") for case in tree.iter("testcase") if case.find("failure") is not None}
    assert failed == wrong
    assert tree.getroot().get("tests") == str(len(said["cases"]))
    assert SECRET not in shown.output + file.read_text("utf-8")


def test_own_payload_arrives_byte_by_byte(tmp_path: Path) -> None:
    """--body is sent as it is; --event names the event of the sample."""
    own = tmp_path / "own.json"
    own.write_bytes(b'{ "event": "booking.no_show",\r\n "data": 1.50 }\n')
    arrived: list[bytes] = []

    def keep(headers: Message, body: bytes) -> int:
        arrived.append(body)
        return consumers.correct(headers, body)

    with serving(keep) as url:
        assert call("--url", url, "--body", str(own), "--only", "valid").exit_code == 0
        assert call("--url", url, "--event", "booking.rescheduled", "--only", "valid").exit_code == 0
    assert arrived[0] == own.read_bytes()
    assert json.loads(arrived[1])["event"] == "booking.rescheduled"


def test_a_secret_that_the_consumer_shows_is_taken_out() -> None:
    """Neither a careless answer nor a URL carries the secret into a report."""
    with serving(consumers.accepts_everything, f"verified with {SECRET}") as url:
        shown = call("--url", f"{url}?hook={SECRET}", "--only", "unsigned")
    assert shown.exit_code == 1
    assert SECRET not in shown.output
    assert "  seen      200 verified with <signing secret>" in shown.stdout
    assert "/hooks?hook=<signing secret>" in shown.stdout


def test_what_a_consumer_answers_cannot_steer_a_terminal() -> None:
    """Control characters are written out, and long answers are cut."""
    with serving(consumers.accepts_everything, "\x1b[2J" + "x" * 100_000) as url:
        shown = call("--url", url, "--only", "unsigned")
    assert "\x1b" not in shown.output
    assert "\\x1b[2Jxxx" in shown.output
    assert len(shown.output) < 5_000


def test_a_slow_acknowledgement_is_told_and_no_violation() -> None:
    """Respond fast, process later: no document says how fast."""
    slow = judge(case_of("valid"), [Answer(200, SLOW + 1)], lambda: "curl")
    assert [(finding.severity, finding.seen) for finding in slow] == [(Severity.INFORMATION, "200 after 6.0 s")]
    assert judge(case_of("valid"), [Answer(200, SLOW - 1)], lambda: "curl") == ()
    assert judge(case_of("unsigned"), [Answer(401, SLOW + 1)], lambda: "curl") == ()


def test_a_429_says_nothing_about_the_delivery() -> None:
    """Too fast is no refusal."""
    told = judge(case_of("valid-spaced"), [Answer(429, 0.1)], lambda: "curl")
    assert [finding.severity for finding in told] == [Severity.INFORMATION]


@pytest.mark.parametrize(
    "body", [b'{"a":"b"}', '{"name":"Zoë"}'.encode(), b"{}", b"77", b'{"a":"7","b":"7"}', b"\xff\xff"]
)
def test_a_tampered_body_differs(body: bytes) -> None:
    """Whatever the payload, and JSON stays JSON."""
    changed = tampered(body)
    assert changed != body
    try:
        json.loads(body)
    except ValueError:
        return
    json.loads(changed)
