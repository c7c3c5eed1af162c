"""Cassettes as files: what is written is read again, vcrpy plays them, and what is damaged is named with its line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import httpx
import pytest
import vcr
import yaml

from bookproof.errors import UsageError
from bookproof.recording.cassettes import TARGET, cassette_paths, read_cassettes, replace_folder, write_cassettes
from bookproof.recording.model import FORMAT, Header, Origin, Reading, Recording
from bookproof.wire.exchange import Arrival, Exchange

HEADER = Header(
    "staging", "imatic-v1", Origin.LIVE, "2026-12-01T10:00:00+00:00", "0.1.0", "1", 3, 2, "write", {"name": "staging"},
    "ab" * 32, {"KEY": "cal_x.standin"}, plan=["auth.no-key"], select=[],
)  # fmt: skip
SENT = {"host": "h", "user-agent": "bookproof", "accept": "application/json"}


def exchange(number: int, probe: str = "auth.no-key", **more: object) -> Exchange:
    """An exchange with something of everything."""
    made = Exchange(
        number, probe, "listBookings", "full", 'a note: "quoted"', "GET", "https://h/v1/bookings?a=b%20c", SENT, b"",
        200, {"content-type": "application/json", "content-encoding": "gzip"}, '{"a": "ä\\n#: \'"}'.encode(), 1.25, 0.5,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def sample() -> Recording:
    """A recording with what vcrpy knows and what it does not."""
    return Recording(
        HEADER,
        [
            exchange(1),
            exchange(2, method="POST", request_body=b'{"b": 1}', request_headers={"accept": "x"}, role=""),
            exchange(3, response_body=b"\xff\x00\xfe", response_headers={}, race="one", racer=2, released=0.001),
            exchange(4, status=0, failure="ReadTimeout", response_headers={}, response_body=b""),
            exchange(5, inbound=True, arrival=Arrival("all", 1, "/all?x=1")),
            exchange(6, probe="clean-up", operation="", note="", status=599),
        ],
        [
            Reading("auth.no-key", "clock", 1.5),
            Reading("auth.no-key", "clock", None),
            Reading("b", "c", {"d": [1e-05]}),
        ],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample as cassettes."""
    write_cassettes(sample(), tmp_path / "staging")
    return tmp_path / "staging"


def test_what_is_written_is_read_again(folder: Path) -> None:
    """All of it, in its order, to the last digit."""
    assert read_cassettes(folder) == sample()
    assert [path.name for path in cassette_paths(folder)] == ["auth.no-key.yaml", "b.yaml", "clean-up.yaml"]


def test_each_file_says_where_it_comes_from(folder: Path) -> None:
    """Origin, versions, date, seed, and the digest of the target file."""
    told = yaml.safe_load((folder / "auth.no-key.yaml").read_text("utf-8"))["bookproof"]
    provenance = {"origin": "live", "api_version": "1", "suite_version": "0.1.0", "seed": 3, "format": FORMAT}
    assert provenance.items() <= told.items()
    assert told["recorded"] == HEADER.recorded
    assert told["document_digest"] == HEADER.document_digest


def test_vcrpy_plays_a_cassette(folder: Path) -> None:
    """With a real client, without a server; packed answers too, for they are written as they were read."""
    player = vcr.VCR(record_mode="none", match_on=["method", "uri"])
    with player.use_cassette(str(folder / "auth.no-key.yaml")) as cassette, httpx.Client() as client:
        first = client.get("https://h/v1/bookings?a=b%20c")
        second = client.post("https://h/v1/bookings?a=b%20c", json={"b": 1})
        third = client.get("https://h/v1/bookings?a=b%20c")
        assert cassette.all_played
    assert first.json() == {"a": "ä\n#: '"}
    assert second.status_code == 200
    assert third.content == b"\xff\x00\xfe"


def test_vcrpy_plays_what_a_run_has_recorded(imatic: Path) -> None:
    """Every interaction of some cassettes, with the body that is played to us."""
    exchanges = read_cassettes(imatic).exchanges
    player = vcr.VCR(record_mode="none", match_on=["method", "uri", "body"])
    for probe in ("scopes.other-resources", "deliveries.course", "mcp.session", "races.same-slot"):
        sent = [each for each in exchanges if each.probe == probe and not each.inbound]
        path = imatic / f"{probe}.yaml"
        with player.use_cassette(str(path)) as cassette, httpx.Client() as client:
            for each in sent:
                answer = client.request(each.method, each.url, content=each.request_body or None)
                assert answer.status_code == each.status
                assert len(answer.content) == len(each.response_body) or each.race
            assert cassette.all_played


