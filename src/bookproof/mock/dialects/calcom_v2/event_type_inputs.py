"""What a request may say of an event type. Source: Cal.com API v2, Event Types; behaviour of a running server."""

from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.errors import bad_request
from bookproof.mock.dialects.calcom_v2.moments import instant_of
from bookproof.mock.dialects.calcom_v2.profiles import LOCALES
from bookproof.mock.dialects.calcom_v2.validation import (
    Member,
    Problem,
    Rule,
    Shape,
    array,
    at_least,
    at_most,
    filled,
    flag,
    listed,
    one_of,
    record,
    text,
    web_address,
    whole,
)

DAYS, BUSINESS_DAYS, RANGE = "calendarDays", "businessDays", "range"
#: Settings that null takes back.
NULLABLE = ("lengthInMinutesOptions", "slotInterval", "scheduleId")
LONGEST = 24 * 60
_LONGEST_NOTICE = 366 * 24 * 60
_MOST_DAYS = 3_650
# fmt: off
_FLAGS = (
    "disableGuests", "onlyShowFirstAvailableSlot", "requiresBookerEmailVerification", "hideCalendarNotes",
    "lockTimeZoneToggleOnBookingPage", "useDestinationCalendarEmail", "hideCalendarEventDetails",
    "hideOrganizerEmail", "hidden", "bookingRequiresAuthentication", "allowReschedulingPastBookings",
    "allowReschedulingCancelledBookings", "showOptimizedSlots",
)
# fmt: on
_OBJECTS = "bookingLimitsDuration bookerActiveBookingsLimit bookerLayouts color destinationCalendar calVideoSettings"


def _minutes(most: int = LONGEST) -> Member:
    return Member(whole(), at_least(0), at_most(most), required=False)


def _switch() -> Rule:
    return Rule("isObject", "{} must be an object", lambda value: isinstance(value, (bool, dict)))


def members(*, changing: bool) -> dict[str, Member]:
    """The members of an event type; when it is made, three of them must be there."""
    return {
        "lengthInMinutes": Member(whole(), at_least(1), at_most(LONGEST), required=not changing),
        "title": Member(text(), filled(), required=not changing),
        "slug": Member(text(), filled(), required=not changing),
        "lengthInMinutesOptions": Member(required=False, items=(whole(), at_least(1), at_most(LONGEST)), nullable=True),
        "description": Member(text(), required=False),
        "locations": Member(array(), required=False),
        "bookingFields": Member(array(), required=False),
        "slotInterval": Member(whole(), at_least(1), at_most(LONGEST), required=False, nullable=True),
        "minimumBookingNotice": _minutes(_LONGEST_NOTICE),
        "beforeEventBuffer": _minutes(),
        "afterEventBuffer": _minutes(),
        "offsetStart": _minutes(),
        "scheduleId": Member(whole(), required=False, nullable=True),
        **{name: Member(record(), required=False) for name in _OBJECTS.split()},
        **{name: Member(record(), required=False) for name in ("bookingLimitsCount", "bookingWindow", "seats")},
        **{name: Member(record(), required=False) for name in ("confirmationPolicy", "recurrence")},
        **{name: Member(flag(), required=False) for name in _FLAGS},
        "customName": Member(text(), required=False),
        "successRedirectUrl": Member(web_address(), required=False),
        "interfaceLanguage": Member(one_of("", *LOCALES), required=False),
        "disableCancelling": Member(_switch(), required=False),
        "disableRescheduling": Member(_switch(), required=False),
    }


_LIMITS = Shape(
    {name: Member(whole(), at_least(1), at_most(10_000), required=False) for name in ("day", "week", "month", "year")}
)
_SEATS = Shape(
    {
        "seatsPerTimeSlot": Member(whole(), at_least(1), at_most(1_000)),
        "showAttendeeInfo": Member(flag()),
        "showAvailabilityCount": Member(flag()),
    }
)
_CONFIRMATION = Shape({"type": Member(one_of("always", "time"))})
_THRESHOLD = Shape({"unit": Member(one_of("hours", "minutes")), "count": Member(whole(), at_least(1))})
_RECURRENCE = Shape(
    {
        "interval": Member(whole(), at_least(1), at_most(52)),
        "occurrences": Member(whole(), at_least(1), at_most(100)),
        "frequency": Member(one_of("yearly", "monthly", "weekly")),
    }
)
_DAYS_AHEAD = Shape({"value": Member(whole(), at_least(1), at_most(_MOST_DAYS))})


def is_disabled(value: dict[str, Any]) -> bool:
    """Whether a setting says of itself that it is switched off."""
    return value.get("disabled") is True


class SettingRules:
    """Judges the settings that are objects."""

    def check(self, given: dict[str, Any]) -> None:
        """Refuse objects that lack what belongs to them, and settings that exclude each other.

        Raises:
            Refusal: 400.
        """
        inner = {
            "bookingLimitsCount": _LIMITS,
            "seats": _SEATS,
            "confirmationPolicy": _CONFIRMATION,
            "recurrence": _RECURRENCE,
        }
        problems = [self.inside(given, name, shape) for name, shape in inner.items()]
        problems.append(self.window(given))
        found = [problem for problem in problems if problem is not None]
        if found:
            raise listed(found)
        self.check_lengths(given)

    def inside(self, given: dict[str, Any], name: str, shape: Shape) -> Problem | None:
        """What is wrong inside one object, or None."""
        value = given.get(name)
        if value is None or is_disabled(value):
            return None
        problems = shape.problems(value)
        if name == "confirmationPolicy" and value.get("type") == "time":
            problems += self.threshold(value)
        return Problem(given, name, value, children=problems) if problems else None

    def threshold(self, policy: dict[str, Any]) -> list[Problem]:
        """What is wrong with the notice below which a booking must be confirmed."""
        threshold = policy.get("noticeThreshold")
        if isinstance(threshold, dict):
            return _THRESHOLD.problems(threshold)
        sentence = {"isObject": "noticeThreshold must be an object"}
        return [Problem(policy, "noticeThreshold", threshold, sentence)]

    def window(self, given: dict[str, Any]) -> Problem | None:
        """What is wrong with the booking window, or None."""
        window = given.get("bookingWindow")
        if window is None or is_disabled(window):
            return None
        if window.get("type") == RANGE:
            problems = self.dates(window)
        elif window.get("type") in (DAYS, BUSINESS_DAYS):
            problems = _DAYS_AHEAD.problems(window)
        else:
            problems = Shape({"type": Member(one_of(BUSINESS_DAYS, DAYS, RANGE))}).problems(window)
        return Problem(given, "bookingWindow", window, children=problems) if problems else None

    def dates(self, window: dict[str, Any]) -> list[Problem]:
        """What is wrong with a range of dates."""
        value = window.get("value")
        items = cast("list[Any]", value) if isinstance(value, list) else []
        days = [instant_of(item) for item in items if isinstance(item, str)]
        if len(items) == 2 and len(days) == 2 and None not in days:
            return []
        return [Problem(window, "value", value, {"isArray": "value must be an array of two dates"})]

    def check_lengths(self, given: dict[str, Any]) -> None:
        """Refuse lengths to choose from without the default one.

        Raises:
            Refusal: 400.
        """
        options, length = given.get("lengthInMinutesOptions"), given.get("lengthInMinutes")
        if options and length is not None and length not in options:
            raise bad_request("lengthInMinutesOptions must contain lengthInMinutes: the default length is missing.")
