"""What tools do is pushed to webhooks like what the REST API does.

Source: Calendar API & MCP, Webhooks ("the moment they happen") and MCP server.
"""

from __future__ import annotations

from dataclasses import dataclass

from bookproof.judge.deliveries import CANCELLED, CREATED, RESCHEDULED, Said, Step, Subscription, assigned
from bookproof.probes.base import probe
from bookproof.probes.imatic_v1 import deliveries, parity
from bookproof.probes.imatic_v1.booking_reads import evidence_or_none
from bookproof.probes.imatic_v1.parity_listening import listening
from bookproof.probes.imatic_v1.session import Session
from bookproof.probes.imatic_v1.subscriptions import ALL, BY_TOOL, unsubscribe
from bookproof.targets.inbox import Received
from bookproof.verdict import Untestable
from bookproof.wire.mcp import ToolAnswer


@dataclass(frozen=True)
class Told:
    """What tools did, with the delivery that tells of it or None; and the events that the REST API pushes.

    ``waited`` is how long a delivery was waited for, in seconds.
    """

    subscription: Subscription
    done: list[tuple[str, ToolAnswer, Said | None]]
    pushed: set[str]
    waited: float


@probe("parity.deliveries", safety="write", cost=1, capability="mcp")
def told(session: Session) -> Told:
    """Wait for the deliveries of a booking made by a tool, and of one moved and cancelled by tools."""
    subscription = session.need(listening)
    course = session.need(deliveries.course)
    binding = session.api.binding
    by_rest = assigned(course.steps, [Said(binding, received) for received in course.to(ALL)])
    steps: list[tuple[Step, ToolAnswer]] = []
    made, changed = evidence_or_none(session, parity.created), evidence_or_none(session, parity.changed)
    if made and made.code and made.stored:
        steps.append((Step(CREATED, subscription.exchange, 0, (made.code,)), made.answer))
    if changed and changed.move and changed.has_moved:
        steps.append((Step(RESCHEDULED, subscription.exchange, 0, changed.codes), changed.move))
    if changed and changed.cancel and changed.is_gone:
        steps.append((Step(CANCELLED, subscription.exchange, 0, changed.codes), changed.cancel))
    if not steps:
        raise Untestable("no tool has made, moved or cancelled a booking; see parity.created")

    def pairs(received: list[Received]) -> list[tuple[Step, Said | None]]:
        said = [Said(binding, new) for new in received if new.box == BY_TOOL]
        return [(step, _telling(step, said)) for step, _ in steps]

    wait = session.inbox.settings.wait
    session.inbox.wait(lambda received: all(said for _, said in pairs(received)), wait)
    unsubscribe(session, subscription)
    found = pairs(session.inbox.received)
    done = [(step.event, answer, said) for (step, answer), (_, said) in zip(steps, found, strict=True)]
    # Only where deliveries tell their booking can those of a tool be told from others.
    pushed = {step.event for step, said in by_rest if said and said.mentions(step.codes)}
    return Told(subscription, done, pushed, wait)


def _telling(step: Step, said: list[Said]) -> Said | None:
    """The delivery that tells of a step; others may be about another booking, so the code decides."""
    return next((one for one in said if one.meant == step.event and one.mentions(step.codes)), None)
