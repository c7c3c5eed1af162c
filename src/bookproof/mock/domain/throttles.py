"""Throttles: so many requests in a window of one minute, and a minute of silence for whoever asks once too often."""

import threading
import time
from dataclasses import dataclass

WINDOW = 60_000
BLOCK = 60_000


@dataclass(frozen=True, slots=True)
class Spent:
    """The state of a tracker after a request: `reset` is the whole seconds until it starts anew."""

    limit: int
    remaining: int
    reset: int
    blocked: bool


@dataclass(slots=True)
class _Tracker:
    opened: int
    count: int = 0
    blocked_until: int = 0


class Throttles:
    """Counts requests by tracker.

    Time is the machine's monotonic clock, not the mock's own: a frozen mock clock must not freeze the limits. Whoever
    puts the mock's clock forward may let this one jump as well.
    """

    def __init__(self) -> None:
        self._trackers: dict[str, _Tracker] = {}
        self._skipped = 0
        self._lock = threading.Lock()

    def now(self) -> int:
        """Milliseconds that only ever grow."""
        return time.monotonic_ns() // 1_000_000 + self._skipped

    def skip(self, seconds: int) -> None:
        """Let time jump; never back."""
        with self._lock:
            self._skipped += max(0, seconds) * 1000

    def window(self) -> int:
        """Milliseconds in which the limit counts."""
        return WINDOW

    def block(self) -> int:
        """Milliseconds for which a tracker that asked once too often is refused."""
        return BLOCK

    def spend(self, name: str, limit: int) -> Spent:
        """Count one request of a tracker.

        Parameters:
            name: of the tracker.
            limit: requests that it may make in a window.
        """
        with self._lock:
            now = self.now()
            tracker = self._trackers.get(name)
            if tracker is None or self.is_over(tracker.opened, tracker.blocked_until, now):
                tracker = self._trackers[name] = _Tracker(now)
            if tracker.blocked_until > now:
                # Whoever knocks on a closed door does not keep it closed for longer.
                return Spent(limit, 0, _seconds(tracker.blocked_until - now), blocked=True)
            tracker.count += 1
            if tracker.count > limit:
                tracker.blocked_until = now + self.block()
                return Spent(limit, 0, _seconds(self.block()), blocked=True)
            return Spent(limit, limit - tracker.count, _seconds(tracker.opened + self.window() - now), blocked=False)

    def is_over(self, opened: int, blocked_until: int, now: int) -> bool:
        """Whether the window, or the block that followed it, has passed."""
        return now >= (blocked_until or opened + self.window())


def _seconds(milliseconds: int) -> int:
    return max(1, -(-milliseconds // 1000))
