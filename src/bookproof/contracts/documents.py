"""Where the documents of a dialect lie, and how our own YAML files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bookproof.errors import UsageError
from bookproof.resources import data_root, schema_path

# libyaml reads the same documents several times faster, where it is there.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """The document of a YAML file."""
    return yaml.load(path.read_bytes(), Loader=_LOADER)  # noqa: S506 - both loaders are the safe one


def dialects(name: str = "requirements.yaml") -> tuple[str, ...]:
    """The dialects that have a document of a name, by default a catalogue; sorted, for example ``imatic-v1``."""
    found = data_root().glob(f"schemas/*/*/{name}")
    return tuple(sorted(f"{path.parts[-3]}-{path.parts[-2]}" for path in found))


def document_path(dialect: str, name: str) -> Path:
    """A document of a dialect: ``imatic-v1`` and ``openapi.yaml`` name ``schemas/imatic/v1/openapi.yaml``.

    Raises:
        UsageError: there is no such dialect, or it has no such document.
    """
    vendor, _, version = dialect.rpartition("-")
    path = schema_path(vendor, version, name)
    if not vendor or not path.is_file():
        raise UsageError(f"there is no dialect {dialect!r} with {name}; there is {', '.join(dialects(name))}")
    return path
