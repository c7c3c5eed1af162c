"""The HTTP client: one long-lived connection pool per target, a request budget, and a record of every exchange."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlencode

import httpx
from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt

from bookproof.errors import BookproofError, UsageError
from bookproof.recording.tape import LiveTape, Tape
from bookproof.wire.exchange import Exchange
from bookproof.wire.gate import Racer, racer_here

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

    from bookproof.wire.race import Race, RaceTrack

T = TypeVar("T")

#: The probe name of requests that remove what the run has created.
CLEAN_UP = "clean-up"
_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")
#: A wait that a 429 asks for is kept to, up to this many seconds.
LONGEST_WAIT = 65.0


@dataclass(frozen=True)
class Request:
    """What to send.

    Attributes:
        method, path: the path is appended to the base URL; a whole URL stands for itself.
        query: parameters.
        headers: in addition to the client's own.
        body: raw bytes, or None for no body.
        operation, role, note: for the record; see :class:`Exchange`.
        limited: False for requests that must not wait for the limiter or obey a 429 (the rate-limit probe).
        enough: told the headers and what has been read of the body so far, says whether the rest may be left unread;
            for streams that a server keeps open after its answer. None reads to the end.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    operation: str = ""
    role: str = ""
    note: str = ""
    limited: bool = True
    enough: Callable[[Mapping[str, str], bytes], bool] | None = None


