"""What a probe is: the only code that sends, run once per target and run, whose evidence all its checks share."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bookproof.targets.target import Safety, Target
from bookproof.verdict import Untestable
from bookproof.wire.exchange import describe

if TYPE_CHECKING:
    from bookproof.probes.session import BaseSession
    from bookproof.wire.exchange import Exchange

T = TypeVar("T")


class Blocked(Untestable):
    """A probe cannot go on because the target did not do what another requirement asks for."""

    def __init__(self, wanted: str, exchange: Exchange) -> None:
        super().__init__(f"{wanted}, but {describe(exchange)}")
        self.exchange = exchange


@dataclass(frozen=True, eq=False)
class Probe(Generic[T]):
    """A probe.

    Attributes:
        id: for example ``bookings.cancel``.
        run: sends the requests by the session of its dialect and returns the evidence.
        safety: what it does to the target.
        cost: the most requests that it sends, the clean-up of what it creates included.
        capability: what the target must have, or "".
        creates: what it leaves for the clean-up, in words for the plan, or "".
        sends: False if it only looks at what others have sent, which it can even if the target is gone.
        shared: no check judges its evidence; other probes build on it.
        order: its place in the plan.
        dialect: of the targets that it runs on.
    """

    id: str
    run: Callable[[Any], T]
    safety: Safety
    cost: int
    capability: str
    creates: str
    sends: bool
    shared: bool
    order: tuple[int, int]
    dialect: str

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        return self.run.__doc__


def excluded(probe: Probe[Any], target: Target, ceiling: Safety) -> str:
    """Why a probe may not run on a target below a safety ceiling, or ""."""
    if probe.safety > ceiling:
        return f"safety: the probe is {probe.safety} and the ceiling is {ceiling}"
    if probe.capability and not target.has(probe.capability):
        return f"capability: the target file says that it has no {probe.capability}"
    return ""


_registry: dict[tuple[str, str], Probe[Any]] = {}


def probe(
    identity: str,
    *,
    safety: str = "read",
    cost: int,
    capability: str = "",
    creates: str = "",
    sends: bool = True,
    shared: bool = False,
) -> Callable[[Callable[[Any], T]], Probe[T]]:
    """Make a probe of a function; the parameters are those of :class:`Probe`."""

    def make(run: Callable[[Any], T]) -> Probe[T]:
        package, _, module = run.__module__.rpartition(".")
        order = (importlib.import_module(package).MODULES.index(module), len(_registry))
        dialect = package.rpartition(".")[2].replace("_", "-")
        made = Probe(identity, run, Safety.parse(safety), cost, capability, creates, sends, shared, order, dialect)
        if _registry.setdefault((dialect, identity), made) is not made:
            raise ValueError(f"two probes of {dialect} are called {identity}")
        return made

    return make


def package_of(dialect: str) -> str:
    """The package that holds a dialect's probes and its session."""
    return f"{__package__}.{dialect.replace('-', '_')}"


@cache
def all_probes(dialect: str) -> dict[str, Probe[Any]]:
    """Every probe of a dialect by its id, in the order of the plan."""
    package = importlib.import_module(package_of(dialect))
    for name in package.MODULES:
        importlib.import_module(f"{package.__name__}.{name}")
    found = [probe for probe in _registry.values() if probe.dialect == dialect]
    return {probe.id: probe for probe in sorted(found, key=lambda probe: probe.order)}


def with_shared(plan: list[Probe[Any]]) -> list[Probe[Any]]:
    """A target's plan with the probes that others build on, whether or not they turn out to be needed."""
    return [*(probe for probe in all_probes(plan[0].dialect).values() if probe.shared), *plan] if plan else []


def session_of(dialect: str) -> type[BaseSession]:
    """The class of the sessions on targets of a dialect."""
    return importlib.import_module(f"{package_of(dialect)}.session").Session
