"""The plan of a run on one target: what it would send, create and leave out, without sending anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from bookproof.contracts.documents import dialects
from bookproof.probes.base import Probe, all_probes, excluded
from bookproof.resources import suites_path
from bookproof.targets.inbox import no_inbox
from bookproof.targets.target import Safety, Target


@dataclass(frozen=True)
class CheckSource:
    """A check as its source file has it: its dialect, requirement and probe, and where it stands."""

    dialect: str
    requirement: str
    probe: str
    node: str
    docstring: str


@dataclass(frozen=True)
class PlannedProbe:
    """One probe of a plan; ``excluded`` says why it will not run, or is empty."""

    id: str
    safety: Safety
    cost: int
    excluded: str


@dataclass
class Plan:
    """What a run on a target would do.

    Attributes:
        probes: in the order in which requests are spent.
        requests: upper bound, the rate-limit probe aside.
        creates: what is created on the way and removed again, a line each.
        untestable: requirement id and reason, for what can be told without asking the target.
    """

    probes: list[PlannedProbe] = field(default_factory=list[PlannedProbe])
    requests: int = 0
    creates: list[str] = field(default_factory=list[str])
    untestable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@cache
def check_sources() -> tuple[CheckSource, ...]:
    """Every check of the suites, read from their source without importing them."""
    return tuple(
        found
        for path in sorted(suites_path().glob("*/test_*.py"))
        if path.parent.name != "selftest"
        for found in _checks_in(path.read_text("utf-8"), f"{path.parent.name}/{path.name}")
    )


def _checks_in(source: str, name: str) -> Iterator[CheckSource]:
    tree = ast.parse(source)
    named = _named_probes(tree)
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "fuzz":
                probe = "fuzz.campaign" if "'operation'" in ast.unparse(decorator) else "fuzz.sequences"
                for row in decorator.args:
                    for dialect in dialects():
                        assert isinstance(row, ast.Constant)
                        said = ast.get_docstring(node) or ""
                        yield CheckSource(dialect, str(row.value), probe, f"{name}::{node.name}", said)
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "requirement":
                row, probe = decorator.args
                assert isinstance(row, ast.Constant)
                found = named[ast.unparse(probe)]
                yield CheckSource(
                    found.dialect, str(row.value), found.id, f"{name}::{node.name}", ast.get_docstring(node) or ""
                )


def _named_probes(tree: ast.Module) -> dict[str, Probe[object]]:
    """The probes by the names that a suite's file has for them: ``<module>.<function>``, as its imports say."""
    named: dict[str, Probe[object]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bookproof.probes."):
            package = str(node.module)
            dialect = package.rpartition(".")[2].replace("_", "-")
            for probe in all_probes(dialect).values() if dialect in dialects() else ():
                for name in node.names:
                    if probe.run.__module__ == f"{package}.{name.name}":
                        named[f"{name.asname or name.name}.{probe.run.__name__}"] = probe
    return named


def plan(target: Target, ceiling: Safety | None = None) -> Plan:
    """Draw up the plan of a run on a target.

    Args:
        target: the target.
        ceiling: a safety ceiling instead of the target file's.
    """
    limit = target.safety if ceiling is None else ceiling
    made = Plan()
    left_out: dict[str, str] = {}
    for probe in all_probes(target.dialect).values():
        reason = excluded(probe, target, limit)
        left_out[probe.id] = reason
        made.probes.append(PlannedProbe(probe.id, probe.safety, probe.cost, reason))
        if not reason:
            made.requests += probe.cost
            if probe.creates:
                made.creates.append(f"{probe.id}: {probe.creates}")
    for check in check_sources():
        if check.dialect != target.dialect:
            continue
        reason = "" if left_out[check.probe] else missing(target, check.probe)
        if reason:
            made.untestable.append((check.requirement, reason))
    return made


#: Dialect to what its probes cannot do without: probe id, or its beginning, to roles.
NEEDED_ROLES = {
    "imatic-v1": {
        "auth.revoked": ("revoked",),
        "isolation.": ("foreign",),
        "account.identities": ("foreign",),
        "scopes.slots-read": ("slots-read",),
        "scopes.bookings-read": ("bookings-read",),
        "scopes.bookings-write": ("bookings-write",),
        "scopes.mcp": ("mcp",),
        "scopes.me": ("no-scope",),
        "scopes.other-resources": ("no-scope",),
        "mcp.revoked-key": ("revoked",),
        "mcp.no-scope": ("no-scope",),
        "mcp.foreign-reads": ("foreign",),
        "mcp.foreign-writes": ("foreign",),
        "mcp.umbrella": ("mcp",),
    },
    "calcom-v2": {
        "auth.expired": ("expired",),
        "auth.revoked": ("revoked",),
        "account.identities": ("foreign",),
        "isolation.": ("foreign",),
        "calendars.busy-of-others": ("foreign",),
        "calendars.disconnect": ("foreign",),
        "teams.strangers": ("foreign",),
        "teams.ended": ("foreign",),
        "teams.member": ("member",),
        "teams.member-changes": ("member",),
        "organizations.member-adds": ("member",),
        "organizations.member-removes": ("member",),
        "limits.": ("rate-limited",),
    },
}
#: Dialect to what its probes cannot do without: probe id, or its beginning, to operations of a control door.
NEEDED_DOOR = {
    "imatic-v1": {"auth.revoked-at-once": ("issue-key", "revoke-key")},
    "calcom-v2": {
        "auth.revoked-at-once": ("issue-key", "revoke-key"),
        "oauth.": ("grant",),
        "scopes.": ("grant",),
        "calendars.disconnect": ("connect-calendar",),
        "limits.recovered": ("set-clock",),
        "absences.": ("set-clock",),
        "elapsed.": ("set-clock",),
    },
}


def missing(target: Target, probe: str) -> str:
    """What a probe would need and the target file does not give, or ""."""
    for role in _needed(NEEDED_ROLES[target.dialect], probe):
        if role not in target.credentials:
            why = target.missing_credentials.get(role, "the target file names none")
            return f"no key of role {role}: {why}"
    operations = _needed(NEEDED_DOOR[target.dialect], probe)
    if not set(operations) <= (target.door.supports if target.door else frozenset()):
        return f"needs a control door that offers {' and '.join(operations)}: add [door] to the target file"
    if probe.startswith("deliveries.") or probe in ("parity.deliveries", "races.announced"):
        reason = no_inbox(target)
        if reason:
            return reason
    if target.dialect == "imatic-v1" and "main" not in target.event_types:
        return "no event type of role main: add [data.event_types.main] to the target file"
    return ""


def _needed(table: Mapping[str, tuple[str, ...]], probe: str) -> tuple[str, ...]:
    starts = (start for start in table if probe == start or (start.endswith(".") and probe.startswith(start)))
    return table[start] if (start := next(starts, "")) else ()
