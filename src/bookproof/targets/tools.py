"""The seven tools in the suite's words: arguments by the binding and the tool's own schema, results read leniently.

Source: Calendar API & MCP, MCP server, which names the tools and says nothing of their arguments and results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from bookproof.contracts.tools import contract_tools
from bookproof.targets.binding import MISSING, plant
from bookproof.targets.tool_schemas import Argument, arguments_of, same_letters
from bookproof.targets.views import Booking, Page, Slot, booking_of, page_of, slot_objects, slots_of, unzoned_slots
from bookproof.verdict import Untestable
from bookproof.wire.exchange import NOT_JSON

if TYPE_CHECKING:
    from bookproof.targets.dialects.imatic_v1 import ImaticV1
    from bookproof.wire.mcp import ToolAnswer

_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class Tools:
    """Says calls of tools in a server's words and reads its answers.

    Args:
        api: the dialect and the binding of the target.
        listed: the tools as the server describes them.
    """

    def __init__(self, api: ImaticV1, listed: list[dict[str, Any]]) -> None:
        self._api = api
        self.listed = {str(tool.get("name")): tool for tool in listed}
        self._contract = contract_tools(api.target.dialect)
        self._arguments = {name: arguments_of(self.input_schema(name)) for name in self.listed}

    def __contains__(self, tool: str) -> bool:
        return tool in self.listed

    def input_schema(self, tool: str) -> Mapping[str, Any]:
        """The input schema of a tool, or an empty one."""
        schema = self.listed[tool].get("inputSchema")
        return cast("dict[str, Any]", schema) if isinstance(schema, dict) else {}

    # Arguments

    def arguments(self, tool: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a call in the server's words.

        Args:
            tool: its name.
            given: argument, in the suite's words, to a JSON value; times as aware datetimes.
        """
        operation = self._contract[tool].operation
        words = self._api.words(operation, given)
        said: dict[str, Any] = {}
        for name, value in words.items():
            place = self.place(tool, name)
            if place:
                plant(said, place, value)
        return said

    def place(self, tool: str, argument: str) -> str:
        """The dotted path of an argument, or "" where the tool does not take it."""
        bound = self._api.binding.tool_arguments(tool).get(argument, "")
        known = self._arguments.get(tool, {})
        if not bound or not known or bound in known or self._within(known, bound):
            return bound
        alike = {same_letters(bound), same_letters(argument)}
        for path in known:
            if same_letters(path) in alike:
                return path
        only = [argument.path for argument in known.values() if argument.required]
        if len(only) == 1 and self._needs_one(tool):
            return only[0]
        closed = self.input_schema(tool).get("additionalProperties") is False
        return "" if closed and not self._required(tool, bound) else bound

    def declared(self, tool: str, argument: str) -> Argument | None:
        """What a tool's schema says about an argument, or None."""
        return self._arguments.get(tool, {}).get(self.place(tool, argument))

    def takes(self, tool: str, argument: str) -> bool:
        """Whether a tool declares an argument."""
        return self.declared(tool, argument) is not None

    def _within(self, known: Mapping[str, Argument], path: str) -> bool:
        """Whether a path leads into an object of which the schema does not say what is in it."""
        return any(path.startswith(f"{argument.path}.") and argument.open for argument in known.values())

    def _needs_one(self, tool: str) -> bool:
        needed = [a for a in arguments_of(self._contract[tool].input_schema).values() if a.required]
        return len(needed) == 1

    def _required(self, tool: str, path: str) -> bool:
        found = arguments_of(self._contract[tool].input_schema).get(path)
        return found is not None and found.required

    # Results

    def booking(self, answer: ToolAnswer) -> Booking | None:
        """The booking of an answer: the first object with a code; None if there is none."""
        found = self.booking_object(answer) if answer.ok else None
        return None if found is None else booking_of(self._api.binding, found)

    def booking_object(self, answer: ToolAnswer) -> Any:
        """The booking of an answer as it was written, or None."""
        bound = self._at_binding(answer, "booking")
        for node in (bound, *_nodes(answer.data)):
            if isinstance(node, dict) and self._has_code("booking", node):
                return cast("dict[str, Any]", node)
        return None

    def items(self, answer: ToolAnswer) -> list[Any] | None:
        """The event types or bookings of a list; None if there is no list in the answer."""
        tool = self._contract[answer.tool]
        bound = self._api.binding.items(tool.operation, answer.data)
        empty: list[Any] | None = None
        for node in (bound, *_nodes(answer.data)):
            if not isinstance(node, list):
                continue
            items = cast("list[Any]", node)
            if any(self._has_code(tool.kind, item) for item in items):
                return items
            empty = items if not items and empty is None else empty
        return empty

    def bookings(self, answer: ToolAnswer) -> list[Booking] | None:
        """The bookings of a list, or None."""
        items = self.items(answer)
        if items is None:
            return None
        found = (booking_of(self._api.binding, item) for item in items)
        return [booking for booking in found if booking is not None]

    def slots(self, answer: ToolAnswer, minutes: int | None) -> list[Slot] | None:
        """The slots of an answer, sorted; None if there are none to be read.

        Raises:
            Untestable: their times carry no zone, so nobody can tell which instants they are.
        """
        binding = self._api.binding
        for node in self._slot_nodes(answer):
            found = slots_of(binding, node, minutes)
            if found is not None:
                return sorted(found)
            if unzoned_slots(binding, node):
                raise Untestable("list_slots shows times without a zone or offset, so nobody can compare them")
        return None

    def slot_objects(self, answer: ToolAnswer) -> list[Any]:
        """The slots of an answer as they were written."""
        for node in self._slot_nodes(answer):
            if slots_of(self._api.binding, node, None) is not None:
                return list(slot_objects(self._api.binding, node))
        return []

    def page(self, answer: ToolAnswer) -> Page | None:
        """The pagination of a list, or None."""
        return page_of(answer.data)

    def refusal_code(self, answer: ToolAnswer) -> str | None:
        """The snake_case code by which a refusal is named, as in the REST API's envelope; None if it shows none."""
        for node in _nodes(answer.data):
            if isinstance(node, dict):
                told = cast("dict[str, Any]", node).get("error")
                named = cast("dict[str, Any]", told).get("code") if isinstance(told, dict) else told
                if isinstance(named, str) and _CODE.fullmatch(named):
                    return named
        return None

    def _slot_nodes(self, answer: ToolAnswer) -> Iterator[Any]:
        bound = self._api.binding.items("listSlots", answer.data)
        if isinstance(bound, dict | list):
            yield bound
        yield from (node for node in _nodes(answer.data) if isinstance(node, dict | list))

    def _at_binding(self, answer: ToolAnswer, kind: str) -> Any:
        tool = self._contract.get(answer.tool)
        return MISSING if tool is None else self._api.binding.single(tool.operation, kind, answer.data)

    def _has_code(self, kind: str, item: Any) -> bool:
        return isinstance(item, dict) and self._api.field(kind, "code", item) not in (MISSING, None)


def _nodes(value: Any) -> Iterator[Any]:
    """Every value inside a JSON value, the outer ones first."""
    level = [] if value is None or value is NOT_JSON else [value]
    while level:
        yield from level
        inner: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                inner += cast("dict[str, Any]", node).values()
            elif isinstance(node, list):
                inner += cast("list[Any]", node)
        level = inner
