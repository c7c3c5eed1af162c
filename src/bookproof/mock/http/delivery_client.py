"""The HTTP client of deliveries: it reaches loopback only, and what it has in flight can be ended."""

import contextlib
import socket
import threading
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from bookproof.mock.http.letter import Letter

if TYPE_CHECKING:
    import httpx

TIMEOUT = 5.0
_OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class DeliveryClient:
    """Sends letters from many threads over one httpx client, which is made when the first is sent.

    Parameters:
        timeout: seconds that a receiver has to answer.
    """

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self.timeout = timeout
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._interrupted = False

    def may_reach(self, url: str) -> bool:
        """Whether the URL is http or https on this machine; nothing else is ever contacted."""
        import httpx

        try:
            # Read as the client will read it, so that both mean the same host.
            target = httpx.URL(url)
            return target.scheme in ("http", "https") and (
                target.host == "localhost" or ip_address(target.host).is_loopback
            )
        except (httpx.InvalidURL, ValueError):
            return False

    def send(self, url: str, letter: Letter) -> int | None:
        """Send a letter and return the status of the answer, None if there is none in time."""
        import httpx

        try:
            with self._opened().stream(
                letter.method,
                url,
                headers=letter.headers,
                content=letter.body,
                timeout=self.timeout,
                extensions={"trace": self._note_socket},
            ) as response:
                self._hear_out(response)
                return response.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    def interrupt(self) -> None:
        """End everything in flight now; later letters are not answered."""
        with self._lock:
            self._interrupted = True
            for connection in list(self._sockets):
                _shut(connection)

    def close(self) -> None:
        """Let the client go."""
        if self._client is not None:
            self._client.close()

    def _opened(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    verify=False,  # noqa: S501 - a receiver on this machine has a certificate of its own making
                    trust_env=False,  # a proxy would lead elsewhere
                    follow_redirects=False,
                    # Receivers share a host name: what one of them sets must not be told to another.
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                    # A connection of its own for each letter: none can be found closed by the receiver.
                    limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                )
            return self._client

    def _note_socket(self, event: str, info: dict[str, Any]) -> None:
        if event in _OPENED:
            connection: socket.socket = info["return_value"].get_extra_info("socket")
            with self._lock:
                self._sockets.add(connection)
                if self._interrupted:
                    _shut(connection)

    def _hear_out(self, response: "httpx.Response") -> None:
        """Read the rest of an answer, so that its sender is not cut off; the status counts whatever comes."""
        import httpx

        end = time.monotonic() + self.timeout
        with contextlib.suppress(httpx.HTTPError):
            for _ in response.iter_raw():
                if time.monotonic() > end:
                    break


def _shut(connection: socket.socket) -> None:
    # Closing would leave a thread waiting that reads from it; shutting down wakes it.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
