"""The pytest plugin: targets as parameters, a check's evidence and judge as its arguments, verdicts in the reports."""

from __future__ import annotations

import os
from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bookproof.checking import run_check
from bookproof.errors import BookproofError
from bookproof.options import (
    DEFAULT_RACE_BATCHES,
    DEFAULT_REQUIRE_JUDGED,
    DEFAULT_TARGET,
    FORMATS,
    WEBHOOK_URL_VARIABLE,
)
from bookproof.run_folder import new_run_folder
from bookproof.run_report import REPORT, RunReport
from bookproof.targets.specs import TargetSpec, resolve_targets
from bookproof.verdict import Outcome

if TYPE_CHECKING:
    from bookproof.probes.base import Probe
    from bookproof.sessions import OpenTarget

_TARGET = "bookproof_target"
_STATE = pytest.StashKey["State"]()
_OUTPUT = "bookproof"
_FOLDER = "bookproof_folder"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run, the same as those of ``bookproof run``."""
    group = parser.getgroup("bookproof", "Bookproof: contract checks of scheduling APIs")
    group.addoption("--target", action="append", default=[], help="target name, file or mock:… (default: mock)")
    group.addoption("--allow", choices=["read", "write", "visible", "destructive"], help="safety ceiling of this run")
    group.addoption("--select", action="append", default=[], help="pattern of requirement ids, for example 'slots.*'")
    group.addoption("--reports", default="reports", help="folder for the run's reports")
    group.addoption("--formats", default=",".join(FORMATS), help="reports beside run.json: html,junit")
    group.addoption("--waivers", default=None, help="waiver file (TOML)")
    group.addoption("--require-judged", type=int, default=DEFAULT_REQUIRE_JUDGED, help="per cent that must be judged")
    group.addoption("--max-requests", type=int, default=None, help="most requests per target")
    group.addoption("--seed", type=int, default=0, help="chooses which free slots are booked")
    group.addoption(
        "--race-batches", type=int, default=DEFAULT_RACE_BATCHES, help="how often callers race for one slot"
    )
    group.addoption(
        "--webhook-url",
        default=os.environ.get(WEBHOOK_URL_VARIABLE),
        help="where targets can deliver webhooks to: a `bookproof inbox`, or a tunnel to --inbox-port",
    )
    group.addoption("--inbox-port", type=int, default=None, help="port of the run's own inbox, behind a tunnel")


class State:
    """What the plugin keeps in one pytest process: the targets, their plans and what has been opened."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.specs: list[TargetSpec] = resolve_targets(config.getoption("--target") or [DEFAULT_TARGET])
        self._dialects = {spec.name: spec.dialect for spec in self.specs}
        self.plans: dict[str, list[Probe[Any]]] = {}
        self.remaining: Counter[str] = Counter()
        self.summaries: list[dict[str, Any]] = []
        self.report: RunReport | None = None
        # The controller names the folder, so that its workers record into the same one.
        given = cast("dict[str, str]", getattr(config, "workerinput", {})).get(_FOLDER)
        self.folder = Path(given or new_run_folder(Path(str(config.getoption("--reports"))), self.specs[0].name))
        self._opened: dict[str, OpenTarget] = {}

    def bound(self, item: pytest.Item) -> tuple[str, Probe[Any]] | None:
        """The row that a check judges on its target, and the probe whose evidence it judges; None for other tests."""
        dialect = self._dialects.get(target_name(item), "")
        for marker in item.iter_markers("requirement"):
            if marker.args[1].dialect == dialect:
                return marker.args
        return None

    def open(self, name: str) -> OpenTarget:
        """The open target of a name; the first call starts or greets it."""
        if name not in self._opened:
            from bookproof.sessions import OpenTarget

            report = self.report
            opened = OpenTarget(
                next(spec for spec in self.specs if spec.name == name),
                self.folder,
                allow=self.config.getoption("--allow"),
                seed=cast("int", self.config.getoption("--seed")),
                race_batches=cast("int", self.config.getoption("--race-batches")),
                max_requests=self.config.getoption("--max-requests"),
                webhook_url=self.config.getoption("--webhook-url"),
                inbox_port=self.config.getoption("--inbox-port"),
                on_exchange=(lambda number: report.requests(name, number)) if report else lambda _: None,
            )
            opened.session.plan = self.plans.get(name, [])
            self._opened[name] = opened
        return self._opened[name]

    def finish(self, name: str) -> None:
        """Clean up and close a target, and keep what it has cost."""
        opened = self._opened.pop(name, None)
        if opened:
            opened.close()
            self.summaries.append(opened.summary().as_dict())
            if self.report:
                self.report.target_finished(self.summaries[-1])

    def finish_all(self) -> None:
        """Clean up and close whatever is open, as when a run is interrupted."""
        for name in list(self._opened):
            self.finish(name)


