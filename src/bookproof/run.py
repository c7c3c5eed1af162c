"""Runs the suites: pytest in this process, with our plugin and without anybody else's."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout

from bookproof.errors import ExitCode
from bookproof.options import RunOptions
from bookproof.resources import suites_path
from bookproof.run_report import FACE, Face
from bookproof.targets.specs import resolve_targets

#: pytest's own exit codes that speak of something else than a verdict.
_PYTEST_TROUBLE = {2: ExitCode.OWN_ERROR, 3: ExitCode.OWN_ERROR, 4: ExitCode.USAGE}


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
    resolve_targets(options.targets)  # a wrong target is reported by us, not from inside pytest
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    plugins = _Faces(face)
    shown = io.StringIO()
    # pytest's own voice is kept back: ours speaks. It is heard if pytest itself is in trouble.
    with redirect_stdout(shown), redirect_stderr(shown):
        code = int(pytest.main(arguments(options), plugins=[plugins]))
    if code in _PYTEST_TROUBLE and not plugins.finished:
        if not plugins.interrupted:
            sys.stderr.write(shown.getvalue())
        return 130 if plugins.interrupted else int(_PYTEST_TROUBLE[code])
    return code


def arguments(options: RunOptions) -> list[str]:
    """The command line for pytest that does the same."""
    suites = suites_path()
    given = [
        str(suites),
        *("-p", "bookproof.plugin", "-p", "no:cacheprovider", "-s", "-q", "--no-header", "--no-summary", "--tb=short"),
        *("--rootdir", str(suites.parent), "-c", os.devnull, "--strict-markers", "--import-mode=importlib"),
        *("--seed", str(options.seed), "--reports", str(options.reports)),
        *("--require-judged", str(options.require_judged)),
    ]
    for target in options.targets:
        given += ["--target", target]
    for pattern in options.select:
        given += ["--select", pattern]
    if options.allow:
        given += ["--allow", options.allow]
    if options.waivers:
        given += ["--waivers", str(options.waivers)]
    if options.max_requests is not None:
        given += ["--max-requests", str(options.max_requests)]
    if options.workers:
        given += ["-p", "xdist.plugin", "-n", str(options.workers)]
    return [*given, *options.pytest_args]


class _Faces:
    """Hands the face to the plugin, and remembers how pytest ended."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self.finished = False
        self.interrupted = False

    def pytest_addoption(self, pluginmanager: object) -> None:
        register = getattr(pluginmanager, "register")  # noqa: B009  pytest's manager, typed as object by its hook
        register(self._face, FACE)

    def pytest_keyboard_interrupt(self) -> None:
        self.interrupted = True
