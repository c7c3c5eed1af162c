"""Every exchange of the run, for checks that judge whatever was sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bookproof.errors import Unreachable
from bookproof.judge.objects import objects_of
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1.agents import dismiss
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.session import GREETING
from bookproof.verdict import Untestable
from bookproof.wire.exchange import Exchange


@dataclass(frozen=True)
class Traffic:
    """Every exchange of the run on one target, and what is needed to read it."""

    session: Session
    all: list[Exchange]

    @property
    def answered(self) -> list[Exchange]:
        """The exchanges of operations that the contract has, as far as an answer came."""
        known = self.session.contract.operations
        return [exchange for exchange in self.all if exchange.status and exchange.operation in known]

    @property
    def heard(self) -> list[Exchange]:
        """The exchanges of :attr:`answered`, and those of the MCP server's tools."""
        known = self.session.contract.operations
        return [
            exchange
            for exchange in self.all
            if exchange.status and (exchange.operation in known or exchange.operation.startswith("mcp."))
        ]

    @cached_property
    def objects(self) -> list[tuple[Exchange, list[tuple[str, Any]]]]:
        """The objects that the contract describes, by the exchange whose answer shows them."""
        binding = self.session.api.binding
        return [(exchange, list(objects_of(binding, exchange))) for exchange in self.answered]

    def of(self, *operations: str) -> list[Exchange]:
        """The successful exchanges of some operations."""
        return [exchange for exchange in self.all if exchange.ok and exchange.operation in operations]


@probe("exchanges.all", cost=0, sends=False)
def traffic(session: Session) -> Traffic:
    """Clean up, which belongs to the run too, and hand over every exchange.

    Raises:
        Untestable: nothing but a greeting was answered.
    """
    if not session.unreachable:
        try:
            session.clean_up()
            dismiss(session)
        except Unreachable as why:
            session.unreachable = str(why)
    if not any(exchange.status and exchange.probe != GREETING for exchange in session.client.exchanges):
        raise Untestable(f"the target is unreachable: {session.unreachable}")
    return Traffic(session, list(session.client.exchanges))
