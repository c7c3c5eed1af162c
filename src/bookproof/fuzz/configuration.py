"""How schemathesis is set up for one target, and what of hypothesis is switched off so that a seed says everything."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from schemathesis.engine.context import EngineContext

    from bookproof.fuzz.profiles import Profile
    from bookproof.targets.target import Target

#: Checks of schemathesis that these APIs make false alarms of.
_CHECKS_OFF = (
    # A cancelled booking is still shown, and a revoked link still listed: removal is not deletion here.
    "use_after_free",
    # Codes are taken from links; an answer of 404 to one is judged by what the sequence did before.
    "ensure_resource_availability",
    # The contracts know 404 for a method that a path lacks; the rows on methods are judged by probes of their own.
    "unsupported_method",
    "allow_header_conformance",
    # It sends past all hooks, so past the budget and the record; ours does the same by the run's own client.
    "ignored_auth",
    # Needs a second identity, which the isolation probes use with more care.
    "object_level_authorization",
    # Headers are optional, but for a version; a request without one is another operation's, not a wrong one.
    "missing_required_header",
)
#: The function of hypothesis that finds constants in modules.
_CONSTANTS = "_get_local_constants"


def engine_for(document: dict[str, Any], target: Target, profile: Profile, seed: int) -> EngineContext:
    """What schemathesis' engine needs to run on a target.

    Args:
        document: the OpenAPI document that is fuzzed.
        target: whose base URL and key it gets.
        profile: how much is drawn, and whether keys are tried.
        seed: of the run.
    """
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine.context import EngineContext

    from bookproof.fuzz import forgiving, invariants

    # It warns of what it cannot make sense of; whatever matters is in its events.
    logging.getLogger("schemathesis").setLevel(logging.ERROR)
    forgiving.register()
    invariants.register()
    config = cast("Any", SchemathesisConfig).from_dict(_settings(target, profile, seed))
    schema = cast("Any", schemathesis).openapi.from_dict(document, config=config)
    return EngineContext(schema=schema, stop_event=threading.Event())


def _settings(target: Target, profile: Profile, seed: int) -> dict[str, Any]:
    off = _CHECKS_OFF if profile.covers else (*_CHECKS_OFF, "bookproof_key", "bookproof_scope")
    quiet = {"extra-data-sources": {"responses": False}, "operation-ordering": "none"}
    return {
        "seed": seed,
        "base-url": target.base_url,
        # Given at call time, it would stand in for a credential that was left out on purpose.
        "headers": {"Authorization": f"Bearer {target.credentials['full']}", "Accept": "application/json"},
        "workers": 1,
        "request-timeout": target.read_timeout,
        "tls-verify": target.verify_tls,
        "max-redirects": 0,
        "cache": {"enabled": False},
        "generation": {
            "database": "none",
            "with-security-parameters": False,
            "max-examples": profile.examples,
        },
        "checks": {name: {"enabled": False} for name in off},
        "phases": {
            "examples": {"enabled": False},
            "coverage": {**quiet, "unexpected-methods": []},
            # What was refused before must not decide what is tried next: the seed alone does.
            "fuzzing": {**quiet, "error-feedback": {"enabled": False}},
            "stateful": {
                # Only our links are followed: others would lead to things that the run did not make.
                "inference": {"algorithms": []},
                "link-calibration": False,
                "max-steps": profile.steps,
                # Broken data leads nowhere, and is tried by calls that stand alone.
                "generation": {"max-examples": profile.scenarios, "mode": "positive"},
            },
        },
    }


@contextmanager
def no_constants_of_ours() -> Generator[None]:
    """Let hypothesis draw no constants out of the modules that are loaded.

    It looks for them in whatever is loaded and not installed: a worker of pytest-xdist has loaded other modules than a
    run in one process, and a checkout other ones than a wheel, so that one seed would make different requests in each.
    There is no setting for it.
    """
    from hypothesis.internal.conjecture import providers

    known: Any = providers
    original, none = getattr(known, _CONSTANTS), known.Constants()
    setattr(known, _CONSTANTS, lambda: none)
    # What may be drawn of them is kept there, by type.
    known.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        setattr(known, _CONSTANTS, original)
        known.CONSTANTS_CACHE.cache.clear()
