"""Recordings as folders of cassettes: one file of vcrpy for each probe, beside it ``target.yaml`` with the header.

The files are read and written as vcrpy does it, by PyYAML with libyaml; vcrpy itself can play them. What it does not
know stands under ``bookproof``. They are played by :class:`bookproof.recording.replay.ReplayTape`, for vcrpy patches
the whole process and looks for a request through all of a cassette.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, cast

from bookproof.errors import UsageError
from bookproof.recording.model import FORMAT, Header, Origin, Reading, Recording
from bookproof.recording.run_files import AsItIs, exchange_data, exchange_of
from bookproof.run_folder import file_name
from bookproof.wire.exchange import Exchange

#: The file of the header.
TARGET = "target.yaml"
REMEDY = "take the file from version control again, or record anew with `bookproof run --record`"
#: Headers that the connection adds to every request; they stand in target.yaml once.
_COMMON = ("host", "accept-encoding", "connection", "user-agent")
#: Headers that speak of how a body was packed; it is written as it was read.
_PACKING = ("content-encoding",)
_VERSION = 1
#: Longer values that are the same are written once in a file, and referred to.
_LONG_VALUE = 20


class _Wrong(Exception):
    """A file that cannot be read: on which line, and why."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


class _Part(NamedTuple):
    """What a cassette holds."""

    probe: str
    exchanges: list[Exchange]
    readings: list[Reading]


# Writing


def write_cassettes(recording: Recording, folder: Path) -> None:
    """Write a recording as cassettes, in place of those that are there.

    Args:
        recording: of one target.
        folder: of the cassettes; it changes all at once, or not at all.

    Raises:
        UsageError: the recording is damaged, or the folder cannot be written.
    """
    if recording.problems:
        raise UsageError(f"this recording is damaged, and not kept: {next(iter(recording.problems.values()))}")
    replace_folder(folder, cassette_texts(recording))


def cassette_texts(recording: Recording) -> dict[str, str]:
    """Name of each file of a recording to what it holds."""
    sent = [exchange for exchange in recording.exchanges if not exchange.inbound]
    common = _common_headers(sent)
    header = {"format": FORMAT, **asdict(recording.header), "origin": str(recording.header.origin)}
    texts = {TARGET: _yaml({"bookproof": header, "request_headers": common})}
    probes = dict.fromkeys([each.probe for each in (*recording.exchanges, *recording.readings)])
    for probe in probes:
        readings = [{"kind": each.kind, "value": each.value} for each in recording.readings if each.probe == probe]
        exchanges = [exchange for exchange in recording.exchanges if exchange.probe == probe]
        texts[f"{file_name(probe)}.yaml"] = _yaml(_cassette(recording.header, probe, readings, exchanges, common))
    return texts


def _cassette(
    header: Header, probe: str, readings: list[dict[str, Any]], exchanges: list[Exchange], common: Mapping[str, str]
) -> dict[str, Any]:
    told: dict[str, Any] = {"format": FORMAT, "probe": probe, **_provenance(header)}
    others = {
        "readings": readings,
        "deliveries": [exchange_data(each, AsItIs()) for each in exchanges if each.inbound],
        "unanswered": [exchange_data(each, AsItIs()) for each in exchanges if not each.inbound and not each.status],
    }
    shared: dict[str, list[str]] = {}
    return {
        "bookproof": told | {name: value for name, value in others.items() if value},
        "interactions": [_interaction(each, common, shared) for each in exchanges if not each.inbound and each.status],
        # Stands at the end, so that a file that was cut short can be told.
        "version": _VERSION,
    }


def _provenance(header: Header) -> dict[str, Any]:
    names = ("target", "dialect", "origin", "recorded", "suite_version", "api_version", "seed", "document_digest")
    standins = hashlib.sha256(json.dumps(dict(header.environment), sort_keys=True).encode()).hexdigest()[:12]
    return {name: getattr(header, name) for name in names} | {"origin": str(header.origin), "standins": standins}


