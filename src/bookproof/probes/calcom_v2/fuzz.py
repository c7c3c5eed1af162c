"""Fuzzing: requests made from the contract, operation by operation and in sequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookproof.fuzz.probing import probes

if TYPE_CHECKING:
    from bookproof.fuzz.calcom import CalcomGrounds
    from bookproof.probes.calcom_v2.session import Session


def _grounds(session: Session) -> CalcomGrounds:
    from bookproof.fuzz.calcom import CalcomGrounds

    return CalcomGrounds(session)


campaign, calls, sequences = probes("calcom-v2", __name__, _grounds)
