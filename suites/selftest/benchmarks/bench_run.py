"""How much a run costs beyond its requests: the run against a bare loop that sends the same exchanges.

Run it with ``python suites/selftest/benchmarks/bench_run.py``. Both sides speak to equal, fresh mocks on a warm
connection, and start-up is left out on both. It is measured twice: with the mock embedded in this process, as
``bookproof run`` does it, and with the mock in a process of its own, as ``bookproof serve`` does it, which is nearer to
judging somebody's server. What counts is the ratio; the times depend on the machine.
"""

from __future__ import annotations

import gc
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from bookproof.mock import start_mock
from bookproof.options import RunOptions
from bookproof.render.record import RunRecord
from bookproof.run import run
from bookproof.verdict import Verdict

ROUNDS = 7
#: Method, path, headers, body, status.
Sent = tuple[str, str, dict[str, str], bytes, int]
#: A fresh mock: the target to name and its base URL; the URL is empty for one that the run embeds.
Place = Callable[[], AbstractContextManager[tuple[str, str]]]


@contextmanager
def embedded_for_run() -> Iterator[tuple[str, str]]:
    """The run starts its own mock."""
    yield "mock", ""


@contextmanager
def embedded_for_loop() -> Iterator[tuple[str, str]]:
    """A mock in a thread of this process."""
    with start_mock() as server:
        yield "mock", server.base_url


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """A mock in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "served.toml"
        command = [sys.executable, "-m", "bookproof", "serve", "--write-target", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = ""
            while "bookproof run --target" not in said:
                said += process.stdout.readline()
            os.environ.update(re.findall(r"^export (\w+)=(\S+)", said, re.MULTILINE))
            found = re.search(r'base_url = "([^"]+)"', file.read_text("utf-8"))
            assert found is not None
            try:
                yield str(file), found.group(1)
            finally:
                process.terminate()


_TELLING = frozenset({"authorization", "content-type", "accept"})


def timed_run(folder: Path, place: Place) -> tuple[float, list[Sent]]:
    """Judge a mock; the seconds from the first request to the last report, and what was sent.

    The few calls of the control door are among it: without them the loop would get other answers.
    """
    sent: list[Sent] = []
    first: list[float] = []
    send = httpx.Client.send

    def noting(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        if not first:
            first.append(time.perf_counter())
        response = send(self, request, **more)
        headers = {k: v for k, v in request.headers.items() if k in _TELLING or k.startswith("mcp-")}
        path = request.url.raw_path.decode()
        # Deliveries, and reading them from the inbox of the run, are not sent to the target.
        if not path.startswith(("/_inbox", "/hooks/")):
            sent.append((request.method, path, headers, request.content, response.status_code))
        return response

    httpx.Client.send = noting
    try:
        with place() as (target, _):
            silent = Silent()
            run(RunOptions(targets=(target,), reports=folder), silent)
    finally:
        httpx.Client.send = send
    return silent.finished - first[0], sent


class Silent:
    """Shows nothing, and notes when the reports were written."""

    finished = 0.0

    def run_started(self, targets: list[str], planned_requests: int) -> None: ...
    def requests(self, target: str, count: int) -> None: ...
    def verdict(self, verdict: Verdict) -> None: ...

    def run_finished(self, record: RunRecord, folder: Path) -> None:  # noqa: ARG002
        self.finished = time.perf_counter()


def timed_loop(sent: list[Sent], place: Place) -> tuple[float, int]:
    """Send the same to a fresh mock with one long-lived client; the seconds, and how many answers were the same."""
    same = 0
    with place() as (_, url), httpx.Client(base_url=url, headers={"accept": "application/json"}) as http:
        http.get("/v1/users/me")
        begin = time.perf_counter()
        for method, path, headers, body, status in sent:
            same += http.request(method, path, headers=headers, content=body or None).status_code == status
        return time.perf_counter() - begin, same


def compare(name: str, for_run: Place, for_loop: Place) -> None:
    """Print the ratio of both, round by round, and its median."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        timed_run(Path(folder), for_run)  # imports and caches are start-up
        for number in range(1, ROUNDS + 1):
            gc.collect()
            whole, sent = timed_run(Path(folder), for_run)
            gc.collect()
            loop, same = timed_loop(sent, for_loop)
            ratios.append(whole / loop)
            print(
                f"{name} {number}: {len(sent)} requests ({same} answered alike), run {whole:.3f} s, "
                f"bare loop {loop:.3f} s, ratio {whole / loop:.2f}"
            )
    print(f"{name}: median ratio {statistics.median(ratios):.2f} (bar: 1.5)")


if __name__ == "__main__":
    compare("embedded", embedded_for_run, embedded_for_loop)
    compare("served", served, served)
