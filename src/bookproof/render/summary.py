"""What stands on the console when a run has ended: counts, findings, what was left out, cost, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bookproof.errors import ExitCode
from bookproof.render.advice import REQUESTS_PER_MINUTE, cost_of, next_steps, remedy
from bookproof.render.grouping import Alike, SameReason, Trouble, by_area, by_reason, informations, troubles, unselected
from bookproof.render.races import worth
from bookproof.render.record import RunRecord
from bookproof.render.text import counted, listed, one_line
from bookproof.verdict import Outcome, TargetSummary

STYLE: Mapping[Outcome, str] = {
    Outcome.ERROR: "bold magenta",
    Outcome.VIOLATION: "bold red",
    Outcome.UNTESTABLE: "yellow",
    Outcome.WARNING: "yellow",
    Outcome.WAIVED: "cyan",
    Outcome.NOT_APPLICABLE: "dim",
    Outcome.PASS: "green",
}
# Told apart without colour, too.
SYMBOL: Mapping[Outcome, str] = {
    Outcome.ERROR: "!",
    Outcome.VIOLATION: "x",
    Outcome.UNTESTABLE: "?",
    Outcome.WARNING: "~",
    Outcome.WAIVED: "w",
    Outcome.NOT_APPLICABLE: "-",
    Outcome.PASS: ".",
}

#: Requirements whose findings are shown in full, groups of findings in each, and reasons.
MOST_TROUBLES, MOST_ALIKE, MOST_REASONS = 20, 3, 8
#: Where there are more areas than this, those of so few judged requirements share a line, if nothing is wrong in them.
MANY_AREAS, FEW_ROWS = 16, 4


def print_summary(console: Console, record: RunRecord, folder: Path | None, verbosity: int = 0) -> None:
    """Print the end of a run.

    Args:
        console: where to.
        record: the run.
        folder: where its reports lie, or None.
        verbosity: -1 the verdict and the reports only, 0, 1 with informations and without limits.
    """
    for part in _parts(record, folder, verbosity):
        # Lines are not broken, so that commands can be copied.
        console.print(part, soft_wrap=not isinstance(part, Padding))


def _parts(record: RunRecord, folder: Path | None, verbosity: int) -> Iterator[RenderableType]:
    if verbosity < 0:
        yield _verdict(record)
        if folder:
            yield _reports(folder)
        return
    for target in record.targets:
        yield Text()
        yield from _target(record, target)
    if verbosity < 1:
        # One mistake of ours may spoil many verdicts; their tracebacks are for -v.
        yield from _reasons(by_reason(record, Outcome.ERROR), Outcome.ERROR, len(record.targets) > 1, verbosity)
    yield from _troubles(record, verbosity)
    yield from _informations(record, verbosity)
    for outcome in (Outcome.UNTESTABLE, Outcome.WAIVED, Outcome.NOT_APPLICABLE):
        yield from _reasons(by_reason(record, outcome), outcome, len(record.targets) > 1, verbosity)
    yield from _loose_ends(record)
    yield Text()
    yield from _races(record)
    yield _cost(record)
    if folder:
        yield _reports(folder)
    yield Text()
    yield _verdict(record)
    for step in next_steps(record, folder):
        yield Text.assemble("  ", one_line(step.sentence, 1000), " ", (one_line(step.command, 1000), "bold"))


def counts_text(counts: Counter[Outcome]) -> Text:
    """``1 violation · 20 pass``, worst first."""
    parts = [Text(f"{counts[o]} {o}", STYLE[o]) for o in Outcome if counts[o]]
    return Text(" · ").join(parts)


def _target(record: RunRecord, target: TargetSummary) -> Iterator[RenderableType]:
    verdicts = [verdict for verdict in record.of(target.name) if not unselected(verdict)]
    head = Text.assemble((one_line(target.name), "bold"), f"  {target.dialect}  {one_line(target.base_url)}")
    if target.recorded:
        head.append(f"  recorded {one_line(target.recorded)}", "yellow")
    yield head
    if target.unreachable:
        yield Text(f"  unreachable: {one_line(target.unreachable)}", "bold red")
    if not verdicts:
        return
    total = Counter(verdict.outcome for verdict in verdicts)
    shown = [outcome for outcome in Outcome if total[outcome]]
    told = Counter[str]()
    for verdict in verdicts:
        told[verdict.requirement.partition(".")[0]] += verdict.judgements
    table = Table(box=None, padding=(0, 2, 0, 0), show_footer=True, footer_style="bold", header_style="dim")
    table.add_column("area", "total")
    for outcome in shown:
        table.add_column(outcome, str(total[outcome]), justify="right", footer_style=STYLE[outcome])
    table.add_column("judgements", f"{sum(told.values()):,}", justify="right", style="dim")
    for areas, counts in _area_lines(by_area(verdicts)):
        cells = [Text(str(counts[o]), STYLE[o]) if counts[o] else Text("·", "dim") for o in shown]
        table.add_row(", ".join(areas), *cells, f"{sum(told[area] for area in areas):,}")
    yield Padding(table, (0, 0, 0, 2))


def _area_lines(areas: Mapping[str, Counter[Outcome]]) -> Iterator[tuple[list[str], Counter[Outcome]]]:
    """The lines of a table of areas, each with the areas that it is about: a run without trouble fits one screen."""
    small = [area for area, counts in areas.items() if _is_calm(counts) and counts[Outcome.PASS] <= FEW_ROWS]
    shared = small if len(areas) > MANY_AREAS else []
    for area, counts in areas.items():
        if area not in shared:
            yield [area], counts
    if shared:
        yield shared, sum((areas[area] for area in shared), Counter[Outcome]())


def _is_calm(counts: Counter[Outcome]) -> bool:
    return counts.keys() <= {Outcome.PASS, Outcome.NOT_APPLICABLE}


def _troubles(record: RunRecord, verbosity: int) -> Iterator[Text]:
    found = troubles(record, [*([Outcome.ERROR] if verbosity > 0 else []), Outcome.VIOLATION, Outcome.WARNING])
    shown = found if verbosity > 0 else found[:MOST_TROUBLES]
    for trouble in shown:
        yield from _trouble(trouble, len(record.targets) > 1, verbosity)
    if len(shown) < len(found):
        more = counted(len(found) - len(shown), "requirement")
        yield Text(f"\n… and findings on {more} more: see report.html, or run with -v")


def _loose_ends(record: RunRecord) -> Iterator[Text]:
    for problem in record.waiver_problems:
        yield Text.assemble(("\nwaivers  ", "yellow"), one_line(problem))
    for target in record.targets:
        for line in target.left_behind:
            yield Text.assemble(("left behind  ", "yellow"), one_line(f"{target.name}: {line}"))


def _trouble(trouble: Trouble, several: bool, verbosity: int) -> Iterator[Text]:
    verdict, row = trouble.verdict, trouble.row
    head = Text("\n")
    head.append(f"{SYMBOL[verdict.outcome]} {verdict.outcome}", STYLE[verdict.outcome])
    head.append(f"  {one_line(verdict.requirement)}", "bold")
    if several:
        head.append(f"  on {one_line(verdict.target)}")
    yield head
    said = " · ".join(filter(None, [row["level"], row["provenance"], "; ".join(row["source"])]))
    yield Text.assemble(f"  {one_line(row['text'], 1000)}", (f"  ({said})" if said else "", "dim"))
    if row.get("disputed"):
        yield Text(f"  disputed: {one_line(row['disputed'], 1000)}", "dim")
    if verdict.reason:
        lines = verdict.reason.rstrip().splitlines()
        for line in lines if verbosity > 0 else lines[:1]:
            yield Text(f"    {one_line(line)}")
    groups = trouble.findings if verbosity > 0 else trouble.findings[:MOST_ALIKE]
    for group in groups:
        yield from _alike(group)
    left = sum(group.count for group in trouble.findings[len(groups) :])
    if left:
        yield Text(f"    … and {counted(left, 'other finding')} of this requirement: see report.html", "dim")


def _alike(group: Alike) -> Iterator[Text]:
    finding = group.finding
    if finding.subject:
        yield Text(f"    {one_line(finding.subject)}")
    for word, value in (("expected", finding.expected), ("seen", finding.seen), ("repeat", finding.curl)):
        if value:
            limit = 4_000 if word == "repeat" else 400
            yield Text.assemble((f"      {word:<10}", "dim"), one_line(value, limit))
    if group.others:
        names = list(dict.fromkeys(one_line(subject) for subject in group.others if subject != finding.subject))
        repeated = len(group.others) - len(names)
        more = f"and {counted(len(names), 'more operation')}: {listed(names, 8)}" if names else ""
        again = f"and {counted(repeated, 'more time')} alike" if repeated else ""
        yield Text(f"      {', '.join(filter(None, [more, again]))}", "dim")


def _informations(record: RunRecord, verbosity: int) -> Iterator[Text]:
    found = informations(record)
    count = sum(group.count for trouble in found for group in trouble.findings)
    if not count:
        return
    if verbosity < 1:
        yield Text(
            f"\n{counted(count, 'information')} (things no document promises): listed with -v and in report.html"
        )
        return
    yield Text("\ninformation", "bold")
    for trouble in found:
        yield Text(f"  {one_line(trouble.verdict.requirement)}: {one_line(trouble.row['text'])}")
        for group in trouble.findings:
            yield from _alike(group)


def _reasons(groups: list[SameReason], outcome: Outcome, several: bool, verbosity: int) -> Iterator[Text]:
    if not groups:
        return
    most = len(groups) if verbosity > 0 else MOST_REASONS
    yield Text(f"\n{outcome}", STYLE[outcome])
    for group in groups[:most]:
        line = Text(f"  {len(group.requirements):>4}  ")
        if several:
            line.append(f"{one_line(group.target)}: ")
        line.append(one_line(group.reason, 240))
        names = group.requirements if verbosity > 0 else group.requirements[:1]
        if verbosity > 0 or outcome is not Outcome.NOT_APPLICABLE:
            more = len(group.requirements) - len(names)
            line.append(f"  ({', '.join(names)}{f' and {more} more' if more else ''})", "dim")
        yield line
        advice = remedy(group.reason)
        if advice:
            yield Text(f"        → {advice}", "dim")
    if len(groups) > most:
        rest = sum(len(group.requirements) for group in groups[most:])
        yield Text(f"  {rest:>4}  for {counted(len(groups) - most, 'other reason')}: see report.html", "dim")


def _races(record: RunRecord) -> Iterator[Text]:
    for target in record.targets:
        sentence = worth(target.races)
        if sentence:
            where = f"{one_line(target.name)}: " if len(record.targets) > 1 else ""
            yield Text(f"races  {where}{one_line(sentence)}")


def _cost(record: RunRecord) -> Text:
    cost = cost_of(record)
    more = ((cost.aside, "for the rate limit"), (cost.fuzzed, "of fuzzing"))
    told = ", ".join(f"{number:,} {what}" for number, what in more if number)
    aside = f" (and {told})" if told else ""
    recorded = all(target.recorded for target in record.targets)
    requests = counted(cost.requests, "recorded request" if recorded else "request")
    return Text(
        f"{'nothing was sent; ' if recorded else ''}{requests}{aside}, {counted(cost.judgements, 'judgement')}, "
        f"{cost.per_request:.1f} a request; {cost.minutes:.1f} minutes at {REQUESTS_PER_MINUTE} requests a minute"
    )


def _reports(folder: Path) -> Text:
    known = ("report.html", "junit.xml", "run.json")
    first, *others = [name for name in known if not folder.is_dir() or (folder / name).is_file()] or known
    return Text.assemble("reports  ", (f"{folder}/{first}", "bold"), *(f"  {name}" for name in others))


def _verdict(record: RunRecord) -> Text:
    style = {ExitCode.CONFORMS: "bold green", ExitCode.VIOLATIONS: "bold red"}.get(ExitCode(record.exit_code))
    return Text(one_line(record.exit_reason, 1000), style or "bold yellow")
