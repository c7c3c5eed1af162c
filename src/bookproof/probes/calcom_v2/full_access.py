"""What the full key was told in the whole run."""

from __future__ import annotations

from bookproof.probes.base import probe
from bookproof.probes.calcom_v2.session import Session
from bookproof.wire.exchange import Exchange


@probe("auth.full-access", cost=0, sends=False)
def full_key(session: Session) -> list[Exchange]:
    """Every answer to the full key, in whichever probe."""
    operations = session.contract.operations
    return [item for item in session.client.exchanges if item.role == "full" and item.operation in operations]
