"""Defects of the rules that tools keep: what may be booked, moved and cancelled, and with which arguments."""

import json
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.mcp_seams import asked, change_tool, domain_of_tools
from bookproof.mock.defects.seams import owner, without_unique_starts
from bookproof.mock.dialects.imatic_v1.mcp.tools import Tool
from bookproof.mock.domain.booking_records import CANCELLED, Attendee, Booking
from bookproof.mock.domain.errors import DomainError, SlotUnavailable
from bookproof.mock.domain.event_types import EventType
from bookproof.mock.domain.slots import Slot
from bookproof.mock.http import validation
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields
from bookproof.mock.store import Session

_NOBODY = "unknown@example.com"


# Taken, unlisted and unknown


@defect(
    "mcp-double-booking",
    breaks=("mcp.booking.taken",),
    story="An agent books a client into an hour that somebody else has.",
)
def mcp_double_booking(mock: Mock) -> None:
    without_unique_starts(mock)
    availability = domain_of_tools(mock).availability
    check = availability.check

    def blind(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        if ignore is not None:
            check(session, event_type, slot, ignore)
            return
        availability.check_future(slot)
        availability.check_offered(event_type, slot)
        availability.check_cap(event_type, slot, availability.busy(session, event_type, slot))

    availability.check = blind


@defect(
    "mcp-move-onto-taken",
    breaks=("mcp.booking.taken",),
    story="An agent moves a client into an hour that somebody else has.",
)
def mcp_move_onto_taken(mock: Mock) -> None:
    without_unique_starts(mock)
    domain = domain_of_tools(mock)
    availability = domain.availability

    def blind(session: Session, event_type: EventType, slot: Slot, booking: Booking) -> None:
        availability.check_future(slot)
        availability.check_offered(event_type, slot)
        availability.check_cap(event_type, slot, availability.busy(session, event_type, slot, booking.code))

    domain.bookings.check_move = blind


@defect(
    "mcp-conflict-not-flagged",
    breaks=("mcp.booking.taken",),
    story="An agent takes the refusal of a taken slot for a booking, and promises the hour to its user.",
)
def mcp_conflict_not_flagged(mock: Mock) -> None:
    results = mock.imatic.mcp.results
    refused = results.refused

    def unflagged(call: Call, answer: Answer) -> dict[str, Any]:
        return results.succeeded(call, answer) if answer.value["error"] == "slot_taken" else refused(call, answer)

    results.refused = unflagged


@defect(
    "mcp-off-hours-booked",
    breaks=("mcp.booking.unlisted",),
    story="An agent books a client at three in the morning.",
)
def mcp_off_hours_booked(mock: Mock) -> None:
    availability, engine = domain_of_tools(mock).availability, mock.domain.engine
    check = availability.check

    def any_hour(session: Session, event_type: EventType, slot: Slot, ignore: str | None = None) -> None:
        try:
            check(session, event_type, slot, ignore)
        except SlotUnavailable:
            earliest, latest = engine.notice_window(event_type.rules, mock.domain.clock.now())
            if ignore is not None or not earliest <= slot.start <= latest:
                raise

    availability.check = any_hour


@defect(
    "mcp-unknown-booking-empty",
    breaks=("mcp.booking.unknown",),
    story="An agent with a mistyped code is told that there is a booking, about which nothing is known.",
)
def mcp_unknown_booking_empty(mock: Mock) -> None:
    def may_be_null(tool: Tool) -> Tool:
        gives = deepcopy(tool.gives)
        gives["properties"]["data"] = {"anyOf": [gives["properties"]["data"], {"type": "null"}]}
        return replace(tool, gives=gives)

    change_tool(mock, "get_booking", may_be_null)
    mcp = mock.imatic.mcp
    show = mcp.resources.bookings.show

    def polite(call: Call) -> Answer:
        if owner(mock, "bookings", "code", call.params["bookingCode"]) is None:
            return mcp.resources.tools.envelopes.success(call, None)
        return show(call)

    mcp.resources.bookings.show = polite


@defect(
    "mcp-cancel-unknown-succeeds",
    breaks=("mcp.booking.unknown",),
    story="An agent cancels a mistyped code successfully, and the real booking stands.",
)
def mcp_cancel_unknown_succeeds(mock: Mock) -> None:
    resources = mock.imatic.mcp.resources
    cancel = resources.bookings.cancel

    def polite(call: Call) -> Answer:
        code, now = call.params["bookingCode"], mock.domain.clock.now()
        if owner(mock, "bookings", "code", code) is not None:
            return cancel(call)
        nobody = Attendee("Unknown", _NOBODY, "UTC")
        made_up = Booking(code, call.account_id, "", "intro", CANCELLED, now, now + 1_800, nobody, now, now)
        return resources.tools.envelopes.success(call, resources.tools.presenter.booking(made_up))

    resources.bookings.cancel = polite


# Arguments


@defect(
    "mcp-bad-arguments-accepted",
    breaks=("mcp.arguments.refused",),
    story="A client whose address the agent misspelt is booked with an address of nobody, and never invited.",
)
def mcp_bad_arguments_accepted(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    attendee = bookings.attendee

    def lenient(body: Fields, default_zone: str) -> Attendee:
        try:
            return attendee(body, default_zone)
        except ApiError:
            given = body.object("attendee")
            return Attendee(given.text("name"), _NOBODY, bookings.attendee_zone(given, default_zone))

    bookings.attendee = lenient


@defect(
    "mcp-bad-arguments-executed",
    breaks=("mcp.arguments.does-nothing",),
    story="An agent is told that the address is wrong, tries again, and the client has two appointments.",
)
def mcp_bad_arguments_executed(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    create = bookings.create

    def hasty(call: Call) -> Answer:
        try:
            return create(call)
        except ApiError:
            with suppress(ApiError, DomainError, KeyError, TypeError):
                body = json.loads(call.body)
                body["attendee"] = body["attendee"] | {"email": _NOBODY}
                create(replace(call, body=json.dumps(body).encode()))
            raise

    bookings.create = hasty


@defect(
    "mcp-crashes-on-bad-time",
    breaks=("exchange.no-server-error",),
    story="An agent that writes a time as people do becomes an outage alarm at night.",
)
def mcp_crashes_on_bad_time(mock: Mock) -> None:
    door = mock.imatic.mcp.door
    unserved = door.unserved

    def crash(call: Call) -> Answer | None:
        start = asked(call).arguments.get("start")
        try:
            if start is not None:
                validation.instant(start, "start")
        except ApiError:
            return door.failed(call)
        return unserved(call)

    door.unserved = crash
