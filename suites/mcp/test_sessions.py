"""The MCP server as an agent finds it: sessions and tools."""

from __future__ import annotations

import re

from bookproof.checks import Judge, requirement
from bookproof.contracts.tools import contract_tools
from bookproof.judge.tool_arguments import argument_faults
from bookproof.judge.tool_calls import about_key, schema_error
from bookproof.probes.imatic_v1 import mcp
from bookproof.probes.imatic_v1.agents import Server
from bookproof.probes.imatic_v1.mcp import SecondSession
from bookproof.wire.mcp import ToolAnswer

#: Names that a tool for the account's own profile might have.
PROFILE = re.compile(r"(?:^|_)(?:me|profile|whoami|identity|account|accounts|user|users)(?:$|_)")


@requirement("mcp.session.opens", mcp.opened)
def test_a_session_opens(seen: Server, judge: Judge) -> None:
    """An agent with an API key gets a session."""
    at = [seen.refusal.exchange] if seen.refusal else []
    expected = f"a session for the key of role {seen.main.who}"
    judge.that(seen.refusal is None, expected, str(seen.refusal), *at)


@requirement("mcp.session.repeats", mcp.second_session)
def test_a_second_session_opens(seen: SecondSession, judge: Judge) -> None:
    """A second session, by the older handshake if the server knows it, shows the tools of the first."""
    if seen.refusal is not None:
        judge.that(False, "a further session", str(seen.refusal), seen.refusal.exchange)
        return
    judge.that(
        seen.second == seen.first,
        f"the tools {_names(seen.first)} again",
        f"{_names(seen.second) or 'no tools'}, {seen.lists[-1]}" if not seen.second else _names(seen.second),
        *(answer.exchange for answer in seen.lists),
    )


@requirement("mcp.session.not-a-key", mcp.second_session)
def test_a_session_is_no_key(seen: SecondSession, judge: Judge) -> None:
    """Who knows a session's id but has no key uses no tool."""
    if seen.refusal is not None:
        raise judge.untestable("no further session could be opened; see mcp.session.repeats")
    if seen.keyless is None:
        raise judge.not_applicable("the server keeps no sessions")
    judge.that(not seen.keyless.ok, "refused without a key", str(seen.keyless), seen.keyless.exchange)


@requirement("mcp.session.ping", mcp.second_session)
def test_a_ping_is_answered(seen: SecondSession, judge: Judge) -> None:
    """A ping in a session that began with a handshake gets an answer."""
    if seen.refusal is not None:
        raise judge.untestable("no session could be opened by handshake; see mcp.session.repeats")
    if seen.ping is None:
        raise judge.not_applicable("the server speaks only revisions that have no ping")
    judge.that(seen.ping.ok, "an answer to a ping", str(seen.ping), seen.ping.exchange)


@requirement("mcp.tools.seven", mcp.tools)
def test_the_seven_tools(seen: Server, judge: Judge) -> None:
    """There are the seven tools that the page names, and no others."""
    wanted = set(contract_tools(seen.dialect))
    found = {str(tool.get("name")) for tool in seen.listed}
    at = [answer.exchange for answer in seen.lists]
    if not found:
        judge.that(False, f"the tools {_names(wanted)}", str(seen.lists[-1]), *at)
        return
    for name in sorted(wanted | found):
        judge.that(
            name in wanted and name in found,
            f"the tools {_names(wanted)}",
            f"{name} is {'missing' if name in wanted else 'there too'}",
            *at,
            subject=name,
        )


@requirement("mcp.tools.schemas", mcp.tools)
def test_input_schemas(seen: Server, judge: Judge) -> None:
    """What a tool takes is told by a JSON Schema of an object."""
    for tool in _listed(seen, judge):
        wrong = schema_error(tool.get("inputSchema"))
        at = [answer.exchange for answer in seen.lists]
        judge.that(not wrong, "a JSON Schema of an object", wrong, *at, subject=str(tool.get("name")))


@requirement("mcp.tools.arguments", mcp.tools)
def test_arguments_of_the_contract(seen: Server, judge: Judge) -> None:
    """Tools take what the REST API takes, under the same names unless the binding says otherwise."""
    contract = contract_tools(seen.dialect)
    for tool in _listed(seen, judge):
        name = str(tool.get("name"))
        if name in contract and not schema_error(tool.get("inputSchema")):
            faults = argument_faults(contract[name], seen.tools, seen.binding, seen.dialect)
            at = [answer.exchange for answer in seen.lists]
            judge.that(not faults, "the arguments of the contract", "; ".join(faults), *at, subject=name)
    if not judge.judgements:
        raise judge.untestable("no tool of the contract has a schema that can be read; see mcp.tools.schemas")


@requirement("mcp.tools.described", mcp.tools)
def test_tools_are_described(seen: Server, judge: Judge) -> None:
    """An agent chooses tools by what they say of themselves."""
    for tool in _listed(seen, judge):
        told = str(tool.get("description") or "").strip()
        at = [answer.exchange for answer in seen.lists]
        judge.that(bool(told), "a description", "none", *at, subject=str(tool.get("name")))


@requirement("mcp.profile.rest-only", mcp.tools)
def test_no_tool_reads_the_profile(seen: Server, judge: Judge) -> None:
    """The account's own profile is no tool's business."""
    contract = contract_tools(seen.dialect)
    for tool in _listed(seen, judge):
        name = str(tool.get("name"))
        profile = name not in contract and PROFILE.search(name.lower()) is not None
        at = [answer.exchange for answer in seen.lists]
        judge.that(not profile, "no tool for the profile", f"there is {name}", *at, subject=name)


@requirement("mcp.tools.unknown", mcp.unknown_tool)
def test_an_unknown_tool_is_an_error(seen: ToolAnswer, judge: Judge) -> None:
    """A call of a tool that is not there fails."""
    if about_key(seen) or not (seen.ok or seen.refused):
        raise judge.untestable(f"the call tells nothing of the tool: {seen}")
    judge.that(seen.refused, f"there is no tool {mcp.NO_TOOL}: an error", str(seen), seen.exchange)


def _listed(seen: Server, judge: Judge) -> list[dict[str, object]]:
    if not seen.listed:
        raise judge.untestable("no tools are listed; see mcp.tools.seven")
    return seen.listed


def _names(tools: set[str]) -> str:
    return ", ".join(sorted(tools))