def pytest_configure(config: pytest.Config) -> None:
    """Read the targets; in the controlling process also make the run's folder and its report."""
    config.addinivalue_line(
        "markers", "requirement(id, probe): binds a check to one row and to its evidence; once for each dialect"
    )
    try:
        state = config.stash[_STATE] = State(config)
        if not hasattr(config, "workerinput"):
            state.report = RunReport(config, [(spec.name, spec.dialect) for spec in state.specs], state.folder)
            config.pluginmanager.register(state.report, REPORT)
    except BookproofError as why:
        raise pytest.UsageError(str(why)) from why


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The project's own tests say nothing about a target: a run that names one leaves them out."""
    return True if config.getoption("--target") and collection_path.name == "selftest" else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every check each target whose dialect has its requirement."""
    judged = {marker.args[1].dialect for marker in metafunc.definition.iter_markers("requirement")}
    if not judged:
        return
    names = [spec.name for spec in metafunc.config.stash[_STATE].specs if spec.dialect in judged]
    metafunc.fixturenames.append(_TARGET)
    metafunc.parametrize(_TARGET, names)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not selected and put the checks into the order of the plan."""
    state, patterns = config.stash[_STATE], config.getoption("--select")
    chosen: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        bound = state.bound(item)
        selected = bound is None or not patterns or any(fnmatchcase(bound[0], p) for p in patterns)
        (chosen if selected else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)

    def place(item: pytest.Item) -> tuple[Any, ...]:
        bound = state.bound(item)
        return (1, target_name(item), *bound[1].order) if bound else (0,)

    items[:] = sorted(chosen, key=place)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Draw up each target's plan: the probes of all checks that will run, in a fixed order."""
    state = session.config.stash[_STATE]
    probes: dict[str, set[Probe[Any]]] = {}
    for item in session.items:
        bound = state.bound(item)
        if bound:
            name = target_name(item)
            probes.setdefault(name, set()).add(bound[1])
            state.remaining[name] += 1
    state.plans = {name: sorted(found, key=lambda probe: probe.order) for name, found in probes.items()}
    if state.report:
        state.report.collected(state.plans)


def target_name(item: pytest.Item) -> str:
    """The target that a check is parametrised with."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get(_TARGET, "") if callspec else ""


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a check: a pure function of what was seen and of its judge, which needs none of pytest's fixtures."""
    state, name = item.config.stash[_STATE], target_name(item)
    bound = state.bound(item)
    if bound is None:
        return None
    identity, probe = bound
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    item.ihook.pytest_runtest_logreport(
        report=run_check(cast("pytest.Function", item), identity, probe, state.open(name))
    )
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    state.remaining[name] -= 1
    if not state.remaining[name]:
        state.finish(name)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Finish every target, also after an interruption, and hand their costs to the controlling process."""
    state = session.config.stash.get(_STATE, None)
    if state is None:
        return
    state.finish_all()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = state.summaries


def pytest_report_teststatus(report: pytest.CollectReport | pytest.TestReport) -> tuple[str, str, Any] | None:
    """Show each verdict under its own name; an untestable one never looks like a pass or a skip."""
    data = getattr(report, "bookproof", None)
    if data is None:
        return None
    shown = {
        Outcome.ERROR: ("error", "E", ("ERROR", {"red": True})),
        Outcome.VIOLATION: ("failed", "F", ("VIOLATION", {"red": True})),
        Outcome.UNTESTABLE: ("untestable", "U", ("UNTESTABLE", {"yellow": True})),
        Outcome.WARNING: ("warning", "w", ("WARNING", {"yellow": True})),
        Outcome.NOT_APPLICABLE: ("not-applicable", "-", ("NOT-APPLICABLE", {"cyan": True})),
        Outcome.PASS: ("passed", ".", ("PASS", {"green": True})),
    }
    return shown.get(Outcome(data["outcome"]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where to record."""
    node.workerinput[_FOLDER] = str(node.config.stash[_STATE].folder.absolute())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One target is one worker's: its probes are shared and its requests come one after another."""
    from bookproof.scheduling import ByTarget

    return ByTarget(config, log)
