"""Three vendors who read the same documents and chose otherwise; their target files lie in ``vendors/``."""

from __future__ import annotations

from selftest_renaming import Route, Vendor

_TEXTS = ("code", "slug", "title", "description")

#: Everything is nested, wrapped and called by other names; methods carry the meaning that paths carry elsewhere.
NESTED = Vendor(
    name="nested",
    zone="Europe/Berlin",
    times_in="offset",
    times_out="offset",
    slots="by-day",
    largest_limit=50,
    status_words={
        "confirmed": "BOOKED",
        "pending": "REQUESTED",
        "cancelled": "CALLED_OFF",
        "rescheduled": "MOVED",
        "no_show": "DID_NOT_COME",
    },
    objects={
        "booking": {
            "code": "id",
            "eventTypeCode": "service.id",
            "status": "state.current",
            "start": "when.from",
            "end": "when.until",
            "attendee.name": "guest.fullName",
            "attendee.email": "guest.contact.mail",
            "createdAt": "meta.created",
            "updatedAt": "meta.changed",
        },
        "eventType": {
            "code": "id",
            "slug": "page.slug",
            "title": "page.title",
            "duration": "length.usual",
            "durations": "length.all",
            "bufferBefore": "rules.buffers.before",
            "bufferAfter": "rules.buffers.after",
            "minimumNotice": "rules.notice.least",
            "maximumNotice": "rules.notice.most",
            "slotInterval": "rules.grid",
            "dailyCap": "rules.perDay",
        },
        "slot": {"start": "from", "end": "until"},
        "stats": {
            "total": "counts.all",
            "confirmed": "counts.booked",
            "pending": "counts.requested",
            "cancelled": "counts.calledOff",
            "rescheduled": "counts.moved",
            "noShow": "counts.didNotCome",
        },
        "link": {"code": "token", "eventTypeCode": "service.id", "used": "state.spent", "revoked": "state.withdrawn"},
        "webhook": {
            "id": "uuid",
            "url": "target.address",
            "events": "topics",
            "active": "target.enabled",
            "secret": "target.signingSecret",
        },
        "me": {"account.id": "workspace.key", "organisation.id": "workspace.company.key", "key": "credential"},
    },
    routes={
        "listEventTypes": Route("GET", "/v1/services", {"page": "p", "limit": "size"}, kind="eventType"),
        "getEventType": Route("GET", "/v1/services/{eventTypeCode}", kind="eventType", at="data.service"),
        "duplicateEventType": Route(
            "POST", "/v1/services/{eventTypeCode}/copies", kind="eventType", at="data.service", status=200
        ),
        "listSlots": Route(
            "GET",
            "/v1/openings",
            {
                "eventTypeCode": "service",
                "start": "from",
                "end": "until",
                "timeZone": "tz",
                "duration": "minutes",
            },
            kind="slot",
            at="data.days",
        ),
        "createBooking": Route(
            "POST",
            "/v1/appointments",
            body={
                "eventTypeCode": "appointment.service.id",
                "start": "appointment.when.from",
                "duration": "appointment.when.minutes",
                "attendee.name": "appointment.guest.fullName",
                "attendee.email": "appointment.guest.contact.mail",
                "attendee.timeZone": "appointment.guest.tz",
                "answers": "appointment.form",
                "linkCode": "appointment.invitation",
            },
            constants={"channel": "api"},
            kind="booking",
            at="data.appointment",
        ),
        "listBookings": Route(
            "GET", "/v1/appointments", {"page": "p", "limit": "size", "status": "state"}, kind="booking"
        ),
        "getBookingStats": Route("GET", "/v1/appointments/summary", kind="stats", at="data.summary"),
        "getBooking": Route("GET", "/v1/appointments/{bookingCode}", kind="booking", at="data.appointment"),
        "cancelBooking": Route("DELETE", "/v1/appointments/{bookingCode}", silent=True, status=204),
        "rescheduleBooking": Route(
            "PATCH",
            "/v1/appointments/{bookingCode}",
            body={"start": "appointment.when.from"},
            kind="booking",
            at="data.appointment",
        ),
        "createEventLink": Route(
            "POST", "/v1/invitations", body={"eventTypeCode": "service.id"}, kind="link", at="data.invitation"
        ),
        "listEventLinks": Route(
            "GET", "/v1/invitations", {"eventTypeCode": "service", "page": "p", "limit": "size"}, kind="link"
        ),
        "revokeEventLink": Route("POST", "/v1/invitations/{linkCode}/withdrawal", silent=True),
        "getMe": Route("GET", "/v1/whoami", kind="me", at="data.identity"),
        "listCalendars": Route("GET", "/v1/connections", {"page": "p", "limit": "size"}),
        "listWebhooks": Route("GET", "/v1/hooks", {"page": "p", "limit": "size"}, kind="webhook", at="data.hooks"),
        "createWebhook": Route(
            "POST",
            "/v1/hooks",
            body={"url": "hook.target.address", "events": "hook.topics", "active": "hook.target.enabled"},
            kind="webhook",
            at="data.hook",
        ),
        "getWebhook": Route("GET", "/v1/hooks/{webhookId}", kind="webhook", at="data.hook"),
        "updateWebhook": Route(
            "PUT",
            "/v1/hooks/{webhookId}",
            body={"url": "hook.target.address", "events": "hook.topics", "active": "hook.target.enabled"},
            kind="webhook",
            at="data.hook",
        ),
        "deleteWebhook": Route("DELETE", "/v1/hooks/{webhookId}", silent=True, status=204),
        "testWebhook": Route("POST", "/v1/hooks/{webhookId}/ping", silent=True),
    },
)

