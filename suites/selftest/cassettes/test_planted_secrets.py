"""Secrets and people are planted wherever they may appear in a run; nothing that is written has one."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from bookproof.recording.cassettes import TARGET, cassette_paths, read_cassettes, write_cassettes
from bookproof.recording.check import LEAK, check
from bookproof.recording.model import SECRET, Header, Origin, Reading
from bookproof.recording.run_files import RunFiles, read_run_files
from bookproof.recording.standins import StandIns
from bookproof.wire.exchange import Arrival, Exchange

KNOWN = {
    "key of role full": "cal_7hq2mz4x.b7r2k9wq4tz8xnv3gh6dc5mfp1s0jy2l",
    "key of role foreign": "cal_live_0123456789abcdef0123456789abcdef",
    "webhook secret": "whsec_4f9a8b7c6d5e4f9a8b7c6d5e",
}
FULL, FOREIGN, WEBHOOK = KNOWN.values()
#: What is learnt on the way.
LEARNT = {
    "cookie": "c00k1e-c00k1e-c00k1e-77",
    "token": "4cc355-4cc355-4cc355-4cc355",
    "refresh": "r3fr35h-r3fr35h-r3fr35h",
    "code": "c0d3-c0d3-c0d3-c0d3",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVadQssw5c",
    "door": "cal_door1234.d00rd00rd00rd00rd00rd00rd00r",
    "own": "0badc0de0badc0de0badc0de0badc0de",
    "password": "hunter2-hunter2-hunter2",
    "inbound": "1nb0und-1nb0und-1nb0und",
}
PEOPLE = ("Wilhelmina", "Featherstone", "wilhelmina@featherstone-clinic.de", "wfeatherstone")
PERSON = {"name": "Wilhelmina Featherstone", "email": PEOPLE[2], "username": PEOPLE[3]}


def sent(number: int, **more: object) -> Exchange:
    """An exchange."""
    given = {
        "probe": "auth.planted", "operation": "getMe", "role": "full", "note": "", "method": "GET", "status": 200,
        "url": "https://h.example/v1/me", "request_headers": {}, "request_body": b"", "response_headers": {},
        "response_body": b"", "started": 1.0, "elapsed": 0.1,
    }  # fmt: skip
    return Exchange(**{"number": number, **given, **more})  # type: ignore[arg-type]


def planted() -> list[Exchange | Reading]:
    """What a run sends, hears and reads, with something in every place."""
    jwt, token = LEARNT["jwt"], LEARNT["token"]
    stream = f'event: message\ndata: {{"result": {{"content": "{FULL}", "apiKey": "{FOREIGN}"}}}}\n\n'
    nested = json.dumps({"text": json.dumps({"secret": WEBHOOK, "deep": [{"er": f"x{FULL}x"}]})})
    failure = f"ConnectError: https://me:{LEARNT['password']}@h.example/?key={FULL} refused {FOREIGN[:-6]}"
    form = f"grant_type=authorization_code&code={LEARNT['code']}&client_secret={quote(WEBHOOK)}"
    answer = {"access_token": token, "refresh_token": LEARNT["refresh"], "id_token": jwt}
    basic = b64encode(f"user:{FULL}".encode()).decode()
    return [
        sent(1, request_headers={"authorization": f"Bearer {FULL}"}, response_body=json.dumps(PERSON).encode()),
        sent(2, request_headers={"authorization": f"Basic {basic}", "x-api-key": FOREIGN}),
        sent(3, url=f"https://h.example/v1/me?api_key={quote(FULL)}&u={PEOPLE[3]}&e={quote(PEOPLE[2])}"),
        sent(4, response_headers={"set-cookie": f"sid={LEARNT['cookie']}; Path=/"}),
        sent(5, request_headers={"cookie": f"a=b; sid={LEARNT['cookie']}"}),
        sent(6, method="POST", request_body=nested.encode(), response_body=nested.encode()),
        sent(7, method="POST", request_body=form.encode(), response_body=json.dumps(answer).encode()),
        sent(8, request_headers={"authorization": f"Bearer {token}"}, response_body=stream.encode()),
        sent(9, status=0, failure=failure),
        sent(10, response_body=b"\xff\xfe" + FULL.encode() + b"\x00" + jwt.encode()),
        sent(11, response_body=b64encode(f'{{"k":"{FOREIGN}"}}'.encode()), note="a cursor"),
        Reading(
            "auth.planted", "door POST /keys", {"said": {"data": {"key": LEARNT["door"], "prefix": "cal_door1234"}}}
        ),
        Reading("auth.planted", SECRET, LEARNT["own"]),
        sent(
            12, request_headers={"authorization": f"Bearer {LEARNT['door']}"}, url=f"https://h.example/{LEARNT['own']}"
        ),
        sent(
            13,
            method="POST",
            inbound=True,
            arrival=Arrival("all", 1, f"/all?token={LEARNT['own']}"),
            request_headers={"authorization": f"Bearer {LEARNT['inbound']}", "x-imatic-signature": "t=1,v1=00"},
            request_body=json.dumps({"host": PERSON, "leak": FULL.upper(), "secret": WEBHOOK}).encode(),
        ),
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run's files and, below it, the cassettes that were made of them."""
    run = tmp_path_factory.mktemp("run")
    standins = StandIns(KNOWN)
    document = {"name": "planted", "dialect": "imatic-v1", "about": f"{FULL} of {PEOPLE[2]}"}
    environment = {"KEY": standins.text(FULL)}
    header = Header(
        "planted", "imatic-v1", Origin.LIVE, "2026-12-01T10:00:00+00:00", "0.1.0", "1", 0, 2, "write",
        standins.document(document), "0" * 64, environment,
    )  # fmt: skip
    files = RunFiles(run, header, standins)
    for each in planted():
        files.reading(each) if isinstance(each, Reading) else files.exchange(each)
    files.close()
    write_cassettes(read_run_files(run, "planted"), run / "cassettes" / "planted")
    return run


