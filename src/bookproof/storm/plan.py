"""What a storm is to do: its bounds, the few places that everybody wants, and whose part of it a process has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from bookproof.targets.target import EventTypeRules, Target

#: The variable in which a process of a storm finds the key; a key never stands on a command line or in a message.
KEY_VARIABLE = "BOOKPROOF_STORM_KEY"
#: Whose key the storm uses.
ROLE = "full"


@dataclass(frozen=True)
class Place:
    """A slot that users want.

    Attributes:
        event_type_code: of its event type.
        start, end: unix time in seconds.
    """

    event_type_code: str
    start: float
    end: float


@dataclass(frozen=True)
class StormPlan:
    """A storm, or the part of it that one process has.

    Attributes:
        target: name of the target, on which all processes must agree.
        marker: a few letters that are in the name of every attendee of this storm.
        seed: chooses what users do.
        users: how many there are.
        seconds: after this many no request is begun.
        requests: the most requests.
        per_minute: the most requests in any minute.
        places: the slots that everybody wants; those of different event types may overlap.
        worker: number of the process, from 0.
    """

    target: str
    marker: str
    seed: int
    users: int
    seconds: float
    requests: int
    per_minute: float
    places: tuple[Place, ...]
    worker: int = 0

    def share(self, worker: int, workers: int) -> StormPlan:
        """The part of one of several processes; all parts together are the whole and no more.

        Args:
            worker: its number, from 0.
            workers: how many there are.
        """

        def part(whole: int) -> int:
            return whole // workers + (worker < whole % workers)

        return replace(
            self,
            worker=worker,
            users=part(self.users),
            requests=part(self.requests),
            per_minute=self.per_minute / workers,
        )

    def attendee(self, user: str, number: int) -> str:
        """The name of an attendee: nobody else in the world has it.

        Args:
            user: for example ``0-7``: the process and the user in it.
            number: of the user's bookings.
        """
        return f"{self.prefix}{user}-{number}"

    @property
    def prefix(self) -> str:
        """How the names of all attendees of this storm begin."""
        return f"Bookproof Storm {self.marker} "

    def end_of(self, event_type_code: str, start: float, minutes: float) -> float:
        """The end of a place, in unix seconds.

        Args:
            event_type_code: of the place.
            start: of the place, in unix seconds.
            minutes: how long it is if it is not in the plan.
        """
        known = ((place.event_type_code, place.start) for place in self.places)
        ends = dict(zip(known, (place.end for place in self.places), strict=True))
        return ends.get((event_type_code, start), start + 60 * minutes)

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON and for the way between processes."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> StormPlan:
        """The inverse of :meth:`as_data`."""
        given = dict(data)
        given["places"] = tuple(Place(**place) for place in data["places"])
        return cls(**given)


def settings_of(target: Target) -> dict[str, Any]:
    """What a process of a storm must know of a target, as plain data without any secret."""
    return {
        "name": target.name,
        "dialect": target.dialect,
        "base_url": target.base_url,
        "time_zone": target.time_zone,
        "attendee_email": target.attendee_email,
        "binding": dict(target.binding),
        "connect_timeout": target.connect_timeout,
        "read_timeout": target.read_timeout,
        "verify_tls": target.verify_tls,
        "event_types": {
            role: {
                "code": rules.code,
                "time_zone": rules.time_zone,
                "durations": list(rules.durations),
                "required_answers": dict(rules.required_answers),
            }
            for role, rules in target.event_types.items()
        },
    }


def target_of(settings: Mapping[str, Any], key: str) -> Target:
    """The inverse of :func:`settings_of`.

    Args:
        settings: the plain data.
        key: of role ``full``.
    """
    given = dict(settings)
    given["event_types"] = {role: EventTypeRules(**rules) for role, rules in settings["event_types"].items()}
    return Target(**given, credentials={ROLE: key})
