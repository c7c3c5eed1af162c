"""A run's recording in its folder: ``exchanges-<target>.jsonl`` and ``readings-<target>.jsonl``, a line for each.

The first line of the readings is the recording's header. Both files are written while the run goes on, so that a run
that was cut short can be judged as far as it went.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeVar

from bookproof.errors import UsageError
from bookproof.recording.model import FORMAT, Header, Origin, Reading, Recording
from bookproof.recording.zones import rules_of, zone_data, zones_in
from bookproof.run_folder import file_name
from bookproof.wire.exchange import Arrival, Exchange

if TYPE_CHECKING:
    from bookproof.targets.specs import TargetSpec

T = TypeVar("T")

_READINGS = "readings-"
# Rules of time zones are found out about on the way, and belong to the header.
_ZONE = "zone "


class Disguising(Protocol):
    """What keeps secrets out of what is written: :class:`bookproof.recording.standins.StandIns`, or nothing at all."""

    def learn(self, name: str, value: str) -> str: ...
    def text(self, text: str) -> str: ...
    def data(self, body: bytes) -> bytes: ...
    def headers(self, headers: Mapping[str, str]) -> dict[str, str]: ...
    def document(self, document: Mapping[str, Any]) -> dict[str, Any]: ...
    def reading(self, kind: str, value: Any) -> Any: ...
    def delivery(self, exchange: Exchange) -> tuple[dict[str, str], bytes]: ...


class AsItIs:
    """Keeps nothing out: for what was recorded already, and is judged again."""

    def learn(self, name: str, value: str) -> str:  # noqa: ARG002  nothing is learnt
        """What stands in for a secret: itself."""
        return value

    def text(self, text: str) -> str:
        """A text."""
        return text

    def data(self, body: bytes) -> bytes:
        """A body."""
        return body

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers."""
        return dict(headers)

    def document(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document of a target."""
        return dict(document)

    def reading(self, kind: str, value: Any) -> Any:  # noqa: ARG002  all kinds are alike
        """The value of a reading."""
        return value

    def delivery(self, exchange: Exchange) -> tuple[dict[str, str], bytes]:
        """Headers and body of a delivery."""
        return dict(exchange.request_headers), exchange.request_body


class RunFiles:
    """Writes a recording of one target into the folder of a run.

    Args:
        folder: of the run; there already.
        header: of the recording.
        disguise: keeps secrets out.
    """

    def __init__(self, folder: Path, header: Header, disguise: Disguising) -> None:
        self._disguise = disguise
        name = file_name(header.target)
        self._exchanges = _opened(folder / f"exchanges-{name}.jsonl")
        self._readings = _opened(folder / f"{_READINGS}{name}.jsonl")
        _write(self._readings, {"format": FORMAT, **asdict(header)})
        self._zones = set(header.zones)
        self._note_zones(json.dumps(header.document))

    def exchange(self, exchange: Exchange) -> None:
        """Write an exchange."""
        _write(self._exchanges, exchange_data(exchange, self._disguise))
        if not exchange.inbound:
            self._note_zones(exchange.url)
            self._note_zones(exchange.request_body.decode("utf-8", "replace"))

    def _note_zones(self, text: str) -> None:
        """Write down the rules of the zones that are spoken of."""
        for name in zones_in(text) - self._zones:
            self._zones.add(name)
            data = zone_data(name)
            if data:
                _write(self._readings, {"probe": "", "kind": f"{_ZONE}{name}", "value": data})

    def reading(self, reading: Reading) -> None:
        """Write a reading."""
        value = self._disguise.reading(reading.kind, reading.value)
        _write(self._readings, {"probe": reading.probe, "kind": reading.kind, "value": value})

    def close(self) -> None:
        """Close the files."""
        self._exchanges.close()
        self._readings.close()


#: What ends lines of a text for some readers, and stands as it is in JSON: one line of a file is one entry for all.
_ENDING = "\x85\u2028\u2029"
_LINE_ENDS = {ord(character): f"\\u{ord(character):04x}" for character in _ENDING}
_ENCODED = json.JSONEncoder(ensure_ascii=False).encode


def _opened(path: Path) -> IO[str]:
    # Half a surrogate, as answers may hold, is no UTF-8: it becomes the escape that JSON has for it.
    return path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)


def _write(file: IO[str], line: Mapping[str, Any]) -> None:
    text = _ENCODED(line)
    if any(end in text for end in _ENDING):
        text = text.translate(_LINE_ENDS)
    file.write(f"{text}\n")


def exchange_data(exchange: Exchange, disguise: Disguising) -> dict[str, Any]:
    """An exchange as plain data without any secret."""
    if exchange.inbound:
        headers, body = disguise.delivery(exchange)
    else:
        headers, body = disguise.headers(exchange.request_headers), disguise.data(exchange.request_body)
    answered = disguise.headers(exchange.response_headers), disguise.data(exchange.response_body)
    data = {
        "number": exchange.number,
        "probe": exchange.probe,
        "operation": exchange.operation,
        "role": exchange.role,
        "note": exchange.note,
        "method": exchange.method,
        "url": disguise.text(exchange.url),
        "request": {"headers": headers, **_body(body)},
        "status": exchange.status,
        "response": {"headers": answered[0], **_body(answered[1])},
        "started": exchange.started,
        "elapsed_ms": round(exchange.elapsed * 1e3, 6),
        "failure": disguise.text(exchange.failure),
        "inbound": exchange.inbound,
    }
    if exchange.race:
        data |= {"race": exchange.race, "released_us": round(exchange.released * 1e6, 3), "racer": exchange.racer}
    if exchange.arrival:
        data["arrival"] = {**asdict(exchange.arrival), "path": disguise.text(exchange.arrival.path)}
    return data


def _body(clean: bytes) -> dict[str, str]:
    try:
        return {"body": clean.decode()}
    except UnicodeDecodeError:
        return {"body_base64": b64encode(clean).decode()}


def exchange_of(data: Mapping[str, Any]) -> Exchange:
    """The inverse of :func:`exchange_data`.

    Raises:
        KeyError, TypeError, ValueError: it is no exchange.
    """
    request, response, arrival = data["request"], data["response"], data.get("arrival")
    return Exchange(
        **{name: data[name] for name in _PLAIN},
        request_headers=dict(request["headers"]),
        request_body=_raw(request),
        response_headers=dict(response["headers"]),
        response_body=_raw(response),
        elapsed=round(data["elapsed_ms"] / 1e3, 9),
        race=data.get("race", ""),
        released=round(data.get("released_us", 0.0) / 1e6, 9),
        racer=data.get("racer"),
        arrival=Arrival(**arrival) if arrival else None,
    )


_PLAIN = (
    "number",
    "probe",
    "operation",
    "role",
    "note",
    "method",
    "url",
    "status",
    "started",
    "failure",
    "inbound",
)


def _raw(side: Mapping[str, Any]) -> bytes:
    return side["body"].encode() if "body" in side else b64decode(side["body_base64"])


# Reading


def recorded_targets(folder: Path, names: tuple[str, ...] = ()) -> list[TargetSpec]:
    """The targets that a run has recorded, as specifications.

    Args:
        folder: of the run.
        names: of the targets wanted; none for all.

    Raises:
        UsageError: it is no folder of a run, has no recording of a target, or one that cannot be read.
    """
    from bookproof.targets.specs import TargetSpec

    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder; name one that a run has written, such as reports/<run>")
    # A storm keeps its requests in the same way, but has no plan that could be judged.
    headers = [header for path in sorted(folder.glob(f"{_READINGS}*.jsonl")) if (header := _header(path)).plan]
    if not headers:
        is_run = any(folder.glob("exchanges-*.jsonl")) or (folder / "run.json").is_file()
        if is_run:
            raise UsageError(
                f"{folder}: this run has no readings-<target>.jsonl to judge it by; it was no run of checks, or an "
                "older bookproof made it, which did not record enough: run it again"
            )
        raise UsageError(f"{folder}: not the folder of a run; name one that a run has written, such as reports/<run>")
    # In the order in which the run came to them.
    known = {header.target: header for header in sorted(headers, key=lambda header: header.recorded)}
    for name in names:
        if name not in known:
            raise UsageError(f"{folder}: target {name!r} is not in this run; it has {', '.join(known)}")
    return [
        TargetSpec(name, name, header.dialect, None, embedded=False, recording=folder)
        for name, header in known.items()
        if not names or name in names
    ]


def read_run_files(folder: Path, target: str) -> Recording:
    """The recording of one target of a run. What cannot be read of it is named in its ``problems``.

    Raises:
        UsageError: there is none, or its header cannot be read.
    """
    name = file_name(target)
    recording = Recording(_header(folder / f"{_READINGS}{name}.jsonl"))
    damage = recording.problems
    readings = list(_lines(folder / f"{_READINGS}{name}.jsonl", _reading_of, damage, first=2))
    zones = {each.kind.removeprefix(_ZONE): each.value for each in readings if each.kind.startswith(_ZONE)}
    recording.header = replace(recording.header, zones={**recording.header.zones, **zones})
    recording.readings += [each for each in readings if not each.kind.startswith(_ZONE)]
    recording.exchanges += _lines(folder / f"exchanges-{name}.jsonl", exchange_of, damage)
    recording.exchanges.sort(key=lambda exchange: exchange.number)
    return recording


def _header(path: Path) -> Header:
    try:
        with path.open(encoding="utf-8", errors="surrogatepass") as file:
            line = file.readline()
    except OSError as why:
        raise UsageError(f"{path}: cannot be read: {why.strerror or why}; run it again") from why
    try:
        data = json.loads(line)
        found = data["format"]
        if found == FORMAT:
            known = {each.name for each in fields(Header)}
            given: dict[str, Any] = {name: value for name, value in data.items() if name in known}
            given["origin"] = Origin(data["origin"])
            return Header(**given)
    except (ValueError, TypeError, KeyError) as why:
        raise UsageError(f"{path}:1: not the header of a recording; run it again") from why
    raise UsageError(f"{path}:1: a recording of format {found}; this version reads format {FORMAT}: run it again")


def _reading_of(data: Mapping[str, Any]) -> Reading:
    if data["kind"].startswith(_ZONE):
        rules_of(data["value"])
    return Reading(data["probe"], data["kind"], data["value"])


_PROBE = re.compile(r'"probe": "([^"\\]+)"')


def _lines(
    path: Path, make: Callable[[Mapping[str, Any]], T], damage: dict[str, str], *, first: int = 1
) -> Iterator[T]:
    """What the lines of a file hold; of a probe with a line that cannot be read, nothing that follows it."""
    try:
        raw = path.read_bytes()
    except OSError as why:
        raise UsageError(f"{path}: cannot be read: {why.strerror or why}; run it again") from why
    cut: set[str] = set()
    before, unowned = "", ""
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if number < first or not line.strip():
            continue
        try:
            data = json.loads(line)
            probe, made = str(data["probe"]), make(data)
        except (ValueError, TypeError, KeyError, AttributeError) as why:
            what = f"{path}:{number}: not a line that a run has written ({type(why).__name__}); run it again"
            named = _PROBE.search(line.decode("utf-8", "replace"))
            owner = named[1] if named else before
            damage.setdefault(owner, what)
            cut.add(owner)
            unowned = "" if named else what
            continue
        if unowned:
            # It may as well have been the first line of the next one.
            damage.setdefault(probe, unowned)
            unowned = ""
        before = probe
        if probe not in cut:
            yield made
