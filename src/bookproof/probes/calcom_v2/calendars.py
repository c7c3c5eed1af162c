"""Calendars: which are connected, when they are busy, how one is connected and disconnected.

No calendar of the account is ever disconnected: only an id that nothing bears, and one that the control door has
connected for this.
Source: Everything an AI agent can do with the Cal.com API, Calendars; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.asked import asked_already
from bookproof.probes.calcom_v2.grounds import FIRST_DAY, HOURS, grounds, list_slots, starts
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Shown, shown
from bookproof.probes.session import FOREIGN
from bookproof.targets.views import Slot, instant
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: A kind of calendar that nobody makes.
UNKNOWN_KIND = "bookproof"
#: The kind of calendar that is connected.
KIND = "google"
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Connected:
    """The calendars of the account.

    Attributes:
        exchange: the list.
        connections: as listed; None if the answer shows no list of them.
    """

    exchange: Exchange
    connections: Sequence[Any] | None

    @property
    def selected(self) -> list[tuple[Any, Any]]:
        """Credential and external id of every calendar that is looked at for availability."""
        found: list[tuple[Any, Any]] = []
        for connection in map(_table, self.connections or ()):
            calendars, credential = connection.get("calendars"), connection.get("credentialId")
            for calendar in map(_table, cast("list[Any]", calendars) if isinstance(calendars, list) else ()):
                external = calendar.get("externalId")
                if credential and external and calendar.get("isSelected") is not False:
                    found.append((credential, external))
        return found


def _table(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def list_calendars(session: Session, note: str = "") -> Connected:
    """Ask for the calendars of the account."""
    return _connected(session, session.api.call("listCalendars", note=note))


def _connected(session: Session, exchange: Exchange) -> Connected:
    listed = session.api.one(exchange).get("connectedCalendars")
    return Connected(exchange, cast("list[Any]", listed) if isinstance(listed, list) else None)


@probe("calendars.list", cost=1, capability="calendars")
def connected(session: Session) -> Connected:
    """Which calendars are connected; a token of the account may have asked already."""
    asked = asked_already(session, "listCalendars")
    return _connected(session, asked) if asked and asked.ok else list_calendars(session)


@dataclass(frozen=True)
class Busy:
    """When the connected calendars of the account are busy on one day.

    Attributes:
        zone: IANA name of the zone that the day is meant in.
        day: the day.
        promised: whether the target file says that there is something on this day.
        exchange: the answer.
        items: as told; None if the answer shows no list.
        unzoned: the same asked without a zone.
    """

    zone: str
    day: date
    promised: bool
    exchange: Exchange
    items: Sequence[Any] | None
    unzoned: Exchange

    @property
    def window(self) -> Slot:
        """The day, with the night before and the night after, for who takes it by another zone."""
        first = datetime.combine(self.day, time(), ZoneInfo(self.zone)).astimezone(UTC)
        return Slot(first - _ONE_DAY, first + 2 * _ONE_DAY)

    @property
    def times(self) -> list[Slot]:
        """The busy times that are instants."""
        ends = [(instant(item.get("start")), instant(item.get("end"))) for item in map(_table, self.items or ())]
        return [Slot(start, end) for start, end in ends if start and end]

    @property
    def in_hours(self) -> bool:
        """Whether they touch the hours of the run's schedule, so that they can be told from its breaks."""
        zone = ZoneInfo(self.zone)
        hours = [[datetime.combine(self.day, time.fromisoformat(text), zone) for text in texts] for texts in HOURS]
        return any(Slot(opens, closes).overlaps(each) for opens, closes in hours for each in self.times)


def ask_busy(
    session: Session, found: Connected, day: date, *, zone: str | None, note: str, role: str = "full"
) -> Exchange:
    """Ask when the calendars of a list are busy on a day.

    Raises:
        Untestable: there are none.
    """
    if not found.selected:
        raise Untestable("no calendar with a credentialId and an externalId is listed; see calendars.list.connected")
    query: dict[str, Any] = {"timeZone": zone, "dateFrom": day.isoformat(), "dateTo": day.isoformat()}
    for number, (credential, external) in enumerate(found.selected):
        query[f"calendarsToLoad[{number}][credentialId]"] = credential
        query[f"calendarsToLoad[{number}][externalId]"] = external
    return session.api.call("listBusyTimes", query=query, note=note, role=role)


def day_of(session: Session) -> tuple[date, bool]:
    """The day to ask for, and whether the target file promises that there is something on it."""
    known = session.target.known.get("busy_day")
    if known:
        return date.fromisoformat(str(known)), True
    return session.now().date() + FIRST_DAY * _ONE_DAY, False


