"""Defects of the Cal.com dialect: which events are told, how often, and to whom."""

from dataclasses import replace
from threading import Condition

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.triggers import (
    CANCELLED,
    CREATED,
    REQUESTED,
    TRIGGER_OF,
    WEBHOOK_VERSION,
)
from bookproof.mock.domain import events
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import AlreadyCancelled, SlotTaken
from bookproof.mock.domain.events import BOOKING_CANCELLED, DomainEvent
from bookproof.mock.domain.outbox import FAILED, WITHHELD, Delivery
from bookproof.mock.domain.public_bookings import PLAIN, BookingRequest, Change
from bookproof.mock.domain.webhooks import Webhook
from bookproof.mock.store import Session

#: Seconds for which a delivery waits for others, at most.
_PATIENCE = 1.0


def _untold(mock: Mock, *names: str) -> None:
    """Tell nobody of some events."""
    webhooks = mock.domain.webhooks
    asked_for = webhooks.asked_for

    def deaf(webhook: Webhook, event: str) -> bool:
        return event not in names and asked_for(webhook, event)

    webhooks.asked_for = deaf


def _renamed(mock: Mock, event: str, trigger: str) -> None:
    """Tell an event under another trigger, to whoever asked for that."""
    letters = mock.calcom.letters
    healthy = letters.trigger

    def changed(delivery: Delivery) -> str:
        return trigger if delivery.event == event else healthy(delivery)

    letters.trigger = changed
    mock.domain.webhooks.words[WEBHOOK_VERSION] = {**TRIGGER_OF, event: trigger}


@defect(
    "calcom-rejected-untold",
    breaks=("deliveries.events.rejected",),
    story="The host's system waits for a decision that has been made.",
)
def rejected_untold(mock: Mock) -> None:
    _untold(mock, events.BOOKING_REJECTED)


@defect(
    "calcom-absence-untold",
    breaks=("deliveries.events.no-show",),
    story="Nobody writes to the client who did not come.",
)
def absence_untold(mock: Mock) -> None:
    _untold(mock, events.ABSENCE_MARKED)


@defect(
    "calcom-request-told-as-created",
    breaks=("deliveries.events.requested",),
    story="The client's confirmation is sent before the host has confirmed anything.",
)
def request_told_as_created(mock: Mock) -> None:
    # Only to those who asked for requests: to others it would be a second message that they do not expect.
    letters = mock.calcom.letters
    healthy = letters.trigger

    def changed(delivery: Delivery) -> str:
        return CREATED if delivery.event == events.BOOKING_REQUESTED else healthy(delivery)

    letters.trigger = changed


@defect(
    "calcom-unknown-trigger-told",
    breaks=("deliveries.events.named", "deliveries.events.confirmed"),
    story="Receivers throw away what they do not know, and with it the confirmation.",
)
def unknown_trigger_told(mock: Mock) -> None:
    letters = mock.calcom.letters
    body = letters.body

    def renamed(delivery: Delivery, webhook: Webhook) -> bytes:
        text = body(delivery, webhook)
        if delivery.event != events.BOOKING_CONFIRMED or webhook.template is not None:
            return text
        return text.replace(b'"BOOKING_CREATED"', b'"BOOKING_CONFIRMED"')

    letters.body = renamed


