"""Agents: callers of the MCP server's tools, one for each key, and what they create, always by the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from bookproof.probes.imatic_v1.session import Session
from bookproof.targets.binding import MISSING, Binding
from bookproof.targets.target import EventTypeRules
from bookproof.targets.tools import Tools
from bookproof.targets.views import Booking
from bookproof.verdict import Untestable
from bookproof.wire.mcp import AUTO, McpRefused, McpSession, ToolAnswer, open_session

#: A list is followed over at most this many pages.
MOST_PAGES = 5
#: What a booking by a tool may cost beside itself, where its answer does not tell its code and it is looked for.
LOOKING = 2


@dataclass(frozen=True)
class Server:
    """The MCP server as the main agent found it.

    Attributes:
        dialect: of the target.
        binding: of the target.
        main: the main agent; it has the key of role mcp, or of role full where there is none.
        session: the main agent's; None if it could not be opened.
        refusal: why not.
        listed: the tools as the server describes them.
        lists: the answers that list them.
        tools: they, in the suite's words.
    """

    dialect: str
    binding: Binding
    main: Agent
    session: McpSession | None
    refusal: ToolAnswer | None = None
    listed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    lists: list[ToolAnswer] = field(default_factory=list[ToolAnswer])

    @property
    def tools(self) -> Tools:
        """The tools in the suite's words."""
        return self.main.tools


class Agent:
    """Somebody who calls the tools with one key. A session is opened when it is first needed.

    Args:
        session: of the target.
        who: whose key, for the record.
        authorization: the Authorization header, or None for none.

    Attributes:
        expected: the answers to calls that should succeed.
    """

    def __init__(self, session: Session, who: str, authorization: str | None) -> None:
        self.who = who
        self.expected: list[ToolAnswer] = []
        self.tools = Tools(session.api, [])
        self._api = session.api
        self.mode = AUTO
        self._client = session.client
        self._url = server_url(session)
        self._authorization = authorization
        self._open: McpSession | None = None
        self._refusal: ToolAnswer | None = None

    def open(self, mode: str, note: str = "") -> McpSession:
        """Open a session.

        Raises:
            McpRefused: the server does not.
        """
        self._open = self.further(mode, note)
        return self._open

    def learn(self, listed: list[dict[str, Any]]) -> None:
        """Take note of the tools as the server describes them."""
        self.tools = Tools(self._api, listed)

    def further(self, mode: str, note: str = "") -> McpSession:
        """Open a session beside the one in use; it is the caller's to close."""
        return open_session(
            self._client, self._url, who=self.who, authorization=self._authorization, mode=mode, note=note
        )

    def call(self, tool: str, given: Mapping[str, Any], *, note: str = "", expected: bool = False) -> ToolAnswer:
        """Call a tool; a session that is refused refuses the call.

        Args:
            tool: its name.
            given: argument, in the suite's words, to a JSON value.
            note: what the call tries.
            expected: whether it should succeed.
        """
        arguments = self.tools.arguments(tool, given)
        answer = self.send(tool, arguments, note=note)
        if expected:
            self.expected.append(answer)
        return answer

    def send(self, tool: str, arguments: Mapping[str, Any], *, note: str = "") -> ToolAnswer:
        """Call a tool with arguments in its own words."""
        if self._refusal is not None:
            return replace(self._refusal, tool=tool)
        try:
            opened = self._open or self.open(self.mode, note)
        except McpRefused as why:
            # A key that is not let in is not let in a moment later either.
            self._refusal = why.answer
            return replace(why.answer, tool=tool)
        return opened.call(tool, arguments, note)

    def pages(self, tool: str, *, note: str, expected: bool = False) -> Iterator[ToolAnswer]:
        """The answers to a list, page after page, as large as they may be; the caller stops when it has enough."""
        given: dict[str, Any] = {"limit": 100} if self.tools.takes(tool, "limit") else {}
        answer = self.call(tool, given, note=note)
        if answer.refused and given:
            given = {}
            answer = self.call(tool, given, note=note)
        if expected:
            self.expected.append(answer)
        yield answer
        for number in range(2, MOST_PAGES + 1):
            page = self.tools.page(answer)
            if page is None or not page.pages or page.pages < number or not self.tools.takes(tool, "page"):
                return
            answer = self.call(tool, {**given, "page": number}, note=note, expected=expected)
            yield answer

    def close(self) -> None:
        """End the session, if there is one."""
        if self._open is not None:
            self._open.close()


