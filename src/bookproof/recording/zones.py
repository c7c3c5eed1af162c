"""Time zones as they were when a run was recorded: governments change them, and what was right then must stay so."""

from __future__ import annotations

import re
import zlib
import zoneinfo
from base64 import b64decode, b64encode
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

#: What looks like the name of a zone, in a body or a URL.
_NAME = re.compile(r"\b[A-Z][A-Za-z_]+(?:/|%2F)[A-Z][A-Za-z_+-]+(?:(?:/|%2F)[A-Z][A-Za-z_]+)?")


def zones_in(text: str) -> set[str]:
    """What may be names of zones in a text; most are."""
    return {name.replace("%2F", "/") for name in _NAME.findall(text)}


def zone_data(name: str) -> str:
    """The rules of a zone on this machine: a TZif file (RFC 8536), compressed, in base64; "" if there is none."""
    raw = _raw(name)
    return b64encode(zlib.compress(raw, 9)).decode() if raw else ""


def rules_of(data: str) -> bytes:
    """The inverse of :func:`zone_data`: the TZif file.

    Raises:
        ValueError: it is something else.
    """
    try:
        return zlib.decompress(b64decode(data))
    except zlib.error as why:
        raise ValueError(str(why)) from why


def _raw(name: str) -> bytes:
    parts = name.split("/")
    with suppress(OSError, ValueError):
        places = [*map(Path, zoneinfo.TZPATH), files("tzdata") / "zoneinfo"]
        for place in places:
            file = place.joinpath(*parts)
            if file.is_file():
                return file.read_bytes()
    return b""


@contextmanager
def zones_of_then(recorded: Mapping[str, str]) -> Generator[None]:
    """Let zones have the rules that were recorded; those that were not have those of this machine.

    Args:
        recorded: name to what :func:`zone_data` said.

    Raises:
        ValueError: something else was recorded.
    """
    then = {name: rules_of(data) for name, data in recorded.items()}
    if all(_raw(name) == raw for name, raw in then.items()):
        yield
        return
    before = zoneinfo.TZPATH
    with TemporaryDirectory(prefix="bookproof-zones-") as folder:
        for name, raw in then.items():
            file = Path(folder, *name.split("/")).resolve()
            if Path(folder).resolve() in file.parents:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(raw)
        zoneinfo.reset_tzpath([folder, *before])
        zoneinfo.ZoneInfo.clear_cache()
        try:
            yield
        finally:
            zoneinfo.reset_tzpath(before)
            zoneinfo.ZoneInfo.clear_cache()
