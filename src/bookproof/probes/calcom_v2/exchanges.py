"""Every exchange of the run, for checks that judge whatever was sent."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.errors import Unreachable
from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.session import Session
from bookproof.probes.session import GREETING
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Traffic:
    """Every exchange of the run on one target, and what is needed to read it."""

    session: Session
    all: list[Exchange]

    @property
    def heard(self) -> list[Exchange]:
        """The exchanges that were answered, at whatever date and path; HEAD has no body to be judged."""
        return [exchange for exchange in self.all if exchange.status and exchange.method != "HEAD"]

    @property
    def answered(self) -> list[Exchange]:
        """Of these, the ones of operations that the contract has, in the shapes that it describes."""
        known = self.session.contract.operations
        return [exchange for exchange in self.heard if exchange.operation in known]


@probe("exchanges.all", cost=0, sends=False)
def traffic(session: Session) -> Traffic:
    """Clean up, which belongs to the run too, and hand over every exchange.

    Raises:
        Untestable: nothing but a greeting was answered.
    """
    if not session.unreachable:
        try:
            session.clean_up()
        except Unreachable as why:
            session.unreachable = str(why)
    if not any(exchange.status and exchange.probe != GREETING for exchange in session.client.exchanges):
        raise Untestable(f"the target is unreachable: {session.unreachable}")
    return Traffic(session, list(session.client.exchanges))
