"""Sweeping: a run that was killed in the middle leaves things on the target, and its ledger finds them again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import tomli_w

from bookproof.mock import MockServer, start_mock

#: So few requests a minute that the run stands still soon after its first bookings.
SLOW = 40


def live(server: MockServer) -> set[str]:
    """Codes of the bookings, webhooks and links that are live on the server."""
    headers = {"authorization": f"Bearer {server.keys['full']}"}

    def items(path: str) -> list[dict[str, Any]]:
        return httpx.get(f"{server.base_url}/v1/{path}", headers=headers).json()["data"]

    bookings = [b["code"] for status in ("confirmed", "pending") for b in items(f"bookings?limit=100&status={status}")]
    links = [link["code"] for link in items("event-types/intro/links?limit=100") if not link["revoked"]]
    return {*bookings, *links, *(webhook["id"] for webhook in items("webhooks?limit=100"))}


def written(server: MockServer, folder: Path, **changes: Any) -> str:
    """A target file for a server."""
    path = folder / "served.toml"
    path.write_text(tomli_w.dumps({**server.target_document, **changes}), encoding="utf-8")
    return str(path)


def test_what_a_killed_run_left_is_swept(tmp_path: Path) -> None:
    """Killed without a chance to clean up; the ledger was written before each request."""
    with start_mock() as server:
        environment = {**os.environ, **server.environment}
        before = live(server)
        target = written(server, tmp_path, limits={"requests_per_minute": SLOW})
        command = [sys.executable, "-m", "bookproof"]
        running = subprocess.Popen(
            [*command, "run", "--target", target, "--reports", str(tmp_path / "reports")],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while len(live(server)) < len(before) + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        running.kill()
        running.wait()
        assert live(server) > before, "the run was killed before it had created anything"

        swept = subprocess.run(
            [*command, "sweep", "--target", written(server, tmp_path), str(tmp_path / "reports")],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert swept.returncode == 0, swept.stdout + swept.stderr
        assert live(server) == before
