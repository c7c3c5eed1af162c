"""``bookproof serve``: what it prints works as printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A served mock, what it has printed, and the target file that it has written."""
    target = tmp_path / "served.toml"
    words = [sys.executable, "-m", "bookproof", "serve", "--write-target", str(target)]
    words += ["--defect", "secret-not-checked", "--now", "2027-01-13T10:00:00Z"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    try:
        yield process, printed, target
    finally:
        process.kill()
        process.communicate()


def test_printed_script_works_and_interruption_ends_it(served: tuple[subprocess.Popen[str], str, Path]) -> None:
    process, printed, target = served
    answer = subprocess.run(["sh", "-c", printed], capture_output=True, text=True, timeout=30, check=True)
    assert answer.stdout.startswith('{"success":true')
    assert "# Planted: secret-not-checked" in printed
    document = tomllib.loads(target.read_text("utf-8"))
    names = subprocess.run(
        ["sh", "-c", printed.replace("curl ", "true ") + "\nenv"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    ).stdout
    environment = dict(line.split("=", 1) for line in names.splitlines() if line.startswith("BOOKPROOF_MOCK_"))
    wanted = {*document["credentials"].values(), document["door"]["token_env"]}
    assert wanted == {name for name in environment if "_CALCOM_" not in name}
    key = environment[document["credentials"]["full"]]
    me = httpx.get(f"{document['base_url']}/v1/users/me", headers={"authorization": f"Bearer {key}"}, trust_env=False)
    assert me.status_code == 200
    for value in environment.values():
        assert value not in target.read_text("utf-8")
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode == 0
    assert complaint == "# ended\n"


def test_written_target_file_is_judged(served: tuple[subprocess.Popen[str], str, Path], tmp_path: Path) -> None:
    _, printed, target = served
    judge = f'"{sys.executable}" -m bookproof run --target "{target}" --select "auth.key.*" --reports "{tmp_path}/r" -q'
    script = printed.replace("curl ", "true ") + judge
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    (folder,) = (tmp_path / "r").iterdir()
    assert {"run.json", "junit.xml", "report.html"} <= {path.name for path in folder.iterdir()}
    keys = [line.partition("=")[2].split()[0] for line in printed.splitlines() if "_KEY=" in line]
    # What tells nothing by itself, the prefix before the dot, may be shown.
    secrets = [key.rpartition(".")[2] for key in keys]
    for path in folder.iterdir():
        text = path.read_text("utf-8")
        assert not [secret for secret in secrets if secret[: len(secret) // 2] in text], path.name


def test_taken_port_is_a_usage_error(served: tuple[subprocess.Popen[str], str, Path]) -> None:
    _, _, target = served
    port = tomllib.loads(target.read_text("utf-8"))["base_url"].rpartition(":")[2]
    words = [sys.executable, "-m", "bookproof", "serve", "--port", port]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False, env={**os.environ})
    assert done.returncode == 2
    assert "choose another --port" in done.stderr
