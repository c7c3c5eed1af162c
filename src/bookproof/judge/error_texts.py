"""What a refusal says about what is wrong, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from bookproof.wire.exchange import Exchange

#: Members of a refusal that repeat what was sent, or where, and say nothing of what is wrong with it.
_ECHOES = frozenset({"target", "value", "path", "timestamp"})


def told(exchange: Exchange) -> str:
    """The words of a refusal in lower case, without what it merely repeats of the request."""
    return " ".join(_words(exchange.json)).lower()


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in cast("dict[str, Any]", value).items():
            if name not in _ECHOES:
                yield from _words(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _words(item)
    elif isinstance(value, str):
        yield value
