"""Tells in which of its shapes Cal.com answers: the first one, of 2024-04-15, or that of a family's own date.

Source: Everything an AI agent can do with the Cal.com API, Versioning; a running server for what the shapes look like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast


class Shape(Enum):
    """How a family's things are shown."""

    FIRST = "in the shape of 2024-04-15"
    OWN = "in the shape of its own date"
    NEITHER = "in no known shape"
    NOTHING = "with nothing to see"


@dataclass(frozen=True)
class Family:
    """What tells the shapes of a family apart.

    Attributes:
        name: of the family.
        date: the one that it documents.
        first: members that only the first shape has.
        own: members that only its own shape has.
        container: the member of ``data`` that holds a list in the first shape, or "" where lists are bare in both.
    """

    name: str
    date: str
    first: frozenset[str]
    own: frozenset[str]
    container: str = ""

    def shape(self, data: Any) -> Shape:
        """The shape of what an answer holds: of a list, or of a single thing."""
        if isinstance(data, list):
            return self._shape_of(cast("list[Any]", data), empty=Shape.OWN if self.container else Shape.NOTHING)
        if not isinstance(data, dict):
            return Shape.NOTHING if data is None else Shape.NEITHER
        things = cast("dict[str, Any]", data)
        if self.container in things:
            return Shape.FIRST if isinstance(things[self.container], list) else Shape.NEITHER
        return self._shape_of([things], empty=Shape.NOTHING)

    def _shape_of(self, things: Sequence[Any], empty: Shape) -> Shape:
        found = {self._shape_of_one(thing) for thing in things}
        if not found:
            return empty
        return found.pop() if len(found) == 1 else Shape.NEITHER

    def _shape_of_one(self, thing: Any) -> Shape:
        members = cast("dict[str, Any]", thing).keys() if isinstance(thing, dict) else frozenset[str]()
        shapes = {Shape.FIRST: self.first <= members, Shape.OWN: self.own <= members}
        found = [shape for shape, fits in shapes.items() if fits]
        return found[0] if len(found) == 1 else Shape.NEITHER


BOOKINGS = Family(
    "bookings", "2026-02-25", frozenset({"startTime", "endTime"}), frozenset({"start", "end"}), container="bookings"
)
EVENT_TYPES = Family(
    "event types", "2024-06-14", frozenset({"length"}), frozenset({"lengthInMinutes"}), container="eventTypeGroups"
)
SCHEDULES = Family("schedules", "2024-06-11", frozenset({"workingHours"}), frozenset({"overrides"}))
