"""Webhooks and tools: an event is an event, whoever caused it."""

from __future__ import annotations

from bookproof.checks import Judge, requirement
from bookproof.probes.imatic_v1 import parity_deliveries
from bookproof.probes.imatic_v1.parity_deliveries import Told


@requirement("parity.deliveries", parity_deliveries.told)
def test_what_tools_do_is_delivered(seen: Told, judge: Judge) -> None:
    """A booking made, moved or cancelled by a tool is pushed, as far as the REST API's are."""
    for event, tool, said in seen.done:
        if event in seen.pushed:
            judge.that(
                said is not None,
                f"a delivery of {event}",
                f"none came in {seen.waited:.0f} s, although one comes for the REST API's own",
                tool.exchange,
                subject=tool.exchange.operation,
            )
    if not judge.judgements:
        raise judge.untestable("the REST API's own events are not delivered; see deliveries.events.pushed")
