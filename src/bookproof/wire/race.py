"""Races: calls whose requests are completed at the same moment, and what came of each of them."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import httpx

from bookproof.wire.exchange import Exchange
from bookproof.wire.gate import (
    KEPT_FOR,
    LAST_BYTE,
    SINGLE_PACKET,
    Gate,
    GatedStream,
    Lane,
    Racer,
    goes_straight,
    install_gate,
)

if TYPE_CHECKING:
    from bookproof.wire.single_packet import SinglePackets

T = TypeVar("T")

#: Seconds that a call may take beyond the time-outs of its request before it counts as lost: streams may stay open.
_LONGEST_CALL = 90.0


@dataclass(frozen=True)
class Race(Generic[T]):
    """What came of a race.

    Attributes:
        name: of the race.
        answers: what each call returned, or the exception that it raised, in the order of the calls.
        exchanges: the request that each call raced with; None for a call that sent none.
        technique: how the ends of the requests were sent together: ``last byte`` or ``single packet``.
        spread: seconds from the first release to the last, their handicaps aside.
        jitter: seconds by which the way may have spread the arrivals, an estimate: half of the answers were later than
            the quickest by no more than this. What the server did one call after the other is in it, so that it is
            rather too much than too little. Where connections took more different times to open, it is that
            difference, but never more than the latest answer was late. 0 for a single packet, which the way cannot
            spread.
        why_last_byte: why not a single packet; "" if it was one.
    """

    name: str
    answers: list[T | Exception]
    exchanges: list[Exchange | None]
    technique: str
    spread: float
    jitter: float
    why_last_byte: str = ""

    @property
    def measured(self) -> dict[str, Any]:
        """What was measured, for :func:`replayed`."""
        return {name: getattr(self, name) for name in ("technique", "spread", "jitter", "why_last_byte")}


class _Way:
    """Which way requests go during one race, decided once for each server.

    Args:
        why_last_byte: asks why requests for a URL do not go in a single packet; "" if they do.
    """

    def __init__(self, why_last_byte: Callable[[httpx.URL], str]) -> None:
        self._ask = why_last_byte
        self._known: dict[tuple[str, bytes], str] = {}
        self._asking = threading.Lock()

    def why_last_byte(self, url: httpx.URL) -> str:
        """Why requests for a URL do not go in a single packet; "" if they do."""
        server = url.scheme, url.netloc
        with self._asking:
            if server not in self._known:
                self._known[server] = self._ask(url)
            return self._known[server]

    @property
    def reasons(self) -> str:
        """All reasons; "" if there are none."""
        return "; ".join(sorted(set(self._known.values()) - {""}))


class RaceTrack:
    """Runs races over connections that stay open from one race to the next.

    Args:
        client: makes an HTTP client with the settings of the target's.
        url: of the target; asked before the first race whether it speaks HTTP/2.
        connect_timeout, read_timeout: seconds.
        verify_tls: whether certificates are checked.
    """

    def __init__(
        self,
        client: Callable[[httpx.Limits], httpx.Client],
        url: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        verify_tls: bool,
    ) -> None:
        # A racer that has to wait for somebody else's connection would never reach the gate.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEPT_FOR)
        self._http = client(limits)
        install_gate(self._http)
        self._url = httpx.URL(url)
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._verify_tls = verify_tls
        self._patience = connect_timeout + read_timeout
        self._packets: httpx.Client | None = None
        self._transport: SinglePackets | None = None

    def run(
        self, calls: Sequence[Callable[[], T]], name: str, handicaps: Sequence[float] = ()
    ) -> tuple[Race[T], list[Exchange]]:
        """Run every call in a thread of its own, and let their requests go at once, or later by a handicap.

        Returns:
            the race, and all that was sent: what was raced in the order of the calls, then what calls sent besides.
        """
        way = _Way(lambda url: self._why_last_byte(url, len(calls)))
        # Asked before anybody waits at the gate; further servers, if there are any, are asked by the racers themselves.
        way.why_last_byte(self._url)
        gate = Gate(len(calls))

        def client_for(racer: Racer, url: httpx.URL) -> httpx.Client:
            single = racer.at_start and not way.why_last_byte(url)
            return self._packets if single and self._packets else self._http

        later = handicaps or [0.0] * len(calls)
        racers = [
            Racer(gate, name, client_for, handicap, place)
            for place, (_, handicap) in enumerate(zip(calls, later, strict=True))
        ]
        answers: list[T | Exception] = [TimeoutError("the call did not come to an end") for _ in calls]

        def run(at: int) -> None:
            answers[at] = _answer(racers[at], calls[at])

        threads = [
            threading.Thread(target=run, args=(at,), name=f"bookproof-racer-{at + 1}", daemon=True)
            for at in range(len(calls))
        ]
        for thread in threads:
            thread.start()
        gate.open(self._patience)
        deadline = time.monotonic() + self._patience + _LONGEST_CALL
        for thread in threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return _race(name, list(answers), racers, way.reasons), _sent(racers)

    def _why_last_byte(self, url: httpx.URL, racers: int) -> str:
        """Why requests for a URL do not go in a single packet; "" if they do."""
        if url.scheme == "https" and not goes_straight(self._http, url):
            return "a proxy of the environment stands between"
        if url.scheme != "https":
            return "HTTP/2 is spoken over TLS only, and this is http"
        return self._single_packets().why_not(url, racers)

    def _single_packets(self) -> SinglePackets:
        if self._transport is None:
            from bookproof.wire.single_packet import SinglePackets

            self._transport = SinglePackets(
                verify_tls=self._verify_tls, connect_timeout=self._connect_timeout, write_timeout=self._read_timeout
            )
            self._packets = httpx.Client(transport=self._transport, follow_redirects=False)
        return self._transport

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        if self._packets:
            self._packets.close()


def replayed(
    calls: Sequence[Callable[[], T]], name: str, measured: Mapping[str, Any]
) -> tuple[Race[T], list[Exchange]]:
    """A race whose requests are answered from a recording: the calls are made one after the other, each as it raced.

    Args:
        calls: in the order in which they raced.
        name: of the race.
        measured: what was measured when it was run.

    Returns:
        as :meth:`RaceTrack.run`.
    """
    gate = Gate(len(calls))
    racers = [Racer(gate, name, _reach_nobody, place=place) for place in range(len(calls))]
    answers = [_answer(racer, call) for racer, call in zip(racers, calls, strict=True)]
    exchanges = [racer.exchanges[0] if racer.exchanges else None for racer in racers]
    return Race(name, answers, exchanges, **measured), _sent(racers)


def _answer(racer: Racer, call: Callable[[], T]) -> T | Exception:
    """What a call returns or raises as a racer."""
    with racer:
        try:
            return call()
        except Exception as error:  # noqa: BLE001  it is an answer like others; the caller decides
            return error


def _reach_nobody(_: Racer, url: httpx.URL) -> httpx.Client:
    raise AssertionError(f"nothing is sent in a replay, and not to {url}")


def _sent(racers: Sequence[Racer]) -> list[Exchange]:
    raced = [exchange for racer in racers for exchange in racer.exchanges[:1]]
    return raced + [exchange for racer in racers for exchange in racer.exchanges[1:]]


def _race(name: str, answers: list[T | Exception], racers: Sequence[Racer], why_last_byte: str) -> Race[T]:
    moments = [racer.released for racer in racers if racer.released is not None]
    first = min(moments, default=0.0)
    fair = [racer.released - racer.handicap for racer in racers if racer.released is not None]
    exchanges = [racer.exchanges[0] if racer.exchanges else None for racer in racers]
    for racer, exchange in zip(racers, exchanges, strict=True):
        if exchange and racer.released is not None:
            exchange.released = round(racer.released - first, 9)
    lanes = [racer.lane for racer in racers if racer.lane]
    in_one = bool(lanes) and not any(isinstance(lane, GatedStream) for lane in lanes)
    return Race(
        name=name,
        answers=answers,
        exchanges=exchanges,
        technique=SINGLE_PACKET if in_one else LAST_BYTE,
        spread=round(max(fair, default=0.0) - min(fair, default=0.0), 9),
        jitter=0.0 if in_one and len(set(lanes)) == 1 else _jitter(lanes, exchanges),
        why_last_byte="" if in_one else why_last_byte,
    )


def _jitter(lanes: Sequence[Lane], exchanges: Sequence[Exchange | None]) -> float:
    """See :class:`Race`."""
    answer_times = [exchange.elapsed for exchange in exchanges if exchange and exchange.status]
    if len(answer_times) < 2:
        return 0.0
    quickest = min(answer_times)
    connects = [lane.connect_time for lane in lanes if isinstance(lane, GatedStream)]
    connecting = max(connects) - min(connects) if connects else 0.0
    return min(max(connecting, statistics.median(answer_times) - quickest), max(answer_times) - quickest)
