"""Races as they are recorded: plain data, measured by the gate, explained by the judge, drawn by the reports."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: How a raced call ended: it did what it asked for; it was refused as a conflict; it was refused for another reason, or
#: failed; nobody knows (no answer).
WON, LOST, FAILED, UNKNOWN = "won", "lost", "failed", "unknown"


@dataclass(frozen=True)
class RacedCall:
    """One call of a race.

    Attributes:
        exchange: its number.
        label: what it asked for, in a few words.
        released: microseconds from the first release of the race to this call's.
        answered: microseconds from the first release to the end of its answer.
        outcome: :data:`WON`, :data:`LOST`, :data:`FAILED` or :data:`UNKNOWN`.
        answer: its status, or why there is none, in a few words.
    """

    exchange: int
    label: str
    released: float
    answered: float
    outcome: str
    answer: str


@dataclass(frozen=True)
class ReadBack:
    """What was found after a race: a booking, or that there is none.

    Attributes:
        what: the booking, its event type and its time, in a few words.
        state: how it was found: its status, or ``not found``.
        live: whether it holds its time.
        exchange: the number of the exchange that shows it.
        unexpected: why it should not be so, or "".
    """

    what: str
    state: str
    live: bool
    exchange: int
    unexpected: str = ""


@dataclass
class RaceRecord:
    """A race: calls that were released together, and what was found afterwards.

    Attributes:
        name: what raced, for example ``two event types of one host``.
        about: what for, in a few words.
        technique: how the calls were released together: ``last byte`` or ``single packet``.
        spread: microseconds from the first release to the last.
        jitter: microseconds by which the way may have spread the arrivals, rather too much than too little.
        calls: in the order in which they were released.
        found: what was read back.
        explained: exchange numbers in an order that explains what was answered and found; empty if there is none.
        unexplained: groups of exchange numbers that no order explains together.
        problem: what came out that should not, in one sentence; "" if all is well.
    """

    name: str
    about: str
    technique: str
    spread: float
    jitter: float
    calls: list[RacedCall] = field(default_factory=list[RacedCall])
    found: list[ReadBack] = field(default_factory=list[ReadBack])
    explained: list[int] = field(default_factory=list[int])
    unexplained: list[list[int]] = field(default_factory=list[list[int]])
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain data as ``schemas/own/run.schema.json`` describes it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> RaceRecord:
        """The inverse of :meth:`to_json`."""
        fields = dict(data)
        fields["calls"] = [RacedCall(**call) for call in data["calls"]]
        fields["found"] = [ReadBack(**found) for found in data["found"]]
        return cls(**fields)
