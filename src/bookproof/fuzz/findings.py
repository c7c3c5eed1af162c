"""What fuzzing found, as faults of requirements: one for each requirement and operation, of the smallest request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from bookproof.judge.judge import Judge, answer
from bookproof.verdict import Finding
from bookproof.wire.exchange import Exchange

if TYPE_CHECKING:
    from schemathesis.core.failures import Failure

#: The beginning of the ids of the probes that fuzz.
PROBE = "fuzz."
VALID, INVALID = "fuzz.valid.accepted", "fuzz.invalid.refused"
#: Where a refusal in another shape than the contract's belongs.
_REFUSALS = {"imatic-v1": "envelopes.error.shape", "calcom-v2": "exchange.object-schema"}


@dataclass(frozen=True)
class Alarm:
    """A check of schemathesis, or of ours, that failed.

    Attributes:
        check: its name.
        failure: what it raised.
        exchange: the telling one.
        valid: whether the request was a valid one; None where nobody can tell.
        broken: what was wrong with an invalid one, in words, or "".
    """

    check: str
    failure: Failure
    exchange: Exchange
    valid: bool | None
    broken: str = ""


@dataclass
class Outcome:
    """What fuzzing found out.

    Attributes:
        alarms: in the order in which they were raised.
        asked: name of a check to how often it was asked.
        judged: requirement to how often a check of ours has judged it.
        valid, invalid: how many requests were meant to be so.
        errors: what schemathesis could not do, a line each.
    """

    alarms: list[Alarm] = field(default_factory=list[Alarm])
    asked: Counter[str] = field(default_factory=Counter[str])
    judged: Counter[str] = field(default_factory=Counter[str])
    valid: int = 0
    invalid: int = 0
    errors: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class Fault:
    """Something that is not as a requirement says.

    Attributes:
        row: id of the requirement.
        expected, seen: as a finding has them.
        at: the exchanges that show it, the telling one last.
        alike: how many requests more showed the same.
    """

    row: str
    expected: str
    seen: str
    at: tuple[Exchange, ...]
    alike: int = 0


@dataclass(frozen=True)
class Fuzzed:
    """What fuzzing found out about an operation, or about sequences of them.

    Attributes:
        faults: what is wrong.
        judged: requirement to how often it was judged.
        errors: what schemathesis could not do, a line each.
        seed: of the run; it makes the same requests again.
    """

    faults: list[Fault]
    judged: Counter[str]
    errors: list[str] = field(default_factory=list[str])
    seed: int = 0


def fuzzed(outcome: Outcome, dialect: str, seed: int, tried: Sequence[tuple[str, Fault | None]] = ()) -> Fuzzed:
    """Sort what schemathesis found by our requirements.

    Args:
        outcome: what it found.
        dialect: of the target.
        seed: of the run.
        tried: requests that were kept from earlier runs: requirement, and the fault if it still does not hold.

    What the passive checks judge of every exchange (statuses, content types, server errors, shapes of successes) is
    theirs: it was raised so that its request is made small, and is not said twice.
    """
    judged = Counter({VALID: outcome.valid, INVALID: outcome.invalid}) + outcome.judged
    found: dict[str, list[Fault]] = {}
    for row, fault in tried:
        judged[row] += 1
        if fault:
            found.setdefault(row, []).append(fault)
    for alarm in outcome.alarms:
        fault = _fault(alarm, dialect)
        if fault:
            found.setdefault(fault.row, []).append(fault)
    return Fuzzed([_smallest(faults) for faults in found.values()], +judged, outcome.errors, seed)


def _smallest(faults: list[Fault]) -> Fault:
    # The last of the smallest: shrinking ends with what it has come to.
    best = min(reversed(faults), key=lambda fault: len(fault.at[-1].url) + len(fault.at[-1].request_body))
    return Fault(best.row, best.expected, best.seen, best.at, len(faults) - 1)


def _fault(alarm: Alarm, dialect: str) -> Fault | None:
    exchange, failure = alarm.exchange, cast("Any", alarm.failure)
    if alarm.check.startswith("bookproof_"):
        passive = failure.row.startswith("exchange.") if hasattr(failure, "row") else True
        return None if passive else Fault(failure.row, failure.expected, failure.seen, failure.at)
    if alarm.check == "positive_data_acceptance":
        return Fault(
            VALID, "a request that is valid by the contract is not refused as invalid", answer(exchange), (exchange,)
        )
    if alarm.check == "negative_data_rejection":
        wrong = f": {alarm.broken}" if alarm.broken else ""
        return Fault(INVALID, f"a request that breaks the contract is refused{wrong}", answer(exchange), (exchange,))
    if alarm.check == "response_schema_conformance" and exchange.refused:
        said = str(failure.message).split("\n")[0]
        return Fault(
            _REFUSALS[dialect], "a refusal in the shape of the contract", f"{answer(exchange)} ({said})", (exchange,)
        )
    return None


def judge_fuzzed(seen: Fuzzed, judge_of: Callable[[str], Judge]) -> None:
    """Judge what fuzzing found out, each requirement by the judge of its own."""
    for row, count in seen.judged.items():
        judge_of(row).judgements += count
    for fault in seen.faults:
        more = f"; {fault.alike} more requests showed the same" if fault.alike else ""
        text = f"{fault.seen}{more} (--seed {seen.seed})"
        judge_of(fault.row).that(False, fault.expected, text, *fault.at)


def distinct(findings: Iterable[Finding], fuzz: frozenset[int]) -> tuple[Finding, ...]:
    """Findings without those that fuzzing showed over and over.

    Args:
        findings: of one requirement.
        fuzz: numbers of the exchanges that fuzzing sent.

    Returns:
        of the findings that it showed, the last one for each operation and kind: shrinking ends with the smallest.
    """
    kept: dict[Any, Finding] = {}
    for number, finding in enumerate(findings):
        fuzzed = bool(finding.exchanges) and finding.exchanges[-1] in fuzz
        kept[(finding.subject, finding.expected) if fuzzed else number] = finding
    return tuple(kept.values())
