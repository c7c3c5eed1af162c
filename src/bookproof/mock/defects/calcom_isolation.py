"""Defects of the Cal.com dialect: the wall between accounts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.dialects.calcom_v2.calls import Call
from bookproof.mock.dialects.calcom_v2.webhooks import MOST
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


@defect(
    "calcom-foreign-event-type-changeable",
    breaks=("isolation.event-types.closed",),
    story="One company renames what another offers.",
)
def foreign_event_type_changeable(mock: Mock) -> None:
    mock.calcom.resources.event_types.may_change = _anybody_may


@defect(
    "calcom-foreign-event-type-deletable",
    breaks=("isolation.event-types.closed",),
    story="One company deletes what another offers.",
)
def foreign_event_type_deletable(mock: Mock) -> None:
    mock.calcom.resources.event_types.may_delete = _anybody_may


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


@defect(
    "calcom-foreign-schedule-changeable",
    breaks=("isolation.schedules.closed",),
    story="A stranger opens somebody's nights for bookings.",
)
def foreign_schedule_changeable(mock: Mock) -> None:
    _open_schedules(mock, "updateSchedule")


@defect(
    "calcom-foreign-schedule-deletable",
    breaks=("isolation.schedules.closed",),
    story="A stranger deletes somebody's hours, and nobody can book any more.",
)
def foreign_schedule_deletable(mock: Mock) -> None:
    _open_schedules(mock, "deleteSchedule")


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


@defect(
    "calcom-foreign-booking-declinable",
    breaks=("isolation.bookings.untouchable",),
    story="A competitor declines every request that waits for a host.",
)
def foreign_booking_declinable(mock: Mock) -> None:
    _anybody_decides(mock, "declineBooking")


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
    "calcom-foreign-webhook-changeable",
    breaks=("isolation.webhooks.closed",),
    story="One company turns another's events to itself.",
)
def foreign_webhook_changeable(mock: Mock) -> None:
    _open_webhooks(mock, "updateWebhook")


@defect(
    "calcom-foreign-webhook-deletable",
    breaks=("isolation.webhooks.closed",),
    story="One company stops the events of another.",
)
def foreign_webhook_deletable(mock: Mock) -> None:
    _open_webhooks(mock, "deleteWebhook")


def _others(mock: Mock, call: Call) -> list[str]:
    """The accounts of all people but the caller."""
    with mock.domain.store.read() as session:
        rows = session.all("SELECT account_id FROM people WHERE account_id <> ?", (call.account_id,))
    return [str(row["account_id"]) for row in rows]


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


@defect(
    "calcom-list-shows-all-schedules",
    breaks=("isolation.lists.own-only", "platform.token.closed"),
    story="The list of schedules tells when every person works.",
)
def list_shows_all_schedules(mock: Mock) -> None:
    handlers, schedules = mock.calcom.resources.schedules, mock.domain.schedules
    index = handlers.index

    def unbounded(call: Call) -> Any:
        answer = index(call)
        others = [item for account_id in _others(mock, call) for item in schedules.find(account_id)]
        answer.value["data"] += [handlers.shown(item) for item in others]
        return answer

    handlers.index = unbounded


@defect(
    "calcom-list-shows-all-event-types",
    breaks=("isolation.lists.own-only",),
    story="The list of event types mixes in what other companies offer, hidden ones too.",
)
def list_shows_all_event_types(mock: Mock) -> None:
    handlers, event_types = mock.calcom.resources.event_types, mock.domain.event_types
    listed = handlers.listed

    def unbounded(call: Call) -> list[EventType]:
        shown = listed(call)
        if call.caller is None or "username" in call.query:
            return shown
        others = _others(mock, call)
        return [*shown, *(item for other in others for item in event_types.of_account(other, with_hidden=True))]

    handlers.listed = unbounded


@defect(
    "calcom-list-shows-all-webhooks",
    breaks=("isolation.lists.own-only",),
    story="The list of webhooks tells where every company receives its events, with the secrets.",
)
def list_shows_all_webhooks(mock: Mock) -> None:
    handlers, webhooks = mock.calcom.resources.webhooks, mock.domain.webhooks
    index = handlers.index

    def unbounded(call: Call) -> Any:
        answer = index(call)
        others = [item for account_id in _others(mock, call) for item in webhooks.find(account_id, 0, MOST)]
        answer.value["data"] += [handlers.shown(item) for item in others]
        return answer

    handlers.index = unbounded
