"""The pytest plugin: targets as parameters, a check's evidence and judge as its arguments, verdicts in the reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bookproof.checking import run_check
from bookproof.errors import BookproofError
from bookproof.fuzz.asked import fuzz_probe, fuzz_profile
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
    from bookproof.recording.model import Recording
    from bookproof.sessions import OpenTarget

_TARGET = "bookproof_target"
_OPERATION = "bookproof_operation"
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
    group.addoption("--fuzz", default=None, help="off, quick, standard, deep, a number of requests, or minutes (10m)")
    group.addoption("--fuzz-save", action="store_true", help="save what fuzzing finds, to be tried first next time")
    group.addoption(
        "--webhook-url",
        default=os.environ.get(WEBHOOK_URL_VARIABLE),
        help="where targets can deliver webhooks to: a `bookproof inbox`, or a tunnel to --inbox-port",
    )
    group.addoption("--offline", action="store_true", help="judge targets from their cassettes, without a request")
    group.addoption("--cassettes", default=None, metavar="FOLDER", help="where the folders of cassettes are")
    group.addoption("--keep-standins", action="store_true", help="let secrets have the stand-ins of those cassettes")
    group.addoption("--judge", default=None, metavar="RUN", help="folder of a run to judge again without a request")
    group.addoption("--inbox-port", type=int, default=None, help="port of the run's own inbox, behind a tunnel")


class State:
    """What the plugin keeps in one pytest process: the targets, their plans and what has been opened."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.specs = _specs(config)
        self._dialects = {spec.name: spec.dialect for spec in self.specs}
        self.plans: dict[str, list[Probe[Any]]] = {}
        self.remaining: Counter[str] = Counter()
        self.summaries: list[dict[str, Any]] = []
        self.report: RunReport | None = None
        # The controller names the folder, so that its workers record into the same one.
        given = cast("dict[str, str]", getattr(config, "workerinput", {})).get(_FOLDER)
        self.folder = Path(given or new_run_folder(Path(str(config.getoption("--reports"))), self.specs[0].name))
        self._opened: dict[str, OpenTarget] = {}
        asked = cast("str | None", config.getoption("--fuzz"))
        self.fuzzing = {spec.name: profile for spec in self.specs if (profile := fuzz_profile(spec, asked))}

    def bound(self, item: pytest.Item) -> tuple[str, Probe[Any]] | None:
        """The row that a check judges on its target, and the probe whose evidence it judges; None for other tests."""
        dialect = self._dialects.get(target_name(item), "")
        for marker in item.iter_markers("requirement"):
            if marker.args[1].dialect == dialect:
                return marker.args
        marker = item.get_closest_marker("fuzz")
        return (marker.args[0], fuzz_probe(dialect, _operation(item))) if marker else None

    def open(self, name: str) -> OpenTarget:
        """The open target of a name; the first call starts or greets it."""
        if name not in self._opened:
            from bookproof.sessions import OpenTarget

            report, spec = self.report, next(spec for spec in self.specs if spec.name == name)
            opened = OpenTarget(
                spec,
                self.folder,
                allow=self.config.getoption("--allow"),
                seed=cast("int", self.config.getoption("--seed")),
                race_batches=cast("int", self.config.getoption("--race-batches")),
                max_requests=self.config.getoption("--max-requests"),
                webhook_url=self.config.getoption("--webhook-url"),
                inbox_port=self.config.getoption("--inbox-port"),
                on_exchange=(lambda number: report.requests(name, number)) if report else lambda _: None,
                plan=self.plans.get(name, []),
                select=cast("list[str]", self.config.getoption("--select")),
                recording=_recording_of(spec),
                earlier_standins=_earlier_standins(self.config, name),
            )
            opened.session.fuzz = self.fuzzing.get(name)
            opened.session.fuzz_save = bool(self.config.getoption("--fuzz-save"))
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


def _specs(config: pytest.Config) -> list[TargetSpec]:
    names = cast("list[str]", config.getoption("--target"))
    if config.getoption("--offline"):
        from bookproof.recording.offline import offline_targets

        return offline_targets(names or [DEFAULT_TARGET], _cassettes(config))
    run = cast("str | None", config.getoption("--judge"))
    if run is None:
        return resolve_targets(names or [DEFAULT_TARGET])
    from bookproof.recording.run_files import recorded_targets

    return recorded_targets(Path(run), tuple(names))


