"""Whether a target is fuzzed, and by which probe; loads nothing for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bookproof.fuzz.findings import PROBE
from bookproof.fuzz.profiles import OFF, QUICK, Profile, profile_of
from bookproof.targets.specs import TargetSpec

if TYPE_CHECKING:
    from bookproof.probes.base import Probe


def fuzz_profile(spec: TargetSpec, asked: str | None) -> Profile | None:
    """How much is fuzzed on a target; None for nothing.

    Args:
        spec: the target. Only the embedded mock is fuzzed unasked: nobody is disturbed there.
        asked: what ``--fuzz`` says, or None.

    Raises:
        UsageError: it says something unknown.
    """
    profile = profile_of(asked or (QUICK if spec.embedded else OFF))
    # A recording has no answers to requests that were never sent.
    return None if spec.recording else profile


def fuzz_probe(dialect: str, operation: str) -> Probe[Any]:
    """The probe that fuzzes an operation; of sequences for ""."""
    from bookproof.probes.base import all_probes

    return all_probes(dialect)[f"{PROBE}{operation or 'sequences'}"]
