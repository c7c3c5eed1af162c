"""Defects of how deliveries are sent: again, twice, and past receivers that are slow."""

import threading

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.outbox import Delivery
from bookproof.mock.http.letter import Letter

_PATIENCE_SECONDS = 30.0


@defect(
    "delivery-duplicated",
    breaks=("deliveries.events.once", "deliveries.race.once"),
    story="Every client gets two confirmations for one appointment.",
)
def delivery_duplicated(mock: Mock) -> None:
    sender, client = mock.sender, mock.sender.client
    send = client.send

    def twice(url: str, letter: Letter) -> int | None:
        status = send(url, letter)
        return send(url, letter) if sender.is_acknowledged(status) else status

    client.send = twice


@defect(
    "failed-delivery-dropped",
    breaks=("deliveries.retried",),
    story="What happens while a receiver restarts is never heard of.",
)
def failed_delivery_dropped(mock: Mock) -> None:
    mock.sender.pauses = ()


@defect(
    "one-delivery-at-a-time",
    breaks=("deliveries.trouble.contained",),
    story="One customer's slow receiver makes everybody's events late.",
)
def one_delivery_at_a_time(mock: Mock) -> None:
    mock.sender.workers = 1


@defect(
    "delivery-blocks-call",
    breaks=("deliveries.slow-receiver",),
    story="Booking takes as long as the slowest receiver of anybody who listens.",
)
def delivery_blocks_call(mock: Mock) -> None:
    outbox, sender = mock.domain.outbox, mock.sender
    announce, attempt = outbox.announce, sender.attempt
    tried: set[int] = set()
    changed = threading.Condition()

    def note(delivery: Delivery) -> str:
        try:
            return attempt(delivery)
        finally:
            with changed:
                tried.add(delivery.number)
                changed.notify_all()

    def wait() -> None:
        announce()
        waited_for = {delivery.number for delivery in outbox.pending()}
        with changed:
            changed.wait_for(lambda: waited_for <= tried, _PATIENCE_SECONDS)

    outbox.announce = wait
    sender.attempt = note
    mock.serving.threads = True  # only the call that caused the event waits, not the whole server
