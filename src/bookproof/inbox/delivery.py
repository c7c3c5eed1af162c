"""What an inbox keeps of a delivery, and how it answers one; both as Python and as JSON on the wire."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

#: The longest that an answer can be held or delayed, in seconds.
LONGEST_PAUSE = 600.0
_URL = re.compile(r"https?://[!-~]+")
_TOKEN = re.compile(r"[!-~]+")


def is_token(text: str) -> bool:
    """Whether a text can be a bearer token: printable ASCII without spaces."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True)
class Answer:
    """How a delivery is answered; made by :func:`answer`, :func:`redirect`, :func:`hold`, :func:`drop`, :func:`delay`.

    Attributes:
        status: from 200 to 599.
        redirect: where a 302 points to; empty for no redirect.
        hold: seconds after which the answer goes although nobody has released it.
        delay: seconds after which the answer goes; a release does not hurry it.
        drop: close the connection without an answer.

    Raises:
        ValueError: a value is outside its range, or two of them contradict each other.
    """

    status: int = 200
    redirect: str = ""
    hold: float = 0.0
    delay: float = 0.0
    drop: bool = False

    def __post_init__(self) -> None:
        if not 200 <= self.status <= 599:
            raise ValueError(f"status is {self.status}; give one from 200 to 599")
        if self.redirect and not _URL.fullmatch(self.redirect):
            raise ValueError(f"redirect is {self.redirect!r}; give an http or https URL")
        for name, seconds in (("hold", self.hold), ("delay", self.delay)):
            if not 0 <= seconds <= LONGEST_PAUSE:
                raise ValueError(f"{name} is {seconds}; give seconds from 0 to {LONGEST_PAUSE:g}")
        if (self.hold and self.delay) or (self.drop and self.redirect):
            raise ValueError("an answer is held or delayed, dropped or redirected; not both")

    @property
    def answered(self) -> int:
        """The status that a sender gets; 0 where it gets none."""
        return 0 if self.drop else 302 if self.redirect else self.status

    def to_json(self) -> dict[str, Any]:
        """The answer as the wire has it: the attributes that say something, and always what the sender gets."""
        said = {name: value for name in ("hold", "delay") if (value := getattr(self, name))}
        if self.drop:
            return {**said, "drop": True}
        return {**said, "redirect": self.redirect} if self.redirect else {**said, "status": self.status}

    @classmethod
    def from_json(cls, said: object) -> Answer:
        """Read what :meth:`to_json` writes.

        Raises:
            ValueError: it is something else; the message says what.
        """
        if not isinstance(said, dict):
            raise ValueError('an answer is an object such as {"status": 200}')  # noqa: TRY004  as its docstring says
        members = cast("dict[str, Any]", said)
        for name, value in members.items():
            if name not in _KINDS:
                raise ValueError(f"{name!r} is nothing that an answer has; it has {', '.join(_KINDS)}")
            if not isinstance(value, _KINDS[name]) or (isinstance(value, bool) and name != "drop"):
                raise ValueError(f"{name} is {value!r}; that is of the wrong kind")
        return cls(**members)


_KINDS: dict[str, type | tuple[type, ...]] = {
    "status": int,
    "redirect": str,
    "hold": (int, float),
    "delay": (int, float),
    "drop": bool,
}


def answer(status: int = 200) -> Answer:
    """Answer at once with a status and an empty JSON object."""
    return Answer(status=status)


def redirect(url: str) -> Answer:
    """Answer at once with 302 and a Location."""
    return Answer(redirect=url)


def hold(seconds: float, status: int = 200) -> Answer:
    """Answer when released, or when the seconds are over."""
    return Answer(status=status, hold=seconds)


def drop() -> Answer:
    """Close the connection without an answer, once the delivery has been read."""
    return Answer(drop=True)


def delay(seconds: float, status: int = 200) -> Answer:
    """Answer when the seconds are over."""
    return Answer(status=status, delay=seconds)


@dataclass(frozen=True)
class Delivery:
    """One request that an inbox has received.

    Attributes:
        number: running number over all that the inbox receives, from 1; in the order in which bodies were complete.
        box: name of the box that it was sent to.
        received: unix time in seconds, by the inbox's clock, at which the body was complete.
        method: as sent.
        path: path and query, as sent.
        headers: names in lower case; values of repeated ones joined by ``", "``.
        body: raw bytes.
        answered: status that it is answered with, 0 if the connection is closed without an answer. It is known when
            the delivery arrives, so it is there while the answer is still held or delayed.
        cut: whether the body was longer than the inbox keeps; it is the beginning then, and the answer was a 413.
    """

    number: int
    box: str
    received: float
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    answered: int = 200
    cut: bool = False

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Delivery:
        """Read a delivery as the wire has it: headers as a list of pairs, the body in base64."""
        headers: dict[str, str] = {}
        for name, value in said["headers"]:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return cls(
            number=said["number"],
            box=said["box"],
            received=said["received"],
            method=said["method"],
            path=said["path"],
            headers=headers,
            body=b64decode(said["body"]),
            answered=said["answered"],
            cut=said["cut"],
        )
