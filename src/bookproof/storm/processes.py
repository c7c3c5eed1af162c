"""Starts the processes of a storm, hears what they report, and ends them whatever happens."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from bookproof.errors import BookproofError, UsageError
from bookproof.storm.calls import StormCall
from bookproof.storm.plan import KEY_VARIABLE

INSTALL = 'pip install "bookproof[storm]"'
#: Seconds that a process has to end by itself, beyond what its plan allows for.
_PATIENCE = 30.0


def require_locust() -> None:
    """Go on only if Locust is installed, without importing it.

    Raises:
        UsageError: it is not; says how to install it.
    """
    if find_spec("locust") is None:
        raise UsageError(f"a storm needs Locust, which is not installed; {INSTALL}")


@dataclass
class Outcome:
    """What came of a storm.

    Attributes:
        calls: all that were reported.
        arrived: when the last of them was reported, by this process's monotonic clock.
        lost: numbers of the processes whose record is not complete.
        failed: why the storm did not take place or broke off, or "".
        crashed: whether that is a mistake of ours.
        stopped: whether somebody ended it early.
    """

    calls: list[StormCall] = field(default_factory=list[StormCall])
    arrived: float = 0.0
    lost: frozenset[int] = frozenset()
    failed: str = ""
    crashed: bool = False
    stopped: bool = False


class StormProcess:
    """A running process of a storm.

    Args:
        orders: what it has to do; without any secret.
        key: of the target; handed over by the environment.
        messages: takes this process and each of its messages; None when there will be no more.
    """

    def __init__(
        self, orders: Mapping[str, Any], key: str, messages: queue.Queue[tuple[StormProcess, dict[str, Any] | None]]
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in end()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bookproof.storm.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, KEY_VARIABLE: key},
            # An interruption is ours to hand on: what is under way is to be answered first.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders).encode() + b"\n")
        self._process.stdin.flush()
        self._messages = messages
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue  # something else has written there
            self._messages.put((self, message))
        self._messages.put((self, None))

    def stop(self) -> None:
        """Let it begin no further call."""
        assert self._process.stdin is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()

    def end(self) -> str:
        """Let it end, or end it; returns the last lines of its errors if it did not end well."""
        self.stop()
        try:
            code = self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._reader.join(_PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.seek(0)
        told = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        self._errors.close()
        return "" if code == 0 else "\n".join(told[-5:]) or f"it ended with {code}"


class Storm:
    """Runs the processes of a storm and gathers what they report.

    Args:
        key: of the target.
        on_message: called with every message, for the eye and for the record.
    """

    def __init__(self, key: str, on_message: Callable[[dict[str, Any]], None]) -> None:
        self._key = key
        self._on_message = on_message
        self._messages: queue.Queue[tuple[StormProcess, dict[str, Any] | None]] = queue.Queue()
        self._processes: list[StormProcess] = []
        self.outcome = Outcome()

    def start(self, orders: Mapping[str, Any]) -> StormProcess:
        """Start one more process."""
        process = StormProcess(orders, self._key, self._messages)
        self._processes.append(process)
        return process

    def run(
        self, orders: Mapping[str, Any], longest: float | None, on_listening: Callable[[int], None] = lambda _: None
    ) -> Outcome:
        """Start the process that leads, and hear all of them until it has ended.

        An interruption stops the storm, and what was done is returned; a second one goes through.

        Args:
            orders: of the process that leads: the only one, or the master.
            longest: seconds until it must have ended, or None where somebody else sees to that.
            on_listening: called with the port when a master listens.
        """
        leader = self.start(orders)
        ends = None if longest is None else time.monotonic() + longest + _PATIENCE
        try:
            while True:
                try:
                    if not self._hear(leader, ends, on_listening):
                        return self.outcome
                except KeyboardInterrupt:
                    if self.outcome.stopped:
                        raise
                    self.outcome.stopped = True
                    self._on_message({"message": "stopping"})
                    for process in self._processes:
                        process.stop()
        finally:
            self._end(leader)

    def _hear(self, leader: StormProcess, ends: float | None, on_listening: Callable[[int], None]) -> bool:
        """Take in the next message; returns whether there will be more."""
        try:
            left = None if ends is None else max(ends - time.monotonic(), 0.01)
            process, message = self._messages.get(timeout=left)
        except queue.Empty:
            self.outcome.failed, self.outcome.crashed = "a process did not end in time", True
            return False
        if message is None:
            return process is not leader
        kind = message["message"]
        if kind == "calls":
            self.outcome.calls += [StormCall.from_data(call) for call in message["calls"]]
            self.outcome.arrived = time.monotonic()
        elif kind == "listening":
            on_listening(message["port"])
        elif kind == "failed" and not self.outcome.failed:
            self.outcome.failed = message["reason"]
        elif kind == "done" and process is leader:
            self.outcome.lost = frozenset(message.get("lost", ()))
            self._ended_well = True
        self._on_message(message)
        return True

    _ended_well = False

    def _end(self, leader: StormProcess) -> None:
        for process in self._processes:
            process.stop()
        said = [(process, process.end()) for process in self._processes]
        wrong = next((words for process, words in said if words and process is leader), "")
        if not self._ended_well and not self.outcome.failed:
            self.outcome.failed = f"a process of the storm broke off: {wrong or 'it said nothing'}"
            self.outcome.crashed = True


def raise_failure(outcome: Outcome) -> None:
    """Raise what kept a storm from taking place, if anything did.

    Raises:
        UsageError: workers did not come or do not fit.
        BookproofError: a process crashed.
    """
    if outcome.failed:
        raise (BookproofError if outcome.crashed else UsageError)(outcome.failed)
