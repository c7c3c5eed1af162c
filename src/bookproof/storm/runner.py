"""A process of the storm: ``python -m bookproof.storm.runner``, started by :mod:`bookproof.storm.processes` alone.

It reads one line of JSON from standard input, its orders, and writes lines of JSON to standard output, its messages.
When standard input ends, because it is told to stop or because whoever started it is gone, it begins no further call
and comes to its end.
"""

# ruff: noqa: I001  Locust patches Python's sockets, so it goes before everything that uses them
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false
from __future__ import annotations

import locust

import json
import os
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, cast

import gevent
from gevent.event import Event
from gevent.socket import wait_read
from locust.env import Environment
from locust.exception import StopUser

from bookproof.storm.calls import StormCall
from bookproof.storm.connection import Connection
from bookproof.storm.engine import GRACE, Engine
from bookproof.storm.plan import KEY_VARIABLE, StormPlan

#: Seconds between two reports of what has been done.
REPORT_SECONDS = 0.25
#: Seconds after which a worker that says nothing counts as lost, beyond those that its calls may take.
SILENCE = 10.0
#: Messages between master and workers.
# A time-out that only ends what it is around.
_SILENT: Any = False
PLAN, READY, CALLS, DONE, STOP = "storm-plan", "storm-ready", "storm-calls", "storm-done", "storm-stop"


def tell(message: str, **more: Any) -> None:
    """Send a message to whoever started this process."""
    sys.stdout.write(json.dumps({"message": message, **more}) + "\n")
    sys.stdout.flush()


def user_class(engine: Callable[[], Engine | None], host: str) -> type[locust.HttpUser]:
    """The class of the users.

    Args:
        engine: gives the engine of the process, or None as long as there is no plan.
        host: base URL.
    """

    class StormUser(locust.HttpUser):
        """Makes the calls of one life, one after the other, as fast as turns are given."""

        wait_time = locust.constant(0)

        def on_start(self) -> None:
            """Connect."""
            self.engine = engine()
            if self.engine is None:
                # A worker that came too late has no part in the plan.
                raise StopUser
            self.life = self.engine.new_life(Connection(self.client, self.engine.target))

        @locust.task
        def live(self) -> None:
            """Make the next call."""
            assert self.engine is not None
            if not self.engine.step(self.life):
                raise StopUser

    StormUser.host = host
    return StormUser


def new_environment(users: list[type[locust.HttpUser]]) -> Environment:
    """Locust's environment, which reads no options and no configuration file."""
    environment = Environment(user_classes=cast("Any", users), catch_exceptions=True)
    environment.parsed_options = cast("Any", Namespace(web_base_path="", enable_rebalancing=False, stop_timeout=0.0))
    return environment


def report_while(engine: Engine, ended: Event, send: Callable[[list[dict[str, Any]]], None]) -> None:
    """Report what has been done until a process ends, at the latest when its time and the grace are over."""
    with gevent.Timeout(engine.longest, _SILENT):
        while not ended.wait(REPORT_SECONDS):
            send(engine.drain())
            if engine.finished.is_set():
                return


def run_alone(orders: Mapping[str, Any], stopped: Event) -> None:
    """Run all users in this process."""
    plan = StormPlan.from_data(orders["plan"])
    engine = Engine(plan, orders["settings"], os.environ[KEY_VARIABLE])
    environment = new_environment([user_class(lambda: engine, engine.target.base_url)])
    runner = environment.create_local_runner()
    stopped.rawlink(lambda _: engine.close())

    def send(calls: list[dict[str, Any]]) -> None:
        if calls:
            tell("calls", calls=calls)

    runner.start(plan.users, spawn_rate=plan.users)
    report_while(engine, Event(), send)
    runner.quit()
    send(engine.drain())
    tell("done", lost=[])


# Several processes


