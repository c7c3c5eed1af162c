"""Captured webhook deliveries: read from a raw HTTP request, from the exchanges of a run, or from golden signatures."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from bookproof.errors import UsageError

_REQUEST_LINE = re.compile(rb"[A-Z]+ \S+(?: HTTP/\d(?:\.\d)?)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*")
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_TAKEN_OUT = re.compile(rb"<(?:masked|part of [\w .-]+|[\w .-]*(?:secret|token|key of role [\w-]+))>")


@dataclass(frozen=True)
class Captured:
    """A delivery as it was captured.

    Attributes:
        headers: names in lower case; of a header that is there several times the values with a comma and a space.
        body: the raw body.
        notes: what may have changed it on the way into the file, one sentence each.
    """

    headers: Mapping[str, str]
    body: bytes
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoldenVector:
    """A golden signature; see ``fixtures/vectors``.

    Attributes:
        delivery: what arrives.
        scheme: ``imatic`` or ``calcom``.
        secret: what the receiver holds.
        other_secrets: name to the secret of another subscription.
        moment: when it is received, in unix seconds.
        tolerance: how old it may be, in seconds.
    """

    delivery: Captured
    scheme: str
    secret: str
    moment: float
    tolerance: float
    other_secrets: Mapping[str, str] = field(default_factory=dict[str, str])


def from_request(raw: bytes, name: str) -> Captured:
    """Read a raw HTTP request: a request line or none, headers, an empty line, and the body to the last byte.

    Args:
        raw: the bytes; lines of the head end with CR LF or LF.
        name: of the file, for messages.

    Raises:
        UsageError: it is no such request; names the line.
    """
    parts = _END_OF_HEAD.split(raw.lstrip(b"\r\n"), maxsplit=1)
    headers: dict[str, str] = {}
    for number, line in enumerate(parts[0].splitlines(), start=1):
        if number == 1 and _REQUEST_LINE.fullmatch(line):
            continue
        found = _FIELD.fullmatch(line)
        if not found:
            raise UsageError(
                f"{name}: line {number} is no header. A captured request is headers, an empty line and the body; "
                "if the file holds the body alone, say --header VALUE"
            )
        key, value = found[1].decode().lower(), found[2].decode("utf-8", "surrogateescape")
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    if len(parts) == 1:
        raise UsageError(f"{name}: no empty line ends the headers, so that nothing says where the body begins")
    return Captured(headers, parts[1], tuple(_notes(headers, parts[1])))


def _notes(headers: Mapping[str, str], body: bytes) -> list[str]:
    notes: list[str] = []
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) != len(body):
        notes.append(f"the file holds {len(body)} bytes of body, and Content-Length says {length}")
    if "chunked" in headers.get("transfer-encoding", "").lower() and re.match(rb"[0-9a-fA-F]+\r\n", body):
        notes.append("the body still has the sizes of its chunks in it; save it without them")
    if headers.get("content-encoding", "identity").lower() != "identity":
        notes.append("the body is compressed; check it as the receiver's code sees it, too")
    return notes


def from_exchanges(raw: bytes, number: int | None, header_names: tuple[str, ...], name: str) -> Captured:
    """Read a delivery out of ``exchanges-<target>.jsonl``.

    Args:
        raw: the bytes of the file.
        number: of the exchange; None to be told which there are.
        header_names: of signatures, in lower case; an exchange that carries one is a delivery.
        name: of the file, for messages.

    Raises:
        UsageError: it is no such file, or has no such exchange.
    """
    deliveries: list[str] = []
    for at, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            exchange = json.loads(line)
            request = exchange["request"]
            headers: dict[str, str] = {key.lower(): str(value) for key, value in request["headers"].items()}
            body = request["body"].encode() if "body" in request else b64decode(request["body_base64"])
            found = exchange["number"]
        except (ValueError, TypeError, KeyError, AttributeError) as why:
            raise UsageError(f"{name}: line {at} is no exchange of a run") from why
        if found == number:
            taken_out = "the record has secrets taken out of this body, so that its signature cannot match"
            return Captured(headers, body, (taken_out,) if _TAKEN_OUT.search(body) else ())
        if any(header in headers for header in header_names):
            deliveries.append(str(found))
    known = f"deliveries are {', '.join(deliveries[:20])}" if deliveries else "none in it is a delivery"
    asked = "say which one with --exchange N" if number is None else f"there is no exchange {number}"
    raise UsageError(f"{name}: {asked}; {known}")


def from_vectors(raw: bytes, identity: str, name: str) -> GoldenVector:
    """Read one golden signature.

    Args:
        raw: the bytes of the file.
        identity: its id.
        name: of the file, for messages.

    Raises:
        UsageError: it is no such file, or has no such vector; names near matches.
    """
    from difflib import get_close_matches

    from bookproof.targets.own_schemas import own_validator

    try:
        document: Any = json.loads(raw)
    except ValueError as why:
        raise UsageError(f"{name} is no JSON, so that it holds no golden signatures") from why
    for error in own_validator("vectors").iter_errors(document):
        where = ".".join(map(str, error.instance_path)) or "the file"
        raise UsageError(f"{name} holds no golden signatures: {where} is not as schemas/own/vectors.schema.json says")
    found: dict[str, dict[str, Any]] = {item["id"]: item for item in document["vectors"]}
    if identity not in found:
        near = get_close_matches(identity, found, n=3)
        raise UsageError(f"{name}: there is no vector {identity!r}; {_hint(near, list(found))}")
    vector = found[identity]
    body = vector["body"].encode() if "body" in vector else b64decode(vector["body_base64"])
    header = cast("str | None", vector["header"])
    return GoldenVector(
        Captured({} if header is None else {document["header_name"].lower(): header}, body),
        document["scheme"],
        vector["secret"],
        vector["moment"],
        vector["tolerance"],
        vector.get("other_secrets", {}),
    )


def _hint(near: list[str], known: list[str]) -> str:
    return f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}"
