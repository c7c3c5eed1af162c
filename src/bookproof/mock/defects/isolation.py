"""Defects of the wall between accounts."""

from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.seams import as_owner, owner
from bookproof.mock.domain.booking_records import Booking, BookingFilter, NewBooking
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call

_BOOKING = ("bookings", "code", "bookingCode")


@defect(
    "foreign-booking-readable",
    breaks=("isolation.bookings.invisible",),
    story="Whoever guesses a code reads another company's attendee.",
)
def foreign_booking_readable(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    bookings.show = as_owner(mock, bookings.show, *_BOOKING)


@defect(
    "foreign-booking-cancellable",
    breaks=("isolation.bookings.untouchable",),
    story="One company cancels another's appointments.",
)
def foreign_booking_cancellable(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    bookings.cancel = as_owner(mock, bookings.cancel, *_BOOKING)


@defect(
    "foreign-booking-movable",
    breaks=("isolation.bookings.untouchable",),
    story="One company moves another's appointments.",
)
def foreign_booking_movable(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    bookings.reschedule = as_owner(mock, bookings.reschedule, *_BOOKING)


@defect(
    "list-shows-all-accounts",
    breaks=("isolation.lists.own-only", "bookings.stats.agree", "mcp.account.invisible"),
    story="The list of bookings holds every customer of the platform.",
)
def list_shows_all_accounts(mock: Mock) -> None:
    records = mock.domain.records
    conditions = records.conditions

    def unbounded(account_id: str, wanted: BookingFilter) -> tuple[str, list[Any]]:
        where, values = conditions(account_id, wanted)
        everybody = "account_id IN (SELECT ? UNION SELECT id FROM accounts WHERE alias IN ('main', 'foreign'))"
        return where.replace("account_id = ?", everybody), values

    records.conditions = unbounded


@defect(
    "foreign-event-type-bookable",
    breaks=("isolation.event-types.closed",),
    story="One company fills another's calendar.",
)
def foreign_event_type_bookable(mock: Mock) -> None:
    bookings = mock.domain.bookings
    create = bookings.create

    def anywhere(account_id: str, wanted: NewBooking) -> Booking:
        return create(owner(mock, "event_types", "code", wanted.event_type_code) or account_id, wanted)

    bookings.create = anywhere


@defect(
    "foreign-slots-readable",
    breaks=("isolation.event-types.closed",),
    story="One company sees when another's staff are free.",
)
def foreign_slots_readable(mock: Mock) -> None:
    slots = mock.imatic.resources.slots
    slots.index = as_owner(mock, slots.index, "event_types", "code", "eventTypeCode")


@defect(
    "foreign-link-revocable",
    breaks=("isolation.links.closed",),
    story="One company kills another's booking links.",
)
def foreign_link_revocable(mock: Mock) -> None:
    links = mock.imatic.resources.links
    links.revoke = as_owner(mock, links.revoke, "links", "code", "linkCode")


@defect(
    "foreign-webhook-readable",
    breaks=("isolation.webhooks.closed",),
    story="One company reads where another receives its events.",
)
def foreign_webhook_readable(mock: Mock) -> None:
    webhooks = mock.imatic.resources.webhooks
    webhooks.show = as_owner(mock, webhooks.show, "webhooks", "id", "webhookId")


@defect(
    "forbidden-leaks-existence",
    breaks=("isolation.existence.hidden",),
    story="The 403 tells a stranger which booking codes exist elsewhere.",
)
def forbidden_leaks_existence(mock: Mock) -> None:
    bookings = mock.imatic.resources.bookings
    show = bookings.show

    def leaky(call: Call) -> Answer:
        if owner(mock, *_BOOKING[:2], call.params["bookingCode"]) not in (None, call.account_id):
            raise ApiError(403, "forbidden", "The booking belongs to another account.")
        return show(call)

    bookings.show = leaky
