"""Consumers of webhooks, right and flawed, as their authors might have written them; each a real server on loopback."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "whsec_of-the-consumer-in-the-tests"
NAME = "X-Imatic-Signature"
#: Given headers and body, a status, or None to close the connection without an answer.
Handle = Callable[[Message, bytes], "int | None"]


@contextmanager
def serving(handle: Handle, text: str = "") -> Iterator[str]:
    """Serve a consumer; gives its URL. What it raises becomes a 500, as in any framework; ``text`` is its answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                status = handle(self.headers, body)
            except Exception:  # noqa: BLE001  frameworks catch everything, too
                status = 500
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            if status == 302:
                self.send_header("location", "/login")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def mac(text: bytes, secret: str = SECRET) -> str:
    """HMAC-SHA256 in hexadecimal."""
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def fields(headers: Message) -> dict[str, str]:
    """t and v1, if they are there."""
    return dict(part.split("=", 1) for part in (headers.get(NAME) or "").split(",") if "=" in part)


def matches(headers: Message, body: bytes) -> bool:
    """What the documents ask for, without a look at the age."""
    found = fields(headers)
    t, v1 = found.get("t", ""), found.get("v1", "")
    return bool(t and v1) and hmac.compare_digest(mac(t.encode() + b"." + body).encode(), v1.encode("utf-8", "replace"))


def fresh(headers: Message) -> bool:
    """Whether t is within five minutes of now."""
    t = fields(headers).get("t", "")
    return t.isdecimal() and abs(int(t) - time.time()) <= 300


def correct(headers: Message, body: bytes) -> int:
    """Verifies signature and age."""
    return 200 if matches(headers, body) and fresh(headers) else 401


def strict() -> Handle:
    """Verifies signature and age, and remembers what it has had."""
    seen: set[str] = set()

    def handle(headers: Message, body: bytes) -> int:
        if not (matches(headers, body) and fresh(headers)):
            return 400
        v1 = fields(headers)["v1"]
        known = v1 in seen
        seen.add(v1)
        return 409 if known else 204

    return handle


def lenient(headers: Message, body: bytes) -> int:
    """Takes digests in any case and spaces in the header, and does not look at the age; all of it legitimate."""
    found = dict(part.strip().split("=", 1) for part in (headers.get(NAME) or "").split(",") if "=" in part)
    right = mac(found.get("t", "").encode() + b"." + body).encode()
    given = found.get("v1", "").lower().encode("utf-8", "replace")
    return 202 if "t" in found and hmac.compare_digest(right, given) else 403


def accepts_everything(headers: Message, body: bytes) -> int:
    """Answers 200, whatever comes."""
    return 200


def verifies_too_late(headers: Message, body: bytes) -> int:
    """Acknowledges first and verifies in the background, where nobody sees it."""
    matches(headers, body)
    return 200


def body_only(headers: Message, body: bytes) -> int:
    """Verifies the body without t."""
    return 200 if fields(headers).get("v1") == mac(body) else 401


def body_too(headers: Message, body: bytes) -> int:
    """Takes a signature of the body without t as well."""
    return 200 if fields(headers).get("v1") == mac(body) and fresh(headers) else correct(headers, body)


def re_serialises(headers: Message, body: bytes) -> int:
    """Verifies the JSON written again instead of the raw body."""
    written = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False)
    return correct(headers, written.encode())


def compares_a_prefix(headers: Message, body: bytes) -> int:
    """Compares as many digits as it is given."""
    found = fields(headers)
    right = mac(found.get("t", "").encode() + b"." + body)
    return 200 if fresh(headers) and right.startswith(found.get("v1", "")) else 401


def compares_the_beginning(headers: Message, body: bytes) -> int:
    """Does not look at what stands behind the digest."""
    found = fields(headers)
    return 200 if fresh(headers) and found.get("v1", "").startswith(mac(found["t"].encode() + b"." + body)) else 401


