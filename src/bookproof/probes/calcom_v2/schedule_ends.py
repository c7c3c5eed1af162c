"""The end of the schedule whose life was gone through, and schedules that do not exist or cannot be made.

Source: Everything an AI agent can do with the Cal.com API, Schedules & availability; behaviour of a running server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.asked import asked_already
from bookproof.probes.calcom_v2.schedules import life, movable
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.calcom_v2.shown import UNKNOWN_ID
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Ended:
    """The end of a schedule.

    Attributes:
        id: of the schedule.
        deleted: the answer to its deletion.
        read: the attempt to read it after that.
    """

    id: Any
    deleted: Exchange
    read: Exchange


@probe("schedules.ended", safety="write", cost=3)
def ended(session: Session) -> Ended:
    """Delete a schedule, after the event type that follows it, and try to read it."""
    schedule, own = session.need(life).id, session.known(movable)
    if own is not None:
        session.remove("event-type", own.ground.id, note="its schedule comes to its end")
    deleted = session.remove("schedule", schedule)
    read = session.api.call("getSchedule", {"scheduleId": schedule}, note="after its deletion")
    return Ended(schedule, deleted, read)


@dataclass(frozen=True)
class Refused:
    """Attempts that must fail.

    Attributes:
        bad: what is wrong with a new schedule to the answer.
        no_default: a new schedule that does not say whether it is to be the default.
        read, changed, deleted: of an id that does not exist.
    """

    bad: Mapping[str, Exchange]
    no_default: Exchange
    read: Exchange
    changed: Exchange
    deleted: Exchange


@probe("schedules.refused", safety="write", cost=9)
def refused(session: Session) -> Refused:
    """Make schedules with a bad time, a bad day, and without the flag; reach one that does not exist.

    The one that was just deleted does not exist either, if it is not found.
    """
    plain = {"name": session.unique("bad"), "timeZone": "Europe/Berlin", "isDefault": False}
    bad_hours = {
        'the time "25:00"': {"days": ["Monday"], "startTime": "25:00", "endTime": "26:00"},
        'the day "Funday"': {"days": ["Funday"], "startTime": "09:00", "endTime": "17:00"},
    }
    bad = {
        wrong: session.create("createSchedule", body={**plain, "availability": [hours]}, note=wrong)
        for wrong, hours in bad_hours.items()
    }
    without = {name: value for name, value in plain.items() if name != "isDefault"}
    one, end = {"scheduleId": UNKNOWN_ID}, session.known(ended)
    read = end.read if end is not None and end.read.status == 404 else None
    return Refused(
        bad=bad,
        no_default=session.create("createSchedule", body=without, note="without isDefault"),
        read=read or session.api.call("getSchedule", one, note="an unknown id"),
        changed=asked_already(session, "updateSchedule")
        or session.api.call("updateSchedule", one, body={"name": "Bookproof unknown"}, note="an unknown id"),
        deleted=session.api.call("deleteSchedule", one, note="an unknown id"),
    )
