"""The calls of a storm, as its processes record them: plain data that travels between processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: What a user does, beside the create, move and cancel of :mod:`bookproof.judge.race_model`.
LOOK, READ = "look", "read"


@dataclass
class StormCall:
    """One call of one user. Written down before it is sent; what is filled in later stays as it is without an answer.

    Attributes:
        user: process and user in it: ``0-7``.
        number: of the user's calls, from 1.
        action: look, create, read, move or cancel.
        attendee: name of the attendee whose booking it is about; "" for a look.
        event_type_code: of that booking, or of the slots.
        wanted: start that a create or a move asks for, in unix seconds; 0 for none.
        code: of the booking, as it was called before the call; "" for a look or a create.
        begun: just before it was sent: unix time in seconds, by a clock of its machine that never goes back.
        ended: just after the answer had been read, by the same clock; 0 without one.
        seconds: from the request until the answer was there; 0 without one.
        status: 0 without an answer.
        error: the error code of the answer, or "".
        outcome: done, refused or unknown.
        becomes: code of the booking that a create made or that a move led to; "" where no answer shows it.
        trouble: what is wrong with the form of the answer, or "".
        failure: why no answer came, or "".
    """

    user: str
    number: int
    action: str
    attendee: str
    event_type_code: str
    wanted: float
    code: str
    begun: float
    ended: float = 0.0
    seconds: float = 0.0
    status: int = 0
    error: str = ""
    outcome: str = "unknown"
    becomes: str = ""
    trouble: str = ""
    failure: str = ""

    @property
    def worker(self) -> int:
        """Number of the process that made it."""
        return int(self.user.partition("-")[0])

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON and for the way between processes."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> StormCall:
        """The inverse of :meth:`as_data`."""
        return cls(**data)