class Worker:
    """A process whose users a master starts and stops.

    Args:
        orders: the target's settings, and where the master is.
    """

    def __init__(self, orders: Mapping[str, Any]) -> None:
        self._settings = orders["settings"]
        self._most_users = orders.get("max_users")
        self._most_per_minute = orders["per_minute"]
        self._host, self._port = orders["master"]
        self._patience = orders["patience"]
        self._engine: Engine | None = None
        self._environment = new_environment([user_class(lambda: self._engine, self._settings["base_url"])])
        self._runner: Any = None

    def run(self, stopped: Event) -> None:
        """Join the master, and do what it says until it says that it is over."""
        with gevent.Timeout(self._patience, _SILENT):
            self._runner = self._environment.create_worker_runner(self._host, self._port)
        if self._runner is None:
            tell("failed", reason=f"no master answers at {self._host}:{self._port}; is it running, with --master?")
            return
        self._runner.register_message(PLAN, self._take_plan)
        self._runner.register_message(STOP, self._hear_stop)
        tell("joined")
        stopped.rawlink(lambda _: self._stop())
        ended = Event()
        gevent.spawn(self._watch, ended)
        while not ended.wait(REPORT_SECONDS):
            if stopped.is_set() and self._engine is None:
                break
        if self._engine is None and stopped.is_set():
            tell("done", calls=0)
        elif self._engine is None:
            tell("failed", reason="the master has ended before the storm began; it says why")
        self._environment.events.quitting.fire(environment=self._environment, reverse=True)
        # What is in the socket is on its way when the process ends.
        self._runner.client.close(linger=2000)

    def _watch(self, ended: Event) -> None:
        """Wait until the master has said that it is over."""
        self._runner.greenlet.join()
        ended.set()

    def _take_plan(self, environment: Environment, msg: Any, **_: Any) -> None:
        del environment
        plan = StormPlan.from_data(msg.data)
        refusal = ""
        if plan.target != self._settings["name"]:
            refusal = f"the master storms {plan.target!r} and this worker's target is {self._settings['name']!r}"
        elif self._most_users is not None and plan.users > self._most_users:
            refusal = f"{plan.users} users here are more than the {self._most_users} that its target file allows"
        elif plan.per_minute > self._most_per_minute:
            refusal = f"{plan.per_minute:g} requests a minute here are more than its target file allows"
        if refusal:
            tell("failed", reason=refusal)
        else:
            self._engine = Engine(plan, self._settings, os.environ[KEY_VARIABLE])
            tell("part", users=plan.users, requests=plan.requests, worker=plan.worker)
            gevent.spawn(self._report, self._engine)
        self._runner.send_message(READY, {"worker": plan.worker, "refusal": refusal})

    def _hear_stop(self, **_: Any) -> None:
        self._stop()

    def _stop(self) -> None:
        if self._engine:
            self._engine.close()

    def _report(self, engine: Engine) -> None:
        def send(calls: list[dict[str, Any]]) -> None:
            if calls:
                self._runner.send_message(CALLS, {"calls": calls})

        # The clock runs from the first turn on, which the master gives.
        while engine.begun == 0 and not engine.finished.is_set():
            gevent.sleep(REPORT_SECONDS)
        report_while(engine, Event(), send)
        engine.close()
        self._runner.stop()
        send(engine.drain())
        self._runner.send_message(DONE, {"worker": engine.plan.worker, "calls": engine.begun})
        tell("done", calls=engine.begun)


