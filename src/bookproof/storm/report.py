"""What a storm came to: for the console, as JSON and as Markdown."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bookproof.render.text import counted, one_line, printable
from bookproof.storm import judgement, statistics
from bookproof.storm.judgement import Trouble
from bookproof.storm.plan import StormPlan
from bookproof.storm.storm import CALLS_FILE, Result
from bookproof.targets.target import Target
from bookproof.verdict import Severity

if TYPE_CHECKING:
    from rich.console import Console

JSON_FILE, MARKDOWN_FILE = "storm.json", "storm.md"
#: Of one kind of trouble so many are shown; all are in the JSON file.
_MOST_SHOWN = 5

_RACE = "`bookproof run --select 'bookings.race.*'` shows which pair of calls gets past each other"
#: What to do about a kind of trouble.
_NEXT = {
    judgement.OVERLAP: _RACE,
    judgement.PROMISED_TWICE: _RACE,
    judgement.LOST: "look for answers that are sent before the store has committed",
    judgement.MISPLACED: "look for answers that are sent before the store has committed",
    judgement.REFUSED_YET_STORED: "look for a refusal that does not undo what was written before it",
    judgement.CANCELLED_YET_LIVE: "look for a change that writes a whole booking back after another has cancelled it",
    judgement.TWICE: "look for a retry inside the server, or a move that does not remove the old booking",
    judgement.NOT_OFFERED: "look for a hold on a slot that a failed or a cancelled booking does not give back",
}


def plan_line(plan: StormPlan, target: Target) -> str:
    """What is about to happen, in one line."""
    rate = f"{plan.per_minute / 60:,.2f}".rstrip("0").rstrip(".")
    kinds = Counter(place.event_type_code for place in plan.places)
    places = " and ".join(f"{counted(n, 'slot')} of {code}" for code, n in kinds.items())
    return (
        f"Storm on {target.name} at {target.base_url}: {counted(plan.users, 'user')} for {plan.seconds:g} s, at most "
        f"{counted(plan.requests, 'request')} ({rate} a second), all after {places}; "
        f"the attendees are called '{plan.prefix}…'"
    )


def print_report(console: Console, result: Result) -> None:
    """A table of the answers, then what is wrong with the lines that show it, then the sum and what to do next."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", "calls", "answers", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading in ("", "answers") else "right")
    for row in _rows(result):
        table.add_row(*row)
    console.print(table)
    for trouble, curl, more in _shown(result):
        console.print()
        style = "bold red" if trouble.severity is Severity.VIOLATION else "yellow"
        console.print(Text.assemble((trouble.severity, style), f"  {trouble.kind}"), soft_wrap=True)
        console.print(Text(f"  expected  {one_line(trouble.expected)}"), soft_wrap=True)
        console.print(Text(f"  seen      {one_line(trouble.seen, 900)}"), soft_wrap=True)
        for number, line in enumerate(curl.splitlines()):
            console.print(Text(f"  {'' if number else 'repeat':<9} {printable(line)}"), soft_wrap=True)
        if more:
            console.print(Text(f"  and {more} more like this in {JSON_FILE}", "dim"), soft_wrap=True)
    console.print()
    for line in (*_sums(result), *_next_steps(result)):
        console.print(Text(line), soft_wrap=True)


def write_files(result: Result) -> None:
    """Write the JSON and the Markdown file into the storm's folder."""
    data = json.dumps(as_data(result), indent=2, ensure_ascii=False)
    (result.folder / JSON_FILE).write_text(data + "\n", "utf-8")
    (result.folder / MARKDOWN_FILE).write_text("\n".join(_markdown(result)) + "\n", "utf-8")


def as_data(result: Result) -> dict[str, Any]:
    """Everything as plain data for JSON; the single calls are in a file of their own."""
    calls = result.outcome.calls
    refused, tried = statistics.collisions(calls)
    return {
        "target": {"name": result.target.name, "dialect": result.target.dialect, "base_url": result.target.base_url},
        "plan": result.plan.as_data(),
        "exit_code": int(result.exit_code),
        "stopped": result.outcome.stopped,
        "broke_off": result.outcome.failed,
        "incomplete_processes": sorted(result.outcome.lost),
        "calls": len(calls),
        "booked": result.booked,
        "live_afterwards": result.live,
        "collisions": {"refused": refused, "tried": tried},
        "unknown": statistics.unknown(calls),
        "requests_around": result.requests_around,
        "statuses": statistics.statuses(calls),
        "latencies_ms": statistics.latencies(calls),
        "violations": result.violations,
        "troubles": [
            {
                "kind": trouble.kind,
                "severity": str(trouble.severity),
                "expected": trouble.expected,
                "seen": printable(trouble.seen),
                "bookings": list(trouble.codes),
                "curl": curl,
                "calls": [call.as_data() for call in trouble.calls],
            }
            for trouble, curl in zip(result.troubles, result.curls, strict=True)
        ],
        "notes": result.notes,
        "left_behind": result.left_behind,
    }


