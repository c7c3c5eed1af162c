"""Defects of the Cal.com dialect: the wall between accounts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.domain.booking_searches import BookingSearch, Condition
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.schedules import Schedule


def _anybody_may(call: Call, event_type: EventType) -> bool:  # noqa: ARG001 - as the methods that it replaces
    return True


@defect(
    "calcom-foreign-event-type-readable",
    breaks=("isolation.event-types.closed",),
    story="Whoever counts through the ids reads the hidden event types of every company.",
)
def foreign_event_type_readable(mock: Mock) -> None:
    mock.calcom.resources.event_types.may_read = _anybody_may


def _open_schedules(mock: Mock, operation: str) -> None:
    schedules = mock.calcom.resources.schedules
    check_owner = schedules.check_owner

    def lenient(call: Call, schedule: Schedule) -> None:
        if call.operation.id != operation:
            check_owner(call, schedule)

    schedules.check_owner = lenient


@defect(
    "calcom-foreign-schedule-readable",
    breaks=("isolation.schedules.closed", "platform.token.closed"),
    story="Whoever counts through the ids learns when every person works.",
)
def foreign_schedule_readable(mock: Mock) -> None:
    _open_schedules(mock, "getSchedule")


def _anybody_decides(mock: Mock, operation: str) -> None:
    changes = mock.calcom.resources.booking_changes
    check_may_decide = changes.check_may_decide

    def lenient(call: Call, booking: Any) -> None:
        if call.operation.id != operation:
            check_may_decide(call, booking)

    changes.check_may_decide = lenient


@defect(
    "calcom-foreign-booking-confirmable",
    breaks=("isolation.bookings.untouchable",),
    story="A visitor with an account of his own accepts his own request.",
)
def foreign_booking_confirmable(mock: Mock) -> None:
    _anybody_decides(mock, "confirmBooking")


def _open_webhooks(mock: Mock, operation: str) -> None:
    """Let one operation act on everybody's webhooks."""
    handlers, webhooks = mock.calcom.resources.webhooks, mock.domain.webhooks
    method = {"getWebhook": "show", "updateWebhook": "update", "deleteWebhook": "delete"}[operation]
    handle: Callable[[Call], Any] = getattr(handlers, method)

    def lenient(call: Call) -> Any:
        with mock.domain.store.read() as session:
            webhook = webhooks.load(session, call.params["webhookId"])
        if webhook is not None and call.caller is not None:
            call.caller = replace(call.caller, account_id=webhook.account_id)
        return handle(call)

    setattr(handlers, method, lenient)


@defect(
    "calcom-foreign-webhook-readable",
    breaks=("isolation.webhooks.closed",),
    story="One company reads where another receives its events.",
)
def foreign_webhook_readable(mock: Mock) -> None:
    _open_webhooks(mock, "getWebhook")


@defect(
    "calcom-list-shows-all-bookings",
    breaks=("isolation.lists.own-only",),
    story="The list of bookings holds every customer of the platform.",
)
def list_shows_all_bookings(mock: Mock) -> None:
    searches = mock.domain.searches

    def unbounded(search: BookingSearch) -> list[Condition]:  # noqa: ARG001 - as the method that it replaces
        return [("b.account_id IN (SELECT account_id FROM people)", ())]

    searches.owner = unbounded
