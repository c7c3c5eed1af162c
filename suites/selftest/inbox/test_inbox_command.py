"""``bookproof inbox``: it starts, lists what arrives, ends in order, and never shows a secret."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from bookproof.cli import main
from bookproof.inbox import answer, drop
from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer

VARIABLE = "BOOKPROOF_INBOX_TOKEN"
TOKEN = "token-of-the-self-tests"

Started = tuple[subprocess.Popen[str], str]


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Starts the command; the process, and what it has printed until it listens."""
    running: list[subprocess.Popen[str]] = []

    def run(*options: str, token: str | None = None) -> Started:
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        process = subprocess.Popen(
            [sys.executable, "-m", "bookproof", "inbox", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment if token is None else {**environment, VARIABLE: token},
        )
        running.append(process)
        printed = ""
        assert process.stdout is not None
        for line in process.stdout:
            printed += line
            if "Deliveries:" in line:
                break
        return process, printed

    yield run
    for process in running:
        process.kill()
        process.communicate()


def address(printed: str) -> str:
    found = re.search(r"listens at (\S+)", printed)
    assert found
    return found[1]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_it_lists_deliveries_and_no_secret_and_ends_in_order(
    start: Callable[..., Started], sender: httpx.Client, end: signal.Signals
) -> None:
    """A line for each delivery when it comes; nothing that was sent, and no token; a signal ends it with 0."""
    process, printed = start(token=TOKEN)
    assert process.stdout is not None
    inbox = Inbox(address(printed), TOKEN)
    url = inbox.open_box("created", answer(500), drop(), answer(200))
    lines: list[str] = []
    for body in (b"private-body", b"", b"x" * 1_048_577):
        headers = {"x-imatic-signature": "t=1,v1=private-header"}
        try:
            sender.put(f"{url}?private-query=1", content=body, headers=headers)
        except httpx.RemoteProtocolError:
            assert not body
        lines.append(process.stdout.readline())
    assert re.fullmatch(r"\d\d:\d\d:\d\d  created  PUT  500  12 bytes, \d headers of \d+ bytes\n", lines[0])
    assert re.fullmatch(r"\d\d:\d\d:\d\d  created  PUT  dropped  0 bytes, \d headers of \d+ bytes\n", lines[1])
    assert "  created  PUT  413  1048576 bytes, cut, " in lines[2]
    process.send_signal(end)
    rest, complaint = process.communicate(timeout=30)
    assert (process.returncode, rest, complaint) == (0, "", "ended\n")
    said = printed + "".join(lines)
    for secret in (TOKEN, "private", inbox._run):
        assert secret not in said
    assert VARIABLE in said
    inbox.close()


def test_what_it_prints_is_what_a_run_needs(start: Callable[..., Started]) -> None:
    """The export and the lines for the target file work as they are printed."""
    process, printed = start("--public-url", "https://hooks.example.com/")
    exported = re.search(rf"^  export {VARIABLE}=(\S+)$", printed, re.MULTILINE)
    assert exported
    document = tomllib.loads(printed.partition("In the target file:")[2].partition("\n\n")[0])
    assert document == {"inbox": {"url": "https://hooks.example.com", "token_env": VARIABLE}}
    inbox = Inbox(address(printed), exported[1], public_url=document["inbox"]["url"])
    assert inbox.open_box("box").startswith("https://hooks.example.com/hooks/")
    inbox.close()
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[1] == "ended\n"


def test_a_killed_inbox_goes_on_where_it_was(
    start: Callable[..., Started], sender: httpx.Client, tmp_path: Path
) -> None:
    """With --keep and a token of one's own, a reader does not notice that the inbox was started again."""
    words = ("--keep", str(tmp_path / "inbox.jsonl"))
    process, printed = start(*words, token=TOKEN)
    inbox = Inbox(address(printed), TOKEN)
    url = inbox.open_box("box")
    sender.post(url)
    assert len(inbox.deliveries()) == 1
    process.kill()
    process.wait(30)
    _, again = start(*words, "--port", url.split(":")[2].partition("/")[0], token=TOKEN)
    assert address(again) == address(printed)
    assert sender.post(url).status_code == 200
    assert [each.number for each in inbox.deliveries()] == [1, 2]
    inbox.close()


@pytest.mark.parametrize(
    ("options", "token", "words"),
    [
        (("--public-url", "hooks.example.com"), TOKEN, "write one such as https://hooks.example.com"),
        (("--port", "70000"), TOKEN, "0<=x<=65535"),
        (("--host", "no.such.host.invalid"), TOKEN, "choose another --host or --port"),
        (("--keep", "no/such/folder/inbox.jsonl"), TOKEN, "choose another --keep"),
        (("--keep", __file__), TOKEN, "name a new one with --keep"),
        ((), "short-secret", f"{VARIABLE} has 12 characters; give it 16 or more"),
        ((), "a long secret with spaces", f"{VARIABLE} has a character that no header carries"),
    ],
)
def test_wrong_options_are_usage_errors(options: tuple[str, ...], token: str, words: str) -> None:
    """One line that says what to do, exit code 2, and no secret."""
    ended = CliRunner(env={VARIABLE: token, "NO_COLOR": "1"}).invoke(main, ["inbox", *options])
    assert ended.exit_code == 2
    assert words in ended.stderr
    assert token not in ended.stderr


def test_a_taken_port_is_a_usage_error(server: InboxServer) -> None:
    """The message names the port and the option."""
    port = server.base_url.rpartition(":")[2]
    ended = CliRunner(env={VARIABLE: TOKEN, "NO_COLOR": "1"}).invoke(main, ["inbox", "--port", port])
    assert ended.exit_code == 2
    assert f"port {port}" in ended.stderr