_PLAIN_BOOKING = {
    "code": "ref",
    "eventTypeCode": "type",
    "status": "status",
    "start": "starts_at",
    "end": "ends_at",
    "attendee.name": "name",
    "attendee.email": "email",
}
_PLAIN_LINK = {"code": "link", "eventTypeCode": "type", "used": "used", "revoked": "revoked"}
_PLAIN_HOOK = {"id": "ref", "url": "url", "events": "events", "active": "on", "secret": "key"}

#: Flat objects without a wrapper, bare times, numbers instead of dates; lenient or strict where it may be.
PLAIN = Vendor(
    name="plain",
    zone="America/New_York",
    times_in="epoch-seconds",
    times_out="milliseconds",
    slots="starts",
    clamps_zero=True,
    longest_range=7,
    cancels_twice=True,
    conceals_with_403=True,
    statuses={405: 404, 415: 400},
    reschedule_mode="new-code",
    status_words={"no_show": "absent", "cancelled": "canceled"},
    objects={
        "booking": _PLAIN_BOOKING,
        "eventType": {name: name for name in _TEXTS} | {"duration": "minutes", "dailyCap": "max_per_day"},
        "slot": {"start": "start"},
        "stats": {"total": "total", "confirmed": "confirmed", "cancelled": "canceled", "noShow": "absent"},
        "link": _PLAIN_LINK,
        "webhook": _PLAIN_HOOK,
        "me": {"account.id": "account", "organisation.id": "org", "key": "key"},
    },
    routes={
        "listEventTypes": Route("GET", "/v1/event-types", {"page": "page", "limit": "limit"}, kind="eventType"),
        "getEventType": Route("GET", "/v1/event-types/{eventTypeCode}", kind="eventType", at=""),
        "duplicateEventType": Route(
            "POST", "/v1/event-types/{eventTypeCode}/duplicate", kind="eventType", at="", status=201
        ),
        "listSlots": Route(
            "GET", "/v1/event-types/{eventTypeCode}/slots", {"start": "after", "end": "before"}, kind="slot"
        ),
        "createBooking": Route(
            "POST",
            "/v1/bookings",
            body={
                "eventTypeCode": "type",
                "start": "starts_at",
                "attendee.name": "name",
                "attendee.email": "email",
                "attendee.timeZone": "tz",
                "answers": "answers",
                "linkCode": "link",
            },
            kind="booking",
            at="",
            status=201,
        ),
        "listBookings": Route(
            "GET", "/v1/bookings", {"page": "page", "limit": "limit", "status": "status"}, kind="booking"
        ),
        "getBookingStats": Route("GET", "/v1/bookings/stats", kind="stats", at=""),
        "getBooking": Route("GET", "/v1/bookings/{bookingCode}", kind="booking", at=""),
        "cancelBooking": Route("POST", "/v1/bookings/{bookingCode}/cancel", silent=True),
        "rescheduleBooking": Route(
            "POST",
            "/v1/bookings/{bookingCode}/move",
            body={"start": "starts_at"},
            kind="booking",
            at="moved.to",
            status=201,
        ),
        "createEventLink": Route("POST", "/v1/event-types/{eventTypeCode}/links", kind="link", at="", status=201),
        "listEventLinks": Route(
            "GET", "/v1/event-types/{eventTypeCode}/links", {"page": "page", "limit": "limit"}, kind="link"
        ),
        "revokeEventLink": Route("DELETE", "/v1/event-links/{linkCode}", silent=True, status=204),
        "getMe": Route("GET", "/v1/users/me", kind="me", at=""),
        "listCalendars": Route("GET", "/v1/calendars", {"page": "page", "limit": "limit"}),
        "listWebhooks": Route("GET", "/v1/webhooks", {"page": "page", "limit": "limit"}, kind="webhook"),
        "createWebhook": Route(
            "POST",
            "/v1/webhooks",
            body={"url": "url", "events": "events", "active": "on"},
            kind="webhook",
            at="",
            status=201,
        ),
        "getWebhook": Route("GET", "/v1/webhooks/{webhookId}", kind="webhook", at=""),
        "updateWebhook": Route(
            "PATCH",
            "/v1/webhooks/{webhookId}",
            body={"url": "url", "events": "events", "active": "on"},
            silent=True,
            status=204,
        ),
        "deleteWebhook": Route("DELETE", "/v1/webhooks/{webhookId}", silent=True, status=204),
        "testWebhook": Route("POST", "/v1/webhooks/{webhookId}/test", silent=True, status=204),
    },
)