def never_checks_t(headers: Message, body: bytes) -> int:
    """Verifies the signature alone: the age is optional."""
    return 200 if matches(headers, body) else 401


def signs_its_own_t(headers: Message, body: bytes) -> int:
    """Looks for the t that fits, within two seconds."""
    found = fields(headers)
    if "v1" not in found or not fresh(headers):
        return 401
    near = (str(int(found["t"]) + shift).encode() for shift in range(-2, 3))
    return 200 if any(mac(t + b"." + body) == found["v1"] for t in near) else 401


def crashes(headers: Message, body: bytes) -> int:
    """Takes the header apart without looking."""
    found = dict(part.split("=") for part in headers[NAME].split(","))
    if abs(time.time() - int(found["t"])) > 300:
        return 400
    return 200 if hmac.compare_digest(found["v1"], mac(found["t"].encode() + b"." + body)) else 401


def refuses_beyond_ascii(headers: Message, body: bytes) -> int:
    """Reads bodies as ASCII."""
    return correct(headers, body) if body.isascii() else 400


def unsigned_is_fine(headers: Message, body: bytes) -> int:
    """Verifies a signature if there is one."""
    return correct(headers, body) if headers.get(NAME) else 200


def any_scheme(headers: Message, body: bytes) -> int:
    """Also takes what another product sends."""
    return 200 if headers.get("X-Cal-Signature-256") == mac(body) else correct(headers, body)


def exact_name(headers: Message, body: bytes) -> int:
    """Looks for the header in one spelling only."""
    return correct(headers, body) if NAME in headers.keys() else 401  # noqa: SIM118  the names as they are written


def secret_not_set(headers: Message, body: bytes) -> int:
    """Falls back to an empty secret where its configuration has none for the account."""
    found = fields(headers)
    empty = mac(found.get("t", "").encode() + b"." + body, "")
    return 200 if fresh(headers) and found.get("v1") == empty else correct(headers, body)


def small_bodies(headers: Message, body: bytes) -> int:
    """Takes bodies up to 100 KiB."""
    return correct(headers, body) if len(body) <= 100 * 1024 else 413


def to_the_login(headers: Message, body: bytes) -> int:
    """Sends strangers to a login page."""
    return 200 if correct(headers, body) == 200 else 302


def hangs_up(headers: Message, body: bytes) -> int | None:
    """Closes the connection instead of refusing."""
    return 200 if correct(headers, body) == 200 else None


def for_json_only(headers: Message, body: bytes) -> int:
    """Parses before it verifies, and does not expect anything else."""
    event = json.loads(body)["event"]
    status = correct(headers, body)
    return status if status != 200 or event.startswith("booking.") else 422


def first_only(headers: Message, body: bytes) -> int:
    """Fails on what it has had already, as a database with a unique index does."""
    code = body[body.find(b"bookproof-") :][:40]
    status = correct(headers, body)
    if status == 200 and code in _SEEN:
        raise KeyError(code)
    _SEEN.update({code} if status == 200 and b"replayed" in body else ())
    return status


_SEEN: set[bytes] = set()


def raises_instead(headers: Message, body: bytes) -> int:
    """Raises whatever it does not like, and lets nobody catch it."""
    if len(headers.get_all(NAME) or ()) != 1 or str(headers[NAME]).count("v1=") != 1:
        raise ValueError
    if correct(headers, body) != 200:
        raise PermissionError
    return 200 if json.loads(body)["event"].startswith("booking.c") else 500


def calcom(headers: Message, body: bytes) -> int:
    """Verifies Cal.com's signature."""
    given = (headers.get("X-Cal-Signature-256") or "").encode("utf-8", "replace")
    return 200 if hmac.compare_digest(mac(body).encode(), given) else 401


def calcom_without_secret(headers: Message, body: bytes) -> int:
    """Takes the words for no secret at their word."""
    return 200 if headers.get("X-Cal-Signature-256") == "no-secret-provided" else calcom(headers, body)