class Master:
    """A process that gives every worker its part and collects what they report.

    Args:
        orders: the whole plan, where to listen, and how many workers to wait for.
    """

    def __init__(self, orders: Mapping[str, Any]) -> None:
        self._plan = StormPlan.from_data(orders["plan"])
        self._read_timeout: float = orders["settings"]["read_timeout"]
        self._workers: int = orders["workers"]
        self._patience: float = orders["patience"]
        self._environment = new_environment([user_class(lambda: None, orders["settings"]["base_url"])])
        self._bind = orders["bind"]
        self._numbers: dict[str, int] = {}
        self._ready: set[str] = set()
        self._done: dict[str, int] = {}
        self._received: dict[str, int] = {}
        self._refusals: list[str] = []
        self._something = threading.Event()
        self._runner: Any = None

    def run(self, stopped: Event) -> None:
        """Wait for the workers, let them storm, and end them."""
        try:
            self._runner = self._environment.create_master_runner(*self._bind)
        except SystemExit:
            host, port = self._bind
            tell("failed", reason=f"nobody can listen at {host}:{port}: the port is taken; choose another --bind")
            return
        for message, listener in ((READY, self._hear_ready), (CALLS, self._hear_calls), (DONE, self._hear_done)):
            self._runner.register_message(message, listener)
        tell("listening", port=self._runner.server.port)
        try:
            if self._gather(stopped):
                self._storm(stopped)
        finally:
            self._runner.quit()

    def _gather(self, stopped: Event) -> bool:
        """Wait until all workers are there and have taken their parts; returns whether they have."""
        if not self._until(lambda: len(self._present()) >= self._workers or stopped.is_set(), self._patience):
            came = len(self._present())
            reason = f"{came} of {self._workers} workers came within {self._patience:g} seconds; start the others"
            tell("failed", reason=f"{reason} with `bookproof storm --worker --master-host …`")
            return False
        tell("workers", present=len(self._present()), wanted=self._workers)
        if stopped.is_set():
            tell("done", lost=[])
            return False
        for number, client in enumerate(self._present()[: self._workers]):
            self._numbers[client] = number
            part = self._plan.share(number, self._workers)
            self._runner.send_message(PLAN, part.as_data(), client)
        if not self._until(lambda: len(self._ready) == len(self._numbers) or bool(self._refusals), self._patience):
            tell("failed", reason=f"{len(self._numbers) - len(self._ready)} workers did not take their part")
            return False
        if self._refusals:
            tell("failed", reason=f"a worker refuses: {self._refusals[0]}")
            return False
        return True

    def _storm(self, stopped: Event) -> None:
        gevent.spawn(self._runner.start, self._plan.users, spawn_rate=self._plan.users)
        stopped.rawlink(self._pass_on_stop)
        patience = self._plan.seconds + min(self._read_timeout, GRACE) + SILENCE
        self._until(lambda: all(c in self._done or c not in self._present() for c in self._numbers), patience)
        lost = [
            number
            for client, number in self._numbers.items()
            if self._done.get(client, -1) != self._received.get(client, 0)
        ]
        tell("done", lost=lost)

    def _pass_on_stop(self, _: Event) -> None:
        gevent.spawn(self._runner.send_message, STOP)

    def _present(self) -> list[str]:
        """The workers that are there and not missing, in the order in which they came."""
        return [node.id for node in self._runner.clients.all if node.state != "missing"]

    def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true, looking whenever a worker has said something; returns whether it is."""
        with gevent.Timeout(seconds, _SILENT):
            shown = -1
            while not true():
                if not self._numbers and shown < len(self._present()) < self._workers:
                    shown = len(self._present())
                    tell("workers", present=shown, wanted=self._workers)
                self._something.wait(REPORT_SECONDS)
                self._something.clear()
            return True
        return False

    def _hear_ready(self, environment: Environment, msg: Any, **_: Any) -> None:
        del environment
        self._ready.add(msg.node_id)
        if msg.data["refusal"]:
            self._refusals.append(msg.data["refusal"])
        self._something.set()

    def _hear_calls(self, environment: Environment, msg: Any, **_: Any) -> None:
        del environment
        if msg.node_id not in self._numbers:
            return
        calls = [StormCall.from_data(call).as_data() for call in msg.data["calls"]]
        self._received[msg.node_id] = self._received.get(msg.node_id, 0) + len(calls)
        tell("calls", calls=calls)

    def _hear_done(self, environment: Environment, msg: Any, **_: Any) -> None:
        del environment
        self._done[msg.node_id] = msg.data["calls"]
        self._something.set()


def main() -> None:
    """Do what the orders say."""
    orders = json.loads(sys.stdin.buffer.readline())
    stopped = Event()

    def listen() -> None:
        # Nothing more is ever sent; the pipe becomes readable when it ends.
        wait_read(sys.stdin.fileno())
        stopped.set()

    gevent.spawn(listen)
    if orders["role"] == "alone":
        run_alone(orders, stopped)
    elif orders["role"] == "master":
        Master(orders).run(stopped)
    else:
        Worker(orders).run(stopped)
    sys.stdout.flush()
    # Nothing is left to be done, and nothing may keep the process.
    os._exit(0)


if __name__ == "__main__":
    main()
