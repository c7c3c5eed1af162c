"""Whether a storm may be made on a target, and how much of it."""

from __future__ import annotations

from bookproof.storm.plan import ROLE
from bookproof.targets.files import read_document
from bookproof.targets.specs import TargetSpec
from bookproof.targets.target import Safety, Target
from bookproof.targets.toml_files import Problems


def require_permission(spec: TargetSpec, target: Target, users: int) -> None:
    """Go on only if the target's file allows a storm of so many users. The embedded mock always does.

    Raises:
        UsageError: it does not; names the file, the line, the key and the remedy.
    """
    if spec.embedded:
        return
    assert spec.document_path is not None
    problems = Problems(read_document(spec.document_path), str(spec.document_path))
    if target.safety < Safety.VISIBLE:
        remedy = 'set it to "visible" or "destructive" if this is a test account, where nobody minds mail and bookings'
        problems.add(("safety",), f"a storm is visible to others, and the ceiling here is {target.safety}", remedy)
    if not target.storm.allow:
        remedy = "write allow = true below [storm] if this server is there to be put under load"
        what = "is not true" if "storm" in problems.document else "is missing, and a storm needs it"
        problems.add(("storm", "allow"), what, remedy)
    most = target.storm.max_users
    if most is not None and users > most:
        problems.add(("storm", "max_users"), f"allows {most} users, and {users} were asked for", "lower --users")
    problems.raise_if_any()


def per_minute(target: Target) -> float:
    """The most requests a minute that a storm may make on a target, of all its processes together."""
    of_key = float(target.rate_limits.get(ROLE, target.requests_per_minute))
    a_second = target.storm.requests_per_second
    return of_key if a_second is None else min(of_key, a_second * 60)