def _rows(result: Result) -> Iterator[tuple[str, str, str, str, str, str]]:
    spent = statistics.latencies(result.outcome.calls)
    for action, answers in statistics.statuses(result.outcome.calls).items():
        said = "  ".join(f"{status or 'none'} x{n}" for status, n in answers.items())
        times = spent.get(action, {})
        p50, p95, p99 = (f"{times[name]:.1f}" if name in times else "" for name in ("p50", "p95", "p99"))
        yield action, str(sum(answers.values())), said, p50, p95, p99


def _shown(result: Result) -> Iterator[tuple[Trouble, str, int]]:
    """The troubles worth showing, each with its lines and, the last of a kind, with how many more there are."""
    total = Counter(trouble.kind for trouble in result.troubles)
    seen: Counter[str] = Counter()
    # What matters most stands last, where the eye is.
    for trouble, curl in sorted(
        zip(result.troubles, result.curls, strict=True), key=lambda pair: pair[0].severity is Severity.VIOLATION
    ):
        seen[trouble.kind] += 1
        if seen[trouble.kind] <= _MOST_SHOWN:
            last = seen[trouble.kind] == _MOST_SHOWN
            yield trouble, curl, total[trouble.kind] - _MOST_SHOWN if last else 0


def _sums(result: Result) -> Iterator[str]:
    calls = result.outcome.calls
    refused, tried = statistics.collisions(calls)
    yield (
        f"{counted(len(calls), 'call')}: {counted(result.booked, 'booking')} acknowledged, {refused:,} of {tried:,} "
        f"creates and moves refused as conflicts, {counted(result.live, 'booking')} live at the end"
    )
    yield from (f"note: {one_line(note)}" for note in result.notes)
    yield from (f"left: {one_line(line)}" for line in result.left_behind)
    kinds = Counter((trouble.severity, trouble.kind) for trouble in result.troubles)
    said = ", ".join(f"{n} {kind}" for (_, kind), n in kinds.items())
    if result.violations:
        yield f"{counted(result.violations, 'violation')} ({said})"
    elif not result.booked:
        yield "nothing was judged: no booking was made"
    else:
        yield "nothing double-booked, nothing lost, nothing refused yet stored" + (f" ({said})" if said else "")


def _next_steps(result: Result) -> Iterator[str]:
    kinds = dict.fromkeys(trouble.kind for trouble in result.troubles)
    yield from (f"next: {step}" for step in dict.fromkeys(_NEXT[kind] for kind in kinds if kind in _NEXT))
    if result.violations:
        yield f"next: the calls that led to it are in {result.folder / JSON_FILE}, all calls in {CALLS_FILE} beside it"
        if not result.left_behind:
            yield "next: it was cleaned up; --keep leaves what is wrong on the target, to be looked at by those lines"
    if result.left_behind:
        yield f"next: bookproof sweep {result.folder} --target …  cancels what is left"
    yield f"report: {result.folder / MARKDOWN_FILE}"


def _markdown(result: Result) -> Iterator[str]:
    yield f"# Storm on {printable(result.target.name)}"
    yield ""
    yield printable(plan_line(result.plan, result.target)) + "."
    yield ""
    yield "| call | number | answers | p50 ms | p95 ms | p99 ms |"
    yield "|---|---:|---|---:|---:|---:|"
    for row in _rows(result):
        yield f"| {' | '.join(row)} |"
    yield ""
    for line in _sums(result):
        yield f"* {line.replace('|', chr(92) + '|')}"
    for trouble, curl, more in _shown(result):
        yield ""
        yield f"## {str(trouble.severity).capitalize()}: {trouble.kind}"
        yield ""
        yield f"Expected: {one_line(trouble.expected)}."
        yield ""
        yield f"Seen: {one_line(trouble.seen, 900)}."
        if curl:
            yield ""
            yield "```sh"
            yield printable(curl)
            yield "```"
        if more:
            yield ""
            yield f"And {more} more like this in {JSON_FILE}."
