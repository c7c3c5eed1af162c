"""Defects of which events are delivered, and to whom."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable, Iterable
from dataclasses import replace

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.booking_records import Booking, NewBooking
from bookproof.mock.domain.errors import AlreadyCancelled, SlotTaken
from bookproof.mock.domain.events import (
    BOOKING_CANCELLED,
    BOOKING_CREATED,
    BOOKING_NO_SHOW,
    BOOKING_RESCHEDULED,
    DomainEvent,
)
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.store import Session

_PUSHED = ("deliveries.events.pushed",)


def _publish_instead(mock: Mock, names: Callable[[str], Iterable[str]]) -> None:
    """Publish the events that `names` makes of the name of what happened."""
    events = mock.domain.events
    publish = events.publish

    def changed(session: Session, event: DomainEvent) -> None:
        for name in names(event.name):
            publish(session, replace(event, name=name))

    events.publish = changed


def _without(mock: Mock, silent: str) -> None:
    _publish_instead(mock, lambda name: () if name == silent else (name,))


@defect("created-not-delivered", breaks=_PUSHED, story="Nobody is told of new appointments.")
def created_not_delivered(mock: Mock) -> None:
    _without(mock, BOOKING_CREATED)


@defect(
    "rescheduled-not-delivered",
    breaks=_PUSHED,
    story="The host's own system keeps waiting for the client at the old hour.",
)
def rescheduled_not_delivered(mock: Mock) -> None:
    _without(mock, BOOKING_RESCHEDULED)


@defect("cancelled-not-delivered", breaks=_PUSHED, story="Somebody travels to an appointment that was cancelled.")
def cancelled_not_delivered(mock: Mock) -> None:
    _without(mock, BOOKING_CANCELLED)


@defect(
    "no-show-not-delivered",
    breaks=("deliveries.events.no-show",),
    story="Nobody calls the client who did not come.",
)
def no_show_not_delivered(mock: Mock) -> None:
    _without(mock, BOOKING_NO_SHOW)


@defect(
    "reschedule-as-cancel-and-create",
    breaks=("deliveries.events.pushed", "deliveries.reschedule.alone"),
    story="Whoever moves an appointment gets a mail that it is cancelled.",
)
def reschedule_as_cancel_and_create(mock: Mock) -> None:
    _publish_instead(
        mock, lambda name: (BOOKING_CANCELLED, BOOKING_CREATED) if name == BOOKING_RESCHEDULED else (name,)
    )


@defect(
    "reschedule-also-created",
    breaks=("deliveries.reschedule.alone",),
    story="Every moved appointment is entered a second time.",
)
def reschedule_also_created(mock: Mock) -> None:
    _publish_instead(mock, lambda name: (name, BOOKING_CREATED) if name == BOOKING_RESCHEDULED else (name,))


@defect(
    "subscription-filter-ignored",
    breaks=("deliveries.subscription.filter", "deliveries.subscription.changed"),
    story="A receiver that asked for cancellations cancels every new appointment.",
)
def subscription_filter_ignored(mock: Mock) -> None:
    def everything(webhook: Webhook, event: str) -> bool:
        return True

    mock.domain.webhooks.asked_for = everything


@defect(
    "refused-booking-delivered",
    breaks=("deliveries.refused.silent", "deliveries.race.once"),
    story="The host's own system expects a client who was told that the slot is taken.",
)
def refused_booking_delivered(mock: Mock) -> None:
    bookings = mock.domain.bookings
    create = bookings.create

    def announce_anyway(account_id: str, wanted: NewBooking) -> Booking:
        try:
            return create(account_id, wanted)
        except SlotTaken:
            with mock.domain.store.write() as session:
                event_type = mock.domain.event_types.require(session, account_id, wanted.event_type_code)
                length = mock.domain.availability.duration(event_type, wanted.duration)
                booking = bookings.draft(event_type, wanted, Slot(wanted.start, wanted.start + length))
                mock.domain.events.publish(session, DomainEvent(BOOKING_CREATED, booking))
            raise

    bookings.create = announce_anyway


@defect(
    "test-action-sends-nothing",
    breaks=("deliveries.test-action",),
    story="A developer presses Test, and waits.",
)
def test_action_sends_nothing(mock: Mock) -> None:
    def nothing(account_id: str, webhook_id: str) -> None:
        mock.domain.webhooks.get(account_id, webhook_id)

    mock.domain.webhooks.test = nothing


@defect(
    "deleted-subscription-still-served",
    breaks=("deliveries.deleted.silent",),
    story="A receiver that was unsubscribed keeps getting names and addresses.",
)
def deleted_subscription_still_served(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    remove, of_account, recipient = webhooks.remove, webhooks.of_account, webhooks.recipient
    deleted: dict[str, Webhook] = {}

    def remember(session: Session, webhook: Webhook) -> None:
        remove(session, webhook)
        deleted[webhook.id] = webhook

    def with_deleted(session: Session, account_id: str) -> list[Webhook]:
        return of_account(session, account_id) + [w for w in deleted.values() if w.account_id == account_id]

    def as_before(webhook_id: str, *, is_test: bool) -> Webhook | None:
        return deleted.get(webhook_id) or recipient(webhook_id, is_test=is_test)

    webhooks.remove = remember
    webhooks.of_account = with_deleted
    webhooks.recipient = as_before


@defect(
    "inactive-subscription-served",
    breaks=("deliveries.inactive.silent",),
    story="A receiver that was switched off for repairs gets every event all the same.",
)
def inactive_subscription_served(mock: Mock) -> None:
    def always(webhook: Webhook) -> bool:
        return True

    mock.domain.webhooks.is_served = always


@defect(
    "foreign-events-delivered",
    breaks=("deliveries.account.own",),
    story="Every customer of the platform is told of every other's appointments.",
)
def foreign_events_delivered(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    of_account = webhooks.of_account

    def of_everybody(session: Session, account_id: str) -> list[Webhook]:
        accounts = session.all("SELECT id FROM accounts ORDER BY id")
        return [webhook for row in accounts for webhook in of_account(session, row["id"])]

    webhooks.of_account = of_everybody


@defect(
    "changed-subscription-cached",
    breaks=("deliveries.subscription.changed",),
    story="A subscription that was changed keeps getting what it asked for first, until the service is restarted.",
)
def changed_subscription_cached(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    create, asked_for = webhooks.create, webhooks.asked_for
    first: dict[str, tuple[str, ...]] = {}

    def remember(account_id: str, url: str, events: tuple[str, ...], active: bool) -> Webhook:
        webhook = create(account_id, url, events, active)
        first[webhook.id] = events
        return webhook

    def cached(webhook: Webhook, event: str) -> bool:
        return event in first[webhook.id] if webhook.id in first else asked_for(webhook, event)

    webhooks.create = remember
    webhooks.asked_for = cached


@defect(
    "refused-cancel-delivered",
    breaks=("deliveries.refused.silent", "deliveries.race.once"),
    story="Every click on an old cancel link tells the host's system once more that something was cancelled.",
)
def refused_cancel_delivered(mock: Mock) -> None:
    bookings, events = mock.domain.bookings, mock.domain.events
    cancel = bookings.cancel

    def announce(account_id: str, code: str, reason: str | None) -> Booking:
        try:
            return cancel(account_id, code, reason)
        except AlreadyCancelled:
            with mock.domain.store.write() as session:
                events.publish(session, DomainEvent(BOOKING_CANCELLED, bookings.require(session, account_id, code)))
            raise

    bookings.cancel = announce


@defect(
    "test-action-to-all",
    breaks=("deliveries.test-action",),
    story="Whoever tries out a new endpoint books an invented client into the live system beside it.",
)
def test_action_to_all(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    queue = webhooks.queue

    def spread(session: Session, webhook: Webhook, event: str, booking: Booking, *, is_test: bool) -> None:
        for recipient in webhooks.of_account(session, webhook.account_id) if is_test else [webhook]:
            queue(session, recipient, event, booking, is_test=is_test)

    webhooks.queue = spread
