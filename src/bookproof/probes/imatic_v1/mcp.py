"""The MCP server: sessions, tools and keys.

Source: Calendar API & MCP, MCP server; Model Context Protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import samples
from bookproof.probes.imatic_v1.agents import (
    LOOKING,
    Agent,
    Server,
    agent,
    book_slot,
    moved_to,
    server_url,
    stranger,
    undo,
)
from bookproof.probes.imatic_v1.auth import split_key
from bookproof.probes.imatic_v1.booking_reads import evidence_or_none, read_booking
from bookproof.probes.imatic_v1.session import Session
from bookproof.verdict import Untestable
from bookproof.wire.mcp import HANDSHAKE, McpRefused, ToolAnswer, messages_of
from bookproof.wire.spoiling import another_secret

#: Opening a session for one call, and ending it: what an agent costs beside its calls where there are handshakes.
SESSION = 3
#: What a server answers to the handshake whose revisions all do without: method not found, version not supported.
_KNOWS_NO_HANDSHAKE = frozenset({-32601, -32022})
#: A name that no tool has.
NO_TOOL = "bookproof_no_such_tool"


@probe("mcp.main", shared=True, cost=10, capability="mcp")
def main(session: Session) -> Server:
    """Open a session as an agent does and list the tools, with a key that has only the mcp scope if there is one.

    Raises:
        Untestable: there is no MCP server, or it does not answer.
    """
    by = agent(session, "mcp" if session.has_role("mcp") else "full")
    url = server_url(session)
    try:
        opened = by.open(by.mode, "an agent begins")
    except McpRefused as why:
        if _nothing_there(why.answer):
            raise Untestable(
                f"there is no MCP server at {url} ({why.answer}): name its path in [bindings.mcp], its address in "
                "[mcp], or say mcp = false under [capabilities]"
            ) from why
        return Server(session.target.dialect, session.api.binding, by, None, why.answer)
    by.mode = opened.mode
    listed, lists = opened.tools("which tools are there?")
    by.learn(listed)
    return Server(session.target.dialect, session.api.binding, by, opened, None, listed, lists)


def _nothing_there(answer: ToolAnswer) -> bool:
    """Whether what answers is no MCP server: nothing, a path that is not served, or a page."""
    exchange = answer.exchange
    page = not any(messages_of(exchange)) and not exchange.is_json
    return exchange.status in (0, 404, 405) or (exchange.status < 400 and page)


def ready(session: Session) -> Server:
    """The MCP server, if a session with it is open.

    Raises:
        Untestable: none could be opened.
    """
    server = session.need(main)
    if server.session is None:
        raise Untestable(f"no MCP session could be opened; see mcp.session.opens ({server.refusal})")
    return server


def another(session: Session, who: str, authorization: str | None = None, role: str = "") -> Agent:
    """Another agent, who knows what the main one has found out: the revision and the tools."""
    server = ready(session)
    by = agent(session, role) if role else stranger(session, who, authorization)
    if by is not server.main:
        by.mode, by.tools = server.main.mode, server.tools
    return by


@probe("mcp.session", cost=0, capability="mcp")
def opened(session: Session) -> Server:
    """The session of the main agent."""
    return session.need(main)


@probe("mcp.tools", cost=0, capability="mcp")
def tools(session: Session) -> Server:
    """The tools as they are listed."""
    return ready(session)


@dataclass(frozen=True)
class SecondSession:
    """A further session.

    Attributes:
        refusal: why it could not be opened, or None.
        first, second: the names of the tools in the first session and in this one.
        lists: the answers that list them.
        ping: the answer to a ping; None in revisions that have none.
        keyless: the answer to a tool called in this session without a key; None if the server keeps no sessions.
    """

    refusal: ToolAnswer | None
    first: set[str]
    second: set[str]
    lists: list[ToolAnswer]
    ping: ToolAnswer | None
    keyless: ToolAnswer | None = None


@probe("mcp.second-session", cost=10, capability="mcp")
def second_session(session: Session) -> SecondSession:
    """A further session by the older handshake; of the newest revision where the server knows no other."""
    server = ready(session)
    names = {str(tool.get("name")) for tool in server.listed}
    try:
        opened = server.main.further(HANDSHAKE, "a further session by handshake")
    except McpRefused as why:
        if server.main.mode == HANDSHAKE or why.answer.result.get("code") not in _KNOWS_NO_HANDSHAKE:
            return SecondSession(why.answer, names, set(), [], None)
        opened = server.main.further(server.main.mode, "a further session")
    listed, lists = opened.tools("the same tools?")
    ping = None if opened.modern else opened.ping("is the server there?")
    keyless = opened.without_key("list_event_types", {}, "a session's id instead of a key")
    opened.close()
    return SecondSession(None, names, {str(tool.get("name")) for tool in listed}, lists, ping, keyless)


@probe("mcp.unknown-tool", cost=1, capability="mcp")
def unknown_tool(session: Session) -> ToolAnswer:
    """A call of a tool that does not exist."""
    return ready(session).main.send(NO_TOOL, {}, note="no such tool")


# Keys


def _read(session: Session, by: Agent, *wanted: str, note: str) -> ToolAnswer:
    """Call the first of some read tools that the server has."""
    tools = ready(session).tools
    for tool in wanted:
        if tool in tools:
            return by.call(tool, _slot_question(session) if tool == "list_slots" else {}, note=note)
    raise Untestable(f"the server has no tool {' or '.join(wanted)}; see mcp.tools.seven")


def _slot_question(session: Session) -> dict[str, Any]:
    found = session.need(samples.samples)
    return {"eventTypeCode": found.rules.code, "start": found.free.start, "end": found.free.end}


@probe("mcp.no-key", cost=1 + SESSION, capability="mcp")
def no_key(session: Session) -> ToolAnswer:
    """A read tool without a key."""
    return _read(session, another(session, "no key"), "list_bookings", "list_event_types", note="no key")


@probe("mcp.wrong-key", cost=1 + SESSION, capability="mcp")
def wrong_key(session: Session) -> ToolAnswer:
    """A read tool with the right prefix and another secret of the same length."""
    prefix, secret = split_key(session)
    by = another(session, "wrong secret", f"Bearer {prefix}.{another_secret(secret)}")
    return _read(session, by, "list_bookings", "list_event_types", note="wrong secret")


@probe("mcp.revoked-key", cost=1 + SESSION, capability="mcp")
def revoked_key(session: Session) -> ToolAnswer:
    """A read tool with a key that was revoked before the run."""
    by = another(session, "revoked", role="revoked")
    return _read(session, by, "list_bookings", "list_event_types", note="revoked")


@probe("mcp.key-refusals", cost=0, capability="mcp")
def key_refusals(session: Session) -> list[ToolAnswer]:
    """What missing and wrong keys were answered."""
    ready(session)
    found = (evidence_or_none(session, wanted) for wanted in (no_key, wrong_key))
    return [answer for answer in found if answer is not None]


# Scopes

#: Role to the read tools that its scopes would cover by themselves.
_COVERED = {
    "read-only": ("list_bookings", "get_booking"),
    "bookings-read": ("list_bookings", "get_booking"),
    "slots-read": ("list_slots", "list_event_types"),
}


@probe("mcp.without-scope", cost=2 * (1 + SESSION), capability="mcp")
def without_scope(session: Session) -> list[ToolAnswer]:
    """Read tools, with keys that have the scope of the same REST operation and not mcp."""
    ready(session)
    roles = [role for role in ("read-only", "bookings-read") if session.has_role(role)][:1]
    roles += [role for role in ("slots-read",) if session.has_role(role)]
    if not roles:
        session.role("read-only")
    note = "a key without the mcp scope"
    return [
        _read(session, another(session, role, role=role), *_COVERED[role], note=note)
        for role in roles
        if any(tool in ready(session).tools for tool in _COVERED[role])
    ]


@probe("mcp.no-scope", cost=2 + SESSION, capability="mcp")
def no_scope(session: Session) -> list[ToolAnswer]:
    """Read tools, with a key that has no scope at all."""
    ready(session)
    by = another(session, "no-scope", role="no-scope")
    tools = ready(session).tools
    note = "a key without any scope"
    return [by.call(tool, {}, note=note) for tool in ("list_event_types", "list_bookings") if tool in tools]


@dataclass(frozen=True)
class Write:
    """A tool that changes something, called with a key that may only read, and whether it did so."""

    answer: ToolAnswer
    done: bool


@probe("mcp.read-key", safety="write", cost=3 + SESSION + 8 + LOOKING, capability="mcp")
def read_key(session: Session) -> list[Write]:
    """Booking, moving and cancelling by tools, with a key that may only read; looked after where it was accepted."""
    server = ready(session)
    role = next((role for role in ("read-only", "slots-read", "bookings-read") if session.has_role(role)), "read-only")
    by = another(session, role, role=role)
    found, _, _ = samples.live_booking(session)
    note = "a key that may only read"
    writes: list[Write] = []
    if "create_booking" in server.tools:
        booked = book_slot(session, by, found.rules, found.free.start, note=note)
        writes.append(Write(booked.answer, undo(session, booked, "should not have been booked")))
    for tool in ("reschedule_booking", "cancel_booking"):
        if tool in server.tools:
            found, ours, slot = samples.live_booking(session)
            given = {"bookingCode": ours.code, **({"start": found.free.start} if tool.startswith("re") else {})}
            writes.append(touch(session, by, tool, given, slot.start, note))
    return writes


def touch(session: Session, by: Agent, tool: str, given: dict[str, Any], start: datetime, note: str) -> Write:
    """Try to move or cancel the sample booking by a tool; if that was accepted, look at it and mend it."""
    code = str(given["bookingCode"])
    answer = by.call(tool, given, note=note)
    if not answer.ok:
        return Write(answer, done=False)
    moved_to(session, by, answer, code)
    shown = read_booking(session, code, "still as it was?")
    done = shown.exchange.ok and not (shown.live and shown.start in (None, start))
    if done:
        samples.replace_booking(session)
    return Write(answer, done)
