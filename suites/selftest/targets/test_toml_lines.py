"""Lines of keys: every way in which TOML lets a value be written."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookproof.resources import data_root
from bookproof.targets.toml_lines import key_lines, syntax_error_line

EVERYTHING = '''\
name = "a # no comment" # a comment
a.b . "c d" = 1
"q.r" = [1, # one
  2,

  { z = "}],", y = [ "]" ] },
]
text = """
fake = 1
\\""" still "" here """
literal = \'\'\'
[fake]
\'\'\'\'
after = \'one # line\'

[ t . "u v" ] # comment
moment = 2026-12-01 07:00:00
empty = ""

[[list]]
x = 1
[list.sub]
y = 2

[[list]]
  x = { p.q = 1, r = {} }
[[list.deep]]
z = inf
[t]
late = 0x1f
'''
LINES = {
    ("name",): 1,
    ("a", "b", "c d"): 2,
    ("q.r",): 3,
    ("q.r", 1): 4,
    ("q.r", 2): 6,
    ("q.r", 2, "y", 0): 6,
    ("text",): 8,
    ("literal",): 11,
    ("after",): 14,
    ("t", "u v"): 16,
    ("t", "u v", "moment"): 17,
    ("t", "u v", "empty"): 18,
    ("list",): 20,
    ("list", 0): 20,
    ("list", 0, "sub", "y"): 23,
    ("list", 1): 25,
    ("list", 1, "x", "p", "q"): 26,
    ("list", 1, "x", "r"): 26,
    ("list", 1, "deep", 0, "z"): 28,
    ("t",): 29,
    ("t", "late"): 30,
}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """The path of everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths(item, (*path, key)) for key, item in inner))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_of_everything(newline: str) -> None:
    """Comments, quotes, dots, many lines, tables in every form."""
    found = key_lines(EVERYTHING.replace("\n", newline))
    assert {path: found.get(path) for path in LINES} == LINES
    assert set(found) == paths(tomllib.loads(EVERYTHING)) - {()}


@pytest.mark.parametrize(
    "path",
    [*sorted(data_root().glob("fixtures/targets/*.toml")), *sorted(data_root().glob("schemas/*/*/*.toml"))],
    ids=lambda path: path.name,
)
def test_lines_of_our_own_files(path: Path) -> None:
    """Every key of a real file is found, on a line that names it."""
    text = path.read_text("utf-8")
    found = key_lines(text)
    assert set(found) == paths(tomllib.loads(text)) - {()}
    lines = text.splitlines()
    for keys, line in found.items():
        if isinstance(keys[-1], str):
            assert keys[-1] in lines[line - 1]


KEYS = st.text(min_size=1, max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def quoted(text: str) -> str:
    """A text as a basic TOML string."""
    return '"' + "".join(char if char.isalnum() and char.isascii() else f"\\U{ord(char):08x}" for char in text) + '"'


def written(value: Any, newline: str) -> str:
    """A value as TOML; lists go over several lines."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)} = {written(item, '')}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ",".join(f"{newline} {written(item, newline)}" for item in value) + f"{newline}]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


@given(st.dictionaries(KEYS.filter(str.isprintable), VALUES, max_size=4), st.sampled_from(["", "\n", " # ]\n"]))
def test_lines_of_anything(document: dict[str, Any], newline: str) -> None:
    """Whatever tomllib reads has a line for every key, never before the line of what holds it."""
    text = "\n".join(f"{quoted(key)} = {written(value, newline)}" for key, value in document.items())
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return  # an inline table over several lines, or a surrogate: not TOML
    found = key_lines(text)
    assert set(found) == paths(read) - {()}
    for path, line in found.items():
        assert 1 <= found.get(path[:-1], 1) <= line <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = \n", 1), ("a = 1\nb\n", 2), ('a = 1\n\nb = "x\n', 3), ("a = 1\nb = [1,\n\n", 2), ("a = 1\na = 2\n", 2)],
)
def test_line_of_a_syntax_error(text: str, line: int) -> None:
    """A text that ends too early is wrong on its last line."""
    with pytest.raises(tomllib.TOMLDecodeError) as error:
        tomllib.loads(text)
    assert syntax_error_line(error.value, text) == line
