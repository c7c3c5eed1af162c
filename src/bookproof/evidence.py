"""Evidence that several probes leave alike: plain data for the judges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bookproof.targets.views import Booking, Slot
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Afterwards:
    """What is to be seen after refused writes.

    Attributes:
        attempts: the refused writes.
        slots: the answer that lists the slot that they tried to take.
        free: whether the slot is still listed, or None if it could not be found out.
        slot: that slot.
        read: the answer that shows the booking that they tried to cancel and move.
        booking: that booking now.
        start: when it should start.
    """

    attempts: list[Exchange]
    slots: Exchange
    free: bool | None
    slot: Slot
    read: Exchange
    booking: Booking | None
    start: datetime
