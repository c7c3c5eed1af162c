"""The sender: takes deliveries out of the outbox and sends them, on threads of its own.

Waits are on monotonic time, since the domain's clock may stand still.
"""

import heapq
import logging
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Protocol

from bookproof.mock.domain.outbox import DELIVERED, FAILED, PENDING, WITHHELD, Delivery, Outbox
from bookproof.mock.domain.webhooks import Webhook, Webhooks
from bookproof.mock.http.delivery_client import DeliveryClient
from bookproof.mock.http.letter import Letter

WORKERS = 16
PAUSES = (0.1, 0.5, 2.0)
_PATIENCE_SECONDS = 6.0
_LOG = logging.getLogger("bookproof.mock")


class LetterWriter(Protocol):
    """A dialect's way of putting a delivery into an HTTP request."""

    def write(self, delivery: Delivery, webhook: Webhook) -> Letter:
        """The letter for this attempt."""
        ...


@dataclass
class Post:
    """How the deliveries of one dialect are sent: by which letters, and whether what failed is sent again."""

    letters: LetterWriter
    repeats: bool = True


class Sender:
    """Sends what is pending, each subscription's deliveries one after the other and in order.

    Threads are started when there is something to send, one more whenever all are busy, so that a slow receiver holds
    up nobody but itself. What is not acknowledged is sent again after a pause, and lets later deliveries pass.

    Parameters:
        outbox: what to send.
        webhooks: where to.
        letters: how, where no other dialect sees to it.
        client: what carries it.

    Attributes:
        workers: most threads.
        pauses: seconds between two attempts; after the last one a delivery is given up.
        posts: version of a subscription -> how deliveries of that form are sent; None: all others.
    """

    def __init__(self, outbox: Outbox, webhooks: Webhooks, letters: LetterWriter, client: DeliveryClient) -> None:
        self.client = client
        self.workers = WORKERS
        self.pauses: tuple[float, ...] = PAUSES
        self._outbox = outbox
        self._webhooks = webhooks
        self.posts: dict[str | None, Post] = {None: Post(letters)}
        self._changed = threading.Condition()
        # All of what follows is read and written under `_changed`; the store is never asked while it is held.
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closed = False
        self._has_news = False
        self._known = 0  # the highest number taken out of the outbox
        self._ready: deque[Delivery] = deque()
        self._later: list[tuple[float, int, Delivery]] = []  # a heap by due time
        self._being_served: set[str] = set()
        outbox.listen(self.wake)

    # Starting and ending

    def wake(self) -> None:
        """Have the outbox looked at; returns at once."""
        with self._changed:
            self._has_news = True
            self._call_worker()

    def resume(self) -> None:
        """Send what an earlier mock has left in the outbox of a kept file."""
        if self._outbox.count_by_state()[PENDING]:
            self.wake()

    def close(self) -> None:
        """End the threads; an attempt in flight is broken off, and what is not sent stays in the outbox."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.client.interrupt()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS)
        self.client.close()

    # One delivery

    def attempt(self, delivery: Delivery) -> str:
        """Send a delivery once; returns DELIVERED, FAILED or WITHHELD."""
        webhook = self._webhooks.recipient(delivery.webhook_id, is_test=delivery.is_test)
        if webhook is None or not self.client.may_reach(webhook.url):
            return WITHHELD
        status = self.client.send(webhook.url, self.post(webhook).letters.write(delivery, webhook))
        return DELIVERED if self.is_acknowledged(status) else FAILED

    def is_acknowledged(self, status: int | None) -> bool:
        """Whether the answer (None: there was none) says that the delivery has arrived."""
        return status is not None and 200 <= status < 300

    def post(self, webhook: Webhook) -> Post:
        """How deliveries to the subscription are sent."""
        return self.posts.get(webhook.version, self.posts[None])

    def is_repeated(self, delivery: Delivery) -> bool:
        """Whether a delivery that failed is sent again."""
        webhook = self._webhooks.recipient(delivery.webhook_id, is_test=delivery.is_test)
        return webhook is None or self.post(webhook).repeats

    def pause(self, attempt: int) -> float | None:
        """Seconds until the next attempt after this one has failed, or None to give up."""
        return self.pauses[attempt - 1] if attempt <= len(self.pauses) else None

    # The workers

    def _call_worker(self) -> None:
        """Have a worker look for something to do; `_changed` is held."""
        if self._idle:
            self._changed.notify()
        elif len(self._threads) < self.workers and not self._closed:
            name = f"bookproof-mock-sender-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while not self._closed:
            try:
                if self._hears_news():
                    self._add(self._outbox.pending(self._known))
                delivery = self._take()
                if delivery is not None:
                    self._serve(delivery)
            except Exception:  # noqa: BLE001 - a fault of ours must not end the worker
                _LOG.exception("the sender of deliveries failed")

    def _hears_news(self) -> bool:
        with self._changed:
            news, self._has_news = self._has_news, False
        return news

    def _add(self, fresh: list[Delivery]) -> None:
        with self._changed:
            for delivery in fresh:
                if delivery.number > self._known:  # another worker may have read it too
                    self._known = delivery.number
                    self._ready.append(delivery)

    def _take(self) -> Delivery | None:
        """A delivery to a subscription that no other worker is serving; None after a rest, if there is none."""
        with self._changed:
            now = time.monotonic()
            while self._later and self._later[0][0] <= now:
                self._ready.append(heapq.heappop(self._later)[2])
            free = [delivery for delivery in self._ready if delivery.webhook_id not in self._being_served]
            if free:
                taken = free[0]
                self._ready.remove(taken)
                self._being_served.add(taken.webhook_id)
                # Somebody else is to see to the rest: this worker may be kept by a slow receiver.
                if self._later or any(delivery.webhook_id != taken.webhook_id for delivery in free):
                    self._call_worker()
                return taken
            if not self._has_news and not self._closed:
                self._idle += 1
                self._changed.wait(self._later[0][0] - now if self._later else None)
                self._idle -= 1
        return None

    def _serve(self, delivery: Delivery) -> None:
        """Send a delivery that was taken, and let its subscription's next one go."""
        try:
            self._finish(delivery, self._outcome(delivery))
        finally:
            with self._changed:
                self._being_served.discard(delivery.webhook_id)

    def _outcome(self, delivery: Delivery) -> str:
        try:
            return self.attempt(delivery)
        except Exception:  # noqa: BLE001 - counts as not delivered
            _LOG.exception("delivery %d failed", delivery.number)
            return FAILED

    def _finish(self, delivery: Delivery, outcome: str) -> None:
        """Settle a delivery, or have it sent again."""
        if outcome == FAILED:
            pause = self.pause(delivery.attempt)
            if pause is not None and self.is_repeated(delivery):
                due, again = time.monotonic() + pause, replace(delivery, attempt=delivery.attempt + 1)
                with self._changed:
                    heapq.heappush(self._later, (due, delivery.number, again))
                return
            if self._closed:
                return  # it was broken off, and stays pending
        self._outbox.settle(delivery, outcome)
