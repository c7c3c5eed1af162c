"""``bookproof gate-check`` measures what it is asked to, and says what that means."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from selftest_raw_server import RawServer, complete, ok

from bookproof.cli.gate_check import gate_check
from bookproof.cli.group import main


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and error output of the command."""
    done = CliRunner().invoke(main, ["gate-check", *arguments], env={"NO_COLOR": "1", "COLUMNS": "120"})
    return done.exit_code, done.stdout, done.stderr


def test_it_measures_the_mock_unless_told_otherwise() -> None:
    """By default the mock is started; the plan comes first, then the releases, the windows and the next step."""
    code, out, _ = run("--requests", "4", "--batches", "3")
    assert code == 0, out
    assert out.index("sends 12 requests, 3 batches of 4") < out.index("technique: last byte")
    assert re.search(r"release( +\d+\.\d\d){4}", out)
    assert re.search(r"arrival( +\d+\.\d\d){4}", out)
    for window in ("5 ms", "1 ms", "0.2 ms", "0.05 ms"):
        assert re.search(rf"{re.escape(window)} +\d+%", out)
    assert "4 callers" in out
    assert "Next: " in out


def test_json_is_for_programs() -> None:
    """Standard output is JSON and nothing else; people read the plan on the other one."""
    code, out, err = run("--requests", "3", "--batches", "2", "--json")
    found = json.loads(out)
    assert code == 0
    assert "sends 6 requests" in err
    assert (found["technique"], found["arrivals"], found["unanswered"]) == ("last byte", "measured", 0)
    assert len(found["batches"]) == 2
    assert [window["window_us"] for window in found["windows"]] == [5000, 1000, 200, 50]
    seen = [window["seen_in_batch"] for window in found["windows"]]
    assert seen == sorted(seen, reverse=True)


def test_any_address_can_be_measured() -> None:
    """As many requests as were said, all of them GET; without told arrivals the result is called an estimate."""
    with RawServer() as server:
        code, out, _ = run("--url", f"{server.base_url}/health?x=1", "--requests", "5", "--batches", "2")
    assert code == 0, out
    assert len(server.requests) == 1 + 2 * 5
    assert all(request.startswith(b"GET /health?x=1 ") for request in server.requests)
    assert not any(b"authorization" in request.lower() for request in server.requests)
    assert "estimated" in out
    assert "what the way may add, at most" in out


def test_a_target_is_read_with_its_key_and_within_its_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target file names the server, the key and the limit, and the minutes that it will take are told."""
    with RawServer(lambda request: ok(b'{"success": true, "data": {}}') if complete(request) else None) as server:
        file = tmp_path / "own.toml"
        file.write_text(
            f'name = "own"\ndialect = "imatic-v1"\nbase_url = "{server.base_url}"\n'
            '[credentials]\nfull = "OWN_KEY"\n[limits]\nrequests_per_minute = 30\n'
        )
        monkeypatch.setenv("OWN_KEY", "cal_abc.0123456789abcdef")
        code, out, err = run("--target", str(file), "--requests", "4", "--batches", "5")
    assert code == 0, err
    assert len(server.requests) == 1 + 20
    assert all(b"cal_abc.0123456789abcdef" in request for request in server.requests)
    assert "cal_abc" not in out + err


def test_long_measurements_say_how_long() -> None:
    """What does not fit into a minute is announced."""
    from bookproof.cli.gate_check import plan

    assert "takes 5 minutes" in " ".join(plan("own", "GET /", 10, 10, 20))
    assert "minutes" not in " ".join(plan("own", "GET /", 10, 10, 6000))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--url", "ftp://example.com"), "is no http or https URL"),
        (("--url", "https://name:word@example.com"), "not repeated here"),
        (("--url", "http://127.0.0.1:1", "--target", "mock"), "exclude each other"),
        (("--target", "mock:defect=no-such-thing"), "no-such-thing"),
        (("--requests", "1"), "--requests"),
        (("--batches", "0"), "--batches"),
    ],
)
def test_wrong_options_end_with_2(arguments: tuple[str, ...], said: str) -> None:
    """One clear message, and nothing is sent."""
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err
    assert "name:word" not in err


@pytest.fixture
def nobody() -> str:
    """A URL at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_server_that_is_not_there_ends_with_3(nobody: str) -> None:
    """After one request."""
    code, _, err = run("--url", nobody)
    assert code == 3
    assert "does not answer" in err


@pytest.mark.parametrize("answer", [lambda _: b"", lambda request: ok(status="429 Slow Down") if request else None])
def test_a_server_that_does_not_want_to_is_left_alone(answer: Callable[[bytes], bytes | None]) -> None:
    """One that hangs up, and one that wants no requests now, get no batch."""
    with RawServer(answer) as server:
        code, _, _ = run("--url", server.base_url)
    assert code == 3
    assert len(server.connections) == 1


def test_help_teaches() -> None:
    """The help has examples, says how to read the result, and names the exit codes."""
    code, out, _ = run("--help")
    assert code == 0
    for said in ("bookproof gate-check --target imatic", "How to read it", "3  unreachable"):
        assert said in out
    assert gate_check.short_help
