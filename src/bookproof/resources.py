"""Where the suites, schemas and fixtures lie: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@cache
def data_root() -> Path:
    """The folder that holds ``suites/``, ``schemas/`` and ``fixtures/``.

    A wheel carries them in ``bookproof/_data``; an editable install finds them at the top of the checkout.

    Raises:
        FileNotFoundError: the installation carries neither.
    """
    for candidate in (_PACKAGE / "_data", _PACKAGE.parents[1]):
        if (candidate / "schemas" / "own").is_dir():
            return candidate
    raise FileNotFoundError("bookproof is installed without its schemas; reinstall it from a wheel or a checkout")


def schema_path(*parts: str) -> Path:
    """A file below ``schemas/``, named by its parts: ``schema_path("imatic", "v1", "openapi.yaml")``."""
    return data_root().joinpath("schemas", *parts)


def suites_path() -> Path:
    """The folder of the suites."""
    return data_root() / "suites"


def fixtures_path(*parts: str) -> Path:
    """A file below ``fixtures/``."""
    return data_root().joinpath("fixtures", *parts)
