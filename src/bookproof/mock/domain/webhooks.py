"""Webhook subscriptions, and who is told of which event.

Source: Calendar API & MCP, Webhooks.
"""

# ruff: noqa: S608 - statements are put together from words of this file; values are always bound

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bookproof.mock.domain.booking_records import CANCELLED, CONFIRMED, NO_SHOW, Attendee, Booking
from bookproof.mock.domain.clock import Clock
from bookproof.mock.domain.codes import Codes
from bookproof.mock.domain.errors import DomainError, NotFound
from bookproof.mock.domain.events import BOOKING_CANCELLED, BOOKING_NO_SHOW, DomainEvent
from bookproof.mock.domain.instants import DAY
from bookproof.mock.domain.outbox import Outbox
from bookproof.mock.store import Row, Session, Store


class UrlTaken(DomainError):
    """The account has another subscription of this URL."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription of one URL to some events; `secret` signs its deliveries, empty if its owner gave none.

    `version` names the form of its deliveries, None for the first dialect's, and with it the words for events that
    `events` is written in; `template` is the owner's own text for the body, None for the form's; `details` is what a
    dialect keeps beside.
    """

    id: str
    account_id: str
    url: str
    events: tuple[str, ...]
    active: bool
    secret: str
    created: int
    updated: int
    version: str | None = None
    template: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _from_row(row: Row) -> Webhook:
    return Webhook(
        row["id"],
        row["account_id"],
        row["url"],
        tuple(json.loads(row["events"])),
        bool(row["active"]),
        row["secret"] or "",
        row["created"],
        row["updated"],
        row["version"],
        row["template"],
        json.loads(row["details"]),
    )


def _columns(webhook: Webhook) -> dict[str, Any]:
    """What can change of a subscription, by column."""
    return {
        "url": webhook.url,
        "events": json.dumps(webhook.events),
        "active": int(webhook.active),
        "secret": webhook.secret or None,
        "version": webhook.version,
        "template": webhook.template,
        "details": json.dumps(dict(webhook.details)),
        "updated": webhook.updated,
    }


