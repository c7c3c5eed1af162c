"""Curl lines: a shell must read from them exactly what was sent, and nobody a key."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from typing import Any

import pytest

from bookproof.wire.curl import curl_line
from bookproof.wire.exchange import Exchange
from bookproof.wire.redaction import Redactor

SECRET = "wq549gt76p29gjf2mhc9trmhbgvjspdb"
KEY = f"cal_9f2k.{SECRET}"
ROLES = {"full": "BOOKPROOF_FULL_KEY"}
KEYS = {"full": KEY}
URL = "http://127.0.0.1:8080/v1/bookings"

# Prints its arguments one by one, and what it reads where it is asked to.
FAKE_CURL = """
curl() {
  for argument in "$@"; do
    printf '<%s>\\n' "$argument"
    if [ "$argument" = @- ]; then printf 'STDIN '; cat; printf '\\n'; fi
  done
}
"""


def exchange(**changes: Any) -> Exchange:
    given: dict[str, Any] = {
        "number": 12,
        "probe": "p",
        "operation": "listBookings",
        "role": "full",
        "note": "",
        "method": "GET",
        "url": URL,
        "request_headers": {"authorization": f"Bearer {KEY}", "host": "127.0.0.1", "accept": "application/json"},
        "request_body": b"",
        "status": 200,
        "response_headers": {},
        "response_body": b"",
        "started": 0.0,
        "elapsed": 0.0,
    }
    return Exchange(**{**given, **changes})


def run_in_shell(line: str) -> str:
    done = subprocess.run(
        ["sh", "-c", FAKE_CURL + line],
        env={"BOOKPROOF_FULL_KEY": KEY, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == b""
    return done.stdout.decode()


def arguments(sent: Exchange, keys: dict[str, str] | None = KEYS) -> list[str]:
    line = curl_line(sent, ROLES, keys)
    assert SECRET not in line
    assert SECRET[: len(SECRET) // 2] not in line
    assert "\n" not in line or sent.request_body
    return run_in_shell(line).removesuffix("\n")[1:-1].split(">\n<")


def test_key_is_a_variable_that_the_shell_expands() -> None:
    line = curl_line(exchange(), ROLES)
    assert line == f"curl -sS -i '{URL}' -H \"Authorization: Bearer $BOOKPROOF_FULL_KEY\""
    assert arguments(exchange()) == ["-sS", "-i", URL, "-H", f"Authorization: Bearer {KEY}"]


def test_body_method_and_content_type() -> None:
    body = '{"name": "O\'Brien \\"x\\" $HOME `id` !! 予約", "n": "a\\nb"}'
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}", "content-length": "9"}
    sent = exchange(method="POST", request_headers=headers, request_body=body.encode())
    assert arguments(sent) == [
        *("-sS", "-i", URL, "-H", "Content-Type: application/json"),
        *("-H", f"Authorization: Bearer {KEY}", "--data-raw", body),
    ]
    assert arguments(exchange(method="PATCH", request_headers=headers, request_body=b"{}"))[:4] == [
        *("-sS", "-i", "-X", "PATCH")
    ]
    assert arguments(exchange(method="DELETE"))[:4] == ["-sS", "-i", "-X", "DELETE"]
    assert arguments(exchange(method="HEAD"))[:2] == ["-sS", "-I"]
    assert arguments(exchange(method="POST", request_headers={}))[:4] == ["-sS", "-i", "-X", "POST"]
    assert "Content-Type:" in arguments(exchange(method="POST", request_headers={}, request_body=b"x"))


@pytest.mark.parametrize(
    "url",
    [
        f"{URL}?a=1&b=$HOME",
        f"{URL}/x'y",
        f"{URL}?q=[1-3]&r={{a,b}}",
        f"{URL}/../keys",
        f"{URL}?a=`id`;b|c>d<e",
        f"{URL}?start=2027-01-13T09%3A00%3A00%2B01%3A00",
    ],
)
def test_url_arrives_as_it_is(url: str) -> None:
    given = arguments(exchange(url=url))
    assert url in given
    assert ("-g" in given) == ("[" in url)
    assert ("--path-as-is" in given) == (".." in url)


@pytest.mark.parametrize(
    ("credential", "role", "repeated"),
    [
        (f"Bearer {KEY[:25]}", "half of the secret", f"Bearer {KEY[:25]}"),
        (f"Bearer {KEY[:-1]}", "all but the last", f"Bearer {KEY[:-1]}"),
        (f"Bearer cal_zzzz.{SECRET}", "unknown prefix", f"Bearer cal_zzzz.{SECRET}"),
        ("Bearer cal_9f2k.", "no secret", "Bearer cal_9f2k."),
        (f"Bearer cal_9f2k.{SECRET[::-1]}", "wrong secret", f"Bearer cal_9f2k.{'x' * len(SECRET)}"),
        (f"Token {KEY}", "wrong scheme", f"Token {KEY}"),
        (
            f"Basic {b64encode((KEY + ':').encode()).decode()}",
            "basic",
            f"Basic {b64encode((KEY + ':').encode()).decode()}",
        ),
        ("Bearer", "empty key", "Bearer"),
        ("Bearer no-dot-in-this-key", "no dot", "Bearer no-dot-in-this-key"),
        ("Bearer door_1.abcdefghijklmnop", "a new key", "Bearer <a new key>"),
    ],
)
def test_credentials_made_of_a_key_work_and_give_nothing_away(credential: str, role: str, repeated: str) -> None:
    sent = exchange(role=role, request_headers={"authorization": credential})
    assert arguments(sent)[-1] == f"Authorization: {repeated}"
    line = curl_line(sent, ROLES, KEYS)
    assert Redactor({"key of role full": KEY}).text(line) == line
    assert SECRET[::-1] not in line


def test_key_in_the_query_and_in_a_body() -> None:
    sent = exchange(url=f"{URL}?api_key={KEY}&x=1", request_headers={}, role="key in the query")
    assert arguments(sent) == ["-sS", "-i", f"{URL}?api_key={KEY}&x=1"]
    sent = exchange(
        method="POST", request_headers={"content-type": "text/plain"}, request_body=f'a "{KEY}" $b'.encode()
    )
    assert arguments(sent)[-1] == f'a "{KEY}" $b'


def test_without_keys_unknown_credentials_are_placeholders() -> None:
    sent = exchange(role="wrong secret", request_headers={"authorization": f"Bearer cal_9f2k.{SECRET[::-1]}"})
    assert arguments(sent, None)[-1] == "Authorization: Bearer <wrong secret>"


def test_empty_header_value_is_sent() -> None:
    assert arguments(exchange(request_headers={"x-odd": ""}))[-1] == "X-Odd;"


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\xff{'\\%s",
        b'{"name":"' + b"x" * 100_000 + b'"}',
        b'{"name":"' + b"'" * 300 + b"\\" * 300 + b" " * 3000 + b'","%":"%s"}',
        ('{"name":"' + "é" * 1500 + '"}').encode(),
    ],
)
def test_long_and_binary_bodies_are_made_by_the_shell(body: bytes) -> None:
    sent = exchange(method="POST", request_headers={"content-type": "application/json"}, request_body=body)
    line = curl_line(sent, ROLES, KEYS)
    assert len(line) < 5_000
    done = subprocess.run(["sh", "-c", "curl() { cat; }; " + line], capture_output=True, check=True, timeout=30)
    assert done.stdout == body


def test_body_that_cannot_be_written_out_is_named() -> None:
    body = bytes(range(32, 127)) * 200
    sent = exchange(method="POST", request_body=body)
    assert curl_line(sent, ROLES).endswith("--data-binary @body-of-exchange-12")
