"""Our own TOML files: read, held against their JSON Schema, and every problem named with its line, key and remedy."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, cast

from bookproof.errors import UsageError
from bookproof.targets.formats import zones_like
from bookproof.targets.own_schemas import SchemaPlace, at, own_schema, own_validator
from bookproof.targets.toml_lines import KeyPath, key_lines, syntax_error_line

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
#: Looks like a key or token: never to be repeated in a message.
_SECRET = re.compile(
    r"""cal_ | door_ | bearer\s | ://[^/]*@        # a key, a token, a header, a password in a URL
    | (?=[\w+=-]*\d)[\w+=-]{24}                 # long, without blanks, with digits
    | ^(?=.*[a-z])[\w-]+\.[\w.-]*\d[\w.-]*$""",  # prefix.secret
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a table",
}


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """The document of a TOML file.

    Args:
        path: the file.
        what: what kind of file it should be, for messages: ``target file``.

    Raises:
        UsageError: there is no such file, or it is no TOML; names the line.
    """
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot read this {what}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this {what} is not UTF-8 text; save it as UTF-8") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = syntax_error_line(error, text)
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise UsageError(f"{path}:{line}: not TOML: {reason}; texts stand in quotes, keys before an =") from error


def looks_secret(text: str) -> bool:
    """Whether a text might be a key or token rather than the name of a variable."""
    return bool(_SECRET.search(text))


def shown(value: Any) -> str:
    """A value for a message; tables and lists by their kind, what may be a secret not at all."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str) and looks_secret(value):
        return "a text that may be a secret and is not repeated here"
    written = json.dumps(value, ensure_ascii=False, default=str)
    return written if len(written) <= 80 else f"{written[:80]}…"


class Problem(NamedTuple):
    """Something wrong in a file: where, what, and what to do about it."""

    path: KeyPath
    what: str
    remedy: str


