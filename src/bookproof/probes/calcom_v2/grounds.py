"""The grounds that probes stand on: a schedule and event types that the run makes for itself, and their free slots."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.session import Session
from bookproof.recording.tape import Tape
from bookproof.targets.views import instant, utc
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: Weekly hours of the schedule of the run, wide enough for every probe and with a lunch break to be judged by.
HOURS = (("09:00", "12:00"), ("13:00", "19:00"))
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Slots are looked for from this many days ahead, for this many days.
FIRST_DAY, SPAN = 8, 21
#: The event type with settings opens so many days ahead, and closes so many days ahead.
OPENS, CLOSES = 12, 20


@dataclass
class Ground:
    """An event type of the run with its free slots.

    Attributes:
        id: of the event type.
        slug: of the event type.
        minutes: its length.
        made: the answer that made it.
        tape: of the session.
        listed: the answer that listed its slots, or None where none were asked for.
        free: starts that no probe has taken yet, shuffled by the seed.
        given: the times that probes were given, of all event types: they share a host.
    """

    id: int
    slug: str
    minutes: int
    made: Exchange
    tape: Tape
    listed: Exchange | None = None
    free: list[datetime] = field(default_factory=list[datetime])
    given: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])

    def take(self, clear: int = 0, *, where: Callable[[datetime], bool] = lambda _: True) -> datetime:
        """A free start that no other probe is given.

        Args:
            clear: minutes after the slot that must be free and that are kept from other probes, too.
            where: what else the start must be like.

        Raises:
            Untestable: there is none left.
        """
        found = self.tape.times("opening", lambda: self._next(clear, where))
        if not found:
            raise Untestable(f"event type {self.slug} has no free slot left; see slots.hours.honoured")
        start = found[0]
        self.given.append((start, start + timedelta(minutes=self.minutes + clear)))
        if start in self.free:
            self.free.remove(start)
        return start

    def _next(self, clear: int, where: Callable[[datetime], bool]) -> list[datetime]:
        """The next start that may be given, if there is one."""
        for start in self.free:
            ends = start + timedelta(minutes=self.minutes + clear)
            offered = sum(start <= other < ends for other in self.free)
            if (
                where(start)
                and offered >= 1 + clear // self.minutes
                and not any(start < end and begin < ends for begin, end in self.given)
            ):
                return [start]
        return []


@dataclass
class Grounds:
    """The schedule of the run and the event type that most probes book.

    Attributes:
        schedule: id of the schedule.
        zone: of the schedule.
        main: 30 minutes, without buffers, from the schedule of the run.
    """

    schedule: int
    zone: ZoneInfo
    main: Ground


def is_open(session: Session) -> Callable[[datetime], bool]:
    """Whether the event type with settings can be booked at a start, its first day and its last left aside."""
    opens, closes = session.now() + timedelta(days=OPENS + 1), session.now() + timedelta(days=CLOSES - 1)
    return lambda start: opens < start < closes


def starts(session: Session, exchange: Exchange) -> list[datetime]:
    """The starts of a list of slots, in order; whatever is no instant with a zone is passed over."""
    days = cast("list[list[Any]]", [day for day in session.api.one(exchange).values() if isinstance(day, list)])
    texts = [cast("dict[str, Any]", slot).get("start") for day in days for slot in day if isinstance(slot, dict)]
    return sorted(moment for moment in map(instant, texts) if moment)


def list_slots(session: Session, event_type: int, first: datetime, last: datetime, **query: Any) -> Exchange:
    """Ask for the slots of an event type; ``note`` and ``who`` of the call may be given beside its query."""
    note = query.pop("note", "")
    return session.api.call(
        "listSlots",
        query={"eventTypeId": event_type, "start": utc(first), "end": utc(last), **query},
        authorization=None,
        note=note,
    )


def make_event_type(
    session: Session, name: str, settings: Mapping[str, Any] | None = None, *, minutes: int = 30, slots: bool = True
) -> Ground:
    """Make an event type on the schedule of the run, and look for its free slots.

    Args:
        session: of the target.
        name: becomes a part of its slug.
        settings: members of the body, beside title, slug, length and schedule.
        minutes: its length.
        slots: whether its free slots are asked for.

    Raises:
        Blocked: it cannot be made, or its slots cannot be listed.
    """
    slug = session.unique(name)
    body = {
        "title": f"Bookproof {name}",
        "slug": slug,
        "lengthInMinutes": minutes,
        "minimumBookingNotice": 0,
        **(settings or {}),
    }
    if "scheduleId" not in body:
        body["scheduleId"] = session.need(grounds).schedule
    made = session.create("createEventType", body=body, note=f"event type for {name}")
    found = session.made(made, "id", "an event type should be made")
    ground = Ground(int(found["id"]), str(found.get("slug", slug)), minutes, made, session.tape, given=session.given)
    if slots:
        look(session, ground)
    return ground


def look(session: Session, ground: Ground, **query: Any) -> None:
    """Ask for the free slots of an event type; ``query`` as :func:`list_slots` takes it.

    Raises:
        Blocked: they cannot be listed.
    """
    first = (session.now() + timedelta(days=FIRST_DAY)).replace(hour=0, minute=0, second=0, microsecond=0)
    last = first + timedelta(days=SPAN)
    ground.listed = list_slots(session, ground.id, first, last, note=f"slots of {ground.slug}", **query)
    if not ground.listed.ok:
        raise Blocked("the slots of an event type should be listed", ground.listed)
    ground.free = starts(session, ground.listed)
    random.Random(session.seed).shuffle(ground.free)  # noqa: S311  a choice, not a secret


@probe("grounds", safety="write", cost=5, creates="a schedule and an event type", shared=True)
def grounds(session: Session) -> Grounds:
    """The schedule and the event type that most other probes stand on."""
    body = {
        "name": session.unique("hours"),
        "timeZone": session.target.time_zone,
        "isDefault": False,
        "availability": [{"days": list(DAYS), "startTime": start, "endTime": end} for start, end in HOURS],
    }
    made = session.create("createSchedule", body=body, note="hours for this run")
    schedule = int(session.made(made, "id", "a schedule should be made")["id"])
    main = make_event_type(session, "main", {"scheduleId": schedule})
    return Grounds(schedule, ZoneInfo(session.target.time_zone), main)
