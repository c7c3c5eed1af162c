"""Target specifications: what ``--target`` takes, resolved before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bookproof.errors import UsageError
from bookproof.resources import fixtures_path
from bookproof.targets.files import check_document, read_document, target_from_document

_RESCHEDULE_MODES = ("same-code", "new-code")
#: The name that stands for the mock in each of its dialects, and the targets that it stands for.
MOCK = "mock"
MOCKS = {"imatic-v1": "mock-imatic", "calcom-v2": "mock-calcom"}
_MCP_MODES = ("current", "sessions", "stateless-sse")
_SWITCH = {"yes": True, "no": False}


@dataclass(frozen=True)
class TargetSpec:
    """One target as it was asked for.

    Attributes:
        text: as it was asked for.
        name: unique among the targets of a run: the file's name for it, or the text itself for a variant of the mock.
        dialect: for example ``imatic-v1``.
        document_path: the target file.
        embedded: whether the run itself starts the target, as it does the mock.
        options: arguments for :func:`bookproof.mock.start_mock`, for an embedded target.
        recording: the folder of its cassettes, or of the run that has recorded it, for a target that is judged again
            without a request.
    """

    text: str
    name: str
    dialect: str
    document_path: Path | None
    embedded: bool
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    recording: Path | None = None


def resolve_targets(specs: Sequence[str], environment: Mapping[str, str] = os.environ) -> list[TargetSpec]:
    """The targets that some specifications name.

    A specification is the name of a file below ``fixtures/targets`` (``mock-calcom``, ``imatic``), ``mock`` for the
    mock in both of its dialects, the path of a target file, or the mock with options:
    ``mock:defect=a+b,now=2027-01-13T10:00:00Z,seed=3,reschedule=new-code``, in the dialect of the defects.
    A pattern of defects (``mock:defect=*``) stands for one target per defect.

    Args:
        specs: the specifications; one that is given twice counts once.
        environment: holds what the target files name.

    Raises:
        UsageError: a specification, a file or the environment is wrong, or two targets have the same name.
    """
    found: dict[str, TargetSpec] = {}
    for text in dict.fromkeys(specs):
        for spec in _resolve(text, environment):
            known = found.setdefault(spec.name, spec)
            if known.text != spec.text:
                raise UsageError(
                    f"{known.text} and {spec.text} are both called {spec.name!r}; change the name in one of the files"
                )
    return list(found.values())


def target_names() -> list[str]:
    """The names of the files below ``fixtures/targets``, sorted."""
    return sorted(path.stem for path in fixtures_path("targets").glob("*.toml"))


def _resolve(text: str, environment: Mapping[str, str]) -> list[TargetSpec]:
    if text == MOCK:
        return [_from_file(name, fixtures_path("targets", f"{name}.toml"), environment) for name in MOCKS.values()]
    path = _path(text)
    if path is not None:
        return [_from_file(text, path, environment)]
    name, colon, options = text.partition(":")
    if colon and name == MOCK:
        return _mock_variants(text, options, environment)
    if not colon or name not in target_names():
        raise UsageError(_unknown(text))
    spec = _from_file(name, fixtures_path("targets", f"{name}.toml"), environment)
    if not spec.embedded:
        raise UsageError(f"{text}: only an embedded target takes options; {name} is described by its file")
    return [
        TargetSpec(said, said, spec.dialect, spec.document_path, True, made) for said, made in _variants(name, options)
    ]


def _mock_variants(text: str, options: str, environment: Mapping[str, str]) -> list[TargetSpec]:
    """Variants of the mock, each in the dialect of its defects; without any, in the first one."""
    found: list[TargetSpec] = []
    for said, made in _variants(MOCK, options):
        dialect = _dialect(text, made.get("defects", ()))
        name = MOCKS[dialect]
        spec = _from_file(name, fixtures_path("targets", f"{name}.toml"), environment)
        found.append(TargetSpec(said, said, dialect, spec.document_path, True, made))
    return found


def _dialect(text: str, defects: Sequence[str]) -> str:
    if not defects:
        return next(iter(MOCKS))
    from bookproof.mock.defects import find_defects

    found = sorted({defect.dialect for defect in find_defects(defects)})
    if len(found) > 1:
        raise UsageError(f"{text}: these defects are of {' and '.join(found)}; plant those of one dialect at a time")
    return found[0]


def _path(text: str) -> Path | None:
    """The target file that a text names by its name or path."""
    if text in target_names():
        return fixtures_path("targets", f"{text}.toml")
    path = Path(text)
    if path.suffix == ".toml" or path.is_file():
        return path
    return None


def _unknown(text: str) -> str:
    names = [MOCK, *target_names()]
    near = get_close_matches(text.partition(":")[0], names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    return f"there is no target {text!r}; {hint}there is {', '.join(names)}, or give the path of a target file (.toml)"


def _from_file(text: str, path: Path, environment: Mapping[str, str]) -> TargetSpec:
    document = read_document(path)
    embedded = document.get("embedded") is True
    if embedded:
        check_document(document, str(path))
    else:
        target_from_document(document, environment, str(path))
    return TargetSpec(text, document["name"], document["dialect"], path, embedded)


def _variants(name: str, options: str) -> list[tuple[str, dict[str, Any]]]:
    """Each variant of the mock that some options ask for: its text and the arguments that make it."""
    given: dict[str, str] = {}
    for option in options.split(","):
        key, equals, value = option.partition("=")
        if key not in _OPTIONS or not equals or not value or key in given:
            reason = "is given twice" if key in given else "is not one of its options"
            raise UsageError(
                f"{name}:{options}: {option!r} {reason}; write {name}:<option>=<value>,… with {', '.join(_OPTIONS)}"
            )
        given[key] = value
    variants: list[tuple[str, dict[str, Any]]] = []
    for defects in _defects(given["defect"]) if "defect" in given else [None]:
        words = given if defects is None else {**given, "defect": "+".join(defects)}
        arguments: dict[str, Any] = {} if defects is None else {"defects": defects}
        for key, value in words.items():
            if key != "defect":
                argument, read = _OPTIONS[key]
                try:
                    arguments[argument] = read(value)
                except ValueError as error:
                    raise UsageError(f"{name}:{options}: {key}={value}: {error}") from error
        variants.append((f"{name}:" + ",".join(f"{key}={value}" for key, value in words.items()), arguments))
    return variants


def _defects(text: str) -> list[tuple[str, ...]]:
    """The sets of defects to plant: one, or one for each defect that a pattern matches."""
    from bookproof.mock.defects import all_defects

    known = all_defects()
    if "+" not in text and any(char in text for char in "*?["):
        matching = [(name,) for name in known if fnmatchcase(name, text)]
        if not matching:
            raise UsageError(f"no defect matches {text!r}; see `bookproof list defects`")
        return matching
    names = tuple(dict.fromkeys(text.split("+")))
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "see `bookproof list defects`"
            raise UsageError(f"there is no defect {name!r}; {hint}")
    return [names]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("not an instant; write one such as 2027-01-13T10:00:00Z") from error
    if moment.tzinfo is None:
        raise ValueError("an instant needs a zone; write one such as 2027-01-13T10:00:00Z")
    return moment


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ValueError("not a whole number")
    return int(text)


def _rate(text: str) -> int:
    rate = _whole(text)
    if rate < 1:
        raise ValueError("at least 1 request a minute")
    return rate


def _switch(text: str) -> bool:
    if text not in _SWITCH:
        raise ValueError(f"not one of {', '.join(_SWITCH)}")
    return _SWITCH[text]


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"not one of {', '.join(words)}")
        return text

    return read


#: Option of ``mock:…`` to the argument of ``start_mock`` and how its value is read.
_OPTIONS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "defect": ("defects", str),
    "now": ("now", _moment),
    "seed": ("seed", _whole),
    "reschedule": ("reschedule_mode", _one_of(_RESCHEDULE_MODES)),
    "mcp": ("mcp", _one_of(_MCP_MODES)),
    "rate-limit": ("rate_limit", _rate),
    "threads": ("threads", _switch),
}
