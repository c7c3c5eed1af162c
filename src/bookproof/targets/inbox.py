"""The inbox that one target delivers to: the run's own on loopback, one behind a tunnel, or one on another host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from bookproof.errors import UsageError
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Arrival, Exchange

if TYPE_CHECKING:
    from bookproof.inbox import Answer, Delivery
    from bookproof.inbox.reader import Inbox
    from bookproof.inbox.server import InboxServer
    from bookproof.recording.tape import Tape
    from bookproof.targets.target import InboxSettings, Target

T = TypeVar("T")

#: What makes deliveries testable where nothing says how the target could reach an inbox.
REMEDY = (
    "run `bookproof inbox` where the target can reach it, or let a tunnel lead here, and name its URL with "
    "--webhook-url or as url under [inbox]"
)


def no_inbox(target: Target) -> str:
    """Why a target can deliver nothing to this run, or "" if there is an inbox that it should reach."""
    if target.inbox.url or is_loopback(target.base_url):
        return ""
    return f"no inbox that {urlsplit(target.base_url).hostname} can deliver webhooks to: {REMEDY}"


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Received:
    """A delivery as the inbox has it, and as the exchange that the record keeps of it."""

    delivery: Delivery
    exchange: Exchange

    @property
    def box(self) -> str:
        """The box of the subscription that it was sent to."""
        return self.delivery.box


class TargetInbox:
    """The boxes of one run on one target. Nothing is started or asked before the first box is opened.

    Args:
        target: whose deliveries are received.
        keep: numbers and records the exchange that is made of a delivery.
        tape: records what was known when, or plays it: then no inbox is needed.
    """

    def __init__(self, target: Target, keep: Callable[[Exchange], Exchange], tape: Tape) -> None:
        self._target = target
        self._keep = keep
        self._tape = tape
        self._inbox: Inbox | None = None
        self._urls: dict[str, str] = {}
        self.received: list[Received] = []

    @property
    def settings(self) -> InboxSettings:
        """What the target file says of it."""
        return self._target.inbox

    def open_box(self, name: str, *answers: Answer) -> str:
        """Open a box, which answers as :meth:`bookproof.inbox.reader.Inbox.open_box` says; returns its URL.

        Raises:
            Untestable: the target could not reach any inbox of this run.
            UsageError: the inbox that the target file names is not there, or refuses the token.
        """
        reason = no_inbox(self._target)
        if reason:
            raise Untestable(reason)
        url = self._tape.attempt(f"box {name}", lambda: self._reader().open_box(name, *answers), UsageError)
        self._urls[name] = url
        return url

    def url(self, name: str) -> str:
        """The URL of an open box."""
        return self._urls[name]

    def behave(self, name: str, *answers: Answer) -> None:
        """Change how a box answers from now on, and let go what it holds."""

        def change() -> None:
            self._reader().behave(name, *answers)
            self._reader().release(name)

        self._tape.attempt(f"answers of {name}", change, UsageError)

    def wait(self, until: Callable[[list[Received]], bool], seconds: float) -> bool:
        """Wait until a predicate holds of all that was received so far, at most some seconds; whether it holds."""

        def holds(deliveries: list[Delivery]) -> bool:
            self._take(deliveries)
            return until(self.received)

        held = self._listen(lambda: self._reader().wait(holds, seconds))
        return until(self.received) if held is None else held

    def look(self) -> int:
        """Read what has arrived meanwhile; returns the number of the newest delivery, 0 if there is none."""
        self._listen(lambda: self._take(self._reader().deliveries()))
        return self.received[-1].delivery.number if self.received else 0

    def _listen(self, listen: Callable[[], T]) -> T | None:
        """Let in what arrives, and record what is known then; in a replay let in as much, and return None."""
        failure: UsageError | None = None
        heard: T | None = None
        if not self._tape.replays:
            try:
                heard = listen()
            except UsageError as why:
                failure = why

        def known() -> int:
            if failure:
                raise failure
            return self.received[-1].exchange.number if self.received else 0

        newest = self._tape.attempt("deliveries", known, UsageError)
        for exchange in self._tape.deliveries(newest)[len(self.received) :]:
            self.received.append(Received(_delivery_of(exchange), self._keep(exchange)))
        return heard

    def close(self) -> None:
        """Let the inbox forget this run's boxes."""
        if self._inbox:
            self._inbox.close()

    def _take(self, deliveries: list[Delivery]) -> None:
        for new in deliveries[len(self.received) :]:
            self.received.append(Received(new, self._keep(_exchange_of(new, self._urls[new.box]))))

    def _reader(self) -> Inbox:
        if self._inbox is None:
            from bookproof.inbox.reader import Inbox

            if self.settings.token:
                self._inbox = Inbox(self.settings.url, self.settings.token)
            else:
                server = _own_inbox(self.settings.listen)
                self._inbox = Inbox(server.base_url, server.token, self.settings.url or None)
        return self._inbox


def _exchange_of(delivery: Delivery, url: str) -> Exchange:
    """A delivery as an exchange; its number and probe are given when it is kept."""
    return Exchange(
        number=0,
        probe="",
        operation="",
        role="target",
        note=f"delivery to subscription {delivery.box}",
        method=delivery.method,
        url=url,
        request_headers=delivery.headers,
        request_body=delivery.body,
        status=delivery.answered,
        response_headers={},
        response_body=b"",
        started=delivery.received,
        elapsed=0.0,
        failure="" if delivery.answered else "the inbox closed the connection, as it was asked to",
        inbound=True,
        arrival=Arrival(delivery.box, delivery.number, delivery.path, delivery.cut),
    )


def _delivery_of(exchange: Exchange) -> Delivery:
    """The inverse of :func:`_exchange_of`."""
    from bookproof.inbox.delivery import Delivery

    arrival = exchange.arrival
    assert arrival is not None, "a delivery has arrived"
    return Delivery(
        number=arrival.number,
        box=arrival.box,
        received=exchange.started,
        method=exchange.method,
        path=arrival.path,
        headers=exchange.request_headers,
        body=exchange.request_body,
        answered=exchange.status,
        cut=arrival.cut,
    )


@cache
def _own_inbox(port: int) -> InboxServer:
    """The inbox of this process; all of its targets share it, and it ends with the process."""
    from bookproof.inbox.server import InboxServer

    try:
        return InboxServer(port=port)
    except OSError as why:
        raise UsageError(
            f"the inbox of this run cannot listen on port {port}: {why.strerror or why}; "
            "choose another with --inbox-port, or listen under [inbox]"
        ) from why
