"""The settings of an event type of Cal.com that rule its slots: notice, window, interval, lengths, buffers."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

from bookproof.checks import Judge, requirement
from bookproof.judge.slots import aligned, local_day, local_text
from bookproof.probes.calcom_v2 import booking_rules, slots
from bookproof.probes.calcom_v2.booking_rules import Buffered
from bookproof.probes.calcom_v2.grounds import CLOSES, OPENS
from bookproof.probes.calcom_v2.slots import BUFFER, INTERVAL, LENGTHS, Settings
from bookproof.targets.views import Slot, utc

#: How far the target's clock and ours may be apart.
CLOCKS = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)


@requirement("event-types.settings.shown", slots.settings)
def test_settings_are_shown(seen: Settings, judge: Judge) -> None:
    """The settings of a new event type are answered as they were sent."""
    for name, sent in seen.sent.items():
        shown = seen.made.get(name)
        if name == "bookingWindow":
            table: dict[str, Any] = cast("dict[str, Any]", shown) if isinstance(shown, dict) else {}
            same = (table.get("type"), table.get("value")) == (sent["type"], sent["value"])
        elif isinstance(shown, list):
            same = sorted(cast("list[Any]", shown), key=str) == sorted(sent, key=str)
        else:
            same = shown == sent
        judge.that(same, f"{name} is {sent!r}", f"{name} is {shown!r}", seen.made.exchange)


@requirement("slots.notice.minimum", slots.settings)
def test_no_slot_is_sooner_than_the_notice(seen: Settings, judge: Judge) -> None:
    """No slot starts before the minimum notice has passed, and none in the past."""
    earliest = seen.now + timedelta(days=OPENS)
    judge.each(
        _some(seen, judge),
        lambda slot: slot.start >= earliest - CLOCKS,
        f"no slot is sooner than {OPENS} days, that is {utc(earliest)}",
        lambda slot: f"{slot} is listed",
        seen.offered.exchange,
    )


@requirement("slots.window.kept", slots.settings)
def test_no_slot_is_beyond_the_booking_window(seen: Settings, judge: Judge) -> None:
    """No slot starts on a date beyond the booking window, give or take the day of today."""
    rules = seen.offered.rules
    last = local_day(rules, seen.now + CLOCKS) + timedelta(days=CLOSES + 1)
    judge.each(
        _some(seen, judge),
        lambda slot: local_day(rules, slot.start) <= last,
        f"no slot is more than {CLOSES} days ahead, that is after {last}",
        lambda slot: f"{local_text(rules, slot)} is listed",
        seen.offered.exchange,
    )


@requirement("slots.interval.kept", slots.settings)
def test_slots_start_at_the_interval(seen: Settings, judge: Judge) -> None:
    """Slots start every 15 minutes from the opening of the hours, although each takes 30."""
    offered = _some(seen, judge)
    judge.each(
        offered,
        lambda slot: aligned(seen.offered.rules, slot, INTERVAL) is not False,
        f"slots start every {INTERVAL} minutes from the opening of their hours",
        lambda slot: f"{local_text(seen.offered.rules, slot)} is listed",
        seen.offered.exchange,
    )
    starts = sorted({slot.start for slot in offered})
    judge.that(
        any(later - earlier == INTERVAL * _MINUTE for earlier, later in pairwise(starts)),
        f"a slot {INTERVAL} minutes after another",
        "none of them is so near to the next",
        seen.offered.exchange,
    )


@requirement("slots.lengths.selectable", slots.settings)
def test_each_length_can_be_selected(seen: Settings, judge: Judge) -> None:
    """Asked with a length, slots are that long; asked without one, they are as long as the default."""
    judge.accepted(seen.longer.exchange, f"slots of {LENGTHS[1]} minutes are listed")
    for minutes, asked in zip(LENGTHS, (seen.offered, seen.longer), strict=True):
        judge.each(
            asked.slots,
            lambda slot, minutes=minutes: slot.end - slot.start == minutes * _MINUTE,
            f"slots of {minutes} minutes",
            lambda slot: f"{slot} takes {(slot.end - slot.start) // _MINUTE}",
            asked.exchange,
        )


@requirement("slots.buffers.kept", booking_rules.buffers)
def test_slots_in_buffers_are_not_offered(seen: Buffered, judge: Judge) -> None:
    """Slots that reach into the time kept free around a booking are not offered any more."""
    listed = set(seen.after.slots)
    for slot in sorted({*seen.near, *filter(seen.in_buffer, listed)}):
        judge.that(
            slot not in listed,
            f"{seen.booked} is booked, and {BUFFER} minutes around it are kept free",
            f"{slot} is listed",
            seen.after.exchange,
        )
    if not judge.judgements:
        raise judge.untestable("nothing was offered next to the booking before; see slots.interval.kept")


def _some(seen: Settings, judge: Judge) -> list[Slot]:
    if not seen.offered.slots:
        raise judge.untestable("the event type with settings offers nothing; see slots.hours.honoured")
    return list(seen.offered.slots)