#: Little more than the documents name, and little of that shown; slots are asked for by date and come in pages.
SPARSE = Vendor(
    name="sparse",
    zone="Europe/Berlin",
    times_out="fraction",
    slots_paged=True,
    clamps_to=20,
    objects={
        "booking": {"code": "code", "status": "status", "start": "start"},
        "eventType": {"code": "code", "title": "name"},
        "slot": {"start": "start", "end": "end"},
        "stats": {"total": "total"},
        "me": {"account.id": "account", "organisation.id": "organisation", "key": "key"},
    },
    routes={
        "listEventTypes": Route("GET", "/v1/event-types", {"page": "page", "limit": "limit"}, kind="eventType"),
        "getEventType": Route("GET", "/v1/event-types/{eventTypeCode}", kind="eventType"),
        "listSlots": Route(
            "GET",
            "/v1/slots",
            {"eventTypeCode": "eventType", "start": "from", "end": "to", "page": "page", "limit": "limit"},
            kind="slot",
        ),
        "createBooking": Route(
            "POST",
            "/v1/bookings",
            body={
                "eventTypeCode": "eventType",
                "start": "start",
                "attendee.name": "attendee.name",
                "attendee.email": "attendee.email",
            },
            kind="booking",
            status=201,
        ),
        "listBookings": Route("GET", "/v1/bookings", {"page": "page", "limit": "limit"}, kind="booking"),
        "getBookingStats": Route("GET", "/v1/bookings/stats", kind="stats"),
        "getBooking": Route("GET", "/v1/bookings/{bookingCode}", kind="booking"),
        "cancelBooking": Route(
            "PUT", "/v1/bookings/{bookingCode}/status", constants={"status": "cancelled"}, silent=True
        ),
        "rescheduleBooking": Route(
            "PUT", "/v1/bookings/{bookingCode}/start", body={"start": "start"}, silent=True, status=204
        ),
        "getMe": Route("GET", "/v1/users/me", kind="me"),
    },
)

VENDORS = {vendor.name: vendor for vendor in (NESTED, PLAIN, SPARSE)}
