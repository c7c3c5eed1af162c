"""What an inbox remembers: runs, their boxes, and what these have received. Bounded, and optionally kept in a file."""

from __future__ import annotations

import asyncio
import re
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookproof.inbox.delivery import Answer

_RUN = re.compile(r"[A-Za-z0-9_-]{16,128}")
_BOX = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
#: A page of deliveries ends after the one with which its bodies reach this many bytes.
_PAGE_BYTES = 4 * 1024 * 1024


class NotOpened(Exception):
    """There is no such run or box."""


class Full(Exception):
    """The inbox holds as much as it may."""


@dataclass(frozen=True)
class Limits:
    """How much an inbox holds.

    Attributes:
        body: bytes of one delivery; what is longer is cut.
        runs: runs at a time.
        deliveries: deliveries of one run.
        run_bytes: bytes of bodies of one run.
        age: seconds after which a run that nobody reads is forgotten.
    """

    body: int = 1024 * 1024
    runs: int = 200
    deliveries: int = 5_000
    run_bytes: int = 64 * 1024 * 1024
    age: float = 24 * 3600.0


@dataclass
class Box:
    """A box: how it answers, and what lets its held answers go."""

    answers: Sequence[Answer] = (Answer(),)
    taken: int = 0
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def take_answer(self) -> Answer:
        """The answer for the next delivery; the last one is for ever."""
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.taken += 1
        return answer

    def release(self) -> int:
        """Let all held answers go; how many these are."""
        self.released.set()
        self.released = asyncio.Event()
        return self.held