_agents: WeakKeyDictionary[Session, dict[str, Agent]] = WeakKeyDictionary()


def server_url(session: Session) -> str:
    """The address of the MCP server."""
    target = session.target
    return target.mcp_url or target.base_url + session.api.binding.mcp_path


def agent(session: Session, role: str) -> Agent:
    """The agent with the key of a role.

    Raises:
        Untestable: there is no such key.
    """
    return stranger(session, role, f"Bearer {session.target.credentials[session.role(role)]}")


def stranger(session: Session, who: str, authorization: str | None) -> Agent:
    """The agent with another Authorization header, or None for none."""
    known = _agents.setdefault(session, {})
    if who not in known:
        known[who] = Agent(session, who, authorization)
    return known[who]


def dismiss(session: Session) -> None:
    """End all sessions of a target's agents."""
    for known in _agents.pop(session, {}).values():
        known.close()


# Bookings by tools


@dataclass(frozen=True)
class Booked:
    """A booking that was asked for by a tool: the answer, and its code if it is known that one was made."""

    answer: ToolAnswer
    code: str | None


def book(session: Session, by: Agent, given: Mapping[str, Any], *, note: str, expected: bool = False) -> Booked:
    """Try to book by create_booking, written to the ledger before it is sent.

    Args:
        session: of the target.
        by: the agent.
        given: the arguments in the suite's words.
        note: what the call tries.
        expected: whether it should succeed.
    """
    session.ledger.about_to_create("booking", session.target.attendee_email)
    answer = by.call("create_booking", given, note=note, expected=expected)
    booking = by.tools.booking(answer)
    code = booking.code if booking else None
    if booking and code:
        session.api.binding.learn_live_status(booking.status)
    elif answer.ok:
        code = stray(session, given)
    if code:
        session.ledger.created("booking", code)
    else:
        session.ledger.refused("booking")
    return Booked(answer, code)


def book_slot(session: Session, by: Agent, rules: EventTypeRules, start: datetime, **more: Any) -> Booked:
    """Try to book a start with arguments that are right."""
    return book(session, by, session.booking_arguments(rules, start), **more)


def stray(session: Session, given: Mapping[str, Any]) -> str | None:
    """The code of a live booking of ours with the start that was asked for, of which no answer told the code."""
    known = {thing.code for thing in session.ledger.left()}
    for page in session.api.all_pages("listBookings", note="was it booked?"):
        for booking in session.api.bookings(page):
            ours = booking.attendee_name == given["attendeeName"] or booking.attendee_email in (
                session.target.attendee_email,
                given.get("attendeeEmail", MISSING),
            )
            new = booking.code is not None and booking.code not in known
            if ours and new and booking.live and booking.start == given.get("start"):
                return booking.code
    return None


def undo(session: Session, booked: Booked, note: str) -> bool:
    """Cancel what should not have been booked; whether there was anything."""
    if booked.code is None:
        return False
    session.cancel(booked.code, note=note)
    return True


def moved_to(session: Session, by: Agent, answer: ToolAnswer, code: str) -> Booking | None:
    """The booking in the answer to a move, which may have a new code; that is noted."""
    moved = by.tools.booking(answer)
    if moved and moved.code and moved.code != code:
        session.ledger.created("booking", moved.code)
    return moved


def needs(server: Server, *tools: str) -> None:
    """Go on only if the server has some tools.

    Raises:
        Untestable: it lacks one.
    """
    for tool in tools:
        if tool not in server.tools:
            raise Untestable(f"the server has no tool {tool}; see mcp.tools.seven")
