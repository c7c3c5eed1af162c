"""Reads an inbox over HTTP, wherever it stands."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable
from typing import Any, cast

import httpx

from bookproof.errors import UsageError
from bookproof.inbox.delivery import Answer, Delivery, is_token

_NAME, _API_VERSION = "bookproof-inbox", 1
_LONGEST_WAIT = 20.0  # proxies and tunnels seldom let a call take longer than 30 seconds
_ATTEMPTS = 3
_LOOPBACK = ("http://127.", "http://localhost", "http://[::1]")
_CLOSED_GATES = (502, 503, 504)


class Inbox:
    """One run's view of an inbox: its own boxes, and what these receive.

    Args:
        base_url: where the inbox is read.
        token: its token.
        public_url: where a target reaches the same inbox, if not at the base URL (a tunnel).
        timeout: seconds for an answer of the inbox.

    Raises:
        UsageError: there is no inbox, it speaks another version, or it refuses the token.
    """

    def __init__(self, base_url: str, token: str, public_url: str | None = None, timeout: float = 10.0) -> None:
        self._url = base_url.rstrip("/")
        self._public_url = (public_url or base_url).rstrip("/")
        self._timeout = timeout
        if not is_token(token):
            raise self._wrong_token()
        self._http = httpx.Client(
            headers={"authorization": f"Bearer {token}", "user-agent": "bookproof"},
            # Building a TLS context takes longer than all else here, and plain HTTP needs none.
            verify=ssl.create_default_context() if self._url.startswith("https") else False,
            trust_env=not self._url.startswith(_LOOPBACK),
        )
        self._run = secrets.token_urlsafe(16)
        self._seen: list[Delivery] = []
        self._known = self._opened = False
        try:
            self._greet()
        except BaseException:
            self._http.close()
            raise

    def _greet(self) -> None:
        about = self._ask("GET", "/_inbox", attempts=1)
        if about.get("name") != _NAME:
            raise self._no_inbox()
        if about.get("api") != _API_VERSION:
            raise UsageError(
                f"the inbox {self._url} speaks version {about.get('api')} and this run version {_API_VERSION}; "
                "let both be of the same bookproof"
            )
        self._known = True

    def open_box(self, name: str, *answers: Answer) -> str:
        """Open a box and return the URL to subscribe.

        Args:
            name: small letters, digits and ``-``.
            answers: for the next deliveries in turn, the last one for ever; 200 if there are none.
        """
        self.behave(name, *answers)
        return f"{self._public_url}/hooks/{self._run}/{name}"

    def behave(self, name: str, *answers: Answer) -> None:
        """Change how a box answers from the next delivery on; see :meth:`open_box`."""
        self._ask("PUT", self._box(name), {"answers": [each.to_json() for each in answers]})
        self._opened = True

    def release(self, name: str) -> None:
        """Let the answers go that a box holds."""
        self._ask("POST", f"{self._box(name)}/release")

    def deliveries(self) -> list[Delivery]:
        """Read what is there: all deliveries to the boxes of this reader so far, in the order of their arrival."""
        while self._opened and self._read(0):
            pass
        return list(self._seen)

    def wait(self, until: Callable[[list[Delivery]], bool], seconds: float) -> bool:
        """Wait until a predicate holds of all deliveries so far.

        Args:
            until: is given a list of all deliveries, in the order of their arrival.
            seconds: how long to wait at most; the inbox is read at least once, unless the predicate holds already.

        Returns:
            whether it holds.
        """
        ends, over = time.monotonic() + seconds, False
        while not until(list(self._seen)):
            if over or not self._opened:
                return False
            left = max(ends - time.monotonic(), 0.0)
            more = self._read(min(left, _LONGEST_WAIT))
            over = not left and not more
        return True

    def close(self) -> None:
        """Let the inbox forget this run. An inbox that is gone has forgotten it."""
        try:
            if self._opened:
                self._ask("DELETE", f"/_inbox/runs/{self._run}", attempts=1)
        except UsageError:
            pass
        finally:
            self._http.close()

    def _box(self, name: str) -> str:
        return f"/_inbox/runs/{self._run}/boxes/{name}"

    def _read(self, wait: float) -> bool:
        """Read a page; whether there is more to read at once."""
        after = self._seen[-1].number if self._seen else 0
        page = self._ask("GET", f"/_inbox/runs/{self._run}/deliveries?after={after}&wait={wait:.3f}", waiting=wait)
        if page["refused"]:
            raise UsageError(
                f"the inbox {self._url} could not keep {page['refused']} deliveries of this run, there were too many; "
                "let the target send fewer, or judge less at a time with --select"
            )
        self._seen += [Delivery.from_json(each) for each in page["deliveries"]]
        return page["more"]

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        waiting: float = 0.0,
        attempts: int = _ATTEMPTS,
    ) -> dict[str, Any]:
        """Send a call. All calls may be repeated, so one that is lost on its way is."""
        failure = ""
        for _ in range(attempts):
            try:
                timeout = httpx.Timeout(self._timeout, read=self._timeout + waiting)
                answer = self._http.request(method, f"{self._url}{path}", json=body, timeout=timeout)
            except (httpx.HTTPError, httpx.InvalidURL) as why:
                failure = str(why) or type(why).__name__
                continue
            if answer.status_code not in _CLOSED_GATES:
                return self._understood(answer)
            failure = f"answers {answer.status_code}"
        raise UsageError(
            f"the inbox {self._url} cannot be reached: {failure}; start `bookproof inbox` there, "
            "or correct url in [inbox] of the target file"
        )

    def _understood(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code == 204:
            return {}
        try:
            said = answer.json()
        except ValueError:
            said = None
        if answer.status_code == 401:
            raise self._wrong_token()
        if not isinstance(said, dict) or not (answer.is_success or (self._known and "message" in said)):
            raise self._no_inbox()
        told = cast("dict[str, Any]", said)
        if not answer.is_success:
            if self._opened and answer.status_code == 404:
                raise UsageError(
                    f"the inbox {self._url} has forgotten this run; was it started again? With --keep FILE it remembers"
                )
            raise UsageError(f"the inbox {self._url} refuses: {told['message']}")
        return told

    def _wrong_token(self) -> UsageError:
        return UsageError(
            f"the inbox {self._url} refuses the token; set the variable that token_env in [inbox] names "
            "to the token that `bookproof inbox` was started with or has printed"
        )

    def _no_inbox(self) -> UsageError:
        return UsageError(
            f"what answers at {self._url} is no inbox; start `bookproof inbox` there, "
            "or correct url in [inbox] of the target file"
        )
