"""The results of every call of the main agent that should have succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bookproof.probes.base import Probe, probe
from bookproof.probes.imatic_v1 import parity
from bookproof.probes.imatic_v1.agents import Server
from bookproof.probes.imatic_v1.booking_reads import Shown, evidence_or_none
from bookproof.probes.imatic_v1.mcp import ready
from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING
from bookproof.wire.mcp import ToolAnswer

_CALLING: tuple[Probe[Any], ...] = (parity.event_types, parity.slots, parity.read, parity.created, parity.changed)


@dataclass(frozen=True)
class Results:
    """The answers of the main agent's calls that should have succeeded, and what is needed to read them.

    ``read`` is a booking as the REST API shows it when it is read by its code, or None.
    """

    session: Session
    server: Server
    answers: list[ToolAnswer]
    read: Shown | None

    def lacking(self, answer: ToolAnswer, found: Any) -> list[str]:
        """The fields that the REST API shows of a booking and get_booking does not, in the API's words."""
        binding = self.server.binding
        if answer.tool != "get_booking" or self.read is None or self.read.booking is None:
            return []
        whole = self.read.booking.raw
        return [
            binding.field_path("booking", name)
            for name in binding.field_names("booking")
            if binding.field("booking", name, whole) is not MISSING and binding.field("booking", name, found) is MISSING
        ]

    def objects(self) -> Iterator[tuple[ToolAnswer, str, Any]]:
        """The objects in the results: the answer, the kind, and the object as it was written."""
        tools = self.server.tools
        for answer in self.answers:
            if not answer.ok:
                continue
            if answer.tool == "list_slots":
                found = [("slot", slot) for slot in tools.slot_objects(answer)]
            elif answer.tool in ("list_event_types", "list_bookings"):
                kind = "eventType" if answer.tool == "list_event_types" else "booking"
                found = [(kind, item) for item in tools.items(answer) or ()]
            else:
                found = [("booking", tools.booking_object(answer))]
            yield from ((answer, kind, item) for kind, item in found if isinstance(item, dict))


@probe("mcp.results", safety="write", cost=0, capability="mcp")
def results(session: Session) -> Results:
    """What the tools answered to the calls of the main agent that should have succeeded."""
    server = ready(session)
    for wanted in _CALLING:
        evidence_or_none(session, wanted)
    made, moved = evidence_or_none(session, parity.created), evidence_or_none(session, parity.changed)
    reads = (made and made.shown, moved and moved.moved)
    return Results(session, server, server.main.expected, next((read for read in reads if read and read.booking), None))


@probe("mcp.umbrella", safety="write", cost=0, capability="mcp")
def umbrella(session: Session) -> Results:
    """The same calls, if the main agent's key has only the mcp scope."""
    session.role("mcp")
    return session.need(results)
