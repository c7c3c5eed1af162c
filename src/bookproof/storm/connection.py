"""A user's own connection: sends what the dialect asks for through Locust's HTTP session."""

from __future__ import annotations

import ssl
import time
from typing import Any
from urllib.parse import urlencode

from bookproof.targets.target import Target
from bookproof.wire.client import Request
from bookproof.wire.exchange import Exchange

_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")


class Connection:
    """Stands in for :class:`bookproof.wire.client.Client`: each request is sent once, whatever comes of it.

    Args:
        session: Locust's HTTP session of the user.
        target: where to send.
    """

    def __init__(self, session: Any, target: Target) -> None:
        from requests.utils import get_environ_proxies

        self._session = session
        self._base_url = target.base_url
        self._timeouts = (target.connect_timeout, target.read_timeout)
        # What a home folder holds for other tools (netrc) must not take the place of the key.
        session.trust_env = False
        if not target.base_url.startswith(_LOOPBACK):
            session.proxies = get_environ_proxies(target.base_url)
        # The same authorities as everywhere else in the suite.
        session.verify = (ssl.get_default_verify_paths().cafile or True) if target.verify_tls else False
        session.headers.update({"accept": "application/json", "user-agent": "bookproof"})
        self._sent = 0

    def send(self, request: Request) -> Exchange:
        """Send one request; the status of the exchange is 0 when no answer came."""
        self._sent += 1
        url = f"{self._base_url}{request.path}{'?' if request.query else ''}{urlencode(request.query)}"
        kind = {"content-type": "application/json"} if request.body is not None else {}
        headers = {**kind, **request.headers}
        started, clock = time.time(), time.perf_counter()
        answer = self._session.request(
            request.method,
            url,
            name=request.operation,
            data=request.body,
            headers=headers,
            timeout=self._timeouts,
            allow_redirects=False,
        )
        elapsed = time.perf_counter() - clock
        failure = getattr(answer, "error", None)
        status = answer.status_code or 0
        return Exchange(
            number=self._sent,
            probe="storm",
            operation=request.operation,
            role=request.role,
            note=request.note,
            method=request.method,
            url=url,
            request_headers=headers,
            request_body=request.body or b"",
            status=status,
            response_headers={name.lower(): value for name, value in answer.headers.items()},
            response_body=answer.content or b"",
            started=started,
            elapsed=elapsed,
            failure="" if status else type(failure).__name__ if failure else "no answer",
        )
