"""Measures the gate on a network: how closely requests are released, and arrive, and what a race can therefore see."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bookproof.wire.client import Client
from bookproof.wire.exchange import Exchange
from bookproof.wire.race import Race

#: A server that carries this header says when a request was complete, in nanoseconds of a clock of its own.
ARRIVED_HEADER = "x-arrived-ns"
#: The windows between a check and a write that are looked at, in seconds.
WINDOWS = (0.005, 0.001, 0.0002, 0.00005)
#: How sure a race should be for the batches that it needs.
SURE = 0.99
#: What a batch sees less surely than this, no sensible number of batches makes sure.
_NEXT_TO_NOTHING = 0.005


@dataclass(frozen=True)
class Batch:
    """One release.

    Attributes:
        race: as the client ran it.
        callers: as many of its calls as a run would have raced.
    """

    race: Race[Exchange]
    callers: int

    @cached_property
    def arrivals(self) -> list[float]:
        """Seconds from the first arrival to each one, in order; empty unless every answer tells its arrival."""
        return _from_first([_arrival(exchange) for exchange in self.race.exchanges])

    @cached_property
    def second(self) -> float | None:
        """Seconds from the first arrival to the second among a run's callers, or None."""
        found = _from_first([_arrival(exchange) for exchange in self.race.exchanges[: self.callers]])
        return found[1] if len(found) > 1 else None

    @property
    def arrival_spread(self) -> float | None:
        """Seconds from the first arrival to the last, or None."""
        return self.arrivals[-1] if self.arrivals else None

    @property
    def unanswered(self) -> int:
        """How many calls got no answer."""
        return sum(exchange is None or not exchange.status for exchange in self.race.exchanges)

    def sees(self, window: float) -> float:
        """How surely it sees a window, from 0 to 1.

        A server is caught if a second request comes while it is between its check and its write for the first. Where
        arrivals are not told, each is taken to be anywhere within the release's spread and the jitter; then two of N
        come within w of each other at the beginning with 1 - (1 - w / range) ^ N.

        Args:
            window: seconds between check and write.
        """
        if self.second is not None:
            return float(self.second <= window)
        width = self.race.spread + self.race.jitter
        return 1.0 if width <= window else 1 - (1 - window / width) ** self.callers


@dataclass(frozen=True)
class Window:
    """How surely a window is seen.

    Attributes:
        seconds: between a server's check and its write.
        in_batch: how surely by one batch, as measured, from 0 to 1.
        in_run: how surely by the batches of a run. What was measured a few times is never certain, so that here it
            counts as if one batch more had not seen it.
        batches: how many make it sure (:data:`SURE`) by the same reckoning, or None if hardly any number does.
    """

    seconds: float
    in_batch: float
    in_run: float
    batches: int | None


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes:
        batches: in their order.
        run_batches: how many batches a run releases.
    """

    batches: Sequence[Batch]
    run_batches: int

    @property
    def stamped(self) -> bool:
        """Whether the target has told when requests arrived."""
        return all(batch.second is not None for batch in self.batches)

    @property
    def technique(self) -> str:
        """How most batches were released."""
        return statistics.mode(batch.race.technique for batch in self.batches)

    @property
    def why_last_byte(self) -> str:
        """Why not in a single packet."""
        return next((batch.race.why_last_byte for batch in self.batches if batch.race.why_last_byte), "")

    @property
    def unanswered(self) -> int:
        """How many calls got no answer."""
        return sum(batch.unanswered for batch in self.batches)

    def window(self, seconds: float) -> Window:
        """How surely a window is seen."""
        seen, number = sum(batch.sees(seconds) for batch in self.batches), len(self.batches)
        careful = seen / (number + 1)
        needed = math.ceil(math.log(1 - SURE) / math.log(1 - careful)) if careful > _NEXT_TO_NOTHING else None
        return Window(seconds, seen / number, 1 - (1 - careful) ** self.run_batches, needed)


def measure(
    client: Client,
    call: Callable[[], Exchange],
    *,
    role: str,
    requests: int,
    batches: int,
    callers: int,
    run_batches: int,
    on_batch: Callable[[], None] = lambda: None,
) -> Measured:
    """Release batch after batch of one call.

    Args:
        client: sends.
        call: sends one request by it, one that changes nothing.
        role: whose key it carries.
        requests: in a batch.
        batches: how many.
        callers: how many a run lets race.
        run_batches: how often it does.
        on_batch: called after every batch.

    Raises:
        UsageError: the request budget does not allow for it.
    """
    released: list[Batch] = []
    for number in range(1, batches + 1):
        race = client.race([call] * requests, [role] * requests, f"gate check {number}")
        released.append(Batch(race, min(callers, requests)))
        on_batch()
    return Measured(released, run_batches)


def summary(seconds: Sequence[float]) -> tuple[float, float, float, float]:
    """Best, median, 95th percentile and worst of some measurements, which must not be empty."""
    ordered = sorted(seconds)
    return ordered[0], statistics.median(ordered), ordered[math.ceil(0.95 * len(ordered)) - 1], ordered[-1]


def _arrival(exchange: Exchange | None) -> int | None:
    told = exchange.response_headers.get(ARRIVED_HEADER, "") if exchange else ""
    return int(told) if told.isascii() and told.isdigit() else None


def _from_first(moments: Sequence[int | None]) -> list[float]:
    known = sorted(moment for moment in moments if moment is not None)
    # Clocks that are not one clock, such as those of several processes, give nonsense; no race takes a minute.
    if len(known) < len(moments) or not known or known[-1] - known[0] > 60e9:
        return []
    return [(moment - known[0]) / 1e9 for moment in known]