class Client:
    """Sends requests to one target and keeps every exchange: those sent, and those that came in as deliveries.

    Args:
        base_url: scheme, host and port.
        requests_per_minute: limit per credential that the client keeps to.
        role_limits: role to a limit of its own.
        connect_timeout, read_timeout: seconds.
        verify_tls: whether certificates are checked.
        elsewhere: a further URL that is sent to, or "".
        max_requests: refuse to send more than this many, clean-up aside; None for no bound.
        on_exchange: called with every exchange, for the recorder.
        tape: answers requests from a recording, or has them really sent, as by default.

    Attributes:
        exchanges: what was sent, with its answers.
        received: deliveries; they are numbered with the others.
    """

    def __init__(
        self,
        base_url: str,
        *,
        requests_per_minute: int,
        role_limits: Mapping[str, int],
        connect_timeout: float,
        read_timeout: float,
        verify_tls: bool = True,
        elsewhere: str = "",
        max_requests: int | None = None,
        on_exchange: Callable[[Exchange], None] = lambda _: None,
        tape: Tape | None = None,
    ) -> None:
        self.tape: Tape = tape or LiveTape()
        # Building a TLS context costs more than all else here together, and http targets need none.
        secure = any(url.startswith("https") for url in (base_url, elsewhere))
        verify = ssl.create_default_context() if secure and verify_tls and not self.tape.replays else False
        self._base_url = base_url.rstrip("/")

        def connect(limits: httpx.Limits) -> httpx.Client:
            return httpx.Client(
                timeout=httpx.Timeout(read_timeout, connect=connect_timeout),
                headers={"accept": "application/json", "user-agent": "bookproof"},
                # A session that a cookie keeps would let in who sends no key.
                cookies=_NoCookies(),
                verify=verify,
                follow_redirects=False,
                trust_env=not all(url.startswith(_LOOPBACK) for url in (base_url, elsewhere) if url),
                limits=limits,
            )

        def lay_track() -> RaceTrack:
            from bookproof.wire.race import RaceTrack

            return RaceTrack(
                connect, base_url, connect_timeout=connect_timeout, read_timeout=read_timeout, verify_tls=verify_tls
            )

        self._http = connect(httpx.Limits(max_connections=100, max_keepalive_connections=20))
        self._lay_track = lay_track
        self._track: RaceTrack | None = None
        self._per_minute = requests_per_minute
        self._role_limits = role_limits
        self._buckets: dict[str, InMemoryBucket] = {}
        self._max_requests = max_requests
        self._on_exchange = on_exchange
        self.exchanges: list[Exchange] = []
        self.received: list[Exchange] = []

    @property
    def probe(self) -> str:
        """Whose requests are sent now."""
        return self.tape.probe

    @probe.setter
    def probe(self, probe: str) -> None:
        self.tape.probe = probe

    def send(self, request: Request) -> Exchange:
        """Send one request and keep the exchange.

        A 429 is kept as evidence and the request repeated after the wait that it asks for, three times at most. In a
        race it is not; there the exchange gets its number when the race is over.

        Returns:
            the last exchange; its status is 0 when no answer came in time.

        Raises:
            UsageError: the request budget of the run is spent.
        """
        if not request.limited or racer_here():
            return self._send_once(request)
        first = self._send_within_limit(request)
        if first.status != 429:
            return first
        self.tape.pause(_asked_wait(first))
        attempts = Retrying(
            retry=retry_if_result(lambda exchange: exchange.status == 429),
            stop=stop_after_attempt(2),
            wait=lambda state: _asked_wait(state.outcome.result() if state.outcome else None),
            sleep=self.tape.pause,
        )
        try:
            return attempts(self._send_within_limit, request)
        except RetryError as error:
            return error.last_attempt.result()

    def _send_within_limit(self, request: Request) -> Exchange:
        self._wait_for_turn(request.role)
        return self._send_once(request)

    def race(
        self, calls: Sequence[Callable[[], T]], roles: Sequence[str], name: str, handicaps: Sequence[float] = ()
    ) -> Race[T]:
        """Make calls whose requests arrive at the same moment, as nearly as it can be done, and keep the exchanges.

        Args:
            calls: each sends one request by this client, in a thread of its own. What else it sends is not held back.
            roles: whose key each of them carries; their turns are waited for before anything is sent.
            name: of the race, for the record.
            handicaps: seconds by which each is released after the first; none by default.

        Returns:
            the answers, in the order of the calls; an exception that a call raised is its answer.

        Raises:
            UsageError: the request budget of the run does not allow for all of them.
            BookproofError: of a call, when all have ended and their exchanges are kept.
        """
        self._require_budget(len(calls))
        for _, role in zip(calls, roles, strict=True):
            self._wait_for_turn(role)
        race, sent = self._raced(calls, name, handicaps)
        failures = [answer for answer in race.answers if isinstance(answer, BookproofError)]
        for exchange in sent:
            try:
                self._add(exchange)
            except BookproofError as why:
                failures.append(why)
        if failures:
            raise failures[0]
        return race

    def _raced(
        self, calls: Sequence[Callable[[], T]], name: str, handicaps: Sequence[float]
    ) -> tuple[Race[T], list[Exchange]]:
        if self.tape.replays:
            from bookproof.wire.race import replayed

            return replayed(calls, name, self.tape.reading(f"race {name}", dict))
        self._track = self._track or self._lay_track()
        race, sent = self._track.run(calls, name, handicaps)
        self.tape.reading(f"race {name}", lambda: race.measured)
        return race, sent

    def _require_budget(self, requests: int) -> None:
        # Cleaning up is never saved on.
        spent = self._max_requests is not None and len(self.exchanges) + requests > self._max_requests
        if spent and self.probe != CLEAN_UP:
            raise UsageError(f"the run's budget of {self._max_requests} requests is spent; raise --max-requests")

    def _send_once(self, request: Request) -> Exchange:
        racer = racer_here()
        if racer is None:
            self._require_budget(1)
        headers = {"content-type": "application/json"} if request.body is not None else {}
        base_url = "" if request.path.startswith(("http://", "https://")) else self._base_url
        built = self._http.build_request(
            request.method,
            # One text is parsed faster than an address that is put together from parts.
            f"{base_url}{request.path}{'?' if request.query else ''}{urlencode(request.query)}",
            headers={**headers, **request.headers},
            content=request.body,
        )
        asked = Exchange(
            number=0,
            probe=self.probe,
            operation=request.operation,
            role=request.role,
            note=request.note,
            method=request.method,
            url=str(built.url),
            request_headers=_plain(built.headers),
            request_body=request.body or b"",
            status=0,
            response_headers={},
            response_body=b"",
            started=0.0,
            elapsed=0.0,
            race=racer.race if racer else "",
            racer=racer.place if racer else None,
        )
        exchange = self.tape.exchange(asked, lambda: self._have_answered(asked, built, request.enough, racer))
        if racer is None:
            self._add(exchange)
        else:
            racer.exchanges.append(exchange)
        return exchange

    def _have_answered(
        self,
        asked: Exchange,
        built: httpx.Request,
        enough: Callable[[Mapping[str, str], bytes], bool] | None,
        racer: Racer | None,
    ) -> None:
        """Send a request, and complete its exchange by the answer."""
        http = self._http if racer is None else racer.client_for(built.url)
        raced = racer is not None and racer.at_start
        started, clock = time.time(), time.perf_counter()
        try:
            response = http.send(built, stream=enough is not None)
            asked.status, asked.response_headers = response.status_code, _plain(response.headers)
            asked.response_body = response.content if enough is None else _read_enough(response, enough)
        except httpx.HTTPError as error:
            # An answer that breaks off is none.
            asked.status = 0
            asked.failure = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        ended = time.perf_counter()
        if raced and racer and racer.released is not None:
            # What came before the release was made ready, not sent.
            started, clock = started + racer.released - clock, racer.released
        # As exact as it is recorded, so that nothing comes out otherwise when it is judged again.
        asked.started, asked.elapsed = round(started, 6), round(ended - clock, 9)

    def _add(self, exchange: Exchange) -> None:
        # One that is played has its number already.
        exchange.number = exchange.number or self._next_number
        self.exchanges.append(exchange)
        self._on_exchange(exchange)

    def take_turn(self, role: str) -> None:
        """Wait until a request of a role may be sent by other means than this client, which then is told by `add`.

        Raises:
            UsageError: the request budget of the run is spent.
        """
        self._require_budget(1)
        self._wait_for_turn(role)

    def add(self, exchange: Exchange) -> None:
        """Number and record an exchange that was sent by other means."""
        self._add(exchange)

    def keep(self, exchange: Exchange) -> Exchange:
        """Number and record an exchange that came from the target: a delivery."""
        if not exchange.number:
            exchange.number, exchange.probe = self._next_number, self.probe
        self.received.append(exchange)
        self._on_exchange(exchange)
        return exchange

    @property
    def next_number(self) -> int:
        """The number that the next exchange will have."""
        return self.tape.reading("number", lambda: self._next_number)

    @property
    def _next_number(self) -> int:
        return len(self.exchanges) + len(self.received) + 1

    def _wait_for_turn(self, role: str) -> None:
        """Keep to the limit of a credential. The bucket is used as such: a Limiter starts a thread that never ends."""
        if self.tape.replays:
            return
        from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

        bucket = self._buckets.get(role)
        if bucket is None:
            rate = Rate(self._role_limits.get(role, self._per_minute), Duration.MINUTE)
            bucket = self._buckets[role] = InMemoryBucket([rate])
        while True:
            now = time.monotonic_ns() // 1_000_000
            item = RateItem(role or "anonymous", now)
            bucket.leak(now)
            if bucket.put(item):
                return
            # Buckets may be asynchronous; one in memory answers at once.
            time.sleep(max(cast("int", bucket.waiting(item)), 1) / 1000)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        if self._track:
            self._track.close()


class _NoCookies(CookieJar):
    """Keeps nothing of what servers set, and sends nothing."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Pass over them."""

    def add_cookie_header(self, request: object) -> None:
        """Add none."""


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Headers with names in lower case; those of one name are joined."""
    plain: dict[str, str] = {}
    encoding = headers.encoding
    for raw_name, raw_value in headers.raw:
        name, value = raw_name.decode(encoding).lower(), raw_value.decode(encoding)
        plain[name] = f"{plain[name]}, {value}" if name in plain else value
    return plain


def _read_enough(response: httpx.Response, enough: Callable[[Mapping[str, str], bytes], bool]) -> bytes:
    body = b""
    try:
        for chunk in response.iter_bytes():
            body += chunk
            if enough(response.headers, body):
                break
    finally:
        response.close()
    return body


def _asked_wait(exchange: Exchange | None) -> float:
    asked = exchange.response_headers.get("retry-after", "") if exchange else ""
    return min(float(asked), LONGEST_WAIT) if asked.isdigit() else 5.0
