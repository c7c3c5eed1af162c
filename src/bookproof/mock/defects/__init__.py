"""Named bugs that can be planted in a mock, each with the requirements it breaks.

A defect is a function that receives the parts of a composed mock and replaces single methods of them; healthy code
knows nothing of defects.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bookproof.mock.app import Mock

Plant = Callable[["Mock"], None]

#: Dialect to the modules that hold its defects.
_AREAS = {
    "imatic-v1": (
        "auth",
        "scopes",
        "isolation",
        "envelopes",
        "validation",
        "missing",
        "limits",
        "pagination",
        "event_types",
        "slot_lists",
        "slot_hours",
        "booking_create",
        "booking_change",
        "resources",
        "delivery_signatures",
        "delivery_letters",
        "delivery_events",
        "delivery_sending",
        "mcp_access",
        "mcp_tools",
        "mcp_booking",
        "mcp_parity",
        "race_creates",
        "race_changes",
        "race_answers",
    ),
    "calcom-v2": (
        "calcom_access",
        "calcom_profile",
        "calcom_tokens",
        "calcom_versions",
        "calcom_isolation",
        "calcom_platform",
        "calcom_envelopes",
        "calcom_errors",
        "calcom_event_types",
        "calcom_schedules",
        "calcom_slots",
        "calcom_slot_hours",
        "calcom_reservations",
        "calcom_account",
        "calcom_bookings",
        "calcom_booking_rules",
        "calcom_changes",
        "calcom_moves",
        "calcom_decisions",
        "calcom_seats",
        "calcom_lists",
        "calcom_races",
        "calcom_webhooks",
        "calcom_deliveries",
        "calcom_letters",
        "calcom_teams",
        "calcom_organizations",
        "calcom_limits",
    ),
}
_REGISTRY: dict[str, "Defect"] = {}


class UnknownDefect(ValueError):
    """No defect has this name; the message names near matches."""


@dataclass(frozen=True, slots=True)
class Defect:
    """A plantable bug.

    `breaks` are the ids of exactly the requirements that turn to violations; `story` is one sentence on what a user
    would suffer; `area` is the module it is declared in; `dialect` is what the requirements are of.
    """

    name: str
    breaks: tuple[str, ...]
    story: str
    area: str
    dialect: str
    plant: Plant


def defect(name: str, *, breaks: tuple[str, ...], story: str) -> Callable[[Plant], Plant]:
    """Register the decorated function as a defect; see `Defect`.

    Raises:
        ValueError: the name is taken.
    """

    def register(plant: Plant) -> Plant:
        if name in _REGISTRY:
            raise ValueError(f"two defects are called {name!r}")
        area = plant.__module__.rpartition(".")[2]
        dialect = next(dialect for dialect, areas in _AREAS.items() if area in areas)
        _REGISTRY[name] = Defect(name, breaks, story, area, dialect, plant)
        return plant

    return register


def all_defects() -> dict[str, Defect]:
    """Every defect by name, in the order of declaration."""
    for area in chain.from_iterable(_AREAS.values()):
        importlib.import_module(f"{__name__}.{area}")
    return dict(_REGISTRY)


def find_defects(names: Iterable[str]) -> list[Defect]:
    """The defects with these names.

    Raises:
        UnknownDefect: for the first name that is not known.
    """
    wanted = list(names)
    known = all_defects() if wanted else {}  # a healthy mock need not load them
    found: list[Defect] = []
    for name in wanted:
        if name not in known:
            near = get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UnknownDefect(f"there is no defect {name!r}{hint}")
        found.append(known[name])
    return found
