"""What ``--target`` takes: names, paths and variants of the mock, resolved before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bookproof.errors import UsageError
from bookproof.mock import start_mock
from bookproof.mock.defects import all_defects
from bookproof.resources import fixtures_path
from bookproof.targets.specs import resolve_targets, target_names

FILE = 'name = "{name}"\ndialect = "imatic-v1"\nbase_url = "http://127.0.0.1:9"\ncredentials.full = "MINE_FULL"\n'
ENVIRONMENT = {"MINE_FULL": "cal_a.b"}


def made(folder: Path, file: str, name: str) -> str:
    """The path of a new target file."""
    path = folder / file
    path.write_text(FILE.format(name=name), "utf-8")
    return str(path)


def test_names_are_files() -> None:
    """A name stands for a file below fixtures/targets."""
    assert {"mock-imatic", "mock-calcom", "imatic", "calcom", "example"} <= set(target_names())
    found = resolve_targets(["mock"])
    assert [(spec.name, spec.dialect) for spec in found] == [("mock-imatic", "imatic-v1"), ("mock-calcom", "calcom-v2")]
    assert all(spec.embedded and not spec.options for spec in found)
    assert [spec.document_path for spec in found] == [fixtures_path("targets", f"{spec.name}.toml") for spec in found]


def test_path_of_a_file(tmp_path: Path) -> None:
    """The target is called what its file calls it."""
    path = made(tmp_path, "any.toml", "staging")
    [spec] = resolve_targets([path], ENVIRONMENT)
    assert (spec.text, spec.name, spec.embedded, spec.document_path) == (path, "staging", False, Path(path))


def test_variant_of_the_mock() -> None:
    """Options become arguments of the mock, and the text its name; a mock really starts with them."""
    text = "mock:defect=me-shows-secret+no-retry-after,now=2027-01-13T10:00:00Z,seed=3,reschedule=new-code,threads=yes"
    [spec] = resolve_targets([text])
    assert spec.name == spec.text == text
    assert spec.options == {
        "defects": ("me-shows-secret", "no-retry-after"),
        "now": datetime(2027, 1, 13, 10, tzinfo=UTC),
        "seed": 3,
        "reschedule_mode": "new-code",
        "threads": True,
    }
    with start_mock(**spec.options) as mock:
        assert mock.mock.domain.seed == 3
        assert mock.mock.serving.threads


def test_every_defect_at_once() -> None:
    """A pattern stands for one target per defect, each with a name of its own and the other options."""
    specs = resolve_targets(["mock:defect=*,seed=3"])
    assert [spec.options for spec in specs] == [{"defects": (name,), "seed": 3} for name in all_defects()]
    assert [spec.name for spec in specs] == [f"mock:defect={name},seed=3" for name in all_defects()]
    some = resolve_targets(["mock:defect=dst-*"])
    assert {spec.options["defects"][0] for spec in some} == {n for n in all_defects() if n.startswith("dst-")}


def test_several_targets_in_the_order_asked_for(tmp_path: Path) -> None:
    """The same one twice counts once."""
    path = made(tmp_path, "any.toml", "staging")
    specs = resolve_targets([path, "mock:seed=1", "mock", path], ENVIRONMENT)
    assert [spec.name for spec in specs] == ["staging", "mock:seed=1", "mock-imatic", "mock-calcom"]


def test_two_targets_of_one_name_are_refused(tmp_path: Path) -> None:
    """Reports could not tell them apart."""
    paths = [made(tmp_path, file, "staging") for file in ("a.toml", "b.toml")]
    with pytest.raises(UsageError, match=r"a\.toml and .*b\.toml are both called 'staging'"):
        resolve_targets(paths, ENVIRONMENT)


def test_wrong_file_is_found_at_once(tmp_path: Path) -> None:
    """The whole file and its environment are checked before a run begins."""
    path = made(tmp_path, "any.toml", "staging")
    with pytest.raises(UsageError, match=r"any\.toml:4: credentials\.full: environment variable MINE_FULL is not set"):
        resolve_targets([path], {})
    Path(path).write_text('name = "e"\ndialect = "imatic-v1"\nembedded = true\nbase_url = "http://127.0.0.1:9"\n')
    with pytest.raises(UsageError, match=r"any\.toml:4: base_url: the embedded mock brings this itself"):
        resolve_targets([path], {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mok", "did you mean mock\\? there is mock, calcom, example, imatic, mock-calcom, mock-imatic"),
        ("", "there is mock, calcom, example, imatic, mock-calcom, mock-imatic"),
        ("staging", "or give the path of a target file"),
        ("nowhere.toml", "nowhere.toml: cannot read this target file"),
        ("imatc:seed=1", "did you mean imatic"),
        ("mock:", "defect, now, seed, reschedule, mcp, rate-limit, threads"),
        ("mock:seed", "'seed' is not one of its options"),
        ("mock:colour=red", "'colour=red' is not one of its options"),
        ("mock:seed=1,seed=2", "'seed=2' is given twice"),
        ("mock:seed=-1", "seed=-1: not a whole number"),
        ("mock:rate-limit=0", "at least 1"),
        ("mock:now=tomorrow", "2027-01-13T10:00:00Z"),
        ("mock:now=2027-01-13T10:00:00", "needs a zone"),
        ("mock:reschedule=twice", "same-code, new-code"),
        ("mock:threads=maybe", "not one of yes, no"),
        ("mock:defect=me-show-secret", "did you mean me-shows-secret"),
        ("mock:defect=zzz*", "no defect matches 'zzz\\*'"),
    ],
)
def test_what_is_not_known_is_answered_with_what_is(text: str, words: str) -> None:
    """Each wrong specification is a usage error with a way on."""
    with pytest.raises(UsageError, match=words):
        resolve_targets([text])


def test_only_the_mock_takes_options(tmp_path: Path) -> None:
    """A real target is described by its file."""
    environment = {"BOOKPROOF_EXAMPLE_URL": "http://127.0.0.1:9", "BOOKPROOF_EXAMPLE_FULL_KEY": "cal_a.b"}
    with pytest.raises(UsageError, match="only an embedded target takes options"):
        resolve_targets(["example:seed=1"], environment)
    with pytest.raises(UsageError, match="there is no target"):
        resolve_targets([made(tmp_path, "any.toml", "staging") + ":seed=1"], ENVIRONMENT)