def _cassettes(config: pytest.Config) -> Path | None:
    folder = cast("str | None", config.getoption("--cassettes"))
    return Path(folder) if folder else None


def _recording_of(spec: TargetSpec) -> Recording | None:
    if spec.recording is None:
        return None
    from bookproof.recording.offline import read_recording

    return read_recording(spec)


def _earlier_standins(config: pytest.Config, name: str) -> Mapping[str, str]:
    """What stands for the variables of a target in its cassettes, if a run is to keep to that."""
    if not config.getoption("--keep-standins"):
        return {}
    from bookproof.recording.offline import earlier_standins

    return earlier_standins(name, _cassettes(config))


def pytest_configure(config: pytest.Config) -> None:
    """Read the targets; in the controlling process also make the run's folder and its report."""
    config.addinivalue_line(
        "markers", "requirement(id, probe): binds a check to one row and to its evidence; once for each dialect"
    )
    config.addinivalue_line("markers", "fuzz(*ids, by): binds a test to what fuzzing finds out about some rows")
    try:
        state = config.stash[_STATE] = State(config)
        if not hasattr(config, "workerinput"):
            targets = [(spec.name, spec.dialect) for spec in state.specs]
            state.report = RunReport(config, targets, state.folder, state.fuzzing)
            config.pluginmanager.register(state.report, REPORT)
    except BookproofError as why:
        raise pytest.UsageError(str(why)) from why


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The project's own tests say nothing about a target: a run that names one leaves them out."""
    named = any(map(config.getoption, ("--target", "--judge", "--offline")))
    if named and collection_path.name == "selftest":
        return True
    # Without fuzzing, what would load for it is not even looked at.
    off = not config.stash[_STATE].fuzzing
    return True if off and (collection_path.parent.name, collection_path.name) == ("suites", "fuzz") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every check each target whose dialect has its requirement."""
    judged = {marker.args[1].dialect for marker in metafunc.definition.iter_markers("requirement")}
    if metafunc.definition.get_closest_marker("fuzz"):
        _parametrize_fuzzing(metafunc)
    if not judged:
        return
    names = [spec.name for spec in metafunc.config.stash[_STATE].specs if spec.dialect in judged]
    metafunc.fixturenames.append(_TARGET)
    metafunc.parametrize(_TARGET, names)


def _parametrize_fuzzing(metafunc: pytest.Metafunc) -> None:
    from bookproof.fuzz.document import fuzz_operations

    state = metafunc.config.stash[_STATE]
    specs = [spec for spec in state.specs if spec.name in state.fuzzing]
    marker = metafunc.definition.get_closest_marker("fuzz")
    by_operation = marker is not None and marker.kwargs["by"] == "operation"
    cases = [
        pytest.param(spec.name, operation, id=f"{spec.name}-{operation}" if operation else spec.name)
        for spec in specs
        for operation in (fuzz_operations(spec.dialect) if by_operation else ("",))
    ]
    metafunc.fixturenames += [_TARGET, _OPERATION]
    metafunc.parametrize((_TARGET, _OPERATION), cases)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not selected and put the checks into the order of the plan."""
    state, patterns = config.stash[_STATE], config.getoption("--select")
    chosen: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        bound = state.bound(item)
        fuzzed = item.get_closest_marker("fuzz")
        rows = fuzzed.args if fuzzed else bound[:1] if bound else ()
        selected = bound is None or not patterns or any(fnmatchcase(row, p) for p in patterns for row in rows)
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


def _operation(item: pytest.Item) -> str:
    """The operation that a test of fuzzing is parametrised with; "" for sequences."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get(_OPERATION, "") if callspec else ""


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
    function, opened, fuzzed = cast("pytest.Function", item), state.open(name), item.get_closest_marker("fuzz")
    if fuzzed:
        from bookproof.fuzz.checking import run_fuzz

        report = run_fuzz(function, fuzzed.args, probe, opened, cast("list[str]", item.config.getoption("--select")))
    else:
        report = run_check(function, identity, probe, opened)
    item.ihook.pytest_runtest_logreport(report=report)
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
