"""Races in the HTML report: drawn without script, safely, once beside a finding, and readable as text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from render.race_samples import booking, broken_race, call, clean_race, race
from render.samples import DIALECT, finding, make_record, verdict, write_exchanges
from render.test_html import html_of, read

from bookproof.race_record import RaceRecord
from bookproof.render.races import MOST_RACES
from bookproof.render.record import RunRecord
from bookproof.verdict import Outcome, TargetSummary


def record_of(*races: RaceRecord) -> RunRecord:
    target = TargetSummary("mock", DIALECT, "http://127.0.0.1:1", races=list(races))
    return make_record(verdict("auth.key.missing"), targets=[target])


def section(html: str, heading: str) -> str:
    """The part of a report under a heading."""
    return next(part for part in html.split("<section")[1:] if f"<h2>{heading}" in part)


def test_races_with_a_problem_are_open_and_others_folded(raced: RunRecord) -> None:
    """The broken and the one with contradictions come first and open; a run without races has no such section."""
    cards = re.findall(r'<details class="card race-card( violation)?"( open)?>', section(html_of(raced), "Races"))
    assert cards == [(" violation", " open")] * 2 + [("", "")] * 5
    assert "<h2>Races" not in html_of(record_of())


def test_folded_race_says_who_won_and_how_close_it_was() -> None:
    """The line in front of a figure is worth reading by itself."""
    shown = "".join(read(section_of(clean_race())).text)
    assert re.search(r"one slot, race 1\s+· exchange 14 won · 94 µs", shown)


def section_of(*races: RaceRecord) -> str:
    return section(html_of(record_of(*races)), "Races").partition(">")[2].partition("</section>")[0]


def test_figure_is_read_without_being_seen() -> None:
    """The drawing has a title and a description; each call and what was found stand there as text."""
    shown = section_of(broken_race())
    assert '<svg class="axis" role="img"><title>create against move</title><desc>5 calls, released within 94' in shown
    text = " ".join("".join(read(shown).text).split())
    assert "released within 94 µs by last byte; the way there may have shifted them by about 110 µs" in text
    assert "41 book intro 2027-01-15 09:00-09:30 UTC A B ★ won 201 +18 µs → 2.35 ms" in text
    assert "43 book intro 2027-01-15 09:00-09:30 UTC unknown no answer within 10 s +70 µs → 10 s" in text
    assert "A no order of the calls explains exchanges 40 and 41 together" in text
    assert "○ 91 booking bk_3 at 2027-01-15 09:00 UTC: not found holds no time ✗ its caller was told 201" in text
    assert "two callers were answered with a booking of one slot" in text
    assert "Explained by the order" not in text
    assert "Explained by the order 14 → 12 → 13 → 15" in "".join(read(section_of(clean_race())).text)


def test_bars_are_told_apart_without_colour() -> None:
    """Every call has one bar with its outcome and a mark at its release; only an answer ends it."""
    shown = section_of(broken_race())
    assert re.findall(r'<svg class="call (\w+)"', shown) == ["won", "won", "failed", "unknown", "lost"]
    assert shown.count('class="answer"') == 4
    assert len(re.findall(r'class="release"[^>]*y1="0"', shown)) == 5
    assert re.findall(r'<i class="bracket (\w+)"', shown) == ["first", "last"]


def test_finding_shows_its_race_once(raced: RunRecord, tmp_path: Path) -> None:
    """Two findings of one requirement about one race draw it beside the first; the other races are not drawn there."""
    shown = section(html_of(raced, tmp_path), "Findings")
    assert shown.count('<figure class="race">') == 1
    assert shown.index("two bookings of one slot") < shown.index("create against move") < shown.index("201 {")
    assert "one slot, race 1" not in shown
    other = make_record(
        verdict("bookings.race.slots", Outcome.VIOLATION, findings=(finding(exchanges=(90,)),)), targets=raced.targets
    )
    assert '<figure class="race">' not in section(html_of(other, tmp_path), "Findings")


def test_finding_of_another_target_shows_no_race_of_this_one(raced: RunRecord) -> None:
    """Exchanges are numbered for each target anew."""
    raced.targets.append(TargetSummary("two", DIALECT, "http://127.0.0.1:2"))
    raced.verdicts = [
        verdict("bookings.race.one-winner", Outcome.VIOLATION, "two", findings=(finding(exchanges=(40,)),)),
        verdict("auth.key.missing"),
    ]
    html = html_of(raced)
    assert '<figure class="race">' not in section(html, "Findings")
    assert '<span class="where">mock</span></h2>' in section(html, "Races")
    assert html.count("<h2>Races") == 1


def test_raced_exchange_says_when_it_was_released(raced: RunRecord, tmp_path: Path) -> None:
    """Others say nothing of the kind."""
    write_exchanges(tmp_path, numbers=(40, 41), race="create against move", released_us=12.3)
    assert html_of(raced, tmp_path).count("released +12.3 µs") == 3
    write_exchanges(tmp_path, numbers=(40, 41))
    assert "released +" not in html_of(raced, tmp_path)


def test_hostile_labels_are_text() -> None:
    """Whatever a target calls its bookings stays a word in the figure."""
    nasty = '"><script>alert(1)</script></title></svg><img src=x onerror="alert(2)">{{ 7*7 }}\x1b[31m\u202eevil'
    odd = race(
        call(1, 0, 9, label=nasty, answer=nasty),
        name=nasty,
        about=nasty,
        technique=nasty,
        problem=nasty,
        found=[booking(nasty, unexpected=nasty)],
    )
    record = record_of(odd)
    record.verdicts = [verdict("auth.key.missing", Outcome.VIOLATION, findings=(finding(exchanges=(1,)),))]
    html = html_of(record)
    page = read(html)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in "".join(page.text)
    assert "\x1b" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("count", [MOST_RACES, MOST_RACES + 1])
def test_many_races_are_cut_and_counted(count: int) -> None:
    """A run that repeats its races many times still has a report that opens."""
    shown = section_of(*[clean_race()] * count)
    assert shown.count('<figure class="race">') == MOST_RACES
    assert ("… and 1 more race, listed in run.json" in shown) == (count > MOST_RACES)


def test_long_list_of_what_was_found_is_folded() -> None:
    """As far as it is as expected."""
    shown = section_of(race(call(1, 0, 9), found=[booking(f"bk_{n}") for n in range(40)]))
    assert "and 34 more, as expected" in shown
    assert shown.count("holds its time") == 40