def shown(text: str) -> str:
    """A text, what it says URL-decoded, and what all base64 in it says."""
    decoded = [text, unquote(text)]
    for coded in re.findall(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        for begin in range(4):
            part = coded[begin:].rstrip("=")
            part = part[: len(part) // 4 * 4]
            decoded.append(b64decode(part.replace("-", "+").replace("_", "/")).decode("latin-1"))
    return "\n".join(decoded).lower()


@pytest.mark.parametrize("name", [*KNOWN, *LEARNT, *PEOPLE])
def test_nothing_that_is_written_has_it(written: Path, name: str) -> None:
    """Neither the run's files nor the cassettes, as it is, in capitals, decoded, or the half of it."""
    value = (KNOWN | LEARNT).get(name, name).lower()
    secret = value.rpartition(".")[2] if "." in value and "@" not in value else value
    files = [path for path in written.rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        text = shown(path.read_text("utf-8", "replace"))
        assert value not in text, path
        if name in KNOWN or name == "door":
            assert secret.removeprefix("cal_live_").removeprefix("whsec_")[: len(secret) // 2] not in text, path


def test_the_rest_is_as_it_was(written: Path) -> None:
    """Nothing but secrets and people was touched: lengths, numbers, words, and what was no secret."""
    recording = read_cassettes(written / "cassettes" / "planted")
    assert [each.number for each in recording.exchanges] == list(range(1, 14))
    by_number = {each.number: each for each in recording.exchanges}
    assert json.loads(by_number[1].response_body)["name"] == "Person 1"
    assert "Path=/" in by_number[4].response_headers["set-cookie"]
    assert by_number[5].request_headers["cookie"].startswith("a=b; sid=")
    assert by_number[12].request_headers["authorization"].startswith("Bearer cal_door1234.")
    assert recording.readings[0].value["said"]["data"]["prefix"] == "cal_door1234"
    exchanges = [each for each in planted() if isinstance(each, Exchange)]
    for before, after in zip(exchanges, recording.exchanges, strict=True):
        if PEOPLE[2].encode() not in before.response_body:
            assert len(before.response_body) == len(after.response_body)


def test_the_check_finds_nothing(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it knows the values of the environment."""
    monkeypatch.setenv("KEY", FULL)
    assert [str(fault) for fault in check(written / "cassettes" / "planted") if fault.kind == LEAK] == []


PLACES = {
    "a credential": (sent(1, request_headers={"authorization": f"Bearer {LEARNT['token']}"}), "header authorization"),
    "a cookie": (sent(1, response_headers={"set-cookie": f"sid={LEARNT['cookie']}; Path=/"}), "header set-cookie"),
    "a key": (sent(1, response_body=FOREIGN.encode()), "a key or token"),
    "a web token": (sent(1, response_body=LEARNT["jwt"].encode()), "a web token"),
    "a field": (sent(1, response_body=json.dumps({"secret": LEARNT["own"]}).encode()), "field secret"),
    "a person": (sent(1, response_body=json.dumps(PERSON).encode()), "an e-mail address"),
    "a delivery": (sent(1, inbound=True, request_body=json.dumps({"secret": LEARNT["own"]}).encode()), "field secret"),
    "a value of the environment": (sent(1, response_body=b"x" + FULL.partition(".")[2].encode()), "the value of KEY"),
}


@pytest.mark.parametrize("place", PLACES)
def test_the_check_finds_what_was_not_replaced(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a recording that was made without care; the secret itself is not repeated."""
    exchange, told = PLACES[place]
    recording = read_cassettes_of(exchange, tmp_path)
    monkeypatch.setenv("KEY", FULL)
    found = [str(fault) for fault in check(recording) if fault.kind == LEAK]
    assert [fault for fault in found if told in fault], found
    assert not [value for value in (*KNOWN.values(), *LEARNT.values(), PEOPLE[2]) if value in "".join(found)]
    assert str(tmp_path) in found[0]


def read_cassettes_of(exchange: Exchange, folder: Path) -> Path:
    """The cassettes of one exchange, as they would be if nothing were replaced."""
    from bookproof.recording.model import Recording

    header = Header(
        "x",
        "imatic-v1",
        Origin.LIVE,
        "2026-12-01T10:00:00+00:00",
        "0.1.0",
        "1",
        0,
        2,
        "write",
        {},
        "",
        {"KEY": "cal_x.y"},
    )
    write_cassettes(Recording(header, [exchange]), folder / "x")
    assert (folder / "x" / TARGET).exists()
    assert len(cassette_paths(folder / "x")) == 1
    return folder / "x"
