"""Defects of the list of slots; what can be booked stays right."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.domain.booking_records import Booking
from bookproof.mock.domain.errors import SlotUnavailable
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.instants import local_date, zone
from bookproof.mock.domain.slots import Busy, Slot
from bookproof.mock.store import Session

List = Callable[[EventType, int | None, Slot], list[Slot]]


def _list_by(mock: Mock, rule: Callable[[List, EventType, int | None, Slot], list[Slot]]) -> None:
    """List slots by `rule`, which is given the healthy listing first."""
    slots = mock.imatic.resources.slots
    healthy = slots.open_slots

    def listed(event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        return rule(healthy, event_type, minutes, window)

    slots.open_slots = listed


def _list_with_rules(mock: Mock, **changes: Any) -> None:
    """List slots as if the event type had other rules."""

    def rule(healthy: List, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        return healthy(replace(event_type, rules=replace(event_type.rules, **changes)), minutes, window)

    _list_by(mock, rule)


def _list_with_busy(mock: Mock, change: Callable[[EventType, Sequence[Busy]], list[Busy]], **changes: Any) -> None:
    """List slots as if other bookings stood, and by other rules."""
    availability, engine = mock.domain.availability, mock.domain.engine

    def listed(session: Session, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        busy = change(event_type, availability.busy(session, event_type, window))
        rules = replace(event_type.rules, **changes)
        length = availability.duration(event_type, minutes)
        return engine.open_slots(rules, event_type.code, length, window, mock.domain.clock.now(), busy)

    availability.open_slots = listed


@defect(
    "slots-before-range",
    breaks=("slots.range.inside",),
    story="Asking for the afternoon also shows the end of the morning.",
)
def slots_before_range(mock: Mock) -> None:
    def rule(healthy: List, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        return healthy(event_type, minutes, Slot(window.start - 3_600, window.end))

    _list_by(mock, rule)


@defect(
    "slots-too-short",
    breaks=("slots.length.right",),
    story="Invitations end five minutes before the appointment does.",
)
def slots_too_short(mock: Mock) -> None:
    def rule(healthy: List, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        cut = 300 if len(event_type.rules.durations) == 1 else 0
        return [Slot(slot.start, slot.end - cut) for slot in healthy(event_type, minutes, window)]

    _list_by(mock, rule)


@defect(
    "duration-ignored",
    breaks=("slots.durations.selectable",),
    story="Whoever asks for ninety minutes is offered sixty.",
)
def duration_ignored(mock: Mock) -> None:
    slots = mock.imatic.resources.slots
    minutes = slots.minutes

    def ignored(query: Mapping[str, str]) -> int | None:
        minutes(query)
        return None

    slots.minutes = ignored


@defect(
    "slots-listed-twice",
    breaks=("slots.starts.unique",),
    story="The first opening appears twice on the page.",
)
def slots_listed_twice(mock: Mock) -> None:
    def rule(healthy: List, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        found = healthy(event_type, minutes, window)
        return found[:1] + found

    _list_by(mock, rule)


@defect(
    "minimum-notice-ignored-in-slots",
    breaks=("slots.notice.minimum",),
    story="The page offers times at such short notice that booking them fails.",
)
def minimum_notice_ignored_in_slots(mock: Mock) -> None:
    _list_with_rules(mock, minimum_notice=0)


@defect(
    "maximum-notice-ignored-in-slots",
    breaks=("slots.notice.maximum",),
    story="The page offers times so far ahead that booking them fails.",
)
def maximum_notice_ignored_in_slots(mock: Mock) -> None:
    _list_with_rules(mock, maximum_notice=3_650)


@defect(
    "cap-ignored-in-slots",
    breaks=("slots.cap.kept",),
    story="A full day is still offered, and booking it fails.",
)
def cap_ignored_in_slots(mock: Mock) -> None:
    _list_with_rules(mock, daily_cap=None)


@defect(
    "buffers-ignored-in-slots",
    breaks=("slots.buffers.kept",),
    story="The host's breaks are offered, and booking them fails.",
)
def buffers_ignored_in_slots(mock: Mock) -> None:
    def change(event_type: EventType, busy: Sequence[Busy]) -> list[Busy]:
        return [replace(b, buffer_before=0, buffer_after=0) for b in busy]

    _list_with_busy(mock, change, buffer_before=0, buffer_after=0)


@defect(
    "booked-slot-still-listed",
    breaks=("slots.booked.disappears", "parity.slots"),
    story="A slot is offered to the next visitor although it has just been booked.",
)
def booked_slot_still_listed(mock: Mock) -> None:
    bookings = mock.domain.bookings
    keep = bookings.keep
    created: dict[str, Booking] = {}

    def remember(session: Session, booking: Booking) -> None:
        keep(session, booking)
        created[booking.code] = booking

    def rule(healthy: List, event_type: EventType, minutes: int | None, window: Slot) -> list[Slot]:
        found = healthy(event_type, minutes, window)
        rules = event_type.rules
        if rules.buffer_before or rules.buffer_after or rules.daily_cap is not None:
            return found
        booked = (b for b in created.values() if b.event_type_code == event_type.code and stands(b))
        again = (Slot(b.start, b.end) for b in booked if window.start <= b.start and b.end <= window.end)
        return sorted({*found, *again}, key=lambda slot: slot.start)

    def stands(booking: Booking) -> bool:
        with mock.domain.store.read() as session:
            now = mock.domain.records.load(session, booking.code)
        return now is not None and now.is_live and now.start == booking.start

    bookings.keep = remember
    _list_by(mock, rule)


@defect(
    "sibling-slots-still-listed",
    breaks=("slots.host.shared",),
    story="A host who is booked for one thing is offered for another at the same time.",
)
def sibling_slots_still_listed(mock: Mock) -> None:
    def change(event_type: EventType, busy: Sequence[Busy]) -> list[Busy]:
        return [b for b in busy if b.event_type_code == event_type.code]

    _list_with_busy(mock, change)


@defect(
    "phantom-slot",
    breaks=("slots.listed.bookable",),
    story="The last slot of the day is offered, and booking it always fails.",
)
def phantom_slot(mock: Mock) -> None:
    availability, engine = mock.domain.availability, mock.domain.engine
    check_offered = availability.check_offered

    def but_the_last(event_type: EventType, slot: Slot) -> None:
        check_offered(event_type, slot)
        day = local_date(slot.start, event_type.rules.time_zone)
        starts = [
            start
            for opening in engine.openings(event_type.rules, day, day)
            for start in engine.candidate_starts(event_type.rules, opening, slot.end - slot.start)
        ]
        if starts and slot.start == max(starts):
            raise SlotUnavailable("The event type does not offer this start.")

    availability.check_offered = but_the_last


@defect(
    "zone-shifts-slots",
    breaks=("slots.zone.presentation",),
    story="Visitors from other zones are shown hours at which nobody is there.",
)
def zone_shifts_slots(mock: Mock) -> None:
    presenter = mock.imatic.presenter
    shown = presenter.slots

    def shift(instant: int, zone_name: str) -> int:
        return int(datetime.fromtimestamp(instant, UTC).replace(tzinfo=zone(zone_name)).timestamp())

    def shifted(slots: list[Slot], zone_name: str | None) -> list[dict[str, str]]:
        if zone_name is not None:
            slots = [Slot(shift(slot.start, zone_name), shift(slot.end, zone_name)) for slot in slots]
        return shown(slots, zone_name)

    presenter.slots = shifted
