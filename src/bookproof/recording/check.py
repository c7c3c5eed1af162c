"""Looks through cassettes: what they give away, how old and large they are, and whether the contract still says it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bookproof import __version__
from bookproof.contracts.openapi import Contract, Operation
from bookproof.errors import UsageError
from bookproof.recording.cassettes import TARGET, cassette_paths, read_cassettes
from bookproof.recording.leaks import Known, Leak, leaks_in, leaks_of_text
from bookproof.recording.model import Header, Origin, Recording, digest_of
from bookproof.recording.people import People
from bookproof.resources import fixtures_path
from bookproof.run_folder import file_name
from bookproof.targets.files import read_document
from bookproof.targets.specs import target_names
from bookproof.wire.exchange import Exchange

LEAK, DAMAGE, STALE, SIZE, DRIFT = "leak", "damaged", "stale", "size", "drift"
#: Days after which a recording of a server is old, and the most that cassettes of one target should take.
MAX_AGE, MAX_SIZE_KB = 180, 2_048
_DAY = 86_400
_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True)
class Fault:
    """Something about cassettes that needs care.

    Attributes:
        kind: ``leak``, ``damaged``, ``stale``, ``size`` or ``drift``.
        where: file, with its line where there is one.
        what: what it is, and the remedy.
    """

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind:<8} {self.where}: {self.what}"


def check(
    folder: Path,
    *,
    max_age: int = MAX_AGE,
    max_size: int = MAX_SIZE_KB,
    environment: Mapping[str, str] = os.environ,
    now: datetime | None = None,
) -> list[Fault]:
    """What needs care in the cassettes of one target.

    Args:
        folder: of the cassettes.
        max_age: days. Recordings of the mock do not age by themselves: they are made anew with every version.
        max_size: KB.
        environment: holds secrets, by the names that the target file gives them.
        now: the present moment.

    Raises:
        UsageError: there are no cassettes, or their header cannot be read.
    """
    recording = read_cassettes(folder)
    damaged = [Fault(DAMAGE, *problem.split(": ", 1)) for problem in recording.problems.values()]
    return [
        *_leaks(folder, recording, environment),
        *damaged,
        *_staleness(folder, recording.header, max_age, now or datetime.now(UTC)),
        *_size(folder, max_size),
        *drift(folder, recording),
    ]


# Leaks


def _leaks(folder: Path, recording: Recording, environment: Mapping[str, str]) -> Iterator[Fault]:
    header = recording.header
    known = Known(
        {
            f"the value of {name}": environment[name]
            for name, standin in header.environment.items()
            if name in environment and environment[name] != standin and not environment[name].startswith("http")
        }
    )
    settings = header.document.get("recording", {})
    attendee = header.document.get("data", {}).get("attendee_email", "")
    people = None if settings.get("people") == "keep" else People(attendee)
    by_file: dict[str, list[Exchange]] = {}
    for exchange in recording.exchanges:
        by_file.setdefault(f"{file_name(exchange.probe)}.yaml", []).append(exchange)
    for path in (folder / TARGET, *cassette_paths(folder)):
        text = path.read_text("utf-8", errors="replace")
        found = [leak for exchange in by_file.get(path.name, ()) for leak in leaks_in(exchange)]
        found += leaks_of_text(text, people)
        # What YAML has folded or escaped is looked at as it was.
        for exchange in by_file.get(path.name, ()):
            for body in (exchange.request_body, exchange.response_body):
                found += leaks_of_text(body.decode("utf-8", "replace"), people)
        yield from _told(path, text, found)
        for name in known.found(text):
            yield Fault(LEAK, str(path), f"{name} stands in it; record anew, and change that secret if it was shared")


def _told(path: Path, text: str, leaks: Iterable[Leak]) -> Iterator[Fault]:
    for value, leak in {leak.value: leak for leak in leaks}.items():
        at = text.find(value)
        where = f"{path}:{text.count(chr(10), 0, at) + 1}" if at >= 0 else str(path)
        yield Fault(LEAK, where, f"{leak.what} ({len(value)} characters)")


# Age and size


def _staleness(folder: Path, header: Header, max_age: int, now: datetime) -> Iterator[Fault]:
    where, again = str(folder / TARGET), "record anew, or try `bookproof cassettes check --refresh`"
    try:
        recorded = datetime.fromisoformat(header.recorded)
        age = (now - (recorded if recorded.tzinfo else recorded.replace(tzinfo=UTC))).total_seconds() / _DAY
    except ValueError:
        yield Fault(STALE, where, f"recorded is {header.recorded!r}, which is no time; {again}")
        return
    if age > max_age and header.origin is not Origin.MOCK:
        yield Fault(STALE, where, f"recorded {age:.0f} days ago, and {max_age} are allowed; {again}")
    if header.suite_version != __version__:
        yield Fault(STALE, where, f"recorded by bookproof {header.suite_version}, and this is {__version__}; {again}")
    version = str(Contract.load(header.dialect).document["info"]["version"])
    if header.api_version != version:
        yield Fault(STALE, where, f"recorded for version {header.api_version} of the contract, and this is {version}")
    file = _target_file(header.target)
    if file and header.origin is not Origin.MOCK and digest_of(read_document(file)) != header.document_digest:
        yield Fault(STALE, where, f"{file} has been changed since; {again}")


def _target_file(name: str) -> Path | None:
    paths = (fixtures_path("targets", f"{known}.toml") for known in target_names())
    return next((path for path in paths if read_document(path).get("name") == name), None)


def _size(folder: Path, max_size: int) -> Iterator[Fault]:
    sizes = {path: path.stat().st_size for path in folder.glob("*.yaml")}
    total = sum(sizes.values()) / 1024
    if total > max_size:
        largest = ", ".join(
            f"{path.name} {sizes[path] / 1024:.0f}" for path in sorted(sizes, key=lambda each: -sizes[each])[:3]
        )
        yield Fault(SIZE, str(folder), f"{total:.0f} KB, and {max_size} are allowed; the largest: {largest}")


# Drift


def drift(folder: Path, recording: Recording) -> list[Fault]:
    """What was answered otherwise than today's contract says, a line for each kind of it."""
    contract = Contract.load(recording.header.dialect)
    bound = bool(recording.header.document.get("bindings"))
    found: dict[tuple[str, str], list[Exchange]] = {}
    for exchange in recording.exchanges:
        if exchange.inbound or not exchange.status or not exchange.operation or exchange.operation.startswith("mcp."):
            continue
        operation = contract.operations.get(exchange.operation)
        if operation is None:
            found.setdefault((exchange.operation, "is no operation of the contract any more"), []).append(exchange)
        else:
            for what in _departures(contract, operation, exchange, bound=bound):
                found.setdefault((exchange.operation, what), []).append(exchange)
    return [
        Fault(
            DRIFT,
            str(folder / f"{file_name(exchanges[0].probe)}.yaml"),
            f"{operation} {what} ({_times(len(exchanges))}, first in exchange {exchanges[0].number})",
        )
        for (operation, what), exchanges in found.items()
    ]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _departures(contract: Contract, operation: Operation, exchange: Exchange, *, bound: bool) -> Iterator[str]:
    if exchange.status >= 500:
        return  # what breaks is no part of a contract
    if exchange.status not in operation.statuses:
        if not bound:
            yield f"answered {exchange.status}, which is not documented"
        return
    name = operation.responses.get(exchange.status)
    version = exchange.request_headers.get("cal-api-version")
    # An older version is another contract's, and a target file with bindings has names of its own.
    if not name or bound or (operation.versions and version not in operation.versions) or not exchange.is_json:
        return
    if not contract.validator(name).is_valid(exchange.json):
        faults = contract.explain(name, exchange.json)
        yield f"{exchange.status}: {_INDEX.sub('[]', faults[0]) if faults else f'not as {name}'}"


def folders_of(texts: Iterable[str], cassettes: Path | None = None) -> list[Path]:
    """The folders of cassettes that some texts name: targets, folders of one, or folders of many; by default all here.

    Raises:
        UsageError: a text names none.
    """
    from bookproof.recording.offline import FOLDER, cassettes_of
    from bookproof.targets.specs import MOCK, MOCKS

    given = list(texts)
    if not given:
        given = [str(cassettes or (FOLDER if FOLDER.is_dir() else fixtures_path("cassettes")))]
    found: list[Path] = []
    for text in given:
        below = sorted(path.parent for path in Path(text).glob(f"*/{TARGET}"))
        names = MOCKS.values() if text == MOCK else (text,)
        found += below or [cassettes_of(name, cassettes) for name in names]
    if not found:
        raise UsageError("there are no cassettes here; record some with `bookproof run --record`")
    return list(dict.fromkeys(found))
