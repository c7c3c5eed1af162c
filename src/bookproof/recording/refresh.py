"""Records a target anew, rewrites the cassettes that have changed, and tells what has become of the answers."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bookproof.errors import Unreachable, UsageError
from bookproof.options import RunOptions
from bookproof.recording.cassettes import TARGET, cassette_texts, read_cassettes, replace_folder
from bookproof.recording.replay import call_of
from bookproof.recording.run_files import read_run_files
from bookproof.recording.shapes import differences, shape_of
from bookproof.run_folder import file_name

if TYPE_CHECKING:
    from bookproof.recording.model import Reading, Recording
    from bookproof.render.record import RunRecord
    from bookproof.verdict import Verdict
    from bookproof.wire.exchange import Exchange

#: A value that is shorter may stand in an answer by chance.
_TELLING = 4


class _Silent:
    """Shows nothing of a run, and keeps where it was recorded."""

    def __init__(self) -> None:
        self.record: RunRecord | None = None
        self.folder: Path | None = None

    def run_started(self, targets: list[str], planned_requests: int) -> None: ...
    def requests(self, target: str, count: int) -> None: ...
    def verdict(self, verdict: Verdict) -> None: ...

    def run_finished(self, record: RunRecord, folder: Path) -> None:
        """See :class:`bookproof.run_report.Face`."""
        self.record, self.folder = record, folder


@dataclass(frozen=True)
class Refreshed:
    """What a new recording has come to.

    Attributes:
        kept: probes whose cassettes are as they were.
        rewritten: probe to why its cassette was written anew.
        gone: probes that sent nothing any more.
        changes: what has become of the answers, a line for each.
    """

    kept: tuple[str, ...]
    rewritten: Mapping[str, str]
    gone: tuple[str, ...]
    changes: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """What to tell of it."""
        whole = len(self.kept) + len(self.rewritten)
        yield f"{len(self.kept)} of {whole} cassettes are as they were, {len(self.rewritten)} written anew"
        for reason, number in Counter(self.rewritten.values()).most_common():
            yield f"  {number} {reason}"
        if self.gone:
            yield f"  gone: {', '.join(self.gone)}"
        yield from (f"changed  {change}" for change in self.changes)
        if not self.changes:
            yield "no answer has changed its shape"


def refresh(text: str, folder: Path) -> Refreshed:
    """Run a target live, as it was run when its cassettes were recorded, and rewrite those that have changed.

    Args:
        text: names the target, as ``--target`` takes it.
        folder: of its cassettes.

    Raises:
        UsageError: the target or its environment is wrong, or nothing was recorded.
        Unreachable: the target was not reached. The cassettes are as they were.
    """
    before = read_cassettes(folder)
    with tempfile.TemporaryDirectory() as scratch:
        after = _recorded_anew(text, before, folder, Path(scratch))
    texts, refreshed = merged(folder, before, after)
    replace_folder(folder, texts)
    return refreshed


def _recorded_anew(text: str, before: Recording, folder: Path, scratch: Path) -> Recording:
    from bookproof.run import run

    header = before.header
    # A run takes over the stand-ins of the cassettes that it finds.
    kept = scratch / "cassettes" / file_name(header.target)
    kept.mkdir(parents=True)
    (kept / TARGET).write_bytes((folder / TARGET).read_bytes())
    options = RunOptions(
        targets=(text,),
        allow=header.ceiling,
        select=tuple(header.select),
        reports=scratch / "reports",
        formats=(),
        seed=header.seed,
        race_batches=header.race_batches,
        max_requests=header.max_requests,
        fuzz="off",
        record=True,
        cassettes=scratch / "cassettes",
    )
    face = _Silent()
    run(options, face)
    if face.record is None or face.folder is None:
        raise UsageError(f"{text}: nothing was recorded; see what `bookproof run --target {text}` says")
    for target in face.record.targets:
        if target.unreachable:
            raise Unreachable(f"{target.name}: {target.unreachable}; its cassettes are as they were")
    return read_run_files(face.folder, header.target)


def merged(folder: Path, before: Recording, after: Recording) -> tuple[dict[str, str], Refreshed]:
    """The files of a folder after a new recording: those that still play with the new ones as they were.

    A cassette is kept if the same requests were answered in the same shape, nothing else was read meanwhile than
    before, and none of its new values appears anywhere in what is written anew.

    Args:
        folder: of the cassettes as they are.
        before: what they hold.
        after: the new recording.
    """
    texts = cassette_texts(after)
    old, new = _by_probe(before), _by_probe(after)
    same_secrets = before.header.environment == after.header.environment
    reasons: dict[str, str] = {}
    for probe, part in new.items():
        if probe not in old:
            reasons[probe] = "are new"
        elif not same_secrets:
            reasons[probe] = "for their stand-ins are others"
        elif reason := old[probe].why_not(part):
            reasons[probe] = reason
    kept = [probe for probe in new if probe not in reasons]
    while found := _told_elsewhere(kept, reasons, old, new):
        reasons |= dict.fromkeys(found, "for values in them are others, and appear elsewhere")
        kept = [probe for probe in kept if probe not in found]
    for probe in kept:
        name = f"{file_name(probe)}.yaml"
        texts[name] = (folder / name).read_text("utf-8")
    changes = [
        line for probe in reasons if probe in old for line in differences(old[probe].exchanges, new[probe].exchanges)
    ]
    gone = tuple(probe for probe in old if probe not in new)
    return texts, Refreshed(tuple(kept), reasons, gone, tuple(dict.fromkeys(changes)))


@dataclass
class _Part:
    """What one probe has sent, heard and read."""

    exchanges: list[Exchange]
    readings: list[Reading]

    def why_not(self, other: _Part) -> str:
        """Why another part cannot stand in the place of this one, or ""."""
        if [(each.number, call_of(each)) for each in self.exchanges] != [
            (each.number, call_of(each)) for each in other.exchanges
        ]:
            return "for their requests are others"
        shapes = ([(each.status, shape_of(each)) for each in part.exchanges] for part in (self, other))
        if next(shapes) != next(shapes):
            return "for their answers have another shape"
        if self.readings != other.readings:
            return "for something else was read than before: a clock, a random value, a measurement"
        return ""

    def values(self) -> set[str]:
        """The values in its answers."""
        return {value for exchange in self.exchanges for value in _leaves(exchange.json)}

    def text(self) -> str:
        """All of it."""
        bodies = (body for each in self.exchanges for body in (each.request_body, each.response_body))
        urls = "\n".join(each.url for each in self.exchanges)
        return urls + "\n" + b"\n".join(bodies).decode("utf-8", "replace")


def _by_probe(recording: Recording) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for exchange in recording.exchanges:
        parts.setdefault(exchange.probe, _Part([], [])).exchanges.append(exchange)
    for reading in recording.readings:
        parts.setdefault(reading.probe, _Part([], [])).readings.append(reading)
    for probe in recording.problems:
        parts.pop(probe, None)
    return parts


def _told_elsewhere(
    kept: Iterable[str], rewritten: Iterable[str], old: Mapping[str, _Part], new: Mapping[str, _Part]
) -> set[str]:
    """The cassettes whose new values appear in what is written anew."""
    text = "\n".join(new[probe].text() for probe in rewritten)
    return {probe for probe in kept if any(value in text for value in new[probe].values() - old[probe].values())}


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for member in cast("dict[str, Any]", value).values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _leaves(item)
    elif isinstance(value, str) and len(value) >= _TELLING:
        yield json.dumps(value, ensure_ascii=False)[1:-1]
    elif isinstance(value, int) and not isinstance(value, bool) and len(str(value)) >= _TELLING:
        yield str(value)
