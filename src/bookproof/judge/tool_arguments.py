"""Judges the arguments that tools declare against those of the contract, which are assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bookproof.targets.binding import default_binding
from bookproof.targets.tool_schemas import arguments_of, same_letters

if TYPE_CHECKING:
    from bookproof.contracts.tools import ContractTool
    from bookproof.targets.binding import Binding
    from bookproof.targets.tools import Tools

#: Arguments that are times: the binding says whether they are text or numbers.
_TIMES = frozenset({"start", "end"})


def argument_faults(tool: ContractTool, tools: Tools, binding: Binding, dialect: str) -> list[str]:
    """What is wrong with the arguments of a tool, one sentence each.

    Args:
        tool: as the contract has it.
        tools: as the server describes them.
        binding: of the target, for arguments that it calls otherwise.
        dialect: of the contract.
    """
    return list(_faults(tool, tools, binding, dialect))


def _faults(tool: ContractTool, tools: Tools, binding: Binding, dialect: str) -> Iterator[str]:
    words = {path: word for word, path in default_binding(dialect)["tools"][tool.name]["arguments"].items()}
    declared = arguments_of(tools.input_schema(tool.name))
    known: set[str] = set()
    for path, wanted in arguments_of(tool.input_schema).items():
        word = words.get(path, path)
        place = tools.place(tool.name, word) if word in words.values() else _spelt(path, declared)
        known.add(place)
        found = declared.get(place)
        if found is None:
            # An object that does not say what is in it may hold anything.
            holder = next((a for a in declared.values() if a.open and place.startswith(f"{a.path}.")), None)
            known |= {holder.path} if holder else set()
            if wanted.required and holder is None and binding.tool_arguments(tool.name).get(word, path):
                yield f"{place or path} is not declared"
            continue
        if wanted.required and not found.required:
            yield f"{place} is not declared as required"
        types = _types(word, wanted.types, binding)
        if found.types and not found.types & types:
            yield f"{place} is declared as {' or '.join(sorted(found.types))}, not {' or '.join(sorted(types))}"
    for path, argument in declared.items():
        if argument.required and path not in known:
            yield f"{path} is required and not in the contract"


def _spelt(path: str, declared: Mapping[str, object]) -> str:
    """The path of an argument that the suite has no word for, as the server spells it."""
    return next((name for name in declared if same_letters(name) == same_letters(path)), path)


def _types(word: str, types: frozenset[str], binding: Binding) -> frozenset[str]:
    if word in _TIMES and binding.format("time").startswith("epoch"):
        return frozenset({"integer", "number"})
    return types | {"number"} if "integer" in types else types
