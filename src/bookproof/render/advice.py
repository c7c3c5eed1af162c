"""What to do about a verdict, in sentences and commands."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bookproof.errors import ExitCode
from bookproof.render.grouping import by_reason, troubles
from bookproof.render.record import RunRecord
from bookproof.verdict import Outcome, Verdict

#: The budget that a run is priced at: what a hosted scheduling API usually allows.
REQUESTS_PER_MINUTE = 120

# The first that fits is given; what the pattern captures fills its gaps.
_REMEDIES = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (
            r"safety: the probe is (\w+) and the ceiling is",
            'run with --allow {0}, or set safety = "{0}" in the target file',
        ),
        (
            r"capability: the target file says that it has no ([\w-]+)",
            "set {0} = true under [capabilities] once the target has it",
        ),
        (r"environment variable (\w+) is not set", "put such a key into {0}"),
        (r"no key of role ([\w-]+)", "name a variable that holds such a key as {0} under [credentials], and set it"),
        (r"unreachable", "see what bookproof doctor says about the target"),
    )
)


@dataclass(frozen=True)
class Step:
    """One thing to do next."""

    sentence: str
    command: str = ""


def remedy(reason: str) -> str:
    """How to get requirements judged that were left out for a reason; empty where the reason says it itself."""
    for pattern, advice in _REMEDIES:
        if found := pattern.search(reason):
            return advice.format(*found.groups())
    return ""


def next_steps(record: RunRecord, folder: Path | None) -> list[Step]:
    """What a person should do after a run, the most useful first."""
    worst = next(iter(troubles(record)), None)
    code = record.exit_code
    steps: list[Step] = []
    if code == ExitCode.UNREACHABLE:
        gone = [asked_as(record, target.name) for target in record.targets if target.unreachable]
        steps += [Step("Find out why it does not answer:", f"bookproof doctor --target {name}") for name in gone]
    elif worst:
        steps += _about(record, worst.verdict, ours=code == ExitCode.OWN_ERROR)
    elif code == ExitCode.WAIVERS:
        steps.append(Step("Renew or remove the waivers that the run complains about, then run again."))
    untestable = code != ExitCode.UNREACHABLE and by_reason(record, Outcome.UNTESTABLE)
    if untestable or code == ExitCode.NOT_JUDGED:
        named = " ".join(f"--target {asked_as(record, target.name)}" for target in record.targets)
        steps.append(Step("See what would make more of it testable:", f"bookproof doctor {named}"))
    for target in record.targets:
        if target.left_behind and folder:
            command = f"bookproof sweep {shlex.quote(str(folder))} --target {asked_as(record, target.name)}"
            steps.append(Step(f"Clean up what the run left on {target.name}:", command))
    return steps or [_after_green(record)]


def asked_as(record: RunRecord, name: str) -> str:
    """What a target was asked for as, quoted for a shell: its name, or the path of its file."""
    try:
        words = shlex.split(record.command)
    except ValueError:
        words = []
    asked = [after for word, after in pairwise(words) if word == "--target"]
    asked += [word.removeprefix("--target=") for word in words if word.startswith("--target=")]
    names = [target.name for target in record.targets]
    if name not in asked and len(asked) == len(names):
        return shlex.quote(asked[names.index(name)])
    return shlex.quote(name)


def _about(record: RunRecord, verdict: Verdict, *, ours: bool) -> list[Step]:
    again = f"bookproof run --target {asked_as(record, verdict.target)} --select {shlex.quote(verdict.requirement)}"
    if ours:
        return [
            Step("This is a mistake of the suite: please report it with run.json of this run."),
            Step("See where it happened:", f"BOOKPROOF_DEBUG=1 {again} -v"),
        ]
    return [
        Step("Read what the first finding is about:", f"bookproof explain {verdict.requirement}"),
        *_repeatable(record, verdict.target),
        Step("Once it is mended, judge just that again:", again),
    ]


def _repeatable(record: RunRecord, name: str) -> list[Step]:
    """How to bring an embedded mock back, to which the curl lines of its findings were sent."""
    target = next((target for target in record.targets if target.name == name), None)
    embedded, _, given = name.partition(":")
    port = re.search(r":(\d+)$", target.base_url) if target else None
    if not embedded.startswith("mock") or port is None:
        return []
    words = ["bookproof", "serve", "--port", port[1]]
    for option in filter(None, given.split(",")):
        key, _, value = option.partition("=")
        for one in value.split("+") if key == "defect" else [value]:
            words += [f"--{key}", one]
    return [Step("The curl lines need the mock back:", shlex.join(words))]


def _after_green(record: RunRecord) -> Step:
    if all(target.name.partition(":")[0] in ("mock", "mock-imatic", "mock-calcom") for target in record.targets):
        return Step("Now judge a server of your own:", "bookproof doctor --target imatic")
    return Step("Nothing is left to do. Keep it that way: run this in every build.")


@dataclass(frozen=True)
class Cost:
    """What a run has spent.

    Attributes:
        requests: the rate-limit probe and fuzzing aside.
        aside: requests of the rate-limit probe.
        fuzzed: requests of fuzzing.
        judgements: single comparisons.
        per_request: judgements per request.
        minutes: that the requests take at :data:`REQUESTS_PER_MINUTE`.
    """

    requests: int
    aside: int
    fuzzed: int
    judgements: int
    per_request: float
    minutes: float


def cost_of(record: RunRecord) -> Cost:
    """What a run has spent."""
    requests, fuzzed = record.requests, sum(target.fuzz_requests for target in record.targets)
    return Cost(
        requests,
        sum(target.rate_limit_requests for target in record.targets),
        fuzzed,
        record.judgements,
        record.judgements / (requests + fuzzed) if requests else 0.0,
        requests / REQUESTS_PER_MINUTE,
    )
