"""Defects of the tools themselves: which there are, what they say of themselves, and how they tell a result."""

# ruff: noqa: ARG001 - what stands in for a method takes what the method takes

import traceback
from copy import deepcopy
from dataclasses import replace
from typing import Any

from bookproof.mock.app import Mock
from bookproof.mock.defects import defect
from bookproof.mock.defects.mcp_seams import add_tool, change_tool
from bookproof.mock.defects.seams import changed_answer
from bookproof.mock.dialects.imatic_v1.mcp.results import ProtocolError
from bookproof.mock.dialects.imatic_v1.mcp.schemas import Schema, closed, code, result
from bookproof.mock.dialects.imatic_v1.mcp.tools import Tool
from bookproof.mock.domain.errors import NotFound
from bookproof.mock.domain.keys import BOOKINGS_WRITE, SLOTS_READ
from bookproof.mock.http.errors import ApiError
from bookproof.mock.http.exchange import Answer, Call
from bookproof.mock.http.validation import Fields

_CONFLICT = -32000


# Which tools there are


@defect(
    "mcp-tool-missing",
    breaks=("mcp.tools.seven",),
    story="An agent that was told a booking's code cannot look the booking up.",
)
def mcp_tool_missing(mock: Mock) -> None:
    change_tool(mock, "get_booking", lambda tool: None)


@defect(
    "mcp-tool-extra",
    breaks=("mcp.tools.seven",),
    story="An agent that was asked to tidy up deletes an event type, which no API may do.",
)
def mcp_tool_extra(mock: Mock) -> None:
    def delete(call: Call, given: Fields) -> Answer:
        event_type = mock.domain.event_types.get(call.account_id, given.text("eventTypeCode", 200))
        mock.domain.event_types.delete(event_type.code)
        return mock.imatic.envelopes.success(call, {"code": event_type.code})

    takes = closed({"eventTypeCode": code("Code of the event type.")}, ("eventTypeCode",))
    gives = result({"type": "object"})
    title, says = "Delete an event type", "Delete an event type for good."
    tool = Tool("delete_event_type", title, says, BOOKINGS_WRITE, takes, gives, reads=False, destroys=True)
    add_tool(mock, tool, delete)


@defect(
    "mcp-tool-renamed",
    breaks=("mcp.tools.seven",),
    story="Agents that were set up with the documented name find no slots any more.",
)
def mcp_tool_renamed(mock: Mock) -> None:
    change_tool(mock, "list_slots", lambda tool: replace(tool, name="list_open_slots"))
    performers = mock.imatic.mcp.calls.performers
    performers["list_open_slots"] = performers.pop("list_slots")


@defect(
    "mcp-profile-tool",
    breaks=("mcp.tools.seven", "mcp.profile.rest-only"),
    story="An agent that should only find a slot learns whose account it is, with the address.",
)
def mcp_profile_tool(mock: Mock) -> None:
    def me(call: Call, given: Fields) -> Answer:
        return mock.imatic.mcp.resources.account.me(call)

    says = "Read the account's own profile."
    add_tool(mock, Tool("get_me", "Who am I", says, SLOTS_READ, closed({}), result({"type": "object"})), me)


# What they say of themselves


def _change_arguments(tool: Tool, **properties: Schema) -> Tool:
    takes = deepcopy(tool.takes)
    takes["properties"].update(properties)
    return replace(tool, takes=takes)


@defect(
    "mcp-schema-invalid",
    breaks=("mcp.tools.schemas",),
    story="Clients that read the schemas refuse the whole server, for a limit that is a word.",
)
def mcp_schema_invalid(mock: Mock) -> None:
    limit: Schema = {"type": "integer", "minimum": "one", "description": "How many items a page holds at most."}
    change_tool(mock, "list_bookings", lambda tool: _change_arguments(tool, limit=limit))


@defect(
    "mcp-required-not-declared",
    breaks=("mcp.tools.arguments",),
    story="Agents book without saying when, and are refused every time.",
)
def mcp_required_not_declared(mock: Mock) -> None:
    def without_start(tool: Tool) -> Tool:
        required = [name for name in tool.takes["required"] if name != "start"]
        return replace(tool, takes=tool.takes | {"required": required})

    change_tool(mock, "create_booking", without_start)


