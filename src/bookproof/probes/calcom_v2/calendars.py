"""Connected calendars: listed, asked for busy times, connected, disconnected.

No calendar of an account is ever disconnected: only an id that nothing has, and one that the control door has just
connected. Source: Everything an AI agent can do with the Cal.com API, Calendars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from bookproof.judge.slots import midnight
from bookproof.probes.base import Blocked, probe
from bookproof.probes.calcom_v2.grounds import HOURS, grounds, list_slots
from bookproof.probes.calcom_v2.schedules import rules_of
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID, Shown, shown
from bookproof.probes.calcom_v2.slot_lists import Asked, asked
from bookproof.targets.views import Slot, instant
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange

#: A provider that no server knows.
UNKNOWN_PROVIDER = "bookproof"


def calendars_of(listed: Shown) -> list[dict[str, Any]]:
    """The connections in a list of calendars."""
    found = listed.get("connectedCalendars")
    items = cast("list[Any]", found) if isinstance(found, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]


def first_calendar(listed: Shown) -> dict[str, Any]:
    """The query that names the first calendar of a list; empty where there is none."""
    for connection in calendars_of(listed):
        calendars = connection.get("calendars")
        for calendar in cast("list[Any]", calendars) if isinstance(calendars, list) else ():
            table: dict[str, Any] = cast("dict[str, Any]", calendar) if isinstance(calendar, dict) else {}
            if table.get("externalId") and connection.get("credentialId"):
                return {
                    "calendarsToLoad[0][credentialId]": connection["credentialId"],
                    "calendarsToLoad[0][externalId]": table["externalId"],
                }
    return {}


@dataclass(frozen=True)
class Looked:
    """What can be seen of connected calendars without changing anything.

    Attributes:
        listed: the list.
        busy: busy times of a day, of the first calendar if there is one.
        busy_times: those that the answer shows; None if it shows no list of them.
        has_calendar: whether there was a calendar to ask for.
        no_zone: the same question without a zone.
        connect: where to go to connect a Google calendar.
        unknown: the same for a provider that no server knows.
    """

    listed: Shown
    busy: Exchange
    busy_times: Sequence[Slot] | None
    has_calendar: bool
    no_zone: Exchange
    connect: Shown
    unknown: Exchange


def busy_day(session: Session) -> date | None:
    """The day of which the target file says that a connected calendar has something on it."""
    text = session.target.known.get("busy_day")
    return date.fromisoformat(text) if isinstance(text, str) else None


def times_of(data: Any) -> list[Slot] | None:
    """Busy times as instants; None if they are no list of them."""
    if not isinstance(data, list):
        return None
    found: list[Slot] = []
    for item in cast("list[Any]", data):
        table: dict[str, Any] = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
        start, end = instant(table.get("start")), instant(table.get("end"))
        if start is None or end is None:
            return None
        found.append(Slot(start, end))
    return found


@probe("calendars.looked", cost=5, capability="calendars")
def looked(session: Session) -> Looked:
    """List calendars, ask for their busy times with a zone and without, and ask where to connect one."""
    listed = shown(session, session.api.call("listCalendars"))
    day = busy_day(session) or session.now().date() + timedelta(days=1)
    calendar = first_calendar(listed)
    query: Mapping[str, Any] = {"dateFrom": day.isoformat(), "dateTo": day.isoformat(), **calendar}
    busy = session.api.call("listBusyTimes", query={**query, "timeZone": session.target.time_zone}, note=f"on {day}")
    return Looked(
        listed=listed,
        busy=busy,
        busy_times=times_of(session.api.data(busy)) if busy.ok else None,
        has_calendar=bool(calendar),
        no_zone=session.api.call("listBusyTimes", query=query, note="without a zone"),
        connect=shown(session, session.api.call("connectCalendar", {"calendar": "google"})),
        unknown=session.api.call("connectCalendar", {"calendar": UNKNOWN_PROVIDER}, note="an unknown provider"),
    )


@dataclass(frozen=True)
class Blocking:
    """The slots of the event type of the run on a day on which a connected calendar is busy."""

    busy: Sequence[Slot]
    busy_asked: Exchange
    offered: Asked


@probe("calendars.blocking", safety="write", cost=1, capability="calendars")
def blocking(session: Session) -> Blocking:
    """Ask for the slots of the busy day."""
    day = busy_day(session)
    if day is None:
        raise Untestable("nothing says when a connected calendar is busy: add busy_day to [data] of the target file")
    seen, ground = session.need(looked), session.need(grounds).main
    if not seen.busy_times:
        raise Untestable(f"no busy times are listed on {day}; see calendars.busy.answers")
    rules = rules_of(ground.id, session.target.time_zone, HOURS)
    low, high = midnight(rules, day), midnight(rules, day + timedelta(days=1)) - timedelta(minutes=1)
    exchange = list_slots(session, ground.id, low, high, note="a day on which a connected calendar is busy")
    return Blocking(seen.busy_times, seen.busy, asked(session, rules, low, high, exchange))


@probe("calendars.disconnect-unknown", safety="write", cost=1, capability="calendars")
def disconnect_unknown(session: Session) -> Exchange:
    """Disconnect a calendar that nobody has connected."""
    one = {"calendar": "google"}
    return session.api.call("disconnectCalendar", one, body={"id": UNKNOWN_ID}, note="an unknown id")


@dataclass(frozen=True)
class Connected:
    """A calendar that the control door connected: listed, disconnected, and the list after that."""

    id: int
    listed: Shown
    disconnect: Exchange
    after: Shown


@probe("calendars.connected", safety="destructive", cost=3, capability="calendars")
def connected(session: Session) -> Connected:
    """Have a calendar connected by the control door, list it, and disconnect it again."""
    door = session.control_door("connect-calendar")
    names: Any = session.target.known.get("usernames")
    account = cast("dict[str, Any]", names).get("full") if isinstance(names, dict) else None
    if not isinstance(account, str):
        raise Untestable("nothing says whose calendar to connect: add usernames.full to [data] of the target file")
    number = door.connect_calendar(account, "google")
    listed = shown(session, session.api.call("listCalendars", note="with one that was just connected"))
    one = {"calendar": "google"}
    disconnect = session.api.call("disconnectCalendar", one, body={"id": number}, note="the one just connected")
    after = shown(session, session.api.call("listCalendars", note="after that"))
    if not listed.exchange.ok or not after.exchange.ok:
        raise Blocked("calendars should be listed", listed.exchange if not listed.exchange.ok else after.exchange)
    return Connected(number, listed, disconnect, after)
