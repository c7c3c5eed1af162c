"""Schemas of Cal.com's contract: what a real server answers passes, and a wrong answer fails at the right place."""

from __future__ import annotations

from typing import Any

import pytest
import selftest_calcom_answers as real
from selftest_calcom_answers import delivery, success

from bookproof.contracts.openapi import Contract

CONTRACT = Contract.load("calcom-v2")
LEGACY = Contract.load("calcom-v2", "legacy.yaml")
DAY = "2026-12-07"
CURSOR = {"nextCursor": None, "hasMore": False}
PAYMENT = {"message": "Pay.", "paymentLink": "https://pay.example", "pendingTeam": {"name": "Support"}}
TOKEN = {"access_token": "x", "token_type": "bearer", "refresh_token": "y", "expires_in": 1800}
# Operation and status, and the answers that it may give.
ANSWERS: list[tuple[str, int, Any]] = [
    ("createBooking", 201, success(real.BOOKING | {"isPlatformManagedUserBooking": False})),
    ("createBooking", 201, success(real.SEATED)),
    ("createBooking", 201, success([real.RECURRING, real.RECURRING])),
    ("createBooking", 400, real.ERROR_A),
    ("createBooking", 400, real.ERROR_B),
    ("createBooking", 409, real.ERROR_A),
    ("createBooking", 409, real.ERROR_C),
    ("createBooking", 429, real.ERROR_A_WITH_TEXT),
    ("getBooking", 200, success(real.BOOKING)),
    ("getBooking", 200, success(real.SEATED | {"attendees": []})),
    ("listBookings", 200, success([real.BOOKING, real.SEATED], pagination=real.PAGE)),
    ("listBookings", 200, success([], pagination=real.EMPTY_PAGE)),
    ("listBookings", 200, success([real.BOOKING], pagination=CURSOR | {"nextCursor": "abc", "hasMore": True})),
    ("cancelBooking", 200, success(real.BOOKING | {"status": "cancelled", "rescheduledToUid": "new"})),
    ("cancelBooking", 400, {"statusCode": 400, "message": "Cancellation reason is required when you are the host"}),
    ("rescheduleBooking", 201, success(real.BOOKING | {"rescheduledFromUid": "old", "location": None})),
    ("confirmBooking", 401, real.ERROR_B),
    ("listEventTypes", 200, success([])),
    ("createEventType", 201, success(real.EVENT_TYPE)),
    ("deleteEventType", 200, success({"id": 1, "lengthInMinutes": 30, "title": "Thirty", "slug": "thirty"})),
    ("listSlots", 200, {"data": {DAY: [{"start": real.WHEN}]}, "status": "success"}),
    ("listSlots", 200, success({DAY: [{"start": "2026-12-07T04:00:00.000-05:00", "end": real.UNTIL}]})),
    ("listSlots", 200, success({})),
    ("reserveSlot", 201, success(real.RESERVATION | {"reservationDuration": 5})),
    ("reserveSlot", 422, real.ERROR_A),
    ("getReservation", 200, success(None)),
    ("getReservation", 200, success(real.RESERVATION)),
    ("releaseReservation", 200, {"status": "success"}),
    ("listSchedules", 200, success([real.SCHEDULE])),
    ("deleteSchedule", 200, {"status": "success"}),
    ("listCalendars", 200, success({"connectedCalendars": [], "destinationCalendar": {}})),
    ("listBusyTimes", 200, success([{"start": real.WHEN, "end": real.UNTIL, "source": None}])),
    ("connectCalendar", 200, success({"authUrl": "https://consent.example/auth"})),
    ("disconnectCalendar", 200, success({"id": 3, "type": "google_calendar", "userId": 1, "teamId": None})),
    ("getMe", 200, success(real.ME)),
    ("createTeam", 201, success(real.TEAM)),
    ("createTeam", 201, success(PAYMENT)),
    ("listWebhooks", 200, success([real.WEBHOOK])),
    ("getWebhook", 200, success(real.WEBHOOK | {"teamId": None, "eventTypeId": None, "version": "2021-10-20"})),
    ("listOrganizationUsers", 200, success([real.ORGANIZATION_USER])),
    ("exchangeOAuthToken", 200, TOKEN),
    ("exchangeOAuthToken", 200, success(TOKEN)),
    ("exchangeOAuthToken", 400, real.ERROR_D),
    ("exchangeOAuthToken", 400, real.ERROR_A),
    ("refreshApiKey", 200, success({"apiKey": "cal_0123456789abcdef0123456789abcdef"})),
]
DELIVERIES: list[tuple[str, dict[str, Any]]] = [
    ("BOOKING_CREATED", delivery("BOOKING_CREATED", real.PAYLOAD)),
    ("BOOKING_REQUESTED", delivery("BOOKING_REQUESTED", real.PAYLOAD | {"status": "PENDING"})),
    ("BOOKING_RESCHEDULED", delivery("BOOKING_RESCHEDULED", real.MOVED)),
    (
        "BOOKING_CANCELLED",
        delivery("BOOKING_CANCELLED", real.PAYLOAD | {"status": "CANCELLED", "requestReschedule": False}),
    ),
    ("BOOKING_REJECTED", delivery("BOOKING_REJECTED", real.PAYLOAD | {"status": "REJECTED", "rejectionReason": ""})),
    ("BOOKING_NO_SHOW_UPDATED", delivery("BOOKING_NO_SHOW_UPDATED", real.ABSENCE)),
    ("MEETING_ENDED", {"triggerEvent": "MEETING_ENDED", "id": 98, "uid": "x", "startTime": real.WHEN}),
]
LEGACY_ANSWERS: list[tuple[str, int, Any]] = [
    ("listBookings", 200, success({"bookings": [], "recurringInfo": [], "totalCount": 0, "nextCursor": None})),
    ("listBookings", 200, success({"bookings": [], "totalCount": 25, "nextCursor": 10})),
    ("cancelBooking", 201, success({"bookingId": 98, "bookingUid": "x", "onlyRemovedAttendee": False})),
    ("createBooking", 400, real.ERROR_A_WITH_TEXT),
    ("createEventType", 201, success({"id": 1, "title": "T", "slug": "t", "length": 30, "hidden": False, "userId": 1})),
    ("getEventType", 404, real.ERROR_B),
    ("listSlots", 200, success({"slots": {DAY: [{"time": real.WHEN}]}})),
    ("reserveSlot", 201, success("968ed924-83fb-4da7-969e-eaa621643535")),
    ("getDefaultSchedule", 200, success(None)),
    ("getDefaultConferencingApp", 200, {"status": "success"}),
    ("deleteEventTypeWebhooks", 200, success("2 webhooks deleted")),
]


