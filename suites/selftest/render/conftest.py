"""Runs for the tests of the reports: a green one and one of every outcome."""

from __future__ import annotations

import pytest
from render.race_samples import broken_race, clean_race, odd_races
from render.samples import DIALECT, finding, judged_rows, make_record, verdict

from bookproof.render.record import RunRecord
from bookproof.verdict import Outcome, Severity, TargetSummary


@pytest.fixture
def green() -> RunRecord:
    """Everything passes, but for what the ceiling leaves out."""
    ids = judged_rows()
    return make_record(*(verdict(i) for i in ids[:-3]), *(verdict(i, Outcome.NOT_APPLICABLE) for i in ids[-3:]))


@pytest.fixture
def mixed() -> RunRecord:
    """Every outcome, on two targets; many findings of one requirement that are alike."""
    ids = judged_rows()
    many = tuple(
        finding(subject=f"operation{n}", expected="wrong secret: refused with 401", seen=f'200 {{"success":true}} {n}')
        for n in range(18)
    )
    first = [verdict(i) for i in ids]
    first[2] = verdict(ids[2], Outcome.VIOLATION, findings=many)
    first[4] = verdict(ids[4], findings=(finding(Severity.INFORMATION, seen="200, and 401 was assumed"),))
    for place, outcome in (
        (6, Outcome.WARNING),
        (20, Outcome.WAIVED),
        (30, Outcome.VIOLATION),
        (41, Outcome.UNTESTABLE),
    ):
        first[place] = verdict(ids[place], outcome)
    first[42] = verdict(ids[42], Outcome.UNTESTABLE)
    first[44] = verdict(ids[44], Outcome.NOT_APPLICABLE)
    second = [verdict(i, target="imatic") for i in ids]
    second[9] = verdict(ids[9], Outcome.ERROR, "imatic")
    return make_record(*first, *second, waiver_problems=["waivers.toml:4: bookings.*: expired on 2027-01-01"])


@pytest.fixture
def raced() -> RunRecord:
    """A run with races of every kind, one of them with a finding."""
    target = TargetSummary("mock", DIALECT, "http://127.0.0.1:1", requests=60, planned=60)
    target.races = [clean_race(), broken_race(), *odd_races()]
    found = finding(seen="two bookings of one slot", exchanges=(40, 41))
    broken = verdict("bookings.race.one-winner", Outcome.VIOLATION, findings=(found, finding(exchanges=(41,))))
    return make_record(broken, verdict("auth.key.missing"), targets=[target])