class Problems:
    """Gathers what is wrong in one document, so that all of it can be said at once.

    Args:
        document: as :mod:`tomllib` read it.
        source: the file it came from, or words for where else it came from.
    """

    def __init__(self, document: Mapping[str, Any], source: str) -> None:
        self.document = document
        self.source = source
        self._found: list[Problem] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Iterable[str | int], what: str, remedy: str) -> None:
        """Note a problem; the first one about a key stands."""
        problem = Problem(tuple(path), what, remedy)
        if all(known.path != problem.path for known in self._found):
            self._found.append(problem)

    def unknown_key(self, path: KeyPath, known: Iterable[str], about: str = "") -> None:
        """Note that the last step of a path is no known key."""
        names = list(known)
        near = get_close_matches(str(path[-1]), names, n=1)
        hints = [f"did you mean {near[0]}?"] if near else []
        hints += [f"known here: {', '.join(names)}"] if names else [about]
        self.add(path, "unknown key", " ".join(hints))

    def raise_if_any(self) -> None:
        """Raise UsageError, a line for each problem in the order of the file, if there is one."""
        if self._found:
            raise UsageError("\n".join(text for _, text in sorted(map(self._said, self._found))))

    def _said(self, problem: Problem) -> tuple[int, str]:
        line = self._line(problem.path)
        place = f"{self.source}:{line}" if line else self.source
        key = written_key(problem.path)
        remedy = problem.remedy.rstrip(".")
        return line, f"{place}: {key}: {problem.what}" + (f"; {remedy}" if remedy else "")

    def _line(self, path: KeyPath) -> int:
        """The line of a key, or of the nearest table around a missing one; 0 where there are no lines."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return 1 if self._lines else 0

    @cached_property
    def _lines(self) -> dict[KeyPath, int]:
        try:
            text = Path(self.source).read_text("utf-8")
            same = tomllib.loads(text) == self.document
        except (OSError, ValueError):
            return {}
        return key_lines(text) if same else {}

    def check_schema(self, schema: str, *, dates: bool = False) -> None:
        """Hold the document against one of the schemas in ``schemas/own``.

        Args:
            schema: its name, for example ``target``.
            dates: whether dates may stand without quotes.
        """
        document = self._as_json(self.document, (), dates)
        for error in own_validator(schema).iter_errors(document):
            path = tuple(error.instance_path)
            keyword = str(error.schema_path[-1])
            self._schema_problem(SchemaPlace(own_schema(schema), path), keyword, at(document, path))

    def _schema_problem(self, place: SchemaPlace, keyword: str, value: Any) -> None:
        said = {
            "additionalProperties": self._unknown_keys,
            "required": self._missing_keys,
            "not": self._both_keys,
            "anyOf": self._neither_key,
            "type": self._wrong_type,
            "enum": self._unknown_word,
            "format": self._wrong_format,
        }
        if keyword in said:
            said[keyword](place, value)
        else:
            what = "holds the same twice" if keyword == "uniqueItems" else f"{shown(value)} does not fit"
            self.add(place.path, what, place.description)

    def _unknown_keys(self, place: SchemaPlace, value: Any) -> None:
        known = cast("dict[str, Any]", place.rules.get("properties", {}))
        patterns = cast("dict[str, Any]", place.rules.get("patternProperties", {}))
        for key in value:
            if key not in known and not any(re.search(pattern, key) for pattern in patterns):
                self.unknown_key((*place.path, key), known, place.description)

    def _missing_keys(self, place: SchemaPlace, value: Any) -> None:
        wanted = {*place.rules.get("required", ()), *place.rules.get("else", {}).get("required", ())}
        for key in sorted(wanted - set(value)):
            path = (*place.path, key)
            self.add(path, "is missing", SchemaPlace(place.schema, path).description)

    def _both_keys(self, place: SchemaPlace, _value: Any) -> None:
        first, second = place.rules["not"]["required"]
        self.add((*place.path, second), f"stands beside {first}", place.rules["not"]["description"])

    def _neither_key(self, place: SchemaPlace, _value: Any) -> None:
        either = place.rules if "anyOf" in place.rules else place.rules["else"]
        self.add((*place.path, either["anyOf"][0]["required"][0]), "is missing", either["description"])

    def _wrong_type(self, place: SchemaPlace, value: Any) -> None:
        wanted = place.rules.get("type", "object")
        kinds = " or ".join(_TYPES[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))
        self.add(place.path, f"{shown(value)} is not {kinds}", place.description)

    def _unknown_word(self, place: SchemaPlace, value: Any) -> None:
        words = [str(word) for word in place.rules["enum"]]
        near = get_close_matches(str(value), words, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        self.add(place.path, f"{shown(value)} is not known", f"{hint}known here: {', '.join(words)}")

    def _wrong_format(self, place: SchemaPlace, value: Any) -> None:
        if place.rules["format"] != "iana-time-zone":
            self.add(place.path, f"{shown(value)} does not fit", place.description)
            return
        near = zones_like(value)
        remedy = f"did you mean {' or '.join(near)}?" if near else place.description
        self.add(place.path, f"{shown(value)} is no IANA time zone", remedy)

    def _as_json(self, value: Any, path: KeyPath, dates: bool) -> Any:
        """A copy that JSON can say; what it cannot say is a problem."""
        if isinstance(value, Mapping):
            table = cast("Mapping[str, Any]", value)
            return {key: self._as_json(item, (*path, key), dates) for key, item in table.items()}
        if isinstance(value, list | tuple):
            return [self._as_json(item, (*path, i), dates) for i, item in enumerate(cast("list[Any]", value))]
        if isinstance(value, float) and not math.isfinite(value):
            self.add(path, f"{value} is no number to work with", "write a finite number")
            return None
        if value is None or isinstance(value, str | int | float):
            return value
        if not dates:
            self.add(path, f"{value} is a date and not a text", "write it in quotes")
        return value.isoformat()


def written_key(path: KeyPath) -> str:
    """A path as TOML would write it: ``data.event_types.zones[0].code``."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif looks_secret(step):
            written += ".(a key that may be a secret)"
        else:
            written += f".{step}" if _BARE_KEY.fullmatch(step) else f".{json.dumps(step, ensure_ascii=False)}"
    return written.lstrip(".")
