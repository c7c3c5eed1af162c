"""Domain objects in the field names of imatic Calendar v1."""

from typing import Any

from bookproof.mock.domain.accounts import Account, ConnectedCalendar
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import utc_text, zone, zoned_text
from bookproof.mock.domain.keys import SCOPES, ApiKey
from bookproof.mock.domain.links import Link
from bookproof.mock.domain.slots import Slot
from bookproof.mock.domain.webhooks import Webhook


class Presenter:
    """Shows objects.

    Parameters:
        base_url: of the server, for the URLs inside answers.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def time(self, instant: int) -> str:
        """An instant in UTC."""
        return utc_text(instant)

    def event_type(self, event_type: EventType) -> dict[str, Any]:
        """An event type; minutes throughout, `maximumNotice` in days, `dailyCap` null for none."""
        rules = event_type.rules
        return {
            "code": event_type.code,
            "slug": event_type.slug,
            "title": event_type.title,
            "description": event_type.description,
            "colour": event_type.colour,
            "duration": rules.duration,
            "durations": list(rules.durations),
            "bufferBefore": rules.buffer_before,
            "bufferAfter": rules.buffer_after,
            "minimumNotice": rules.minimum_notice,
            "maximumNotice": rules.maximum_notice,
            "slotInterval": rules.step,
            "dailyCap": rules.daily_cap,
            "requiresConfirmation": event_type.requires_confirmation,
            "questions": [{"code": q.code, "label": q.label, "required": q.required} for q in event_type.questions],
            "host": {"id": event_type.host_id, "name": event_type.host_name},
        }

    def slots(self, slots: list[Slot], zone_name: str | None) -> list[dict[str, str]]:
        """Slots in UTC, or with the numeric offset of the asked zone."""
        if zone_name is None:
            return [{"start": utc_text(slot.start), "end": utc_text(slot.end)} for slot in slots]
        tz = zone(zone_name)
        return [{"start": zoned_text(slot.start, tz), "end": zoned_text(slot.end, tz)} for slot in slots]

    def booking(self, booking: Booking) -> dict[str, Any]:
        """A booking; `cancelReason` and `rescheduledFrom` only where they apply."""
        attendee = booking.attendee
        shown: dict[str, Any] = {
            "code": booking.code,
            "eventTypeCode": booking.event_type_code,
            "status": booking.status,
            "start": self.time(booking.start),
            "end": self.time(booking.end),
            "attendee": {"name": attendee.name, "email": attendee.email, "timeZone": attendee.time_zone},
            "answers": dict(booking.answers),
            "notes": booking.notes,
            "createdAt": self.time(booking.created),
            "updatedAt": self.time(booking.updated),
        }
        if booking.cancel_reason is not None:
            shown["cancelReason"] = booking.cancel_reason
        if booking.rescheduled_from is not None:
            shown["rescheduledFrom"] = booking.rescheduled_from
        return shown

    def stats(self, counts: dict[str, int]) -> dict[str, int]:
        """Counts by status; the total is their sum."""
        return {
            "total": sum(counts.values()),
            "confirmed": counts["confirmed"],
            "pending": counts["pending"],
            "cancelled": counts["cancelled"],
            "rescheduled": counts["rescheduled"],
            "noShow": counts["no_show"],
        }

    def link(self, link: Link) -> dict[str, Any]:
        """A single-use link."""
        return {
            "code": link.code,
            "url": f"{self.base_url}/book/{link.code}",
            "eventTypeCode": link.event_type_code,
            "used": link.used,
            "revoked": link.revoked,
            "createdAt": self.time(link.created),
        }

    def webhook(self, webhook: Webhook) -> dict[str, Any]:
        """A subscription, without its secret."""
        return {
            "id": webhook.id,
            "url": webhook.url,
            "events": list(webhook.events),
            "active": webhook.active,
            "createdAt": self.time(webhook.created),
            "updatedAt": self.time(webhook.updated),
        }

    def created_webhook(self, webhook: Webhook) -> dict[str, Any]:
        """A subscription with its secret: shown once, at its creation."""
        return self.webhook(webhook) | {"secret": webhook.secret}

    def me(self, account: Account, key: ApiKey) -> dict[str, Any]:
        """The identity behind a key; of the key itself the prefix only."""
        return {
            "account": {"id": account.id, "name": account.name, "email": account.email},
            "organisation": {"id": account.organisation_id, "name": account.organisation_name},
            "key": {"prefix": key.prefix, "scopes": [scope for scope in SCOPES if scope in key.scopes]},
        }

    def calendar(self, calendar: ConnectedCalendar) -> dict[str, Any]:
        """A connected calendar."""
        return {
            "id": calendar.id,
            "provider": calendar.provider,
            "name": calendar.name,
            "email": calendar.email,
            "primary": calendar.primary,
            "connected": calendar.connected,
        }
