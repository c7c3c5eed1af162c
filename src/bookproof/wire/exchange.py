"""One request and its response, as evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


class _NotJson:
    def __repr__(self) -> str:
        return "<not JSON>"

    def __bool__(self) -> bool:
        return False


#: Stands for a body that is not JSON, so that it cannot be confused with ``null``.
NOT_JSON: Any = _NotJson()


@dataclass(frozen=True)
class Arrival:
    """What the inbox tells of a delivery beyond its exchange.

    Attributes:
        box: name of the box that it came to.
        number: running number in the inbox.
        path: path and query, as sent.
        cut: whether the body is only its beginning.
    """

    box: str
    number: int
    path: str
    cut: bool = False


@dataclass
class Exchange:
    """One request and its response; of a webhook delivery the request that the target sent, and how it was answered.

    Attributes:
        number: running number in the run's target, from 1.
        probe: id of the probe that sent it.
        operation: operation id of the contract, or "" for a path that the contract does not have.
        role: whose key it carried, or what it carried instead (``no key``).
        note: what the request tries, in a few words.
        method, url: as sent.
        request_headers, request_body: as sent; names in lower case.
        status: 0 when no answer came.
        response_headers: names in lower case.
        response_body: raw bytes.
        started: unix time in seconds at which the request was sent; in a race, at which it was released.
        elapsed: seconds from then until the answer was complete.
        failure: why no answer came; empty when one did.
        inbound: whether the target sent it to our inbox.
        race: name of the race that it took part in, or "".
        released: seconds from the first release of that race to this one's.
        racer: which call of that race it was, from 0; None outside of one.
        arrival: of a delivery, what the inbox tells of it beyond this.
    """

    number: int
    probe: str
    operation: str
    role: str
    note: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int
    response_headers: Mapping[str, str]
    response_body: bytes
    started: float
    elapsed: float
    failure: str = ""
    inbound: bool = False
    race: str = ""
    released: float = 0.0
    racer: int | None = None
    arrival: Arrival | None = None

    @property
    def ok(self) -> bool:
        """Whether the answer is a success by its status."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the answer is a client error by its status."""
        return 400 <= self.status < 500

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or :data:`NOT_JSON`."""
        try:
            return json.loads(self.response_body)
        except ValueError:
            return NOT_JSON

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.json is not NOT_JSON

    @property
    def text(self) -> str:
        """The body as text."""
        return self.response_body.decode("utf-8", "replace")

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.response_headers.get("content-type", "").split(";")[0].strip().lower()

    def __str__(self) -> str:
        answer = self.failure or str(self.status)
        return f"#{self.number} {self.method} {self.url} -> {answer}"


def describe(exchange: Exchange) -> str:
    """An exchange in a few words: ``createBooking by full answered 500 (exchange 12)``."""
    what = exchange.operation or f"{exchange.method} {exchange.url}"
    answer = f"answered {exchange.status}" if exchange.status else f"got no answer ({exchange.failure})"
    return f"{what} by {exchange.role} {answer} (exchange {exchange.number})"