class Webhooks:
    """Manages subscriptions; `on_event` queues a delivery for every active one that asked for the event.

    Attributes:
        words: version of a subscription -> event -> what its subscribers call the event. A version without words, and
            an event without one, use the domain's names.
    """

    def __init__(self, store: Store, codes: Codes, clock: Clock, outbox: Outbox) -> None:
        self.words: dict[str | None, Mapping[str, str]] = {}
        self._store = store
        self._codes = codes
        self._clock = clock
        self._outbox = outbox

    def in_reach(self, webhook: Webhook, account_id: str) -> bool:
        """Whether the subscription is visible to the account."""
        return webhook.account_id == account_id

    def load(self, session: Session, webhook_id: str) -> Webhook | None:
        """The subscription with this id in whichever account, or None."""
        row = session.one("SELECT * FROM webhooks WHERE id = ?", (webhook_id,))
        return None if row is None else _from_row(row)

    def require(self, session: Session, account_id: str, webhook_id: str) -> Webhook:
        """The account's subscription with this id.

        Raises:
            NotFound: there is none, or it is another account's.
        """
        webhook = self.load(session, webhook_id)
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
            self.insert(session, webhook)
        return webhook

    def add(self, account_id: str, url: str, members: Mapping[str, Any]) -> Webhook:
        """Subscribe `url`, which the account must not have subscribed yet.

        Parameters:
            account_id: whose events are told.
            url: of the receiver.
            members: further members of the `Webhook`; `events`, `active`, `secret` and `version` at least.

        Raises:
            UrlTaken: the account has a subscription of the URL.
        """
        now = self._clock.now()
        webhook = Webhook(self._codes.uuid(), account_id, url, created=now, updated=now, **members)
        with self._store.write() as session:
            self.check_url(session, webhook)
            self.insert(session, webhook)
        return webhook

    def check_url(self, session: Session, webhook: Webhook) -> None:
        """Raises UrlTaken if another subscription of the account has the URL."""
        others = session.number(
            "SELECT COUNT(*) FROM webhooks WHERE account_id = ? AND url = ? AND id <> ?",
            (webhook.account_id, webhook.url, webhook.id),
        )
        if others:
            raise UrlTaken("The account has a subscription of this URL.")

    def insert(self, session: Session, webhook: Webhook) -> None:
        """Store a new subscription."""
        columns = {"id": webhook.id, "account_id": webhook.account_id, "created": webhook.created} | _columns(webhook)
        marks = ", ".join("?" * len(columns))
        session.run(f"INSERT INTO webhooks ({', '.join(columns)}) VALUES ({marks})", tuple(columns.values()))

    def update(
        self, account_id: str, webhook_id: str, changes: Mapping[str, Any], *, unique_url: bool = False
    ) -> Webhook:
        """Replace members of a subscription, such as `url`, `events` or `active`; what `changes` leaves out stays.

        Raises:
            NotFound: the account has no such subscription.
            UrlTaken: with `unique_url`, the account has another one of the URL.
        """
        with self._store.write() as session:
            webhook = self.require(session, account_id, webhook_id)
            changed = replace(webhook, updated=self._clock.now(), **changes)
            if unique_url:
                self.check_url(session, changed)
            columns = _columns(changed)
            settings = ", ".join(f"{name} = ?" for name in columns)
            session.run(f"UPDATE webhooks SET {settings} WHERE id = ?", (*columns.values(), webhook_id))
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

    # Telling subscribers

    def test(self, account_id: str, webhook_id: str) -> None:
        """Queue a sample delivery of the subscription's first event.

        Raises:
            NotFound: the account has no such subscription.
        """
        with self._store.write() as session:
            webhook = self.require(session, account_id, webhook_id)
            event = webhook.events[0]
            self.queue(session, webhook, event, self.sample(webhook, event), is_test=True)

    def sample(self, webhook: Webhook, event: str) -> Booking:
        """A booking that does not exist, in the state in which the event leaves one."""
        now = self._clock.now()
        status = {BOOKING_CANCELLED: CANCELLED, BOOKING_NO_SHOW: NO_SHOW}.get(event, CONFIRMED)
        return Booking(
            code="bk_sample",
            account_id=webhook.account_id,
            host_id="host_sample",
            event_type_code="sample",
            status=status,
            start=now + DAY,
            end=now + DAY + 1_800,
            attendee=Attendee("Sample Attendee", "sample@example.com", "UTC"),
            created=now,
            updated=now,
            cancel_reason="Sample reason" if status == CANCELLED else None,
        )

    def on_event(self, session: Session, event: DomainEvent) -> None:
        """Queue deliveries for what happened, in its transaction."""
        for webhook in self.of_account(session, event.booking.account_id):
            if self.is_served(webhook) and self.asked_for(webhook, event.name):
                self.tell(session, webhook, event)

    def tell(self, session: Session, webhook: Webhook, event: DomainEvent) -> None:
        """Queue the delivery of an event to one subscription, with all that the event says."""
        if event.about:
            self._outbox.add(session, webhook.id, event.name, event.booking, is_test=False, about=event.about)
        else:
            self.queue(session, webhook, event.name, event.booking, is_test=False)

    def of_account(self, session: Session, account_id: str) -> list[Webhook]:
        """The subscriptions that may hear of the account's events."""
        rows = session.all("SELECT * FROM webhooks WHERE account_id = ? ORDER BY created, id", (account_id,))
        return [_from_row(row) for row in rows]

    def is_served(self, webhook: Webhook) -> bool:
        """Whether events are sent to the subscription."""
        return webhook.active

    def asked_for(self, webhook: Webhook, event: str) -> bool:
        """Whether the subscription names the event."""
        return self.word(webhook, event) in webhook.events

    def word(self, webhook: Webhook, event: str) -> str:
        """What the subscription calls the event."""
        return self.words.get(webhook.version, {}).get(event, event)

    def queue(self, session: Session, webhook: Webhook, event: str, booking: Booking, *, is_test: bool) -> None:
        """Put one delivery into the outbox."""
        self._outbox.add(session, webhook.id, event, booking, is_test=is_test)

    def recipient(self, webhook_id: str, *, is_test: bool) -> Webhook | None:
        """The subscription as it is now, or None if nothing is sent to it any more.

        A sample goes out whether the subscription is active or not: it is tried before it goes live.
        """
        with self._store.read() as session:
            webhook = self.load(session, webhook_id)
        return webhook if webhook is not None and (is_test or self.is_served(webhook)) else None
