"""What a campaign has booked, as the answers say it: the calendar that invariants of sequences look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Entry:
    """A booking of the campaign.

    Attributes:
        code: its code or uid.
        what: the event type, one of whose times a booking takes.
        start, end: instants.
        exchange: the answer that says so.
    """

    code: str
    what: str
    start: datetime
    end: datetime
    exchange: Exchange

    def meets(self, other: Entry) -> bool:
        """Whether it takes a time that another one takes, too."""
        return self.what == other.what and self.start < other.end and other.start < self.end


class Calendar:
    """The live bookings of a campaign."""

    def __init__(self) -> None:
        self._live: dict[str, Entry] = {}
        self._over: dict[str, Entry] = {}

    def booked(self, entry: Entry) -> None:
        """A booking was made, or moved."""
        self._over.pop(entry.code, None)
        self._live[entry.code] = entry

    def ended(self, code: str) -> None:
        """A booking was cancelled or replaced."""
        entry = self._live.pop(code, None)
        if entry:
            self._over[code] = entry

    def lost(self, code: str) -> None:
        """It is not known any more when a booking is."""
        self._live.pop(code, None)
        self._over.pop(code, None)

    def knows(self, code: str) -> bool:
        """Whether a booking is live, and when it is."""
        return code in self._live

    def rival(self, code: str) -> tuple[Entry, Entry] | None:
        """A live booking and another live one that takes some of its time; None if there is none."""
        entry = self._live.get(code)
        others = (other for other in self._live.values() if entry and other is not entry and entry.meets(other))
        rival = next(others, None)
        return (entry, rival) if entry and rival else None

    def takes(self, start: datetime, end: datetime) -> bool:
        """Whether a live booking takes some of a time."""
        return any(entry.start < end and start < entry.end for entry in self._live.values())

    def freed(self, code: str) -> Entry | None:
        """A booking that has ended and whose time no other booking of the campaign takes."""
        entry = self._over.get(code)
        return entry if entry and not any(entry.meets(other) for other in self._live.values()) else None
