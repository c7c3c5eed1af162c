"""The record of a run: plain data, of which every report is a pure function."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bookproof.verdict import Outcome, TargetSummary, Verdict

#: Written into every run file; a reader refuses a format that it does not know.
FORMAT = 1

Row = Mapping[str, Any]


class UnknownFormat(ValueError):
    """A run file of a format that this version does not read."""


@dataclass
class RunRecord:
    """A run.

    Attributes:
        run: id of the run, the name of its folder.
        suite_version: version of Bookproof.
        python: version of the interpreter.
        command: the command line, quoted for a shell.
        started, finished: ISO-8601 UTC.
        seed: of the run.
        targets: what was spent on each target.
        verdicts: what was found out, one for each requirement and target.
        requirements: dialect to the rows of its catalogue, those that no check judges included.
        waiver_problems: one sentence for each waiver that has expired, is stale or matches nothing.
        exit_code: what the process says.
        exit_reason: the verdict on the whole run in one sentence.
    """

    run: str
    suite_version: str
    python: str
    command: str
    started: str
    finished: str
    seed: int
    targets: list[TargetSummary]
    verdicts: list[Verdict]
    requirements: Mapping[str, Sequence[Row]]
    waiver_problems: list[str] = field(default_factory=list[str])
    exit_code: int = 0
    exit_reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data as ``schemas/own/run.schema.json`` describes it."""
        return {
            "format": FORMAT,
            "run": self.run,
            "suite_version": self.suite_version,
            "python": self.python,
            "command": self.command,
            "started": self.started,
            "finished": self.finished,
            "seed": self.seed,
            "exit": {"code": int(self.exit_code), "reason": self.exit_reason},
            "targets": [target.as_dict() for target in self.targets],
            "verdicts": [_verdict_data(verdict) for verdict in self.verdicts],
            "requirements": {
                dialect: [{**row, "source": list(row["source"])} for row in rows]
                for dialect, rows in self.requirements.items()
            },
            "waiver_problems": list(self.waiver_problems),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunRecord:
        """The inverse of :meth:`to_json`.

        Raises:
            UnknownFormat: the file was written by another generation of Bookproof.
        """
        if data.get("format") != FORMAT:
            raise UnknownFormat(f"run file of format {data.get('format')!r}; this version reads format {FORMAT}")
        plain = {name: data[name] for name in _PLAIN}
        return cls(
            **plain,
            targets=[TargetSummary.from_dict(target) for target in data["targets"]],
            verdicts=[Verdict.from_dict(verdict) for verdict in data["verdicts"]],
            requirements=data["requirements"],
            waiver_problems=list(data["waiver_problems"]),
            exit_code=data["exit"]["code"],
            exit_reason=data["exit"]["reason"],
        )

    # Views that several reports share

    def rows(self, dialect: str) -> dict[str, Row]:
        """The rows of a dialect by id."""
        return {row["id"]: row for row in self.requirements.get(dialect, ())}

    def row(self, verdict: Verdict) -> Row:
        """The row that a verdict is about; an empty-handed one if the catalogue has none."""
        dialect = next((target.dialect for target in self.targets if target.name == verdict.target), "")
        key = (dialect, verdict.requirement)
        index = self._index()
        return index.get(key) or {**_NO_ROW, "id": verdict.requirement}

    def of(self, target: str) -> list[Verdict]:
        """The verdicts on a target, in the order of the catalogue."""
        dialect = next((known.dialect for known in self.targets if known.name == target), "")
        place = {identity: number for number, identity in enumerate(self.rows(dialect))}
        found = [verdict for verdict in self.verdicts if verdict.target == target]
        return sorted(found, key=lambda verdict: place.get(verdict.requirement, len(place)))

    def counts(self, target: str | None = None) -> Counter[Outcome]:
        """How many verdicts of each outcome there are, on one target or on all."""
        return Counter(v.outcome for v in self.verdicts if target is None or v.target == target)

    @property
    def judgements(self) -> int:
        """How many single comparisons were made."""
        return sum(verdict.judgements for verdict in self.verdicts)

    @property
    def requests(self) -> int:
        """How many requests were sent, the rate-limit probe aside."""
        return sum(target.requests for target in self.targets)

    def _index(self) -> dict[tuple[str, str], Row]:
        # Built once for each record: reports ask for a row per verdict.
        index: dict[tuple[str, str], Row] | None = self.__dict__.get("_rows")
        if index is None:
            index = {(dialect, row["id"]): row for dialect, rows in self.requirements.items() for row in rows}
            self.__dict__["_rows"] = index
        return index


_PLAIN = ("run", "suite_version", "python", "command", "started", "finished", "seed")
_NO_ROW: Row = {
    "text": "",
    "level": "",
    "provenance": "",
    "source": [],
    "safety": "",
    "capability": None,
    "excluded_because": None,
}


def _verdict_data(verdict: Verdict) -> dict[str, Any]:
    # asdict copies deeply and slowly; a verdict is flat but for its findings.
    findings = [
        {**vars(found), "severity": str(found.severity), "exchanges": list(found.exchanges)}
        for found in verdict.findings
    ]
    return {**vars(verdict), "outcome": str(verdict.outcome), "findings": findings}


def area_of(requirement: str) -> str:
    """The area of a requirement: the first segment of its id."""
    return requirement.partition(".")[0]


def write_record(record: RunRecord, folder: Path) -> Path:
    """Write ``run.json`` into a folder; returns its path."""
    path = folder / "run.json"
    text = "{\n" + ",\n".join(_members(record.to_json(), "")) + "\n}\n"
    # Half a surrogate, as answers may hold, is no UTF-8: it stays the escape that JSON has for it.
    path.write_text(text, "utf-8", errors="backslashreplace")
    return path


def _members(table: Mapping[str, Any], margin: str) -> Iterator[str]:
    """The members of an object, an item of a list on each line: as readable as indented, and much faster to write."""
    for name, value in table.items():
        if isinstance(value, list) and value:
            items = f",\n{margin}  ".join(json.dumps(item, ensure_ascii=False) for item in cast("list[Any]", value))
            shown = f"[\n{margin}  {items}\n{margin}]"
        elif name == "requirements":
            rows = cast("dict[str, Any]", value)
            shown = "{\n" + ",\n".join(_members(rows, f"{margin} ")) + f"\n{margin}}}"
        else:
            shown = json.dumps(value, ensure_ascii=False)
        yield f"{margin}{json.dumps(name)}: {shown}"


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json`` of a folder.

    Raises:
        OSError: there is none.
        UnknownFormat: another generation of Bookproof wrote it.
    """
    return RunRecord.from_json(json.loads((folder / "run.json").read_text("utf-8")))


class Exchanges:
    """The recorded exchanges of a run, read from its folder target by target when they are first asked for.

    Args:
        folder: the run's folder, or None for a run that has none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read: dict[str, dict[int, dict[str, Any]]] = {}

    def get(self, target: str, number: int) -> dict[str, Any] | None:
        """An exchange by its number, or None if it was not recorded."""
        if target not in self._read:
            self._read[target] = {exchange["number"]: exchange for exchange in self._of(target)}
        return self._read[target].get(number)

    def _of(self, target: str) -> Iterator[dict[str, Any]]:
        from bookproof.run_folder import file_name

        path = self._folder / f"exchanges-{file_name(target)}.jsonl" if self._folder else None
        if path is None or not path.is_file():
            return
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    exchange = json.loads(line)
                except ValueError:
                    continue  # cut off by a crash
                if isinstance(exchange, dict) and "number" in exchange:
                    yield cast("dict[str, Any]", exchange)
