"""Webhook subscriptions and the queue of deliveries (an outbox that a sender can drain).

Source: Calendar API & MCP, Webhooks.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.events import DomainEvent
from bookproof.mock.store import Row, Session, Store


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription of one URL to some events; `secret` signs its deliveries."""

    id: str
    account_id: str
    url: str
    events: tuple[str, ...]
    active: bool
    secret: str
    created: int
    updated: int


def _from_row(row: Row) -> Webhook:
    return Webhook(
        row["id"],
        row["account_id"],
        row["url"],
        tuple(json.loads(row["events"])),
        bool(row["active"]),
        row["secret"],
        row["created"],
        row["updated"],
    )


class Webhooks:
    """Manages subscriptions; `on_event` queues a delivery for every active one that asked for the event."""

    def __init__(self, store: Store, codes: Codes, clock: Clock) -> None:
        self._store = store
        self._codes = codes
        self._clock = clock

    def in_reach(self, webhook: Webhook, account_id: str) -> bool:
        """Whether the subscription is visible to the account."""
        return webhook.account_id == account_id

    def require(self, session: Session, account_id: str, webhook_id: str) -> Webhook:
        """The account's subscription with this id.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        row = session.one("SELECT * FROM webhooks WHERE id = ?", (webhook_id,))
        webhook = None if row is None else _from_row(row)
        if webhook is None or not self.in_reach(webhook, account_id):
            raise NotFound("No such webhook.")
        return webhook

    def get(self, account_id: str, webhook_id: str) -> Webhook:
        """As `require`, in a session of its own."""
        with self._store.read() as session:
            return self.require(session, account_id, webhook_id)

    def find(self, account_id: str, offset: int, limit: int) -> list[Webhook]:
        """One page of the account's subscriptions, oldest first."""
        with self._store.read() as session:
            rows = session.all(
                "SELECT * FROM webhooks WHERE account_id = ? ORDER BY created, id LIMIT ? OFFSET ?",
                (account_id, limit, offset),
            )
        return [_from_row(row) for row in rows]

    def count(self, account_id: str) -> int:
        """How many subscriptions the account has."""
        with self._store.read() as session:
            return session.number("SELECT COUNT(*) FROM webhooks WHERE account_id = ?", (account_id,))

    def create(self, account_id: str, url: str, events: tuple[str, ...], active: bool) -> Webhook:
        """Subscribe `url` to `events` (names out of EVENT_NAMES)."""
        now = self._clock.now()
        webhook = Webhook(
            self._codes.new("wh"), account_id, url, events, active, self._codes.new("whsec", 32), now, now
        )
        with self._store.write() as session:
            session.run(
                "INSERT INTO webhooks (id, account_id, url, events, active, secret, created, updated)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (webhook.id, account_id, url, json.dumps(events), int(active), webhook.secret, now, now),
            )
        return webhook

    def update(self, account_id: str, webhook_id: str, changes: Mapping[str, Any]) -> Webhook:
        """Replace `url`, `events` or `active`; what `changes` leaves out stays.

        Raises:
            NotFound: the account has no such subscription.
        """
        with self._store.write() as session:
            webhook = self.require(session, account_id, webhook_id)
            changed = replace(webhook, updated=self._clock.now(), **changes)
            session.run(
                "UPDATE webhooks SET url = ?, events = ?, active = ?, updated = ? WHERE id = ?",
                (changed.url, json.dumps(changed.events), int(changed.active), changed.updated, webhook_id),
            )
        return changed

    def delete(self, account_id: str, webhook_id: str) -> Webhook:
        """Unsubscribe.

        Raises:
            NotFound: the account has no such subscription.
        """
        with self._store.write() as session:
            webhook = self.require(session, account_id, webhook_id)
            self.remove(session, webhook)
        return webhook

    def remove(self, session: Session, webhook: Webhook) -> None:
        """Take a subscription out of the store."""
        session.run("DELETE FROM webhooks WHERE id = ?", (webhook.id,))

    def test(self, account_id: str, webhook_id: str) -> None:
        """Queue a sample delivery of the subscription's first event.

        Raises:
            NotFound: the account has no such subscription.
        """
        with self._store.write() as session:
            webhook = self.require(session, account_id, webhook_id)
            self.queue(session, webhook, webhook.events[0], None, is_test=True)

    def on_event(self, session: Session, event: DomainEvent) -> None:
        """Queue deliveries for what happened, in its transaction."""
        rows = session.all("SELECT * FROM webhooks WHERE account_id = ? AND active = 1", (event.booking.account_id,))
        for webhook in map(_from_row, rows):
            if event.name in webhook.events:
                self.queue(session, webhook, event.name, event.booking.code, is_test=False)

    def queue(self, session: Session, webhook: Webhook, event: str, booking_code: str | None, *, is_test: bool) -> None:
        """Add one delivery to the queue."""
        session.run(
            "INSERT INTO deliveries (webhook_id, event, booking_code, is_test, queued) VALUES (?, ?, ?, ?, ?)",
            (webhook.id, event, booking_code, int(is_test), self._clock.now()),
        )
