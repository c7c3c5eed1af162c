"""Slots: what an event type offers, asked in as many ways as its documents and its settings have sides.

Source: Everything an AI agent can do with the Cal.com API, Slots; Cal.com API v2, skill for agents, Check Available
Slots; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from bookproof.judge.slots import local_day
from bookproof.probes.base import probe
from bookproof.probes.calcom_v2 import scopes
from bookproof.probes.calcom_v2.bookings import LONG, SHORT, lengths_ground
from bookproof.probes.calcom_v2.event_types import username_of
from bookproof.probes.calcom_v2.grounds import (
    CLOSES,
    FIRST_DAY,
    HOURS,
    OPENS,
    SPAN,
    Ground,
    grounds,
    list_slots,
    make_event_type,
)
from bookproof.probes.calcom_v2.schedules import rules_of
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Shown, shown
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.targets.target import EventTypeRules
from bookproof.targets.views import utc
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
    """Ask without a range, for an event type that does not exist unless a token has, and with startTime and endTime."""
    ground, plain = session.need(grounds).main, few_slots(session)
    one = {"eventTypeId": ground.id}
    old = {**one, "startTime": utc(plain.start), "endTime": utc(plain.end)}
    skill = session.api.call("listSlots", query=old, authorization=None, note="startTime and endTime")
    told = session.known(scopes.slots)
    unknown = told.listed if told and told.listed.status not in {0, 401, 403} else None
    return Refused(
        no_range=session.api.call("listSlots", query=one, authorization=None, note="without a range"),
        unknown=unknown or list_slots(session, UNKNOWN_ID, plain.start, plain.end, note="an unknown id"),
        skill=skill,
        skill_slots=_asked_or_empty(session, plain.rules, plain.start, plain.end, skill),
        plain=plain,
    )


# Settings of an event type

#: Minutes between starts, less than the length, so that both can be told apart.
INTERVAL = 15
#: Minutes kept free before and after a booking.
BUFFER = 30
LENGTHS = (SHORT, LONG)
#: What it asks every attendee.
FIELD = "topic"
#: Where it takes place.
ADDRESS = "1 Bookproof Street"


@dataclass(frozen=True)
class Strict:
    """An event type with settings: those of them that rule slots, as they were sent, and the event type."""

    sent: Mapping[str, Any]
    ground: Ground


@probe("slots.settings-ground", safety="write", cost=2, creates="an event type with settings", shared=True)
def strict(session: Session) -> Strict:
    """Make an event type with notice, window, interval, buffers, two lengths, a question and a place."""
    sent: dict[str, Any] = {
        "lengthInMinutesOptions": list(LENGTHS),
        "slotInterval": INTERVAL,
        "minimumBookingNotice": OPENS * 24 * 60,
        "beforeEventBuffer": BUFFER,
        "afterEventBuffer": BUFFER,
        "bookingWindow": {"type": "calendarDays", "value": CLOSES, "rolling": False},
    }
    question = {"type": "text", "slug": FIELD, "label": "Topic", "placeholder": "What about?", "required": True}
    more = {"bookingFields": [question], "locations": [{"type": "address", "address": ADDRESS, "public": True}]}
    return Strict(sent, make_event_type(session, "settings", {**sent, **more}, slots=False))


@dataclass(frozen=True)
class Settings:
    """An event type with settings that rule its slots, and what it offers from today to beyond its booking window.

    Attributes:
        sent: the settings.
        made: the answer that made it.
        now: the target's idea of the time of asking.
        offered: its slots, with their ends.
        longer: slots of the longer of these lengths, of whichever event type.
    """

    sent: Mapping[str, Any]
    made: Shown
    now: datetime
    offered: Asked
    longer: Asked


@probe("slots.settings", safety="write", cost=2)
def settings(session: Session) -> Settings:
    """Ask for the slots of an event type with settings, and for those of a longer length if nobody has."""
    found, now = session.need(strict), session.now()
    ground = found.ground
    low = now.replace(hour=0, minute=0, second=0, microsecond=0)
    high = low + (CLOSES + 5) * _ONE_DAY + _MINUTE
    rules = rules_of(ground.id, session.target.time_zone, HOURS)
    exchange = list_slots(session, ground.id, low, high, format="range", note="from today to beyond its window")
    offered = asked(session, rules, low, high, exchange)
    first = low + (OPENS + 1) * _ONE_DAY
    longer = _asked_or_empty(session, rules, first, first, _longer(session, ground, first))
    return Settings(found.sent, shown(session, ground.made), now, offered, longer)


def _longer(session: Session, ground: Ground, first: datetime) -> Exchange:
    """Slots of the longer of two lengths: of the event type that has these alone, if there is one."""
    with suppress(Untestable):
        listed = session.need(lengths_ground).listed
        if listed is not None and listed.ok:
            return listed
    note = "the longer length"
    return list_slots(session, ground.id, first, first + 2 * _ONE_DAY, duration=LENGTHS[1], format="range", note=note)
