"""The console: what a run looks like while it goes on and when it has ended."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import pytest
from render.samples import finding, make_record, verdict
from rich.console import Console

from bookproof.render.console import NORMAL, QUIET, VERBOSE, ConsoleReporter
from bookproof.render.record import RunRecord, area_of
from bookproof.render.summary import print_summary
from bookproof.verdict import Outcome, TargetSummary

FOLDER = Path("reports/20270111-080000-mock-0a1b")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(record: RunRecord, verbosity: int = NORMAL, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    expected = {
        target.name: Counter(area_of(found.requirement) for found in record.of(target.name))
        for target in record.targets
    }
    face = ConsoleReporter(verbosity, expected, stream)
    face.run_started([target.name for target in record.targets], 260)
    for number, found in enumerate(record.verdicts):
        face.requests(found.target, number)
        face.verdict(found)
    assert not face.finished
    face.run_finished(record, FOLDER)
    assert face.finished
    return stream.getvalue()


def summary(record: RunRecord, verbosity: int = NORMAL) -> str:
    stream = io.StringIO()
    print_summary(Console(file=stream, width=100, highlight=False, emoji=False), record, FOLDER, verbosity)
    return stream.getvalue()


def test_green_run_fits_one_screen(green: RunRecord) -> None:
    shown = summary(green)
    assert len(shown.splitlines()) <= 32
    assert f"mock conforms: {green.counts()[Outcome.PASS]} requirements judged." in shown
    assert "1.8 minutes at 120 requests a minute" in shown
    assert "report.html" in shown
    assert "bookproof doctor --target imatic" in shown


def test_areas_are_told_once_each_and_when_they_are_done(green: RunRecord) -> None:
    lines = show(green).splitlines()
    areas = list(dict.fromkeys(area_of(found.requirement) for found in green.verdicts))
    told = [line.split()[0] for line in lines[1 : len(areas) + 1]]
    assert told == areas
    assert lines[0] == "Judging mock, at most 260 requests"


def test_area_that_never_completes_is_told_at_the_end(green: RunRecord) -> None:
    stream = io.StringIO()
    face = ConsoleReporter(NORMAL, {"mock": {"auth": 99}}, stream)
    face.verdict(green.verdicts[0])
    assert stream.getvalue() == ""
    face.run_finished(green, FOLDER)
    assert stream.getvalue().startswith("auth           1 pass")


def test_verdicts_that_need_eyes_get_a_line_and_shared_reasons_one(mixed: RunRecord) -> None:
    live = show(mixed).partition("\nmock  imatic-v1")[0]
    assert live.count("x violation") == 2
    assert live.count("~ warning") == 1
    assert live.count("! error") == 1
    assert live.count("? untestable") == 1
    assert "waived" in live.partition("Judging")[2]
    assert "not-applicable  " not in live


def test_verbose_shows_every_verdict_and_information(mixed: RunRecord) -> None:
    shown = show(mixed, VERBOSE)
    live = shown.partition("\nmock  imatic-v1")[0]
    assert sum(line.startswith("  ") for line in live.splitlines()) == len(mixed.verdicts)
    assert "200, and 401 was assumed" in shown
    assert "judge.py line 12" in shown
    assert "200, and 401 was assumed" not in show(mixed)


def test_quiet_shows_the_end_only(mixed: RunRecord) -> None:
    assert len(show(mixed, QUIET).splitlines()) == 2


def test_findings_in_full_once_and_those_alike_named() -> None:
    many = tuple(finding(subject=f"operation{n}", seen=f"200 {{}} {n}") for n in range(18))
    shown = summary(make_record(verdict("auth.key.wrong-secret", Outcome.VIOLATION, findings=many)))
    assert shown.count("expected") == 1
    assert "and 17 more operations: operation1, operation2" in shown
    assert "and 9 more" in shown
    assert "curl -sS -i" in shown
    assert "documented" in shown
    assert "§" in shown
    assert "bookproof explain auth.key.wrong-secret" in shown


def test_different_answers_are_not_taken_for_alike() -> None:
    seen = ("200 {}", "500 {}", "no answer (timeout)")
    many = tuple(finding(subject=f"o{n}", seen=text) for n, text in enumerate(seen))
    shown = summary(make_record(verdict("auth.key.wrong-secret", Outcome.VIOLATION, findings=many)))
    for text in seen:
        assert text in shown


def test_worst_comes_first(mixed: RunRecord) -> None:
    shown = summary(mixed)
    places = [shown.index(mark) for mark in ("\nerror", "\nx violation", "\n~ warning", "\nuntestable", "\nwaived")]
    assert places == sorted(places)


def test_remedies_stand_with_what_was_left_out(mixed: RunRecord) -> None:
    shown = summary(mixed)
    assert "put such a key into BOOKPROOF_IMATIC_FOREIGN_KEY" in shown
    assert "run with --allow visible" in shown
    assert "expired on 2027-01-01" in shown


def test_races_get_a_line_if_there_were_any(raced: RunRecord, green: RunRecord) -> None:
    """How closely they were released tells what a green race is worth; a second target gets a line of its own."""
    line = "races  5 released within 94 µs (median; 20 ms at worst; last byte and single packet), windows from about "
    assert f"\n{line}" in summary(raced)
    assert "races  " not in summary(green)
    assert "races  " not in summary(raced, QUIET)
    raced.targets.append(TargetSummary("two", "imatic-v1", "http://127.0.0.1:2", races=raced.targets[0].races[:1]))
    assert "races  mock: 5 released" in summary(raced)
    assert "races  two: 1 released" in summary(raced)


def test_not_selected_areas_are_not_counted() -> None:
    left_out = verdict("slots.hours.honoured", Outcome.NOT_APPLICABLE, reason="selection: not selected in this run")
    shown = summary(make_record(verdict("auth.key.missing"), left_out))
    assert "slots" not in shown
    assert "1  selection: not selected" in shown


def test_unreachable_target_and_leftovers_say_what_to_do() -> None:
    gone = TargetSummary("imatic", "imatic-v1", "http://127.0.0.1:9", unreachable="connection refused")
    lost = verdict("auth.key.missing", Outcome.UNTESTABLE, "imatic", reason="the target is unreachable: refused")
    shown = summary(make_record(lost, targets=[gone], command="bookproof run --target our/staging.toml"))
    assert "unreachable: connection refused" in shown
    assert "bookproof doctor --target our/staging.toml" in shown
    left = TargetSummary("imatic", "imatic-v1", "http://127.0.0.1:9", left_behind=["booking bk_1: 500"])
    command = "bookproof run --target=imatic"
    shown = summary(make_record(verdict("auth.key.missing", target="imatic"), targets=[left], command=command))
    assert f"bookproof sweep {FOLDER} --target imatic" in shown


def test_mock_with_a_defect_can_be_brought_back_for_its_curl_lines() -> None:
    name = "mock:defect=a+b,seed=3"
    target = TargetSummary(name, "imatic-v1", "http://127.0.0.1:4711")
    shown = summary(make_record(verdict("auth.key.missing", Outcome.VIOLATION, name), targets=[target]))
    assert "bookproof serve --port 4711 --defect a --defect b --seed 3" in shown


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_answers_cannot_steer_the_terminal(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    nasty = "a\x1b[2J\x07[bold]b[/bold]\r\u202ec :smile:\nsecond line"
    found = verdict("auth.key.missing", Outcome.VIOLATION, findings=(finding(seen=nasty, subject=nasty, curl=nasty),))
    shown = show(make_record(found), VERBOSE, stream())
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\\x1b[2J\\x07[bold]b[/bold]" in shown
    assert ":smile:" in shown


def test_colour_on_a_terminal_only_and_never_against_no_color(
    mixed: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" not in show(mixed)
    assert "\x1b[1;31m" in show(mixed, stream=Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    coloured = show(mixed, stream=Terminal())
    assert "\x1b[31m" not in coloured
    assert "\x1b[1;31m" not in coloured
