"""The verdict on a whole run: its exit code, and the same in one sentence."""

from __future__ import annotations

from bookproof.errors import ExitCode
from bookproof.render.record import RunRecord
from bookproof.render.text import counted, listed
from bookproof.verdict import Outcome

_JUDGED = frozenset({Outcome.VIOLATION, Outcome.WARNING, Outcome.WAIVED, Outcome.PASS})


def exit_code(record: RunRecord, require_judged: float = 0.5) -> tuple[ExitCode, str]:
    """What a run amounts to.

    The first that holds decides: a mistake of our own, a target that did not answer, violations, waivers that need
    care, too little judged; only then the targets conform.

    Args:
        record: the run.
        require_judged: the part, 0 to 1, of the applicable requirements that must have been judged. Whatever it is,
            a run that judged nothing never conforms.

    Returns:
        the exit code and a sentence.
    """
    counts = record.counts()
    errors, violations = counts[Outcome.ERROR], counts[Outcome.VIOLATION]
    unreachable = [target for target in record.targets if target.unreachable]
    applicable = len(record.verdicts) - counts[Outcome.NOT_APPLICABLE]
    judged = sum(counts[outcome] for outcome in _JUDGED)
    who = _named([target.name for target in record.targets]) or "nothing"
    if errors:
        return ExitCode.OWN_ERROR, f"The suite itself failed on {counted(errors, 'requirement')}: that is our fault."
    if unreachable:
        names = "; ".join(f"{target.name}: {target.unreachable}" for target in unreachable)
        return ExitCode.UNREACHABLE, f"Not every target could be judged. {names}"
    if violations:
        return ExitCode.VIOLATIONS, _broken(record, violations)
    if record.waiver_problems:
        problem = record.waiver_problems[0]
        more = f" (and {len(record.waiver_problems) - 1} more)" if len(record.waiver_problems) > 1 else ""
        return ExitCode.WAIVERS, f"No violation is left, but the waivers need care: {problem}{more}"
    if not judged or judged < require_judged * applicable:
        share = f"{judged} of {counted(applicable, 'applicable requirement')}, and {require_judged:.0%} are asked for"
        return ExitCode.NOT_JUDGED, f"{'Too little' if judged else 'Nothing'} was judged on {who}: {share}."
    return ExitCode.CONFORMS, _conforming(record, who, judged)


def _named(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else listed(names, 3)


def _broken(record: RunRecord, violations: int) -> str:
    broken = [target.name for target in record.targets if record.counts(target.name)[Outcome.VIOLATION]]
    whole = [target.name for target in record.targets if target.name not in broken]
    verb = "does" if len(broken) == 1 else "do"
    rest = f"; no violation on {_named(whole)}" if whole else ""
    return f"{_named(broken)} {verb} not conform: {counted(violations, 'violation')}{rest}."


def _conforming(record: RunRecord, who: str, judged: int) -> str:
    counts = record.counts()
    verb = "conforms" if len(record.targets) == 1 else "conform"
    untestable = counts[Outcome.UNTESTABLE]
    rest = f"; {untestable} could not be tested" if untestable else ""
    warnings = counts[Outcome.WARNING]
    warned = f", with {counted(warnings, 'warning')}" if warnings else ""
    return f"{who} {verb}: {counted(judged, 'requirement')} judged{warned}{rest}."
