"""Turns: when a request may be begun, so that neither its number nor its time nor the rate goes over the bounds."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Users that wait for their turn are let go together, this many at most, so that they collide.
LARGEST_WAVE = 20


class Over(Exception):
    """No further request may be begun."""


class Turns:
    """Hands out turns to the users of one process.

    Turns come in waves: whoever waits is let go together. A wave is small enough that in no minute more requests are
    begun than allowed.

    Args:
        requests: the most turns.
        per_minute: the most turns in any minute; may be less than one.
        seconds: from the first turn on; after that there is none.
        users: how many wait for turns.
        clock, sleep: seconds that only grow, and a wait; for tests.
    """

    def __init__(
        self,
        requests: int,
        per_minute: float,
        seconds: float,
        users: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.left = requests
        self.wave = max(1, min(users, LARGEST_WAVE, int(per_minute / 6)))
        # A minute may begin with the end of one wave and end with the beginning of another.
        self.interval = 60 * self.wave / max(per_minute - self.wave, per_minute / 2)
        self._seconds = seconds
        self._ends: float | None = None
        self._in_wave = 0
        self._next_wave = 0.0
        self._not_before = 0.0
        self._clock = clock
        self._sleep = sleep

    @property
    def over(self) -> bool:
        """Whether no further turn will be given."""
        return self.left <= 0 or (self._ends is not None and self._clock() >= self._ends)

    def take(self) -> None:
        """Wait for a turn.

        Raises:
            Over: there is none any more.
        """
        while True:
            now = self._clock()
            if self._ends is None:
                self._ends = now + self._seconds
            if self.over:
                raise Over
            if now < self._not_before:
                wait = self._not_before - now
            elif self._in_wave > 0:
                self._in_wave -= 1
                self.left -= 1
                return
            elif now >= self._next_wave:
                self._in_wave, self._next_wave = self.wave, now + self.interval
                continue
            else:
                wait = self._next_wave - now
            self._sleep(max(min(wait, self._ends - now), 0.0))

    def pause(self, seconds: float) -> None:
        """Give no turn for some seconds, because the target asked for it."""
        self._not_before = max(self._not_before, self._clock() + seconds)

    def close(self) -> None:
        """Give no further turn."""
        self.left = 0
