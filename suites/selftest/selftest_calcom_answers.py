"""Answers and deliveries as a real server writes them, in our own words and with made-up people."""

from __future__ import annotations

from typing import Any

WHEN = "2026-12-07T10:00:00.000Z"
UNTIL = "2026-12-07T10:30:00.000Z"
HOST = {
    "id": 1,
    "name": "Ada",
    "email": "ada@example.test",
    "displayEmail": "ada@example.test",
    "username": "ada",
    "timeZone": "UTC",
}
ATTENDEE = {
    "name": "Ben",
    "email": "Ben@example.test",
    "displayEmail": "Ben@example.test",
    "timeZone": "Europe/Berlin",
    "language": "en",
    "absent": False,
}
BOOKING: dict[str, Any] = {
    "id": 98,
    "uid": "gZJNR7FQG2qLsBqnFdxAPE",
    "title": "Thirty between Ada and Ben",
    "description": "",
    "hosts": [HOST],
    "status": "accepted",
    "cancellationReason": "",
    "cancelledByEmail": "",
    "rescheduledByEmail": None,
    "start": WHEN,
    "end": UNTIL,
    "duration": 30,
    "eventTypeId": 1,
    "eventType": {"id": 1, "slug": "thirty"},
    "meetingUrl": "integrations:daily",
    "location": "integrations:daily",
    "absentHost": False,
    "createdAt": "2026-11-20T12:04:13.235Z",
    "updatedAt": None,
    "metadata": {},
    "rating": None,
    "icsUid": "gZJNR7FQG2qLsBqnFdxAPE@Cal.com",
    "attendees": [ATTENDEE],
    "bookingFieldsResponses": {"email": "Ben@example.test", "name": "Ben", "displayEmail": "Ben@example.test"},
}
SEATED: dict[str, Any] = {key: value for key, value in BOOKING.items() if key != "bookingFieldsResponses"} | {
    "seatUid": "6a0c",
    "attendees": [ATTENDEE | {"seatUid": "6a0c", "metadata": {}, "bookingFieldsResponses": {"name": "Ben"}}],
}
RECURRING: dict[str, Any] = BOOKING | {"recurringBookingUid": "series"}
EVENT_TYPE: dict[str, Any] = {
    "id": 1,
    "ownerId": 1,
    "lengthInMinutes": 30,
    "title": "Thirty",
    "slug": "thirty",
    "description": "",
    "locations": [{"type": "integration", "integration": "cal-video"}],
    "bookingFields": [{"type": "name", "isDefault": True}],
    "recurrence": None,
    "disableGuests": False,
    "slotInterval": None,
    "minimumBookingNotice": 120,
    "metadata": {},
    "price": 0,
    "currency": "usd",
    "lockTimeZoneToggleOnBookingPage": False,
    "forwardParamsSuccessRedirect": None,
    "successRedirectUrl": None,
    "isInstantEvent": False,
    "scheduleId": None,
    "hidden": False,
    "bookingRequiresAuthentication": False,
    "bookingWindow": {"disabled": True},
    "seats": {"disabled": True},
    "confirmationPolicy": {"disabled": True},
    "users": [{"id": 1, "name": "Ada"}],
    "bookingUrl": "https://cal.example/ada/thirty",
}
RESERVATION: dict[str, Any] = {
    "eventTypeId": 1,
    "slotStart": WHEN,
    "slotEnd": UNTIL,
    "slotDuration": 30,
    "reservationUid": "968ed924-83fb-4da7-969e-eaa621643535",
    "reservationUntil": "2026-11-20T12:09:13.235Z",
}
SCHEDULE: dict[str, Any] = {
    "id": 1,
    "ownerId": 1,
    "name": "Office hours",
    "timeZone": "Europe/Berlin",
    "availability": [{"days": ["Monday", "Friday"], "startTime": "09:00", "endTime": "17:00"}],
    "isDefault": True,
    "overrides": [],
}
ME: dict[str, Any] = {
    "id": 1,
    "email": "ada@example.test",
    "name": "Ada",
    "avatarUrl": None,
    "bio": None,
    "timeFormat": 12,
    "defaultScheduleId": None,
    "weekStart": "Sunday",
    "timeZone": "UTC",
    "username": "ada",
    "organizationId": None,
}
TEAM: dict[str, Any] = {"id": 4, "parentId": None, "name": "Support", "slug": None, "isOrganization": False}
WEBHOOK: dict[str, Any] = {
    "id": "0b2f6f3e-4d1b-4f9e-8a53-2f3d0c9f7a11",
    "payloadTemplate": None,
    "triggers": ["BOOKING_CREATED"],
    "subscriberUrl": "https://hooks.example.com/in",
    "active": True,
    "secret": "a-long-secret",
    "userId": 1,
}
ORGANIZATION_USER: dict[str, Any] = {
    "id": 7,
    "username": "kim",
    "name": None,
    "email": "kim@example.test",
    "emailVerified": None,
    "timeZone": "Europe/London",
    "weekStart": "Sunday",
    "createdDate": "2026-11-20T12:00:00.000Z",
    "profile": {"id": 3, "organizationId": 2, "userId": 7, "username": "kim"},
}
PAGE: dict[str, Any] = {
    "returnedItems": 2,
    "totalItems": 47,
    "itemsPerPage": 2,
    "remainingItems": 44,
    "currentPage": 1,
    "totalPages": 24,
    "hasNextPage": True,
    "hasPreviousPage": True,
}
EMPTY_PAGE: dict[str, Any] = dict.fromkeys(PAGE, 0) | {
    "itemsPerPage": 100,
    "hasNextPage": False,
    "hasPreviousPage": False,
}
MESSAGE = "start property is wrong,start must be a valid ISO 8601 date string "
ERROR_A: dict[str, Any] = {
    "status": "error",
    "timestamp": "2026-11-20T12:00:00.000Z",
    "path": "/v2/bookings",
    "error": {
        "code": "BadRequestException",
        "message": MESSAGE,
        "details": {"message": MESSAGE, "error": "Bad Request", "statusCode": 400},
    },
}
ERROR_A_WITH_TEXT: dict[str, Any] = ERROR_A | {
    "error": {"code": "ThrottlerException", "message": "Too many requests.", "details": "Too many requests."}
}
ERROR_B: dict[str, Any] = ERROR_A | {"error": {"code": "TRPCError", "message": "Booking already confirmed"}}
ERROR_C: dict[str, Any] = {"statusCode": 409, "message": "booking_conflict_error"}
ERROR_D: dict[str, Any] = {"error": "invalid_grant", "error_description": "code_invalid_or_expired"}
PERSON = {"name": "Ben", "email": "ben@example.test", "timeZone": "UTC", "language": {"locale": "en"}, "utcOffset": 0}
PAYLOAD: dict[str, Any] = {
    "type": "thirty",
    "title": "Thirty between Ada and Ben",
    "startTime": "2026-12-07T10:00:00Z",
    "endTime": "2026-12-07T10:30:00+00:00",
    "organizer": PERSON | {"id": 1, "username": "ada", "timeFormat": "h:mma"},
    "attendees": [PERSON | {"firstName": "", "lastName": ""}],
    "responses": {"name": {"label": "your_name", "value": "Ben", "isHidden": False}},
    "location": "integrations:daily",
    "uid": "gZJNR7FQG2qLsBqnFdxAPE",
    "bookingId": 98,
    "eventTypeId": 1,
    "eventTitle": "Thirty",
    "length": 30,
    "price": 0,
    "currency": "usd",
    "iCalUID": "gZJNR7FQG2qLsBqnFdxAPE@Cal.com",
    "iCalSequence": 0,
    "metadata": {},
    "status": "ACCEPTED",
}
MOVED: dict[str, Any] = PAYLOAD | {
    "rescheduleId": 97,
    "rescheduleUid": "old",
    "rescheduleStartTime": "2026-12-06T10:00:00Z",
    "rescheduleEndTime": "2026-12-06T10:30:00Z",
}
ABSENCE: dict[str, Any] = {
    "message": "ben@example.test marked as no-show",
    "attendees": [{"email": "ben@example.test", "noShow": True}],
    "bookingUid": "gZJNR7FQG2qLsBqnFdxAPE",
    "bookingId": 98,
}


def success(data: Any, **more: Any) -> dict[str, Any]:
    """An envelope of success."""
    return {"status": "success", "data": data, **more}


def delivery(trigger: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The body of a delivery."""
    return {"triggerEvent": trigger, "createdAt": "2026-11-20T12:04:13.235Z", "payload": payload}
