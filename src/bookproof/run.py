"""Runs the suites: pytest in this process, with our plugin and without anybody else's."""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, cast

from bookproof.errors import ExitCode
from bookproof.options import RunOptions
from bookproof.resources import suites_path
from bookproof.run_report import FACE, REPORT, Face, RunReport
from bookproof.targets.specs import resolve_targets

if TYPE_CHECKING:
    import pytest

INTERRUPTED = 130

#: Built-in plugins of pytest that cost time in every check and that checks have no use for.
_UNUSED_PLUGINS = (
    "cacheprovider",
    "doctest",
    "junitxml",
    "logging",
    "threadexception",
    "unraisableexception",
    "warnings",
)

#: What pytest's own exit codes come to when there is no verdict to speak of.
_TROUBLE = {2: ExitCode.OWN_ERROR, 3: ExitCode.OWN_ERROR, 4: ExitCode.USAGE, 5: ExitCode.NOT_JUDGED}


def run(options: RunOptions, face: Face) -> int:
    """Judge the targets.

    Args:
        options: what to do.
        face: shows the run while it goes on.

    Returns:
        the exit code.

    Raises:
        UsageError: a target or an option is wrong; nothing was sent.
    """
    if options.judge is None and not options.offline:
        resolve_targets(options.targets)  # a wrong target is reported by us, not from inside pytest
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    watch = _Watch(face)
    shown = io.StringIO()
    # pytest's own voice is kept back: ours speaks. It is heard if pytest itself is in trouble.
    with redirect_stdout(shown), redirect_stderr(shown), _seldom_collecting():
        code = int(pytest.main(arguments(options), plugins=[watch]))
    if watch.interrupted:
        return INTERRUPTED
    if watch.exit_code is not None:
        return watch.exit_code
    sys.stderr.write(shown.getvalue())
    return int(_TROUBLE.get(code, code))


def arguments(options: RunOptions) -> list[str]:
    """The command line for pytest that does the same."""
    suites = suites_path()
    given = [
        str(suites),
        *(f"-pno:{plugin}" for plugin in _UNUSED_PLUGINS),
        *("-p", "bookproof.plugin", "-s", "-q", "--no-header", "--no-summary", "--tb=short"),
        *("--rootdir", str(suites.parent), "-c", os.devnull, "--strict-markers", "--import-mode=importlib"),
        *("--formats", ",".join(options.formats)),
        *("--seed", str(options.seed), "--reports", str(options.reports)),
        *("--require-judged", str(options.require_judged), "--race-batches", str(options.race_batches)),
    ]
    for flag, values in (("--target", options.targets), ("--select", options.select)):
        given += [word for value in values for word in (flag, value)]
    told = {
        "--allow": options.allow,
        "--waivers": options.waivers,
        "--max-requests": options.max_requests,
        "--fuzz": options.fuzz,
        "--webhook-url": options.webhook_url or None,
        "--inbox-port": options.inbox_port,
        "--judge": options.judge,
        "--cassettes": options.cassettes,
    }
    given += [word for flag, value in told.items() if value is not None for word in (flag, str(value))]
    flags = {"--fuzz-save": options.fuzz_save, "--offline": options.offline, "--keep-standins": options.record}
    given += [flag for flag, is_set in flags.items() if is_set]
    if options.workers:
        given += ["-p", "xdist.plugin", "-n", str(options.workers)]
    return [*given, *options.pytest_args]


@contextmanager
def _seldom_collecting() -> Generator[None]:
    """Let the garbage collector look less often: a run makes much evidence and keeps all of it until it ends."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


class _Watch:
    """Hands the face to the plugin, and keeps what the run came to."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self.interrupted = False
        self.exit_code: int | None = None

    def pytest_addoption(self, pluginmanager: pytest.PytestPluginManager) -> None:
        """Register the face before anybody looks for it."""
        pluginmanager.register(self._face, FACE)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that somebody pressed Ctrl-C; what cannot be collected interrupts pytest, too."""
        self.interrupted = excinfo.type is KeyboardInterrupt

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Keep the exit code of the record, which pytest's own codes cannot be told from."""
        report = cast("RunReport | None", config.pluginmanager.getplugin(REPORT))
        if report and report.record:
            self.exit_code = int(report.record.exit_code)
