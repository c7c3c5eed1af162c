"""Wrong target files: each problem with its line, its key and a remedy, all at once, and never a secret."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bookproof.errors import ExitCode, UsageError
from bookproof.targets.files import load_target_file

GOOD = """\
name = "mine"
dialect = "imatic-v1"
base_url = "http://127.0.0.1:9"
[credentials]
full = "MINE_FULL"
"""
ENVIRONMENT = {"MINE_FULL": "cal_a.b"}
MAIN = GOOD + '[data.event_types.main]\ncode = "intro"\n'
SECRET = "cal_abc123.s3cr3tMaterial"

# file, line of the problem, key, what the message says beside these
BROKEN = {
    "no name": (GOOD.replace('name = "mine"\n', ""), 1, "name", "is missing"),
    "empty file": ("", None, "dialect", "is missing"),
    "misspelt key": (GOOD.replace("dialect", "dialekt"), 2, "dialekt", "did you mean dialect?"),
    "unknown dialect": (GOOD.replace("imatic-v1", "imatic-v2"), 2, "dialect", "known here: calcom-v2, imatic-v1"),
    "no address": (GOOD.replace('base_url = "http://127.0.0.1:9"\n', ""), 1, "base_url", "base_url_env"),
    "two addresses": ('base_url_env = "MINE_URL"\n' + GOOD, 1, "base_url_env", "not both"),
    "address without scheme": (GOOD.replace("http://", ""), 3, "base_url", "https://calendar.example.com"),
    "address with a query": (GOOD.replace(":9", ":9/?a=b"), 3, "base_url", "https://calendar.example.com"),
    "address with the base path": (GOOD.replace(":9", ":9/v1"), 3, "base_url", "leave it out"),
    "no key at all": (GOOD.partition("[")[0], 1, "credentials", "is missing"),
    "no full key": (GOOD.replace("full", "foreign"), 4, "credentials.full", "every scope"),
    "unset full key": (GOOD.replace("MINE_FULL", "MINE_OTHER"), 5, "credentials.full", "MINE_OTHER is not set"),
    "unknown role": (GOOD + 'admin = "MINE_ADMIN"\n', 6, "credentials.admin", "known here: full, slots-read"),
    "key shared": (GOOD + 'foreign = "MINE_FULL"\n', 6, "credentials.foreign", "same variable as full"),
    "number for a text": (GOOD.replace('"mine"', "3"), 1, "name", "3 is not a text"),
    "date for a text": (GOOD.replace('"mine"', "2027-01-01"), 1, "name", "in quotes"),
    "unknown safety": ('safety = "wirte"\n' + GOOD, 1, "safety", "did you mean write?"),
    "endless time-out": (GOOD + "[timeouts]\nread = inf\n", 7, "timeouts.read", "finite"),
    "time-out of nothing": (GOOD + "[timeouts]\nread = 0\n", 7, "timeouts.read", "more than 0"),
    "limit of nothing": (GOOD + "[limits]\nrequests_per_minute = 0\n", 7, "limits.requests_per_minute", "120"),
    "half a limit": (GOOD + "[limits]\nroles.full = 1.5\n", 7, "limits.roles.full", "is not a whole number"),
    "unknown capability": (GOOD + "[capabilities]\nlink = true\n", 7, "capabilities.link", "did you mean links?"),
    "capability in words": (GOOD + '[capabilities]\nlinks = "no"\n', 7, "capabilities.links", "true or false"),
    "unknown zone": (GOOD + '[data]\ntime_zone = "Europe/Berln"\n', 7, "data.time_zone", "Europe/Berlin"),
    "attendee without address": (GOOD + '[data]\nattendee_email = "me"\n', 7, "data.attendee_email", "invitations"),
    "event type without code": (MAIN.replace("code", "slug"), 6, "data.event_types.main.code", "is missing"),
    "unknown event type": (MAIN.replace("main", "mian"), 6, "data.event_types.mian", "did you mean main?"),
    "no duration": (MAIN + "duration = 0\n", 8, "data.event_types.main.duration", "from 1 to 1440"),
    "two durations": (
        MAIN + "duration = 30\ndurations = [30, 60]\n",
        9,
        "data.event_types.main.durations",
        "either duration or durations",
    ),
    "duration twice": (MAIN + "durations = [30, 30]\n", 8, "data.event_types.main.durations", "the same twice"),
    "no such hour": (
        MAIN + 'hours = { mon = ["09:00-12:00", "13:00-25:00"] }\n',
        8,
        "data.event_types.main.hours.mon[1]",
        '"09:00-17:00"',
    ),
    "hours backwards": (
        MAIN + 'hours.mon = [\n  "17:00-09:00",\n]\n',
        9,
        "data.event_types.main.hours.mon[0]",
        "the end after the start",
    ),
    "hours that overlap": (
        MAIN + 'hours.mon = [\n  "09:00-12:00",\n  "11:30-13:00",\n]\n',
        10,
        "data.event_types.main.hours.mon[1]",
        "begins before 09:00-12:00 ends",
    ),
    "no such weekday": (MAIN + "hours = { monday = [] }\n", 8, "data.event_types.main.hours.monday", "mean mon?"),
    "no such date": (
        MAIN + "[data.event_types.main.overrides]\n2027-02-30 = []\n",
        9,
        "data.event_types.main.overrides.2027-02-30",
        "no such date",
    ),
    "a date of another kind": (
        MAIN + '[data.event_types.main.overrides]\n"24.12.2026" = []\n',
        9,
        'data.event_types.main.overrides."24.12.2026"',
        "2026-12-01",
    ),
    "second zone": (
        GOOD + '[[data.event_types.zones]]\ncode = "a"\n[[data.event_types.zones]]\ncode = 2\n',
        9,
        "data.event_types.zones[1].code",
        "2 is not a text",
    ),
    "door without token": (GOOD + '[door]\nbase_url = "http://127.0.0.1:8"\n', 6, "door.token_env", "is missing"),
    "door without address": (GOOD + '[door]\ntoken_env = "MINE_FULL"\n', 6, "door.base_url", "is missing"),
    "unset token": (
        GOOD + '[door]\nbase_url = "http://127.0.0.1:8"\ntoken_env = "MINE_DOOR"\n',
        8,
        "door.token_env",
        "MINE_DOOR is not set",
    ),
    "unknown call of the door": (
        GOOD + '[door]\nbase_url = "http://127.0.0.1:8"\ntoken_env = "MINE_FULL"\nsupports = ["clock", "key"]\n',
        9,
        "door.supports[1]",
        "issue-key",
    ),
    "embedded": ('embedded = true\nname = "m"\ndialect = "imatic-v1"\n', 1, "embedded", "name it as mock"),
}
# a line of [bindings.operations], [bindings.objects] …: the last line of the file is at fault
BINDINGS = {
    "operation": ("[bindings.operations.getMee]", "operations.getMee", "did you mean getMe?"),
    "argument": (
        '[bindings.operations.listBookings]\nquery.pge = "p"',
        "operations.listBookings.query.pge",
        "mean page?",
    ),
    "argument of none": ('[bindings.operations.getMe]\nquery.page = "p"', "operations.getMe.query.page", "no argument"),
    "placeholder": (
        '[bindings.operations.getBooking]\npath = "/b/{code}"',
        "operations.getBooking.path",
        "bookingCode",
    ),
    "lost argument": ('[bindings.operations.getBooking]\npath = "/b"', "operations.getBooking.path", "has no place"),
    "braces": ('[bindings.operations.getBooking]\npath = "/b/{"', "operations.getBooking.path", "braces"),
    "path": ('[bindings.operations.getMe]\npath = "me"', "operations.getMe.path", "/v1/bookings"),
    "method": ('[bindings.operations.getMe]\nmethod = "get"', "operations.getMe.method", "GET, POST"),
    "status": ("[bindings.operations.getMe]\nstatuses = [404]", "operations.getMe.statuses[0]", "from 200 to 299"),
    "query in the body": (
        '[bindings.operations.listSlots]\nbody.start = "s"',
        "operations.listSlots.body.start",
        "query",
    ),
    "object": ('[bindings.objects.bookings]\ncode = "id"', "objects.bookings", "did you mean booking?"),
    "field": ('[bindings.objects.booking]\nstarts = "from"', "objects.booking.starts", "did you mean start?"),
    "dotted path": ('[bindings.objects.booking]\nstart = "when..from"', "objects.booking.start", "result.items"),
    "list": ('[bindings.lists]\nlistBooking = "items"', "lists.listBooking", "did you mean listBookings?"),
    "word": ('[bindings.values.status]\ngone = ["gone"]', "values.status.gone", "known here: confirmed"),
    "one word": ('[bindings.values.status]\npending = "open"', "values.status.pending", "is not a list"),
    "format": ('[bindings.formats]\ntime = "iso"', "formats.time", "epoch-seconds"),
}


def said_about(tmp_path: Path, text: str) -> str:
    """What loading a file with some text says."""
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as error:
        load_target_file(path, ENVIRONMENT)
    assert error.value.exit_code == ExitCode.USAGE
    return str(error.value).replace(str(path), "mine.toml")


def problem(said: str, key: str) -> tuple[int | None, str, str]:
    """Line, problem and remedy that a message gives for a key."""
    found = re.search(rf"^mine\.toml(?::(\d+))?: {re.escape(key)}[^ :]*: ([^;]+); (.+)$", said, re.MULTILINE)
    assert found, said
    return int(found[1]) if found[1] else None, found[2], found[3]


@pytest.mark.parametrize(("text", "line", "key", "words"), BROKEN.values(), ids=BROKEN)
def test_broken_file(tmp_path: Path, text: str, line: int | None, key: str, words: str) -> None:
    """The message names the exact line and key, the problem and what to do."""
    found, what, remedy = problem(said_about(tmp_path, text), key)
    assert found == line
    assert words in f"{what}; {remedy}"


@pytest.mark.parametrize(("text", "key", "words"), BINDINGS.values(), ids=BINDINGS)
def test_broken_binding(tmp_path: Path, text: str, key: str, words: str) -> None:
    """What cannot be bound is refused, with what can."""
    broken = f"{GOOD}{text}\n"
    line = broken.count("\n") - (1 if key == "objects.bookings" else 0)
    found, what, remedy = problem(said_about(tmp_path, broken), f"bindings.{key}")
    assert found == line
    assert words in f"{what}; {remedy}"


@pytest.mark.parametrize(("text", "line"), [("name = 'x\n", 1), ("a = 1\nb = [\n", 2), ("a = 1\n[a]\n", 2)])
def test_no_toml(tmp_path: Path, text: str, line: int) -> None:
    """A syntax error has its line too."""
    assert said_about(tmp_path, text).startswith(f"mine.toml:{line}: not TOML: ")


def test_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """One run shows everything that is to be mended, the unset variables included."""
    text = 'safety = "x"\nbase_url_env = "MINE_URL"\nextra = 1\n' + GOOD.replace(
        'base_url = "http://127.0.0.1:9"\n', ""
    )
    said = said_about(tmp_path, text.replace("MINE_FULL", "MINE_OTHER"))
    assert [int(line) for line in re.findall(r"^mine\.toml:(\d+): ", said, re.MULTILINE)] == [1, 2, 3, 7]


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("MINE_FULL", SECRET),
        GOOD.replace("MINE_FULL", "Bearer " + SECRET),
        GOOD.replace("MINE_FULL", "s3cr3tMaterial"),
        GOOD.replace("full =", f'"{SECRET}" ='),
        GOOD.replace('"MINE_FULL"', f'["{SECRET}"]'),
        GOOD.partition("[")[0] + f'credentials = "{SECRET}"\n',
        GOOD.replace("http://", "http://me:s3cr3tMaterial@"),
        GOOD.replace('name = "mine"', f'name = "mine"\nsafety = "{SECRET}"'),
        GOOD + f'[door]\nbase_url = "http://127.0.0.1:8"\ntoken_env = "{SECRET}"\n',
        GOOD + '[door]\nbase_url = "http://127.0.0.1:8"\ntoken_env = "s3cr3tMaterial"\n',
        'base_url_env = "' + SECRET + '"\n' + GOOD,
    ],
)
def test_secret_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    """A key in place of the name of a variable is refused without showing it."""
    said = said_about(tmp_path, text)
    assert "s3cr3t" not in said
    assert "abc123" not in said


def test_environment_is_not_repeated(tmp_path: Path) -> None:
    """A variable that holds nonsense is named; its value is not shown."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("base_url =", "base_url_env =").replace("http://127.0.0.1:9", "MINE_URL"), "utf-8")
    with pytest.raises(UsageError, match="MINE_FULL holds characters") as error:
        load_target_file(path, {"MINE_FULL": "s3cr3t key", "MINE_URL": "s3cr3t"})
    assert "s3cr3t" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_unreadable_file(tmp_path: Path, content: bytes | None) -> None:
    """No file, or no text."""
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"mine\.toml: .*target file"):
        load_target_file(path, {})


def test_command_line_ends_with_2(tmp_path: Path) -> None:
    """The command line says the same, without a traceback, and sends nothing."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("dialect", "dialekt"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bookproof", "run", "--target", str(path), "--reports", str(tmp_path / "reports")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **ENVIRONMENT, "NO_COLOR": "1"},
    )
    assert done.returncode == 2
    assert f"{path}:2: dialekt: unknown key; did you mean dialect?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()
