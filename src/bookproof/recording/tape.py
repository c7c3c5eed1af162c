"""The tape: whatever a session reads of the outside world passes over it, so that a run can be judged again.

Requests, clocks, random values, the control door, the inbox and what was measured of races: live, all of it really
happens and is told to a recorder; in a replay (:mod:`bookproof.recording.replay`) all of it comes from a recording.
"""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from bookproof.recording.model import SECRET, Reading

if TYPE_CHECKING:
    from bookproof.probes.base import Probe
    from bookproof.wire.exchange import Exchange

_FAILED = "bookproof: failed"
#: Kinds of readings: our clock and the target's, in unix seconds.
CLOCK, TARGET_CLOCK = "clock", "target clock"


class Tape(ABC):
    """What a session's outside world passes over.

    Attributes:
        probe: id of the probe whose turn it is.
        replays: whether everything comes from a recording, and nothing may be sent.
    """

    replays = False

    def __init__(self) -> None:
        self.probe = ""

    @abstractmethod
    def reading(self, kind: str, read: Callable[[], Any]) -> Any:
        """Read something from outside.

        Args:
            kind: what it is; readings of one kind come in the order in which a probe has made them.
            read: really reads it; returns plain JSON data.

        Raises:
            NotRecorded: it was not recorded.
        """

    @abstractmethod
    def moment(self, kind: str, read: Callable[[], float]) -> float:
        """Read a clock, in unix seconds; one that was not recorded stands where the last thing happened."""

    @abstractmethod
    def exchange(self, asked: Exchange, send: Callable[[], None]) -> Exchange:
        """Have a request answered.

        Args:
            asked: the request, without an answer.
            send: really sends it, and completes ``asked`` by the answer.

        Raises:
            NotRecorded: it was not recorded.
        """

    @abstractmethod
    def deliveries(self, until: int) -> Sequence[Exchange]:
        """The recorded deliveries whose numbers are not above one, in their order; none where they really arrive."""

    @abstractmethod
    def pause(self, seconds: float) -> None:
        """Let time pass."""

    def lacks(self, probe: Probe[Any]) -> str:  # noqa: ARG002  a recording looks at it
        """Why a probe cannot be run at all, or ""."""
        return ""

    def sent_beside(self, probe: str) -> Sequence[Exchange]:  # noqa: ARG002  a recording looks for it
        """What was recorded of a probe that sends by other means, and in a replay does not run."""
        return ()

    def closed(self) -> AbstractContextManager[None]:
        """In what a probe runs: in a replay nothing may be reached from there."""
        return nullcontext()

    def clock(self) -> float:
        """Our clock, in unix seconds; it never goes back."""
        return self.moment(CLOCK, _steady_clock)

    def secret(self, length: int = 20) -> str:
        """A new signing secret of some bytes, in hexadecimal digits."""
        return self.reading(SECRET, lambda: secrets.token_hex(length))

    def times(self, kind: str, choose: Callable[[], Iterable[datetime]]) -> list[datetime]:
        """Times that a probe chooses by what others have left; recorded, so that it does not need them to be judged."""
        return [datetime.fromisoformat(text) for text in self.reading(kind, lambda: [t.isoformat() for t in choose()])]

    def attempt(self, kind: str, read: Callable[[], Any], failing: type[Exception]) -> Any:
        """Read what may fail; a failure is recorded, too.

        Args:
            kind: as for :meth:`reading`.
            read: as for :meth:`reading`.
            failing: the type of the failure; it is made of a sentence.

        Raises:
            failing: it has failed.
            NotRecorded: it was not recorded.
        """

        def told() -> Any:
            try:
                return read()
            except failing as why:
                return {_FAILED: str(why)}

        found = self.reading(kind, told)
        if isinstance(found, dict) and _FAILED in found:
            raise failing(str(cast("dict[str, Any]", found)[_FAILED]))
        return cast("Any", found)


class LiveTape(Tape):
    """Really reads, and tells what it has read.

    Args:
        on_reading: told every reading, for the recorder.
    """

    def __init__(self, on_reading: Callable[[Reading], None] = lambda _: None) -> None:
        super().__init__()
        self._on_reading = on_reading
        self._within = False

    def reading(self, kind: str, read: Callable[[], Any]) -> Any:
        """See :meth:`Tape.reading`. What is read meanwhile is a part of it, and not recorded beside it."""
        if self._within:
            return read()
        self._within = True
        try:
            value = read()
        finally:
            self._within = False
        self._on_reading(Reading(self.probe, kind, value))
        return value

    def moment(self, kind: str, read: Callable[[], float]) -> float:
        """See :meth:`Tape.moment`."""
        return self.reading(kind, read)

    def exchange(self, asked: Exchange, send: Callable[[], None]) -> Exchange:
        """See :meth:`Tape.exchange`."""
        send()
        return asked

    def deliveries(self, until: int) -> Sequence[Exchange]:  # noqa: ARG002  nothing is recorded
        """See :meth:`Tape.deliveries`."""
        return ()

    def pause(self, seconds: float) -> None:
        """See :meth:`Tape.pause`."""
        time.sleep(seconds)


_STARTED = time.time() - time.monotonic()


def _steady_clock() -> float:
    return _STARTED + time.monotonic()
