"""Targets that are judged from their cassettes, and runs that are kept as such."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bookproof.errors import UsageError
from bookproof.recording.cassettes import TARGET, read_cassettes, read_header, write_cassettes
from bookproof.recording.run_files import read_run_files
from bookproof.resources import fixtures_path
from bookproof.run_folder import file_name
from bookproof.targets.files import read_document
from bookproof.targets.specs import MOCK, MOCKS, TargetSpec, target_names

if TYPE_CHECKING:
    from bookproof.recording.model import Recording
    from bookproof.render.record import RunRecord

#: Where cassettes are kept, seen from where a command is given.
FOLDER = Path("fixtures", "cassettes")


def offline_targets(texts: Sequence[str], cassettes: Path | None = None) -> list[TargetSpec]:
    """The targets that some specifications name, to be judged from their cassettes.

    Args:
        texts: what ``--target`` takes; the folder of a target's cassettes, too.
        cassettes: where their folders are; by default below the working directory, and those that come with the suite.

    Raises:
        UsageError: there are no cassettes of a target, or two have the same name.
    """
    found: dict[str, TargetSpec] = {}
    names = [name for text in texts for name in (MOCKS.values() if text == MOCK else (text,))]
    for text in dict.fromkeys(names):
        folder = cassettes_of(text, cassettes)
        header = read_header(folder)
        spec = TargetSpec(text, header.target, header.dialect, None, embedded=False, recording=folder)
        known = found.setdefault(spec.name, spec)
        if known is not spec:
            raise UsageError(f"{known.text} and {text} are both cassettes of {spec.name!r}; give one of them at a time")
    return list(found.values())


def cassettes_of(text: str, cassettes: Path | None = None) -> Path:
    """The folder with the cassettes of a target; see :func:`offline_targets`.

    Raises:
        UsageError: there is none.
    """
    if (Path(text) / TARGET).is_file():
        return Path(text)
    name = file_name(name_of(text))
    places = [cassettes / name] if cassettes else [FOLDER / name, fixtures_path("cassettes", name)]
    for place in places:
        if (place / TARGET).is_file():
            return place
    looked = " and ".join(dict.fromkeys(map(str, places)))
    raise UsageError(
        f"there are no cassettes of target {text!r}: looked in {looked}; "
        f"record some with `bookproof run --record --target {text}`, or say with --cassettes where they are"
    )


def name_of(text: str) -> str:
    """The name of the target that a specification names; its file is read, but not what it names in the environment."""
    path = fixtures_path("targets", f"{text}.toml") if text in target_names() else Path(text)
    if path.suffix != ".toml":
        return text
    name = read_document(path).get("name")
    if not isinstance(name, str):
        raise UsageError(f"{path}: this target file has no name; give it one such as name = 'staging'")
    return name


def read_recording(spec: TargetSpec) -> Recording | None:
    """What a target is judged from instead of by requests: its cassettes, or what a run has recorded; or None.

    Raises:
        UsageError: it cannot be read at all.
    """
    folder = spec.recording
    if folder is None:
        return None
    if (folder / TARGET).is_file():
        files = ((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.iterdir()))
        return _read_once(folder, tuple(files))
    return read_run_files(folder, spec.name)


def earlier_standins(name: str, cassettes: Path | None = None) -> Mapping[str, str]:
    """Environment variable to what stands for its value in the cassettes of a target; nothing if it has none yet."""
    folder = (cassettes or FOLDER) / file_name(name)
    try:
        return read_header(folder).environment
    except UsageError:
        return {}


@lru_cache(maxsize=8)
def _read_once(folder: Path, files: tuple[tuple[str, int, int], ...]) -> Recording:  # noqa: ARG001  a part of the key
    # It is looked at before it is judged, for what is damaged.
    return read_cassettes(folder)


def check_before_recording(specs: Sequence[TargetSpec], select: Sequence[str], cassettes: Path) -> None:
    """Refuse to put the recording of some requirements in the place of that of others.

    Raises:
        UsageError: there are cassettes that such a run would not write again.
    """
    for spec in specs:
        folder = cassettes / file_name(spec.name)
        if select and (folder / TARGET).is_file() and list(read_header(folder).select) != list(select):
            raise UsageError(
                f"{folder} was recorded for other requirements than --select {' '.join(select)} names, and would be "
                "replaced; record all of them, or into another folder with --cassettes"
            )


def keep_cassettes(record: RunRecord, run: Path, cassettes: Path) -> Iterator[str]:
    """Keep what a run has recorded as cassettes, and say so, a line for each target.

    Args:
        record: of the run.
        run: its folder.
        cassettes: where the folders of the targets are.

    Raises:
        UsageError: something cannot be written.
    """
    for target in record.targets:
        folder = cassettes / file_name(target.name)
        if target.unreachable or not target.requests:
            yield f"not recorded: {target.name} was not reached; {folder} is as it was"
            continue
        write_cassettes(read_run_files(run, target.name), folder)
        yield f"recorded {folder}"
