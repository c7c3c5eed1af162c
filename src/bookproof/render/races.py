"""How races are shown: where each bar of the figure stands, and what is said about it in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bookproof.race_record import FAILED, LOST, UNKNOWN, WON, RacedCall, RaceRecord, ReadBack
from bookproof.render.text import counted, joined

#: Races of one target that are drawn, contradictions that are marked in one, and things found that are not folded.
MOST_RACES, MOST_MARKED, MOST_FOUND = 40, 5, 6
#: Races that are drawn in a report on many targets, those with a problem aside.
MOST_RACES_IN_ALL = 240

#: Outcome of a call to the verdict whose colour it has: to lose a race is nothing bad.
TONE = {WON: "pass", LOST: "not-applicable", FAILED: "violation", UNKNOWN: "untestable"}

# Room at the ends of the axis for what is as wide as a line, and the least between two numbers on it; per cent.
_FIRST, _LAST, _APART, _THINNEST = 0.5, 99.0, 14.0, 0.6
_MARKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:MOST_MARKED]


def micro(microseconds: float) -> str:
    """Microseconds for the eye, of three digits: ``94 µs``, ``3.41 ms``, ``10 s``."""
    for unit, size in (("s", 1e6), ("ms", 1e3), ("µs", 1.0)):
        # What would be rounded to a thousand is one of the next unit.
        if microseconds >= 0.9995 * size or unit == "µs":
            value = max(microseconds, 0.0) / size
            return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
    raise AssertionError("the last unit takes everything")


def worth(races: Sequence[RaceRecord]) -> str:
    """What races were worth, in one sentence; "" if there were none of two calls or more.

    A window, the time between a server's look and its entry, is seen by a race if it is no shorter than the calls may
    have arrived apart: by the spread of their release and the jitter of the way there.
    """
    raced = [race for race in races if len(race.calls) > 1]
    if not raced:
        return ""
    spreads = [race.spread for race in raced]
    techniques = joined(list(dict.fromkeys(race.technique for race in raced)))
    usual, worst = micro(median(spreads)), micro(max(spreads))
    how = "; ".join(["median", *([f"{worst} at worst"] if worst != usual else []), techniques])
    apart = [race.spread + race.jitter for race in raced]
    window, widest = (_rounded_up(of(apart) / 1000) for of in (median, max))
    seen = f", windows from about {window:g} ms are sure to be seen" if window else ""
    at_worst = f" ({widest:g} ms at worst)" if window and widest > window else ""
    return f"{len(raced):,} released within {usual} ({how}){seen}{at_worst}"


def _rounded_up(milliseconds: float) -> float:
    """A time rounded up to two digits: what is promised to be seen should not be too little."""
    if milliseconds <= 0:
        return 0.0
    places = 1 - math.floor(math.log10(milliseconds))
    return math.ceil(round(milliseconds * 10**places, 6)) / 10**places


@dataclass(frozen=True)
class Axis:
    """The common time axis of a race.

    It is nearly even where calls are released, and grows like a logarithm beyond: releases within 0.1 ms can be told
    apart beside answers after 30 ms, and beside a call that was given up after seconds.

    Attributes:
        knee: microseconds up to which it is nearly even.
        end: microseconds at its end.
    """

    knee: float
    end: float

    @classmethod
    def of(cls, calls: Sequence[RacedCall]) -> Axis:
        """The axis that fits some calls, of which there is one at least."""
        released = max(call.released for call in calls)
        first = min(call.answered for call in calls)
        end = max(max(call.answered, call.released) for call in calls)
        return cls(max(released / 4 or first / 20, 1.0), max(end, 1.0))

    def at(self, microseconds: float) -> float:
        """Where a time stands, in per cent of the width."""
        within = min(max(microseconds, 0.0), self.end)
        share = math.asinh(within / self.knee) / math.asinh(self.end / self.knee)
        return round(_FIRST + share * (_LAST - _FIRST), 2)

    @cached_property
    def ticks(self) -> list[tuple[float, str, str]]:
        """Where numbers stand on the axis, in per cent: what they say, and which of their ends stands there."""
        tens = range(math.floor(math.log10(self.end)), -1, -1)
        # Powers of ten are read most easily; others fill what they leave.
        wanted = [0.0, *(times * 10.0**ten for times in (1, 5, 2) for ten in tens)]
        taken: list[tuple[float, float]] = []
        for value in wanted:
            place = self.at(value)
            if value <= self.end and all(abs(place - other) >= _APART for other, _ in taken):
                taken.append((place, value))
        return [(place, micro(value) if value else "0", _anchor(place)) for place, value in sorted(taken)]


def _anchor(place: float) -> str:
    return "start" if place < _APART / 2 else "end" if place > 100 - _APART / 2 else "middle"


@dataclass(frozen=True)
class Bar:
    """A call in the figure.

    Attributes:
        call: as it was recorded.
        left, width: where it is drawn, in per cent of the width.
        marks: letter of each marked contradiction to how its bracket passes here: ``first``, ``member``, ``through``,
            ``last`` or ``only``, or "" if it does not.
    """

    call: RacedCall
    left: float
    width: float
    marks: dict[str, str]

    @property
    def right(self) -> float:
        """Where it ends, in per cent of the width."""
        return round(self.left + self.width, 2)

    @property
    def tone(self) -> str:
        """The verdict whose colour it has."""
        return TONE.get(self.call.outcome, "untestable")

    @property
    def contradicts(self) -> list[str]:
        """The letters of the contradictions that it is part of."""
        return [letter for letter, how in self.marks.items() if how not in ("", "through")]


@dataclass(frozen=True)
class Figure:
    """A race, ready to be drawn.

    Attributes:
        race: as it was recorded.
    """

    race: RaceRecord

    @property
    def troubled(self) -> bool:
        """Whether something came out that should not."""
        return bool(self.race.problem or self.race.unexplained or any(found.unexpected for found in self.race.found))

    @cached_property
    def axis(self) -> Axis:
        """The common time axis; there is none without calls."""
        return Axis.of(self.race.calls)

    @cached_property
    def bars(self) -> list[Bar]:
        """A bar for each call, in the order of their release."""
        bars: list[Bar] = []
        for place, call in enumerate(self.race.calls):
            left = min(self.axis.at(call.released), 100 - _THINNEST)
            width = max(self.axis.at(call.answered) - left, _THINNEST)
            marks = {letter: _passes(places, place) for letter, places in self._marked.items()}
            bars.append(Bar(call, left, round(width, 2), marks))
        return bars

    @cached_property
    def _marked(self) -> dict[str, list[int]]:
        """Letter of each contradiction that is marked to the places of its calls."""
        groups = zip(_MARKS, self.race.unexplained, strict=False)
        return {
            letter: [place for place, call in enumerate(self.race.calls) if call.exchange in group]
            for letter, group in groups
        }

    @property
    def band(self) -> float:
        """How much of the width the releases take, in per cent from the beginning of the axis."""
        return max(self.axis.at(max(call.released for call in self.race.calls)) - _FIRST, _THINNEST)

    @property
    def winners(self) -> str:
        """Who won, in a few words."""
        won = [call.exchange for call in self.race.calls if call.outcome == WON]
        if not won:
            return "nobody won"
        if 2 < len(won) == len(self.race.calls):
            return f"all {len(won)} won"
        return f"{_exchanges(won)} won"

    @property
    def release(self) -> str:
        """How the calls were released, in words."""
        if len(self.race.calls) < 2:
            return f"one call, released by {self.race.technique}"
        return f"released within {micro(self.race.spread)} by {self.race.technique}"

    @property
    def way(self) -> str:
        """What the way there may have added, in words; "" if nothing is known of it."""
        if not self.race.jitter or len(self.race.calls) < 2:
            return ""
        return f"the way there may have shifted them by about {micro(self.race.jitter)}"

    @property
    def order(self) -> str:
        """An order of the calls that explains the race, in words; "" if there is none."""
        return " → ".join(map(str, self.race.explained))

    @property
    def contradictions(self) -> list[tuple[str, str]]:
        """The letters of the contradictions, and what they are in words."""
        calls = {call.exchange for call in self.race.calls}
        return [
            (letter, _contradiction(group, calls)) for letter, group in zip(_MARKS, self.race.unexplained, strict=False)
        ]

    @property
    def unmarked(self) -> int:
        """How many contradictions there are beside those that are marked."""
        return max(len(self.race.unexplained) - MOST_MARKED, 0)

    @cached_property
    def found(self) -> tuple[list[ReadBack], list[ReadBack]]:
        """What was read back: what is shown at once, the unexpected first, and what is folded."""
        ordered = sorted(self.race.found, key=lambda found: not found.unexpected)
        shown = max(MOST_FOUND, sum(bool(found.unexpected) for found in ordered))
        return ordered[:shown], ordered[shown:]

    @property
    def description(self) -> str:
        """The figure for those who do not see it; the calls themselves stand beside their bars as text."""
        if not self.race.calls:
            return "no call was released"
        times = sorted(call.answered for call in self.race.calls)
        between = " and ".join(dict.fromkeys(micro(time) for time in (times[0], times[-1])))
        ends = "after" if times[0] == times[-1] else "between"
        answers = f"answers {ends} {between} after the first release"
        return f"{counted(len(self.race.calls), 'call')}, {self.release}; {answers}; {self.winners}"


def _passes(places: Sequence[int], place: int) -> str:
    """How the bracket over some places passes one."""
    if not places or not places[0] <= place <= places[-1]:
        return ""
    if place not in places:
        return "through"
    if len(places) == 1:
        return "only"
    return "first" if place == places[0] else "last" if place == places[-1] else "member"


def _contradiction(group: Sequence[int], calls: set[int]) -> str:
    raced = [number for number in group if number in calls]
    shown = [number for number in group if number not in calls]
    found = f"what {_exchanges(shown)} shows" if len(shown) == 1 else f"what {_exchanges(shown)} show" if shown else ""
    together = " together" if len(group) > 1 else ""
    return f"no order of the calls explains {' and '.join(filter(None, [_exchanges(raced), found]))}{together}"


def _exchanges(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    return f"{'exchange' if len(numbers) == 1 else 'exchanges'} {joined([str(number) for number in numbers])}"


@dataclass(frozen=True)
class Races:
    """The races of a target: those with a problem first, each drawn when it is asked for.

    Attributes:
        figures: all of them.
        most: how many are drawn; one with a problem is always.
    """

    figures: list[Figure]
    most: int = MOST_RACES

    @classmethod
    def of(cls, races: Iterable[RaceRecord], targets: int = 1) -> Races:
        """The races of a target as they were recorded, in a report on some targets."""
        figures = sorted(map(Figure, races), key=lambda figure: not figure.troubled)
        return cls(figures, min(MOST_RACES, MOST_RACES_IN_ALL // targets))

    @property
    def drawn(self) -> list[Figure]:
        """Those that are drawn."""
        return [figure for at, figure in enumerate(self.figures[:MOST_RACES]) if at < self.most or figure.troubled]

    @property
    def left_out(self) -> int:
        """How many are not."""
        return len(self.figures) - len(self.drawn)

    @property
    def worth(self) -> str:
        """What they were worth, in one sentence."""
        return worth([figure.race for figure in self.figures])

    def with_calls(self, numbers: Iterable[int]) -> list[Figure]:
        """Those to whose calls some exchange numbers belong."""
        wanted = set(numbers)
        return [figure for figure in self.figures if not wanted.isdisjoint(call.exchange for call in figure.race.calls)]
