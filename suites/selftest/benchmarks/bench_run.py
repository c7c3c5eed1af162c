"""How much a run costs beyond its requests: the run against a bare loop that sends the same exchanges.

Run it with ``python suites/selftest/benchmarks/bench_run.py``. Both sides speak to an equal mock in this process, on a
warm connection, and start-up is left out on both. What counts is the ratio; the times depend on the machine.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
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


def timed_run(folder: Path) -> tuple[float, list[Sent]]:
    """Judge an embedded mock; the seconds from the first request to the last report, and what was sent.

    The few calls of the control door are among it: without them the loop would get other answers.
    """
    sent: list[Sent] = []
    first: list[float] = []
    send = httpx.Client.send

    def noting(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        if not first:
            first.append(time.perf_counter())
        response = send(self, request, **more)
        headers = {k: v for k, v in request.headers.items() if k in {"authorization", "content-type"}}
        path = request.url.raw_path.decode()
        sent.append((request.method, path, headers, request.content, response.status_code))
        return response

    httpx.Client.send = noting
    try:
        run(RunOptions(reports=folder), Silent())
    finally:
        httpx.Client.send = send
    return time.perf_counter() - first[0], sent


class Silent:
    """Shows nothing."""

    def run_started(self, targets: list[str], planned_requests: int) -> None: ...
    def requests(self, target: str, count: int) -> None: ...
    def verdict(self, verdict: Verdict) -> None: ...
    def run_finished(self, record: RunRecord, folder: Path) -> None: ...


def timed_loop(sent: list[Sent]) -> tuple[float, int]:
    """Send the same to a fresh mock with one long-lived client; the seconds, and how many answers were the same."""
    same = 0
    with start_mock() as server, httpx.Client(base_url=server.base_url, headers={"accept": "application/json"}) as http:
        http.get("/v1/users/me")
        begin = time.perf_counter()
        for method, path, headers, body, status in sent:
            same += http.request(method, path, headers=headers, content=body or None).status_code == status
        return time.perf_counter() - begin, same


def main() -> None:
    """Print the ratio of both, round by round, and its median."""
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        timed_run(Path(folder))  # imports and caches are start-up
        for number in range(1, ROUNDS + 1):
            gc.collect()
            whole, sent = timed_run(Path(folder))
            gc.collect()
            loop, same = timed_loop(sent)
            ratios.append(whole / loop)
            print(
                f"round {number}: {len(sent)} requests ({same} answered alike), run {whole:.3f} s, "
                f"bare loop {loop:.3f} s, ratio {whole / loop:.2f}"
            )
    print(f"median ratio {statistics.median(ratios):.2f} (bar: 1.5)")


if __name__ == "__main__":
    main()
