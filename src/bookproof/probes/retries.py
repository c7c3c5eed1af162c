"""Retries of deliveries that the inbox answered with an error, looked for as late in a run as can be."""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.judge.deliveries import Said
from bookproof.probes import deliveries
from bookproof.probes.base import probe
from bookproof.probes.deliveries import FAILING
from bookproof.probes.session import Session
from bookproof.targets.inbox import Received
from bookproof.verdict import Untestable

#: A retry that has not come in the meantime is waited for a little longer, in seconds at most.
LONGEST_WAIT = 2.0


@dataclass(frozen=True)
class Retried:
    """A delivery that failed, the next one about the same booking, if it came, and the seconds that were waited."""

    failed: Received
    again: Received | None
    waited: float


@probe("deliveries.retries", safety="write", cost=1, capability="webhooks")
def retries(session: Session) -> Retried:
    """Look for the second attempt of the delivery that was answered with 500."""
    seen = session.need(deliveries.course)
    subscription = seen.subscription(FAILING)

    binding, first = session.api.binding, seen.steps[0]

    def attempts(received: list[Received]) -> list[Received]:
        return [new for new in received if new.box == FAILING and Said(binding, new).mentions(first.codes)]

    wait = min(session.inbox.settings.wait, LONGEST_WAIT)
    session.inbox.wait(lambda received: len(attempts(received)) > 1, wait)
    deliveries.unsubscribe(session, subscription)
    found = attempts(session.inbox.received)
    if not found:
        raise Untestable("no delivery came to the subscription whose receiver fails, so none could be sent again")
    return Retried(found[0], found[1] if len(found) > 1 else None, wait)
