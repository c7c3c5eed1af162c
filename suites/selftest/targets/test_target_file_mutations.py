"""Whatever stands in a target file: it is a target or a usage error, never an error of ours, never a leak."""

from __future__ import annotations

import copy
import tomllib
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bookproof.errors import UsageError
from bookproof.resources import fixtures_path
from bookproof.targets.binding import Binding
from bookproof.targets.files import target_from_document

SECRET = "cal_abc123.s3cr3tMaterial"
WHOLE = tomllib.loads(fixtures_path("targets", "example.toml").read_text("utf-8")) | {
    "timeouts": {"connect": 1, "read": 2},
    "verify_tls": True,
    "door": {"base_url": "http://127.0.0.1:9", "token_env": "MINE_DOOR", "supports": ["clock"]},
}
WHOLE["data"]["event_types"]["zones"] = [
    {"code": "night", "time_zone": "Asia/Kolkata", "overrides": {"2027-01-01": []}}
]
ENVIRONMENT = {
    "BOOKPROOF_EXAMPLE_URL": "http://127.0.0.1:9",
    "BOOKPROOF_EXAMPLE_FULL_KEY": "cal_a.b",
    "MINE_DOOR": "token",
}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 10**6)
    | st.floats()
    | st.dates(date(2026, 1, 1), date(2028, 1, 1))
    | st.sampled_from(
        ["", "{", "a..b", SECRET, "24:00-09:00", "09:00-24:00", "Europe/Berlin", "GET", "\u00a0", "2027-02-30"]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["code", "start", SECRET]), inner, max_size=2)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a document, the document itself aside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in ((*path, key), *places(item, (*path, key)))]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(places(WHOLE)), st.sampled_from(["change", "remove", "rename"]), VALUES)
def test_spoilt_document(place: tuple[Any, ...], how: str, value: Any) -> None:
    """Change, remove or rename any part of a right document."""
    document = copy.deepcopy(WHOLE)
    table: Any = document
    for step in place[:-1]:
        table = table[step]
    if how == "change":
        table[place[-1]] = value
    elif how == "remove" or isinstance(place[-1], int):
        del table[place[-1]]
    else:
        table[SECRET] = table.pop(place[-1])
    said, target = "", None
    try:
        target = target_from_document(document, ENVIRONMENT, "nowhere.toml")
    except UsageError as error:
        said = str(error)
    assert bool(said) == (target is None)
    assert "s3cr3t" not in said
    assert all(line.startswith("nowhere.toml: ") for line in said.splitlines())
    if target is not None:
        Binding(target.dialect, target.binding)


def test_right_document() -> None:
    """The document that is spoilt above is right itself."""
    assert target_from_document(WHOLE, ENVIRONMENT, "nowhere.toml").name == "example"
