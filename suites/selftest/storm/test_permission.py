"""Who may be stormed, and options that do not go together: one message, exit 2, nothing sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from storm.conftest import Stormed

Storm = Callable[..., Stormed]

TARGET = """\
name = "staging"
dialect = "imatic-v1"
base_url = "https://calendar.example.com"
safety = "{safety}"
[credentials]
full = "STAGING_KEY"
{storm}
"""


@pytest.mark.parametrize(
    ("safety", "table", "words"),
    [
        ("visible", "", "storm.allow: is missing, and a storm needs it; write allow = true below [storm]"),
        ("visible", "[storm]\nallow = false", "8: storm.allow: is not true"),
        (
            "write",
            "[storm]\nallow = true",
            "4: safety: a storm is visible to others, and the ceiling here is write; set",
        ),
        ("visible", "[storm]\nallow = true\nmax_users = 5", "storm.max_users: allows 5 users, and 20 were asked for"),
        ("visible", "[storm]\nmax_users = 5", "storm.allow: is missing"),
        ("visible", "[storm]\nallow = true\nusers = 5", "storm.users: unknown key; did you mean max_users?"),
        ("visible", '[storm]\nallow = "yes"', 'storm.allow: "yes" is not true or false'),
    ],
)
def test_a_target_that_does_not_allow_it_is_not_stormed(
    tmp_path: Path, storm: Storm, safety: str, table: str, words: str
) -> None:
    """The message names the file, the key and the remedy, whatever the role of the machine."""
    file = tmp_path / "staging.toml"
    file.write_text(TARGET.format(safety=safety, storm=table), "utf-8")
    found = storm("--target", str(file), STAGING_KEY="cal_9f2k.a-secret-value")
    assert found.code == 2, found.out + found.err
    assert words in found.err
    assert str(file) in found.err
    assert "a-secret-value" not in found.out + found.err
    assert not found.reports.exists()
    if "20 were asked for" not in words:
        worker = storm(
            "--target", str(file), "--worker", "--master-host", "127.0.0.1:9", STAGING_KEY="cal_9f2k.a-secret"
        )
        assert worker.code == 2
        assert words in worker.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--master", "--worker"), "exclude each other"),
        (("--master",), "--workers is missing"),
        (("--workers", "2"), "need --master"),
        (("--bind", "127.0.0.1:5557"), "need --master"),
        (("--worker",), "--master-host is missing"),
        (("--master-host", "10.0.0.1"), "needs --worker"),
        (("--master", "--workers", "2", "--processes", "2"), "for one machine alone"),
        (("--master", "--workers", "2", "--bind", "here:there"), "is no HOST:PORT"),
        (("--worker", "--master-host", "10.0.0.1:99999"), "is no HOST:PORT"),
        (("--users", "2", "--processes", "3"), "raise --users"),
        (("--seconds", "0"), "0<x<=3600"),
        (("--requests", "0"), "1<=x<="),
        (("--target", "mock-imatic", "--master", "--workers", "1"), "cannot reach the embedded mock"),
        (("--target", "mock-imatic", "--worker", "--master-host", "10.0.0.1"), "name a target file"),
        (("--target", "mock:defect=*"), "storm one at a time"),
        (("--target", "nowhere"), "there is no target 'nowhere'"),
    ],
)
def test_usage_errors_end_with_2(storm: Storm, arguments: tuple[str, ...], words: str) -> None:
    """One message that says what to do."""
    found = storm(*arguments)
    assert found.code == 2, found.out + found.err
    assert words in " ".join(found.err.split())
    assert not found.reports.exists()


def test_without_locust_it_says_how_to_install_it(tmp_path: Path) -> None:
    """Nothing is started."""
    script = "import sys; sys.modules['locust'] = None; from bookproof.cli import main; main(['storm'])"
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path
    )
    assert shown.returncode == 2
    assert 'pip install "bookproof[storm]"' in shown.stderr
    assert "Traceback" not in shown.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_main_process_never_imports_locust() -> None:
    """It would patch the sockets of everything else."""
    script = (
        "import sys\n"
        "import bookproof.cli.storm, bookproof.storm.storm, bookproof.storm.report, bookproof.storm.engine\n"
        "print(sorted({'locust', 'gevent'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert shown.stdout == "[]\n", shown.stderr
