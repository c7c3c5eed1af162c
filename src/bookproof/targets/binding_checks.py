"""Checks the bindings of a target file against what can be bound: operations, arguments, objects, fields, words."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any, cast

from bookproof.targets.binding import default_binding, has_binding
from bookproof.targets.toml_files import Problems
from bookproof.targets.toml_lines import KeyPath

_ROOT = ("bindings",)


def check_bindings(problems: Problems, bindings: Mapping[str, Any], dialect: str) -> None:
    """Note every name in the ``[bindings]`` of a target file that its dialect does not know.

    Args:
        problems: takes what is wrong.
        bindings: the table, already held against the schema of target files; what broke that is passed over.
        dialect: a known one.
    """
    if not has_binding(dialect):
        for name in bindings:
            problems.add((*_ROOT, name), f"the documents of {dialect} name every path and field", "leave it out")
        return
    defaults = default_binding(dialect)
    for operation, table in _known(problems, bindings, defaults, "operations"):
        if isinstance(table, Mapping):
            path = (*_ROOT, "operations", operation)
            _check_operation(problems, path, cast("Mapping[str, Any]", table), defaults["operations"][operation])
    for kind, _ in _known(problems, bindings, defaults, "objects"):
        _known(problems, bindings, defaults, "objects", kind)
    _known(problems, bindings, defaults, "lists")
    _known(problems, bindings, defaults, "values", "status")
    for tool, _ in _known(problems, bindings, defaults, "tools"):
        _known(problems, bindings, defaults, "tools", tool, "arguments")


def _known(
    problems: Problems, bindings: Mapping[str, Any], defaults: Mapping[str, Any], *path: str
) -> list[tuple[str, Any]]:
    """The members of a table of the bindings that the defaults know too; the others are problems."""
    for step in path[:-1]:
        bindings, defaults = dict(_tables(bindings, step)), defaults[step]
    names = cast("Mapping[str, Any]", defaults[path[-1]])
    members = _tables(bindings, path[-1])
    for name, _ in members:
        if name not in names:
            problems.unknown_key((*_ROOT, *path, name), names)
    return [(name, value) for name, value in members if name in names]


def _check_operation(problems: Problems, path: KeyPath, table: Mapping[str, Any], default: Mapping[str, Any]) -> None:
    in_default_path = _placeholders(default["path"]) or set()
    known = [*sorted(in_default_path), *default.get("query", {}), *default.get("body", {})]
    for part in ("query", "body"):
        for argument, _ in _tables(table, part):
            if argument not in known:
                problems.unknown_key((*path, part, argument), known, "this operation takes no argument")
            elif part == "body" and argument in default.get("query", {}):
                problems.add(
                    (*path, part, argument),
                    "this argument is sent in the query",
                    f"change its name there: {path[-1]}.query.{argument}",
                )
    template = table.get("path")
    if not isinstance(template, str):
        return
    placeholders = _placeholders(template)
    if placeholders is None:
        problems.add((*path, "path"), "its braces are not arguments", "write arguments as {eventTypeCode}")
        return
    for name in sorted(placeholders - set(known)):
        problems.add(
            (*path, "path"),
            f"unknown argument {name}",
            f"known here: {', '.join(known)}" if known else "this operation takes no argument",
        )
    placed = placeholders | {name for part in ("query", "body") for name, _ in _tables(table, part)}
    for name in sorted(in_default_path - placed):
        problems.add(
            (*path, "path"),
            f"argument {name} has no place",
            f"put {{{name}}} into the path, or name it in {path[-1]}.query or {path[-1]}.body",
        )


def _placeholders(template: str) -> set[str] | None:
    """The arguments in a path; None if its braces are something else."""
    try:
        parts = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template)]
    except ValueError:
        return None
    named = [(name, spec, conversion) for name, spec, conversion in parts if name is not None]
    if any(not name.isidentifier() or spec or conversion for name, spec, conversion in named):
        return None
    return {name for name, _, _ in named}


def _tables(table: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    """The members of a table in a table; none if it is missing or something else."""
    inner = table.get(key)
    return list(cast("Mapping[str, Any]", inner).items()) if isinstance(inner, Mapping) else []
