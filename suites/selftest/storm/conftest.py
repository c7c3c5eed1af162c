"""Storms of the project's own tests: short ones, on the mock, by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
import tomli_w
from click.testing import CliRunner

from bookproof.cli import main
from bookproof.mock import MockServer, start_mock

#: A mock that a storm of a second or two does not reach the limit of.
FAST = "rate-limit=60000"


@dataclass
class Stormed:
    """What a storm came to: exit code, output and its files, if it wrote any."""

    code: int
    out: str
    err: str
    reports: Path

    @cached_property
    def folder(self) -> Path:
        """The storm's own folder."""
        found = sorted(self.reports.glob("*/storm.json"))
        assert found, f"no report was written\n{self.out}\n{self.err}"
        return found[-1].parent

    @cached_property
    def record(self) -> dict[str, Any]:
        """storm.json."""
        return json.loads((self.folder / "storm.json").read_text("utf-8"))

    @property
    def kinds(self) -> set[str]:
        """The kinds of violations that were found."""
        return {trouble["kind"] for trouble in self.record["troubles"] if trouble["severity"] == "violation"}


@pytest.fixture
def storm(tmp_path: Path) -> Callable[..., Stormed]:
    """``storm("--target", …)``: the command in this process, with an environment that may be given."""

    def run(*arguments: str, **environment: str) -> Stormed:
        runner = CliRunner(env={"NO_COLOR": "1", **environment})
        found = runner.invoke(main, ["storm", *arguments, "--reports", str(tmp_path / "reports")])
        return Stormed(found.exit_code, found.stdout, found.stderr, tmp_path / "reports")

    return run


@dataclass
class Served:
    """A mock that is served for several processes.

    Attributes:
        server: the mock.
        target: path of a target file that describes it.
        requests: method and path of every request that has reached it.
    """

    server: MockServer
    target: Path
    requests: list[tuple[str, str]]

    def live(self) -> set[str]:
        """Codes of the bookings that are live on it."""
        found: set[str] = set()
        headers = {"authorization": f"Bearer {self.server.keys['full']}"}
        with httpx.Client(base_url=self.server.base_url, headers=headers, verify=False) as client:
            for status in ("confirmed", "pending"):
                shown = client.get("/v1/bookings", params={"limit": 100, "status": status}).json()["data"]
                found |= {booking["code"] for booking in shown}
        return found


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A served mock that allows a storm, and counts what reaches it."""
    with start_mock(rate_limit=60_000) as server:
        target = tmp_path / "served.toml"
        document = {**server.target_document, "name": "served", "storm": {"allow": True, "max_users": 50}}
        target.write_text(tomli_w.dumps(document), "utf-8")
        found = Served(server, target, [])
        run = server.mock.serving.run

        async def counted(handler: Any, call: Any) -> Any:
            found.requests.append((call.method, call.path))
            return await run(handler, call)

        server.mock.serving.run = counted
        yield found
