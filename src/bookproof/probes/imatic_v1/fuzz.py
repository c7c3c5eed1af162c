"""Fuzzing: requests made from the contract, operation by operation and in sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookproof.fuzz.probing import probes

if TYPE_CHECKING:
    from bookproof.fuzz.imatic import ImaticGrounds
    from bookproof.probes.imatic_v1.session import Session


def _grounds(session: Session) -> ImaticGrounds:
    from bookproof.fuzz.imatic import ImaticGrounds

    return ImaticGrounds(session)


campaign, calls, sequences = probes("imatic-v1", __name__, _grounds)
