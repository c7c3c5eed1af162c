"""How much is fuzzed: a named profile, a number of requests, or a number of minutes."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.errors import UsageError

OFF = "off"
QUICK = "quick"
#: How the option is written; for its help and its errors.
WORDS = "off, quick, standard, deep, a number of requests such as 500, or of minutes such as 10m"


@dataclass(frozen=True)
class Profile:
    """What fuzzing may cost on one target.

    Attributes:
        name: as it was asked for.
        requests: the most requests, shrinking included; None where only time counts.
        seconds: the most seconds; None where only requests count.
        covers: whether every value at the edge of a schema is enumerated before values are drawn, and every operation
            is tried without its key; a run's own probes do the latter anyway.
        examples: how many requests are drawn for each operation, at most; a quarter of its share, if that is less.
        scenarios: how many sequences are drawn, at most.
        steps: the most calls of one sequence.
    """

    name: str
    requests: int | None
    seconds: float | None
    covers: bool
    examples: int
    scenarios: int
    steps: int = 8


_NAMED = {
    QUICK: Profile(QUICK, 200, None, covers=False, examples=3, scenarios=6, steps=6),
    "standard": Profile("standard", 3_000, None, covers=True, examples=20, scenarios=20),
    "deep": Profile("deep", 12_000, None, covers=True, examples=60, scenarios=60),
}
#: Of a budget of one's own, what is drawn for each operation at most, and how many requests allow for one sequence.
_DRAWN, _A_SEQUENCE = 500, 5
#: About how many requests a minute is good for.
_A_MINUTE = 3_000


def profile_of(word: str) -> Profile | None:
    """The profile that a word names; None for ``off``.

    Args:
        word: see :data:`WORDS`.

    Raises:
        UsageError: it names none.
    """
    if word == OFF:
        return None
    if word in _NAMED:
        return _NAMED[word]
    number = word.removesuffix("m")
    if not number.isdigit() or not int(number):
        raise UsageError(f"--fuzz {word}: unknown; give {WORDS}")
    minutes = int(number) if word.endswith("m") else 0
    requests = minutes * _A_MINUTE or int(number)
    return Profile(
        word,
        None if minutes else requests,
        minutes * 60.0 if minutes else None,
        covers=True,
        examples=_DRAWN,
        scenarios=max(3, requests // _A_SEQUENCE),
    )