def _interaction(exchange: Exchange, common: Mapping[str, str], shared: dict[str, list[str]]) -> dict[str, Any]:
    headers = dict(exchange.request_headers)
    has_common = all(headers.get(name) == value for name, value in common.items())
    told: dict[str, Any] = {
        "number": exchange.number,
        "operation": exchange.operation,
        "role": exchange.role,
        "note": exchange.note,
        "started": exchange.started,
        "elapsed": exchange.elapsed,
    }
    if exchange.race:
        told |= {"race": exchange.race, "racer": exchange.racer, "released": exchange.released}
    if not has_common:
        told["common_headers"] = False
    packing = {name: value for name, value in exchange.response_headers.items() if name in _PACKING}
    if packing:
        told["response_headers"] = packing
    sent = {name: value for name, value in headers.items() if not (has_common and name in common)}
    received = {name: value for name, value in exchange.response_headers.items() if name not in packing}
    return {
        "bookproof": {name: value for name, value in told.items() if value != "" or name == "role"},
        "request": {
            "method": exchange.method,
            "uri": exchange.url,
            "body": _text(exchange.request_body),
            "headers": _lists(sent, shared),
        },
        "response": {
            "status": {"code": exchange.status, "message": _phrase(exchange.status)},
            "headers": _lists(received, shared),
            "body": {"string": _text(exchange.response_body)},
        },
    }


def _common_headers(exchanges: Iterable[Exchange]) -> dict[str, str]:
    """What most requests have of the headers that the connection adds."""
    seen = Counter(
        tuple((name, each.request_headers[name]) for name in _COMMON if name in each.request_headers)
        for each in exchanges
    )
    return dict(seen.most_common(1)[0][0]) if seen else {}


def _lists(headers: Mapping[str, str], shared: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name: shared.setdefault(value, [value]) if len(value) > _LONG_VALUE else [value]
        for name, value in headers.items()
    }


