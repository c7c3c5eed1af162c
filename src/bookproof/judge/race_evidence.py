"""Evidence of races: the calls that were released together, how each ended, and what was found afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bookproof.judge.race_model import DONE
from bookproof.targets.views import Booking, Slot
from bookproof.wire.exchange import Exchange

# What a race is about, and whose requirement it is if something is wrong with it.
ONE_WINNER, OVERLAP, MOVES, CANCELS, CAP, LINK, DOORS, STORED = (
    "one winner",
    "overlap",
    "moves",
    "cancels",
    "cap",
    "link",
    "doors",
    "stored",
)
#: Answers that say nothing about the calendar: whoever gets them took no part in the race.
TURNED_AWAY = frozenset({401, 403, 429})


@dataclass(frozen=True)
class Racer:
    """One call of a race, and how it was answered.

    Attributes:
        action: create, move or cancel.
        what: what it asks for, in a few words.
        exchange: the answer.
        outcome: done, refused or unknown; "" if it was turned away and took no part.
        code: of the booking: made by it, or that it is about; "" where nobody knows it.
        becomes: code of the booking that a move led to, if it is another.
        slot: where it wants the booking to be, or None.
        event_type_code: of that booking.
        attendee: the name that the booking was asked for.
        by_agent: whether it went to the MCP server.
        link, group: the single-use link, and the day with a cap, that it draws on; "" for none.
    """

    action: str
    what: str
    exchange: Exchange
    outcome: str
    code: str = ""
    becomes: str = ""
    slot: Slot | None = None
    event_type_code: str = ""
    attendee: str = ""
    by_agent: bool = False
    link: str = ""
    group: str = ""

    @property
    def done(self) -> bool:
        """Whether it was answered as done."""
        return self.outcome == DONE

    @property
    def live_code(self) -> str:
        """The code of the booking as it should be called after the call."""
        return self.becomes or self.code


@dataclass(frozen=True)
class Place:
    """A booking where it was before a race."""

    code: str
    slot: Slot


@dataclass(frozen=True)
class Batch:
    """Calls that were released together.

    Attributes:
        kind: what they race for.
        name, about: what raced, and for what, in a few words.
        racers: in the order of the release.
        technique: how they were released together.
        spread, jitter: in seconds; see :class:`bookproof.race_record.RaceRecord`.
        before: the bookings that were there.
        caps: a day with a cap, and the cap.
        given_back: whether what was won was cancelled at once, to race for the same slot again.
        reopened: whether the slot had been won and given back before.
    """

    kind: str
    name: str
    about: str
    racers: list[Racer]
    technique: str
    spread: float
    jitter: float
    before: tuple[Place, ...] = ()
    caps: Mapping[str, int] = field(default_factory=dict[str, int])
    given_back: bool = False
    reopened: bool = False

    @property
    def winners(self) -> list[Racer]:
        """The callers that were answered as done."""
        return [racer for racer in self.racers if racer.done]

    @property
    def exchanges(self) -> list[Exchange]:
        """The answers."""
        return [racer.exchange for racer in self.racers]

    @property
    def codes(self) -> set[str]:
        """The codes of all bookings that it is about, as far as they are known."""
        known = {code for racer in self.racers for code in (racer.code, racer.becomes)}
        return (known | {place.code for place in self.before}) - {""}


@dataclass(frozen=True)
class Found:
    """A booking as it was found after all races: the exchange that tells, and the booking or None."""

    exchange: Exchange
    booking: Booking | None

    @property
    def live(self) -> bool:
        """Whether it is there and holds its time."""
        return self.booking is not None and self.booking.live

    @property
    def state(self) -> str:
        """How it was found, in a few words."""
        if self.booking is None:
            return "not found" if self.exchange.refused else f"no answer that tells ({self.exchange.status})"
        return self.booking.status or "without a status"

    @property
    def telling(self) -> bool:
        """Whether the answer tells of the booking at all."""
        return self.booking is not None or self.exchange.refused


@dataclass(frozen=True)
class Aftermath:
    """What was found after the races.

    Attributes:
        found: booking code to what was found.
        strays: number of a call whose answer names no booking, to the code of its attendee's live booking.
        others: live bookings that are not the suite's.
    """

    found: Mapping[str, Found]
    strays: Mapping[int, str]
    others: Sequence[Booking]
