"""What is sent to a subscriber, ready for the wire."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """One request to a subscriber: method, headers and the exact body."""

    method: str
    headers: Mapping[str, str]
    body: bytes
