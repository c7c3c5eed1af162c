"""JUnit XML: parses, counts right, and says why something was not judged."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from junitparser import JUnitXml
from render.samples import finding, make_record, verdict

from bookproof.render.junit import render_junit
from bookproof.render.record import RunRecord
from bookproof.verdict import Outcome


def case_of(record: RunRecord, name: str) -> ET.Element:
    root = ET.fromstring(render_junit(record))
    return next(case for case in root.iter("testcase") if case.get("name") == name)


def properties(case: ET.Element) -> dict[str, str]:
    return {prop.get("name", ""): prop.get("value", "") for prop in case.iter("property")}


def test_counts_by_target(mixed: RunRecord) -> None:
    report = JUnitXml.fromstring(render_junit(mixed))
    first, second = list(report)
    rows = len(mixed.verdicts) // 2
    assert (first.name, first.tests, first.failures, first.errors, first.skipped) == ("mock", rows, 2, 0, 4)
    assert (second.name, second.tests, second.failures, second.errors, second.skipped) == ("imatic", rows, 0, 1, 0)
    assert (report.tests, report.failures, report.errors, report.skipped) == (2 * rows, 2, 1, 4)
    assert report.time == 1.6


def test_two_targets_of_one_name_are_not_merged_away(green: RunRecord) -> None:
    root = ET.fromstring(render_junit(green))
    assert len(list(root.iter("testcase"))) == len(green.verdicts)


def test_violation_is_a_failure_with_its_evidence() -> None:
    case = case_of(make_record(verdict("bookings.create.taken", Outcome.VIOLATION)), "bookings.create.taken")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("type") == "violation"
    assert (failure.get("message") or "").startswith("createBooking: 201")
    for part in ("refused with 409", "201 {", "exchanges 1, 2", "curl -sS"):
        assert part in (failure.text or "")
    told = properties(case)
    assert told["provenance"] == "documented"
    assert told["level"] == "MUST"
    assert "§" in told["source"]
    assert told["requests"] == "1, 2"
    assert case.get("classname") == "bookings"


def test_what_was_not_judged_is_skipped_with_its_reason() -> None:
    for outcome, word in (
        (Outcome.UNTESTABLE, "untestable: no key"),
        (Outcome.NOT_APPLICABLE, "not applicable: safety"),
        (Outcome.WAIVED, "waived: known"),
    ):
        skipped = case_of(make_record(verdict("auth.key.missing", outcome)), "auth.key.missing").find("skipped")
        assert skipped is not None
        assert (skipped.get("message") or "").startswith(word)


def test_warning_passes_and_is_told() -> None:
    case = case_of(make_record(verdict("auth.key.missing", Outcome.WARNING)), "auth.key.missing")
    assert case.find("failure") is None
    assert case.find("skipped") is None
    assert "201" in (case.findtext("system-out") or "")
    assert "201" in properties(case)["warning"]


def test_error_keeps_its_traceback() -> None:
    error = case_of(make_record(verdict("auth.key.missing", Outcome.ERROR)), "auth.key.missing").find("error")
    assert error is not None
    assert error.get("message") == "KeyError: 'start'"
    assert "judge.py line 12" in (error.text or "")


def test_answers_cannot_break_the_document() -> None:
    nasty = 'a ]]> <b> & "q" \x00 \x1b[31m \ud800 \uffff é'
    found = verdict("auth.key.missing", Outcome.VIOLATION, findings=(finding(seen=nasty, subject=nasty),))
    case = case_of(make_record(found), "auth.key.missing")
    assert ']]> <b> & "q" \\x00 \\x1b[31m \\ud800' in (case.findtext("failure") or "")
