"""The command line: help that teaches, errors of one line, and the right exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bookproof import __version__
from bookproof.cli import group, main
from bookproof.errors import Unreachable

HEAVY = (
    "pytest",
    "_pytest",
    "httpx",
    "jsonschema",
    "jsonschema_rs",
    "rich",
    "jinja2",
    "yaml",
    "uvicorn",
    "starlette",
    "h2",
    "locust",
    "gevent",
)
COMMANDS = tuple(group.COMMANDS)


def call(*arguments: str, **environment: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1", group.DEBUG_VARIABLE: "", **environment}).invoke(main, list(arguments))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_help_teaches() -> None:
    shown = call("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in shown
    assert "Exit codes:" in shown
    assert "bookproof run" in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_examples(command: str) -> None:
    found = call(command, "--help")
    assert found.exit_code == 0
    assert f"bookproof {command}" in found.stdout.partition("Options")[2]
    assert "Example" in found.stdout


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\nfrom bookproof.cli import main\n"
        "for words in (['--help'], *([c, '--help'] for c in sys.argv[1:])):\n"
        "    try: main(words)\n"
        "    except SystemExit: pass\n"
        f"print('heavy:', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    shown = python("-c", script, *COMMANDS)
    assert shown.stdout.splitlines()[-1] == "heavy: []", shown.stderr


def test_module_and_version() -> None:
    shown = python("-m", "bookproof", "--version")
    assert (shown.returncode, shown.stdout) == (0, f"bookproof, version {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rum",), "Did you mean 'run'?"),
        (("run", "--allow", "everything"), "destructive"),
        (("run", "--require-judged", "101"), "0<=x<=100"),
        (("run", "--waivers", "no/such.toml"), "no/such.toml"),
        (("run", "-v", "-q"), "exclude each other"),
        (("run", "--max-requests", "0"), "x>=1"),
        (("run", "--target", "nowhere"), "there is no target 'nowhere'"),
        (("run", "--target", "mock:defect=nonsense"), "no defect"),
        (("serve", "--now", "2027-01-13T10:00:00"), "no instant with a zone"),
        (("serve", "--now", "tomorrow"), "no instant with a zone"),
        (("serve", "--defect", "nonsense"), "nonsense"),
        (("explain", "auth.key.revokd"), "did you mean auth.key.revoked"),
        (("explain", "revoked-at-once"), "did you mean auth.key.revoked-at-once"),
        (("list", "tables"), "requirements"),
        (("sweep", "--target", "mock-imatic", "no/such/ledger"), "embedded mock"),
        (("sweep",), "--target"),
        (("doctor", "--target", "nowhere"), "there is no target 'nowhere'"),
    ],
)
def test_usage_errors_exit_with_2_and_name_the_remedy(arguments: tuple[str, ...], words: str) -> None:
    found = call(*arguments)
    assert found.exit_code == 2, found.output
    assert words in found.output
    assert "Traceback" not in found.output


def test_nothing_selected_is_not_success() -> None:
    found = call("run", "--select", "auth.key.revokd")
    assert found.exit_code == 4
    assert "did you mean auth.key.revoked" in found.stderr


def test_excluded_rows_alone_are_not_success() -> None:
    assert call("run", "--select", "auth.key.shown-once").exit_code == 4


def test_our_errors_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise Unreachable("nobody is there")

    monkeypatch.setattr("bookproof.cli.explain.find", fail)
    found = call("explain", "auth.key.missing")
    assert (found.exit_code, found.stderr) == (3, "error: nobody is there\n")
    debugged = call("explain", "auth.key.missing", **{group.DEBUG_VARIABLE: "1"})
    assert isinstance(debugged.exception, Unreachable)


def test_a_mistake_of_ours_exits_with_5(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("start")

    monkeypatch.setattr("bookproof.cli.explain.find", fail)
    found = call("explain", "auth.key.missing")
    assert found.exit_code == 5
    assert found.stderr.startswith("error: KeyError: 'start'\n")
    assert group.DEBUG_VARIABLE in found.stderr


def test_interruption_is_not_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("bookproof.cli.explain.find", interrupt)
    assert call("explain", "auth.key.missing").exit_code == 130


@pytest.mark.parametrize("kind", ["requirements", "probes", "defects", "targets"])
def test_lists_in_every_format(kind: str) -> None:
    rows = json.loads(call("list", kind, "--format", "json").stdout)
    assert rows
    assert len({(row["id"], row.get("dialect")) for row in rows}) == len(rows)
    table = call("list", kind).stdout
    markdown = call("list", kind, "--format", "markdown").stdout.splitlines()
    assert len(markdown) == len(rows) + 2
    assert len({line.replace("\\|", "").count("|") for line in markdown}) == 1
    for row in rows:
        assert row["id"] in table


def test_list_selects() -> None:
    rows = json.loads(call("list", "requirements", "--format", "json", "--select", "links.*").stdout)
    assert rows
    assert all(row["id"].startswith("links.") for row in rows)


def test_reader_who_has_seen_enough_is_no_error() -> None:
    shell = f'set -o pipefail; "{sys.executable}" -m bookproof list requirements --format json | head -1'
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_explain_says_who_asks_and_how_it_is_judged() -> None:
    shown = call("explain", "auth.key.wrong-secret").stdout
    for part in (
        "MUST, documented",
        "REST API §",
        "suites/auth/test_keys.py::",
        "probe auth.wrong-secret",
        "bookproof run",
    ):
        assert part in shown
    assert "secret-not-checked" in shown
    assert "not judged" in call("explain", "auth.key.shown-once").stdout


def test_a_reader_that_leaves_early_changes_nothing(tmp_path: Path) -> None:
    """As with ``| head -1``: the run goes on, and ends with its verdict."""
    words = ["run", "--target", "mock-imatic", "--fuzz", "off", "-v", "--select", "me.*", "--select", "auth.*"]
    command = [sys.executable, "-m", "bookproof", *words, "--require-judged", "0", "--reports", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 0
    assert len(list(tmp_path.glob("*/run.json"))) == 1


def test_doctor_shows_the_plan_without_judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = call("doctor")
    assert found.exit_code == 0, found.output
    for part in ("keys for", "control door", "users/me", "clock agrees", "at most", "creates, and removes", "ready"):
        assert part in found.stdout
    read_only = call("doctor", "--allow", "read").stdout
    assert "the ceiling is read" in read_only
    assert "run with --allow" in read_only
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_what_is_missing_and_never_a_key(tmp_path: Path) -> None:
    file = tmp_path / "staging.toml"
    file.write_text(
        'name = "staging"\ndialect = "imatic-v1"\nbase_url = "http://127.0.0.1:9"\n'
        '[credentials]\nfull = "STAGING_FULL"\nforeign = "STAGING_FOREIGN"\n'
        '[data]\ntime_zone = "UTC"\n[data.event_types.main]\ncode = "intro"\ntime_zone = "UTC"\n'
    )
    found = call("doctor", "--target", str(file), STAGING_FULL="cal_9f2k.very-secret-value")
    assert found.exit_code == 3, found.output
    assert "no key for foreign: environment variable STAGING_FOREIGN is not set" in found.stdout
    assert "does not answer" in found.stdout
    assert "very-secret-value" not in found.output
    assert os.environ.get("STAGING_FULL") is None
