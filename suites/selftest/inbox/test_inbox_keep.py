"""The file of an inbox: what was received is there after a crash."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bookproof.errors import UsageError
from bookproof.inbox import answer
from bookproof.inbox.reader import Inbox
from bookproof.inbox.server import InboxServer

TOKEN = "token-of-the-self-tests"


def read_again(inbox: Inbox, server: InboxServer) -> Inbox:
    """Lead a reader to another inbox, as a host name would that stays the same."""
    inbox._url = server.base_url
    inbox._seen.clear()
    return inbox


@pytest.mark.parametrize("torn", [b"", b'{"run": "half a li', b"\xff"])
def test_a_crash_loses_nothing(tmp_path: Path, sender: httpx.Client, torn: bytes) -> None:
    """A new inbox with the file of a dead one has its runs, boxes, answers and deliveries, and counts on."""
    file = tmp_path / "inbox.jsonl"
    with InboxServer(token=TOKEN, keep=file) as server:
        inbox, gone = (Inbox(server.base_url, TOKEN) for _ in range(2))
        path = urlsplit(inbox.open_box("box", answer(500), answer(501), answer(202))).path
        forgotten = urlsplit(gone.open_box("box")).path
        sender.post(server.base_url + path, content=b"\xff1", headers=[("x-a", "1"), ("x-a", "2")])
        gone.close()
        before = inbox.deliveries()
        # As it is while the inbox lives: nothing is written at its end only.
        copy = tmp_path / "copy.jsonl"
        shutil.copyfile(file, copy)
    with copy.open("ab") as end:
        end.write(torn)
    for statuses in ([501, 202], [202, 202]):
        with InboxServer(token=TOKEN, keep=copy) as server:
            assert read_again(inbox, server).deliveries()[: len(before)] == before
            assert [sender.post(server.base_url + path).status_code for _ in range(2)] == statuses
            assert sender.post(server.base_url + forgotten).status_code == 404
            before = inbox.deliveries()
    assert [each.number for each in before] == [1, 2, 3, 4, 5]
    assert before[0].headers["x-a"] == "1, 2"
    inbox.close()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Deliveries hold personal data, and the names of runs are secrets."""
    file = tmp_path / "inbox.jsonl"
    InboxServer(keep=file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"something else\n", b"\n", b'{"file": "bookproof-inbox", "version": 2}\n'])
def test_another_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    """A file that is not an inbox's own is neither read nor written."""
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"notes\.txt is not the file of an inbox"):
        InboxServer(keep=file)
    assert file.read_bytes() == content


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"run": "a", "delivery": {"number": 1}}', b'{"run": 1, "opened": 1}'])
def test_a_line_that_means_nothing_is_refused(tmp_path: Path, line: bytes) -> None:
    """A whole line that is no change of an inbox is no crash's doing."""
    file = tmp_path / "inbox.jsonl"
    InboxServer(keep=file).close()
    with file.open("ab") as end:
        end.write(line + b"\n")
    with pytest.raises(UsageError, match="is not the file of an inbox"):
        InboxServer(keep=file)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_does_not_refuse_deliveries(tmp_path: Path, sender: httpx.Client) -> None:
    """The target is not to blame for our disk: it is answered, the delivery is read, and the failure is told."""
    with InboxServer(token=TOKEN, keep=tmp_path / "inbox.jsonl") as server, Path("/dev/full").open("wb", 0) as full:
        assert server._keeper is not None
        server._keeper._file.close()
        server._keeper._file = full  # type: ignore[assignment]
        inbox = Inbox(server.base_url, TOKEN)
        assert sender.post(inbox.open_box("box")).status_code == 200
        assert len(inbox.deliveries()) == 1
        assert "space" in server.keep_failure
        inbox.close()
