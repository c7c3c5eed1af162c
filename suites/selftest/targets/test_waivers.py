"""Waivers: they hold what they name until their day, and none outlives its cause unseen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bookproof.errors import ExitCode, UsageError
from bookproof.verdict import Finding, Outcome, Severity, Verdict
from bookproof.waivers import Waivers

TODAY = date(2027, 1, 13)
WAIVER = """\
[[waiver]]
requirement = "webhooks.*"
reason = "Rewritten this quarter."
owner = "calendar team"
issue = "CAL-12"
until = 2027-03-31
"""


def verdict(requirement: str, outcome: Outcome, target: str = "mock") -> Verdict:
    """A verdict with a finding if it is a bad one."""
    bad = outcome in (Outcome.VIOLATION, Outcome.WARNING)
    findings = (Finding(Severity.VIOLATION, "getWebhook", "404", "200"),) if bad else ()
    return Verdict(requirement, target, outcome, findings=findings)


def waivers(tmp_path: Path, text: str) -> Waivers:
    """The waivers that a text describes."""
    path = tmp_path / "waivers.toml"
    path.write_text(text, "utf-8")
    return Waivers.load(path)


def test_violations_and_warnings_are_waived(tmp_path: Path) -> None:
    """The findings stay; the reason says why, until when, who and what it was. Everything else stays as it is."""
    verdicts = [
        verdict("webhooks.secret.once", Outcome.VIOLATION),
        verdict("webhooks.url.invalid", Outcome.WARNING),
        verdict("webhooks.manage.update", Outcome.PASS),
        verdict("webhooks.events.known", Outcome.UNTESTABLE),
        verdict("links.use.once", Outcome.VIOLATION),
    ]
    applied, problems = waivers(tmp_path, WAIVER).apply(verdicts, TODAY)
    outcomes = [found.outcome for found in applied]
    assert outcomes == [Outcome.WAIVED, Outcome.WAIVED, Outcome.PASS, Outcome.UNTESTABLE, Outcome.VIOLATION]
    assert applied[0].findings == verdicts[0].findings
    assert applied[0].reason == ("Rewritten this quarter. (was a violation; CAL-12, calendar team, until 2027-03-31)")
    assert applied[2:] == verdicts[2:]
    assert problems == []


@pytest.mark.parametrize(
    ("target", "waived"),
    [("mock", ["mock"]), ("stag*", ["staging"]), ("*", ["mock", "staging", "a[b]"]), ("a[b]", ["a[b]"])],
)
def test_target_pattern(tmp_path: Path, target: str, waived: list[str]) -> None:
    """A waiver may be about some targets only; a name with brackets stands for itself."""
    verdicts = [verdict("webhooks.secret.once", Outcome.VIOLATION, name) for name in ("mock", "staging", "a[b]")]
    applied, _ = waivers(tmp_path, f'{WAIVER}target = "{target}"\n').apply(verdicts, TODAY)
    assert [found.target for found in applied if found.outcome is Outcome.WAIVED] == waived


def test_last_day_and_the_day_after(tmp_path: Path) -> None:
    """A waiver holds on its last day; the day after it is a problem and holds nothing."""
    verdicts = [verdict("webhooks.secret.once", Outcome.VIOLATION)]
    found = waivers(tmp_path, WAIVER)
    applied, problems = found.apply(verdicts, date(2027, 3, 31))
    assert (applied[0].outcome, problems) == (Outcome.WAIVED, [])
    applied, problems = found.apply(verdicts, date(2027, 4, 1))
    assert applied == verdicts
    assert problems == ["the waiver of webhooks.* has expired on 2027-03-31; see CAL-12 or ask calendar team"]


@pytest.mark.parametrize(
    ("verdicts", "problem"),
    [
        ([], "matches no requirement of this run"),
        ([verdict("links.use.once", Outcome.VIOLATION)], "matches no requirement of this run"),
        ([verdict("webhooks.secret.once", Outcome.PASS)], "is stale: all that it matches passes"),
        ([verdict("webhooks.secret.once", Outcome.PASS), verdict("webhooks.url.invalid", Outcome.WARNING)], ""),
        ([verdict("webhooks.secret.once", Outcome.PASS), verdict("webhooks.url.invalid", Outcome.UNTESTABLE)], ""),
        ([verdict("webhooks.secret.once", Outcome.NOT_APPLICABLE)], ""),
    ],
)
def test_waiver_without_a_cause(tmp_path: Path, verdicts: list[Verdict], problem: str) -> None:
    """What could not be judged in this run is no reason to complain."""
    _, problems = waivers(tmp_path, WAIVER).apply(verdicts, TODAY)
    assert len(problems) == bool(problem)
    assert problem in "".join(problems)


def test_first_waiver_that_matches_gives_the_reason(tmp_path: Path) -> None:
    """Others that match the same are no problem."""
    second = WAIVER.replace("webhooks.*", "webhooks.secret.once").replace("Rewritten", "Dropped")
    applied, problems = waivers(tmp_path, WAIVER + second).apply(
        [verdict("webhooks.secret.once", Outcome.VIOLATION)], TODAY
    )
    assert applied[0].reason.startswith("Rewritten")
    assert problems == []


def test_date_in_quotes(tmp_path: Path) -> None:
    """A date may be a text too, and a waiver is read whole."""
    [waiver] = waivers(tmp_path, WAIVER.replace("2027-03-31", '"2027-03-31"')).waivers
    assert (waiver.until, waiver.target, waiver.owner) == (date(2027, 3, 31), "*", "calendar team")


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("", "", "waiver", "is missing"),
        (WAIVER + "untill = 2027-01-01\n", ":7", "waiver[0].untill", "did you mean until?"),
        (WAIVER + WAIVER.replace('owner = "calendar team"\n', ""), ":7", "waiver[1].owner", "is missing"),
        (WAIVER.replace("2027-03-31", '"31.3.2027"'), ":6", "waiver[0].until", "2027-03-31"),
        (WAIVER.replace("2027-03-31", "2027-03-31T10:00:00Z"), ":6", "waiver[0].until", "2027-03-31"),
        (WAIVER.replace("CAL-12", " "), ":5", "waiver[0].issue", "does not fit"),
        (WAIVER.replace("[[waiver]]", "[waiver]"), ":1", "waiver", "is not a list"),
        (WAIVER.replace("[[waiver]]", "[[waiver]"), ":1", "not TOML", ""),
    ],
)
def test_wrong_file(tmp_path: Path, text: str, line: str, key: str, words: str) -> None:
    """The key, its line and the remedy, with exit code 2."""
    with pytest.raises(UsageError) as error:
        waivers(tmp_path, text)
    assert error.value.exit_code == ExitCode.USAGE
    said = str(error.value)
    assert f"waivers.toml{line}: {key}: " in said
    assert words in said
