"""Finds the line on which a TOML file gives a value: the standard library's reader does not tell."""

from __future__ import annotations

import re
import tomllib
from typing import Any, cast

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TEXTS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)
# A number, a date or a word ends where a list, a table, a comment or the line goes on.
_PLAIN = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key and list item of a TOML text that :mod:`tomllib` accepts.

    A path is made of keys and list indexes: ``("data", "event_types", "zones", 0, "code")``. Tables count from
    the line of their header or, where they have none, of the first key that names them.
    """
    return _Reader(text).read()


def syntax_error_line(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line that a syntax error speaks of; the last one, where the text ends too early."""
    found = re.search(r"at line (\d+)", str(error))
    return int(found.group(1)) if found else text.rstrip("\n").count("\n") + 1


class _Reader:
    """Walks through a text that is known to be right, so that it need not doubt anything."""

    def __init__(self, text: str) -> None:
        # tomllib does the same before it reads.
        self.text = text.replace("\r\n", "\n")
        self.at = 0
        self.line = 1
        self.lines: dict[KeyPath, int] = {}
        self.lengths: dict[KeyPath, int] = {}

    def read(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self._skip(_BLANK_LINES) and self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header("[[", "]]")
                index = self.lengths.get(table, 0)
                self.lengths[table] = index + 1
                table = (*table, index)
                self.lines[table] = self.line
            elif self.text[self.at] == "[":
                table = self._header("[", "]")
                self.lines[table] = self.line
            else:
                self._pair(table)
        return self.lines

    def _header(self, opening: str, closing: str) -> KeyPath:
        self.at += len(opening)
        path = self._indexed(self._key())
        self.at += len(closing)
        return path

    def _indexed(self, keys: KeyPath) -> KeyPath:
        """The path of a header: below a list of tables, the table that was begun last."""
        path: KeyPath = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            self.lines.setdefault(path, self.line)
            if path in self.lengths and number < len(keys) - 1:
                path = (*path, self.lengths[path] - 1)
        return path

    def _pair(self, table: KeyPath) -> None:
        path = table
        for key in self._key():
            path = (*path, key)
            self.lines.setdefault(path, self.line)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> KeyPath:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            quoted = self.text[self.at] in "\"'"
            part = self._take_text() if quoted else self._take(_BARE_KEY)
            keys.append(cast("str", _read_text(part)) if quoted else part)
            self._skip(_BLANK)
            if self.text[self.at] != ".":
                return tuple(keys)
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        first = self.text[self.at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._take_text()
        else:
            self._take(_PLAIN)

    def _list(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self._skip(_BLANK_LINES) and self.text[self.at] != "]":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self.lines[(*path, index)] = self.line
            self._value((*path, index))
            index += 1
        self.at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while self._skip(_BLANK_LINES) and self.text[self.at] != "}":
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

    def _take_text(self) -> str:
        for pattern in _TEXTS:
            if pattern.match(self.text, self.at):
                return self._take(pattern)
        raise ValueError(f"line {self.line} holds an unfinished text")

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"line {self.line} is not TOML")
        self.at = match.end()
        self.line += match.group().count("\n")
        return match.group()

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        self._take(pattern)
        return True


def _read_text(part: str) -> Any:
    return tomllib.loads(f"x = {part}")["x"]
