"""Slots and bookings: what is listed can be booked, what is booked is not listed, what is not listed is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bookproof.checks import Judge, requirement
from bookproof.judge.slots import local_day, local_text, slots_on
from bookproof.probes.imatic_v1 import rules, slots
from bookproof.probes.imatic_v1.rules import Buffered, Capped, Taken
from bookproof.probes.imatic_v1.slots import Unlisted
from bookproof.targets.views import Slot

#: How a booking against the rules may be refused: as invalid, as a conflict, or as not to be processed.
REFUSED = frozenset({400, 409, 422})


@requirement("slots.listed.bookable", rules.taken)
def test_a_listed_slot_can_be_booked(seen: Taken, judge: Judge) -> None:
    """The last slot of a day and the first that is free on it can be booked."""
    for slot, exchange in seen.attempts:
        gone = seen.after is not None and slot not in seen.after.slots
        if exchange.status == 409 and gone:
            continue  # somebody else was faster
        judge.accepted(exchange, f"the listed slot {slot} is booked")
    if not judge.judgements:
        raise judge.untestable("somebody else booked the slots meanwhile: run the suite when nobody books")


@requirement("slots.booked.disappears", rules.taken)
def test_a_booked_slot_is_not_listed(seen: Taken, judge: Judge) -> None:
    """Once a slot is booked, neither it nor one that overlaps it is listed."""
    if not seen.held or seen.after is None:
        raise judge.untestable("no listed slot could be booked; see slots.listed.bookable and bookings.create.stored")
    for held in seen.held:
        overlapping = [slot for slot in seen.after.slots if slot.overlaps(held)]
        judge.that(
            not overlapping, f"{held} is booked and not listed", f"{_texts(overlapping)} is listed", seen.after.exchange
        )


@requirement("slots.host.shared", rules.taken)
def test_a_booking_blocks_the_hosts_other_event_types(seen: Taken, judge: Judge) -> None:
    """Where the host is booked, no other event type of the host lists a slot."""
    if not seen.held:
        raise judge.untestable("no listed slot could be booked; see slots.listed.bookable and bookings.create.stored")
    if seen.sibling is None:
        raise judge.untestable(seen.sibling_reason)
    if not seen.sibling.slots:
        raise judge.untestable(f"event type {seen.sibling.rules.code} lists nothing that day: give it main's hours")
    for slot in seen.sibling.slots:
        judge.that(
            not seen.overlapping(slot),
            f"the host is booked at {_texts(seen.held)}",
            f"event type {seen.sibling.rules.code} lists {slot}",
            seen.sibling.exchange,
        )


@requirement("slots.buffers.kept", rules.buffers)
def test_slots_in_buffers_are_not_listed(seen: Buffered, judge: Judge) -> None:
    """Slots that reach into the buffers of a booking are not listed any more."""
    if not seen.stored:
        raise judge.untestable("the booking is not stored; see bookings.create.stored")
    listed = set(seen.after.slots)
    for slot in sorted({*seen.near, *filter(seen.in_buffer, listed)}):
        judge.that(
            slot not in listed,
            f"{seen.slot} is booked, and its buffers keep {seen.guarded} free",
            f"{slot} is listed",
            seen.after.exchange,
        )


@requirement("slots.cap.kept", rules.cap)
def test_a_full_day_lists_no_slots(seen: Capped, judge: Judge) -> None:
    """A day on which the daily cap is reached lists no more slots."""
    if not seen.stored:
        raise judge.untestable("the bookings that fill the day are not stored; see bookings.create.stored")
    listed = set(slots_on(seen.rules, seen.after.slots, local_day(seen.rules, seen.booked[0].start)))
    for slot in sorted({*seen.before, *listed}):
        if not any(slot.overlaps(booked) for booked in seen.booked):
            judge.that(
                slot not in listed,
                f"the day is full with {len(seen.booked)} bookings",
                f"{local_text(seen.rules, slot)} is listed",
                seen.after.exchange,
            )


@requirement("slots.unlisted.refused", slots.unlisted)
def test_a_time_outside_all_hours_is_refused(seen: Unlisted, judge: Judge) -> None:
    """A booking at a time that is not offered, at night or just outside the hours, is refused."""
    for start, exchange in seen.attempts:
        length = seen.rules.durations[0] if seen.rules.durations else 0
        at = local_text(seen.rules, Slot(start, start + timedelta(minutes=length)))
        judge.refused(exchange, REFUSED, f"{at} is outside all hours")


def _texts(found: Sequence[Slot]) -> str:
    return ", ".join(map(str, found)) or "nothing"
