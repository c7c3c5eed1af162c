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
    from bookproof.probes.session import Session
    from bookproof.wire.exchange import Exchange

T = TypeVar("T")

#: The modules that hold probes, in the order in which a run spends its requests.
MODULES = (
    "openings",
    "samples",
    "account",
    "auth",
    "scopes",
    "isolation",
    "errors",
    "slots",
    "rules",
    "bookings",
    "reschedule",
    "links",
    "webhooks",
    "deliveries",
    "mcp",
    "mcp_bookings",
    "parity_listening",
    "parity",
    "parity_deliveries",
    "mcp_results",
    "event_types",
    "pagination",
    "races",
    "race_looks",
    "race_changes",
    "races_after",
    "retries",
    "limits",
    "exchanges",
)


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
        run: sends the requests and returns the evidence.
        safety: what it does to the target.
        cost: the most requests that it sends, the clean-up of what it creates included.
        capability: what the target must have, or "".
        creates: what it leaves for the clean-up, in words for the plan, or "".
        sends: False if it only looks at what others have sent, which it can even if the target is gone.
        shared: no check judges its evidence; other probes build on it.
        order: its place in the plan.
    """

    id: str
    run: Callable[[Session], T]
    safety: Safety
    cost: int
    capability: str
    creates: str
    sends: bool
    shared: bool
    order: tuple[int, int]

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


_registry: dict[str, Probe[Any]] = {}


def probe(
    identity: str,
    *,
    safety: str = "read",
    cost: int,
    capability: str = "",
    creates: str = "",
    sends: bool = True,
    shared: bool = False,
) -> Callable[[Callable[[Session], T]], Probe[T]]:
    """Make a probe of a function; the parameters are those of :class:`Probe`."""

    def make(run: Callable[[Session], T]) -> Probe[T]:
        order = (MODULES.index(run.__module__.rpartition(".")[2]), len(_registry))
        made = Probe(identity, run, Safety.parse(safety), cost, capability, creates, sends, shared, order)
        if _registry.setdefault(identity, made) is not made:
            raise ValueError(f"two probes are called {identity}")
        return made

    return make


@cache
def all_probes() -> dict[str, Probe[Any]]:
    """Every probe by its id, in the order of the plan."""
    for name in MODULES:
        importlib.import_module(f"bookproof.probes.{name}")
    return dict(sorted(_registry.items(), key=lambda item: item[1].order))


def with_shared(plan: list[Probe[Any]]) -> list[Probe[Any]]:
    """A plan with the probes that others build on, whether or not they turn out to be needed."""
    return [*(probe for probe in all_probes().values() if probe.shared), *plan]
