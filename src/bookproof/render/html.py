"""The report as one HTML file: nothing is fetched, nothing is scripted, and it prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from bookproof.errors import ExitCode
from bookproof.render.advice import REQUESTS_PER_MINUTE, cost_of, next_steps, remedy
from bookproof.render.grouping import Alike, Trouble, by_area, by_reason, informations, troubles
from bookproof.render.races import Figure, Races, micro
from bookproof.render.record import Exchanges, Row, RunRecord
from bookproof.render.text import counted, pretty, printable
from bookproof.render.vendors import SideBySide
from bookproof.verdict import Outcome, TargetSummary, Verdict

#: Characters of a body that are shown; exchanges shown behind one group of findings, and in the whole report.
LONGEST_BODY, MOST_EXCHANGES, MOST_EXCHANGES_IN_ALL = 4_096, 4, 300
#: Groups of findings of one requirement that are shown.
MOST_GROUPS = 12

_TITLES = {
    ExitCode.CONFORMS: ("Conforms", "good"),
    ExitCode.VIOLATIONS: ("Does not conform", "bad"),
    ExitCode.UNREACHABLE: ("Unreachable", "open"),
    ExitCode.NOT_JUDGED: ("Not judged", "open"),
    ExitCode.OWN_ERROR: ("The suite failed", "bad"),
    ExitCode.WAIVERS: ("Waivers need care", "open"),
}


def write_html(record: RunRecord, exchanges: Exchanges, folder: Path) -> Path:
    """Write ``report.html`` into a folder; returns its path."""
    path = folder / "report.html"
    path.write_text(render_html(record, exchanges, folder), "utf-8")
    return path


def render_html(record: RunRecord, exchanges: Exchanges, folder: Path | None = None) -> str:
    """A run as one self-contained HTML document.

    Args:
        record: the run.
        exchanges: its recorded exchanges, for those behind the findings.
        folder: where the run lies, for the commands that the report suggests.
    """
    title, tone = _TITLES.get(ExitCode(record.exit_code), ("Ended", "open"))
    shelf = _Shelf(exchanges)
    races = {target.name: Races.of(target.races, len(record.targets)) for target in record.targets}
    return (
        _environment()
        .get_template("report.html")
        .render(
            record=record,
            title=title,
            tone=tone,
            duration=_duration(record),
            steps=next_steps(record, folder),
            targets=[_Section.of(record, target) for target in record.targets],
            findings=[_Entry.of(trouble, shelf, races) for trouble in troubles(record)],
            informations=[_Entry.of(trouble, shelf, races) for trouble in informations(record)],
            races=[(name, found) for name, found in races.items() if found.figures],
            reasons=[
                (group, remedy(group.reason))
                for outcome in (Outcome.UNTESTABLE, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
                for group in by_reason(record, outcome)
            ],
            excluded=_excluded(record),
            outcomes=[outcome for outcome in Outcome if record.counts()[outcome]],
            cost=cost_of(record),
            per_minute=REQUESTS_PER_MINUTE,
            several=len(record.targets) > 1,
            compared=SideBySide.of(record),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit,
    )
    environment.filters["counted"] = counted  # pyright: ignore[reportArgumentType]
    environment.filters["micro"] = micro
    return environment


def _fit(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _duration(record: RunRecord) -> str:
    seconds = int((datetime.fromisoformat(record.finished) - datetime.fromisoformat(record.started)).total_seconds())
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def _excluded(record: RunRecord) -> list[tuple[str, list[Row]]]:
    found = [
        (dialect, [row for row in rows if row["excluded_because"]]) for dialect, rows in record.requirements.items()
    ]
    return [(dialect, rows) for dialect, rows in found if rows]


@dataclass(frozen=True)
class _Section:
    """A target: what came out, by area, and every requirement."""

    target: TargetSummary
    counts: list[tuple[Outcome, int]]
    areas: list[tuple[str, list[tuple[Outcome, int]], list[tuple[Verdict, Row]]]]

    @classmethod
    def of(cls, record: RunRecord, target: TargetSummary) -> _Section:
        verdicts = record.of(target.name)
        rows: dict[str, list[tuple[Verdict, Row]]] = {}
        for verdict in verdicts:
            rows.setdefault(verdict.requirement.partition(".")[0], []).append((verdict, record.row(verdict)))
        areas = [(area, _ordered(counts), rows[area]) for area, counts in by_area(verdicts).items()]
        return cls(target, _ordered(record.counts(target.name)), areas)


def _ordered(counts: Counter[Outcome]) -> list[tuple[Outcome, int]]:
    # A bar reads from good to bad.
    return [(outcome, counts[outcome]) for outcome in reversed(Outcome) if counts[outcome]]


@dataclass(frozen=True)
class _Entry:
    """A verdict with its findings, each with the races and the exchanges that show it."""

    trouble: Trouble
    groups: list[tuple[Alike, list[Figure], list[dict[str, Any]], list[int]]]
    left_out: int

    @classmethod
    def of(cls, trouble: Trouble, shelf: _Shelf, races: Mapping[str, Races]) -> _Entry:
        target, shown = trouble.verdict.target, trouble.findings[:MOST_GROUPS]
        drawn: list[Figure] = []
        groups: list[tuple[Alike, list[Figure], list[dict[str, Any]], list[int]]] = []
        for group in shown:
            # A race that several findings are about is drawn beside the first of them.
            found = races[target].with_calls(group.finding.exchanges) if target in races else []
            figures = [figure for figure in found if figure not in drawn]
            drawn += figures
            groups.append((group, figures, *shelf.take(target, group)))
        return cls(trouble, groups, sum(group.count for group in trouble.findings[MOST_GROUPS:]))


class _Shelf:
    """Hands out exchanges, made fit to be shown, until there are enough in the report."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._left = MOST_EXCHANGES_IN_ALL

    def take(self, target: str, group: Alike) -> tuple[list[dict[str, Any]], list[int]]:
        """The exchanges behind a group, and the numbers of those that are only named."""
        shown: list[dict[str, Any]] = []
        named: list[int] = []
        # The telling one comes last in a finding and first here.
        for number in reversed(group.finding.exchanges):
            enough = len(shown) >= MOST_EXCHANGES or not self._left
            exchange = None if enough else self._exchanges.get(target, number)
            if exchange is None:
                named.append(number)
            else:
                self._left -= 1
                shown.append(_shown(exchange))
        return shown, named


def _shown(exchange: dict[str, Any]) -> dict[str, Any]:
    return {
        **exchange,
        "sides": [
            (side.capitalize(), exchange[side]["headers"], _body(exchange[side])) for side in ("request", "response")
        ],
    }


def _body(side: dict[str, Any]) -> str:
    if "body_base64" in side:
        return f"(not text; base64) {side['body_base64'][:LONGEST_BODY]}"
    return pretty(side.get("body", ""), LONGEST_BODY)