@dataclass
class Run:
    """A run: its boxes, and its deliveries in their order, as the wire has them.

    Attributes:
        boxes: name to box.
        deliveries: see :meth:`bookproof.inbox.delivery.Delivery.from_json`.
        size: bytes of their bodies.
        refused: how many deliveries came when there was no room for them.
        used: unix time at which it was last opened or read.
        changed: set, and replaced by a new one, when something arrives.
    """

    used: float
    boxes: dict[str, Box] = field(default_factory=dict[str, Box])
    deliveries: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    size: int = 0
    refused: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Tell those who wait that something has arrived, or that the run is forgotten."""
        self.changed.set()
        self.changed = asyncio.Event()

    def newer_than(self, number: int) -> tuple[list[dict[str, Any]], bool]:
        """A page of the deliveries after a number, and whether there are more."""
        page: list[dict[str, Any]] = []
        size = 0
        # Numbers rise, so the search begins at the end: a reader nearly always wants the newest.
        first = len(self.deliveries)
        while first and self.deliveries[first - 1]["number"] > number:
            first -= 1
        for delivery in self.deliveries[first:]:
            if size >= _PAGE_BYTES:
                return page, True
            page.append(delivery)
            size += len(delivery["body"])
        return page, False


class Store:
    """All runs of an inbox. It is used by the server's event loop alone.

    Args:
        limits: how much it holds.
        clock: unix time in seconds.
        note: called with every change as a JSON object, to be kept; :meth:`replay` takes these back.
        on_delivery: called with every delivery, as the wire has it.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
        note: Callable[[dict[str, Any]], None] = lambda _: None,
        on_delivery: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock
        self._note = note
        self._on_delivery = on_delivery
        self._runs: dict[str, Run] = {}
        self._number = 0

    def __len__(self) -> int:
        self._forget_old()
        return len(self._runs)

    def open(self, run_name: str, box_name: str, answers: Sequence[Answer]) -> None:
        """Open a box, or change how an open one answers from the next delivery on.

        Raises:
            ValueError: a name is none.
            Full: there are too many runs.
        """
        if not _RUN.fullmatch(run_name):
            raise ValueError("a run's name has 16 to 128 letters, digits, - and _; make it one that nobody guesses")
        if not _BOX.fullmatch(box_name):
            raise ValueError(f"{box_name!r} is no name of a box; use up to 64 small letters, digits and -")
        self._forget_old()
        if run_name not in self._runs and len(self._runs) >= self.limits.runs:
            raise Full(f"this inbox holds {self.limits.runs} runs, which is as many as it may")
        now = self.clock()
        self._open(run_name, box_name, answers or (Answer(),), now)
        self._note({"run": run_name, "opened": box_name, "answers": [each.to_json() for each in answers], "time": now})

    def _open(self, run_name: str, box_name: str, answers: Sequence[Answer], now: float) -> None:
        run = self._runs.setdefault(run_name, Run(now))
        run.used = now
        box = run.boxes.setdefault(box_name, Box())
        box.answers, box.taken = answers, 0

    def run(self, run_name: str) -> Run:
        """A run, which counts as reading it.

        Raises:
            NotOpened: there is none of this name, or no more.
        """
        self._forget_old()
        if run_name not in self._runs:
            raise NotOpened("there is no such run in this inbox, or no more")
        run = self._runs[run_name]
        run.used = self.clock()
        return run

    def box(self, run_name: str, box_name: str) -> Box:
        """An open box.

        Raises:
            NotOpened: it is not open.
        """
        self._forget_old()
        run = self._runs.get(run_name)
        if run is None or box_name not in run.boxes:
            raise NotOpened("there is no such box in this inbox, or no more")
        return run.boxes[box_name]

    def receive(
        self, run_name: str, box_name: str, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> Answer:
        """Keep a delivery, and say how it is answered. A body that is longer than kept is cut, and answered with 413.

        Raises:
            NotOpened: the box is not open.
            Full: the run has as many deliveries as it may.
        """
        box = self.box(run_name, box_name)
        run = self._runs[run_name]
        cut, body = len(body) > self.limits.body, body[: self.limits.body]
        if len(run.deliveries) >= self.limits.deliveries or run.size + len(body) > self.limits.run_bytes:
            run.refused += 1
            run.wake()
            raise Full("this run has received as much as the inbox keeps")
        taken = Answer(413) if cut else box.take_answer()
        self._number += 1
        delivery = {
            "number": self._number,
            "box": box_name,
            "received": self.clock(),
            "method": method,
            "path": path,
            "headers": headers,
            "body": b64encode(body).decode(),
            "cut": cut,
            "answered": taken.answered,
        }
        run.deliveries.append(delivery)
        run.size += len(body)
        # What is kept in a file is there before the sender is told that it has arrived.
        self._note({"run": run_name, "delivery": delivery})
        run.wake()
        self._on_delivery(delivery)
        return taken

    def forget(self, run_name: str) -> None:
        """Forget everything of a run; one that is not there is forgotten already."""
        run = self._runs.pop(run_name, None)
        if run is None:
            return
        self._note({"run": run_name, "forgotten": True})
        for box in run.boxes.values():
            box.release()
        run.wake()

    def _forget_old(self) -> None:
        oldest = self.clock() - self.limits.age
        for name in [name for name, run in self._runs.items() if run.used <= oldest]:
            self.forget(name)

    def replay(self, change: dict[str, Any]) -> None:
        """Take back a change that was noted by an earlier inbox.

        Raises:
            ValueError: it is no such change.
        """
        try:
            name = change["run"]
            if "opened" in change:
                answers = [Answer.from_json(each) for each in change["answers"]] or [Answer()]
                self._open(name, change["opened"], answers, change["time"])
            elif "delivery" in change:
                delivery = change["delivery"]
                self._number = max(self._number, delivery["number"])
                run = self._runs[name]
                run.deliveries.append(delivery)
                run.size += len(delivery["body"]) * 3 // 4
                if not delivery["cut"]:
                    run.boxes[delivery["box"]].take_answer()
            else:
                self._runs.pop(name, None)
        except (KeyError, TypeError) as why:
            raise ValueError("it is no change of an inbox") from why
