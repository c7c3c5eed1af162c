"""Slots: what an event type offers, asked in as many ways as its documents and its settings have sides.

Source: Everything an AI agent can do with the Cal.com API, Slots; Cal.com API v2, skill for agents, Check Available
Slots; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bookproof.judge.slots import local_day
from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.event_types import username_of
from bookproof.probes.calcom_v2.grounds import FIRST_DAY, HOURS, SPAN, grounds, list_slots, make_event_type
from bookproof.probes.calcom_v2.schedules import rules_of
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Shown, shown
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import Slot, instant, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

_ONE_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
#: Zones that are not likely to be the schedule's own, for the question in another zone.
_ELSEWHERE = ("Asia/Tokyo", "America/New_York")


# The event type of the run


@dataclass(frozen=True)
class Listed:
    """The slots of the event type of the run over three weeks, and for a few hours of one day with their ends.

    ``narrow`` is None where no day offers enough slots.
    """

    wide: Asked
    narrow: Asked | None

    @property
    def all(self) -> list[Asked]:
        """Both questions, or the one that was asked."""
        return [self.wide, self.narrow] if self.narrow else [self.wide]


@probe("slots.listed", safety="write", cost=1)
def listed(session: Session) -> Listed:
    """What the event type of the run offers, widely and narrowly asked."""
    ground = session.need(grounds).main
    zone = session.target.time_zone
    rules = rules_of(ground.id, zone, HOURS)
    if ground.listed is None:
        raise Untestable("the slots of the run were not asked for")
    first = (session.now() + FIRST_DAY * _ONE_DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    wide = asked(session, rules, first, first + SPAN * _ONE_DAY, ground.listed)
    hours = few_hours(rules, wide)
    if hours is None:
        return Listed(wide, None)
    exchange = list_slots(session, ground.id, *hours, format="range", note="a few hours of one day")
    return Listed(wide, asked(session, rules, *hours, exchange))


def few_hours(rules: EventTypeRules, wide: Asked) -> tuple[datetime, datetime] | None:
    """A range in one day that leaves slots out on both sides and ends at no midnight; None if days are too short."""
    for _, group in groupby(wide.slots, key=lambda slot: local_day(rules, slot.start)):
        day = list(group)
        if len(day) >= 8:
            return day[2].start, day[-3].end - 5 * _MINUTE
    return None


def few_slots(session: Session) -> Asked:
    """The slots of a few hours of one day.

    Raises:
        Untestable: no day offers enough.
    """
    narrow = session.need(listed).narrow
    if narrow is None:
        raise Untestable("no day offers enough slots; see slots.hours.honoured")
    return narrow


@dataclass(frozen=True)
class Presented:
    """The same few hours asked in other ways.

    Attributes:
        plain: as asked by id, in UTC.
        zone: another zone.
        zoned: asked in that zone.
        whole_day: the day of those hours, asked from that date to the same date.
        by_slug: asked by slug and username; None where nothing shows the username.
        both: asked by slug, username and id at once; likewise.
    """

    plain: Asked
    zone: str
    zoned: Asked
    whole_day: Asked
    by_slug: Asked | None
    both: Exchange | None


@probe("slots.presented", safety="write", cost=4)
def presented(session: Session) -> Presented:
    """The same hours in another zone, as a whole day, by slug, and by slug and id at once."""
    ground, plain = session.need(grounds).main, few_slots(session)
    rules, low, high = plain.rules, plain.start, plain.end
    zone = next(name for name in _ELSEWHERE if name != rules.time_zone)
    zoned = list_slots(session, ground.id, low, high, timeZone=zone, note="in another zone")
    day = low.date()
    dates = {"eventTypeId": ground.id, "start": day.isoformat(), "end": day.isoformat()}
    whole = session.api.call("listSlots", query=dates, authorization=None, note="from a date to the same date")
    start = datetime.combine(day, datetime.min.time(), low.tzinfo)
    username, by_slug, both = username_of(session), None, None
    if username:
        query = {"eventTypeSlug": ground.slug, "username": username, "start": utc(low), "end": utc(high)}
        found = session.api.call("listSlots", query=query, authorization=None, note="by slug and username")
        by_slug = _asked_or_empty(session, rules, low, high, found)
        more = {**query, "eventTypeId": ground.id}
        both = session.api.call("listSlots", query=more, authorization=None, note="by slug and by id at once")
    return Presented(
        plain=plain,
        zone=zone,
        zoned=_asked_or_empty(session, rules, low, high, zoned),
        whole_day=_asked_or_empty(session, rules, start, start + _ONE_DAY, whole),
        by_slug=by_slug,
        both=both,
    )


def _asked_or_empty(session: Session, rules: EventTypeRules, low: datetime, high: datetime, found: Exchange) -> Asked:
    """As :func:`asked`; a refusal has no slots, and is for the check to judge."""
    return asked(session, rules, low, high, found) if found.ok else Asked(rules, low, high, found, (), ())


@dataclass(frozen=True)
class Refused:
    """Questions that no slots answer: without a range, for an unknown id; and one in the words of the skill document.

    ``plain`` is what the range of that last question offers otherwise.
    """

    no_range: Exchange
    unknown: Exchange
    skill: Exchange
    skill_slots: Asked
    plain: Asked


@probe("slots.refused", safety="write", cost=3)
def refused(session: Session) -> Refused:
    """Ask without a range, for an event type that does not exist, and with startTime and endTime."""
    ground, plain = session.need(grounds).main, few_slots(session)
    one = {"eventTypeId": ground.id}
    old = {**one, "startTime": utc(plain.start), "endTime": utc(plain.end)}
    skill = session.api.call("listSlots", query=old, authorization=None, note="startTime and endTime")
    return Refused(
        no_range=session.api.call("listSlots", query=one, authorization=None, note="without a range"),
        unknown=list_slots(session, UNKNOWN_ID, plain.start, plain.end, note="an unknown id"),
        skill=skill,
        skill_slots=_asked_or_empty(session, plain.rules, plain.start, plain.end, skill),
        plain=plain,
    )


# Settings of an event type

#: Minutes between starts, less than the length, so that both can be told apart.
INTERVAL = 15
#: Minutes kept free before and after a booking.
BUFFER = 30
NOTICE_DAYS, WINDOW_DAYS = 2, 30
LENGTHS = (30, 60)


@dataclass(frozen=True)
class Settings:
    """An event type with settings that rule its slots, and what it offers from today to beyond its booking window.

    Attributes:
        sent: the settings.
        made: the answer that made it.
        now: the target's idea of the time of asking.
        offered: its slots, with their ends.
        longer: slots of its longer length, on days in the middle.
    """

    sent: Mapping[str, Any]
    made: Shown
    now: datetime
    offered: Asked
    longer: Asked


@probe("slots.settings", safety="write", cost=4, creates="an event type")
def settings(session: Session) -> Settings:
    """Make an event type with notice, window, interval, buffers and two lengths, and ask for its slots."""
    sent = {
        "lengthInMinutesOptions": list(LENGTHS),
        "slotInterval": INTERVAL,
        "minimumBookingNotice": NOTICE_DAYS * 24 * 60,
        "beforeEventBuffer": BUFFER,
        "afterEventBuffer": BUFFER,
        "bookingWindow": {"type": "calendarDays", "value": WINDOW_DAYS, "rolling": False},
    }
    ground = make_event_type(session, "settings", sent, slots=False)
    now = session.now()
    low = now.replace(hour=0, minute=0, second=0, microsecond=0)
    high = low + (WINDOW_DAYS + 5) * _ONE_DAY + _MINUTE
    rules = rules_of(ground.id, session.target.time_zone, HOURS)
    exchange = list_slots(session, ground.id, low, high, format="range", note="from today to beyond its window")
    offered = asked(session, rules, low, high, exchange)
    first = low + FIRST_DAY * _ONE_DAY
    longer = list_slots(
        session, ground.id, first, first + 2 * _ONE_DAY, duration=LENGTHS[1], format="range", note="the longer length"
    )
    return Settings(
        sent, shown(session, ground.made), now, offered, _asked_or_empty(session, rules, first, first, longer)
    )


@dataclass(frozen=True)
class Buffered:
    """The slots of that event type around a booking of the host.

    Attributes:
        booked: the time of the booking, which has no buffers of its own.
        near: slots that were offered before and touch the time around the booking that the buffers keep free.
        after: what is offered afterwards.
    """

    booked: Slot
    near: list[Slot]
    after: Asked

    def in_buffer(self, slot: Slot) -> bool:
        """Whether a slot is free of the booking itself, and too near to it."""
        around = timedelta(minutes=BUFFER)
        guarded = Slot(self.booked.start - around, self.booked.end + around)
        return slot.overlaps(guarded) and not slot.overlaps(self.booked)


@probe("slots.buffers", safety="write", cost=3, creates="a booking")
def buffers(session: Session) -> Buffered:
    """Book the event type of the run, and ask for the slots of the one with buffers around it."""
    ground, before = session.need(grounds).main, session.need(settings).offered
    exchange, booking = session.booked(ground.id, ground.take(), note="to see what its buffers keep free")
    start, end = instant(booking.get("start")), instant(booking.get("end"))
    if start is None or end is None:
        raise Blocked("a booking should show when it is", exchange)
    booked = Slot(start, end)
    low, high = start - timedelta(hours=3), end + timedelta(hours=3, minutes=1)
    found = list_slots(session, int(before.rules.code), low, high, format="range", note="around the booking")
    after = asked(session, before.rules, low, high, found)
    evidence = Buffered(booked, [], after)
    evidence.near.extend(filter(evidence.in_buffer, before.slots))
    return evidence
