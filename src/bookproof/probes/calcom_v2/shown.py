"""An answer together with the object that it shows, for evidence about single things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bookproof.wire.exchange import Exchange

if TYPE_CHECKING:
    from bookproof.probes.calcom_v2.session import Session

#: An id that no server has given to anything yet, and that fits where ids are 32 bits wide.
UNKNOWN_ID = 2_000_000_011


@dataclass(frozen=True)
class Shown:
    """An answer and the members of the object in it; none where it shows no object."""

    exchange: Exchange
    fields: Mapping[str, Any]

    def get(self, name: str) -> Any:
        """A member of the object, or None."""
        return self.fields.get(name)


@dataclass
class Begun:
    """Something of the run whose life has begun; strangers try their hands on it before the probe of that life goes on.

    Attributes:
        sent: the body that made it.
        made: the answer.
        shown: the thing in the answer.
        touched: whether a stranger has changed it, so that another one is needed.
    """

    sent: dict[str, Any]
    made: Exchange
    shown: dict[str, Any]
    touched: bool = False


def shown(session: Session, exchange: Exchange) -> Shown:
    """An answer with what it shows."""
    return Shown(exchange, session.api.one(exchange))