@defect(
    "mcp-argument-typed-wrong",
    breaks=("mcp.tools.arguments",),
    story="Agents send the start as a number, as the schema asks, and are refused every time.",
)
def mcp_argument_typed_wrong(mock: Mock) -> None:
    start: Schema = {"type": "integer", "description": "Start of a slot that list_slots shows."}
    change_tool(mock, "create_booking", lambda tool: _change_arguments(tool, start=start))


@defect(
    "mcp-tool-undescribed",
    breaks=("mcp.tools.described",),
    story="An agent has to guess from a name what moving a booking does.",
)
def mcp_tool_undescribed(mock: Mock) -> None:
    change_tool(mock, "reschedule_booking", lambda tool: replace(tool, description=""))


# How they tell a result


@defect(
    "mcp-output-schema-broken",
    breaks=("mcp.results.schema",),
    story="Clients that check results throw the list of event types away, for a cap that is not set.",
)
def mcp_output_schema_broken(mock: Mock) -> None:
    def without_null(tool: Tool) -> Tool:
        gives = deepcopy(tool.gives)
        gives["properties"]["data"]["items"]["properties"]["dailyCap"] = {"type": "integer"}
        return replace(tool, gives=gives)

    change_tool(mock, "list_event_types", without_null)


@defect(
    "mcp-object-without-attendee",
    breaks=("mcp.results.objects",),
    story="An agent asked who comes at nine cannot tell.",
)
def mcp_object_without_attendee(mock: Mock) -> None:
    def undeclared(tool: Tool) -> Tool:
        gives = deepcopy(tool.gives)
        gives["properties"]["data"]["required"].remove("attendee")
        del gives["properties"]["data"]["properties"]["attendee"]
        return replace(tool, gives=gives)

    def forget(answer: Answer) -> None:
        del answer.value["data"]["attendee"]

    change_tool(mock, "get_booking", undeclared)
    bookings = mock.imatic.mcp.resources.bookings
    bookings.show = changed_answer(bookings.show, forget)


@defect(
    "mcp-refusal-as-protocol-error",
    breaks=("mcp.errors.in-result",),
    story="An agent never learns that the slot was taken; its client reports a broken server.",
)
def mcp_refusal_as_protocol_error(mock: Mock) -> None:
    results = mock.imatic.mcp.results
    refused = results.refused

    def thrown(call: Call, answer: Answer) -> dict[str, Any]:
        if answer.status == 409:
            raise ProtocolError(_CONFLICT, answer.value["message"])
        return refused(call, answer)

    results.refused = thrown


@defect(
    "mcp-key-in-result",
    breaks=("exchange.no-secret",),
    story="The agent's key lands in the talk with the model, and in every log of it.",
)
def mcp_key_in_result(mock: Mock) -> None:
    mcp = mock.imatic.mcp
    list_event_types = mcp.calls.performers["list_event_types"]

    def talkative(call: Call, given: Fields) -> Answer:
        answer = list_event_types(call, given)
        return replace(answer, value=answer.value | {"requestedWith": mcp.door.gate.token(call)})

    mcp.calls.performers["list_event_types"] = talkative


@defect(
    "mcp-traceback-in-result",
    breaks=("exchange.no-stack-trace",),
    story="An agent that mistypes a code is shown the server's source files and lines.",
)
def mcp_traceback_in_result(mock: Mock) -> None:
    bookings = mock.imatic.mcp.resources.bookings
    show = bookings.show

    def revealing(call: Call) -> Answer:
        try:
            return show(call)
        except NotFound as failure:
            raise ApiError(404, "not_found", traceback.format_exc()) from failure

    bookings.show = revealing


@defect(
    "mcp-unknown-tool-succeeds",
    breaks=("mcp.tools.unknown",),
    story="An agent that invents a tool is told that it worked, and tells its user so.",
)
def mcp_unknown_tool_succeeds(mock: Mock) -> None:
    def polite(name: str, call: Call) -> Answer:
        return mock.imatic.envelopes.success(call, {})

    mock.imatic.mcp.calls.unknown = polite
