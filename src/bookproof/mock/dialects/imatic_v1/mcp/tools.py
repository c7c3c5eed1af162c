"""The seven tools as agents see them. Source: Calendar API & MCP, MCP server."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from bookproof.mock.dialects.imatic_v1.mcp.schemas import (
    BOOKING,
    EVENT_TYPE,
    SLOT,
    Schema,
    closed,
    code,
    listed,
    result,
    text,
    time,
    whole,
)
from bookproof.mock.dialects.imatic_v1.paging import LARGEST_LIMIT
from bookproof.mock.domain.keys import BOOKINGS_READ, BOOKINGS_WRITE, SLOTS_READ


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.

    `scope` is what its REST operation needs (here the scope mcp stands for all); `reads` that it changes nothing,
    `destroys` that it takes something away. `takes` and `gives` are JSON Schemas of its arguments and its result.
    """

    name: str
    title: str
    description: str
    scope: str
    takes: Schema
    gives: Schema
    reads: bool = True
    destroys: bool = False


_PAGE = {
    "page": whole("Which page, counted from 1."),
    "limit": whole("How many items a page holds at most.", maximum=LARGEST_LIMIT),
}
_EVENT_TYPE_CODE = {"eventTypeCode": code("Code of the event type.")}
_BOOKING_CODE = {"bookingCode": code("Code of the booking.")}
_NEW_START = {"start": time("Start of a slot that list_slots shows.")}
_TIME_ZONE = "IANA time zone in which the slots are shown."
_DURATION = {"duration": whole("Length in minutes, where the event type offers several.")}
_ATTENDEE = closed(
    {
        "name": text("Full name.", minLength=1),
        "email": text("Where invitations go.", format="email"),
        "timeZone": text("IANA time zone; the event type's if it is left out."),
    },
    ("name", "email"),
    description="Who the booking is for.",
)

TOOLS = (
    Tool(
        "list_event_types",
        "List event types",
        "List your bookable event types.",
        SLOTS_READ,
        closed(_PAGE),
        result(listed(EVENT_TYPE), paged=True),
    ),
    Tool(
        "list_slots",
        "List open slots",
        "Get the open slots of an event type between two times.",
        SLOTS_READ,
        closed(
            _EVENT_TYPE_CODE
            | {"start": time("From when, with a zone or offset."), "end": time("Until when, with a zone or offset.")}
            | {"timeZone": text(_TIME_ZONE)}
            | _DURATION,
            ("eventTypeCode", "start", "end"),
        ),
        result(listed(SLOT)),
    ),
    Tool(
        "create_booking",
        "Book a slot",
        "Book a slot of an event type.",
        BOOKINGS_WRITE,
        closed(
            _EVENT_TYPE_CODE
            | _NEW_START
            | {"attendee": _ATTENDEE}
            | _DURATION
            | {
                "answers": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "Code of a question to its answer.",
                },
                "notes": text("Anything the host should know."),
                "linkCode": code("Code of a single-use event link."),
            },
            ("eventTypeCode", "start", "attendee"),
        ),
        result(BOOKING),
        reads=False,
    ),
    Tool(
        "cancel_booking",
        "Cancel a booking",
        "Cancel a booking; its slot is free again.",
        BOOKINGS_WRITE,
        closed(_BOOKING_CODE | {"reason": text("Why it is cancelled.")}, ("bookingCode",)),
        result(BOOKING),
        reads=False,
        destroys=True,
    ),
    Tool(
        "reschedule_booking",
        "Move a booking",
        "Move a booking to a new time.",
        BOOKINGS_WRITE,
        closed(_BOOKING_CODE | _NEW_START, ("bookingCode", "start")),
        result(BOOKING),
        reads=False,
        destroys=True,
    ),
    Tool(
        "list_bookings",
        "List bookings",
        "List existing bookings.",
        BOOKINGS_READ,
        closed(_PAGE | {"status": text("Only bookings of this status.")}),
        result(listed(BOOKING), paged=True),
    ),
    Tool(
        "get_booking",
        "Read a booking",
        "Read a single booking by its code.",
        BOOKINGS_READ,
        closed(_BOOKING_CODE, ("bookingCode",)),
        result(BOOKING),
    ),
)


class Catalogue:
    """Tells which tools there are."""

    def tools(self) -> list[Tool]:
        """Every tool, in the order of the documents."""
        return list(TOOLS)

    def find(self, name: str) -> Tool | None:
        """The tool with this name, or None."""
        return next((tool for tool in self.tools() if tool.name == name), None)

    def described(self, tool: Tool) -> dict[str, Any]:
        """A tool as the protocol lists it."""
        return {
            "name": tool.name,
            "title": tool.title,
            "description": tool.description,
            "inputSchema": deepcopy(tool.takes),
            "outputSchema": deepcopy(tool.gives),
            "annotations": {
                "title": tool.title,
                "readOnlyHint": tool.reads,
                "destructiveHint": tool.destroys,
                "idempotentHint": tool.reads,
                "openWorldHint": False,
            },
        }

    def listed(self) -> list[dict[str, Any]]:
        """All tools as the protocol lists them."""
        return [self.described(tool) for tool in self.tools()]