def changed(old: str, new: str) -> Callable[[Path], None]:
    """Replaces something in a file."""

    def change(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def cut(path: Path) -> None:
    """Leaves the last line out."""
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[:-1]) + "\n", "utf-8")


def cut_within(path: Path) -> None:
    """Ends in the middle of a quoted text."""
    text = path.read_text("utf-8")
    path.write_text(text[: text.index("response:") + 120], "utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "cut short": (cut, "cut short", "version"),
    "cut within": (cut_within, "not YAML", ""),
    "empty": (lambda path: path.write_text(""), "not a cassette of ours", ""),
    "no YAML": (changed("interactions:", "interactions: ]"), "not YAML", "interactions"),
    "of plain vcrpy": (lambda path: path.write_text("interactions: []\nversion: 1\n"), '"bookproof"', "interactions"),
    "of another format": (changed("format: 1", "format: 99"), "1 was expected", "format"),
    "a wrong type": (changed("code: 200", "code: two hundred"), "integer", "code: two"),
    "a missing key": (changed("    uri:", "    url:"), '"uri" is a required property', "request:"),
    "of another target": (changed("target: staging", "target: production"), "target 'production'", "target: prod"),
    "with other stand-ins": (changed("standins: ", "standins: x"), "other stand-ins", "standins: x"),
    "of another probe": (changed("probe: auth", "probe: other.auth"), "in a file of another name", "probe: other"),
    "not UTF-8": (lambda path: path.write_bytes(b"a: 1\nb: \xff\n"), "not UTF-8", "b: "),
    "binary": (lambda path: path.write_bytes(bytes(range(1, 128))), "not YAML", ""),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_what_is_damaged_is_named_and_the_rest_is_read(folder: Path, what: str) -> None:
    """File, line, what is wrong and what to do; the other cassettes are as they were."""
    damage, told, on_line = DAMAGE[what]
    path = folder / "auth.no-key.yaml"
    damage(path)
    found = read_cassettes(folder)
    assert list(found.problems) in (["auth.no-key"], ["other.auth.no-key"])
    problem = next(iter(found.problems.values()))
    name, line, said = problem.split(":", 2)
    assert name == str(path)
    assert told in said
    assert "record anew with" in said
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    assert on_line in lines[int(line) - 1] or what == "cut short", (line, lines[int(line) - 1])
    assert [each.probe for each in found.exchanges] == ["clean-up"]
    assert [each.probe for each in found.readings] == ["b"]


@pytest.mark.parametrize("text", ["", "bookproof: {format: 99}", "bookproof: {format: 1}", "x: ]"])
def test_a_damaged_header_is_an_error(folder: Path, text: str) -> None:
    """Without it nothing can be judged."""
    (folder / TARGET).write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"target\.yaml:1: .*record anew with"):
        read_cassettes(folder)


def test_a_folder_without_cassettes_is_an_error(tmp_path: Path) -> None:
    """And says how to come by some."""
    with pytest.raises(UsageError, match="run --record"):
        read_cassettes(tmp_path)


def test_a_folder_changes_all_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When writing fails in the middle, the old cassettes are there, and nothing else is."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    write = Path.write_text

    def fail(path: Path, *arguments: object, **more: object) -> int:
        if path.name == "second.yaml":
            raise OSError(28, "No space left on device")
        return write(path, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(UsageError, match="No space left"):
        replace_folder(folder, {"first.yaml": "1", "second.yaml": "2"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["staging"]
    monkeypatch.undo()
    replace_folder(folder, {"first.yaml": "1"})
    assert [path.name for path in folder.iterdir()] == ["first.yaml"]
    assert [path.name for path in folder.parent.iterdir()] == ["staging"]


def test_a_damaged_recording_is_not_kept(folder: Path) -> None:
    """What was there is better."""
    with pytest.raises(UsageError, match="damaged"):
        write_cassettes(replace(sample(), problems={"a": "x:1: y"}), folder)
    assert read_cassettes(folder) == sample()


def test_reading_takes_no_time(imatic: Path, tmp_path: Path) -> None:
    """Hundreds of interactions in well below a second, so libyaml is at work."""
    copy = shutil.copytree(imatic, tmp_path / "copy")
    started = perf_counter()
    assert len(read_cassettes(copy).exchanges) > 400
    assert perf_counter() - started < 5