@probe("calendars.busy", cost=2, capability="calendars")
def busy(session: Session) -> Busy:
    """When the calendars are busy on a day, asked with a zone and without."""
    found, zone = session.need(connected), session.target.time_zone
    day, promised = day_of(session)
    exchange = ask_busy(session, found, day, zone=zone, note=f"busy on {day}")
    told = session.api.data(exchange) if exchange.ok else None
    items = cast("list[Any]", told) if isinstance(told, list) else None
    return Busy(zone, day, promised, exchange, items, ask_busy(session, found, day, zone=None, note="without a zone"))


@probe("calendars.busy-of-others", cost=1, capability="calendars")
def busy_of_others(session: Session) -> Exchange:
    """Ask with another account's key when the calendars of this account are busy."""
    role, found = session.role(FOREIGN), session.need(connected)
    return ask_busy(
        session, found, day_of(session)[0], zone=session.target.time_zone, note="somebody else's calendar", role=role
    )


@dataclass(frozen=True)
class Offered:
    """The slots of a day on which calendars are busy.

    Attributes:
        exchange: the answer.
        busy: the busy times of the day.
        slots: that are offered.
    """

    exchange: Exchange
    busy: Sequence[Slot]
    slots: Sequence[Slot]


@probe("calendars.slots", safety="write", cost=1, capability="calendars")
def offered(session: Session) -> Offered:
    """The slots of a day on which calendars are busy, as the target file says."""
    seen = session.need(busy)
    if not seen.promised:
        raise Untestable("no day is known on which calendars are busy: add busy_day to [data] of the target file")
    if not seen.times:
        raise Untestable("no busy times are told of the busy_day; see calendars.busy.told")
    if not seen.in_hours:
        raise Untestable(f"on {seen.day} calendars are busy outside the hours of the run only: choose another busy_day")
    main, window = session.need(grounds).main, seen.window
    exchange = list_slots(session, main.id, window.start, window.end, note="while calendars are busy")
    if not exchange.ok:
        raise Blocked("the slots of an event type should be listed", exchange)
    length = timedelta(minutes=main.minutes)
    return Offered(exchange, seen.times, [Slot(start, start + length) for start in starts(session, exchange)])


@dataclass(frozen=True)
class Connecting:
    """The answers to who wants to connect a calendar that exists, and one that does not."""

    known: Shown
    unknown: Exchange


@probe("calendars.connect", cost=2, capability="calendars")
def connecting(session: Session) -> Connecting:
    """Ask where to connect a calendar, of a known and an unknown kind; nobody goes there."""
    known = session.api.call("connectCalendar", {"calendar": KIND}, note="where to connect it")
    unknown = session.api.call("connectCalendar", {"calendar": UNKNOWN_KIND}, note="an unknown kind of calendar")
    return Connecting(shown(session, known), unknown)


@probe("calendars.disconnect-unknown", safety="write", cost=1, capability="calendars")
def disconnect_unknown(session: Session) -> Exchange:
    """Disconnect a calendar by an id that nothing bears; a token of the account may have tried already."""
    tried = asked_already(session, "disconnectCalendar")
    return tried or _disconnect(session, UNKNOWN_ID, "a calendar that is not connected")


def _disconnect(session: Session, credential: int, note: str, role: str = "full") -> Exchange:
    body = {"id": credential}
    return session.api.call("disconnectCalendar", {"calendar": KIND}, body=body, note=note, role=role)


@dataclass(frozen=True)
class Disconnected:
    """A calendar that the control door has connected, and its end.

    Attributes:
        credential: its credential id.
        foreign: disconnected by another account's key; None if there is no such key.
        own: disconnected by the key of its account.
        listed: the calendars after that.
    """

    credential: int
    foreign: Exchange | None
    own: Exchange
    listed: Connected


@probe("calendars.disconnect", safety="destructive", cost=3, capability="calendars")
def disconnected(session: Session) -> Disconnected:
    """Have a calendar connected by the control door; disconnect it, with another account's key first."""
    account = session.target.known.get("usernames", {}).get("full", "main")
    credential = session.control_door("connect-calendar").connect_calendar(account, KIND)
    foreign = None
    if session.has_role(FOREIGN):
        foreign = _disconnect(session, credential, "somebody else's calendar", FOREIGN)
    own = _disconnect(session, credential, "connected by the control door")
    return Disconnected(credential, foreign, own, list_calendars(session, "after one was disconnected"))
