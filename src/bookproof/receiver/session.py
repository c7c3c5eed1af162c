"""Sends the cases to a consumer, one after the other, and keeps what it answers."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bookproof.errors import Unreachable
from bookproof.judge.signature import Scheme
from bookproof.receiver.cases import Case
from bookproof.receiver.judgement import Answer, Result, hint, judge
from bookproof.receiver.letters import Letter, Unsuitable, Writer
from bookproof.receiver.repeat import repeat_line
from bookproof.receiver.samples import Samples
from bookproof.wire.redaction import Redactor

if TYPE_CHECKING:
    import httpx

_LONGEST_ANSWER = 64 * 1024


@dataclass
class Trial:
    """One consumer and what it was tried with.

    Args:
        url: where it takes deliveries.
        scheme: how they are signed.
        secret: what the consumer holds.
        samples: makes the bodies.
        timeout: for one answer, in seconds.
        clock: unix time in seconds.

    Attributes:
        results: what came of each case, in order.
        stopped: why the rest was not sent; empty if all was.
    """

    url: str
    scheme: Scheme
    secret: str = field(repr=False)
    samples: Samples
    timeout: float = 10.0
    clock: Callable[[], float] = time.time
    results: list[Result] = field(default_factory=list[Result])
    stopped: str = ""

    def run(self, cases: Iterable[Case], on_result: Callable[[Result], None] = lambda _: None) -> None:
        """Send the cases; the first one has to be an ordinary delivery, without which the others tell nothing.

        Raises:
            Unreachable: nobody answers at the URL.
        """
        redactor = Redactor({"signing secret": self.secret})
        with self._client() as client:
            for case in cases:
                if self.stopped:
                    result = Result(case, reason=self.stopped, stopped=True)
                else:
                    result = self._try(client, case, redactor)
                self.results.append(result)
                on_result(result)

    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            timeout=self.timeout,
            # A connection of its own for each, so that one which the consumer closes early is not held against it.
            limits=httpx.Limits(max_keepalive_connections=0),
            headers={"user-agent": "bookproof", "accept": "*/*"},
            verify=ssl.create_default_context() if self.url.startswith("https") else False,
            follow_redirects=False,
            trust_env=not re.match(r"http://(?:127\.|localhost\b|\[::1\])", self.url),
        )

    def _try(self, client: httpx.Client, case: Case, redactor: Redactor) -> Result:
        writer = Writer(self.scheme, self.secret, int(self.clock()), self.samples)
        try:
            letter = case.write(writer, case.id)
        except Unsuitable:
            return Result(case, reason=f"needs {case.needs}")
        answers = tuple(_shown(self._send(client, letter), redactor) for _ in range(case.times))
        if not self.results:
            if answers[0].failure.startswith("ConnectError"):
                raise Unreachable(f"nobody answers at {redactor.text(self.url)}: {answers[0].failure}")
            if not answers[0].accepted:
                self.stopped = f"an ordinary delivery is not accepted ({answers[0]}): {hint(answers[0])}"
        elif answers[-1].failure.startswith("ConnectError"):
            self.stopped = f"the consumer has gone away after case {self.results[-1].case.id}"
        return Result(case, answers, judge(case, answers, lambda: redactor.text(repeat_line(self.url, letter))))

    def _send(self, client: httpx.Client, letter: Letter) -> Answer:
        import httpx

        headers = [(b"Content-Type", b"application/json")]
        headers += [(name.encode(), value.encode("utf-8")) for name, value in letter.headers]
        started = time.perf_counter()
        try:
            with client.stream("POST", self.url, content=letter.body, headers=headers) as response:
                seconds = time.perf_counter() - started
                body = b""
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > _LONGEST_ANSWER:
                        break
        except httpx.HTTPError as why:
            # A name that no address belongs to, a refused connection and one that hangs are the same to us.
            unreachable = isinstance(why, httpx.ConnectError | httpx.ConnectTimeout | httpx.UnsupportedProtocol)
            kind = "ConnectError" if unreachable else type(why).__name__
            said = f"{kind}: {why}" if str(why) else f"{kind} after {self.timeout:g} s"
            return Answer(0, time.perf_counter() - started, failure=said)
        location = response.headers.get("location", "") if response.is_redirect else ""
        return Answer(response.status_code, seconds, body.decode("utf-8", "replace"), location)


def _shown(answer: Answer, redactor: Redactor) -> Answer:
    """An answer without the secret, which a careless consumer may show."""
    return replace(answer, body=redactor.text(answer.body), location=redactor.text(answer.location))