def faults(contract: Contract, schema: str, instance: Any) -> list[str]:
    """The faults that the explaining validator finds; the quick one must agree."""
    found = contract.explain(schema, instance)
    assert contract.validator(schema).is_valid(instance) == (not found)
    return found


def without(instance: dict[str, Any], *names: str) -> dict[str, Any]:
    """A copy that lacks some members."""
    return {key: value for key, value in instance.items() if key not in names}


def schema_of_delivery(trigger: str) -> str:
    """The name of the schema of a trigger's body."""
    [name] = [
        name
        for name in CONTRACT.document["components"]["schemas"]
        if name.endswith("Delivery") and {"const": trigger} in _consts(CONTRACT.schema(name))
    ]
    return name


def _consts(schema: dict[str, Any]) -> list[Any]:
    return [part.get("properties", {}).get("triggerEvent") for part in schema.get("allOf", [])]


@pytest.mark.parametrize(("operation", "status", "answer"), ANSWERS)
def test_real_answer_passes(operation: str, status: int, answer: Any) -> None:
    """What a running server was seen to send is right, whatever else it holds."""
    schema = CONTRACT.operations[operation].responses[status]
    assert faults(CONTRACT, schema, answer) == []
    assert faults(CONTRACT, schema, answer | {"somethingNew": 1}) == []


@pytest.mark.parametrize(("operation", "status", "answer"), LEGACY_ANSWERS)
def test_real_legacy_answer_passes(operation: str, status: int, answer: Any) -> None:
    """The same for the older surface."""
    assert faults(LEGACY, LEGACY.operations[operation].responses[status], answer) == []


@pytest.mark.parametrize(("trigger", "body"), DELIVERIES)
def test_real_delivery_passes_as_its_own_trigger_only(trigger: str, body: dict[str, Any]) -> None:
    """A body is right for the trigger that it names and wrong for every other one."""
    assert faults(CONTRACT, schema_of_delivery(trigger), body) == []
    for other in set(CONTRACT.webhook_events) - {trigger}:
        assert any(fault.startswith("triggerEvent: ") for fault in faults(CONTRACT, schema_of_delivery(other), body))


