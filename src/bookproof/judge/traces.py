"""Knows the inside of a server when an answer shows it."""

from __future__ import annotations

import re

#: The beginnings of stack traces in the usual languages, and paths of source files.
STACK_TRACE = re.compile(
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+|\bat [\w$.<>]+ ?\([^)]*:\d+(:\d+)?\)"
    r"|goroutine \d+ \[|\.(java|kt|scala):\d+\)|\.rb:\d+:in |#\d+ /[\w/.-]+\.php\(\d+\)"
)
