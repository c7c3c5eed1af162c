"""Retries of deliveries that the inbox answered with an error, looked for as late in a run as can be."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bookproof.judge.deliveries import Said
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import deliveries
from bookproof.probes.imatic_v1.deliveries import Course
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.subscriptions import FAILING, unsubscribe
from bookproof.targets.inbox import Received

#: A retry that has not come in the meantime is waited for a little longer, in seconds at most.
LONGEST_WAIT = 2.0


@dataclass(frozen=True)
class Late:
    """The course with all that was delivered until the end of the run.

    Attributes:
        course: with the retries among its deliveries.
        failed: the delivery that was answered with an error, or None if none came.
        again: the next one about the same booking, or None.
        waited: seconds for which it was waited at the end.
    """

    course: Course
    failed: Received | None
    again: Received | None
    waited: float


@probe("deliveries.retries", safety="write", cost=1, capability="webhooks")
def retries(session: Session) -> Late:
    """Look for the second attempt of the delivery that was answered with 500, and end its subscription."""
    seen = session.need(deliveries.course)
    subscription = seen.subscriptions.get(FAILING)
    wait = min(session.inbox.settings.wait, LONGEST_WAIT)
    found: list[Received] = []
    if subscription:
        binding, first = session.api.binding, seen.steps[0]

        def attempts(received: list[Received]) -> list[Received]:
            return [new for new in received if new.box == FAILING and Said(binding, new).mentions(first.codes)]

        session.inbox.wait(lambda received: len(attempts(received)) > 1, wait)
        unsubscribe(session, subscription)
        found = attempts(session.inbox.received)
    session.inbox.look()
    everything = [received for received in session.inbox.received if received.box in seen.subscriptions]
    failed, again, *_ = *found, None, None
    return Late(replace(seen, received=everything), failed, again, wait)
