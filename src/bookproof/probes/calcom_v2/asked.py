"""What tokens of the account have asked already while permissions were tried, for probes that would ask the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from bookproof.probes.base import all_probes
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Attempt:
    """One call with a token: the permission that it is about, and whether the token holds it."""

    permission: str
    held: bool
    exchange: Exchange


@dataclass(frozen=True)
class Matrix:
    """What tokens were told, and the reasons why some could not be asked, by permission."""

    attempts: list[Attempt]
    missing: dict[str, str]

    def of(self, permission: str, *, held: bool) -> list[Exchange]:
        """The answers about a permission, to tokens that hold it or that do not."""
        return [item.exchange for item in self.attempts if item.permission == permission and item.held == held]


def asked_already(session: Session, operation: str, after: Exchange | None = None) -> Exchange | None:
    """What an operation has answered to a token that suffices for it.

    It was called on what does not exist, with a body that cannot be accepted where one makes something, or to list
    things of the account.

    Args:
        session: of the target.
        operation: its id.
        after: what must have been asked before it, if anything.

    Returns:
        None if it was not called so, or if the answer was about the token.
    """
    # By its name, since the matrix has things made first that this module's callers make.
    seen = cast("Matrix | None", session.known(all_probes(session.target.dialect)["scopes.matrix"]))
    for item in seen.attempts if seen else ():
        exchange = item.exchange
        if item.held and exchange.operation == operation and exchange.status not in {0, 401, 403}:
            return exchange if after is None or exchange.number > after.number else None
    return None


def listed_already(session: Session, operation: str, after: Exchange) -> Exchange | None:
    """The list that a token was shown since something was made; None if it was shown none."""
    exchange = asked_already(session, operation, after)
    return exchange if exchange is not None and exchange.ok else None