@defect(
    "calcom-told-twice",
    breaks=("deliveries.events.once",),
    story="Every cancellation is booked into the host's system twice.",
)
def told_twice(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    tell = webhooks.tell

    def twice(session: Session, webhook: Webhook, event: DomainEvent) -> None:
        for _ in range(2 if event.name == BOOKING_CANCELLED else 1):
            tell(session, webhook, event)

    webhooks.tell = twice


@defect(
    "calcom-told-once-for-each-name",
    breaks=("deliveries.subscription.repeated",),
    story="A trigger that was ticked twice by mistake doubles every event.",
)
def told_once_for_each_name(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    tell = webhooks.tell

    def for_each(session: Session, webhook: Webhook, event: DomainEvent) -> None:
        for _ in range(webhook.events.count(webhooks.word(webhook, event.name))):
            tell(session, webhook, event)

    webhooks.tell = for_each


@defect(
    "calcom-move-told-as-request",
    breaks=("deliveries.events.pushed", "deliveries.reschedule.alone"),
    story="A moved booking appears beside the one that it replaces, waiting for a decision that nobody asked for.",
)
def move_told_as_request(mock: Mock) -> None:
    _renamed(mock, events.BOOKING_RESCHEDULED, REQUESTED)


@defect(
    "calcom-cancellations-with-moves",
    breaks=("deliveries.subscription.filter",),
    story="A system that only wants cancellations takes every move for one.",
)
def cancellations_with_moves(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    asked_for = webhooks.asked_for

    def more(webhook: Webhook, event: str) -> bool:
        related = event == events.BOOKING_RESCHEDULED and CANCELLED in webhook.events
        return related or asked_for(webhook, event)

    webhooks.asked_for = more


@defect(
    "calcom-refused-booking-told",
    breaks=("deliveries.refused.silent",),
    story="The host's own system expects a client who was told that the slot is taken.",
)
def refused_booking_told(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    create = bookings.create

    def announce_anyway(wanted: BookingRequest) -> Booking:
        try:
            return create(wanted)
        except SlotTaken:
            with mock.domain.store.write() as session:
                event_type = mock.domain.event_types.by_number(session, wanted.event_type_number)
                booking = bookings.draft(event_type, wanted, bookings.slot(event_type, wanted))
                mock.domain.events.publish(session, DomainEvent(events.BOOKING_CREATED, booking))
            raise

    bookings.create = announce_anyway


@defect(
    "calcom-refused-cancellation-told",
    breaks=("deliveries.refused.silent",),
    story="A client who cancels twice, to be sure, is paid back twice by the host's own system.",
)
def refused_cancellation_told(mock: Mock) -> None:
    bookings = mock.domain.public_bookings
    cancel = bookings.cancel

    def announce_anyway(code: str, change: Change = PLAIN) -> Booking:
        try:
            return cancel(code, change)
        except AlreadyCancelled:
            with mock.domain.store.write() as session:
                booking = bookings.require(session, code)
                mock.domain.events.publish(session, DomainEvent(BOOKING_CANCELLED, booking))
            raise

    bookings.cancel = announce_anyway


@defect(
    "calcom-cancellation-told-as-absence",
    breaks=("deliveries.events.caused",),
    story="A client who cancelled in good time pays as if nobody had come.",
)
def cancellation_told_as_absence(mock: Mock) -> None:
    webhooks = mock.domain.webhooks
    tell = webhooks.tell

    def told_too(session: Session, webhook: Webhook, event: DomainEvent) -> None:
        tell(session, webhook, event)
        absence = replace(event, name=events.ABSENCE_MARKED)
        if event.name == BOOKING_CANCELLED and webhooks.asked_for(webhook, absence.name):
            tell(session, webhook, absence)

    webhooks.tell = told_too


@defect(
    "calcom-inactive-told",
    breaks=("deliveries.inactive.silent",),
    story="A subscription that was switched off goes on sending names and addresses.",
)
def inactive_told(mock: Mock) -> None:
    def always(webhook: Webhook) -> bool:  # noqa: ARG001 - takes what the method takes
        return True

    mock.domain.webhooks.is_served = always


@defect(
    "calcom-one-failure-silences-others",
    breaks=("deliveries.trouble.contained", "deliveries.events.pushed"),
    story="One customer's broken receiver keeps new bookings from everybody's systems.",
)
def one_failure_silences_others(mock: Mock) -> None:
    sender, outbox = mock.sender, mock.domain.outbox
    attempt, settle = sender.attempt, outbox.settle
    settled, states = Condition(), dict[int, str]()

    def noted(delivery: Delivery, state: str) -> None:
        settle(delivery, state)
        with settled:
            states[delivery.number] = state
            settled.notify_all()

    def others(delivery: Delivery) -> list[int]:
        """Deliveries of the same event to subscriptions with a template, which go first."""
        with mock.domain.store.read() as session:
            rows = session.all(
                "SELECT d.number, d.booking FROM deliveries d JOIN webhooks w ON w.id = d.webhook_id"
                " WHERE d.event = ? AND d.queued = ? AND w.template IS NOT NULL",
                (delivery.event, delivery.queued),
            )
        return [row["number"] for row in rows if delivery.booking.code in row["booking"]]

    def after_others(delivery: Delivery) -> str:
        webhook = mock.domain.webhooks.recipient(delivery.webhook_id, is_test=False)
        if webhook is not None and webhook.template is None and delivery.event == events.BOOKING_CREATED:
            first = others(delivery)
            with settled:
                settled.wait_for(lambda: all(number in states for number in first), _PATIENCE)
                if any(states.get(number) == FAILED for number in first):
                    return WITHHELD
        return attempt(delivery)

    outbox.settle, sender.attempt = noted, after_others
