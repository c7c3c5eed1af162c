"""Knows the inside of a server when an answer shows it."""

from __future__ import annotations

import re

# The beginnings of stack traces in the usual languages, and paths of source files; quotes may be escaped, as in JSON.
_TRACE = re.compile(
    r"Traceback \(most recent call last\)|File \\?\"[^\"]+\", line \d+|\bat [\w$.<>]+ ?\([^)]*:\d+(:\d+)?\)"
    r"|goroutine \d+ \[|\.(java|kt|scala):\d+\)|\.rb:\d+:in |#\d+ /[\w/.-]+\.php\(\d+\)"
)
# One of these is in each of them, and looking for words is far cheaper than for the pattern.
_SIGNS = ("Traceback (", ", line ", "at ", "goroutine ", ".java:", ".kt:", ".scala:", ".rb:", ".php(")


def stack_trace(text: str) -> str:
    """The beginning of a stack trace in a text, or ""."""
    found = _TRACE.search(text) if any(sign in text for sign in _SIGNS) else None
    return found.group() if found else ""