@pytest.mark.parametrize(
    ("schema", "instance", "where"),
    [
        ("BookingAnswer", success(real.BOOKING | {"status": "ACCEPTED"}), "data.status"),
        ("BookingAnswer", success(without(real.BOOKING, "uid")), "data"),
        ("BookingAnswer", {"status": "ok", "data": real.BOOKING}, "status"),
        ("BookingAnswer", success([real.BOOKING]), "data"),
        ("BookingOrSeriesAnswer", success([real.BOOKING]), "data[0]"),
        ("BookingOrSeriesAnswer", success(real.BOOKING | {"start": "2026-12-07T10:00:00"}), "data.start"),
        ("SingleBooking", without(real.BOOKING, "bookingFieldsResponses"), "the answer"),
        ("SeatedBooking", real.BOOKING, "attendees[0]"),
        ("Booking", real.BOOKING | {"attendees": [real.ATTENDEE | {"absent": "no"}]}, "attendees[0].absent"),
        ("BookingsAnswer", success([], pagination=without(real.PAGE, "totalPages")), "pagination"),
        ("BookingsAnswer", success([], pagination={"nextCursor": None}), "pagination"),
        ("BookingsAnswer", success([], pagination=CURSOR | {"nextCursor": 3}), "pagination.nextCursor"),
        ("EventType", without(real.EVENT_TYPE, "bookingUrl"), "the answer"),
        ("EventType", real.EVENT_TYPE | {"lengthInMinutes": "30"}, "lengthInMinutes"),
        ("SlotsAnswer", success([]), "data"),
        ("SlotsAnswer", success({DAY: [real.WHEN]}), f"data.{DAY}[0]"),
        ("SlotsAnswer", success({"Monday": []}), "data"),
        ("NewReservationAnswer", success(real.RESERVATION), "data"),
        ("ReservationAnswer", success({}), "data"),
        (
            "Schedule",
            real.SCHEDULE | {"availability": [{"days": [1], "startTime": "09:00", "endTime": "17:00"}]},
            "availability[0].days[0]",
        ),
        (
            "Schedule",
            real.SCHEDULE | {"availability": [{"days": ["Monday"], "startTime": "9", "endTime": "17:00"}]},
            "availability[0].startTime",
        ),
        ("Me", real.ME | {"timeFormat": 13}, "timeFormat"),
        ("Me", without(real.ME, "username"), "the answer"),
        ("NewTeamAnswer", success({"message": "Pay."}), "data"),
        ("Webhook", real.WEBHOOK | {"triggers": ["booking.created"]}, "triggers[0]"),
        ("Webhook", without(real.WEBHOOK, "active"), "the answer"),
        ("WebhookRequest", {"subscriberUrl": "https://h.example", "triggers": ["BOOKING_CREATED"]}, "the answer"),
        (
            "WebhookRequest",
            without(real.WEBHOOK, "payloadTemplate") | {"triggers": ["BOOKING_CONFIRMED"]},
            "triggers[0]",
        ),
        ("Error", real.ERROR_C, "the answer"),
        ("Error", real.ERROR_A | {"error": "Bad Request"}, "error"),
        ("AnyError", {"statusCode": 409}, "the answer"),
        ("AnyError", {"message": "No."}, "the answer"),
        ("ErrorWithDetails", real.ERROR_B, "error"),
        ("ErrorWithoutDetails", real.ERROR_A, "error.details"),
        ("TokenError", real.ERROR_C, "the answer"),
        ("TokenAnswer", success({"access_token": "x", "token_type": "bearer"}), "data"),
        (
            "BookingCreatedDelivery",
            delivery("BOOKING_CREATED", real.PAYLOAD | {"status": "accepted"}),
            "payload.status",
        ),
        ("BookingCreatedDelivery", without(delivery("BOOKING_CREATED", real.PAYLOAD), "createdAt"), "the answer"),
        (
            "BookingRescheduledDelivery",
            delivery("BOOKING_RESCHEDULED", without(real.MOVED, "rescheduleUid")),
            "payload",
        ),
        (
            "BookingNoShowUpdatedDelivery",
            delivery("BOOKING_NO_SHOW_UPDATED", without(real.ABSENCE, "bookingUid")),
            "payload",
        ),
        ("MeetingEndedDelivery", delivery("MEETING_ENDED", real.PAYLOAD), "payload"),
    ],
)
def test_wrong_answer_fails_at_its_place(schema: str, instance: Any, where: str) -> None:
    """Both validators refuse it, and the explanation names the member that is wrong."""
    assert {fault.partition(": ")[0] for fault in faults(CONTRACT, schema, instance)} == {where}


def test_taken_bookings_are_told_apart() -> None:
    """The kinds of bookings that checks ask for by name."""
    assert faults(CONTRACT, "SingleBooking", real.BOOKING) == []
    assert faults(CONTRACT, "RecurringBooking", real.RECURRING) == []
    assert faults(CONTRACT, "SeatedBooking", real.SEATED) == []
    assert faults(CONTRACT, "ErrorWithDetails", real.ERROR_A) == []
    assert faults(CONTRACT, "ErrorWithoutDetails", real.ERROR_B) == []
