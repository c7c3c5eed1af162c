"""Replay: a tape that plays a recording, and sockets that are closed meanwhile."""

from __future__ import annotations

import re
import socket
from collections import defaultdict, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from bookproof.recording.tape import CLOCK, TARGET_CLOCK, Tape
from bookproof.verdict import Untestable

if TYPE_CHECKING:
    from bookproof.probes.base import Probe
    from bookproof.recording.model import Reading, Recording
    from bookproof.wire.exchange import Exchange

# What says nothing about the call, or is added by the connection, the client's jar of cookies among it.
_PASSED_OVER = frozenset({"user-agent", "host", "content-length", "accept-encoding", "connection", "cookie"})
# How the MCP client names itself, in its handshake and, in later revisions, in every call.
_OWN_VERSION = re.compile(rb'("name":\s*"bookproof",\s*"version":\s*)"[^"]*"')


class NotRecorded(Untestable):
    """A recording does not have what is asked of it."""


class CalledOut(Exception):
    """Something was about to be sent while a recording is judged; a mistake of ours."""


class ReplayTape(Tape):
    """Plays a recording: every reading and every exchange once, in the order in which they were recorded.

    Args:
        recording: what is played.
        on_reading: told every reading, for the recorder of what is judged again.
    """

    replays = True

    def __init__(self, recording: Recording, on_reading: Callable[[Reading], None] = lambda _: None) -> None:
        super().__init__()
        self._recording = recording
        self._on_reading = on_reading
        self._readings: dict[tuple[str, str], deque[Reading]] = defaultdict(deque)
        for reading in recording.readings:
            self._readings[reading.probe, reading.kind].append(reading)
        self._exchanges: dict[tuple[Any, ...], deque[Exchange]] = defaultdict(deque)
        self._deliveries: list[Exchange] = []
        for exchange in recording.exchanges:
            if exchange.inbound:
                self._deliveries.append(exchange)
            else:
                self._exchanges[call_of(exchange)].append(exchange)
        self._known = {each.probe for each in (*recording.exchanges, *recording.readings)} | {*recording.header.plan}
        self._last = 0.0
        self._ahead = 0.0

    def reading(self, kind: str, read: Callable[[], Any]) -> Any:  # noqa: ARG002  nothing is read
        """See :meth:`Tape.reading`."""
        waiting = self._readings.get((self.probe, kind))
        if not waiting:
            raise self._not_recorded(kind)
        found = waiting.popleft()
        self._on_reading(found)
        return found.value

    def moment(self, kind: str, read: Callable[[], float]) -> float:
        """See :meth:`Tape.moment`."""
        if not self._readings.get((self.probe, kind)):
            return self._last + (self._ahead if kind == TARGET_CLOCK else 0.0)
        value = float(self.reading(kind, read))
        if kind == CLOCK:
            self._last = value
        elif kind == TARGET_CLOCK:
            self._ahead = value - self._last
        return value

    def exchange(self, asked: Exchange, send: Callable[[], None]) -> Exchange:  # noqa: ARG002  nothing is sent
        """See :meth:`Tape.exchange`. The exchange has the number that it had when it was recorded."""
        waiting = self._exchanges.get(call_of(asked))
        if not waiting:
            raise self._not_recorded(f"{asked.method} {asked.url} by {asked.role or 'nobody'}")
        found = waiting.popleft()
        asked.number, asked.request_headers = found.number, found.request_headers
        asked.status, asked.failure = found.status, found.failure
        asked.response_headers, asked.response_body = found.response_headers, found.response_body
        asked.started, asked.elapsed, asked.released = found.started, found.elapsed, found.released
        self._last = found.started + found.elapsed
        return asked

    def deliveries(self, until: int) -> Sequence[Exchange]:
        """See :meth:`Tape.deliveries`."""
        return [exchange for exchange in self._deliveries if exchange.number <= until]

    def pause(self, seconds: float) -> None:
        """Nobody need wait for what has been."""

    def lacks(self, probe: Probe[Any]) -> str:
        """Why a probe cannot be run at all: the suite that has recorded did not have it, or did not select it."""
        # What only builds on others may run: it is stopped where it asks for more than there is.
        if not probe.sends or probe.shared or probe.id in self._known:
            return ""
        header = self._recording.header
        return (
            f"not recorded: probe {probe.id} was not run when bookproof {header.suite_version} recorded "
            f"{header.target} on {header.recorded[:10]}; {_REMEDY}"
        )

    def sent_beside(self, probe: str) -> Sequence[Exchange]:
        """See :meth:`Tape.sent_beside`: fuzzing is not done again, but who judges all traffic judges its exchanges."""
        if not probe.startswith(_FUZZING):
            return ()
        return [one for one in self._recording.exchanges if one.probe == probe and not one.inbound]

    def closed(self) -> AbstractContextManager[None]:
        """See :meth:`Tape.closed`.

        Raises:
            CalledOut: something was about to be sent, even if the probe has made light of it.
        """
        return closed_sockets(self.probe or "without a name")

    def _not_recorded(self, what: str) -> NotRecorded:
        problem = self._recording.problems.get(self.probe)
        if problem:
            return NotRecorded(f"the recording of probe {self.probe} is damaged: {problem}")
        return NotRecorded(f"not recorded: probe {self.probe} asks for {what}; {_REMEDY}")


_FUZZING = "fuzz."
_REMEDY = "record it again by a live run of this version"


def call_of(exchange: Exchange) -> tuple[Any, ...]:
    """What tells a call from others."""
    return (
        exchange.probe,
        exchange.method,
        exchange.url,
        exchange.role,
        exchange.race,
        exchange.racer,
        _telling(exchange.request_headers),
        _OWN_VERSION.sub(rb'\1""', exchange.request_body),
    )


def _telling(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in headers.items() if item[0] not in _PASSED_OVER))


@contextmanager
def closed_sockets(probe: str) -> Generator[None]:
    """Let nothing connect, and no name be looked up; pairs of sockets, as event loops need them, still work.

    Raises:
        CalledOut: at once where it was tried, and again at the end, in case that somebody made light of it.
    """
    tried: list[CalledOut] = []

    def refuse(*where: Any, **_: Any) -> Any:
        place = [each for each in where if not isinstance(each, socket.socket)][:1]
        tried.append(
            CalledOut(
                f"probe {probe} tried to reach {place} while a recording is judged: let it send by session.api or "
                "session.client, and read by session.tape"
            )
        )
        raise tried[-1]

    before = [(owner, name, getattr(owner, name)) for owner, names in _WAYS_OUT for name in names]
    for owner, name, _ in before:
        setattr(owner, name, refuse)
    try:
        yield
    finally:
        for owner, name, way in before:
            setattr(owner, name, way)
        if tried:
            raise tried[0]


_WAYS_OUT: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (socket.socket, ("connect", "connect_ex", "sendto")),
    (socket, ("create_connection", "getaddrinfo", "gethostbyname")),
)
