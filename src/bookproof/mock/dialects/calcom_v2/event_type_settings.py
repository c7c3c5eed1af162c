"""From the settings of a request to an event type of the domain, and back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, cast

from bookproof.mock.dialects.calcom_v2.booking_fields import all_fields
from bookproof.mock.dialects.calcom_v2.event_type_inputs import BUSINESS_DAYS, RANGE, is_disabled
from bookproof.mock.domain import windows
from bookproof.mock.domain.event_types import CLOSED, EventType, Question
from bookproof.mock.domain.people import Person
from bookproof.mock.domain.recurrence import Recurrence
from bookproof.mock.domain.rules import UNLIMITED_DAYS, Rules
from bookproof.mock.domain.windows import BookingWindow

MINIMUM_NOTICE = 120
#: Settings with a place of their own in the domain; all others are kept as they are.
# fmt: off
_PLACED = (
    "title", "slug", "description", "lengthInMinutes", "lengthInMinutesOptions", "slotInterval",
    "minimumBookingNotice", "beforeEventBuffer", "afterEventBuffer", "offsetStart", "scheduleId", "hidden",
)
# fmt: on
#: Settings that are kept as they are and ruled by, too.
_RULING = ("bookingWindow", "bookingLimitsCount", "confirmationPolicy", "seats", "recurrence")


class EventTypeSettings:
    """Applies settings; each has a method of its own."""

    def new(self, person: Person) -> EventType:
        """An event type of a person's before anything is set."""
        rules = Rules(
            person.time_zone,
            (self.default_length(),),
            CLOSED,
            minimum_notice=self.default_notice(),
            maximum_notice=UNLIMITED_DAYS,
        )
        return EventType(
            code="",
            account_id=person.account_id,
            host_id=person.host_id,
            host_name=person.name,
            slug="",
            title="",
            description="",
            colour="",
            rules=rules,
            follows_schedule=True,
        )

    def default_length(self) -> int:
        """Minutes; every request says its own."""
        return 30

    def default_notice(self) -> int:
        """Minutes before a start up to which it can be booked, where nothing is said."""
        return MINIMUM_NOTICE

    def applied(self, event_type: EventType, given: Mapping[str, Any]) -> EventType:
        """The event type with the settings of a checked request; what is not given stays."""
        changed = replace(
            event_type,
            title=given.get("title", event_type.title),
            slug=given.get("slug", event_type.slug),
            description=given.get("description", event_type.description),
            hidden=given.get("hidden", event_type.hidden),
            schedule_number=self.schedule(event_type, given),
            rules=self.rules(event_type.rules, given),
            questions=self.questions(event_type, given),
            details=self.details(event_type, given),
        )
        for name in _RULING:
            if given.get(name) is not None:
                changed = getattr(self, name)(changed, None if is_disabled(given[name]) else given[name])
        return changed

    def details(self, event_type: EventType, given: Mapping[str, Any]) -> dict[str, Any]:
        """What is kept as it was said."""
        kept = {name: value for name, value in given.items() if name not in _PLACED and value is not None}
        return {**event_type.details, **kept}

    def questions(self, event_type: EventType, given: Mapping[str, Any]) -> tuple[Question, ...]:
        """The owner's own fields and their labels; whether they must be answered is judged by the form."""
        if given.get("bookingFields") is None:
            return event_type.questions
        own = [field for field in all_fields(given["bookingFields"]) if not field["isDefault"]]
        return tuple(Question(field["slug"], field.get("label") or field["slug"], required=False) for field in own)

    def schedule(self, event_type: EventType, given: Mapping[str, Any]) -> int | None:
        """The schedule that is followed; None: the default one."""
        number = given.get("scheduleId", event_type.schedule_number)
        return None if number is None else int(number)

    # Rules

    def rules(self, rules: Rules, given: Mapping[str, Any]) -> Rules:
        """Lengths, grid, notice and buffers."""
        return replace(
            rules,
            durations=self.lengths(rules, given),
            interval=self.interval(rules, given),
            minimum_notice=self.notice(rules, given),
            buffer_before=int(given.get("beforeEventBuffer") or 0)
            if "beforeEventBuffer" in given
            else rules.buffer_before,
            buffer_after=int(given.get("afterEventBuffer") or 0) if "afterEventBuffer" in given else rules.buffer_after,
            offset=int(given.get("offsetStart") or 0) if "offsetStart" in given else rules.offset,
        )

    def lengths(self, rules: Rules, given: Mapping[str, Any]) -> tuple[int, ...]:
        """The lengths, the default one first."""
        default = int(given.get("lengthInMinutes") or rules.duration)
        if "lengthInMinutesOptions" in given:
            options = [int(item) for item in given["lengthInMinutesOptions"] or ()]
        else:
            options = list(rules.durations) if len(rules.durations) > 1 else []
        return (default, *dict.fromkeys(item for item in options if item != default))

    def interval(self, rules: Rules, given: Mapping[str, Any]) -> int | None:
        """Minutes from one start to the next; None: the length."""
        if "slotInterval" not in given:
            return rules.interval
        return None if given["slotInterval"] is None else int(given["slotInterval"])

    def notice(self, rules: Rules, given: Mapping[str, Any]) -> int:
        """Minutes."""
        value = given.get("minimumBookingNotice")
        return rules.minimum_notice if value is None else int(value)

    # Settings that are objects; None switches them off

    def bookingWindow(self, event_type: EventType, given: dict[str, Any] | None) -> EventType:  # noqa: N802 - as set
        """How far ahead can be booked."""
        return replace(
            event_type, rules=replace(event_type.rules, window=None if given is None else self.window(given))
        )

    def window(self, given: Mapping[str, Any]) -> BookingWindow:
        """A booking window in the domain's words."""
        if given["type"] == RANGE:
            first, last = sorted(date.fromisoformat(str(item)[:10]) for item in given["value"])
            return BookingWindow(windows.RANGE, 0, first, last)
        kind = windows.BUSINESS_DAYS if given["type"] == BUSINESS_DAYS else windows.DAYS
        return BookingWindow(kind, int(given["value"]))

    def bookingLimitsCount(self, event_type: EventType, given: dict[str, Any] | None) -> EventType:  # noqa: N802 - as set
        """How many bookings a day takes; weeks, months and years are kept, not counted."""
        cap = None if given is None or given.get("day") is None else int(given["day"])
        return replace(event_type, rules=replace(event_type.rules, daily_cap=cap))

    def confirmationPolicy(self, event_type: EventType, given: dict[str, Any] | None) -> EventType:  # noqa: N802 - as set
        """Whether a host has to confirm."""
        return replace(event_type, requires_confirmation=given is not None)

    def seats(self, event_type: EventType, given: dict[str, Any] | None) -> EventType:
        """How many attendees share a slot."""
        return replace(event_type, seats=None if given is None else int(given["seatsPerTimeSlot"]))

    def recurrence(self, event_type: EventType, given: dict[str, Any] | None) -> EventType:
        """How a booking repeats."""
        if given is None:
            return replace(event_type, recurrence=None)
        recurrence = Recurrence(given["frequency"], int(given["interval"]), int(given["occurrences"]))
        return replace(event_type, recurrence=recurrence)


def is_switched_on(event_type: EventType, name: str) -> bool:
    """Whether a setting that is true, or an object that says `disabled: true` of what it is about, holds."""
    value = event_type.details.get(name)
    return value is True or (isinstance(value, dict) and cast("dict[str, Any]", value).get("disabled") is True)


def shows_attendees(event_type: EventType | None) -> bool:
    """Whether the attendees of a shared slot see each other."""
    seats: dict[str, Any] = {} if event_type is None else event_type.details.get("seats", {})
    return seats.get("showAttendeeInfo") is True
