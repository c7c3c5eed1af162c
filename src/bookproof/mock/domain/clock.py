"""The mock's clock: real time, or one frozen instant."""

import time


class Clock:
    """Tells the domain what time it is.

    Parameters:
        frozen: epoch seconds at which the clock stands still, or None for real time.
    """

    def __init__(self, frozen: int | None = None) -> None:
        self._frozen = frozen
        self._ahead = 0

    @property
    def is_frozen(self) -> bool:
        """Whether the clock stands still."""
        return self._frozen is not None

    def now(self) -> int:
        """The present instant in epoch seconds."""
        return int(time.time()) + self._ahead if self._frozen is None else self._frozen

    def freeze(self, instant: int | None) -> None:
        """Stop the clock at `instant` (epoch seconds), or let it run again, on real time, with None."""
        self._frozen = instant
        self._ahead = 0

    def advance(self, seconds: int) -> None:
        """Put the clock forward; one that runs goes on running, ahead of real time."""
        if self._frozen is None:
            self._ahead += seconds
        else:
            self._frozen += seconds
