"""The shapes of recorded answers, and what has become of them in another recording."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from bookproof.wire.exchange import NOT_JSON, Exchange

#: Member by its path, for example ``data.attendees[].phone``, to the types that its values have.
Shape = Mapping[str, frozenset[str]]
ABSENT = "absent"
_TYPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)
# Members whose names are data, such as days, are one.
_DATA = re.compile(r"\d{4}-\d\d-\d\d.*|\d+|[0-9a-f-]{32,}")


def shape_of(exchange: Exchange) -> Shape:
    """The shape of an answer; of one that is not JSON, only that it is none."""
    body = exchange.json if exchange.response_body else None
    if body is NOT_JSON:
        return {"": frozenset({exchange.media_type or "no JSON"})}
    return _shape(body)


def _shape(value: Any) -> Shape:
    found: dict[str, set[str]] = {}
    for path, kind in _members(value, ""):
        found.setdefault(path, set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _members(value: Any, path: str) -> Iterator[tuple[str, str]]:
    yield path, next((name for kind, name in _TYPES if isinstance(value, kind)), "null")
    if isinstance(value, dict):
        for name, member in cast("dict[str, Any]", value).items():
            step = "*" if _DATA.fullmatch(name) else name
            yield from _members(member, f"{path}.{step}" if path else step)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _members(item, f"{path}[]")


def differences(before: Iterable[Exchange], after: Iterable[Exchange]) -> list[str]:
    """What has become of the answers of a probe, a line for each difference: ``createBooking 201: … absent -> string``.

    Answers are put together by operation and status, for their number may well change.
    """
    was, is_now = _by_answer(before), _by_answer(after)
    lines: list[str] = []
    for answer in dict.fromkeys((*was, *is_now)):
        if answer not in is_now:
            lines.append(f"{answer}: not answered any more")
        elif answer not in was:
            lines.append(f"{answer}: not answered before")
        else:
            old, new = was[answer], is_now[answer]
            lines += [
                f"{answer}: {path or 'the answer'}  {_told(old, path)} -> {_told(new, path)}"
                for path in sorted({*old, *new})
                if old.get(path) != new.get(path) and not _lies_below(path, old, new)
            ]
    return lines


def _by_answer(exchanges: Iterable[Exchange]) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for exchange in exchanges:
        if exchange.inbound:
            name = f"delivery to {exchange.arrival.box if exchange.arrival else exchange.url}"
            shape = _shape_of_body(exchange.request_body)
        else:
            answer = str(exchange.status) if exchange.status else "without an answer"
            name = f"{exchange.operation or f'{exchange.method} {_place(exchange.url)}'} {answer}"
            shape = shape_of(exchange)
        known = found.setdefault(name, {})
        for path, kinds in shape.items():
            known[path] = known.get(path, frozenset()) | kinds
    return found


def _place(url: str) -> str:
    """The path of a URL, without what is of one run only."""
    return "/".join("*" if any(map(str.isdigit, step[2:])) else step for step in urlsplit(url).path.split("/"))


def _shape_of_body(body: bytes) -> Shape:
    try:
        return _shape(json.loads(body))
    except ValueError:
        return {"": frozenset({"no JSON"})}


def _told(shape: Shape, path: str) -> str:
    return " or ".join(sorted(shape[path])) if path in shape else ABSENT


def _lies_below(path: str, old: Shape, new: Shape) -> bool:
    """Whether something that holds this member is new or gone, too: then that tells it."""
    parent = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
    return bool(parent) and ((parent in old) != (parent in new))
