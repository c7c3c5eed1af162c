"""Query texts and forms with brackets: `a=1`, `a[]=1`, `a[0][b]=1`."""

import re
from itertools import pairwise
from typing import Any, cast
from urllib.parse import parse_qsl

_DEEPEST = 5
_MOST = 1000
_PART = re.compile(r"\[([^\[\]]*)\]")

Group = dict[str, Any]


def parsed(text: str) -> Group:
    """The parameters of a query: texts; lists where a name is repeated, ends in `[]` or has numbers; else objects."""
    group: Group = {}
    for name, value in parse_qsl(text, keep_blank_values=True)[:_MOST]:
        head, _, _ = name.partition("[")
        steps = [head, *_PART.findall(name[len(head) :])[:_DEEPEST]] if head else [name]
        _put(group, steps, value)
    return {name: _settled(value) for name, value in group.items()}


def _put(group: Group, steps: list[str], value: str) -> None:
    for step, following in pairwise(steps):
        name = step or str(len(group))
        inner = group.setdefault(name, {})
        if not isinstance(inner, dict):
            # `a=1&a[b]=2`: what came first stays.
            inner = group[name] = {"0": inner}
        group = cast("Group", inner)
        if following == "":
            break
    last = steps[-1] or str(len(group))
    if last not in group:
        group[last] = value
    elif isinstance(group[last], list):
        group[last].append(value)
    else:
        group[last] = [group[last], value]


def _settled(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    group = {name: _settled(inner) for name, inner in cast("Group", value).items()}
    if group and all(name.isascii() and name.isdigit() and len(name) <= 3 for name in group):
        return [group[name] for name in sorted(group, key=int)]
    return group


def first(value: Any) -> Any:
    """The first of repeated values; any other value as it is."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return items[0] if items else None
    return value


def texts(value: Any) -> list[str]:
    """The texts of a repeated or comma-separated parameter."""
    if value is None:
        return []
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [part.strip() for item in items if isinstance(item, str) for part in item.split(",") if part.strip()]
