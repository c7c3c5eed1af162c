"""The outbox: deliveries to subscriptions, stored with the change that they tell of and kept until they are sent."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bookproof.mock.domain.booking_records import Booking, booking_of_text, booking_text
from bookproof.mock.domain.clock import Clock
from bookproof.mock.store import Session, Store

PENDING = "pending"
DELIVERED = "delivered"
FAILED = "failed"
WITHHELD = "withheld"
STATES = (PENDING, DELIVERED, FAILED, WITHHELD)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription.

    `booking` is the booking as the event left it, whatever has become of it since; `is_test` marks a sample that was
    asked for; `attempt` counts from 1, anew after a restart; `queued` is when it happened, in epoch seconds; `about` is
    what the event says beside the booking.
    """

    number: int
    webhook_id: str
    event: str
    booking: Booking
    is_test: bool
    attempt: int = 1
    queued: int = 0
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Outbox:
    """Keeps deliveries, in the order of their events. `listen` is how a sender learns of new ones."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after each commit that queued something, in the thread that committed."""
        self._listeners.append(listener)

    def add(
        self,
        session: Session,
        webhook_id: str,
        event: str,
        booking: Booking,
        *,
        is_test: bool,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Queue a delivery, in the transaction of its event."""
        session.run(
            "INSERT INTO deliveries (webhook_id, event, booking_code, booking, about, is_test, queued)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                webhook_id,
                event,
                booking.code,
                booking_text(booking),
                json.dumps(dict(about or {}), ensure_ascii=False),
                int(is_test),
                self._clock.now(),
            ),
        )
        session.on_commit(self.announce)

    def announce(self) -> None:
        """Tell the listeners that there is something to send."""
        for listener in self._listeners:
            listener()

    def pending(self, after: int = 0) -> list[Delivery]:
        """What is still to be sent, of the deliveries with a higher number than `after`, oldest first."""
        with self._store.read() as session:
            rows = session.all(
                "SELECT * FROM deliveries WHERE state = 'pending' AND number > ? ORDER BY number", (after,)
            )
        return [
            Delivery(
                row["number"],
                row["webhook_id"],
                row["event"],
                booking_of_text(row["booking"]),
                bool(row["is_test"]),
                queued=row["queued"],
                about=json.loads(row["about"]),
            )
            for row in rows
        ]

    def settle(self, delivery: Delivery, state: str) -> None:
        """Note what has become of a delivery: DELIVERED, FAILED (given up) or WITHHELD (not to be sent)."""
        with self._store.write() as session:
            session.run("UPDATE deliveries SET state = ? WHERE number = ?", (state, delivery.number))

    def count_by_state(self) -> dict[str, int]:
        """All deliveries by state; every state is a key."""
        with self._store.read() as session:
            rows = session.all("SELECT state, COUNT(*) AS number FROM deliveries GROUP BY state")
        return dict.fromkeys(STATES, 0) | {row["state"]: row["number"] for row in rows}
