"""How races are shown: figures that are true to scale, and words that say what they were worth."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import pytest
from render.race_samples import booking, broken_race, call, clean_race, odd_races, race
from render.samples import DIALECT

from bookproof.race_record import FAILED, LOST, WON, RaceRecord
from bookproof.render.races import MOST_FOUND, MOST_MARKED, MOST_RACES, Axis, Figure, Races, micro, worth
from bookproof.run_report import RunReport
from bookproof.verdict import TargetSummary


@pytest.mark.parametrize(
    ("microseconds", "words"),
    [
        (-1, "0 µs"),
        (0, "0 µs"),
        (0.04, "0.04 µs"),
        (9.5, "9.5 µs"),
        (94, "94 µs"),
        (999.4, "999 µs"),
        (999.7, "1 ms"),
        (3_412, "3.41 ms"),
        (30_400, "30.4 ms"),
        (999_900, "1 s"),
        (10_000_070, "10 s"),
        (3_600_000_000, "3,600 s"),
    ],
)
def test_times_have_three_digits_and_a_unit_that_fits(microseconds: float, words: str) -> None:
    """A time is read at a glance, whatever its size."""
    assert micro(microseconds) == words


def test_what_races_were_worth_is_said_in_one_sentence() -> None:
    """Median and worst come from the records of races of two calls or more."""
    quick, slow = race(call(1, 0, 9), call(2, 61, 90)), race(call(3, 0, 9), call(4, 94, 99))
    assert (
        worth([quick]) == "1 released within 61 µs (median; last byte), windows from about 0.18 ms are sure to be seen"
    )
    assert worth([quick, quick, slow, race(call(5, 0, 9))]) == (
        "3 released within 61 µs (median; 94 µs at worst; last byte), windows from about 0.18 ms are sure to be seen"
        " (0.21 ms at worst)"
    )


def test_windows_are_promised_only_where_something_was_measured() -> None:
    """Calls that left at once over a way of which nothing is known promise no window."""
    packet = race(call(1, 0, 9), call(2, 0, 9), technique="single packet", jitter=0.0)
    assert worth([packet]) == "1 released within 0 µs (median; single packet)"
    assert worth([packet, clean_race()]).startswith(
        "2 released within 47 µs (median; 94 µs at worst; single packet and l"
    )
    assert worth([race(call(1, 0, 9))]) == worth([]) == ""


def test_promised_windows_are_rounded_up() -> None:
    """What was 0.1001 ms is no 0.1 ms."""
    assert "from about 0.11 ms" in worth([race(call(1, 0, 9), call(2, 100.1, 200), jitter=0.0)])
    assert "from about 0.1 ms" in worth([race(call(1, 0, 9), call(2, 100.0, 200), jitter=0.0)])
    assert "from about 130 ms" in worth([race(call(1, 0, 9), call(2, 100.0, 200), jitter=125_000.0)])


def test_releases_and_late_answers_can_both_be_told_apart() -> None:
    """Neither releases within a tenth of a millisecond nor answers after 30 ms run into each other."""
    bars = Figure(clean_race()).bars
    for earlier, later in pairwise(bars):
        assert later.left - earlier.left > 1.5
        assert later.right - earlier.right > 1
    assert 15 < bars[-1].left < 40
    assert bars[-1].right == 99


@pytest.mark.parametrize("record", [clean_race(), broken_race(), *odd_races()], ids=lambda record: record.name)
def test_nothing_is_drawn_outside_or_invisibly(record: RaceRecord) -> None:
    """Every bar has a width and lies within the figure, and so do the numbers of the axis."""
    figure = Figure(record)
    assert len(figure.bars) == len(record.calls)
    for bar in figure.bars:
        assert 0 <= bar.left < bar.right <= 100
    assert figure.description
    if record.calls:
        places = [at for at, _, _ in figure.axis.ticks]
        assert places[0] < 1
        assert figure.axis.ticks[0][1] == "0"
        assert places[-1] <= 100
        assert all(later - earlier >= 14 for earlier, later in pairwise(places))
        assert 0 < figure.band <= 100


@pytest.mark.parametrize("end", [1.0, 30.0, 5_000.0, 30_400.0, 10_000_070.0])
def test_axis_has_numbers_and_keeps_the_order_of_times(end: float) -> None:
    """Later is further to the right; there are some numbers beside zero to read it by."""
    axis = Axis.of([call(1, 0, end), call(2, end / 300, end)])
    places = [axis.at(end * part / 50) for part in range(51)]
    assert places == sorted(set(places))
    assert len(axis.ticks) >= 2
    assert all(at == axis.at(0 if label == "0" else _read(label)) for at, label, _ in axis.ticks)


def _read(label: str) -> float:
    number, unit = label.split()
    return float(number) * {"µs": 1, "ms": 1_000, "s": 1_000_000}[unit]


def test_calls_that_no_order_explains_are_marked_on_their_bars() -> None:
    """A bracket goes from the first call of a contradiction to its last, past the calls between them."""
    calls = [call(10 + n, n, 100) for n in range(4)]
    figure = Figure(race(*calls, unexplained=[[10, 11, 13], [12, 77], [78, 79]]))
    assert [bar.marks["A"] for bar in figure.bars] == ["first", "member", "through", "last"]
    assert [bar.marks["B"] for bar in figure.bars] == ["", "", "only", ""]
    assert [bar.contradicts for bar in figure.bars] == [["A"], ["A"], ["B"], ["A"]]
    assert figure.contradictions == [
        ("A", "no order of the calls explains exchanges 10, 11 and 13 together"),
        ("B", "no order of the calls explains exchange 12 and what exchange 77 shows together"),
        ("C", "no order of the calls explains what exchanges 78 and 79 show together"),
    ]


def test_more_contradictions_than_can_be_marked_are_counted() -> None:
    """None is passed over in silence."""
    figure = Figure(odd_races()[-1])
    assert len(figure.contradictions) == MOST_MARKED
    assert figure.unmarked == 9 - MOST_MARKED


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ([LOST, FAILED], "nobody won"),
        ([LOST, WON], "exchange 2 won"),
        ([WON, WON], "exchanges 1 and 2 won"),
        ([WON, LOST, WON, WON], "exchanges 1, 3 and 4 won"),
        ([WON, WON, WON], "all 3 won"),
    ],
)
def test_who_won_is_said(outcomes: list[str], words: str) -> None:
    """By the numbers of exchanges, which tell callers apart that all asked for the same."""
    assert Figure(race(*(call(n, 0, 9, each) for n, each in enumerate(outcomes, 1)))).winners == words


def test_unexpected_things_found_come_first_and_are_never_folded() -> None:
    """However many bookings were found, those that should not be so are seen at once."""
    odd = [booking(f"odd{n}", unexpected="its caller was refused") for n in range(MOST_FOUND + 2)]
    shown, folded = Figure(race(call(1, 0, 9), found=[booking("bk_1"), *odd, booking("bk_2")])).found
    assert shown == odd
    assert [each.unexpected for each in folded] == ["", ""]
    assert Figure(race(found=[booking("bk_1")] * MOST_FOUND)).found[1] == []


def test_races_with_a_problem_come_first() -> None:
    """Each sign of trouble counts; the order is otherwise that of the run."""
    calm = clean_race()
    troubled = [
        replace(calm, name="problem", problem="two winners"),
        replace(calm, name="unexplained", unexplained=[[12]]),
        replace(calm, name="found", found=[booking("bk_9", unexpected="its caller was refused")]),
    ]
    races = Races.of([calm, troubled[0], replace(calm, name="last"), *troubled[1:]])
    names = [figure.race.name for figure in races.figures]
    assert names == ["problem", "unexplained", "found", "one slot, race 1", "last"]
    assert [figure.troubled for figure in races.figures] == [True, True, True, False, False]
    assert Races.of([calm] * (MOST_RACES + 2)).left_out == 2


def test_races_are_found_by_the_exchanges_of_their_calls() -> None:
    """What was read back belongs to all races and tells none apart."""
    races = Races.of([clean_race(), broken_race()])
    assert [figure.race.name for figure in races.with_calls([3, 41])] == ["create against move"]
    assert races.with_calls([90, 1]) == []


def test_races_survive_the_way_between_processes() -> None:
    """The summary of a target is plain data on its way, and the same afterwards; one without races is read."""
    summary = TargetSummary("mock", DIALECT, "http://127.0.0.1:1", races=[clean_race(), broken_race(), *odd_races()])
    sent = summary.as_dict()
    assert json.loads(json.dumps(sent)) == sent
    report = RunReport(
        SimpleNamespace(pluginmanager=SimpleNamespace(getplugin=lambda _: None)),  # type: ignore[arg-type]
        [("mock", DIALECT)],
        None,  # type: ignore[arg-type]
    )
    report.pytest_testnodedown(SimpleNamespace(workeroutput={"bookproof": [sent]}))
    assert report._summaries == {"mock": summary}
    del sent["races"]
    assert TargetSummary.from_dict(sent) == replace(summary, races=[])
