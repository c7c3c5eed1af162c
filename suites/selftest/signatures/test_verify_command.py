"""``bookproof verify-signature``: reads what was captured, names the cause, and ends with the right exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from selftest_vectors import FILES, FOLDER, document

from bookproof.cli import main
from bookproof.cli.variables import WEBHOOK_SECRET
from bookproof.judge.signature import Scheme, sign
from bookproof.wire.redaction import Redactor

SECRET = "whsec_captured-in-the-tests"
OTHER = "whsec_of-another-subscription"
SENT = 1_800_000_000
BODY = '{"event":"booking.created",\r\n"name":"Zoë"}\n'.encode()
GOOD = sign(BODY, SECRET, SENT)


def call(*arguments: str, stdin: bytes | None = None, **environment: str | None) -> Result:
    """The command, with the secret in its variable."""
    given = {"NO_COLOR": "1", WEBHOOK_SECRET: SECRET, "OTHER_SECRET": OTHER, "NOT_SET": None, **environment}
    return CliRunner(env=given).invoke(main, ["verify-signature", *arguments], input=stdin)


def request(header: str | None = f"X-Imatic-Signature: {GOOD}", *, end: bytes = b"\r\n", line: bool = True) -> bytes:
    """A captured request with BODY as it is."""
    head = [b"POST /hooks?x=1 HTTP/1.1"] if line else []
    head += [b"Host: example.com", b"Content-Type: application/json", f"Content-Length: {len(BODY)}".encode()]
    head += [header.encode()] if header is not None else []
    return end.join(head) + end * 2 + BODY


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    """A file for a captured request."""
    return tmp_path / "request.http"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("line", [True, False])
def test_a_right_request_ends_with_0(captured: Path, end: bytes, line: bool) -> None:
    """With or without a request line, whatever ends the lines of the head; the body is taken as it is."""
    captured.write_bytes(request(end=end, line=line))
    shown = call(str(captured))
    assert shown.exit_code == 0, shown.output
    assert f"{len(BODY)} bytes of body, secret from ${WEBHOOK_SECRET}" in shown.stdout
    assert "right: signed as documented" in shown.stdout
    assert "accepts it" in shown.stdout
    assert "!" not in shown.stdout


def test_standard_input_is_read_byte_by_byte() -> None:
    """A dash reads it; newlines in the body stay what they are."""
    assert call("-", stdin=request()).exit_code == 0
    assert call("-", stdin=request().replace(b",\r\n", b",\n")).exit_code == 1


def test_a_wrong_request_ends_with_1_and_names_cause_and_remedy(captured: Path) -> None:
    """Every judgement has its mark; the secret is never shown."""
    header = sign(BODY, OTHER, SENT)
    captured.write_bytes(request(f"x-imatic-signature:   {header}"))
    shown = call(str(captured), "--other-secret", "OTHER_SECRET")
    assert shown.exit_code == 1
    assert "  ok header" in shown.stdout
    assert "  ok t " in shown.stdout
    assert "  ok digest" in shown.stdout
    assert "  x  match" in shown.stdout
    assert "  -  age" in shown.stdout
    assert "the key was the secret of OTHER_SECRET" in shown.stdout
    assert "wrong: other-subscription\n  other-subscription: Look up the secret" in shown.stdout
    assert "refuses it" in shown.stdout
    assert SECRET not in shown.output
    assert OTHER not in shown.output


def test_json_says_the_same(captured: Path) -> None:
    """For programs: each judgement, the causes and their remedies."""
    captured.write_bytes(request(f"X-Imatic-Signature: {GOOD.upper().replace('T=', 't=').replace('V1=', 'v1=')}"))
    shown = call(str(captured), "--json", "--at", str(SENT + 900))
    assert shown.exit_code == 1
    said = json.loads(shown.stdout)
    assert [cause["cause"] for cause in said["causes"]] == ["upper-case", "stale"]
    assert {part for part, told in said["judgements"].items() if told["fault"]} == {"digest", "age"}
    assert (said["right"], said["verifies"], said["scheme"]) == (False, False, "imatic")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 0),
        (("--at", str(SENT + 300)), 0),
        (("--at", str(SENT + 301)), 1),
        (("--at", "2027-01-15T08:05:00Z"), 0),
        (("--at", "2027-01-15T09:05:01+01:00"), 1),
        (("--at", str(SENT + 20), "--tolerance", "10"), 1),
        (("--at", str(SENT + 3600), "--tolerance", "4000"), 0),
        (("--at", "now"), 1),
    ],
)
def test_age_is_judged_where_it_is_asked_for(captured: Path, options: tuple[str, ...], code: int) -> None:
    """A captured delivery is old, and that is no fault unless somebody says when it came."""
    captured.write_bytes(request())
    assert call(str(captured), *options).exit_code == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (GOOD, 0),
        (f"X-Imatic-Signature: {GOOD}", 0),
        (sign(BODY, SECRET, scheme=Scheme.CALCOM), 0),
        (f"x-cal-signature-256:{sign(BODY, SECRET, scheme=Scheme.CALCOM)}", 0),
        (f"X-Imatic-Signature: {sign(BODY, SECRET, scheme=Scheme.CALCOM)}", 1),
        ("no-secret-provided", 1),
        ("", 1),
    ],
)
def test_a_body_alone_with_its_header(tmp_path: Path, header: str, code: int) -> None:
    """--header takes the value, with or without the name; its form says whose it is."""
    file = tmp_path / "body"
    file.write_bytes(BODY)
    assert call(str(file), "--header", header).exit_code == code


def test_a_delivery_of_a_run(tmp_path: Path) -> None:
    """The exchanges of a run: --exchange takes one; without it the deliveries are named."""

    def exchange(number: int, headers: dict[str, str], body: bytes) -> str:
        told = {"headers": headers, "body": body.decode()}
        return json.dumps({"number": number, "probe": "", "request": told, "response": {}}, ensure_ascii=False)

    hidden = Redactor({"webhook secret": SECRET}).data(SECRET.encode())
    lines = [
        exchange(1, {"accept": "*/*"}, b""),
        exchange(7, {"x-imatic-signature": GOOD}, BODY),
        exchange(9, {"x-imatic-signature": sign(SECRET.encode(), SECRET, SENT)}, hidden),
    ]
    file = tmp_path / "exchanges-mock.jsonl"
    file.write_text("\n".join(lines) + "\n", "utf-8", newline="")
    assert call(str(file), "--exchange", "7").exit_code == 0
    named = call(str(file))
    assert named.exit_code == 2
    assert "deliveries are 7, 9" in named.stderr
    assert "there is no exchange 8" in call(str(file), "--exchange", "8").stderr
    spoilt = call(str(file), "--exchange", "9")
    assert spoilt.exit_code == 1
    assert "the record has secrets taken out of this body" in spoilt.stdout
    assert call(str(file), "--exchange", "1").exit_code == 2


@pytest.mark.parametrize("scheme", FILES)
def test_every_golden_vector(scheme: str) -> None:
    """--vector judges one as it is meant, with its own secret and moment."""
    for vector in document(scheme)["vectors"]:
        shown = call(str(FOLDER / FILES[scheme]), "--vector", vector["id"], "--json", **{WEBHOOK_SECRET: None})
        assert shown.exit_code == (0 if vector["cause"] is None else 1), shown.output
        said = json.loads(shown.stdout)
        assert (said["cause"], said["verifies"]) == (vector["cause"], vector["verifies"])


def test_a_capture_that_is_not_whole_is_noticed(captured: Path) -> None:
    """An editor adds a newline: the cause is named, and so is what the file does not agree with."""
    captured.write_bytes(request() + b"\n")
    shown = call(str(captured))
    assert shown.exit_code == 1
    assert f"! the file holds {len(BODY) + 1} bytes of body, and Content-Length says {len(BODY)}" in shown.stdout


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (None, (), "cannot be read"),
        (b"", (), "no empty line ends the headers"),
        (b'{"event":"x"}', (), "if the file holds the body alone, say --header"),
        (b"Host: example.com\n", (), "no empty line ends the headers"),
        (request(None), (), "neither is there"),
        (request(f"X-Imatic-Signature: {GOOD}\r\nX-Cal-Signature-256: 00"), (), "both are there"),
        (request(), ("--secret", "whsec_literal"), "not the name of an environment variable"),
        (request(), ("--other-secret", "whsec_literal"), "not the name of an environment variable"),
        (request(), ("--secret", "NOT_SET"), "NOT_SET is not set"),
        (request(), ("--tolerance", "5"), "give both"),
        (request(), ("--at", "yesterday"), "no moment"),
        (request(), ("--at", "2027-01-15T08:00:00"), "no moment"),
        (request(), ("--exchange", "1", "--vector", "x"), "exclude each other"),
        (request(), ("--exchange", "1"), "line 1 is no exchange"),
        (request(), ("--vector", "plain"), "no golden signatures"),
        (b'{"vectors":[]}', ("--vector", "plain"), "no golden signatures"),
        ((FOLDER / FILES["imatic"]).read_bytes(), ("--vector", "plian"), "did you mean plain"),
    ],
)
def test_usage_errors_end_with_2(captured: Path, content: bytes | None, options: tuple[str, ...], words: str) -> None:
    """One message that says what to do, and never the secret."""
    if content is not None:
        captured.write_bytes(content)
    shown = call(str(captured), *options)
    assert shown.exit_code == 2, shown.output
    assert words in " ".join(shown.stderr.split())
    assert "whsec_literal" not in shown.output


def test_an_unsigned_request_is_judged_if_its_scheme_is_named(captured: Path) -> None:
    """Then the header is missing, which is the sender's fault and not a mistake in the call."""
    captured.write_bytes(request(None))
    shown = call(str(captured), "--scheme", "imatic")
    assert shown.exit_code == 1
    assert "wrong: missing" in shown.stdout