def _text(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _yaml(data: Mapping[str, Any]) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(data, Dumper=dumper, sort_keys=False, allow_unicode=True, width=120)


def replace_folder(folder: Path, texts: Mapping[str, str]) -> None:
    """Put a folder with some files in the place of another one, at once.

    Raises:
        UsageError: it cannot be written; what was there still is.
    """
    mark = secrets.token_hex(4)
    new, old = (folder.with_name(f".{folder.name}.{word}-{mark}") for word in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, text in texts.items():
            (new / name).write_text(text, "utf-8", newline="\n")
        if folder.exists():
            folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as why:
        reason = why.strerror or why
        raise UsageError(f"{folder}: cannot write cassettes: {reason}; choose another folder with --cassettes") from why
    finally:
        shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


# Reading


def read_cassettes(folder: Path) -> Recording:
    """The recording that a folder of cassettes holds. What cannot be read of it is named in its ``problems``.

    Raises:
        UsageError: there is no such folder, or its header cannot be read.
    """
    header, common = _target(folder)
    recording = Recording(header)
    for path in cassette_paths(folder):
        try:
            part = _read(path, header, common)
        except _Wrong as why:
            recording.problems[_probe_of(path, header)] = f"{path}:{why.line}: {why}; {REMEDY}"
            continue
        recording.exchanges += part.exchanges
        recording.readings += part.readings
    recording.exchanges.sort(key=lambda exchange: exchange.number)
    return recording


def cassette_paths(folder: Path) -> list[Path]:
    """The cassettes in a folder, sorted."""
    return sorted(path for path in folder.glob("*.yaml") if path.name != TARGET)


def read_header(folder: Path) -> Header:
    """The header of a folder of cassettes.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    return _target(folder)[0]


def _target(folder: Path) -> tuple[Header, dict[str, str]]:
    path = folder / TARGET
    if not path.is_file():
        raise UsageError(f"{folder}: no cassettes, for there is no {TARGET}; record some with `bookproof run --record`")
    try:
        data = _load(path)
    except _Wrong as why:
        raise UsageError(f"{path}:{why.line}: {why}; {REMEDY}") from why
    held = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    told = held.get("bookproof")
    given = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    if given.get("format") != FORMAT:
        raise UsageError(f"{path}:1: not the header of cassettes of format {FORMAT}; {REMEDY}")
    try:
        known: dict[str, Any] = {each.name: given[each.name] for each in fields(Header) if each.name in given}
        known["origin"] = Origin(given["origin"])
        header = Header(**known)
    except (TypeError, KeyError, ValueError) as why:
        raise UsageError(f"{path}:1: not the whole header of cassettes ({why}); {REMEDY}") from why
    return header, dict(held.get("request_headers", {}))


def _load(path: Path) -> Any:
    import yaml

    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as why:
        raise _Wrong(path.read_bytes()[: why.start].count(b"\n") + 1, "not UTF-8") from why
    except OSError as why:
        raise _Wrong(1, f"cannot be read: {why.strerror or why}") from why
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  a safe loader
    except yaml.MarkedYAMLError as why:
        mark = why.problem_mark or why.context_mark
        raise _Wrong(mark.line + 1 if mark else 1, f"not YAML: {why.problem or why.context}") from why
    except (yaml.YAMLError, ValueError) as why:
        raise _Wrong(1, f"not YAML: {str(why).splitlines()[0]}") from why


def _read(path: Path, header: Header, common: Mapping[str, str]) -> _Part:
    data = _load(path)
    from bookproof.targets.own_schemas import own_validator

    try:
        fault = next(own_validator("cassette").iter_errors(data), None)
    except ValueError:
        # Bodies that are no text, or what JSON does not know.
        fault = next(own_validator("cassette").iter_errors(_as_json(data)), None)
    if fault:
        where = [step for step in fault.instance_path if step != ""]
        cut = not where and "version" in fault.message
        said = "cut short: its last line is missing" if cut else fault.message[:200]
        raise _Wrong(_line_of(path, where, at_end=cut), f"not a cassette of ours: {said}")
    told = data["bookproof"]
    for name, value in _provenance(header).items():
        if name in ("target", "dialect", "standins") and told[name] != value:
            what = "secrets with other stand-ins" if name == "standins" else f"{name} {told[name]!r}"
            raise _Wrong(_line_of(path, ["bookproof", name]), f"a cassette of another recording: it is of {what}")
    probe = told["probe"]
    if path.name != f"{file_name(probe)}.yaml":
        raise _Wrong(_line_of(path, ["bookproof", "probe"]), f"a cassette of probe {probe}, in a file of another name")
    try:
        others = [exchange_of(each) for name in ("deliveries", "unanswered") for each in told.get(name, ())]
    except (KeyError, TypeError, ValueError) as why:
        raise _Wrong(_line_of(path, ["bookproof"]), f"a delivery or a request without an answer lacks {why}") from why
    exchanges = [_exchange(probe, each, common) for each in data["interactions"]]
    return _Part(
        probe, exchanges + others, [Reading(probe, each["kind"], each["value"]) for each in told.get("readings", ())]
    )


def _exchange(probe: str, data: Mapping[str, Any], common: Mapping[str, str]) -> Exchange:
    told, request, response = data["bookproof"], data["request"], data["response"]
    headers = {name: values[0] for name, values in request["headers"].items()}
    received = {name: values[0] for name, values in response["headers"].items()}
    return Exchange(
        number=told["number"],
        probe=probe,
        operation=told.get("operation", ""),
        role=told["role"],
        note=told.get("note", ""),
        method=request["method"],
        url=request["uri"],
        request_headers={**common, **headers} if told.get("common_headers", True) else headers,
        request_body=_raw(request["body"]),
        status=response["status"]["code"],
        response_headers={**received, **told.get("response_headers", {})},
        response_body=_raw(response["body"]["string"]),
        started=float(told["started"]),
        elapsed=float(told["elapsed"]),
        race=told.get("race", ""),
        racer=told.get("racer"),
        released=float(told.get("released", 0.0)),
    )


def _raw(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def _probe_of(path: Path, header: Header) -> str:
    """The probe whose cassette a file should be."""
    return next((probe for probe in header.plan if file_name(probe) == path.stem), path.stem)


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(member) for key, member in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [_as_json(item) for item in cast("list[Any]", value)]
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _line_of(path: Path, where: list[Any], *, at_end: bool = False) -> int:
    """The line on which something stands in a file, or as much of the way there as there is."""
    import yaml

    text = path.read_text("utf-8")
    if at_end:
        return max(len(text.splitlines()), 1)
    node = cast("Any", yaml).compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    line: int = node.start_mark.line if node else 0
    for step in where:
        if isinstance(node, yaml.MappingNode):
            pairs = cast("list[tuple[Any, Any]]", node.value)
            found = next(((key, value) for key, value in pairs if key.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return line + 1
