"""What Cal.com delivers when somebody is marked as absent."""

from __future__ import annotations

from typing import Any

from bookproof.checks import Judge, requirement
from bookproof.judge.trigger_deliveries import NO_SHOW, payload, shown
from bookproof.probes.calcom_v2 import absences
from bookproof.probes.calcom_v2.subscribers import ABSENCES, Course
from bookproof.wire.exchange import describe


def _marks(told: dict[str, Any]) -> dict[str, Any]:
    """E-mail address to whether it was marked as absent."""
    listed = told.get("attendees")
    people = [person for person in listed if isinstance(person, dict)] if isinstance(listed, list) else []
    return {str(person.get("email")).lower(): person.get("noShow") for person in people}


@requirement("deliveries.events.no-show", absences.marked)
def test_an_absence_is_told(seen: Course, judge: Judge) -> None:
    """An attendee who is marked as absent is told, with the booking and the address."""
    step = seen.steps[0]
    if not step.exchange.ok:
        raise judge.untestable(f"nobody could be marked as absent: {describe(step.exchange)}")
    told = [said for said in seen.told(ABSENCES) if said.meant == NO_SHOW]
    missing = f"none came in {seen.waited:.0f} s to {seen.address}"
    if not judge.that(bool(told), f"a delivery of {NO_SHOW}", missing, step.exchange, subject=NO_SHOW):
        return
    at = (told[0].received.exchange, step.exchange)
    named = told[0].data_mention(step.codes)
    judge.that(named, f"uid {step.codes[0]} in the payload", shown(told[0].received), *at, subject=NO_SHOW)
    marks = _marks(payload(told[0]))
    judge.that(True in marks.values(), "who was marked as absent", shown(told[0].received), *at, subject=NO_SHOW)
